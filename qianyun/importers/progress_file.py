"""Planners' ledgers of progress (迁云推进表): where systems, rooms and lines stand, and what went wrong.

Sheets are told by their headings, in whatever order the columns stand:

| sheet | columns that it needs | others that are read |
|---|---|---|
| systems | 单位名称 系统名称 迁移状态 | 计划割接日期, 状态日期, a day for a stage, 回退日期, 责任人, 存在问题 |
| rooms | 机房名称 撤并状态 状态日期 | 责任人, 说明 |
| lines | 专线编号 退租日期 | 责任人 |
| kit | 单位名称 系统名称 主机名称 擦除日期 | 利旧日期 or 报废日期, 证书编号, 责任人 |
| incidents | 单位名称 系统名称 工单编号 发生日期 | 严重程度, 响应(分钟), 解决(分钟), 责任厂商, 责任人 |

Every fault is told with its cell, all at once; the rows that are right are kept apart from them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

from qianyun.errors import Fault
from qianyun.estate.estate import Estate
from qianyun.estate.facts import SystemKey
from qianyun.estate.kinds import ServerKind
from qianyun.importers.faults import CellFault, fault_at
from qianyun.importers.headings import heading_key
from qianyun.importers.progress_forms import (
    FORMS,
    INCIDENTS,
    KIT,
    KNOWN_AND_NOT_KEPT,
    LINES,
    ROOMS,
    STAGE_DAYS,
    SYSTEMS,
    Form,
)
from qianyun.importers.register import Aliases, Register
from qianyun.importers.sheets import Sheet, cell_name, read_files
from qianyun.importers.values import Wrong, is_none, nearest, text_of
from qianyun.track.deeds import Incident, Severity
from qianyun.track.ledger import Ledger, Stage, Told
from qianyun.track.states import PATH, KitState, LineState, RoomState, SystemState, Tracked
from qianyun.words import _

NOBODY = "台账"
"""Who answers for a row that names nobody: the ledger itself."""
LATEST_HEADER = 20


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of a sheet on its way."""

    sheet: Sheet
    number: int
    columns: Mapping[str, int]
    values: dict[str, object] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)

    def day(self, name_: str) -> date | None:
        """A day that a field says."""
        value = self.values.get(name_)
        return value if isinstance(value, date) else None

    def text(self, name_: str) -> str:
        """A text that a field says."""
        value = self.values.get(name_)
        return value if isinstance(value, str) else ""

    def whole(self, name_: str) -> int | None:
        """A number that a field says."""
        value = self.values.get(name_)
        return int(value) if isinstance(value, int | float) else None

    def blame(self, name_: str, what: str, mend: str) -> None:
        """Lay a fault on the cell of a field."""
        index = self.columns.get(name_, min(self.columns.values()))
        self.faults.append(fault_at(self.sheet, self.number, index, Wrong(what, mend)))

    def place(self, name_: str) -> str:
        """File, sheet and cell of a field."""
        return f"{self.sheet.path.name} {self.sheet.name}!{cell_name(self.number, self.columns[name_])}"


@dataclass(frozen=True, kw_only=True)
class ProgressFiles:
    """What files of progress say.

    Attributes:
        ledger: Of the rows that are right.
        faults: Refused files first, then cells in order.
        notices: Columns that were not read, with the nearest known heading.
    """

    ledger: Ledger
    faults: tuple[Fault, ...]
    notices: tuple[Fault, ...] = ()


def read_progress(paths: Sequence[Path], estate: Estate, aliases: Aliases | None = None) -> ProgressFiles:
    """Read files of progress together.

    Args:
        paths: XLSX, XLS, ODS and CSV files.
        estate: What is declared; rows that name anything else are faults.
        aliases: Other names of departments, rooms and systems.
    """
    sheets, refused = read_files(paths)
    reader = _Reader(estate, aliases or Aliases())
    found: set[Path] = set()
    for sheet in sheets:
        if not sheet.is_hidden and reader.read(sheet):
            found.add(sheet.path)
    lacking = [
        Fault(
            place=path.name,
            what=_("no sheet has the headings of a ledger of progress"),
            mend=_("put 单位名称, 系统名称 and 迁移状态 in one row"),
        )
        for path in dict.fromkeys(sheet.path for sheet in sheets)
        if path not in found
    ]
    ledger = Ledger(rows=tuple(reader.rows), planned=reader.planned)
    faults = (*refused, *lacking, *(fault.told() for fault in reader.faults))
    return ProgressFiles(ledger=ledger, faults=faults, notices=tuple(reader.notices))


