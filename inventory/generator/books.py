"""Files: workbooks and CSV from grids, the same bytes for the same cells."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

import xlsxwriter

from inventory.generator.wording import Cell

CREATED = datetime(2026, 6, 15, 9, 0, tzinfo=UTC).replace(tzinfo=None)
_ZIP_TIME = (2026, 6, 15, 9, 0, 0)
Format = Literal["xlsx", "ods", "csv-utf8", "csv-bom", "csv-gb18030"]
SUFFIXES: dict[Format, str] = {
    "csv-utf8": ".csv",
    "csv-bom": ".csv",
    "csv-gb18030": ".csv",
    "xlsx": ".xlsx",
    "ods": ".ods",
}
CSV_SHEET = "CSV"
"""What the one sheet of a CSV is called."""


@dataclass(slots=True, kw_only=True)
class Grid:
    """One sheet: cells from A1 on.

    Attributes:
        merges: Top, left, bottom, right; counted from 0, both ends in.
        bold: Rows of titles, headers and sections.
    """

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    bold: set[int] = field(default_factory=set)
    is_hidden: bool = False


def write_book(folder: Path, name: str, kind: Format, grids: Sequence[Grid]) -> Path:
    """Write one file; a CSV takes one grid."""
    path = folder / f"{name}{SUFFIXES[kind]}"
    match kind:
        case "xlsx":
            _write_xlsx(path, grids)
        case "ods":
            _write_ods(path, grids)
        case "csv-utf8":
            path.write_bytes(_csv_text(grids[0]).encode())
        case "csv-bom":
            path.write_bytes(_csv_text(grids[0]).encode("utf-8-sig"))
        case "csv-gb18030":
            path.write_bytes(_csv_text(grids[0]).encode("gb18030"))
    return path


def _write_xlsx(path: Path, grids: Sequence[Grid]) -> None:
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": CREATED})
    bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    plain = book.add_format({"valign": "top", "text_wrap": True})
    for grid in grids:
        sheet = book.add_worksheet(grid.name)
        for y, row in enumerate(grid.rows):
            for x, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(y, x, datetime(cell.year, cell.month, cell.day), days)  # noqa: DTZ001 - a day on the wall
                elif cell not in (None, ""):
                    sheet.write(y, x, cell, bold if y in grid.bold else plain)
        for top, left, bottom, right in grid.merges:
            text = grid.rows[top][left]
            sheet.merge_range(top, left, bottom, right, text, bold if top in grid.bold else plain)
        sheet.set_column(0, max(len(row) for row in grid.rows), 14)
        if grid.is_hidden:
            sheet.hide()
    book.close()


def _csv_text(grid: Grid) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([["" if c is None else c for c in row] for row in grid.rows])
    return out.getvalue()


_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.2"'
    ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def _write_ods(path: Path, grids: Sequence[Grid]) -> None:
    """The least that is an OpenDocument spreadsheet: values and their types, no looks."""
    tables = "".join(
        f'<table:table table:name="{escape(grid.name)}">{"".join(map(_ods_row, grid.rows))}</table:table>'
        for grid in grids
    )
    parts = {
        "mimetype": _ODS_TYPE,
        "content.xml": _ODS_HEAD + tables + _ODS_TAIL,
        "META-INF/manifest.xml": _ODS_MANIFEST,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, date):
        value = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, int | float):
        value = f'office:value-type="float" office:value="{cell}"'
    else:
        value = 'office:value-type="string"'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(cell).split("\n"))
    return f"<table:table-cell {value}>{lines}</table:table-cell>"
