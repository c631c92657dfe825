"""Tables: where in a sheet a ledger stands, under which heading each column, and which rows are data.

Sheets carry titles above the header, headers of two or three rows with merged groups, section rows
and totals among the data, notes below, and sometimes several tables one under another. The header
is the row (or the few rows) whose texts best match the headings of one ledger.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from qianyun.importers.columns import LEDGERS, Column, Ledger
from qianyun.importers.guard import FileKind
from qianyun.importers.headings import Match, is_heading, match, nearest_heading
from qianyun.importers.measures import WAN_YUAN, YUAN_A_MONTH, Measure
from qianyun.importers.sheets import Cell, Sheet
from qianyun.importers.values import fold, nearest, text_of

DEEPEST_HEADER = 3
FEWEST_MATCHES = 2
LATEST_HEADER = 100
"""Rows in which the first header must begin; a sheet without one is no ledger."""
WIDEST_SPARSE = 2
"""Cells in use of a row that is a title, a section or a note, and no data."""

_TOTAL = re.compile(r"^(合计|小计|总计|共计|汇总)\s*([:：(（].*)?$")
_NOTE = re.compile(
    r"^(注|备注|说明|填表说明|填报说明|备注与说明|填表人|填报人|审核人|审核|单位负责人|填表单位|填报单位|填表日期)\s*[:：\d]"
)
_SECTION = re.compile(r"^[（(]?[一二三四五六七八九十]+[、)）.]|(信息|情况|部分|说明|一览表|统计表)$")
_SAMPLE = re.compile(r"^(例|示例|样例|填写示例|举例)([:：]|$)")
_OWNER = re.compile(r"^\s*(?:填报|填表|上报|报送)?(?:单位|部门)(?:名称|全称)?(?:[(（]盖章[)）])?\s*[:：]\s*([^\s（(]*)")
_MONEY_UNIT = re.compile(r"单位[:：]\s*(万元|元)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedColumn:
    """A column of a ledger at its place in a sheet."""

    index: int
    column: Column
    unit: str
    heading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownColumn:
    """A heading that no column of the ledger has.

    Attributes:
        nearest: The known heading that is most like it, if any is.
    """

    row: int
    index: int
    heading: str
    nearest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """A header that lacks the columns that identify a row, so that nothing below it can be read.

    Attributes:
        title: The ledger that it looks like.
        wanted: Headings of the missing columns.
        near: Unknown headings of this sheet that may be meant.
    """

    row: int
    index: int
    title: str
    wanted: list[str]
    near: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One ledger in one sheet.

    Attributes:
        top: The first row above the header that belongs to it: its titles.
        header: First and last row of the header, counted from 0.
        rows: Numbers of the rows that hold data, in order.
        owner: The department that a title above the header names; empty when none does.
    """

    sheet: Sheet
    ledger: Ledger
    top: int
    header: tuple[int, int]
    columns: tuple[PlacedColumn, ...]
    unknown: tuple[UnknownColumn, ...]
    rows: tuple[int, ...]
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    top: int
    bottom: int
    ledger: Ledger
    matches: dict[int, Match]
    texts: dict[int, tuple[str, ...]]
    """Texts over each column from top to bottom, each once."""

    @property
    def score(self) -> int:
        """How many different columns were found."""
        return len({id(column) for column, _unit in self.matches.values() if column.fields})


def find_tables(sheet: Sheet) -> tuple[Table, ...]:
    """All ledgers of a sheet, from top to bottom."""
    _fill_merged_down(sheet)
    headers = list(_headers(sheet))
    ends = [*(header.top for header in headers[1:]), len(sheet.rows)]
    return tuple(
        _table(sheet, header, end, _title_top(sheet, header.top, is_first=header is headers[0]))
        for header, end in zip(headers, ends, strict=False)
    )


def _title_top(sheet: Sheet, top: int, *, is_first: bool) -> int:
    """The first row of the titles above a header: all there are, or, below another table, the sparse ones."""
    if is_first:
        return 0
    start = top
    while start and len({cell for cell in sheet.rows[start - 1] if cell != ""}) in range(1, WIDEST_SPARSE + 1):
        start -= 1
    return start


def _fill_merged_down(sheet: Sheet) -> None:
    """A merged cell holds for every row it spans."""
    rows = sheet.rows
    for top, left, bottom, _right in sheet.merged:
        if bottom == top or top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = value


def _headers(sheet: Sheet) -> Iterator[_Header]:
    y, last, seen = 0, LATEST_HEADER, set[Cell]()
    width = 0
    while y < min(last, len(sheet.rows)):
        header = _header_at(sheet, y) if _may_be_header(sheet, y, seen, width) else None
        if header is None:
            y += 1
            continue
        yield header
        last = len(sheet.rows)
        width = len(header.texts)
        for row in sheet.rows[header.top : header.bottom + 1]:
            seen.update(cell for cell in row if cell != "")
        y = header.bottom + 1


