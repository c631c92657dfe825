"""Ledgers: the sheets that departments send, read into facts, with every fault at once.

`read_ledgers` reads all files together, since a row may refer to what another file declares. The
result holds what is right and says what is wrong; whether the right rows are imported while others
wait is the caller's choice, never a default.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qianyun.errors import Fault
from qianyun.estate.estate import Estate
from qianyun.estate.facts import System, Vendor
from qianyun.estate.identity import KINDS, Fact, kind_of
from qianyun.importers.columns import LEDGERS
from qianyun.importers.faults import CellFault, fault_at
from qianyun.importers.judging import Judge
from qianyun.importers.register import Aliases, Register
from qianyun.importers.rows import Key, Record, read_rows
from qianyun.importers.sheets import Sheet, cell_name, read_files
from qianyun.importers.tables import Table, UnknownColumn, almost_table, find_tables
from qianyun.importers.values import Wrong
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is no fault and that the sender may want to know."""

    place: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A row that is right itself and refers to one that is not."""

    table: Table
    row: int
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgers:
    """What a set of files says.

    Attributes:
        facts: Of the rows that are right and refer to nothing that is wrong.
        faults: Of cells, in order of file, sheet, row and column.
        refused: Of whole files, in the order given.
        held: Rows that wait for a faulty one.
        good_rows: How many rows became facts.
        bad_rows: How many rows hold a fault.
        notices: Unknown columns with the nearest known one, and sheets that are no ledger.
        sheets: All that was read, for marking faults in the sender's own file.
        tables: The ledgers found in them.
    """

    facts: Estate
    faults: tuple[CellFault, ...]
    refused: tuple[Fault, ...]
    held: tuple[HeldRow, ...]
    good_rows: int
    bad_rows: int
    notices: tuple[Notice, ...]
    sheets: tuple[Sheet, ...]
    tables: tuple[Table, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong anywhere."""
        return not (self.faults or self.refused)

    def all_faults(self) -> tuple[Fault, ...]:
        """Refused files first, then cells in order."""
        return (*self.refused, *(fault.told() for fault in self.faults))


def read_ledgers(
    paths: Sequence[Path],
    known: Estate | None = None,
    *,
    aliases: Aliases | None = None,
    tell: Callable[[Path], None] = lambda _path: None,
) -> Ledgers:
    """Read files of ledgers together.

    Args:
        paths: XLSX, XLS, ODS and CSV files; their order is the order of the faults.
        known: What the store already holds; rows may refer to it.
        aliases: Other names of departments, rooms, vendors and systems.
        tell: Called with each file once its cells are read.
    """
    with _no_collection():
        sheets, refused = read_files(paths, tell=tell)
        return ledgers_of(sheets, refused, known or Estate(), aliases or Aliases(), tuple(paths))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the cyclic collector from walking millions of cells: none of them is part of a cycle.

    It takes 0.9 of the 2.3 s in which 50,000 rows are judged, and finds nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def ledgers_of(
    sheets: Sequence[Sheet], refused: Iterable[Fault], known: Estate, aliases: Aliases, order: Sequence[Path]
) -> Ledgers:
    """Judge sheets that were read; `order` is the order of their files."""
    found = [(sheet, find_tables(sheet)) for sheet in sheets]
    tables = [table for _sheet, its in found for table in its]
    judge = Judge(Register(known, aliases))
    records = _declared(tables, judge)
    made = [(record, judge.make(record)) for record in records]
    held = _held([record for record, _facts in made], _known_keys(known))
    rank = {path: number for number, path in enumerate(order)}
    faults = [fault for record, _facts in made for fault in record.faults]
    faults.extend(_without_departments(tables, judge.register))
    faults.extend(_without_keys(found))
    faults.sort(key=lambda f: (rank.get(f.path, 0), f.sheet_number, f.row, f.column))
    good = [(record, facts) for record, facts in made if not record.faults and id(record) not in held]
    return Ledgers(
        facts=_estate([fact for _record, facts in good for fact in facts], judge),
        faults=tuple(faults),
        refused=(*refused, *_files_without_ledger(found, {fault.path for fault in faults})),
        held=tuple(
            HeldRow(table=record.table, row=record.row, waits_for=held[id(record)])
            for record, _facts in made
            if id(record) in held
        ),
        good_rows=len(good),
        bad_rows=sum(1 for record, _facts in made if record.faults),
        notices=tuple(_notices(found)),
        sheets=tuple(sheets),
        tables=tuple(tables),
    )


