"""Two plans side by side: what moves elsewhere, which rooms end when, what it costs by term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem, Saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A system or a room that has another day; `None` where a plan does not have it."""

    name: str
    before: date | None
    after: date | None

    @property
    def days(self) -> int | None:
        """By how much it is later; below zero when earlier."""
        return (self.after - self.before).days if self.before and self.after else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs from one plan to another.

    Attributes:
        terms: Yuan by term of the objective: before, after.
        systems: Those whose day differs, by name.
        rooms: Rooms to be withdrawn whose last system leaves on another day.
    """

    terms: Mapping[str, tuple[int, int]]
    systems: tuple[Shift, ...]
    rooms: tuple[Shift, ...]


def compare(before: tuple[Problem, Plan], after: tuple[Problem, Plan]) -> Comparison:
    """From the first plan to the second, each with the problem it was made for."""
    old, new = before[1], after[1]
    costs = dict(old.cost.terms()), dict(new.cost.terms())
    return Comparison(
        terms={name: (costs[0][name], costs[1][name]) for name in costs[0]},
        systems=_shifts({str(key): day for key, day in old.days.items()}, {str(key): d for key, d in new.days.items()}),
        rooms=_shifts(last_out(*before), last_out(*after)),
    )


def last_out(problem: Problem, plan: Plan) -> Mapping[str, date]:
    """For each room that is to be withdrawn and can be: the day on which its last system leaves."""
    return {
        release.names[0]: max(plan.days[key] for key in release.systems)
        for release in problem.releases
        if release.kind is Saving.ROOM and all(key in plan.days for key in release.systems)
    }


def _shifts(before: Mapping[str, date], after: Mapping[str, date]) -> tuple[Shift, ...]:
    return tuple(
        Shift(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )
