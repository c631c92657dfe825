"""Days on a horizontal axis: where a day stands, and the quarters that are named."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from reports.measure import ems
from reports.svg import SMALL, Label

ONE_DAY = timedelta(days=1)
_GAP = 8


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.first} to {self.last} runs backwards")

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A linear scale of whole quarters between two pixels."""

    span: Span
    left: float
    right: float

    def x(self, day: date) -> float:
        """Left edge of a day."""
        return self.left + (self.right - self.left) * (day - self.span.first).days / self.span.days

    def edges(self, span: Span) -> tuple[float, float]:
        """Left and right edge of a span."""
        return self.x(span.first), self.x(span.last + ONE_DAY)

    def clip(self, span: Span) -> Span | None:
        """The part of a span that lies on the axis; `None` when none does."""
        first, last = max(span.first, self.span.first), min(span.last, self.span.last)
        return Span(first=first, last=last) if first <= last else None

    def quarters(self) -> tuple[date, ...]:
        """First days of the quarters."""
        return tuple(_quarters(self.span))

    def ticks(self, y: float) -> tuple[Label, ...]:
        """Names of quarters, or only of every second, fourth, … where they would touch."""
        quarters = self.quarters()
        names = [f"{day.year} Q{(day.month + 2) // 3}" for day in quarters]
        room = (self.right - self.left) / len(quarters)
        widest = max(ems(name) for name in names) * SMALL + _GAP
        step = next(
            step for step in (1, 2, 4, 8, 16, 32, 64, len(quarters)) if room * step >= widest or step >= len(quarters)
        )
        return tuple(
            Label(text=name, x=self.x(day) + 3, y=y, class_="tick", size=SMALL)
            for place, (day, name) in enumerate(zip(quarters, names, strict=True))
            if place % step == 0 and self.x(day) + 3 + ems(name) * SMALL <= self.right + 0.01
        )


def whole_quarters(days: Iterable[date]) -> Span:
    """The quarters that hold all these days."""
    given = sorted(days)
    first, last = given[0], given[-1]
    opens = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
    return Span(first=opens, last=_next_quarter(date(last.year, (last.month - 1) // 3 * 3 + 1, 1)) - ONE_DAY)


def _next_quarter(day: date) -> date:
    return date(day.year + (day.month == 10), (day.month + 2) % 12 + 1, 1)  # noqa: PLR2004 - October opens the last quarter


def _quarters(span: Span) -> Iterator[date]:
    day = span.first
    while day <= span.last:
        yield day
        day = _next_quarter(day)
