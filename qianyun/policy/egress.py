"""The unified internet egress (统一出口): its links, what is published there, how full it may get.

One egress serves everyone; no department builds, rents or keeps its own.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from qianyun.estate.kinds import Operator
from qianyun.policy.profile import Prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressLink:
    """One link to an operator.

    Attributes:
        core: The core router it ends on; two cores share the load.
        path: The route of the cable, so that two links on one path are seen.
        starts_on: First day on which it carries traffic.
        prefixes: Public addresses behind which departments go out.
        asn: The operator's number, where routes are learned from it.
        peers: The operator's routers on the line, of both families.
    """

    name: str
    operator: Operator
    bandwidth_mbps: int
    core: str
    room: str
    path: str = ""
    starts_on: date
    prefixes: tuple[Prefix, ...] = ()
    asn: int | None = None
    peers: tuple[IPv4Address | IPv6Address, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nat64:
    """Hosts without IPv4 reach what has nothing else.

    Attributes:
        prefix: A /96 of the network's own, since RFC 6052 keeps private IPv4 out of 64:ff9b::/96.
        pool: IPv4 addresses that stand in for such hosts, inside.
    """

    prefix: IPv6Network
    pool: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a department may take of the egress, in each direction."""

    department: str
    prefixes: tuple[Prefix, ...]
    mbps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy at the egress for those who may reach listed names and nothing else."""

    port: int
    clients: tuple[Prefix, ...]
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A system of the internet zone that everybody can reach, and under which addresses."""

    endpoint: str
    system: str
    prefixes: tuple[Prefix, ...]
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Egress:
    """The one egress.

    Attributes:
        threshold_percent: Highest share of the bandwidth that peaks may take.
        no_new_lines_from: From this day on no internet line is leased or renewed elsewhere.
        inside: Private IPv4 prefixes that go out behind the links' public addresses.
        resolvers: The operators' name servers, which our own ask.
        log_days: For how long is kept who went out behind which address (Cybersecurity Law, article 21: six months).
    """

    name: str
    threshold_percent: int
    links: tuple[EgressLink, ...]
    no_new_lines_from: date | None = None
    publications: tuple[Publication, ...] = ()
    inside: tuple[Prefix, ...] = ()
    nat64: Nat64 | None = None
    shares: tuple[Share, ...] = ()
    log_days: int = 184
    proxy: Proxy | None = None
    resolvers: tuple[IPv4Address | IPv6Address, ...] = ()

    def capacity_mbps(self, on: date) -> int:
        """Bandwidth of all links in service on a day."""
        return sum(link.bandwidth_mbps for link in self.links if link.starts_on <= on)

    def usable_mbps(self, on: date) -> int:
        """What peaks may take on a day."""
        return self.capacity_mbps(on) * self.threshold_percent // 100

    @cached_property
    def prefixes(self) -> tuple[Prefix, ...]:
        """All public addresses behind which departments go out."""
        return tuple(prefix for link in self.links for prefix in link.prefixes)
