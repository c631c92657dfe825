"""The reader: a program of its own that turns one file on stdin into plain cells on stdout.

It runs apart (`python -I reading.py KIND MEMORY CPU`) because a hostile file can make any reader
swallow all memory or loop for ever; the limits are set before the first byte is read. It imports
nothing of ours and opens no file. Answers are `marshal`, which holds plain values only and can
name no code; dates travel beside the cells, as numbers with their places.
"""

import codecs
import csv
import io
import marshal
import resource
import sys
from datetime import date, datetime, time, timedelta

Plain = str | float | int
Dates = list[tuple[int, ...]]
"""`(row, column, year, month, day)`, with hour, minute and second where there is a time."""
Ranges = list[tuple[int, int, int, int]]
"""`(top, left, bottom, right)`, counted from 0, both ends in."""
Answer = tuple[str, bool, list[list[Plain]], Dates, Ranges]
"""Name, is_hidden, rows from A1 on, dates, merged ranges."""

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
    sheets: list[Answer] = []
    for number, meta in enumerate(workbook.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_index(number)
        rows = sheet.to_python(skip_empty_area=False)
        plain, dates = _without_dates(rows)
        ranges = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
        sheets.append((meta.name, meta.visible != SheetVisibleEnum.Visible, plain, dates, ranges))
    return sheets


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
    rows: list[list[Plain]] = [
        list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    ]
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
