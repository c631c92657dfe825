"""Planning again: after slips, edits and new facts, with few changes and a reason for each.

What is over or frozen stays, pins hold, and every system that leaves its week costs what the
wishes say. The old plan is mended first, so that the search starts from it and not from nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from qianyun.errors import Fault
from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.check import check_days
from qianyun.plan.explain import Asking, Obstacle
from qianyun.plan.plan import Plan
from qianyun.plan.problem import InForce, Problem
from qianyun.plan.solve import Progress, solve
from qianyun.plan.tables import tables_of
from qianyun.plan.wishes import Pin
from qianyun.words import _

MENDING_WORK = 30
"""Half of what a new plan gets: the old one is most of the answer. A province's slips take ten CPU seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One system whose week is another than in the plan in force.

    Attributes:
        before: Its day then; `None` when that plan did not have it.
        after: Its day now.
        kind: What stands against the day it had.
        why: Likewise in words.
    """

    system: SystemKey
    before: date | None
    after: date
    kind: Obstacle
    why: str


@dataclass(frozen=True, kw_only=True)
class Replanned:
    """A new plan, and how it differs from the one in force.

    Attributes:
        broken: What the new facts break in the old plan.
        changes: By the day they had, then by name.
        gone: Systems that the old plan had and the new facts do not.
    """

    problem: Problem
    plan: Plan
    broken: tuple[Fault, ...]
    changes: tuple[Change, ...]
    gone: tuple[SystemKey, ...]

    @property
    def price(self) -> int:
        """What the new facts and the changes cost, in yuan, without what was counted for changing."""
        return self.plan.cost.total - self.plan.cost.changes


def replan(
    problem: Problem,
    old: Plan,
    *,
    frozen_until: date,
    seed: int = 1,
    work: int = MENDING_WORK,
    progress: Callable[[Progress], None] | None = None,
) -> Replanned:
    """Plan new facts so that little changes against a plan in force.

    Args:
        problem: As built from the facts as they are now.
        old: The plan in force; its pins hold on.
        frozen_until: What it has up to this day stays there, done or not.
        seed: As for `solve`.
        work: As for `solve`.
        progress: As for `solve`.

    Raises:
        InfeasiblePlan: The demands, frozen weeks among them, cannot be kept together.
    """
    asked = following(problem, old, frozen_until)
    plan = solve(asked, seed=seed, work=work, progress=progress)
    plan = replace(plan, notes=tuple(note for note in old.notes if note.system in problem.move_of))
    broken = check_days(problem, {key: day for key, day in old.days.items() if key in problem.move_of})
    return Replanned(
        problem=asked,
        plan=plan,
        broken=tuple(sorted(set(broken))),
        changes=tuple(_changes(asked, old, plan)),
        gone=tuple(sorted((key for key in old.days if key not in problem.move_of), key=str)),
    )


def following(problem: Problem, old: Plan, frozen_until: date) -> Problem:
    """The problem of changing little against a plan in force."""
    in_force = tuple(
        InForce(system=key, week=week_of(day)) for key, day in _sorted(old.days.items()) if key in problem.move_of
    )
    told = {pin.system for pin in problem.wishes.pins}
    kept = tuple(pin for pin in old.pins if not pin.is_frozen and pin.system in problem.move_of)
    settled = told | {pin.system for pin in kept}
    frozen = tuple(
        Pin(system=key, on=day, is_frozen=True)
        for key, day in _sorted(old.days.items())
        if day <= frozen_until and key in problem.move_of and key not in settled
    )
    wishes = replace(problem.wishes, pins=(*problem.wishes.pins, *kept, *frozen))
    return replace(problem, wishes=wishes, in_force=in_force)


def problem_under(problem: Problem, plan: Plan) -> Problem:
    """The problem that a plan was made for, from the facts as they are now: with its pins and what it followed."""
    if not plan.pins and not plan.in_force:
        return problem
    in_force = tuple(each for each in plan.in_force if each.system in problem.move_of)
    wishes = replace(problem.wishes, pins=(*problem.wishes.pins, *plan.pins))
    return replace(problem, wishes=wishes, in_force=in_force)


def _sorted(days: Iterable[tuple[SystemKey, date]]) -> list[tuple[SystemKey, date]]:
    return sorted(days, key=lambda entry: (entry[1], str(entry[0])))


def _changes(problem: Problem, old: Plan, new: Plan) -> Iterable[Change]:
    """Each change with what stands against the old week in the new plan."""
    tables = tables_of(problem)
    number = {week: n for n, week in enumerate(problem.weeks)}
    found = []
    for group in problem.groups:
        changed = [key for key in group.systems if old.days.get(key) != new.days[key]]
        if not changed:
            continue
        asking = Asking(problem, new, group, tables)
        for key in changed:
            before = old.days.get(key)
            slot = number.get(week_of(before)) if before else None
            kind, why = asking.against(slot) if slot is not None else (Obstacle.DEMAND, _("is new to the plan"))
            found.append(Change(system=key, before=before, after=new.days[key], kind=kind, why=why))
    return sorted(found, key=lambda change: (change.before or date.min, str(change.system)))
