"""Demands on single systems as days: not before, not after."""

from collections.abc import Callable
from datetime import date, timedelta

from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.problem import Move
from qianyun.plan.wishes import Deadline, Subject, Wishes

Span = tuple[date, date]
PinnedWeeks = dict[SystemKey, list[date]]


def is_bound(deadline: Deadline, move: Move) -> bool:
    """Whether a deadline is about this move."""
    match deadline.subject:
        case Subject.SYSTEM:
            return deadline.name == str(move.whole)
        case Subject.ROOM:
            return deadline.name == move.room and move.leaves_room
        case Subject.DEPARTMENT:
            return deadline.name == move.system.department


def days_allowed(wishes: Wishes) -> Callable[[Move], Span | None]:
    """For a move: the first and the last day that pins, holds and deadlines leave; `None` when none speaks of it."""
    pins: PinnedWeeks = {}
    for pin in wishes.pins:
        pins.setdefault(pin.system, []).append(week_of(pin.on))
    holds: dict[SystemKey, date] = {}
    for hold in wishes.holds:
        holds[hold.system] = max(hold.not_before, holds.get(hold.system, date.min))

    def span(move: Move) -> Span | None:
        first = max(holds.get(move.whole, date.min), move.filed_on or date.min)
        last = min((d.by for d in wishes.deadlines if is_bound(d, move)), default=date.max)
        last = min((last, *(until.by for until in move.until)))
        for monday in pins.get(move.system, ()):
            first, last = max(first, monday), min(last, monday + timedelta(days=6))
        return None if (first, last) == (date.min, date.max) else (first, last)

    return span
