"""One small problem against brute force: the same optimum, the same infeasibility, and conflicts that are minimal."""

from collections.abc import Sequence
from enum import StrEnum

from brute import best_cost

from qianyun.errors import InfeasiblePlan
from qianyun.plan.check import check
from qianyun.plan.conflict import Demand, demands_of, is_infeasible, minimal_conflict
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve


class Met(StrEnum):
    """What kind of problem it was."""

    SOLVED = "solved"
    CONFLICT = "conflict"
    IMPOSSIBLE = "impossible"
    """Other facts than demands forbid every plan."""


def trial(given: Problem) -> Met:
    """Solve it both ways.

    Raises:
        AssertionError: The search and brute force differ, or a conflict is not minimal.
    """
    best = best_cost(given)
    try:
        plan = solve(given, work=1)
    except InfeasiblePlan:
        if best is not None:
            raise AssertionError(f"brute force finds a plan for {best} yuan: {given.to_text()}") from None
        return _conflict(given)
    if plan.cost.total != best or check(given, plan):
        raise AssertionError(f"{plan.cost.total} yuan, brute force {best}: {given.to_text()}")
    return Met.SOLVED


def _conflict(given: Problem) -> Met:
    conflict = minimal_conflict(given)
    if not conflict:
        return Met.IMPOSSIBLE
    alone = only(given, conflict)
    kept = [demand.name for demand in conflict if is_infeasible(demand.without(alone))]
    if kept or not is_infeasible(alone):
        raise AssertionError(f"not minimal, {kept} can go: {given.to_text()}")
    return Met.CONFLICT


def only(problem: Problem, conflict: Sequence[Demand]) -> Problem:
    """The problem with no demand but those of a conflict."""
    kept = {each.name for each in conflict}
    for demand in demands_of(problem):
        if demand.name not in kept:
            problem = demand.without(problem)
    return problem
