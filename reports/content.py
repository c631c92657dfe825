"""What a report says, before it is a page, a workbook or a terminal screen.

Everything here is already in the reader's language and already decided; a writer only lays it
out. The same `Report` gives every form, so that no two of them can disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum

from qianyun.words import _
from reports.capacity import CapacityView
from reports.gantt import GanttView
from reports.matrix import MatrixView
from reports.sparkline import Trend
from reports.tones import SHAPES, Tone


class Unknown(Enum):
    """A value that nobody told us; never shown as zero and never as empty."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
EMPTY = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A state: its shape and its word."""

    tone: Tone
    text: str

    def __str__(self) -> str:
        return f"{SHAPES[self.tone]} {self.text}".rstrip()


Cell = str | int | float | Decimal | date | Mark | Unknown | None
"""One value of a table; `None` is empty."""


class Kind(StrEnum):
    """How a column is set."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MARK = "mark"
    CODE = "code"
    """Addresses, packets, places in files: set in the fixed face."""


class Place(StrEnum):
    """Where the page shows a table; a workbook gives each a sheet."""

    FULL = "full"
    SIDE = "side"
    """Beside the charts: few columns, few rows."""
    FOLDED = "folded"
    """Only when asked for."""
    SHEET = "sheet"
    """Nowhere: too long for a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; a unit stands in its title.

    Attributes:
        width: Widest it gets in a sheet, in half-width characters; longer text wraps.
    """

    title: str
    kind: Kind = Kind.TEXT
    width: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A list that a person reads, filters and takes along.

    Attributes:
        name: Anchor on the page and name of the CSV file; ASCII.
        title: Heading on the page and name of the sheet.
        note: One line beside the heading.
        anchors: One for each row, or none at all.
        empty: What is said when there is no row.
        place: Where the page shows it.
    """

    name: str
    title: str
    note: str = ""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    anchors: tuple[str, ...] = ()
    empty: str = ""
    place: Place = Place.FULL

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: a row has {len(row)} cells for {len(self.columns)} columns: {row!r}")
        if self.anchors and len(self.anchors) != len(self.rows):
            raise ValueError(f"{self.name}: {len(self.anchors)} anchors for {len(self.rows)} rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The line that every page and export carries.

    Attributes:
        estate: Whose report it is, as a person says it.
        as_of: How far the data goes, with its time zone; also the date of creation in files.
        policy_digest: `sha256:…` of the declaration.
        plan_digest: `sha256:…` of the plan; `None` when there is none.
        plan_status: What the planner says of it.
        gap_percent: How far it may be from the best; `None` while no bound is known.
        audit_head: Digest at the head of the audit chain; `None` where none is kept.
        classification: Mark such as 内部.
    """

    estate: str
    as_of: datetime
    policy_digest: str
    plan_digest: str | None = None
    plan_status: str = ""
    gap_percent: float | None = None
    audit_head: str | None = None
    classification: str

    def facts(self) -> Iterator[tuple[str, str]]:
        """Names and values, in the order in which they are read."""
        yield _("data as of"), f"{self.as_of:%Y-%m-%d %H:%M}"
        yield _("policy"), short_digest(self.policy_digest)
        yield _("plan"), self._plan()
        yield _("audit chain"), short_digest(self.audit_head) if self.audit_head else EMPTY
        yield _("classification"), self.classification

    def line(self) -> str:
        """All of it in one line of text."""
        return "   ".join(f"{name} {value}" for name, value in self.facts())

    def _plan(self) -> str:
        if self.plan_digest is None:
            return EMPTY
        gap = "" if self.gap_percent is None else _("gap {n:.1f} %").format(n=self.gap_percent)
        return " ".join(filter(None, (short_digest(self.plan_digest), self.plan_status, gap)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that matters, what it is out of, and what follows from it.

    Attributes:
        value: The number, set large; `of` what it is measured against.
        notes: Words under it, a state each.
        href: The list behind it.
    """

    label: str
    value: str
    of: str = ""
    notes: tuple[Mark | str, ...] = ()
    trend: Trend | None = None
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        title: What is wrong, in a person's nouns.
        packet: The packet that proves it; empty where no packet can.
        place: Where: file and line, rule, device.
        clause: What it breaks, as the profile cites it.
        note: What to do, or what was decided.
    """

    tone: Tone
    title: str
    packet: str = ""
    place: str = ""
    clause: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report in one language.

    Attributes:
        language: `zh_CN` or `en`.
        gantt: Also `capacity`, `matrix`: `None` while there is nothing to show.
        findings: Worst first.
        is_verified: Whether anybody looked for findings at all.
        tables: In the order of the sheets.
    """

    title: str
    language: str
    head: Head
    figures: tuple[Figure, ...] = ()
    gantt: GanttView | None = None
    capacity: CapacityView | None = None
    matrix: MatrixView | None = None
    findings: tuple[Finding, ...] = ()
    is_verified: bool = False
    tables: tuple[Table, ...] = ()


def short_digest(digest: str) -> str:
    """A digest as a person compares it: its kind, four first and four last digits."""
    kind, colon, value = digest.rpartition(":")
    return f"{kind}{colon}{value[:4]}…{value[-4:]}" if len(value) > 12 else digest  # noqa: PLR2004 - shorter ones stay whole


def say(cell: Cell) -> str:
    """A cell as a person reads it."""
    match cell:
        case None | "":
            text = EMPTY
        case Unknown():
            text = _("unknown")
        case datetime():
            text = f"{cell:%Y-%m-%d %H:%M}"
        case bool():
            text = _("yes") if cell else _("no")
        case int() | float() | Decimal():
            text = grouped(cell)
        case _:
            text = str(cell)
    return text


def grouped(value: float | Decimal) -> str:
    """A number with its thousands apart and no zeros that say nothing."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
