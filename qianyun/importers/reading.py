"""The reader: a program of its own that turns one file on stdin into plain cells on stdout.

It runs apart (`python -I reading.py KIND MEMORY CPU`) because a hostile file can make any reader
swallow all memory or loop for ever; the limits are set before the first byte is read. It imports
nothing of ours and opens no file. Answers are `marshal`, which holds plain values only and can
name no code; dates travel beside the cells, as numbers with their places.
"""

import codecs
import csv
import html
import io
import marshal
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta

Plain = str | float | int
Dates = list[tuple[int, ...]]
"""`(row, column, year, month, day)`, with hour, minute and second where there is a time."""
Ranges = list[tuple[int, int, int, int]]
"""`(top, left, bottom, right)`, counted from 0, both ends in."""
Answer = tuple[str, bool, list[list[Plain]], Dates, Ranges]
"""Name, is_hidden, rows from A1 on, dates, merged ranges."""

_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*\"([^\"]*)\"")
_ERROR = re.compile(
    rb"<c\s[^>]*?r=\"([A-Z]{1,3})(\d{1,7})\"[^>]*?t=\"e\"[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]{1,20})</v>"
)
_SAID_DELIMITER = re.compile(r"sep=(.)\r?\n")
"""Excel's own first line in a CSV: which mark splits it."""
CSV_CELL_CHARACTERS = 1 << 20


def main(kind: str, memory_bytes: int, cpu_s: int) -> None:
    """Limit this process, read stdin, write the sheets to stdout."""
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    content = sys.stdin.buffer.read()
    sheets = [_csv_sheet(content)] if kind == "csv" else _workbook_sheets(content)
    sys.stdout.buffer.write(marshal.dumps(sheets))


def _workbook_sheets(content: bytes) -> list[Answer]:
    # Imported here: after the limits are in force, and not at all for CSV.
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    errors = _error_cells(content) if zipfile.is_zipfile(io.BytesIO(content)) else {}
    sheets: list[Answer] = []
    for number, meta in enumerate(workbook.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_index(number)
        rows = sheet.to_python(skip_empty_area=False)
        plain, dates = _without_dates(rows)
        for y, x, error in errors.get(meta.name, ()):
            if y < len(plain) and x < len(plain[y]):
                plain[y][x] = error
        ranges = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
        sheets.append((meta.name, meta.visible != SheetVisibleEnum.Visible, plain, dates, ranges))
    return sheets


def _error_cells(content: bytes) -> dict[str, list[tuple[int, int, str]]]:
    """Cells of an XLSX whose formula failed, by sheet: the reader gives them as blanks."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    targets = {}
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        parts = dict(_ATTRIBUTE.findall(relation))
        targets[parts.get(b"Id", b"")] = parts.get(b"Target", b"").decode().removeprefix("/xl/")
    found = {}
    for sheet in _SHEET.findall(archive.read("xl/workbook.xml")):
        parts = dict(_ATTRIBUTE.findall(sheet))
        part = "xl/" + targets.get(parts.get(b"r:id", b""), "")
        text = archive.read(part) if part in archive.namelist() else b""
        if b't="e"' in text:
            name = html.unescape(parts.get(b"name", b"").decode())
            found[name] = [_place(letters, digits, error) for letters, digits, error in _ERROR.findall(text)]
    return found


def _place(letters: bytes, digits: bytes, error: bytes) -> tuple[int, int, str]:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return int(digits) - 1, column - 1, error.decode()


def _without_dates(
    rows: list[list[int | float | str | bool | time | date | datetime | timedelta]],
) -> tuple[list[list[Plain]], Dates]:
    """Take dates out of the cells, in place, and tell where they were."""
    kept: list[list[Plain]] = []
    dates: Dates = []
    for y, row in enumerate(rows):
        plain: list[Plain] = []
        for x, cell in enumerate(row):
            if isinstance(cell, bool):
                plain.append(str(cell).upper())
                continue
            if isinstance(cell, str | float | int):
                plain.append(cell)
                continue
            plain.append(str(cell) if isinstance(cell, time | timedelta) else "")
            if isinstance(cell, datetime):
                dates.append((y, x, cell.year, cell.month, cell.day, cell.hour, cell.minute, cell.second))
            elif isinstance(cell, date):
                dates.append((y, x, cell.year, cell.month, cell.day))
        kept.append(plain)
    return kept, dates


def _csv_sheet(content: bytes) -> Answer:
    text = _decoded(content)
    csv.field_size_limit(CSV_CELL_CHARACTERS)
    said = _SAID_DELIMITER.match(text)
    mark = said[1] if said else _delimiter(text)
    rows: list[list[Plain]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)]
    if said:
        rows[0] = []
    return "CSV", False, rows, [], []


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, else UTF-16 by its mark, else GB18030; never a guess past an error."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _delimiter(text: str) -> str:
    """The mark that splits the first lines most evenly; a comma where none does."""
    lines = [line for line in text[:65536].splitlines()[:50] if line.strip()]
    best, most = ",", 0
    for mark in ",\t;|，":
        counts = [line.count(mark) for line in lines]
        steady = sum(1 for count in counts if count and count == max(counts))
        if steady * max(counts, default=0) > most:
            best, most = mark, steady * max(counts)
    return best


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        sys.exit("memory")
    except UnicodeDecodeError as error:
        sys.exit(f"neither UTF-8 nor GB18030 at byte {error.start}")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes is told to the parent in one line
        sys.exit(f"{type(error).__name__}: {error}"[:500])
