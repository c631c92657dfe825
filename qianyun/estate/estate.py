"""The estate: all facts together, in order, with their references resolved."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property

from qianyun.errors import Fault
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
from qianyun.words import _, label


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Everything declared about one province, city or county.

    The tuples keep the order in which they were given; `digest` does not depend on it.
    """

    departments: tuple[Department, ...] = ()
    rooms: tuple[Room, ...] = ()
    lines: tuple[Line, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    systems: tuple[System, ...] = ()
    servers: tuple[Server, ...] = ()
    databases: tuple[Database, ...] = ()
    middleware: tuple[Middleware, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    pools: tuple[Pool, ...] = ()

    @cached_property
    def system_by_key(self) -> Mapping[SystemKey, System]:
        """Systems by department and name."""
        return {system.key: system for system in self.systems}

    @cached_property
    def room_by_name(self) -> Mapping[str, Room]:
        """Rooms by name."""
        return {room.name: room for room in self.rooms}

    @cached_property
    def digest(self) -> str:
        """`sha256:` of the canonical JSON of all facts, whatever their order."""
        content = {
            field.name: sorted(
                json.dumps(asdict(fact), sort_keys=True, ensure_ascii=False, default=str)
                for fact in getattr(self, field.name)
            )
            for field in fields(self)
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def faults(self) -> tuple[Fault, ...]:
        """All references that lead nowhere and all names given twice, sorted by place."""
        return tuple(sorted({*self._doubles(), *self._dangling()}))

    def _doubles(self) -> Iterator[Fault]:
        for kind, keys in (
            ("department", [d.name for d in self.departments]),
            ("room", [r.name for r in self.rooms]),
            ("line", [line.number for line in self.lines]),
            ("vendor", [v.name for v in self.vendors]),
            ("system", [str(s.key) for s in self.systems]),
            ("server", [f"{s.department}/{s.system}/{s.name}" for s in self.servers]),
        ):
            seen: set[str] = set()
            for key in keys:
                if key in seen:
                    yield Fault(
                        place=f"{kind} {key}", what=_("is declared twice"), mend=_("merge the two or rename one")
                    )
                seen.add(key)

    def _dangling(self) -> Iterator[Fault]:
        known: Mapping[str, set[str | None]] = {
            "department": {None, *(d.name for d in self.departments)},
            "room": {None, *(r.name for r in self.rooms)},
            "vendor": {None, *(v.name for v in self.vendors)},
            "system": {str(s.key) for s in self.systems},
        }
        for place, kind, name in self._references():
            if name not in known[kind]:
                yield Fault(
                    place=place,
                    what=_("names the {kind} {name!r}, which nobody declared").format(
                        kind=label("Fact", kind), name=name
                    ),
                )

    def _references(self) -> Iterator[tuple[str, str, str | None]]:
        """Who names whom: place, kind of the named fact, its name."""
        for department in self.departments:
            yield f"department {department.name}", "department", department.parent
        for room in self.rooms:
            yield f"room {room.name}", "department", room.department
        for line in self.lines:
            yield f"line {line.number}", "department", line.department
            yield f"line {line.number}", "room", line.room
        for system in self.systems:
            place = f"system {system.key}"
            yield place, "department", system.department
            yield place, "room", system.room
            for vendor in (system.development_vendor, system.maintenance_vendor, system.security_vendor):
                yield place, "vendor", vendor
        parts: tuple[Server | Database | Middleware, ...] = (*self.servers, *self.databases, *self.middleware)
        for part in parts:
            key = SystemKey(department=part.department, name=part.system)
            yield f"{type(part).__name__.lower()} of {key}", "system", str(key)
        for dependency in self.dependencies:
            for end in (dependency.source, dependency.target):
                yield f"dependency {dependency.source} → {dependency.target}", "system", str(end)
