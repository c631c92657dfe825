"""When windows open: the first cut-over day of each week, and the weeks open to a move group.

Departments that share a window and their blackouts share the answer, so a province asks the
calendar a dozen times and not once for each system.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from qianyun.estate.calendar import Calendar, week_of
from qianyun.estate.facts import SystemKey
from qianyun.words import _

WEEK = timedelta(weeks=1)
FirstDays = Mapping[date, date]
"""Mondays of the weeks in which a department may cut over, with the first day there."""


class Movable(Protocol):
    """What decides on the weeks of a move."""

    @property
    def system(self) -> SystemKey:
        """Whose department's window counts."""

    @property
    def ready_on(self) -> date | None:
        """First day on which it may be cut over."""

    @property
    def filed_on(self) -> date | None:
        """Likewise, for its filing."""

    @property
    def lead_weeks(self) -> int:
        """Weeks of the programme that must have passed before."""


def first_days(calendar: Calendar, departments: Iterable[str]) -> Mapping[str, FirstDays]:
    """First cut-over days of some departments, week by week."""
    known: dict[object, dict[date, date]] = {}
    found = {}
    for department in sorted(set(departments)):
        alike = (
            calendar.window_of(department),
            tuple(n for n, blackout in enumerate(calendar.all_blackouts) if blackout.binds(department)),
        )
        if alike not in known:
            days: dict[date, date] = {}
            for day in calendar.cutover_days(calendar.first, calendar.last, department):
                days.setdefault(week_of(day), day)
            known[alike] = days
        found[department] = known[alike]
    return found


def opens_on(move: Movable) -> date:
    """First day on which a move may be cut over as far as it alone is concerned."""
    return max(move.ready_on or date.min, move.filed_on or date.min)


def lag_weeks(before: FirstDays, after: FirstDays, freeze_days: int = 0) -> int:
    """Weeks that must lie between two departments' cut-overs so that the days keep their order and the freeze.

    The freeze: what a system needs is cut over on its own day, or so many days before it.
    """
    lag = 0
    while any(
        not _keeps_freeze(day, after[week + lag * WEEK], freeze_days)
        for week, day in before.items()
        if week + lag * WEEK in after
    ):
        lag += 1
    return lag


def _keeps_freeze(before: date, after: date, freeze_days: int) -> bool:
    return before == after or after - before >= timedelta(days=max(1, freeze_days))


class Opening:
    """The weeks of a calendar as move groups see them, leaving aside what people demand."""

    def __init__(self, calendar: Calendar, departments: Iterable[str]) -> None:
        self.weeks: tuple[date, ...] = calendar.weeks
        self.days = first_days(calendar, departments)

    def weeks_of(self, moves: Sequence[Movable]) -> list[int]:
        """Numbers of the weeks in which all of some moves may be cut over together, from 0."""
        number = {week: n for n, week in enumerate(self.weeks)}
        common = set(self.weeks)
        for move in moves:
            ready = opens_on(move)
            days = self.days[move.system.department]
            common &= {week for week, day in days.items() if day >= ready and number[week] >= move.lead_weeks}
        return sorted(number[week] for week in common)

    def never(self, moves: Sequence[Movable]) -> str | None:
        """Why some moves have no common week; `None` when they have one."""
        if self.weeks_of(moves):
            return None
        ready = max(self.weeks[0], *(opens_on(move) for move in moves))
        return _("is ready from {ready} on and leads {lead} weeks; no window opens to all of it by {last}").format(
            ready=ready, lead=max(move.lead_weeks for move in moves), last=self.weeks[-1]
        )
