"""Rows: the values of each data row by field, with the faults of its cells.

This is the hot path: one reader for each column, made once, and a memory of what it has read, so
that a cell seen before costs one look-up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from qianyun.importers.faults import CellFault, fault_at
from qianyun.importers.sheets import Cell
from qianyun.importers.tables import PlacedColumn, Table
from qianyun.importers.values import DITTO, ERRORS, Reader, Wrong, fold
from qianyun.words import _

_ABOVE = object()
"""Read from 同上: the value of the row above."""
_UNREAD = object()

Key = tuple[str, ...]
"""Kind of a fact and the names that identify it."""


@dataclass(slots=True, kw_only=True)
class Record:
    """One data row on its way to a fact.

    Attributes:
        values: What the row says, by field; a field that says nothing is absent.
        key: What identifies the fact; empty until the row is judged.
        needs: Facts of the same import that this one refers to.
    """

    table: Table
    row: int
    values: dict[str, object]
    faults: list[CellFault] = field(default_factory=list)
    key: Key = ()
    needs: set[Key] = field(default_factory=set)

    def text(self, name: str) -> str:
        """What a field of names says; empty where it says nothing."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def blame(self, name: str, wrong: Wrong) -> None:
        """Lay a fault on the cell of a field; on the row's first cell where no column has the field."""
        columns = self.table.columns
        index = next((c.index for c in columns if name in c.column.fields), columns[0].index)
        self.faults.append(fault_at(self.table.sheet, self.row, index, wrong))


class _Step:
    """How one column of a table is read, and what it has read so far."""

    __slots__ = ("fields", "index", "is_key", "is_needed", "only", "read", "seen")

    def __init__(self, placed: PlacedColumn) -> None:
        self.index = placed.index
        self.fields = placed.column.fields
        self.only = self.fields[0] if len(self.fields) == 1 else None
        self.read: Reader = placed.column.reader(placed.unit)
        self.is_key = placed.column.is_key
        self.is_needed = placed.column.is_needed or placed.column.is_key
        self.seen: dict[Cell, object] = {}

    def first_reading(self, cell: Cell) -> object:
        """Read a cell that this column has not held before, and keep what it means."""
        is_ditto = isinstance(cell, str) and fold(cell) in DITTO
        is_error = isinstance(cell, str) and cell in ERRORS
        value = _ABOVE if is_ditto else _no_value(cell) if is_error else self.read(cell)
        value = self.seen[cell] = None if value == () else value
        return value


def read_rows(table: Table) -> Iterator[Record]:
    """All data rows of a table, in order."""
    steps = [_Step(placed) for placed in table.columns if placed.column.fields]
    above: Mapping[str, object] = {}
    for y in table.rows:
        record = Record(table=table, row=y, values={})
        blank = _read_row(record, table.sheet.rows[y], steps, above)
        is_zombie = bool(record.values.get("is_zombie"))
        record.faults.extend(
            fault_at(table.sheet, y, step.index, _blank()) for step in blank if step.is_key or not is_zombie
        )
        above = record.values
        yield record


def _read_row(record: Record, row: list[Cell], steps: list[_Step], above: Mapping[str, object]) -> list[_Step]:
    """Read one row into its record; the steps whose cell is blank and may not be."""
    values, width, blank = record.values, len(row), []
    for step in steps:
        cell = row[step.index] if step.index < width else ""
        value = step.seen.get(cell, _UNREAD)
        if value is _UNREAD:
            value = step.first_reading(cell)
        if value is _ABOVE:
            value = _from_above(step, above)
        if value is None:
            if step.is_needed and (step.is_key or cell == "" or not str(cell).strip()):
                blank.append(step)
        elif type(value) is Wrong:
            record.faults.append(fault_at(record.table.sheet, record.row, step.index, value))
        elif step.only in values or step.only is None:
            _put(values, step, value)
        else:
            values[step.only] = value
    return blank


def _put(values: dict[str, object], step: _Step, value: object) -> None:
    """Fill the fields of a column; the first column of a field has it, lists of several are joined."""
    parts = value if not step.only and isinstance(value, tuple) else (value,)
    for name, part in zip(step.fields, parts, strict=True):
        held = values.get(name)
        if held is None and part is not None:
            values[name] = part
        elif isinstance(held, tuple) and isinstance(part, tuple):
            values[name] = (*held, *(one for one in part if one not in held))


def _from_above(step: _Step, above: Mapping[str, object]) -> object:
    found = tuple(above.get(name) for name in step.fields)
    if all(part is None for part in found):
        return Wrong(_("says 同上, but the row above says nothing here"), _("write the value itself"))
    return found[0] if step.only else found


def _no_value(cell: Cell) -> Wrong:
    return Wrong(_("{text!r} is the error of a formula").format(text=cell), _("write the value itself"))


def _blank() -> Wrong:
    return Wrong(_("is blank"), _("fill it in, or write / where there is none"))
