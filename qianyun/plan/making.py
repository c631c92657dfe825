"""From weeks to a plan: waves, days, and what they cost."""

from collections.abc import Mapping
from datetime import date, timedelta

from qianyun.estate.facts import SystemKey
from qianyun.plan.costs import cost_of
from qianyun.plan.plan import PlacedGroup, Placement, Plan, Status, Wave
from qianyun.plan.problem import MoveGroup, Problem


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
    )


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
    """Cut-over days of the systems that leave their rooms: what the withdrawal of rooms and lines reads."""
    return {key: day for key, day in plan.days.items() if key in problem.move_of and problem.move_of[key].leaves_room}
