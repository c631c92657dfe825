"""Why there is no plan: the fewest demands of people that cannot be kept together, and what mends it.

Demands are dropped one by one from the problem; one whose absence makes a plan possible is part of
the conflict, any other stays away. What is left is minimal: drop any one of it, and there is a plan.
Each trial builds the tables anew from the facts, so that no solver's notion of a demand is trusted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from qianyun.errors import Fault
from qianyun.estate.facts import Pool, SystemKey
from qianyun.plan.greedy import best_first_plan
from qianyun.plan.kernel import empty_state, state_of, total
from qianyun.plan.model import Answer, settle
from qianyun.plan.problem import Ended, Lapse, Move, Problem, Until
from qianyun.plan.tables import tables_of
from qianyun.words import _, label

TRIAL_WORK = 10.0
"""CP-SAT's deterministic seconds for one trial."""
FEW = 24
"""Problems of so few groups are settled to the end to tell what a way out costs."""
PLENTY = 1_000_000
Change = Callable[[Problem], Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing that people ask for and could give up.

    Attributes:
        name: In the words of those who asked.
        place: Where it was asked for; empty where nobody wrote it down.
        without: The problem without it.
    """

    name: str
    place: str
    without: Change


def demands_of(problem: Problem) -> tuple[Demand, ...]:
    """All that could be given up, in the order in which people would rather keep it."""
    wishes = problem.wishes
    found: list[Demand] = []
    found += list(_blackouts(problem))
    for zone in sorted({pool.zone for pool in problem.pools}):
        name = _("capacity of zone {zone} as it grows").format(zone=zone)
        found.append(Demand(name=name, place="cloud.yml", without=_with_pools(zone)))
    for limit in problem.vendors:
        name = _("vendor {name} has hands for {n} systems a week").format(name=limit.name, n=limit.declared)
        found.append(Demand(name=name, place=f"vendor {limit.name}", without=_with_vendor(limit.name)))
    for limit in problem.rooms:
        name = _("lines of {name} copy {n} GiB a week").format(name=limit.name, n=limit.declared)
        found.append(Demand(name=name, place=f"room {limit.name}", without=_with_lines(limit.name)))
    found.append(
        Demand(
            name=_("the team gives {n} points a week").format(n=problem.team),
            place="",
            without=lambda given: replace(given, team=PLENTY),
        )
    )
    found.append(
        Demand(
            name=_("{n} points of risk a week").format(n=problem.risk),
            place="",
            without=lambda given: replace(given, risk=PLENTY),
        )
    )
    if problem.assessors:
        name = _("{n} assessments after moves a week, {weeks} weeks later").format(
            n=problem.assessors.declared, weeks=wishes.reassess_weeks
        )
        found.append(Demand(name=name, place="plan.yml", without=lambda given: replace(given, assessors=None)))
    found += list(_of_moves(problem))
    if wishes.wave_systems is not None or wishes.ramp_up:
        name = _("at most {n} systems in a wave").format(n=wishes.wave_systems or wishes.ramp_up)
        found.append(Demand(name=name, place="plan.yml", without=_without_wave_size))
    for each in wishes.vendor_limits:
        name = _("vendor {name} at most {n} systems a week").format(name=each.vendor, n=each.per_week)
        found.append(Demand(name=name, place=each.source, without=_without("vendor_limits", each)))
    for hold in wishes.holds:
        name = _("{system} not before {day}").format(system=hold.system, day=hold.not_before)
        found.append(Demand(name=name, place=hold.source, without=_without("holds", hold)))
    for deadline in wishes.deadlines:
        name = _("{kind} {name} done by {day}").format(
            kind=label("Subject", deadline.subject), name=deadline.name, day=deadline.by
        )
        found.append(Demand(name=name, place=deadline.source, without=_without("deadlines", deadline)))
    for pin in wishes.pins:
        name = _("{system} in the week of {day}").format(system=pin.system, day=pin.on)
        found.append(Demand(name=name, place=pin.source, without=_without("pins", pin)))
    return tuple(found)


def _blackouts(problem: Problem) -> Iterator[Demand]:
    for n, blackout in enumerate(problem.calendar.blackouts):
        name = _("blackout {name} from {first} to {last}").format(
            name=blackout.name, first=blackout.first, last=blackout.last
        )
        yield Demand(name=name, place=blackout.source, without=_without_blackout(n))


def _of_moves(problem: Problem) -> Iterator[Demand]:
    """Contracts, assessments and filings of single systems, and contracts of lines."""
    for move in problem.moves:
        for until in move.until:
            name = {
                Lapse.CONTRACT: _("maintenance contract of {system} ends on {day}"),
                Lapse.ASSESSMENT: _("assessment of {system} lapses on {day}"),
            }[until.kind].format(system=move.system, day=until.by)
            yield Demand(name=name, place=f"system {move.system}", without=_without_until(move.system, until))
        if move.filed_on:
            name = _("{system} is filed on {day}").format(system=move.system, day=move.filed_on)
            yield Demand(name=name, place=f"system {move.system}", without=_without_filing(move.system))
    for ended in problem.ended:
        name = _("lines of {name} copy {n} GiB a week once contracts end on {day}").format(
            name=ended.room, n=ended.gib_a_week, day=ended.after
        )
        yield Demand(name=name, place=f"room {ended.room}", without=_without_end(ended))


def minimal_conflict(problem: Problem) -> tuple[Demand, ...]:
    """The demands of a problem without a plan of which none can be left out; empty when other facts forbid it."""
    demands = demands_of(problem)
    if not is_infeasible(_dropped(problem, demands)):
        return tuple(_filtered(problem, demands))
    return ()


def _filtered(problem: Problem, demands: Sequence[Demand]) -> list[Demand]:
    """Halve first, then one by one: most demands have nothing to do with it."""
    kept, size = list(demands), max(1, len(demands) // 2)
    while True:
        place = 0
        while place < len(kept):
            rest = kept[:place] + kept[place + size :]
            gone = [demand for demand in demands if demand not in rest]
            if is_infeasible(_dropped(problem, gone)):
                kept = rest
            else:
                place += size
        if size == 1:
            return kept
        size = max(1, size // 2)


def _dropped(problem: Problem, demands: Sequence[Demand]) -> Problem:
    for demand in demands:
        problem = demand.without(problem)
    return problem


def is_infeasible(problem: Problem) -> bool:
    """Whether it is proved that no plan keeps all demands."""
    tables = tables_of(problem)
    if not tables.allowed.any(axis=1).all():
        return True
    if best_first_plan(tables) is not None:
        return False
    found = settle(tables, empty_state(tables), range(len(problem.groups)), work=TRIAL_WORK)
    return found.answer is Answer.INFEASIBLE


def conflict_faults(problem: Problem) -> tuple[Fault, ...]:
    """The conflict in words: each demand with what giving it up would cost."""
    conflict = minimal_conflict(problem)
    if not conflict:
        return (
            Fault(place="", what=_("no plan keeps readiness, precedence and cut-over windows, whatever is given up")),
        )
    what = _("cannot be kept together with the others here: {name}")
    mend = _("give it up, or another of these {n}").format(n=len(conflict))
    if len(conflict) == 1:
        what, mend = _("cannot be kept: {name}"), _("give it up")
    costs = [_cost_without(problem, demand) for demand in conflict]
    known = sorted(cost for cost in costs if cost is not None)
    return tuple(
        Fault(
            place=demand.place,
            what=what.format(name=demand.name),
            mend=mend if cost is None else _way_out(cost, is_cheapest=len(known) > 1 and cost == known[0] < known[1]),
        )
        for demand, cost in zip(conflict, costs, strict=True)
    )


def _way_out(cost: int, *, is_cheapest: bool) -> str:
    what = _("without it there is a plan for {cost} yuan")
    if is_cheapest:
        what = _("without it there is a plan for {cost} yuan, the cheapest of these")
    return what.format(cost=f"{cost:,}")


def _cost_without(problem: Problem, demand: Demand) -> int | None:
    """What a plan without a demand costs: the cheapest of few groups, of many the first one found."""
    tables = tables_of(demand.without(problem))
    if not tables.allowed.any(axis=1).all():
        return None
    if len(problem.groups) <= FEW:
        found = settle(tables, empty_state(tables), range(len(problem.groups)), work=TRIAL_WORK)
        slots = np.array([slot for _group, slot in sorted(found.slots.items())], dtype=np.int64)
        return int(total(tables, state_of(tables, slots))) if found.slots else None
    first = best_first_plan(tables)
    return None if first is None else first[2]


def _without(field: str, demand: object) -> Change:
    def change(problem: Problem) -> Problem:
        kept = tuple(each for each in getattr(problem.wishes, field) if each != demand)
        return replace(problem, wishes=replace(problem.wishes, **{field: kept}))  # type: ignore[arg-type] # by name

    return change


def _without_blackout(number: int) -> Change:
    def change(problem: Problem) -> Problem:
        calendar = problem.calendar
        free = replace(calendar.blackouts[number], first=date.max, last=date.max)
        blackouts = (*calendar.blackouts[:number], free, *calendar.blackouts[number + 1 :])
        return replace(problem, calendar=replace(calendar, blackouts=blackouts))

    return change


def _without_wave_size(problem: Problem) -> Problem:
    return replace(problem, wishes=replace(problem.wishes, wave_systems=None, ramp_up=()))


def _without_until(system: SystemKey, until: Until) -> Change:
    def change(problem: Problem) -> Problem:
        return _each(
            problem, system, lambda move: replace(move, until=tuple(other for other in move.until if other != until))
        )

    return change


def _without_filing(system: SystemKey) -> Change:
    return lambda problem: _each(problem, system, lambda move: replace(move, filed_on=None))


def _each(problem: Problem, system: SystemKey, change: Callable[[Move], Move]) -> Problem:
    return replace(problem, moves=tuple(change(move) if move.system == system else move for move in problem.moves))


def _without_end(ended: Ended) -> Change:
    def change(problem: Problem) -> Problem:
        return replace(problem, ended=tuple(other for other in problem.ended if other != ended))

    return change


def _with_pools(zone: str) -> Change:
    def change(problem: Problem) -> Problem:
        grown = Pool(
            zone=zone,
            starts_on=problem.calendar.first,
            vcpu=PLENTY,
            memory_gib=PLENTY,
            storage_gib=PLENTY * 100,
            safety_percent=100,
        )
        return replace(problem, pools=(*(pool for pool in problem.pools if pool.zone != zone), grown))

    return change


def _with_vendor(name: str) -> Change:
    def change(problem: Problem) -> Problem:
        limits = tuple(replace(each, per_week=PLENTY) if each.name == name else each for each in problem.vendors)
        return replace(problem, vendors=limits)

    return change


def _with_lines(name: str) -> Change:
    def change(problem: Problem) -> Problem:
        limits = tuple(replace(each, per_week=PLENTY) if each.name == name else each for each in problem.rooms)
        return replace(problem, rooms=limits)

    return change
