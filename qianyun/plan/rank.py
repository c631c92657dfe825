"""The peers' way: rank the move groups, then fill waves in that order.

Published planners score each server or application, sort departments and applications by score,
and fill waves first come, first served; what is planned earlier is not moved for what comes later.
Here the same is done on the same facts and demands, so that users can compare with what they had.

Source: AWS, Cloud Migration Factory on AWS, wave planning by rank; Microsoft, Azure Migrate, wave
planning by readiness and dependency groups.
"""

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum

import numpy as np

from qianyun.plan.greedy import construct
from qianyun.plan.kernel import empty_state
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Move, Problem
from qianyun.plan.tables import Ints, tables_of


class Rule(StrEnum):
    """How groups are ranked."""

    DEPARTMENT = "department"
    """Department by department, those that are ready earlier first; inside, by readiness."""
    READINESS = "readiness"
    COMPLEXITY = "complexity"
    """Small and harmless systems first."""


def rank_and_fill(problem: Problem, rule: Rule = Rule.DEPARTMENT) -> Plan | None:
    """The plan of a ranking; `None` where some group finds no week in its turn."""
    tables = tables_of(problem)
    state = empty_state(tables)
    if construct(tables, state, _order(problem, rule), False):  # noqa: FBT003 - compiled code takes no keywords
        return None
    weeks = {group.number: problem.weeks[slot] for group, slot in zip(problem.groups, state.slot.tolist(), strict=True)}
    return make_plan(problem, weeks, Status.FEASIBLE)


def _order(problem: Problem, rule: Rule) -> Ints:
    members = [[problem.move_of[key] for key in group.systems] for group in problem.groups]
    key = _key(problem, rule)
    return np.array(sorted(range(len(members)), key=lambda n: (key(members[n]), n)), dtype=np.int64)


def _key(problem: Problem, rule: Rule) -> Callable[[Sequence[Move]], tuple[object, ...]]:
    ready = _readiness(problem)
    if rule is Rule.READINESS:
        return lambda moves: (max(map(ready, moves)),)
    if rule is Rule.COMPLEXITY:
        return lambda moves: (sum(move.risk for move in moves), sum(move.effort for move in moves))
    days: dict[str, list[int]] = {}
    for move in problem.moves:
        days.setdefault(move.system.department, []).append(ready(move).toordinal())
    mean = {department: sum(found) // len(found) for department, found in days.items()}
    return lambda moves: (
        mean[moves[0].system.department],
        moves[0].system.department,
        max(map(ready, moves)),
    )


def _readiness(problem: Problem) -> Callable[[Move], date]:
    return lambda move: move.ready_on or problem.calendar.first