class _Reader:
    def __init__(self, estate: Estate, aliases: Aliases) -> None:
        self.register = Register(estate, aliases)
        self.system_of = {system.key: system for system in estate.systems}
        self.room_of = {room.name: room for room in estate.rooms}
        metal = (server for server in estate.servers if server.kind is ServerKind.PHYSICAL)
        self.kit_of = {(server.department, server.system, server.name): server for server in metal}
        self.line_of = {line.number: line for line in estate.lines}
        self.rows: list[Told] = []
        self.planned: dict[SystemKey, date] = {}
        self.faults: list[CellFault] = []
        self.notices: list[Fault] = []
        self.seen: dict[tuple[str, str], str] = {}

    def read(self, sheet: Sheet) -> bool:
        """Read a sheet; whether it is a ledger of progress."""
        header = next((h for y in range(min(LATEST_HEADER, len(sheet.rows))) if (h := _header(sheet, y))), None)
        if header is None:
            return False
        y, form, columns = header
        self.notices.extend(_unknown(sheet, y, form, columns))
        judge: Callable[[Row], Told | None] = {
            SYSTEMS.title: self._system,
            ROOMS.title: self._room,
            LINES.title: self._line,
            INCIDENTS.title: self._incident,
            KIT.title: self._kit,
        }[form.title]
        for row in _rows(sheet, y, form, columns):
            told = judge(row)
            self.faults.extend(row.faults)
            if told and not row.faults:
                self.rows.append(told)
        return True

    def _key(self, row: Row) -> SystemKey | None:
        department = self.register.find("department", row.text("department"))
        if isinstance(department, Wrong):
            row.blame("department", department.what, department.mend)
            return None
        found = self.register.own_system(department, row.text("system"))
        if isinstance(found, Wrong):
            row.blame("system", found.what, found.mend)
            return None
        return found

    def _once(self, row: Row, kind: str, key: str, name_: str) -> None:
        first = self.seen.setdefault((kind, key), row.place(name_))
        if first != row.place(name_):
            row.blame(name_, _("{key} is told already at {place}").format(key=key, place=first), _("keep one row"))

    def _system(self, row: Row) -> Told | None:
        key = self._key(row) if not row.faults else None
        if key is None:
            return None
        self._once(row, "system", str(key), "system")
        planned = row.day("planned")
        if planned and not row.faults:
            self.planned[key] = planned
        state = row.values.get("state")
        if not isinstance(state, SystemState):
            return None
        return Told(
            tracked=Tracked.of(self.system_of[key]),
            stages=tuple(_stages(row, state)),
            who=row.text("who") or NOBODY,
            why=row.text("why"),
            place=row.place("system"),
        )

    def _room(self, row: Row) -> Told | None:
        text, state, since = row.text("room"), row.values.get("state"), row.day("since")
        found = self.register.find("room", text) if text else text
        if isinstance(found, Wrong):
            row.blame("room", found.what, found.mend)
        elif isinstance(state, RoomState) and found in self.room_of:
            self._once(row, "room", found, "room")
            stages = (Stage(state=state, on=since),) if since and state is not RoomState.IN_USE else ()
            return Told(
                tracked=Tracked.of(self.room_of[found]),
                stages=stages,
                who=row.text("who") or NOBODY,
                why=row.text("why"),
                place=row.place("room"),
            )
        return None

    def _line(self, row: Row) -> Told | None:
        number, cancelled = row.text("line"), row.day("cancelled")
        if number and number not in self.line_of:
            row.blame("line", _("{text!r} is no line that anybody declared").format(text=number), _("check the number"))
        if row.faults or not cancelled:
            return None
        self._once(row, "line", number, "line")
        return Told(
            tracked=Tracked.of(self.line_of[number]),
            stages=(Stage(state=LineState.CANCELLED, on=cancelled),),
            who=row.text("who") or NOBODY,
            why=row.text("why"),
            place=row.place("line"),
        )

    def _kit(self, row: Row) -> Told | None:
        key = self._key(row) if not row.faults else None
        if key is None:
            return None
        server = self.kit_of.get((key.department, key.name, row.text("server")))
        if server is None:
            what = _("{text!r} is no physical server of {system}").format(text=row.text("server"), system=key)
            row.blame("server", what, _("check the name; only kit of metal has disks to wipe"))
            return None
        self._once(row, "server", f"{key}/{server.name}", "server")
        days = ((KitState.WIPED, "wiped"), (KitState.REUSED, "reused"), (KitState.SCRAPPED, "scrapped"))
        stages = [Stage(state=state, on=on) for state, name_ in days if (on := row.day(name_))]
        if row.day("reused") and row.day("scrapped"):
            row.blame("scrapped", _("is both used again and scrapped"), _("leave one of both out"))
        if any(one.on > other.on for one, other in pairwise(stages)):
            row.blame("wiped", _("is wiped only after it left"), _("check the days: disks are wiped first"))
        return Told(
            tracked=Tracked.of(server),
            stages=tuple(stages),
            who=row.text("who") or NOBODY,
            why=row.text("why"),
            place=row.place("server"),
        )

    def _incident(self, row: Row) -> Told | None:
        key = self._key(row) if not row.faults else None
        severity = row.values.get("severity")
        if key is None:
            return None
        self._once(row, "incident", row.text("number"), "number")
        incident = Incident(
            number=row.text("number"),
            severity=severity if isinstance(severity, Severity) else Severity.MINOR,
            responded_minutes=row.whole("responded"),
            solved_minutes=row.whole("solved"),
            vendor=row.text("vendor"),
        )
        return Told(
            tracked=Tracked.of(self.system_of[key]),
            incident=incident,
            incident_on=row.day("since"),
            who=row.text("who") or NOBODY,
            why=row.text("why"),
            place=row.place("system"),
        )


