"""Sets of whole numbers as sorted intervals, and sets of packets as boxes of them.

A packet that opens a connection is a point: source, destination, and port or ICMP type. A rule
permits a box, three interval sets; what a list of rules permits is a list of boxes. The algebra
is exact, and small enough to prove a compiler's rules minimal.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from netaddr import IPNetwork, IPSet, cidr_merge

from qianyun.policy.profile import Prefix

Interval = tuple[int, int]
"""First and last, both included."""
Intervals = tuple[Interval, ...]
"""Sorted, with a gap of at least one number between neighbours."""

WHOLE = {4: ((0, (1 << 32) - 1),), 6: ((0, (1 << 128) - 1),)}
"""All addresses of a family."""


def merged(parts: Iterable[Interval]) -> Intervals:
    """The same numbers with as few intervals as there can be."""
    found: list[Interval] = []
    for first, last in sorted(parts):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def intersection(one: Intervals, other: Intervals) -> Intervals:
    """What is in both."""
    parts: list[Interval] = []
    left, right = 0, 0
    while left < len(one) and right < len(other):
        first, last = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if first <= last:
            parts.append((first, last))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return tuple(parts)


def difference(one: Intervals, other: Intervals) -> Intervals:
    """What is in `one` and not in `other`."""
    parts: list[Interval] = []
    for start, last in one:
        first = start
        for taken_first, taken_last in other:
            if taken_last < first or taken_first > last:
                continue
            if first < taken_first:
                parts.append((first, taken_first - 1))
            first = taken_last + 1
        if first <= last:
            parts.append((first, last))
    return tuple(parts)


def of_prefixes(prefixes: Iterable[Prefix]) -> Intervals:
    """Addresses of prefixes of one family."""
    return merged((int(p.network_address), int(p.broadcast_address)) for p in prefixes)


def merged_prefixes(prefixes: Iterable[Prefix]) -> tuple[Prefix, ...]:
    """The same addresses with as few prefixes as there can be, IPv4 first, sorted."""
    return tuple(_prefix(each) for each in sorted(cidr_merge([str(p) for p in prefixes]), key=_order))


def rest(owned: Iterable[Prefix], version: int) -> tuple[Prefix, ...]:
    """All addresses of a family but those owned, as prefixes, sorted."""
    everything = IPSet(["0.0.0.0/0" if version == 4 else "::/0"])  # noqa: PLR2004 - the family
    taken = IPSet([str(p) for p in owned if p.version == version])
    return tuple(_prefix(each) for each in sorted((everything - taken).iter_cidrs(), key=_order))


def _order(network: IPNetwork) -> tuple[int, int, int]:
    return network.version, network.first, network.prefixlen


def _prefix(network: IPNetwork) -> Prefix:
    if network.version == 4:  # noqa: PLR2004 - the family
        return IPv4Network((network.first, network.prefixlen))
    return IPv6Network((network.first, network.prefixlen))


def address(number: int, version: int) -> IPv4Address | IPv6Address:
    """The address of a number."""
    return IPv4Address(number) if version == 4 else IPv6Address(number)  # noqa: PLR2004 - the family


class Box(NamedTuple):
    """All packets with a source, a destination and a port (or ICMP type) out of three sets."""

    sources: Intervals
    destinations: Intervals
    ports: Intervals

    def holds(self, source: int, destination: int, port: int) -> bool:
        """Whether a packet is in it."""
        packet = (source, destination, port)
        return all(any(first <= n <= last for first, last in side) for n, side in zip(packet, self, strict=True))

    def without(self, other: "Box") -> Iterator["Box"]:
        """The packets of this box that are not in the other, as disjoint boxes."""
        sources = intersection(self.sources, other.sources)
        destinations = intersection(self.destinations, other.destinations)
        ports = intersection(self.ports, other.ports)
        if not (sources and destinations and ports):
            yield self
            return
        pieces = (
            Box(difference(self.sources, other.sources), self.destinations, self.ports),
            Box(sources, difference(self.destinations, other.destinations), self.ports),
            Box(sources, destinations, difference(self.ports, other.ports)),
        )
        yield from (piece for piece in pieces if all(piece))


def subtract(boxes: Iterable[Box], taken: Iterable[Box]) -> tuple[Box, ...]:
    """The packets of the first boxes that are in none of the others."""
    left = tuple(boxes)
    for each in taken:
        left = tuple(piece for box in left for piece in box.without(each))
        if not left:
            return ()
    return left
