"""The calendar: when people work, when nothing may change, when a cut-over may begin.

Three layers, each judged by itself: working days with the days moved around public holidays
(调休), blackouts (封网期) of everybody or of some departments, and the windows (割接窗口) in which
a department lets its systems be interrupted. A cut-over day is a day on which a window opens and
no blackout touches the hours it lasts.

Source of holidays: the State Council's yearly notice on public holidays; years not yet
announced are marked as expected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property

from qianyun.errors import FactError, Fault
from qianyun.estate.kinds import BlackoutKind
from qianyun.words import _

DAY = timedelta(days=1)
SATURDAY, SUNDAY = 6, 7
HOURS_A_WEEK = 168


def _refuse(place: str, *problems: str | None) -> None:
    found = [Fault(place=place, what=problem) for problem in problems if problem]
    if found:
        raise FactError(found)


def _backwards(first: date, last: date) -> str | None:
    if first <= last:
        return None
    return _("ends on {last}, before it begins on {first}").format(first=first, last=last)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included; none when `last` is earlier."""
    for offset in range((last - first).days + 1):
        yield first + offset * DAY


def week_of(day: date) -> date:
    """The Monday of a day's week: how plans name a week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A public holiday with the working days that were moved for it (调休).

    Attributes:
        workdays: Saturdays and Sundays on which people work instead; outside the holiday.
        is_expected: The yearly notice is not out yet; the days are the likely ones.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    first: date
    last: date
    workdays: tuple[date, ...] = ()
    is_expected: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        inside = [day for day in self.workdays if self.first <= day <= self.last]
        weekdays = [day for day in self.workdays if day.isoweekday() < SATURDAY]
        _refuse(
            f"holiday {self.name} {self.first}",
            _backwards(self.first, self.last),
            _("moves the working day {day} into itself").format(day=inside[0]) if inside else None,
            _("moves work to {day}, which is a working day anyway").format(day=weekdays[0]) if weekdays else None,
        )

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """A time in which nothing may be changed (封网期).

    Attributes:
        departments: Full names of those it binds; empty binds everybody.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    kind: BlackoutKind
    first: date
    last: date
    reason: str
    departments: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        _refuse(
            f"blackout {self.name} {self.first}",
            _backwards(self.first, self.last),
            None if self.reason.strip() else _("has no reason"),
        )

    @property
    def is_national(self) -> bool:
        """Whether it binds everybody."""
        return not self.departments

    def binds(self, department: str | None) -> bool:
        """Whether it binds this department; only those of everybody bind `None`."""
        return self.is_national or department in self.departments

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoverWindow:
    """The hours in which a department lets its systems be interrupted (割接窗口).

    Attributes:
        weekdays: ISO weekdays on which it opens, 1 is Monday.
        opens: Hour of opening, local time.
        hours: How long it stays open; it may run past midnight.
        wants_rest: The day after must be free of work, so that a moved working day shuts it.
    """

    weekdays: tuple[int, ...] = (5, 6)
    opens: time = time(22)
    hours: Decimal = Decimal(8)
    wants_rest: bool = True
    source: str = ""

    def __post_init__(self) -> None:
        odd = [day for day in self.weekdays if not 1 <= day <= SUNDAY]
        _refuse(
            "cut-over window",
            None if self.weekdays else _("opens on no weekday"),
            _("weekday {day} is not in 1..7").format(day=odd[0]) if odd else None,
            None
            if 0 < self.hours <= HOURS_A_WEEK
            else _("lasts {hours} hours, more than a week or not at all").format(hours=self.hours),
        )

    def last_day(self, opening: date) -> date:
        """The day on which it closes again; closing at midnight belongs to the day before."""
        end = datetime.combine(opening, self.opens) + timedelta(hours=float(self.hours))
        return (end - timedelta(microseconds=1)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stage of the programme, with what must be reached by its last day.

    Attributes:
        deadline: Last day.
        systems_percent: Share of the systems that are moved, of all that move.
        rooms_percent: Share of the rooms that are closed or converted, of all that are to be.
        lines_percent: Share of the leased lines that are cancelled, of all that are to be.
        goal: The goal in the programme's own words.
    """

    name: str
    first: date
    deadline: date
    systems_percent: int = 0
    rooms_percent: int = 0
    lines_percent: int = 0
    goal: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in ("systems_percent", "rooms_percent", "lines_percent")}
        _refuse(
            f"phase {self.name}",
            _backwards(self.first, self.deadline),
            *(
                _("{field} {value} is not in 0..100").format(field=name, value=share)
                for name, share in shares.items()
                if not 0 <= share <= 100  # noqa: PLR2004 - percent
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When the programme may do what; as declared in `calendar.yml`.

    Attributes:
        first: First day of the programme.
        last: Last day of the programme; nothing is planned after it.
        blackouts: As declared; public holidays are blackouts too and need not be repeated.
        window: Window of every department that declares none of its own.
        windows: Windows of single departments, by full name.
        freeze_days: Days before a cut-over in which its systems are left unchanged.
        observation_days: Days after a cut-over in which the source is kept for a way back.
    """

    first: date
    last: date
    holidays: tuple[Holiday, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    window: CutoverWindow = CutoverWindow()
    windows: Mapping[str, CutoverWindow] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    freeze_days: int = 0
    observation_days: int = 0

    def __post_init__(self) -> None:
        deadlines = [phase.deadline for phase in self.phases]
        late = [phase.name for phase in self.phases if phase.deadline > self.last]
        _refuse(
            "calendar",
            _backwards(self.first, self.last),
            _("phases are not in the order of their deadlines") if deadlines != sorted(deadlines) else None,
            _("phase {name} ends after the programme").format(name=late[0]) if late else None,
            *(
                _("{field} is below zero").format(field=name)
                for name in ("freeze_days", "observation_days")
                if getattr(self, name) < 0
            ),
        )

    @cached_property
    def _moved_workdays(self) -> frozenset[date]:
        return frozenset(day for holiday in self.holidays for day in holiday.workdays)

    @cached_property
    def all_blackouts(self) -> tuple[Blackout, ...]:
        """Declared blackouts and public holidays, by first day."""
        holidays = (
            Blackout(
                name=holiday.name,
                kind=BlackoutKind.HOLIDAY,
                first=holiday.first,
                last=holiday.last,
                reason=holiday.name,
                source=holiday.source,
            )
            for holiday in self.holidays
        )
        return tuple(sorted((*self.blackouts, *holidays), key=lambda b: (b.first, b.last, b.name)))

    def is_holiday(self, day: date) -> bool:
        """Whether the day lies in a public holiday; an ordinary weekend does not."""
        return any(holiday.covers(day) for holiday in self.holidays)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work: weekdays but holidays, and the days moved for holidays."""
        return day in self._moved_workdays or (day.isoweekday() < SATURDAY and not self.is_holiday(day))

    def working_days(self, first: date, last: date) -> int:
        """How many working days lie between two days, both included."""
        return sum(self.is_working_day(day) for day in days_between(first, last))

    def blackouts_on(self, day: date, department: str | None = None) -> tuple[Blackout, ...]:
        """What forbids a change on this day; `None` asks for what binds everybody."""
        return tuple(b for b in self.all_blackouts if b.covers(day) and b.binds(department))

    def is_blackout(self, day: date, department: str | None = None) -> bool:
        """Whether anything forbids a change on this day."""
        return bool(self.blackouts_on(day, department))

    def window_of(self, department: str | None) -> CutoverWindow:
        """The department's own window, else everybody's."""
        return self.windows.get(department or "", self.window)

    def is_cutover_day(self, day: date, department: str | None = None) -> bool:
        """Whether the department's window opens on this day and stays clear of blackouts."""
        window = self.window_of(department)
        if day.isoweekday() not in window.weekdays:
            return False
        closing = window.last_day(day)
        rested = not window.wants_rest or not self.is_working_day(day + DAY)
        return rested and not any(self.is_blackout(each, department) for each in days_between(day, closing))

    def cutover_days(self, first: date, last: date, department: str | None = None) -> tuple[date, ...]:
        """Days between two days, both included, on which a cut-over may begin."""
        return tuple(day for day in days_between(first, last) if self.is_cutover_day(day, department))

    def cutover_weeks(self, first: date, last: date, department: str | None = None) -> tuple[date, ...]:
        """Mondays of the weeks that hold a cut-over day between two days, both included."""
        return tuple(sorted({week_of(day) for day in self.cutover_days(first, last, department)}))

    @cached_property
    def weeks(self) -> tuple[date, ...]:
        """Mondays of all weeks of the programme."""
        start = week_of(self.first)
        return tuple(start + timedelta(weeks=n) for n in range((self.last - start).days // 7 + 1))

    def phase_of(self, day: date) -> Phase | None:
        """The phase in which the day lies; `None` outside all."""
        return next((phase for phase in self.phases if phase.first <= day <= phase.deadline), None)
