"""Every plan of a small problem, tried one by one and judged by the checker alone."""

from datetime import date
from itertools import product

from qianyun.estate.facts import SystemKey
from qianyun.plan.check import check_days
from qianyun.plan.costs import cost_of
from qianyun.plan.problem import Problem


def best_cost(problem: Problem) -> int | None:
    """What the cheapest plan costs; `None` where no plan keeps every demand.

    It knows nothing of how the search sees the problem: a week is open to a group when the checker says so
    of each of its systems alone.
    """
    choices = [_weeks(problem, group.systems) for group in problem.groups]
    best = None
    for weeks in product(*choices):
        by_system = {key: week for group, week in zip(problem.groups, weeks, strict=True) for key in group.systems}
        days = {key: problem.day_in(key, week) or week for key, week in by_system.items()}
        if next(check_days(problem, days), None) is None:
            cost = cost_of(problem, by_system).total
            best = cost if best is None else min(best, cost)
    return best


def _weeks(problem: Problem, systems: tuple[SystemKey, ...]) -> list[date]:
    """Weeks in which one group alone breaks nothing."""
    return [
        week
        for week in problem.weeks
        if next(check_days(problem, {key: problem.day_in(key, week) or week for key in systems}), None) is None
    ]
