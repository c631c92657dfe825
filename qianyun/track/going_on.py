"""The planner's problem after what has happened: past weeks are actuals, the plan begins today.

What was cut over stays in the problem, so that shares of phases, open rooms and dependencies count
as before, but it costs nobody's time any more: it stands in its week, alone, fills its pool, and
no readiness, window size, hold or deadline is asked of it again. Everything else is ready no
earlier than today, and no earlier than the steps before its cut-over can be through.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.problem import Move, MoveGroup, Problem, Unplanned
from qianyun.plan.rules import is_bound
from qianyun.plan.wishes import Deadline, Pin, Subject, Wishes
from qianyun.track.progress import Progress
from qianyun.words import _

SOURCE = "track"
"""Where the pins of the past come from; a source keeps them out of what a plan says of itself."""


def going_on(problem: Problem, progress: Progress) -> Problem:
    """The same problem on a day on which some of it is over.

    A system that was cut over in a week in which its department's window does not open is put
    into the nearest week in which it does: the log keeps the day on which it really happened.
    """
    if not progress.is_told:
        return problem
    done = {key: day for key, day in progress.done.items() if key in problem.move_of}
    gone = {key for key in progress.deferred if key in problem.move_of}
    moves = tuple(_move(move, progress) for move in problem.moves if move.system not in gone)
    groups, settled = tuple(_groups(problem, done, gone)), gone | set(done)
    pins = tuple(
        Pin(system=key, on=_open_week(problem, key, done[key]), is_frozen=True, reason=_("happened"), source=SOURCE)
        for key in sorted(done, key=str)
    )
    return replace(
        problem,
        moves=moves,
        groups=groups,
        precedences=tuple(p for p in problem.precedences if p.before not in settled and p.after not in settled),
        ties=tuple(t for t in problem.ties if t.one not in gone and t.other not in gone),
        releases=tuple(r for r in problem.releases if gone.isdisjoint(r.systems)),
        wishes=_wishes(problem, done, pins),
        in_force=tuple(each for each in problem.in_force if each.system not in gone),
        unplanned=(*problem.unplanned, *(Unplanned(system=key, why=_("is deferred")) for key in sorted(gone, key=str))),
    )


def _move(move: Move, progress: Progress) -> Move:
    if move.system in progress.done:
        return replace(move, crews=(), copy_gib=0, effort=0, risk=0, lead_weeks=0, ready_on=None)
    earliest = progress.ready.get(move.system, progress.today) if _prepares(move, progress) else progress.today
    return replace(move, ready_on=max(move.ready_on or date.min, earliest, progress.today))


def _prepares(move: Move, progress: Progress) -> bool:
    """What takes nothing of the cloud needs no deployment or trial, unless it is on its way already."""
    return move.zone is not None or move.system in progress.states


def _groups(problem: Problem, done: Mapping[SystemKey, date], gone: set[SystemKey]) -> Iterator[MoveGroup]:
    """What is over stands alone; what is left of its group stays together."""
    number = max((group.number for group in problem.groups), default=0)
    for group in problem.groups:
        left = tuple(key for key in group.systems if key not in done and key not in gone)
        over = [key for key in group.systems if key in done]
        if left:
            yield replace(group, systems=left, why=group.why if len(left) > 1 else ())
        for place, key in enumerate(over):
            number += bool(left or place)
            yield MoveGroup(number=number if left or place else group.number, systems=(key,))


def _open_week(problem: Problem, key: SystemKey, day: date) -> date:
    """The week of a day, or the nearest in which the department's window opens."""
    week = week_of(day)
    weeks = problem.opening.days[key.department]
    return min(weeks, key=lambda monday: (abs(monday - week), monday), default=week)


def _wishes(problem: Problem, done: Mapping[SystemKey, date], pins: tuple[Pin, ...]) -> Wishes:
    wishes = problem.wishes
    return replace(
        wishes,
        pins=(*(pin for pin in wishes.pins if pin.system not in done), *pins),
        holds=tuple(hold for hold in wishes.holds if hold.system not in done),
        deadlines=tuple(each for deadline in wishes.deadlines for each in _left(deadline, problem, done)),
    )


def _left(deadline: Deadline, problem: Problem, done: Mapping[SystemKey, date]) -> Iterator[Deadline]:
    """A deadline, bound to what is not over yet where something of it is."""
    bound = [move for move in problem.moves if is_bound(deadline, move)]
    if not any(move.system in done for move in bound):
        yield deadline
        return
    for move in bound:
        if move.system not in done:
            yield replace(deadline, subject=Subject.SYSTEM, name=str(move.system))
