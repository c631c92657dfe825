"""The report as a workbook: one sheet a table, with filters, frozen heads and print set-up.

Every value is written with its type, so nothing in the data can become a formula or a link. The
same report gives the same bytes: the date of creation is that of the data.
"""

import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qianyun.words import _
from reports.content import Cell, Column, Figure, Kind, Report, Table, say
from reports.measure import columns
from reports.tones import SHAPES, Tone

FACE = "Microsoft YaHei"
HEAD_ROW = 3
FIRST_ROW = HEAD_ROW + 1
A4, A3 = 9, 8
WIDE_COLUMNS = 9
"""Sheets with more columns are printed on A3."""
NARROWEST = 6
INDENT = 3
LINE, MARGIN, MOST_LINES = 14, 5, 25
"""Heights in points; a row can be at most 409 high."""
SHEET_NAME_LENGTH = 31
COLOURS = {
    Tone.DONE: ("#2B7549", "#E4F1E9"),
    Tone.RUN: ("#1A56B0", "#E8EFFA"),
    Tone.WARN: ("#966208", "#FAF0DC"),
    Tone.BAD: ("#B83227", "#FAE7E5"),
}


class _Formats:
    """The few formats of our workbooks."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        base = {"font_name": FACE, "font_size": 10, "valign": "vcenter"}
        cell = base | {"bottom": 1, "bottom_color": "#DFE4EA", "text_wrap": True, "valign": "top"}

        def add(**changes: object) -> Format:
            return book.add_format(base | changes)

        self.title = add(font_size=15, bold=True)
        self.note = add(font_size=9, font_color="#566273")
        self.label = add(font_color="#566273")
        self.figure = add(font_size=14, bold=True, align="right")
        self.plain = add()
        self.link = add(font_color="#1A56B0", underline=1)
        head = base | {"bold": True, "bg_color": "#EEF0F3", "bottom": 1, "bottom_color": "#66717F", "text_wrap": True}
        left = {"align": "left", "indent": 1}
        aligned = {Kind.NUMBER: {"align": "right"}, Kind.DATE: {"align": "center"}}
        self.heads = {kind: book.add_format(head | aligned.get(kind, left)) for kind in Kind}
        self.kinds = {
            Kind.TEXT: book.add_format(cell | left),
            Kind.MARK: book.add_format(cell | left),
            Kind.CODE: book.add_format(cell | left | {"font_name": "Consolas"}),
            Kind.DATE: book.add_format(cell | {"num_format": "yyyy-mm-dd", "align": "center"}),
            Kind.NUMBER: book.add_format(cell | {"num_format": "#,##0.##", "align": "right"}),
        }
        self.whole = book.add_format(cell | {"num_format": "#,##0", "align": "right"})
        self.tones = {
            tone: book.add_format({"font_color": ink, "bg_color": ground}) for tone, (ink, ground) in COLOURS.items()
        }


def workbook(report: Report) -> bytes:
    """The workbook's bytes."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {
                "title": report.title,
                "subject": report.head.line(),
                "category": report.head.classification,
                "created": report.head.as_of.replace(tzinfo=None),
            }
        )
        book.set_size(2400, 1400)
        formats = _Formats(book)
        names = _sheet_names(report.tables)
        _cover(book.add_worksheet(_("Overview")), report, names, formats)
        for table, name in zip(report.tables, names, strict=True):
            _sheet(book.add_worksheet(name), table, report, formats)
    return out.getvalue()


def _sheet_names(tables: Iterable[Table]) -> list[str]:
    """Titles as sheets may be called: 31 characters, without brackets, colons, stars and slashes."""
    clean = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
    return [table.title.translate(clean)[:SHEET_NAME_LENGTH] for table in tables]