def _may_be_header(sheet: Sheet, y: int, seen: set[Cell], width: int) -> bool:
    """Cheap: before the first header every row may be one, later only one like it or after a gap."""
    if not seen:
        return True
    before = sheet.rows[y - 1]
    if before.count("") + WIDEST_SPARSE >= len(before) and 2 * (len(before) - before.count("")) < width:
        return True
    return len(seen.intersection(sheet.rows[y])) > WIDEST_SPARSE


def _header_at(sheet: Sheet, y: int) -> _Header | None:
    best: _Header | None = None
    for depth in range(1, DEEPEST_HEADER + 1):
        if y + depth > len(sheet.rows):
            break
        found = _best_ledger(sheet, y, depth)
        if found and (best is None or found.score > best.score):
            best = found
    if best is None or best.bottom == best.top:
        return best
    lower = _header_at(sheet, y + 1)
    return None if lower and lower.score >= best.score else best


def _best_ledger(sheet: Sheet, y: int, depth: int, *, needs_keys: bool = True) -> _Header | None:
    texts = _texts_over(sheet, y, depth)
    if sum(1 for parts in texts.values() if any(is_heading(text) for text in _readings(parts))) < FEWEST_MATCHES:
        return None
    found = []
    for ledger in LEDGERS:
        matches = {}
        for index, parts in texts.items():
            hit = next((hit for text in _readings(parts) if (hit := match(ledger.kind, text))), None)
            if hit:
                matches[index] = hit
        header = _Header(top=y, bottom=y + depth - 1, ledger=ledger, matches=matches, texts=texts)
        if _is_telling(header) and (not needs_keys or not _missing_keys(header, sheet)):
            found.append(header)
    return max(found, key=lambda header: (header.score, -len(header.ledger.columns)), default=None)


def _is_telling(header: _Header) -> bool:
    """Three headings are no accident; two are, unless the row says hardly anything else."""
    return header.score > FEWEST_MATCHES or (
        header.score == FEWEST_MATCHES and len(header.texts) - len(header.matches) <= 1
    )


def _missing_keys(header: _Header, sheet: Sheet) -> set[str]:
    """Fields that identify a row and have no column, but for what something else can stand for."""
    fields = {field for column, _unit in header.matches.values() for field in column.fields}
    missing = {field for column in header.ledger.columns if column.is_key for field in column.fields[:1]} - fields
    if "department" in missing and _owner(sheet.rows[: header.top]):
        missing.discard("department")
    return set() if missing == {"number"} and header.score > FEWEST_MATCHES else missing


def almost_table(sheet: Sheet) -> Keyless | None:
    """The header that would be a ledger's if the columns that identify a row were there."""
    depths = [(y, depth) for y in range(min(LATEST_HEADER, len(sheet.rows))) for depth in (1, 2)]
    headers = [_best_ledger(sheet, y, depth, needs_keys=False) for y, depth in depths if y + depth <= len(sheet.rows)]
    best = max((header for header in headers if header), key=lambda header: header.score, default=None)
    if best is None or best.score <= FEWEST_MATCHES:
        return None
    missing = _missing_keys(best, sheet)
    wanted = [c.headings[0] for c in best.ledger.columns if c.is_key and c.fields[0] in missing]
    unknown = [parts[-1] for index, parts in best.texts.items() if index not in best.matches]
    near_ones = [near for heading in wanted if (near := nearest(heading, unknown, 0.5))]
    return Keyless(row=best.bottom, index=min(best.texts), title=best.ledger.title, wanted=wanted, near=near_ones)


def _owner(above: list[list[Cell]]) -> str:
    """The department that a title names: 填报单位：… ."""
    for row in reversed(above):
        for x, cell in enumerate(row):
            found = _OWNER.search(cell) if isinstance(cell, str) and cell else None
            if found:
                beside = next((text_of(other) for other in row[x + 1 :] if other != ""), "")
                return fold(found[1] or beside)
    return ""


def _texts_over(sheet: Sheet, y: int, depth: int) -> dict[int, tuple[str, ...]]:
    """The header's texts over each column; merged groups stand over all their columns."""
    rows = [[_heading_text(cell) for cell in row] for row in sheet.rows[y : y + depth]]
    width = max((len(row) for row in rows), default=0)
    for row in rows:
        row.extend([""] * (width - len(row)))
    for top, left, bottom, right in sheet.merged:
        if y <= top < y + depth and left < width:
            for line in rows[top - y : bottom - y + 1]:
                line[left : right + 1] = [rows[top - y][left]] * (min(right, width - 1) - left + 1)
    if sheet.kind in (FileKind.CSV, FileKind.ODS):
        _spread_groups(rows)
    texts = {x: tuple(dict.fromkeys(row[x] for row in rows if row[x])) for x in range(width)}
    return {x: parts for x, parts in texts.items() if parts}


