"""A plan from days: what a ledger's planned column, or any list of days, says was approved."""

from collections.abc import Mapping
from datetime import date, timedelta

from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.costs import cost_of
from qianyun.plan.plan import Cost, PlacedGroup, Placement, Plan, Status, Wave
from qianyun.plan.problem import Problem


def plan_of_days(problem: Problem, days: Mapping[SystemKey, date]) -> Plan:
    """The plan that has these days, as they are: nothing is judged, and systems may be missing.

    A group whose systems have days in several weeks stands in each of them with what it has there.
    """
    stretches: dict[int, dict[tuple[date, int], list[SystemKey]]] = {}
    for key in sorted(days, key=str):
        week = week_of(days[key])
        if key in problem.group_of and problem.weeks[0] <= week <= problem.weeks[-1]:
            groups = stretches.setdefault(problem.wave_of(week), {})
            groups.setdefault((week, problem.group_of[key].number), []).append(key)
    length = timedelta(weeks=problem.wishes.wave_weeks)
    waves = tuple(
        Wave(
            number=number,
            first=problem.weeks[0] + stretch * length,
            last=problem.weeks[0] + (stretch + 1) * length - timedelta(days=1),
            groups=tuple(_placed(place, keys, days) for place, keys in sorted(stretches[stretch].items())),
        )
        for number, stretch in enumerate(sorted(stretches), start=1)
    )
    is_whole = all(key in days for key in problem.move_of)
    weeks = {key: week_of(days[key]) for key in problem.move_of} if is_whole else {}
    cost = cost_of(problem, weeks) if is_whole else Cost()
    return Plan(problem_digest=problem.digest, status=Status.EDITED, waves=waves, cost=cost)


def _placed(place: tuple[date, int], keys: list[SystemKey], days: Mapping[SystemKey, date]) -> PlacedGroup:
    placements = tuple(Placement(system=key, on=days[key]) for key in keys)
    return PlacedGroup(number=place[1], week=place[0], placements=placements)
