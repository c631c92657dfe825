"""Returning: what a sender gets back: the own file with its faults marked, or the rows that wait.

Both are XLSX whatever was sent. A sender's own workbook keeps its look; its formulas become the
values they had, so that nothing in it is alive.
"""

import io
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import openpyxl
from openpyxl.workbook.workbook import Workbook

from qianyun.importers.faults import CellFault
from qianyun.importers.guard import FileKind
from qianyun.importers.ledgers import HeldRow, Ledgers
from qianyun.importers.marking import Mark, mark_cells, put
from qianyun.importers.sheets import Cell, Sheet
from qianyun.importers.tables import Table
from qianyun.importers.values import DITTO, fold
from qianyun.words import _

ANNOTATED = "标注"
RETURNED = "退回"


def annotated_files(ledgers: Ledgers) -> Mapping[str, bytes]:
    """Each file that holds a fault, with its faulty cells marked, by the name to give it."""
    by_file: dict[Path, list[CellFault]] = defaultdict(list)
    for fault in ledgers.faults:
        by_file[fault.path].append(fault)
    found = {}
    for path, faults in by_file.items():
        sheets = [sheet for sheet in ledgers.sheets if sheet.path == path]
        book = _own_book(sheets)
        mark_cells(book, (_mark(fault, fault.sheet, fault.row) for fault in faults))
        found[f"{path.stem}_{ANNOTATED}.xlsx"] = _bytes(book)
    return found


def returned_files(ledgers: Ledgers) -> Mapping[str, bytes]:
    """For each file the rows that were not imported, under their own headers, ready to be mended and sent again."""
    faults: dict[tuple[Path, int, int], list[CellFault]] = defaultdict(list)
    for fault in ledgers.faults:
        faults[fault.path, fault.sheet_number, fault.row].append(fault)
    held = {(row.table.sheet.path, row.table.sheet.number, row.row): row for row in ledgers.held}
    by_file: dict[Path, list[Table]] = defaultdict(list)
    for table in ledgers.tables:
        by_file[table.sheet.path].append(table)
    found = {}
    for path, tables in by_file.items():
        book, marks = Workbook(), list[Mark]()
        book.remove(book.worksheets[0])
        for table in tables:
            marks.extend(_return_rows(book, table, faults, held))
        if marks:
            mark_cells(book, marks)
            found[f"{path.stem}_{RETURNED}.xlsx"] = _bytes(book)
    return found


def _mark(fault: CellFault, sheet: str, row: int) -> Mark:
    return Mark(sheet=sheet, row=row, column=fault.column, value=fault.value, what=fault.what, mend=fault.mend)


def _own_book(sheets: list[Sheet]) -> Workbook:
    """The sender's workbook where it is one, else its cells in a new one."""
    if sheets[0].kind is FileKind.XLSX:
        return openpyxl.load_workbook(io.BytesIO(sheets[0].content), data_only=True, keep_links=False)
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        for y, row in enumerate(sheet.rows):
            for x, cell in enumerate(row):
                put(page, y, x, cell)
    return book


def _return_rows(
    book: Workbook,
    table: Table,
    faults: Mapping[tuple[Path, int, int], list[CellFault]],
    held: Mapping[tuple[Path, int, int], HeldRow],
) -> list[Mark]:
    """Write the title, the header and the rows of a table that wait; the marks they get."""
    sheet = table.sheet
    places = {y: (sheet.path, sheet.number, y) for y in table.rows}
    waiting = [y for y, place in places.items() if place in faults or place in held]
    if not waiting:
        return []
    name = sheet.name if sheet.name not in book.sheetnames else f"{sheet.name[:28]}_{len(book.sheetnames)}"
    page = book.create_sheet(name)
    head = range(table.top, table.header[1] + 1)
    for y, source in enumerate([*head, *waiting]):
        for x, cell in enumerate(sheet.rows[source]):
            put(page, y, x, cell if source in head else _above_ditto(sheet, source, x, cell))
    for top, left, bottom, right in sheet.merged:
        if top in head and bottom in head:
            shift = 1 - table.top
            page.merge_cells(start_row=top + shift, start_column=left + 1, end_row=bottom + shift, end_column=right + 1)
    marks: list[Mark] = []
    for y, source in enumerate(waiting, start=len(head)):
        marks.extend(_mark(fault, name, y) for fault in faults.get(places[source], ()))
        if places[source] in held:
            what = _("this row is right, but {name} that it refers to is not").format(
                name=held[places[source]].waits_for
            )
            mend = _("send it again together with the mended row")
            marks.append(Mark(sheet=name, row=y, column=table.columns[0].index, value="", what=what, mend=mend))
    return marks


def _above_ditto(sheet: Sheet, row: int, column: int, cell: Cell) -> Cell:
    """What 同上 stood for: the row above does not come along."""
    while isinstance(cell, str) and cell and fold(cell) in DITTO and row > 0:
        row -= 1
        cell = sheet.rows[row][column] if column < len(sheet.rows[row]) else ""
    return cell


def _bytes(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
