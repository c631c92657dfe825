"""Ledgers out: an estate as our own workbook, one sheet for each kind of fact.

The workbook is also the form that departments fill: headings are those the importer knows best,
and closed words can be chosen from a list. Reading it back gives the same estate, to the last
value; the same estate gives the same bytes. Nothing in it is a formula.
"""

import io
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from qianyun.errors import Fault, ReportError
from qianyun.estate.estate import Estate
from qianyun.estate.identity import KINDS, Fact
from qianyun.importers.choices import Choice
from qianyun.importers.columns import LEDGERS, WIDE_LINES, Column, Ledger
from qianyun.importers.measures import decimal_of, percent
from qianyun.words import _

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed moment, so that the same estate gives the same bytes
LONGEST_TEXT = 32_767
"""Characters that Excel keeps in a cell (Microsoft, "Excel specifications and limits")."""
EARLIEST_DAY = date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was; earlier days are written as text."""
SPARE_ROWS = 500
"""Rows below the data in which words can still be chosen from a list."""
LONGEST_LIST = 255
SEPARATORS = "、,，;；|\n"

FACTS: Mapping[str, type[Fact]] = {kind.held_in: kind.type for kind in KINDS.values()}
"""What the rows of each ledger become."""

Out = str | int | float | date


def ledger_workbook(estate: Estate) -> bytes:
    """The workbook's bytes."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": CREATED, "title": _("Ledgers of the estate")})
        look = _Look(book)
        for ledger in LEDGERS:
            if ledger is not WIDE_LINES:
                _write_sheet(book.add_worksheet(ledger.title), ledger, getattr(estate, ledger.kind), look)
    return target.getvalue()


def written_columns(ledger: Ledger) -> tuple[Column, ...]:
    """One column for each field of the fact: the first that fills it."""
    own = _field_paths(ledger)
    found: dict[str, Column] = {}
    for column in ledger.columns:
        if column.fields and column.fields[0] in own:
            found.setdefault(column.fields[0], column)
    return tuple(found.values())


class _Look:
    """The few formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        face = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self.head = book.add_format(face | {"bold": True, "bg_color": "#EEF0F3", "bottom": 1})
        self.needed = book.add_format(face | {"bold": True, "bg_color": "#E8EFFA", "bottom": 1})
        self.plain = book.add_format(face)
        self.day = book.add_format(face | {"num_format": "yyyy-mm-dd"})


def _field_paths(ledger: Ledger) -> set[str]:
    """Fields that a fact of this ledger has; a dependency names each end by two."""
    own = {field.name for field in fields(FACTS[ledger.kind])}
    return own | {"source.department", "source.name", "target.department", "target.name", "ports"}


def _write_sheet(sheet: Worksheet, ledger: Ledger, facts: tuple[object, ...], look: _Look) -> None:
    columns = written_columns(ledger)
    for x, column in enumerate(columns):
        is_needed = column.is_key or column.is_needed
        sheet.write_string(0, x, column.headings[0], look.needed if is_needed else look.head)
        sheet.set_column(x, x, max(10, 2 * len(column.headings[0]) + 2))
        _offer_words(sheet, x, column, len(facts))
    for y, fact in enumerate(facts, start=1):
        for x, column in enumerate(columns):
            _write_cell(sheet, y, x, cell_of(fact, column), look)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, len(facts)), max(0, len(columns) - 1))


def _offer_words(sheet: Worksheet, x: int, column: Column, count: int) -> None:
    if not isinstance(column.reads, Choice) or column.is_several:
        return
    words = column.reads.words()
    if len(",".join(words)) <= LONGEST_LIST:
        sheet.data_validation(
            1, x, count + SPARE_ROWS, x, {"validate": "list", "source": list(words), "error_type": "warning"}
        )


def _write_cell(sheet: Worksheet, y: int, x: int, value: Out, look: _Look) -> None:
    if value == "":
        return
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            what = _("a text of {length:,} characters does not fit into a cell").format(length=len(value))
            raise ReportError(Fault(place=f"{sheet.get_name()} {y + 1}", what=what, mend=_("shorten it")))
        sheet.write_string(y, x, value, look.plain)
    elif isinstance(value, date):
        sheet.write_datetime(y, x, datetime(value.year, value.month, value.day), look.day)  # noqa: DTZ001 - a day has no zone
    else:
        sheet.write_number(y, x, value, look.plain)


def cell_of(fact: object, column: Column) -> Out:
    """A field of a fact as its cell: a reader of the column gives the same value back."""
    value = _value_of(fact, column.fields[0])
    if column.is_several and isinstance(value, tuple) and isinstance(column.reads, Choice):
        return "、".join(column.reads.label(one) for one in value)
    if isinstance(column.reads, Choice) and (value is not None or column.reads.has(value)):
        return column.reads.label(value)
    if value is None or value in ((), ""):
        return "/" if column.is_needed else ""
    if isinstance(value, tuple):
        return _lines([str(one) for one in value])
    if column.reads is percent:
        share = Decimal(repr(value)) * 100 if isinstance(value, float) else value
        return f"{share:f}%" if isinstance(share, Decimal) else f"{share}%"
    return _plain(value)


def _lines(texts: list[str]) -> str:
    """One a line; a single one with a separator in it ends its line, so that it is not split."""
    joined = "\n".join(texts)
    return f"{joined}\n" if len(texts) == 1 and any(mark in joined for mark in SEPARATORS) else joined


def _plain(value: object) -> Out:
    if isinstance(value, date):
        return value if value >= EARLIEST_DAY else value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if decimal_of(float(value)) == value else f"{value:f}"
    if isinstance(value, int):
        return value
    return str(value)


def _value_of(fact: object, path: str) -> object:
    found = fact
    for name in ("port" if path == "ports" else path).split("."):
        found = getattr(found, name)
    return found