def _cover(sheet: Worksheet, report: Report, names: Iterable[str], formats: _Formats) -> None:
    """Who says what as of when, the figures, and the way to each sheet."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 16)
    sheet.set_column(3, 3, 50)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, report.title, formats.title)
    row = 2
    for name, value in report.head.facts():
        sheet.write_string(row, 0, name, formats.label)
        sheet.write_string(row, 1, value, formats.plain)
        row += 1
    row += 1
    for figure in report.figures:
        _figure(sheet, row, figure, formats)
        row += 1
    row += 1
    for table, name in zip(report.tables, names, strict=True):
        sheet.write_url(row, 0, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1", formats.link, name)
        sheet.write_number(row, 1, len(table.rows), formats.plain)
        sheet.write_string(row, 3, table.note, formats.note)
        row += 1
    _print_setup(sheet, report, paper=A4)


def _figure(sheet: Worksheet, row: int, figure: Figure, formats: _Formats) -> None:
    sheet.set_row(row, 22)
    sheet.write_string(row, 0, figure.label, formats.label)
    sheet.write_string(row, 1, figure.value, formats.figure)
    sheet.write_string(row, 2, f"/ {figure.of}" if figure.of else "", formats.label)
    sheet.write_string(row, 3, "  ".join(map(str, figure.notes)), formats.plain)


def _sheet(sheet: Worksheet, table: Table, report: Report, formats: _Formats) -> None:
    sheet.hide_gridlines(2)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, table.title, formats.title)
    sheet.write_string(1, 0, f"{report.head.estate}   {report.head.line()}", formats.note)
    sheet.write_string(2, 0, table.note, formats.note)
    widths = [_width(column, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    for place, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
        sheet.write_string(HEAD_ROW, place, column.title, formats.heads[column.kind])
        sheet.set_column(place, place, width)
    for down, row in enumerate(table.rows, FIRST_ROW):
        sheet.set_row(down, _height(row, widths))
        for across, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write(sheet, (down, across), column, cell, formats)
    if not table.rows:
        sheet.write_string(FIRST_ROW, 0, table.empty or say(None), formats.note)
    last = max(FIRST_ROW, HEAD_ROW + len(table.rows))
    sheet.autofilter(HEAD_ROW, 0, last, len(table.columns) - 1)
    sheet.freeze_panes(FIRST_ROW, 1)
    _conditions(sheet, table, last, formats)
    sheet.repeat_rows(HEAD_ROW)
    _print_setup(sheet, report, paper=A3 if len(table.columns) > WIDE_COLUMNS else A4)


def _width(column: Column, cells: Iterable[Cell]) -> int:
    """As wide as its content, at most as wide as the column allows; a filter's arrow needs room too."""
    widest = max((columns(line) for cell in cells for line in say(cell).splitlines()), default=0)
    return max(NARROWEST, min(max(widest + 3, columns(column.title) + 5), column.width))


def _height(row: Iterable[Cell], widths: Iterable[int]) -> int:
    """High enough for the cell that wraps most; programs do not all find out by themselves."""
    lines = max(
        sum(-(-columns(line) // max(1, width - INDENT)) or 1 for line in say(cell).splitlines() or ("",))
        for cell, width in zip(row, widths, strict=True)
    )
    return MARGIN + LINE * min(lines, MOST_LINES)


def _write(sheet: Worksheet, place: tuple[int, int], column: Column, cell: Cell, formats: _Formats) -> None:
    style = formats.kinds[column.kind]
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        sheet.write_number(*place, float(cell), formats.whole if cell == int(cell) else style)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        sheet.write_datetime(*place, cell, style)
    else:
        sheet.write_string(*place, say(cell), style)


def _conditions(sheet: Worksheet, table: Table, last: int, formats: _Formats) -> None:
    """States keep their colours when a person edits them."""
    for place, column in enumerate(table.columns):
        if column.kind is Kind.MARK:
            for tone, style in formats.tones.items():
                rule = {"type": "text", "criteria": "begins with", "value": SHAPES[tone], "format": style}
                sheet.conditional_format(FIRST_ROW, place, last, place, rule)


def _print_setup(sheet: Worksheet, report: Report, *, paper: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    mark, line = (text.replace("&", "&&") for text in (report.head.classification, report.head.line()))
    sheet.set_header(f"&L&9{line[:180]}&R&9&B{mark[:40]}")
    sheet.set_footer(f"&L&9{report.title.replace('&', '&&')[:120]}&R&9&P / &N")
