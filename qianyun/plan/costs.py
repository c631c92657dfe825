"""What a plan costs, computed from the facts and from nothing a solver keeps."""

from collections.abc import Mapping
from datetime import date

from qianyun.estate.facts import SystemKey
from qianyun.plan.limits import offered_in
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
        last = max(number[key] for key in release.systems)
        ends[release.kind] += release.yuan_per_week * max(0, last - problem.since_of(release))
    return Cost(
        late=sum(move.late_yuan * late_weeks(move.due_on, weeks[move.system]) for move in problem.moves),
        goals=weights.goal_yuan * sum(shortfalls(problem, weeks).values()),
        rooms=ends[Saving.ROOM],
        lines=ends[Saving.LINE],
        kit=ends[Saving.KIT],
        cuts=sum(tie.yuan_per_week * abs(number[tie.one] - number[tie.other]) for tie in problem.ties),
        early=weights.early_yuan * sum(number[move.system] for move in problem.moves),
        load=weights.load_yuan * _above(problem, weeks, "effort", problem.calm_team),
        risk=weights.risk_yuan * _above(problem, weeks, "risk", problem.calm_risk),
        egress=weights.egress_yuan * egress_above(problem, weeks) if weights.egress_yuan else 0,
        changes=weights.change_yuan * sum(weeks[each.system] != each.week for each in problem.in_force),
    )


def _above(problem: Problem, weeks: Weeks, points: str, calm: int) -> int:
    """Points above those of a calm week, over all weeks."""
    held: dict[date, int] = {}
    for move in problem.moves:
        held[weeks[move.system]] = held.get(weeks[move.system], 0) + int(getattr(move, points))
    return sum(max(0, given - calm) for given in held.values())


def egress_above(problem: Problem, weeks: Weeks) -> int:
    """Mbit/s above the comfortable share of the egress, over all zones and weeks."""
    above = 0
    for zone in sorted({pool.zone for pool in problem.pools}):
        offered = [offered_in(problem.pools, zone, week, lambda pool: pool.egress_mbps) for week in problem.weeks]
        comings: dict[date, int] = {}
        for move in problem.moves:
            amount = sum(mbps for at, size, mbps in move.takes() if (at, size) == (zone, "egress_mbps"))
            comings[weeks[move.system]] = comings.get(weeks[move.system], 0) + amount
        taken = 0
        for week, most in zip(problem.weeks, offered, strict=True):
            taken += comings.get(week, 0)
            if most is not None:
                above += max(0, taken - most * problem.wishes.egress_percent // 100)
    return above


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
