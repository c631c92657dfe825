"""Marking: a faulty cell in colour with a note, and a list of all of them with links.

Texts go in as texts, whatever they begin with: a sender's `=…` never becomes a formula.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from qianyun.importers.sheets import Cell, cell_name
from qianyun.words import _

FAULTY = PatternFill("solid", start_color="FAE7E5")
LINK = Font(color="1A56B0", underline="single")
BOLD = Font(bold=True)
AUTHOR = "Qianyun"
WIDTHS = (6, 22, 26, 48, 60)
LONGEST_TEXT = 32_767
NOTE_SIZE = (320, 110)
"""Width and height of a note, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One cell to be marked, at its place in the workbook that is written.

    Attributes:
        row: From 0.
        column: From 0.
        value: What stood there when it was read.
    """

    sheet: str
    row: int
    column: int
    value: str
    what: str
    mend: str


def put(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    """Write one value, counted from 0, with its own type and never as a formula."""
    if value == "":
        return
    cell = sheet.cell(row + 1, column + 1)
    if not isinstance(cell, BookCell):
        return  # within a merged range: its first cell holds the value
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT]
        cell.data_type = "s"
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"


def mark_cells(book: Workbook, marks: Iterable[Mark]) -> None:
    """Colour and annotate the cells, and list them on a sheet of their own with links."""
    found = list(marks)
    for mark in found:
        cell = book[mark.sheet].cell(mark.row + 1, mark.column + 1)
        note = f"{cell.comment.text}\n{_told(mark)}" if cell.comment else _told(mark)
        cell.fill = FAULTY
        if isinstance(cell, BookCell):
            cell.comment = Comment(note, AUTHOR, width=NOTE_SIZE[0], height=NOTE_SIZE[1])
    _list(book, found)


def _told(mark: Mark) -> str:
    return f"{mark.what}\n{mark.mend}" if mark.mend else mark.what


def _list(book: Workbook, marks: list[Mark]) -> None:
    title = _("Faults")
    sheet = book.create_sheet(f"{title}2" if title in book.sheetnames else title)
    for x, (head, width) in enumerate(
        zip((_("no."), _("place"), _("value"), _("what is wrong"), _("what would be right")), WIDTHS, strict=True)
    ):
        put(sheet, 0, x, head)
        sheet.cell(1, x + 1).font = BOLD
        sheet.column_dimensions[cell_name(0, x).rstrip("1")].width = width
    for y, mark in enumerate(marks, start=1):
        place = cell_name(mark.row, mark.column)
        values: tuple[Cell, ...] = (y, f"{mark.sheet}!{place}", mark.value, mark.what, mark.mend)
        for x, value in enumerate(values):
            put(sheet, y, x, value)
        link = sheet.cell(y + 1, 2)
        quoted = mark.sheet.replace("'", "''")
        link.hyperlink = Hyperlink(ref=cell_name(y, 1), location=f"'{quoted}'!{place}")
        link.font = LINK
    sheet.freeze_panes = "A2"
