"""Edits of a plan in a workbook or in Microsoft Project XML, all faults at once with their cells."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl

from qianyun.errors import Fault, ImportFileError
from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.importers.days import day
from qianyun.importers.faults import CellFault, fault_at
from qianyun.importers.marking import Mark, mark_cells
from qianyun.importers.sheets import Cell, Sheet, read_sheets
from qianyun.importers.values import Wrong, fold, nearest, text_of
from qianyun.plan.edits import Edit, torn
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.words import _

HEADS = {"部门": "department", "业务系统": "name", "割接日": "on", "固定": "pin", "备注": "note"}
NEEDED = ("department", "name", "on")
YES, NO = {"是", "y", "yes", "true", "1", "√"}, {"", "否", "n", "no", "false", "0"}
SPACE = "{http://schemas.microsoft.com/project}"
TEXT1, TEXT2 = "188743731", "188743734"
LARGEST = 64 << 20


@dataclass(slots=True)
class Edits:
    """What a file says.

    Attributes:
        digests: The plan and the facts that it was made from.
        edits: By system.
        faults: Of cells; a file without cells has none.
        places: Row of each system on the sheet, for marking what the checker finds.
    """

    digests: tuple[str, str]
    edits: dict[SystemKey, Edit] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)
    sheet: Sheet | None = None
    places: dict[SystemKey, int] = field(default_factory=dict)
    column: int = 0


def read_book(path: Path, problem: Problem, plan: Plan) -> Edits:
    """The edits of a workbook.

    Raises:
        ImportFileError: The file cannot be read, or has no sheet of a plan.
    """
    sheets = read_sheets(path)
    for sheet in sheets:
        heads = {
            HEADS[fold(text_of(c))]: x
            for x, c in enumerate(sheet.rows[0] if sheet.rows else [])
            if fold(text_of(c)) in HEADS
        }
        if all(name in heads for name in NEEDED):
            found = Edits(digests=_digests(sheets), sheet=sheet, column=heads["on"])
            _read_rows(found, sheet, heads, problem)
            for key, what in torn(problem, plan, found.edits):
                found.faults.append(_fault(sheet, found.places[key], found.column, what, _("set them to one week")))
            found.faults.sort(key=lambda fault: (fault.row, fault.column))
            return found
    what = _("has no sheet with the headings {heads}").format(heads="、".join(list(HEADS)[:3]))
    raise ImportFileError(Fault(place=path.name, what=what, mend=_("export the plan again and edit that")))


def _digests(sheets: tuple[Sheet, ...]) -> tuple[str, str]:
    told = {text_of(row[0]): text_of(row[1]) for sheet in sheets for row in sheet.rows if len(row) > 1}
    return told.get("plan", ""), told.get("facts", "")


def _read_rows(found: Edits, sheet: Sheet, heads: Mapping[str, int], problem: Problem) -> None:
    for y, row in enumerate(sheet.rows[1:], start=1):
        cells = {name: row[x] if x < len(row) else "" for name, x in heads.items()}
        if not any(text_of(cell) for cell in cells.values()):
            continue
        key = SystemKey(department=text_of(cells["department"]), name=text_of(cells["name"]))
        if key not in problem.move_of:
            found.faults.append(_fault(sheet, y, heads["name"], *_unknown(key, problem)))
            continue
        if key in found.places:
            what = _("{system} stands in row {row} already").format(system=key, row=found.places[key] + 1)
            found.faults.append(_fault(sheet, y, heads["name"], what, _("keep one of the rows")))
            continue
        found.places[key] = y
        wrongs = list(_read_row(found, key, cells, problem))
        found.faults += [_fault(sheet, y, heads[name], what, mend) for name, what, mend in wrongs]


def _read_row(
    found: Edits, key: SystemKey, cells: Mapping[str, Cell], problem: Problem
) -> Iterator[tuple[str, str, str]]:
    on = day(cells["on"])
    pin = fold(text_of(cells.get("pin", ""))).lower()
    if pin not in YES | NO:
        yield "pin", _("{value!r} is neither yes nor no").format(value=pin), _("write 是, or leave it blank")
    if isinstance(on, Wrong):
        yield "on", on.what, on.mend
    elif on is None:
        yield "on", _("has no day"), _("write a day such as 2027-04-10, or defer the system in the ledger")
    elif not problem.calendar.first <= on <= problem.calendar.last:
        what = _("{day} lies outside the programme").format(day=on)
        span = _("write a day from {first} to {last}")
        yield "on", what, span.format(first=problem.calendar.first, last=problem.calendar.last)
    else:
        is_pinned = pin in YES if "pin" in cells else None
        note = text_of(cells["note"]) if "note" in cells else None
        found.edits[key] = Edit(system=key, on=on, is_pinned=is_pinned, note=note)


def _unknown(key: SystemKey, problem: Problem) -> tuple[str, str]:
    why = next((each.why for each in problem.unplanned if each.system == key), "")
    if why:
        return _("{system} may not be planned: {why}").format(system=key, why=why), _("take the row out")
    near = nearest(str(key), [str(move.system) for move in problem.moves])
    mend = _("did you mean {name}?").format(name=near) if near else _("write department and system as exported")
    return _("{system} is no system of this plan").format(system=key), mend


def _fault(sheet: Sheet, row: int, column: int, what: str, mend: str) -> CellFault:
    return fault_at(sheet, row, column, Wrong(what=what, mend=mend))


def on_cells(found: Edits, faults: tuple[Fault, ...]) -> list[CellFault]:
    """What the checker found, at the cells of the systems it names."""
    if found.sheet is None:
        return []
    rows = {f"system {key}": row for key, row in found.places.items()}
    return [
        _fault(found.sheet, rows[fault.place], found.column, fault.what, fault.mend)
        for fault in faults
        if fault.place in rows
    ]


def annotated(found: Edits, faults: list[CellFault]) -> bytes:
    """The sender's own workbook with its faults marked; nothing in it is lost."""
    if found.sheet is None:
        return b""
    book = openpyxl.load_workbook(io.BytesIO(found.sheet.content), data_only=True, keep_links=False)
    mark_cells(
        book,
        [Mark(sheet=f.sheet, row=f.row, column=f.column, value=f.value, what=f.what, mend=f.mend) for f in faults],
    )
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read_project(path: Path, problem: Problem) -> Edits:
    """The edits of a Microsoft Project file: start, pin and notes of the tasks that carry a system's name.

    Raises:
        ImportFileError: It is no such file, or names what the plan does not have; says all of it.
    """
    content = path.read_bytes()
    if len(content) > LARGEST or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ImportFileError(Fault(place=path.name, what=_("is too large or declares entities, which no plan does")))
    try:
        root = ET.fromstring(content)  # noqa: S314 - without a DTD nothing can expand, and the size is bounded
    except ET.ParseError as error:
        raise ImportFileError(Fault(place=path.name, what=_("is no XML: {error}").format(error=error))) from error
    if root.tag != f"{SPACE}Project":
        raise ImportFileError(Fault(place=path.name, what=_("is no Microsoft Project XML")))
    found = Edits(digests=(_said(root, "Subject"), _said(root, "Category")))
    faults: list[Fault] = []
    for task in root.iter(f"{SPACE}Task"):
        texts = {_said(each, "FieldID"): _said(each, "Value") for each in task.findall(f"{SPACE}ExtendedAttribute")}
        if texts.get(TEXT1):
            faults += _read_task(found, task, texts, problem)
    if faults:
        raise ImportFileError(faults)
    return found


def _read_task(found: Edits, task: ET.Element, texts: Mapping[str, str], problem: Problem) -> Iterator[Fault]:
    department, _slash, name = texts[TEXT1].partition("/")
    key = SystemKey(department=department, name=name)
    place = f"task {_said(task, 'UID')}"
    on = _date(_said(task, "Start"))
    if key not in problem.move_of:
        what, mend = _unknown(key, problem)
        yield Fault(place=place, what=what, mend=mend)
    elif on is None or not week_of(problem.calendar.first) <= on <= problem.calendar.last:
        what = _("{system} starts on {day!r}, outside the programme").format(system=key, day=_said(task, "Start"))
        yield Fault(place=place, what=what)
    else:
        found.edits[key] = Edit(system=key, on=on, is_pinned=texts.get(TEXT2) == "pin", note=_said(task, "Notes"))


def _date(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _said(element: ET.Element, name: str) -> str:
    return (element.findtext(f"{SPACE}{name}") or "").strip()