def _heading_text(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _spread_groups(rows: list[list[str]]) -> None:
    """Where a file keeps no merged ranges, a group's name stands over the blanks to its right."""
    for upper, lower in pairwise(rows):
        for x in range(1, len(upper)):
            if not upper[x] and lower[x]:
                upper[x] = upper[x - 1] if lower[x - 1] else ""


def _readings(parts: tuple[str, ...]) -> Iterator[str]:
    """Ways to read stacked texts: together, the lower two, the lowest, the highest."""
    yield "".join(parts)
    if len(parts) > 1:
        yield "".join(parts[-2:])
        yield parts[-1]
        yield parts[0]


def _money_unit(above: list[list[Cell]]) -> str:
    """The unit that a title names for all amounts: 单位：元."""
    texts = (cell for row in above for cell in row if isinstance(cell, str) and cell)
    return next((found[1] for text in texts if (found := _MONEY_UNIT.search(text))), "")


def _table(sheet: Sheet, header: _Header, end: int, top: int) -> Table:
    bottom, above = header.bottom, sheet.rows[top : header.top]
    units = _unit_row(sheet.rows[bottom + 1]) if bottom + 1 < end else {}
    columns = tuple(_placed(header, units, _money_unit(above)))
    leading = header.matches.get(min(header.texts))
    is_numbered = leading is None or not leading[0].fields
    return Table(
        sheet=sheet,
        ledger=header.ledger,
        top=top,
        header=(header.top, bottom + bool(units)),
        columns=columns,
        unknown=tuple(_unknown(header)),
        rows=tuple(
            y
            for y in range(bottom + 1 + bool(units), end)
            if _is_data(sheet, y, len(header.texts), is_numbered=is_numbered)
        ),
        owner=_owner(above),
    )


def _placed(header: _Header, units: dict[int, str], money_unit: str) -> Iterator[PlacedColumn]:
    for index, (column, named) in header.matches.items():
        unit = named or _known_unit(column, units.get(index, "")) or _known_money(column, money_unit)
        yield PlacedColumn(index=index, column=column, unit=unit, heading=header.texts[index][-1])


def _unknown(header: _Header) -> Iterator[UnknownColumn]:
    for index, parts in header.texts.items():
        if index not in header.matches:
            near = nearest_heading(header.ledger, parts[-1])
            yield UnknownColumn(row=header.bottom, index=index, heading=parts[-1], nearest=near)


def _unit_row(row: list[Cell]) -> dict[int, str]:
    """Units by column where a row below the header holds nothing else."""
    texts = {x: cell for x, cell in enumerate(row) if cell != ""}
    units = {x: fold(text_of(cell)).lower().strip("()") for x, cell in texts.items()}
    every = {
        unit for ledger in LEDGERS for c in ledger.columns if isinstance(c.reads, Measure) for unit in c.reads.units
    }
    return units if units and all(unit in every for unit in units.values()) else {}


def _known_unit(column: Column, unit: str) -> str:
    return unit if isinstance(column.reads, Measure) and unit in column.reads.units else ""


def _known_money(column: Column, unit: str) -> str:
    return unit if column.reads in (WAN_YUAN, YUAN_A_MONTH) else ""


def _is_data(sheet: Sheet, y: int, width: int, *, is_numbered: bool) -> bool:
    """Not a blank row, a section, a total, a note, an example, or the numbers of the columns."""
    used = [cell for cell in sheet.rows[y] if cell != ""]
    if not used:
        return False
    lead = used[0]
    if isinstance(lead, str):
        text = lead.strip()
        if _TOTAL.match(text) or _NOTE.match(text) or _SAMPLE.match(text):
            return False
        if len(set(used)) == 1 and width > WIDEST_SPARSE:
            is_first = is_numbered and sheet.rows[y].index(lead) == 0
            return not (is_first or _is_section(sheet, y, text))
        return bool(text) or any(text_of(cell) for cell in used)
    return len(used) <= WIDEST_SPARSE or used != list(range(1, len(used) + 1))


def _is_section(sheet: Sheet, y: int, text: str) -> bool:
    """One text alone in its row: a section if merged across, or worded like one."""
    if any(top <= y <= bottom and right - left >= WIDEST_SPARSE for top, left, bottom, right in sheet.merged):
        return True
    return not text or bool(_SECTION.search(text)) or is_heading(text)
