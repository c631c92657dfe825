"""Ledgers made in tests: rows as they stand in a sheet, written as a file."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

Rows = Sequence[Sequence[object]]
DEPARTMENTS: Rows = (
    ("单位名称", "简称", "级别", "行政区划代码"),
    ("某省公安厅", "公安厅", "省级", "990000"),
    ("某省民政厅", "民政厅", "省级", "990000"),
)
ROOMS: Rows = (("机房名称", "单位名称", "机房类型"), ("公安厅机房", "公安厅", "自建"), ("民政厅机房", "民政厅", "租赁"))


def workbook(path: Path, merged: Sequence[str] = (), **sheets: Rows) -> Path:
    """A workbook of these sheets; `merged` names ranges of the first one, whose values stand in their first cells."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(y, x, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a day
                    elif value is not None:
                        sheet.write(y, x, value)
            for place in merged if number == 0 else ():
                first = place.split(":")[0]
                column, line = first.rstrip("0123456789"), int(first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
                sheet.merge_range(place, rows[line - 1][ord(column) - 65])
    return path


def delimited(path: Path, rows: Rows, code: str = "utf-8") -> Path:
    """A CSV in some encoding."""
    with path.open("w", encoding=code, newline="") as target:
        csv.writer(target).writerows(["" if cell is None else cell for cell in row] for row in rows)
    return path