def _declared(tables: list[Table], judge: Judge) -> list[Record]:
    """All rows, those of each kind after the kinds they refer to; every key is known afterwards."""
    records = []
    for ledger in LEDGERS:
        for table in tables:
            if table.ledger is ledger:
                rows = list(read_rows(table))
                for record in rows:
                    judge.declare(record)
                records.extend(rows)
    # Dependencies that have a ledger of their own say more than a column of names: they go first.
    return sorted(records, key=lambda record: record.table.ledger.kind == "systems")


def _known_keys(known: Estate) -> set[Key]:
    return {
        *(("department", d.name) for d in known.departments),
        *(("room", r.name) for r in known.rooms),
        *(("system", s.department, s.name) for s in known.systems),
    }


def _held(records: list[Record], known: set[Key]) -> dict[int, str]:
    """Records that are right and need one that is not, with the name of what they wait for."""
    given = known | {record.key for record in records if record.key and not record.faults}
    waiting = [record for record in records if not record.faults and record.needs]
    held: dict[int, str] = {}
    while True:
        late = [(record, need) for record in waiting if (need := min(record.needs - given, default=None))]
        if not late:
            return held
        for record, need in late:
            held[id(record)] = "/".join(need[1:])
            given.discard(record.key)
        waiting = [record for record in waiting if id(record) not in held]


def _without_departments(tables: list[Table], register: Register) -> Iterator[CellFault]:
    """One fault for each table that names departments while nobody declared any."""
    if register.knows_departments():
        return
    for table in tables:
        column = next((c for c in table.columns if "department" in c.column.fields[0:1]), None)
        if column and table.rows:
            wrong = Wrong(
                _("no department is known yet, so none can be checked"),
                _("import the ledger of departments with this file or before"),
            )
            yield fault_at(table.sheet, table.header[1], column.index, wrong)


def _estate(facts: list[Fact], judge: Judge) -> Estate:
    parts: dict[str, list[Fact]] = {kind.held_in: [] for kind in KINDS.values()}
    for fact in facts:
        parts[kind_of(fact).held_in].append(fact)
    named = {
        name
        for system in parts["systems"]
        if isinstance(system, System)
        for name in (system.development_vendor, system.maintenance_vendor, system.security_vendor)
    }
    parts["vendors"].extend(
        Vendor(name=name, roles=tuple(roles)) for name, roles in judge.vendors.items() if name in named
    )
    return Estate(**{name: tuple(part) for name, part in parts.items()})  # type: ignore[arg-type] # sorted by type above


def _files_without_ledger(found: list[tuple[Sheet, tuple[Table, ...]]], told: set[Path]) -> Iterator[Fault]:
    """A file in which no sheet is a ledger was sent by mistake or has a header that nobody knows."""
    by_file: dict[Path, list[tuple[Table, ...]]] = {}
    for sheet, tables in found:
        by_file.setdefault(sheet.path, []).append(tables)
    for path, tables_of in by_file.items():
        if not any(tables_of) and path not in told:
            yield Fault(
                place=path.name,
                what=_("no sheet has the headings of a ledger"),
                mend=_("put the headings in one row, for example 单位名称 and 系统名称"),
            )


def _without_keys(found: list[tuple[Sheet, tuple[Table, ...]]]) -> Iterator[CellFault]:
    """A sheet that is plainly a ledger and lacks the columns that tell its rows apart."""
    for sheet, tables in found:
        almost = None if tables or sheet.is_hidden else almost_table(sheet)
        if almost:
            what = _("this looks like the ledger {title} but lacks the column {wanted}").format(
                title=almost.title, wanted="、".join(almost.wanted)
            )
            mend = (
                _("rename {near} to that").format(near="、".join(almost.near)) if almost.near else _("add that column")
            )
            yield fault_at(sheet, almost.row, almost.index, Wrong(what, mend))


def _notices(found: list[tuple[Sheet, tuple[Table, ...]]]) -> Iterator[Notice]:
    for sheet, tables in found:
        place = f"{sheet.path.name} {sheet.name}"
        if not tables and not sheet.is_hidden and any(cell != "" for row in sheet.rows for cell in row):
            yield Notice(place=place, what=_("this sheet is no ledger and was not read"))
        for table in tables:
            for column in table.unknown:
                yield Notice(place=f"{place}!{cell_name(column.row, column.index)}", what=_unknown(column))


def _unknown(column: UnknownColumn) -> str:
    if column.nearest:
        return _("the column {heading!r} is unknown and was not read; the nearest known one is {near}").format(
            heading=column.heading, near=column.nearest
        )
    return _("the column {heading!r} is unknown and was not read").format(heading=column.heading)
