"""From weeks to a plan: waves, days, and what they cost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.costs import cost_of
from qianyun.plan.plan import PlacedGroup, Placement, Plan, Status, Wave
from qianyun.plan.problem import MoveGroup, Problem
from qianyun.plan.wishes import Pin


def make_plan(
    problem: Problem,
    weeks: Mapping[int, date],
    status: Status,
    *,
    floor: int = 0,
    bound: int | None = None,
    seed: int = 0,
    work: int = 0,
) -> Plan:
    """The plan in which each group stands in its week: `weeks` are Mondays of the programme by group number."""
    by_system = {key: weeks[group.number] for group in problem.groups for key in group.systems}
    return Plan(
        problem_digest=problem.digest,
        status=status,
        waves=_waves(problem, weeks),
        cost=cost_of(problem, by_system),
        floor=floor,
        bound=bound,
        seed=seed,
        work=work,
        in_force=problem.in_force,
        pins=tuple(pin for pin in problem.wishes.pins if not pin.source),
    )


def edited(problem: Problem, plan: Plan, weeks: Mapping[SystemKey, date], reason: str) -> tuple[Problem, Plan]:
    """A plan with some systems set to other weeks by a person, and the problem that holds them there.

    What moves together moves along. Nothing is judged here: the checker says what the edit breaks,
    and planning again keeps what a person set.

    `weeks` gives any day of the wanted week, by system.
    """
    pins = tuple(Pin(system=key, on=day, reason=reason) for key, day in sorted(weeks.items(), key=lambda e: str(e[0])))
    kept = tuple(pin for pin in problem.wishes.pins if pin.source or pin.system not in weeks)
    pinned = replace(problem, wishes=replace(problem.wishes, pins=(*kept, *pins)))
    by_group = {group.number: plan.weeks[group.number] for group in problem.groups}
    for key, day in weeks.items():
        by_group[problem.group_of[key].number] = week_of(day)
    again = make_plan(pinned, by_group, Status.EDITED, floor=plan.floor, seed=plan.seed, work=plan.work)
    return pinned, again


def _waves(problem: Problem, weeks: Mapping[int, date]) -> tuple[Wave, ...]:
    """Stretches of the calendar that hold something, numbered from 1."""
    stretches: dict[int, list[MoveGroup]] = {}
    for group in problem.groups:
        stretches.setdefault(problem.wave_of(weeks[group.number]), []).append(group)
    length = timedelta(weeks=problem.wishes.wave_weeks)
    waves = []
    for number, stretch in enumerate(sorted(stretches), start=1):
        first = problem.weeks[0] + stretch * length
        groups = sorted(stretches[stretch], key=lambda group: (weeks[group.number], group.number))
        waves.append(
            Wave(
                number=number,
                first=first,
                last=first + length - timedelta(days=1),
                groups=tuple(_placed(problem, group, weeks[group.number]) for group in groups),
            )
        )
    return tuple(waves)


def _placed(problem: Problem, group: MoveGroup, week: date) -> PlacedGroup:
    placements = tuple(Placement(system=key, on=problem.day_in(key, week) or week) for key in group.systems)
    return PlacedGroup(number=group.number, week=week, placements=placements)


def leaving_days(problem: Problem, plan: Plan) -> Mapping[SystemKey, date]:
    """Cut-over days of the systems that leave their rooms, with their last parts: what withdrawal reads."""
    found: dict[SystemKey, date] = {}
    for key, day in plan.days.items():
        move = problem.move_of.get(key)
        if move and move.leaves_room:
            found[move.whole] = max(day, found.get(move.whole, day))
    return found
