"""Tables as CSV that a spreadsheet opens as it is and never runs.

UTF-8 with its mark, lines ended as RFC 4180 has them. A text that a spreadsheet would take for a
formula gets a leading apostrophe; numbers stay numbers, so a negative one stays itself.

Source: OWASP, CSV Injection.
"""

import csv
import io
from datetime import date
from decimal import Decimal

from reports.content import Cell, Table, say

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With the full-width forms, which some spreadsheets fold before they look."""


def harmless(text: str) -> str:
    """`text`, with an apostrophe where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_cell(cell: Cell) -> str:
    """One value: empty stays empty, numbers and days are plain."""
    if cell is None:
        return ""
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, date):
        return say(cell)
    return harmless(say(cell)) if cell != "" else ""


def csv_text(table: Table) -> str:
    """The whole table; the first line holds the titles."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(column.title) for column in table.columns])
    writer.writerows([csv_cell(cell) for cell in row] for row in table.rows)
    return "\ufeff" + out.getvalue()