def _header(sheet: Sheet, y: int) -> tuple[int, Form, dict[str, int]] | None:
    """The form whose headings stand in a row, with the columns of its fields."""
    texts = {heading_key(text_of(cell))[0]: x for x, cell in reversed(list(enumerate(sheet.rows[y]))) if cell != ""}
    for form in FORMS:
        columns: dict[str, int] = {}
        for name_, (headings, _reader) in form.fields.items():
            index = next((texts[key] for h in headings.split() if (key := heading_key(h)[0]) in texts), None)
            if index is not None:
                columns[name_] = index
        if all(need in columns for need in form.needs):
            return y, form, columns
    return None


def _unknown(sheet: Sheet, y: int, form: Form, columns: Mapping[str, int]) -> Iterator[Fault]:
    """Headings that no field of the form has."""
    known = [heading for headings, _reader in form.fields.values() for heading in headings.split()]
    kept = {*columns.values()}
    spare = {heading_key(heading)[0] for heading in (*known, *KNOWN_AND_NOT_KEPT.split())}
    for x, cell in enumerate(sheet.rows[y]):
        heading = text_of(cell)
        if heading and x not in kept and heading_key(heading)[0] not in spare:
            what = _("the column {heading!r} is unknown and was not read").format(heading=heading)
            near = nearest(heading, known, 0.5)
            mend = _("did you mean {near!r}").format(near=near) if near else ""
            yield Fault(place=f"{sheet.path.name} {sheet.name}!{cell_name(y, x)}", what=what, mend=mend)


def _rows(sheet: Sheet, header: int, form: Form, columns: Mapping[str, int]) -> Iterator[Row]:
    """Rows below a header that hold a key, each cell read."""
    keys = [columns[need] for need in form.needs]
    for y in range(header + 1, len(sheet.rows)):
        cells = sheet.rows[y]
        if sum(1 for x in keys if x < len(cells) and not is_none(text_of(cells[x]))) < min(2, len(keys)):
            continue  # blank lines, totals and notes
        row = Row(sheet=sheet, number=y, columns=columns)
        for name_, x in columns.items():
            value = form.fields[name_][1](cells[x]) if x < len(cells) else None
            if isinstance(value, Wrong):
                row.faults.append(fault_at(sheet, y, x, value))
            elif value is not None:
                row.values[name_] = value
            elif name_ in form.needs:
                row.blame(name_, _("is blank"), _("fill it in"))
        yield row


def _stages(row: Row, state: SystemState) -> Iterator[Stage]:
    """The stages that a row tells, in their order; their days must run forward and end at its state."""
    stages = [Stage(state=at, on=on) for heading, at in STAGE_DAYS.items() if (on := row.day(heading))]
    back = row.day("rolled_back")
    if back:
        stages = _around(stages, back)
    since = row.day("since") or (stages[-1].on if stages else None)
    if state is not SystemState.NOT_STARTED and since is None:
        row.blame("state", _("has no day"), _("give 状态日期, or the day of each stage"))
        return
    if since and state is not SystemState.NOT_STARTED and (not stages or stages[-1].state != state):
        stages.append(Stage(state=state, on=since))
    headings = {at: heading for heading, at in STAGE_DAYS.items()}
    for one, other in pairwise(stages):
        if other.on < one.on:
            at = headings.get(SystemState(other.state), "since")
            what = _("{day} lies before {before}, the day of the stage before").format(day=other.on, before=one.on)
            row.blame(at, what, _("check both days"))
    if any(
        stage.state in PATH and state in PATH and PATH.index(SystemState(stage.state)) > PATH.index(state)
        for stage in stages
    ):
        row.blame("state", _("stands before a stage that has a day"), _("check the state and the days"))
    yield from stages


def _around(stages: list[Stage], back: date) -> list[Stage]:
    """Stages with a first attempt that was rolled back on a day: cut over and back that night."""
    before = [each for each in stages if each.on <= back and each.state not in _FROM_CUTOVER]
    later = [each for each in stages if each not in before]
    again = [Stage(state=SystemState.TEST_MIGRATION, on=later[0].on)] if later else []
    first = [Stage(state=SystemState.CUTOVER, on=back), Stage(state=SystemState.ROLLED_BACK, on=back)]
    return [*before, *first, *again, *later]


_FROM_CUTOVER = frozenset(PATH[PATH.index(SystemState.CUTOVER) :])
