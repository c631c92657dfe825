"""Judging: rows become facts, once everything they refer to is known.

First every row says what it declares (so that order does not matter), then each is resolved and
built. What contradicts itself, what is declared twice and what refers to nothing is a fault of the
cell that says so.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from qianyun.errors import FactError
from qianyun.estate.facts import (
    Database,
    Department,
    Dependency,
    Line,
    Middleware,
    Pool,
    Room,
    Server,
    System,
    SystemKey,
    Vendor,
)
from qianyun.estate.identity import Fact, key_of, kind_of
from qianyun.estate.kinds import Disposition, Network, RoomOutcome, Secrecy, VendorRole
from qianyun.importers.columns import WIDE_NETWORKS
from qianyun.importers.register import Register
from qianyun.importers.rows import Key, Record
from qianyun.importers.values import Wrong
from qianyun.words import _

TO_CLOUD = (Disposition.MIGRATE, Disposition.MERGE, Disposition.TAKE_OVER)
VENDOR_FIELDS = {
    "development_vendor": VendorRole.DEVELOPMENT,
    "maintenance_vendor": VendorRole.MAINTENANCE,
    "security_vendor": VendorRole.SECURITY,
}


class Judge:
    """Judges the records of one import.

    Attributes:
        vendors: Vendors that systems name and no ledger declares, with what they do.
    """

    def __init__(self, register: Register) -> None:
        self.register = register
        self.declared: dict[Key, Record] = {}
        self.made: dict[tuple[str, str], Record] = {}
        self.vendors: dict[str, dict[VendorRole, None]] = {}
        self.linked: set[tuple[SystemKey, SystemKey]] = set()
        self._ordinals: dict[tuple[str, str], int] = {}

    # ── What each row declares ──────────────────────────────────────────────

    def declare(self, record: Record) -> None:
        """Note the key of a row, and make its name known to the others."""
        kind, text = record.table.ledger.kind, record.text
        if record.table.owner:
            record.values.setdefault("department", record.table.owner)
        if kind == "departments" and text("name"):
            self.register.add_department(text("name"), text("short_name"))
            self._claim(record, ("department", text("name")))
        elif kind in ("rooms", "vendors") and text("name"):
            self.register.add(kind[:-1], text("name"))
            self._claim(record, (kind[:-1], text("name")))
        elif kind == "lines" and text("number"):
            self._claim(record, ("line", text("number")), "number")
        elif kind == "systems":
            self._declare_system(record)

    def _declare_system(self, record: Record) -> None:
        name = record.text("name")
        department = self._department(record)
        if name and department:
            name = record.values["name"] = self.register.system_name(department, name)
            self.register.add_system(department, name)
            self._claim(record, ("system", department, name))
        elif name:
            self.register.add_doubtful_system(name)

    def _claim(self, record: Record, key: Key, field: str = "name") -> None:
        """The first row with a key has it; another is a fault."""
        first = self.declared.setdefault(key, record)
        if first is record:
            record.key = key
            return
        record.blame(field, _twice(key[-1], first))

    # ── References ──────────────────────────────────────────────────────────

    def _department(self, record: Record, field: str = "department") -> str:
        """The department that a row names, in full; empty where it is unknown or blank."""
        text = record.text(field)
        if not text:
            return ""
        if not self.register.knows_departments():
            record.needs.add(("department", text))
            return text
        found = self.register.find("department", text)
        if isinstance(found, Wrong):
            record.blame(field, found)
            return ""
        record.values[field] = found
        record.needs.add(("department", found))
        return found

    def _refer(self, record: Record, kind: str, field: str) -> None:
        """Resolve a reference to a room or department that may be absent."""
        text = record.text(field)
        if not text:
            return
        found = self.register.find(kind, text)
        if isinstance(found, Wrong):
            record.blame(field, found)
        else:
            record.values[field] = found
            record.needs.add((kind, found))

    def _system_of(self, record: Record, department: str, field: str) -> SystemKey | None:
        text = record.text(field)
        if not text or not department:
            return None
        return self._resolved(record, field, self.register.own_system(department, text))

    def _resolved(self, record: Record, field: str, found: SystemKey | Wrong) -> SystemKey | None:
        if isinstance(found, Wrong):
            record.blame(field, found)
            return None
        record.needs.add(("system", found.department, found.name))
        return found

    # ── Facts ───────────────────────────────────────────────────────────────

    def make(self, record: Record) -> list[Fact]:
        """The facts of a row; none where it is faulty."""
        makers: Mapping[str, Callable[[Record], Iterable[Fact]]] = {
            "departments": self._make_department,
            "rooms": self._make_room,
            "vendors": self._make_vendor,
            "systems": self._make_system,
            "lines": self._make_line,
            "wide_lines": self._make_wide_lines,
            "servers": self._make_server,
            "databases": self._make_part,
            "middleware": self._make_part,
            "dependencies": self._make_dependency,
            "pools": self._make_pool,
        }
        try:
            made = list(makers[record.table.ledger.kind](record))
        except FactError as error:
            for fault in error.faults:
                name = fault.what.split(" ", 1)[0]
                record.blame(name if name in record.values else "name", Wrong(fault.what, fault.mend))
            return []
        for fact in made:
            if isinstance(fact, Database | Middleware | Dependency | Pool):
                self._claim_fact(record, fact)
        return [] if record.faults else made

    def _claim_fact(self, record: Record, fact: Fact) -> None:
        """Facts that have no name of their own are declared once too."""
        place = (kind_of(fact).name, key_of(fact))
        first = self.made.setdefault(place, record)
        if first is not record:
            fields = {"database": "product", "middleware": "product", "dependency": "target.name", "pool": "zone"}
            field = fields[place[0]]
            is_within = record.table.ledger.kind == "servers"
            record.blame(f"{place[0]}.{field}" if is_within else field, _twice(place[1], first))

    def _make_department(self, record: Record) -> Iterator[Fact]:
        self._refer(record, "department", "parent")
        if not record.faults:
            yield Department(**_fields(record))

    def _make_room(self, record: Record) -> Iterator[Fact]:
        self._department(record)
        kept = record.values.get("outcome") not in (None, RoomOutcome.CLOSE)
        if kept and not record.text("outcome_reason"):
            record.blame("outcome_reason", Wrong(_("a room is kept for a stated reason only"), _("write the reason")))
        if not record.faults:
            yield Room(**_fields(record))

    def _make_vendor(self, record: Record) -> Iterator[Fact]:
        if not record.faults:
            yield Vendor(**_fields(record))

    def _make_system(self, record: Record) -> Iterator[Fact]:
        values = record.values
        self._refer(record, "room", "room")
        self._dispose(record)
        targets = self._targets(record)
        if record.faults:
            return
        for field, role in VENDOR_FIELDS.items():
            if record.text(field):
                found = self.register.find("vendor", record.text(field))
                values[field] = found if isinstance(found, str) else record.text(field)
                if isinstance(found, Wrong):
                    self.vendors.setdefault(record.text(field), {})[role] = None
        values.pop("dependencies", None)
        system = System(**_fields(record))
        yield system
        for target in targets:
            if (system.key, target) not in self.linked:
                yield Dependency(source=system.key, target=target)

    def _dispose(self, record: Record) -> None:
        """What follows from secrecy and from a wish to wait; the reason it needs."""
        values = record.values
        if values.pop("is_deferred", False):
            values.setdefault("disposition", Disposition.DEFER)
        if values.get("secrecy") is Secrecy.CLASSIFIED:
            chosen = values.setdefault("disposition", Disposition.INTRANET)
            if chosen in TO_CLOUD:
                wrong = Wrong(_("a classified system never goes to this cloud"), _("write 迁入政务内网"))
                record.blame("disposition", wrong)
        if values.get("disposition") is Disposition.DEFER and not values.get("disposition_reason"):
            record.blame(
                "disposition_reason", Wrong(_("a system waits for a stated reason only"), _("write the reason"))
            )

    def _targets(self, record: Record) -> list[SystemKey]:
        names = cast("tuple[str, ...]", record.values.get("dependencies", ()))  # read by `values.names`
        department = record.text("department")
        found = (
            self._resolved(record, "dependencies", self.register.find_system(department, name))
            for name in self.register.split(department, names)
        )
        own = SystemKey(department=department, name=record.text("name"))
        return [target for target in dict.fromkeys(found) if target and target != own]

    def _make_line(self, record: Record) -> Iterator[Fact]:
        department = self._department(record)
        self._refer(record, "room", "room")
        if record.faults:
            return
        network = cast("Network", record.values["network"])  # needed, and read by a `Choice`
        if not record.text("number"):
            record.values["number"] = self._line_number(department, network)
        self._name_systems(record, "systems", department)
        yield Line(**_fields(record))

    def _make_wide_lines(self, record: Record) -> Iterator[Fact]:
        """One line for each network that the department has access to."""
        department = self._department(record)
        self._refer(record, "room", "room")
        for network in WIDE_NETWORKS:
            part = {
                field.partition(".")[2]: value
                for field, value in record.values.items()
                if field.startswith(f"{network}.")
            }
            has_access = part.pop("has_access", None)
            part = {name: value for name, value in part.items() if name not in ("topology", "ends")}
            if has_access is False and part:
                field = f"{network}.{next(iter(part))}"
                wrong = Wrong(
                    _("there is no access to this network, but its line is described"), _("write 有, or clear this")
                )
                record.blame(field, wrong)
            if not record.faults and (has_access or (has_access is None and part)):
                part["number"] = self._line_number(department, Network(network))
                names = cast("tuple[str, ...]", part.get("systems", ()))  # read by `values.names`
                part["systems"] = tuple(self.register.split(department, names))
                yield Line(
                    department=department, room=record.text("room") or None, network=Network(network), **_typed(part)
                )

    def _line_number(self, department: str, network: Network) -> str:
        """A number for lines that have none: stable as long as a department's lines keep their order."""
        ordinal = self._ordinals[department, network] = self._ordinals.get((department, network), 0) + 1
        return f"{department}/{network.value}" + (f"/{ordinal}" if ordinal > 1 else "")

    def _name_systems(self, record: Record, field: str, department: str) -> None:
        names = cast("tuple[str, ...]", record.values.get(field, ()))  # read by `values.names`
        record.values[field] = tuple(self.register.split(department, names))

    def _make_server(self, record: Record) -> Iterator[Fact]:
        key = self._part_of(record)
        self._refer(record, "room", "room")
        if key and record.text("name"):
            self._claim(record, ("server", key.department, key.name, record.text("name")))
        if record.faults:
            return
        parts = _taken_parts(record)
        server = Server(**_fields(record))
        yield server
        owner: dict[str, object] = {"department": server.department, "system": server.system, "server": server.name}
        if "product" in parts["database"]:
            yield Database(**_typed({**owner, **parts["database"]}))
        if "product" in parts["middleware"]:
            yield Middleware(**_typed({**owner, **parts["middleware"]}))

    def _make_part(self, record: Record) -> Iterator[Fact]:
        self._part_of(record)
        kind = record.table.ledger.kind
        if not record.faults:
            yield (Database if kind == "databases" else Middleware)(**_fields(record))

    def _part_of(self, record: Record) -> SystemKey | None:
        key = self._system_of(record, self._department(record), "system")
        if key:
            record.values["system"] = key.name
        return key

    def _make_dependency(self, record: Record) -> Iterator[Fact]:
        department = self._department(record, "source.department")
        source = self._system_of(record, department, "source.name")
        target = self._target(record, department)
        if source and source == target:
            record.blame("target.name", Wrong(_("a system does not depend on itself"), _("name another system")))
        if record.faults or not (source and target):
            return
        values = {name: value for name, value in record.values.items() if "." not in name}
        confidence = values.pop("confidence", None)
        if isinstance(confidence, Decimal):
            values["confidence"] = float(confidence / 100)
        ports = cast("tuple[int, ...]", values.pop("ports", ()))  # read by `values.ports`
        self.linked.add((source, target))
        for port in ports or (None,):
            yield Dependency(source=source, target=target, port=port, **_typed(values))

    def _target(self, record: Record, department: str) -> SystemKey | None:
        if record.text("target.department"):
            owner = self._department(record, "target.department")
            return self._system_of(record, owner, "target.name")
        text = record.text("target.name")
        return self._resolved(record, "target.name", self.register.find_system(department, text)) if text else None

    def _make_pool(self, record: Record) -> Iterator[Fact]:
        if record.faults:
            return
        values = _fields(record)
        whole = {name: int(value) for name, value in values.items() if isinstance(value, Decimal)}
        yield Pool(**{**values, **whole})


def _twice(text: str, first: Record) -> Wrong:
    sheet = first.table.sheet
    return Wrong(
        _("{text!r} is declared before, in row {row} of {sheet} in {file}").format(
            text=text, row=first.row + 1, sheet=sheet.name, file=sheet.path.name
        ),
        _("keep one of the two rows"),
    )


def _fields(record: Record) -> dict[str, Any]:
    """The values of a row as arguments of its fact, which checks itself."""
    return record.values


def _typed(values: dict[str, object]) -> dict[str, Any]:
    """Values as arguments of a fact, which checks itself."""
    return values


def _taken_parts(record: Record) -> dict[str, dict[str, object]]:
    """Take what a server's row says of its database and its middleware out of the row."""
    parts: dict[str, dict[str, object]] = {"database": {}, "middleware": {}}
    for name in [name for name in record.values if "." in name]:
        part, _dot, field = name.partition(".")
        parts[part][field] = record.values.pop(name)
    return parts
