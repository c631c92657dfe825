"""The declared policy: zones, endpoints, services, the flow matrix.

The policy says what may pass; everything it does not name is denied. Names of zones and their
borders come from the declaration and its profile, never from this code.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from qianyun.estate.kinds import DependencyKind
from qianyun.policy.profile import Prefix, Profile, ZoneKind

__all__ = [
    "Direction",
    "Endpoint",
    "Exchange",
    "Flow",
    "Policy",
    "PortRange",
    "Prefix",
    "Rule",
    "Service",
    "Zone",
    "ZoneKind",
]

ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
PROTOCOLS = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "gre": 47, "esp": 50, "ah": 51, "icmpv6": ICMPV6, "sctp": SCTP}
"""Names of protocols in the declaration, with their numbers at IANA."""
WITH_PORTS = frozenset({TCP, UDP, SCTP})
VERSION_OF = {ICMP: 4, ICMPV6: 6}
"""Protocols that exist in one address family only."""


class Direction(StrEnum):
    """Who of a flow's two ends may open connections."""

    FORWARD = "forward"
    """The origin alone."""
    BOTH = "both"
    """Either."""


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
        is_exchange: Flows from and to it must say how data is inspected and masked.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    label: str
    number: int
    kind: ZoneKind = ZoneKind.CLOUD
    prefixes: tuple[Prefix, ...] = ()
    borders: tuple[str, ...] = ()
    mlps_level: int | None = None
    is_exchange: bool = False
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
        direction: Whether the target may open connections too, to the same services.
        expires_on: Last day on which it holds; `None` for good.
        exchange: Required when either end is in an exchange zone.
    """

    name: str
    origin: Endpoint
    target: Endpoint
    services: tuple[Service, ...]
    purpose: str
    direction: Direction = Direction.FORWARD
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
        profile: What is particular to this government.
    """

    estate: str
    zones: tuple[Zone, ...]
    endpoints: tuple[Endpoint, ...]
    services: tuple[Service, ...]
    flows: tuple[Flow, ...]
    digest: str
    profile: Profile = field(default_factory=Profile)

    @cached_property
    def zone_by_name(self) -> dict[str, Zone]:
        """Zones by name."""
        return {zone.name: zone for zone in self.zones}

    @cached_property
    def flow_by_name(self) -> dict[str, Flow]:
        """Flows by name, for whoever meets a flow's name on a rule."""
        return {flow.name: flow for flow in self.flows}
