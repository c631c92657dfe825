"""Everything a check may look at, and what a check says: an offence, or which data it lacks.

A check is a pure function from the dossier to what it found. It never passes for want of data: a
subject that cannot be judged is named as such.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from qianyun.estate.calendar import Calendar
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Database, Pool, Server, System, SystemKey
from qianyun.estate.kinds import Disposition, Secrecy
from qianyun.policy.addresses import AddressDeclaration
from qianyun.policy.egress import Egress
from qianyun.policy.model import Policy, Prefix, Zone, ZoneKind
from qianyun.policy.waivers import Waiver
from qianyun.verify.checks.records import Records
from qianyun.verify.findings import Report
from qianyun.words import _

TO_CLOUD = frozenset({Disposition.MIGRATE, Disposition.MERGE, Disposition.TAKE_OVER})
"""Dispositions that put a system into the cloud."""


class Need(StrEnum):
    """Data without which a check cannot begin."""

    SYSTEMS = "systems"
    SERVERS = "servers"
    DATABASES = "databases"
    ROOMS = "rooms"
    LINES = "lines"
    FLOWS = "flows"
    ADDRESSES = "addresses"
    EGRESS = "egress"
    CALENDAR = "calendar"
    POOLS = "pools"
    CUTOVERS = "cutovers"
    VERDICTS = "verdicts"
    NETWORK = "network"
    RECORDS = "records"


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """What is known about one estate on one day; `None` is unknown.

    Attributes:
        cutovers: Day on which each system of the wave plan is cut over.
        verdicts: What verification found on each firewall whose rules were read.
        network: What it found on all boxes together.
        records: What was told of moves, if anything was.
    """

    policy: Policy
    on: date
    estate: Estate = field(default_factory=Estate)
    addresses: AddressDeclaration | None = None
    egress: Egress | None = None
    calendar: Calendar | None = None
    pools: tuple[Pool, ...] = ()
    cutovers: Mapping[SystemKey, date] | None = None
    verdicts: tuple[Report, ...] = ()
    network: Report | None = None
    records: Records | None = None
    waivers: tuple[Waiver, ...] = ()

    def lacks(self, need: Need) -> bool:
        """Whether there is nothing of this kind to look at."""
        if need in (Need.SYSTEMS, Need.SERVERS, Need.DATABASES, Need.ROOMS, Need.LINES):
            return not getattr(self.estate, need.value)
        if need is Need.VERDICTS:
            return not self.proofs
        if need in (Need.NETWORK, Need.RECORDS):
            return getattr(self, need.value) is None
        return not (self.policy.flows if need is Need.FLOWS else getattr(self, need.value))

    @property
    def proofs(self) -> tuple[Report, ...]:
        """Everything that verification proved, box by box and of the whole network."""
        return self.verdicts if self.network is None else (*self.verdicts, self.network)

    @cached_property
    def cloud_zones(self) -> Mapping[str, Zone]:
        """Zones of the target cloud by name."""
        return {zone.name: zone for zone in self.policy.zones if zone.kind is ZoneKind.CLOUD}

    @cached_property
    def outside(self) -> str:
        """Name of the zone that is everybody else."""
        return next((zone.name for zone in self.policy.zones if zone.kind is ZoneKind.OUTSIDE), "")

    @cached_property
    def moving(self) -> tuple[System, ...]:
        """Systems that go to the cloud."""
        return tuple(
            system for system in self.estate.systems if system.disposition in TO_CLOUD and not system.is_zombie
        )

    @cached_property
    def graded(self) -> tuple[System, ...]:
        """Systems that stand under graded protection: those in use, but for classified ones and what retires."""
        return tuple(
            system
            for system in self.estate.systems
            if system.secrecy is not Secrecy.CLASSIFIED
            and system.disposition is not Disposition.RETIRE
            and not system.is_zombie
        )

    @cached_property
    def server_zones(self) -> Mapping[tuple[str, str, str], str | None]:
        """The zone of each server; its system's where it names none."""
        return {
            (server.department, server.system, server.name): server.zone or self._zone_of_system(server)
            for server in self.estate.servers
        }

    def zone_of(self, part: Server | Database) -> str | None:
        """The zone that a server, or the server under a database, belongs to."""
        name = part.name if isinstance(part, Server) else part.server
        held = self.server_zones.get((part.department, part.system, name))
        return held or self._zone_of_system(part)

    def _zone_of_system(self, part: Server | Database) -> str | None:
        system = self.estate.system_by_key.get(owner(part))
        return system.zone if system else None

    def is_moved(self, key: SystemKey) -> bool:
        """Whether the plan has cut it over by now."""
        day = (self.cutovers or {}).get(key)
        return day is not None and day <= self.on

    def at_boundary(self, zone: Zone) -> bool:
        """Whether it touches everybody else directly."""
        return self.outside in zone.borders


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """One thing that a check holds against the estate.

    Attributes:
        place: `file:line` of the declaration or of a configuration; empty for facts of ledgers.
        known_as: Other names under which a waiver may cover it.
        is_mild: A warning, whatever the check's severity.
        waived_by: Who answered for it before the audit; empty where nobody did.
    """

    subject: str
    observed: str
    expected: str
    place: str = ""
    known_as: tuple[str, ...] = ()
    is_mild: bool = False
    waived_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What would have to be known.

    Attributes:
        subject: About whom; empty where it is missing for all.
    """

    what: str
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}" if self.subject else self.what


Told = Offence | Missing
Judge = Callable[[Dossier], Iterator[Told]]


def owner(part: Server | Database) -> SystemKey:
    """The system that a server or database belongs to."""
    return SystemKey(department=part.department, name=part.system)


def holds(prefixes: tuple[Prefix, ...], address: object) -> bool:
    """Whether an address lies in one of the prefixes."""
    return any(address in prefix for prefix in prefixes)


def no_data_on(need: Need) -> str:
    """What is missing, in words."""
    return {
        Need.SYSTEMS: _("no system is in the store"),
        Need.SERVERS: _("no server is in the store"),
        Need.DATABASES: _("no database is in the store"),
        Need.ROOMS: _("no room is in the store"),
        Need.LINES: _("no line is in the store"),
        Need.FLOWS: _("the flow matrix is empty"),
        Need.ADDRESSES: _("no address plan is declared"),
        Need.EGRESS: _("no egress is declared"),
        Need.CALENDAR: _("no calendar is declared"),
        Need.POOLS: _("no pool is declared"),
        Need.CUTOVERS: _("there is no wave plan"),
        Need.VERDICTS: _("no ruleset of a firewall was read"),
        Need.NETWORK: _("no network of boxes was collected"),
        Need.RECORDS: _("nothing was told of any move"),
    }[need]
