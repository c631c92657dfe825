"""A sighting: two ends that were seen talking, and how sure it is which of them serves.

Addresses are plain: an IPv4 address mapped into IPv6 is the IPv4 address, and no scope is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

Address = IPv4Address | IPv6Address

PROTOCOLS = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp", 136: "udplite"}
"""Protocols with ports; others are no dependency that a planner could name."""

KNOWN = 1 << 15
"""Addresses whose reading is remembered: the same ones come again with every sample."""

LIMITED_BROADCAST = IPv4Address("255.255.255.255")


class Endpoint(NamedTuple):
    """One end of a conversation."""

    address: Address
    port: int


class Edge(NamedTuple):
    """Who asks whom, at which service."""

    protocol: str
    client: Address
    server: Address
    port: int

    def __str__(self) -> str:
        client, server = (f"[{a}]" if a.version == 6 else str(a) for a in (self.client, self.server))  # noqa: PLR2004 - IP versions
        return f"{self.protocol}/{client}>{server}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A conversation as one sampler saw it.

    Attributes:
        one: The end that spoke, or in whose host it was seen.
        serves: Which end serves, where the sampler can tell; `None` leaves it to the ports.
        certainty: How sure that is, 0 to 1.
        is_answered: Whether the other end answered; a mere attempt is no dependency.
        connections: How many connections it stands for; 0 for one that was counted before.
        began: Seconds since the epoch.
    """

    protocol: str
    one: Endpoint
    other: Endpoint
    serves: Endpoint | None = None
    certainty: float = 0.0
    is_answered: bool = True
    connections: int = 1
    octets: int = 0
    packets: int = 0
    began: float = 0.0
    ended: float = 0.0


def plain(address: Address) -> Address:
    """The address itself: without scope, and IPv4 where it is IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2)."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or (IPv6Address(int(address)) if address.scope_id else address)


@lru_cache(maxsize=KNOWN)
def address_of(octets: bytes) -> Address:
    """The plain address of four or sixteen octets.

    Raises:
        ValueError: They are of another number.
    """
    return plain(ip_address(octets))


@lru_cache(maxsize=KNOWN)
def is_one_host(address: Address) -> bool:
    """Whether an address can be one host's, seen from another: no group, no loopback, nothing unset or of one link."""
    return not (
        address.is_multicast
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address == LIMITED_BROADCAST
    )


def edge_of(text: str) -> Edge:
    """The edge that `str` wrote.

    Raises:
        ValueError: It is none.
    """
    protocol, _slash, ends = text.partition("/")
    client, _arrow, server = ends.partition(">")
    host, _colon, port = server.rpartition(":")
    return Edge(protocol, ip_address(client.strip("[]")), ip_address(host.strip("[]")), int(port))


def ends_of(sighting: Sighting) -> Iterator[Endpoint]:
    """Both ends."""
    yield sighting.one
    yield sighting.other
