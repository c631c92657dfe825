"""Faults of cells: where, which value, what is wrong, what would be right."""

from dataclasses import dataclass
from pathlib import Path

from qianyun.errors import Fault
from qianyun.importers.sheets import Cell, Sheet, cell_name
from qianyun.importers.values import Wrong, text_of

LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """One cell that cannot be imported.

    Attributes:
        sheet_number: Place of the sheet in its file, from 0; faults are told in that order.
        row: From 0.
        column: From 0.
        value: What stands in the cell, as a person sees it.
    """

    path: Path
    sheet_number: int
    sheet: str
    row: int
    column: int
    value: str
    what: str
    mend: str

    @property
    def cell(self) -> str:
        """`C7`."""
        return cell_name(self.row, self.column)

    @property
    def place(self) -> str:
        """File, sheet and cell: `a.xlsx 业务系统!C7`."""
        return f"{self.path.name} {self.sheet}!{self.cell}"

    def told(self) -> Fault:
        """As the other errors of this program."""
        return Fault(place=self.place, what=self.what, mend=self.mend)

    def __str__(self) -> str:
        return str(self.told())


def fault_at(sheet: Sheet, row: int, column: int, wrong: Wrong) -> CellFault:
    """The fault of one cell of a sheet."""
    cells: list[Cell] = sheet.rows[row] if row < len(sheet.rows) else []
    value = text_of(cells[column]) if column < len(cells) else ""
    return CellFault(
        path=sheet.path,
        sheet_number=sheet.number,
        sheet=sheet.name,
        row=row,
        column=column,
        value=value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…",
        what=wrong.what,
        mend=wrong.mend,
    )
