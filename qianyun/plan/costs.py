"""What a plan costs, computed from the facts and from nothing a solver keeps."""

from collections.abc import Mapping
from datetime import date

from qianyun.estate.facts import SystemKey
from qianyun.plan.plan import Cost
from qianyun.plan.problem import Problem, Saving

Weeks = Mapping[SystemKey, date]
"""Monday of each system's week."""


def cost_of(problem: Problem, weeks: Weeks) -> Cost:
    """The bill of a plan by term; every system of the problem must have a week."""
    start = problem.weeks[0]
    number = {key: (monday - start).days // 7 for key, monday in weeks.items()}
    weights = problem.wishes.weights
    ends = dict.fromkeys(Saving, 0)
    for release in problem.releases:
        ends[release.kind] += release.yuan_per_week * max(number[key] for key in release.systems)
    return Cost(
        late=sum(move.late_yuan * late_weeks(move.due_on, weeks[move.system]) for move in problem.moves),
        goals=weights.goal_yuan * sum(shortfalls(problem, weeks).values()),
        rooms=ends[Saving.ROOM],
        lines=ends[Saving.LINE],
        cuts=sum(tie.yuan_per_week * abs(number[tie.one] - number[tie.other]) for tie in problem.ties),
        early=weights.early_yuan * sum(number[move.system] for move in problem.moves),
        changes=weights.change_yuan * sum(weeks[each.system] != each.week for each in problem.in_force),
    )


def late_weeks(due_on: date | None, monday: date) -> int:
    """Weeks by which a cut-over in a week is late; the week that holds the day is in time."""
    return 0 if due_on is None else max(0, -((due_on - monday).days // 7))


def shortfalls(problem: Problem, weeks: Weeks) -> Mapping[str, int]:
    """For each phase with a goal: how many systems are short on its last day."""
    counted = [move.system for move in problem.moves if move.is_counted]
    return {
        name: max(0, needed - sum(weeks[key] <= deadline for key in counted))
        for name, deadline, needed in problem.goals()
    }
