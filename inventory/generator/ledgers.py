"""Ledgers: which file holds what, in whose layout, with which flaws."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inventory.generator import layouts, rows
from inventory.generator.books import CSV_SHEET, Format, Grid
from inventory.generator.draw import Draw
from inventory.generator.estate import Sample
from inventory.generator.flaws import (
    DEPARTMENT_FLAWS,
    DEPENDENCY_FLAWS,
    LINE_FLAWS,
    ROOM_FLAWS,
    SERVER_FLAWS,
    SYSTEM_FLAWS,
    VENDOR_FLAWS,
    WIDE_FLAWS,
    Flaw,
    donors,
    flawed,
    sown,
)
from inventory.generator.forms import Entry, Layout, Row, lay_out
from inventory.generator.said import said
from inventory.generator.wording import Cell
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, Server, System
from qianyun.estate.kinds import Level, Network, Operator, VendorRole

LIVING, ZOMBIES = "一、在用系统", "二、僵尸系统"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One file of ledgers before it is written."""

    name: str
    format: Format
    grids: tuple[Grid, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FaultyCell:
    """One line of the catalogue of faults."""

    file: str
    sheet: str
    row: int
    column: int
    kind: str
    value: str
    right: str

    @property
    def cell(self) -> str:
        """`C7`."""
        letters, left = "", self.column + 1
        while left:
            left, rest = divmod(left - 1, 26)
            letters = chr(ord("A") + rest) + letters
        return f"{letters}{self.row + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgers:
    """All files of an estate, the faults in them, and the facts that they tell beside those."""

    books: tuple[Book, ...]
    faults: tuple[FaultyCell, ...]
    facts: Estate


@dataclass(slots=True, kw_only=True)
class _Sowing:
    """Flaws waiting to be planted, a few of each kind of ledger; none in a clean estate."""

    draw: Draw
    waiting: dict[str, list[Flaw]]
    serial: int = 0

    def plant(
        self, kind: str, layout: Layout, entries: Sequence[Entry], count: int, renames: Callable[[int], Row]
    ) -> list[Entry]:
        """Sow some flaws that this layout can hold into the entries of one sheet."""
        fit = [flaw for flaw in self.waiting.get(kind, []) if flaw.field in layout.fields][:count]
        sowed: list[Entry] = []
        for flaw in fit:
            self.waiting[kind].remove(flaw)
            self.serial += 1
            sowed.append(flawed(flaw, self.draw.one(donors(entries)), layout, renames(self.serial)))
        return sown(self.draw, entries, sowed)


def province_ledgers(sample: Sample) -> Ledgers:
    """The province's files: as many layouts as departments have habits, and some eighty faults."""
    return _ledgers(sample, has_faults=True)


def city_ledgers(sample: Sample) -> Ledgers:
    """The city's files: the same forms, filled in with more care."""
    return _ledgers(sample, has_faults=False)


def _ledgers(sample: Sample, *, has_faults: bool) -> Ledgers:
    flaws: dict[str, tuple[Flaw, ...]] = {
        "departments": DEPARTMENT_FLAWS,
        "rooms": ROOM_FLAWS,
        "vendors": VENDOR_FLAWS,
        "systems": SYSTEM_FLAWS * 2,
        "lines": LINE_FLAWS,
        "wide": WIDE_FLAWS,
        "servers": SERVER_FLAWS,
        "dependencies": DEPENDENCY_FLAWS,
    }
    sowing = _Sowing(
        draw=Draw(sample.recipe.seed, "flaws"),
        waiting={kind: list(some) for kind, some in flaws.items()} if has_faults else {},
    )
    writer = _Writer(sample, sowing)
    writer.departments()
    writer.rooms()
    writer.vendors()
    writer.systems()
    writer.lines()
    writer.servers()
    writer.dependencies()
    return writer.ledgers()


class _Writer:
    """Writes one estate's ledgers, kind by kind."""

    def __init__(self, sample: Sample, sowing: _Sowing) -> None:
        self._estate = sample.estate
        self._sowing = sowing
        self._books: list[Book] = []
        self._faults: list[FaultyCell] = []
        self._said: dict[str, list[object]] = {}
        self._short = {d.name: d.short_name or d.name for d in self._estate.departments}

    def ledgers(self) -> Ledgers:
        """What was written so far."""
        facts: dict[str, Any] = {kind: tuple(some) for kind, some in self._said.items()}  # kinds are the fields
        return Ledgers(books=tuple(self._books), faults=tuple(sorted(self._faults)), facts=Estate(**facts))

    def departments(self) -> None:
        """One register of departments; the units of a city come as CSV."""
        departments = self._estate.departments
        is_long = len(departments) > 1000  # noqa: PLR2004 - what people still scroll through
        layout = layouts.UNITS if is_long else layouts.DEPARTMENTS
        entries = [Entry(row=rows.department_row(layout.style, d)) for d in departments]
        entries = self._sowing.plant(
            "departments", layout, entries, 4, lambda n: {"name": f"省第{n}工作专班", "short_name": ""}
        )
        self._write("01_单位登记", layout, [("单位", "", entries)])
        self._say("departments", said(departments, layout))

    def rooms(self) -> None:
        """Rooms of the province's own organs in a workbook, of cities and counties in a CSV."""
        levels = {d.name: d.level for d in self._estate.departments}
        top = min((levels[room.department] for room in self._estate.rooms), key=list(Level).index)
        for name, layout, is_top in (
            ("02_机房_本级", layouts.ROOMS, True),
            ("03_机房_下级", layouts.LOCAL_ROOMS, False),
        ):
            rooms = [room for room in self._estate.rooms if (levels[room.department] is top) == is_top]
            if not rooms:
                continue
            entries = [
                Entry(
                    row=rows.room_row(
                        layout.style, room, room.department if is_top else self._short[room.department], n
                    )
                )
                for n, room in enumerate(rooms)
            ]
            entries = self._sowing.plant("rooms", layout, entries, 6, lambda n: {"name": f"临时机房{n}"})
            self._write(name, layout, [("机房", "", entries)])
            self._say("rooms", said(rooms, layout))

    def vendors(self) -> None:
        """Developers in a workbook, maintainers in a CSV."""
        for name, layout, is_developer in (
            ("04_厂商_开发", layouts.VENDORS, True),
            ("05_厂商_运维", layouts.VENDORS_CSV, False),
        ):
            vendors = [v for v in self._estate.vendors if (VendorRole.DEVELOPMENT in v.roles) == is_developer]
            entries = [Entry(row=rows.vendor_row(layout.style, vendor)) for vendor in vendors]
            entries = self._sowing.plant("vendors", layout, entries, 3, lambda n: {"name": f"无名{n}号有限公司"})
            self._write(name, layout, [("厂商", "", entries)])
            self._say("vendors", vendors)

    def systems(self) -> None:
        """One file a department in its own layout; the small ones below the top level share one."""
        levels = {d.name: d.level for d in self._estate.departments}
        by_department: dict[str, list[System]] = {}
        for system in self._estate.systems:
            by_department.setdefault(system.department, []).append(system)
        top = min((levels[name] for name in by_department), key=list(Level).index)
        own = [name for name in by_department if levels[name] is top]
        for turn, name in enumerate(own):
            layout = layouts.SYSTEM_LAYOUTS[turn % len(layouts.SYSTEM_LAYOUTS)]
            self._system_book(f"10_系统_{self._short[name]}", layout, name, by_department[name])
        local = [system for name in by_department if name not in own for system in by_department[name]]
        if local:
            self._system_book("11_系统_市县汇总", layouts.LOCAL, "", local)

    def _system_book(self, name: str, layout: Layout, department: str, systems: list[System]) -> None:
        ordered = sorted(systems, key=lambda s: s.is_zombie) if layout.has_sections else systems
        entries = [
            Entry(row=rows.system_row(layout.style, system, n), section=ZOMBIES if system.is_zombie else LIVING)
            for n, system in enumerate(ordered)
        ]
        half = (len(entries) + 1) // 2
        is_split = layout.format == "xlsx" and len(entries) > 60 and not layout.has_sections  # noqa: PLR2004 - a screenful or two
        parts = [("一处", entries[:half]), ("二处", entries[half:])] if is_split else [("系统台账", entries)]
        sheets = [(sheet, department, self._sow_systems(layout, some)) for sheet, some in parts]
        self._write(name, layout, sheets, guide=layout.format == "xlsx")
        self._say("systems", said(ordered, layout))

    def _sow_systems(self, layout: Layout, entries: list[Entry]) -> list[Entry]:
        right = [e for e in entries if e.row.get("disposition") == "迁移"]
        if len(right) < 4:  # noqa: PLR2004 - too few to hide a flaw among
            return entries
        # Flaws are copied from migrating systems only: the others have reasons and networks of their own.
        first = right[: len(right) // 2]
        chosen = self._sowing.plant("systems", layout, first, 2, lambda n: {"name": f"临时填报系统{n}"})
        return sown(self._sowing.draw, entries, [entry for entry in chosen if entry.planted])

    def lines(self) -> None:
        """A list an operator, and two wide sheets with a department a row."""
        wide, listed = _split_wide(self._estate.lines)
        for name, layout, operator in (
            ("20_专线_电信", layouts.LINES_A, Operator.TELECOM),
            ("21_专线_移动", layouts.LINES_B, Operator.MOBILE),
            ("22_专线_联通", layouts.LINES_C, Operator.UNICOM),
            ("23_专线_广电", layouts.LINES_D, Operator.BROADCAST),
        ):
            lines = [line for line in listed if line.operator is operator]
            owner = self._short if operator is Operator.MOBILE else {}
            entries = [
                Entry(row=rows.line_row(layout.style, line, owner.get(line.department, line.department)))
                for line in lines
            ]
            entries = self._sowing.plant("lines", layout, entries, 3, lambda n: {"number": f"LS98{n:06d}"})
            self._write(name, layout, [("专线", "", entries)])
            self._say("lines", said(lines, layout))
        departments = list(wide)
        half = len(departments) // 2
        for name, layout, some in (
            ("24_网络接入_一", layouts.LINES_WIDE, departments[:half]),
            ("25_网络接入_二", layouts.LINES_WIDE_FLAT, departments[half:]),
        ):
            entries = [Entry(row=rows.wide_row(layout.style, each, wide[each])) for each in some]
            entries = self._sowing.plant("wide", layout, entries, 2, lambda _n: {})
            self._write(name, layout, [("网络接入", "", entries)])
            self._say("lines", (line for each in some for line in wide[each]))

    def servers(self) -> None:
        """Five files by department, in three layouts."""
        shares = _shared_out(self._estate.servers, 5)
        forms = (layouts.SERVERS, layouts.SERVERS_GROUPED, layouts.SERVERS_CSV)
        databases = {(d.department, d.system, d.server): d for d in self._estate.databases}
        middleware = {(m.department, m.system, m.server): m for m in self._estate.middleware}
        for turn, servers in enumerate(shares):
            layout = forms[turn % len(forms)]
            keys = [(server.department, server.system, server.name) for server in servers]
            entries = [
                Entry(row=rows.server_row(layout.style, server, databases.get(key), middleware.get(key)))
                for server, key in zip(servers, keys, strict=True)
            ]
            entries = self._sowing.plant("servers", layout, entries, 2, lambda n: {"name": f"tmp-{n:03d}"})
            self._write(f"3{turn}_服务器_{turn + 1}", layout, [("服务器", "", entries)])
            self._say("servers", servers)
            self._say("databases", (databases[key] for key in keys if key in databases))
            self._say("middleware", (middleware[key] for key in keys if key in middleware))

    def dependencies(self) -> None:
        """Three files: two workbooks and a CSV."""
        whole = self._estate.dependencies
        third = -(-len(whole) // 3)
        for turn, layout in enumerate((layouts.DEPENDENCIES, layouts.DEPENDENCIES_CSV, layouts.DEPENDENCIES)):
            some = whole[turn * third : (turn + 1) * third]
            entries = [Entry(row=rows.dependency_row(layout.style, each)) for each in some]
            entries = self._sowing.plant("dependencies", layout, entries, 2, lambda _n: {})
            self._write(f"4{turn}_系统对接_{turn + 1}", layout, [("对接关系", "", entries)])
            self._say("dependencies", some)

    def _say(self, kind: str, facts: Iterable[object]) -> None:
        self._said.setdefault(kind, []).extend(facts)

    def _write(
        self, name: str, layout: Layout, sheets: Sequence[tuple[str, str, Sequence[Entry]]], *, guide: bool = False
    ) -> None:
        grids: list[Grid] = []
        is_csv = layout.format.startswith("csv")
        for sheet, department, entries in sheets:
            grid, located = lay_out(layout, CSV_SHEET if is_csv else sheet, department, entries)
            grids.append(grid)
            self._faults.extend(
                FaultyCell(
                    file=name + _suffix(layout.format),
                    sheet=grid.name,
                    row=row,
                    column=column,
                    kind=planted.kind,
                    value=_shown(cell),
                    right=planted.right,
                )
                for planted, row, column, cell in located
            )
        if guide:
            grids.append(_guide())
        self._books.append(Book(name=name, format=layout.format, grids=tuple(grids)))


def _suffix(kind: Format) -> str:
    return ".csv" if kind.startswith("csv") else f".{kind}"


def _shown(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _guide() -> Grid:
    """The hidden sheet that forms carry: what to fill in, and no ledger."""
    lines = (
        "填表说明",
        "1.本表由各单位信息化工作机构填写。",
        "2.涉密系统不得填写具体地址。",
        "3.没有的内容填“无”或“/”。",
    )
    return Grid(name="填表说明", rows=[[line] for line in lines], bold={0}, is_hidden=True)


def _split_wide(lines: Sequence[Line]) -> tuple[dict[str, list[Line]], list[Line]]:
    """The first line of each network of each department is told by the wide sheets, the others one by one."""
    wide: dict[tuple[str, Network], Line] = {}
    listed: list[Line] = []
    for line in lines:
        key = (line.department, line.network)
        if key in wide:
            listed.append(line)
            continue
        number = f"{line.department}/{line.network}"
        wide[key] = replace(line, number=number, room=None, contract_end=None, monthly_cost_yuan=None)
    by_department: dict[str, list[Line]] = {}
    for (department, _network), line in wide.items():
        by_department.setdefault(department, []).append(line)
    order = list(Network)
    return {
        name: sorted(some, key=lambda one: order.index(one.network)) for name, some in by_department.items()
    }, listed


def _shared_out(servers: Sequence[Server], count: int) -> Iterator[list[Server]]:
    """Servers in files of about one length, no department torn apart."""
    full = len(servers) / count
    share: list[Server] = []
    done = 0
    for place, server in enumerate(servers):
        torn = place and servers[place - 1].department == server.department
        if not torn and len(share) >= full and done < count - 1:
            yield share
            share, done = [], done + 1
        share.append(server)
    yield share
