"""Forms: how facts become rows of cells, and rows a sheet, in each department's layout.

A layout knows its columns by heading and field, so that a planted fault can be told by its cell
and the facts that a form never asked for can be left out of what its reader must find.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.generator.books import Format, Grid
from inventory.generator.wording import Cell, Style

PLAIN_STYLE = Style()
Row = dict[str, Cell]
"""Cells by the field that they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What is wrong with one cell of a row.

    Attributes:
        field: Which cell.
        kind: What kind of fault it is.
        right: What would be right.
    """

    field: str
    kind: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a sheet, right or with a planted fault.

    Attributes:
        section: The heading under which it stands, where the layout has sections.
    """

    row: Row
    planted: Planted | None = None
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: heading, field, and the group that stands above in a header of two rows."""

    heading: str
    field: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one form looks.

    Attributes:
        title: Lines above the header; `{department}` is whoever fills it in.
        ditto: Fields in which a repeated value is written 同上.
        merged: Fields in which a repeated value is merged downwards.
        has_sections: Rows with a heading of their own stand between the entries.
        has_numbers: A first column numbers the entries.
        unit_row: Units stand in a row of their own below the header.
        notes: Lines below the table.
    """

    columns: tuple[Column, ...]
    style: Style = PLAIN_STYLE
    format: Format = "xlsx"
    title: tuple[str, ...] = ()
    ditto: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    has_sections: bool = False
    has_numbers: bool = True
    unit_row: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """Fields that this form asks for."""
        return frozenset(column.field for column in self.columns)

    @property
    def has_groups(self) -> bool:
        """Whether the header has two rows."""
        return any(column.group for column in self.columns)


Located = list[tuple[Planted, int, int, Cell]]
"""Planted faults with their row and column, counted from 0, and the cell as it stands."""


def columns(*lines: str) -> tuple[Column, ...]:
    """Columns from lines `field heading` or `field heading group`."""
    split = [line.split() for line in lines]
    return tuple(Column(field=part[0], heading=part[1], group="".join(part[2:])) for part in split)


def lay_out(layout: Layout, name: str, department: str, entries: Sequence[Entry]) -> tuple[Grid, Located]:
    """Write entries into a sheet; tells where the planted faults came to stand."""
    grid = Grid(name=name)
    shown = layout.columns if not layout.has_numbers else (Column(heading="序号", field="#"), *layout.columns)
    for line in layout.title:
        _across(grid, line.format(department=department), len(shown))
    _header(grid, shown, has_groups=layout.has_groups)
    if layout.unit_row:
        grid.rows.append([layout.unit_row.get(column.field, "") for column in shown])
    located: Located = []
    last: dict[str, Cell] = {}
    section = ""
    for number, entry in enumerate(entries, start=1):
        if layout.has_sections and entry.section != section:
            section = entry.section
            _across(grid, section, len(shown))
            last = {}
        y = len(grid.rows)
        grid.rows.append([_cell(layout, column.field, {**entry.row, "#": number}, last) for column in shown])
        if entry.planted:
            x = next(x for x, column in enumerate(shown) if column.field == entry.planted.field)
            located.append((entry.planted, y, x, grid.rows[y][x]))
        last = entry.row
    _merge_down(grid, [x for x, column in enumerate(shown) if column.field in layout.merged])
    for line in layout.notes:
        grid.rows.append([line])
    return grid, located


def _across(grid: Grid, text: str, width: int) -> None:
    y = len(grid.rows)
    grid.rows.append([text, *([None] * (width - 1))])
    grid.merges.append((y, 0, y, width - 1))
    grid.bold.add(y)


def _header(grid: Grid, shown: Sequence[Column], *, has_groups: bool) -> None:
    y = len(grid.rows)
    if has_groups:
        grid.rows.append([column.group or column.heading for column in shown])
        _merge_groups(grid, y, shown)
        grid.bold.add(y)
    grid.rows.append([column.heading if column.group or not has_groups else None for column in shown])
    grid.bold.add(len(grid.rows) - 1)


def _merge_groups(grid: Grid, y: int, shown: Sequence[Column]) -> None:
    left = 0
    for x, column in enumerate(shown):
        if x + 1 < len(shown) and column.group and shown[x + 1].group == column.group:
            continue
        if column.group and x > left:
            grid.merges.append((y, left, y, x))
            grid.rows[y][left + 1 : x + 1] = [None] * (x - left)
        if not column.group:
            grid.merges.append((y, x, y + 1, x))
        left = x + 1


def _cell(layout: Layout, name: str, row: Row, last: Row) -> Cell:
    value = row.get(name)
    if name in layout.ditto and value not in (None, "") and last.get(name) == value:
        return "同上"
    return value


def _merge_down(grid: Grid, places: Iterable[int]) -> None:
    bold = max(grid.bold, default=-1)
    for x in places:
        top = bold + 1
        for y in range(top + 1, len(grid.rows) + 1):
            if y < len(grid.rows) and grid.rows[y][x] == grid.rows[top][x]:
                continue
            if y - top > 1:
                grid.merges.append((top, x, y - 1, x))
            top = y
