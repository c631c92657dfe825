"""The declared policy: zones, endpoints, services, the flow matrix.

The policy says what may pass; everything it does not name is denied. Names of zones and their
borders come from the declaration and its profile, never from this code.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network

from qianyun.estate.kinds import DependencyKind

Prefix = IPv4Network | IPv6Network


class ZoneKind(StrEnum):
    """What a zone (分区) stands for."""

    CLOUD = "cloud"
    """A zone of the target cloud; it owns its prefixes."""
    DEPARTMENT = "department"
    """Departments' networks that reach the cloud."""
    OUTSIDE = "outside"
    """Everybody else: all addresses that no other zone owns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One security zone (分区), as declared in `zones.yml`.

    Attributes:
        name: Short name used in rules, host groups and reports.
        number: Slot in every site's address plan, 0-15; never reused.
        prefixes: What it owns, IPv4 and IPv6, disjoint from every other zone's; empty for
            the outside, whose prefixes are the rest.
        borders: The zones it may touch; a flow between zones that do not border is an error.
        mlps_level: Protection level of the zone's platform; `None` where it has none.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    label: str
    number: int
    kind: ZoneKind = ZoneKind.CLOUD
    prefixes: tuple[Prefix, ...] = ()
    borders: tuple[str, ...] = ()
    mlps_level: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Part of a zone that flows can name, for example one shared platform.

    Attributes:
        name: `zone.part`, or the zone's own name for the whole of it.
        prefixes: Inside the zone's prefixes.
    """

    name: str
    zone: str
    prefixes: tuple[Prefix, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PortRange:
    """Ports `first` to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A protocol with its destination ports or ICMP types.

    Attributes:
        protocol: IP protocol number (IANA), for example 6 for TCP.
        ports: Destination ports of TCP, UDP and SCTP; empty means all.
        icmp_types: Types of ICMP (1) and ICMPv6 (58); empty means all.
    """

    name: str
    protocol: int
    ports: tuple[PortRange, ...] = ()
    icmp_types: tuple[int, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """How data is treated on its way through the exchange zone (GB/T 39477-2020)."""

    kind: DependencyKind
    inspection: str
    masking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One line of the flow matrix (访问关系): who may open connections to whom, and why.

    Replies to connections that a flow allows are part of it.

    Attributes:
        name: Unique; every rule made from this flow carries it.
        origin: Endpoint that opens the connection.
        target: Endpoint that answers.
        expires_on: Last day on which it holds; `None` for good.
        exchange: Required when either end is in a zone that borders two others.
    """

    name: str
    origin: Endpoint
    target: Endpoint
    services: tuple[Service, ...]
    purpose: str
    expires_on: date | None = None
    exchange: Exchange | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a flow means in packets, for one address family; compilers write it, verifiers read it.

    It permits packets that open a connection from any of `sources` to any of `destinations`
    with `protocol` and a destination port in `ports`, and everything of that connection
    afterwards, both ways.

    Attributes:
        version: 4 or 6; the family of all prefixes.
        sources: Merged and sorted; never empty.
        destinations: Merged and sorted; never empty.
        ports: Merged and sorted; empty means all ports, or a protocol without ports.
        icmp_types: Sorted; empty means all.
    """

    flow: str
    version: int
    sources: tuple[Prefix, ...]
    destinations: tuple[Prefix, ...]
    protocol: int
    ports: tuple[PortRange, ...] = ()
    icmp_types: tuple[int, ...] = ()
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One estate's declared policy.

    Attributes:
        zones: In order of their numbers; the outside is always among them.
        flows: In order of the declaration.
        digest: `sha256:` of the declaration, whatever its layout or comments.
    """

    estate: str
    zones: tuple[Zone, ...]
    endpoints: tuple[Endpoint, ...]
    services: tuple[Service, ...]
    flows: tuple[Flow, ...]
    digest: str

    @cached_property
    def zone_by_name(self) -> dict[str, Zone]:
        """Zones by name."""
        return {zone.name: zone for zone in self.zones}
