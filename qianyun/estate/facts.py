"""The facts of an estate: departments, rooms, lines, systems, servers, vendors, pools.

Every fact is frozen and checks itself: one that breaks its own rules cannot be built. What
needs a second fact to judge (a room that nobody declared, two systems with one name) is the
business of `Estate`.

Names of fields carry their units. `None` means unknown; zero means zero.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address

from qianyun.errors import FactError, Fault
from qianyun.estate.kinds import (
    Architecture,
    Category,
    CpuArch,
    DependencyKind,
    DependencySource,
    Disposition,
    Environment,
    Level,
    MlpsLevel,
    Network,
    Operator,
    Origin,
    RoomKind,
    RoomOutcome,
    Scope,
    Secrecy,
    ServerKind,
    VendorRole,
)
from qianyun.words import _

Address = IPv4Address | IPv6Address
REGION_CODE = re.compile(r"\d{6}(\d{3}(\d{3})?)?")


def _refuse(name: str, problems: Iterable[str | None]) -> None:
    found = [Fault(place=name, what=problem) for problem in problems if problem]
    if found:
        raise FactError(found)


def _blank(field: str, value: str) -> str | None:
    return (
        None
        if value.strip() == value and value
        else _("{field} {value!r} is blank or padded").format(field=field, value=value)
    )


def _below_zero(field: str, value: Decimal | float | None) -> str | None:
    if value is None or value >= 0:
        return None
    return _("{field} {value} is below zero").format(field=field, value=value)


def _port(field: str, value: int | None) -> str | None:
    if value is None or 0 < value < 1 << 16:
        return None
    return _("{field} {value} is no port; ports are 1 to 65535").format(field=field, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemKey:
    """What identifies a system: its department and its name there.

    Attributes:
        department: `Department.name`.
        name: Name of the system, full-width and stray blanks already folded.
    """

    department: str
    name: str

    def __str__(self) -> str:
        return f"{self.department}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department (部门) of the government.

    Attributes:
        name: Full name, unique in the estate.
        short_name: What colleagues say; empty when there is none.
        region_code: Administrative code, GB/T 2260 (6 digits) or with town and village (9, 12).
        parent: Full name of the department above; `None` at the top.
    """

    name: str
    short_name: str = ""
    level: Level
    region_code: str
    parent: str | None = None
    contact_name: str = ""
    contact_phone: str = ""

    def __post_init__(self) -> None:
        code = None
        if not REGION_CODE.fullmatch(self.region_code):
            code = _("region_code {code!r} has not 6, 9 or 12 digits").format(code=self.region_code)
        _refuse(f"department {self.name}", (_blank("name", self.name), code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A machine room (机房).

    Attributes:
        name: Unique in the estate.
        department: Who runs it.
        outcome: What becomes of it; `None` while undecided.
        outcome_reason: Why; required for every outcome but closing.
        withdraw_by: The day by which it is to be closed or converted.
    """

    name: str
    code: str = ""
    department: str
    address: str = ""
    kind: RoomKind = RoomKind.OWNED
    grade: str = ""
    area_m2: Decimal | None = None
    rack_count: int | None = None
    power_kw: Decimal | None = None
    ups_model: str = ""
    monthly_cost_yuan: Decimal | None = None
    outcome: RoomOutcome | None = None
    outcome_reason: str = ""
    withdraw_by: date | None = None
    contact_name: str = ""
    contact_phone: str = ""

    def __post_init__(self) -> None:
        kept = self.outcome not in (None, RoomOutcome.CLOSE)
        _refuse(
            f"room {self.name}",
            (
                _blank("name", self.name),
                _below_zero("area_m2", self.area_m2),
                _below_zero("rack_count", self.rack_count),
                _below_zero("power_kw", self.power_kw),
                _below_zero("monthly_cost_yuan", self.monthly_cost_yuan),
                _("is kept without outcome_reason") if kept and not self.outcome_reason else None,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A leased line (专线) that ends in a room.

    Attributes:
        number: The operator's circuit number or our own; unique in the estate.
        room: `Room.name`; `None` when the department did not say.
        contract_end: Last day of the contract.
        systems: Names of the department's systems that need it.
    """

    number: str
    department: str
    room: str | None = None
    network: Network
    access: str = ""
    operator: Operator = Operator.OTHER
    bandwidth_mbps: Decimal | None = None
    monthly_cost_yuan: Decimal | None = None
    contract_end: date | None = None
    addresses: tuple[Address, ...] = ()
    systems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse(
            f"line {self.number}",
            (
                _blank("number", self.number),
                _below_zero("bandwidth_mbps", self.bandwidth_mbps),
                _below_zero("monthly_cost_yuan", self.monthly_cost_yuan),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A company that builds or keeps systems.

    Attributes:
        parallel_capacity: How many systems it can prepare or cut over in the same week.
    """

    name: str
    roles: tuple[VendorRole, ...]
    parallel_capacity: int = 1

    def __post_init__(self) -> None:
        none = _("parallel_capacity is below 1") if self.parallel_capacity < 1 else None
        _refuse(f"vendor {self.name}", (_blank("name", self.name), none))


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A business system (业务系统).

    Attributes:
        mlps_level: Level of protection; `None` when not yet graded (未定级).
        filing_number: Number of the filing with the police, needed from level 2 on.
        assessed_on: Day of the last assessment (等保测评).
        ready_on: First day on which it may be cut over; `None` while unknown.
        downtime_hours: Longest interruption its users bear.
        data_gib: Volume that must be copied in a move.
        zone: Zone of the target cloud it goes to; a name of the profile.
        disposition_reason: Why it does not simply migrate; required for `defer`.
        is_zombie: Nobody uses it (僵尸系统); it may lack everything else.
    """

    department: str
    name: str
    code: str = ""
    office: str = ""
    function: str = ""
    category: Category = Category.APPLICATION
    origin: Origin = Origin.SELF_BUILT
    scope: Scope = Scope.UNIT
    user_kind: str = ""
    user_count: int | None = None
    is_zombie: bool = False
    secrecy: Secrecy = Secrecy.UNCLASSIFIED
    mlps_level: MlpsLevel | None = None
    filing_number: str = ""
    filed_on: date | None = None
    assessed_on: date | None = None
    crypto_assessed_on: date | None = None
    live_on: date | None = None
    retired_on: date | None = None
    development_vendor: str | None = None
    maintenance_vendor: str | None = None
    security_vendor: str | None = None
    contract_end: date | None = None
    build_cost_wan_yuan: Decimal | None = None
    yearly_cost_wan_yuan: Decimal | None = None
    room: str | None = None
    networks: tuple[Network, ...] = ()
    architecture: Architecture | None = None
    domain: str = ""
    addresses: tuple[Address, ...] = ()
    vcpu: int | None = None
    memory_gib: Decimal | None = None
    storage_gib: Decimal | None = None
    data_gib: Decimal | None = None
    downtime_hours: Decimal | None = None
    ready_on: date | None = None
    zone: str | None = None
    disposition: Disposition = Disposition.MIGRATE
    disposition_reason: str = ""
    contact_name: str = ""
    contact_phone: str = ""

    @property
    def key(self) -> SystemKey:
        """What identifies it."""
        return SystemKey(department=self.department, name=self.name)

    def __post_init__(self) -> None:
        classified = self.secrecy is Secrecy.CLASSIFIED
        to_cloud = self.disposition in (Disposition.MIGRATE, Disposition.MERGE, Disposition.TAKE_OVER)
        deferred = self.disposition is Disposition.DEFER and not self.disposition_reason
        numbers = ("user_count", "build_cost_wan_yuan", "yearly_cost_wan_yuan", "vcpu")
        sizes = ("memory_gib", "storage_gib", "data_gib", "downtime_hours")
        _refuse(
            f"system {self.department}/{self.name}",
            (
                _blank("name", self.name),
                _blank("department", self.department),
                *(_below_zero(field, getattr(self, field)) for field in (*numbers, *sizes)),
                _("is classified and never goes to this cloud") if classified and to_cloud else None,
                _("is deferred without disposition_reason") if deferred else None,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A host (主机) of a system.

    Attributes:
        name: Host name, unique within its system.
        operating_system: Name as in the product catalogue, for example `openEuler`.
        model: The maker's model, with or without the maker's name, as the department writes it.
        serial: The maker's serial number.
    """

    department: str
    system: str
    name: str
    kind: ServerKind = ServerKind.VIRTUAL
    model: str = ""
    serial: str = ""
    environment: Environment = Environment.PRODUCTION
    cpu_arch: CpuArch | None = None
    vcpu: int | None = None
    memory_gib: Decimal | None = None
    system_disk_gib: Decimal | None = None
    data_disk_gib: Decimal | None = None
    operating_system: str = ""
    operating_system_version: str = ""
    addresses: tuple[Address, ...] = ()
    room: str | None = None
    zone: str | None = None
    cpu_peak_percent: Decimal | None = None
    memory_peak_percent: Decimal | None = None

    def __post_init__(self) -> None:
        sizes = ("vcpu", "memory_gib", "system_disk_gib", "data_disk_gib")
        peaks = ("cpu_peak_percent", "memory_peak_percent")
        _refuse(
            f"server {self.department}/{self.system}/{self.name}",
            (
                _blank("name", self.name),
                *(_below_zero(field, getattr(self, field)) for field in (*sizes, *peaks)),
                *(
                    _("{field} {value} is above 100").format(field=field, value=getattr(self, field))
                    for field in peaks
                    if (getattr(self, field) or 0) > 100  # noqa: PLR2004 - percent
                ),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of a system; `product` is a name of the catalogue."""

    department: str
    system: str
    server: str
    product: str
    version: str = ""
    port: int | None = None
    deployment: str = ""
    data_gib: Decimal | None = None

    def __post_init__(self) -> None:
        _refuse(
            f"database {self.department}/{self.system}/{self.product}",
            (_blank("product", self.product), _port("port", self.port), _below_zero("data_gib", self.data_gib)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Middleware:
    """Middleware of a system; `product` is a name of the catalogue."""

    department: str
    system: str
    server: str
    product: str
    version: str = ""
    port: int | None = None

    def __post_init__(self) -> None:
        _refuse(
            f"middleware {self.department}/{self.system}/{self.product}",
            (_blank("product", self.product), _port("port", self.port)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One system needs another.

    Attributes:
        source: The system that asks.
        target: The system that answers.
        daily_mib: Volume a day.
        is_latency_sensitive: The two must not be separated by a wide-area line.
        is_hard: `source` cannot run in the cloud before `target` does.
        confidence: 0 to 1; declared dependencies are 1.
    """

    source: SystemKey
    target: SystemKey
    kind: DependencyKind = DependencyKind.REQUEST
    protocol: str = "tcp"
    port: int | None = None
    daily_mib: Decimal | None = None
    is_latency_sensitive: bool = False
    is_hard: bool = False
    known_from: DependencySource = DependencySource.DECLARED
    confidence: float = 1.0

    def __post_init__(self) -> None:
        same = _("leads from a system to itself") if self.source == self.target else None
        off = (
            None if 0 <= self.confidence <= 1 else _("confidence {value} is not in 0..1").format(value=self.confidence)
        )
        _refuse(
            f"dependency {self.source} → {self.target}",
            (same, off, _port("port", self.port), _below_zero("daily_mib", self.daily_mib)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Capacity of one zone of the cloud (资源池) from a day on, until the next pool of that zone.

    Attributes:
        egress_mbps: What its systems may take of the internet egress together; `None` for no limit.
        addresses: How many addresses it can give out; likewise.
        safety_percent: Share of the capacity that plans may fill.
    """

    zone: str
    starts_on: date
    vcpu: int
    memory_gib: int
    storage_gib: int
    egress_mbps: int | None = None
    addresses: int | None = None
    safety_percent: int = 90

    def __post_init__(self) -> None:
        sizes = ("vcpu", "memory_gib", "storage_gib", "egress_mbps", "addresses")
        share = None if 0 < self.safety_percent <= 100 else _("safety_percent is not in 1..100")  # noqa: PLR2004
        _refuse(
            f"pool {self.zone} from {self.starts_on}",
            (_blank("zone", self.zone), share, *(_below_zero(f, getattr(self, f)) for f in sizes)),
        )
