"""Levers: by what a phase's goal could still be held, the cheapest first.

A lever is one demand of people that stands against systems which the goal needs: a blackout, a
vendor's hands, a pool before it grows, the team. Demands are those of `qianyun.plan.conflict`, and
each is tried as it is tried there, by building the tables anew without it and carrying the
approved plan on again. Beside them stands what no demand mends: preparing systems faster, and
planning again, which grants nothing and moves others. Where no single lever holds the goal, they
are added up, the one that wins most first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from qianyun.errors import InfeasiblePlan
from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.conflict import Demand, demands_of
from qianyun.plan.costs import cost_of
from qianyun.plan.explain import Obstacle
from qianyun.plan.problem import Move, Problem
from qianyun.plan.replan import replan
from qianyun.plan.tables import tables_of
from qianyun.track.forecast import Forecast, GoalKind, GoalOutlook, Outlook, carried_on
from qianyun.words import _

NAMED = 3
SPARE = timedelta(weeks=4)
"""So long before a phase ends what is late already would have to be ready to find a week in it."""
REPLAN_WORK = 10
MOST = 12
"""Levers that are tried for one goal, those that many systems wait for first."""
Change = Callable[[Problem], Problem]


class LeverKind(StrEnum):
    """What kind of thing would have to be granted."""

    HASTEN = "hasten"
    """Prepare some systems faster."""
    REPLAN = "replan"
    """Plan again with everything as it is."""
    RELAX = "relax"
    """Give a demand up for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One thing that could be granted, and what it wins.

    Attributes:
        name: In the words of those who asked for it.
        place: Where it was asked for; empty where nobody wrote it down.
        regained: Systems more by the phase's last day.
        holds: Whether it alone holds the goal; of the later levers of a sum, whether all together do.
        saves_yuan: What the whole bill falls by; below zero when it rises.
    """

    kind: LeverKind
    name: str
    place: str
    regained: int
    holds: bool
    saves_yuan: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    lever: LeverKind
    name: str
    place: str
    change: Change


def levers(found: Forecast, goal: GoalOutlook) -> tuple[Lever, ...]:
    """What holds a goal that falls: single levers that do, else the fewest that do together, as far as found.

    Levers that hold it alone come first, by what they save; otherwise each further lever is
    measured on top of those before it. Rooms and lines go with their systems and have no levers of
    their own.
    """
    if not goal.short or goal.kind is not GoalKind.SYSTEMS:
        return ()
    deadline = goal.phase.deadline
    late = [each for each in found.outlooks if _is_lost(each, deadline)]
    unready = [each for each in late if each.kind is Obstacle.READINESS]
    hastes = _hastes(found, goal, unready) if unready else ()
    trials = [*hastes, *_trials(found.problem, late)][:MOST]
    base = _result(found.problem, found, deadline)
    single = [_measured(trial, found.problem, found, goal, base) for trial in trials]
    helpful = [(lever, trial) for lever, trial in single if lever.regained > 0]
    single_ones = [lever for lever, _trial in helpful if lever.holds]
    alone = sorted([*_replanned(found, goal, base), *single_ones], key=_worth)
    return tuple(alone) or tuple(_added_up([trial for _l, trial in helpful], found, goal, base))


def _worth(lever: Lever) -> tuple[int, int, str]:
    return -lever.saves_yuan, -lever.regained, lever.name


def _replanned(found: Forecast, goal: GoalOutlook, base: tuple[int, int]) -> Iterator[Lever]:
    """What planning again wins, with nothing granted: others that are ready go first."""
    try:
        again = replan(found.problem, found.approved, frozen_until=date.min, work=REPLAN_WORK)
    except InfeasiblePlan:
        return
    counted = [move.system for move in found.problem.moves if move.is_counted]
    reached = sum(again.plan.days[key] <= goal.phase.deadline for key in counted)
    if reached >= goal.need:
        name = _("plan again: {n} systems change their day").format(n=len(again.changes))
        regained, saves = reached - base[0], base[1] - again.price
        yield Lever(kind=LeverKind.REPLAN, name=name, place="", regained=regained, holds=True, saves_yuan=saves)


def _is_lost(each: Outlook, deadline: date) -> bool:
    """Approved in time and expected too late."""
    return bool(each.approved and each.approved <= deadline and (each.forecast is None or each.forecast > deadline))


def _added_up(trials: list[_Trial], found: Forecast, goal: GoalOutlook, base: tuple[int, int]) -> Iterator[Lever]:
    """Greedily: what wins most on top of what is granted already, until the goal is held or nothing helps."""
    problem, left = found.problem, list(trials)
    while left:
        measured = [_measured(trial, problem, found, goal, base) for trial in left]
        best = max(range(len(left)), key=lambda n: (measured[n][0].regained, measured[n][0].saves_yuan, -n))
        lever, trial = measured[best]
        if lever.regained <= 0:
            return
        yield lever
        if lever.holds:
            return
        problem = trial.change(problem)
        base = _result(problem, found, goal.phase.deadline)
        left.pop(best)


def _measured(
    trial: _Trial, problem: Problem, found: Forecast, goal: GoalOutlook, base: tuple[int, int]
) -> tuple[Lever, _Trial]:
    reached, cost = _result(trial.change(problem), found, goal.phase.deadline)
    lever = Lever(
        kind=trial.lever,
        name=trial.name,
        place=trial.place,
        regained=reached - base[0],
        holds=reached >= goal.need,
        saves_yuan=base[1] - cost,
    )
    return lever, trial


def _result(problem: Problem, found: Forecast, deadline: date) -> tuple[int, int]:
    """Systems moved by a day when the approved plan is carried on, and the whole bill."""
    state = carried_on(problem, found.approved, tables_of(problem))
    last = problem.weeks[-1]
    weeks = {
        key: problem.weeks[slot] if slot >= 0 else last
        for group, slot in zip(problem.groups, state.slot.tolist(), strict=True)
        for key in group.systems
    }
    placed = {
        key for g, slot in zip(problem.groups, state.slot.tolist(), strict=True) if slot >= 0 for key in g.systems
    }
    reached = sum(
        1
        for key, week in weeks.items()
        if key in placed and problem.move_of[key].is_counted and _day(problem, found, key, week) <= deadline
    )
    return reached, cost_of(problem, weeks).total


def _day(problem: Problem, found: Forecast, key: SystemKey, week: date) -> date:
    approved = found.approved.days.get(key)
    if approved and week_of(approved) == week:
        return approved
    return problem.day_in(key, week) or week + timedelta(days=6)


def _trials(problem: Problem, late: list[Outlook]) -> Iterator[_Trial]:
    """Demands that stand against the systems that a goal loses, those that hold up most of them first."""
    counts: dict[str, int] = {}
    for each in late:
        for place in _places(problem.move_of[each.system], each, problem):
            counts[place] = counts.get(place, 0) + 1
    known: dict[str, list[Demand]] = {}
    for demand in demands_of(problem):
        known.setdefault(demand.place, []).append(demand)
    for place in sorted(counts, key=lambda place: (-counts[place], place)):
        for demand in known.get(place, ()):
            yield _Trial(lever=LeverKind.RELAX, name=demand.name, place=demand.place, change=demand.without)


def _hastes(found: Forecast, goal: GoalOutlook, unready: list[Outlook]) -> Iterator[_Trial]:
    """The systems that are nearest to being ready: as many as are short, twice as many, all."""
    deadline = goal.phase.deadline
    needs = sorted(
        (((found.problem.move_of[each.system].ready_on or wanted) - wanted).days, str(each.system), each, wanted)
        for each in unready
        for wanted in (_wanted(each, found.today, deadline),)
    )
    for count in sorted({min(len(needs), n) for n in (goal.short, 2 * goal.short, len(needs))}):
        chosen = {each.system: wanted for _days, _name, each, wanted in needs[:count]}
        words = _("prepare {n} systems {days} days faster at most: {names}")
        names = "、".join(str(key) for key in list(chosen)[:NAMED]) + (" …" if count > NAMED else "")
        name = words.format(n=count, days=max(0, needs[count - 1][0]), names=names)
        yield _Trial(lever=LeverKind.HASTEN, name=name, place="", change=_hastening(chosen))


def _wanted(each: Outlook, today: date, deadline: date) -> date:
    """When a system would have to be ready: by its approved day, or some weeks before the phase ends."""
    if each.approved and each.approved >= today:
        return each.approved
    return max(today, deadline - SPARE)


def _hastening(wanted: Mapping[SystemKey, date]) -> Change:
    return lambda given: hastened(given, wanted)


def hastened(problem: Problem, wanted: Mapping[SystemKey, date]) -> Problem:
    """The problem with some systems ready on the days on which they are wanted."""
    moves = tuple(
        replace(move, ready_on=min(move.ready_on, wanted[move.system]))
        if move.system in wanted and move.ready_on
        else move
        for move in problem.moves
    )
    return replace(problem, moves=moves)


def _places(move: Move, each: Outlook, problem: Problem) -> Iterator[str]:
    """Where the demands stand that hold a system up."""
    match each.kind:
        case Obstacle.VENDOR:
            yield from (f"vendor {crew.vendor}" for crew in move.crews)
        case Obstacle.LINE:
            yield f"room {move.room}"
        case Obstacle.POOL:
            yield "cloud.yml"
        case Obstacle.TEAM | Obstacle.RISK:
            yield ""
        case Obstacle.WAVE:
            yield "plan.yml"
        case Obstacle.CALENDAR:
            department, approved = move.system.department, each.approved or problem.calendar.first
            for offset in range(8):
                for blackout in problem.calendar.blackouts_on(approved + timedelta(days=offset), department):
                    yield blackout.source
        case _:
            return
