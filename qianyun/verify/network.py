"""A network of boxes: tables of next hops, filters at interfaces, and the packets that get through.

Each box forwards by the longest prefix that holds the destination; a packet that has several next
hops may take any. Sets of packets go from box to box until none of them grows any more, so that a
loop ends the search and loses nothing.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from qianyun.verify.acls.filters import Direction, Filter, Sets, judge
from qianyun.verify.conditions import IS_V4, IS_V6, Condition, In, any_of, range_of
from qianyun.verify.fields import DST4, DST6, VERSION, Field, Range, Version, merged
from qianyun.verify.space import PacketSet, Space

Prefix = IPv4Network | IPv6Network | IPv4Address | IPv6Address
DESTINATION = {4: DST4, 6: DST6}
OTHER = {4: IS_V6, 6: IS_V4}


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a packet goes next.

    Attributes:
        out: The interface it leaves by; empty when the box itself is meant.
        box: Who gets it; empty where it leaves the network (or the box keeps it).
        into: The interface it comes in by there.
    """

    out: str
    box: str = ""
    into: str = ""


HERE = Hop("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One router or firewall.

    Attributes:
        table: Prefixes with their next hops; no hop means that packets are thrown away.
        filters: By interface and direction; a packet must pass all that judge its family.
    """

    name: str
    table: Sequence[tuple[Prefix, tuple[Hop, ...]]]
    filters: Mapping[tuple[str, Direction], Sequence[Filter]] = field(default_factory=dict)

    def spans(self, version: int) -> Iterator[tuple[Range, tuple[Hop, ...]]]:
        """The addresses of one family piece by piece, each with the hops of its longest prefix."""
        found = [(*range_of(prefix), hops) for prefix, hops in self.table if prefix.version == version]
        open_: list[tuple[int, tuple[Hop, ...]]] = []
        at = 0
        for first, last, hops in sorted(found, key=lambda entry: (entry[0], -entry[1])):
            while open_ and open_[-1][0] < first:
                end, above = open_.pop()
                if at <= end:
                    yield (at, end), above
                    at = end + 1
            if open_ and at < first:
                yield (at, first - 1), open_[-1][1]
            at = max(at, first)
            open_.append((last, hops))
        while open_:
            end, above = open_.pop()
            if at <= end:
                yield (at, end), above
                at = end + 1


@dataclass(frozen=True, kw_only=True)
class Network:
    """Boxes by name."""

    boxes: Mapping[str, Box]

    @cached_property
    def forwarding(self) -> Mapping[str, Mapping[Hop, Condition]]:
        """What each box sends where; one condition for both families."""
        return {name: _by_hop(box) for name, box in self.boxes.items()}

    def conditions(self) -> Iterator[Condition]:
        """Every condition of every table and filter."""
        for name, box in self.boxes.items():
            yield from self.forwarding[name].values()
            for found in box.filters.values():
                for each in found:
                    yield from each.conditions()


def _by_hop(box: Box) -> dict[Hop, Condition]:
    spans: dict[tuple[Hop, Field], list[Range]] = defaultdict(list)
    for version, side in DESTINATION.items():
        for span, hops in box.spans(version):
            for hop in hops:
                spans[hop, side].append(span)
    asked: dict[Hop, list[Condition]] = defaultdict(list)
    for (hop, side), found in spans.items():
        asked[hop].append(In(side, merged(found)))
    return {hop: any_of(*conditions) for hop, conditions in asked.items()}


class Reaching:
    """Which packets get from boxes to the network's edges, filters on the way counted."""

    def __init__(self, network: Network, space: Space | None = None) -> None:
        """Work out every step of every box once; `space` must know the network's conditions."""
        self.network = network
        self.space = space or Space(network.conditions())
        self._filters: dict[int, PacketSet] = {}
        self._steps: dict[str, list[tuple[Hop, PacketSet]]] = {
            name: [(hop, step) for hop, asked in hops.items() if (step := self._step(name, hop, asked))]
            for name, hops in network.forwarding.items()
        }

    def _step(self, name: str, hop: Hop, asked: Condition) -> PacketSet:
        step = self._filtered(self.space.packets(asked), name, hop.out, Direction.OUT)
        return self._filtered(step, hop.box, hop.into, Direction.IN) if hop.box else step

    def _filtered(self, packets: PacketSet, box: str, interface: str, direction: Direction) -> PacketSet:
        for found in self.network.boxes[box].filters.get((interface, direction), ()):
            passing = self._filters.get(id(found))
            if passing is None:
                passing = self._filters[id(found)] = self._passing(found)
            packets = packets & passing
        return packets

    def _passing(self, found: Filter) -> PacketSet:
        passing = Sets(found, self.space).may
        return passing | self.space.packets(OTHER[found.version]) if found.version else passing

    def entering(self, box: str, interface: str, packets: PacketSet) -> PacketSet:
        """What of some packets a box takes in at an interface."""
        return self._filtered(packets, box, interface, Direction.IN)

    def edges(self, box: str, packets: PacketSet | None = None) -> Mapping[tuple[str, str], PacketSet]:
        """From a box to every way out: `(box, interface)`, where no interface means the box itself."""
        arrived = {box: packets if packets is not None else self.space.everything}
        waiting = deque([(box, arrived[box])])
        found: dict[tuple[str, str], PacketSet] = {}
        while waiting:
            at, fresh = waiting.popleft()
            for hop, step in self._steps[at]:
                gone = fresh & step
                if not gone:
                    continue
                if not hop.box:
                    known = found.get((at, hop.out))
                    found[at, hop.out] = gone if known is None else known | gone
                    continue
                known = arrived.get(hop.box)
                new = gone if known is None else gone - known
                if new:
                    arrived[hop.box] = new if known is None else known | new
                    waiting.append((hop.box, new))
        return found


class End(StrEnum):
    """How a packet's way ends."""

    ARRIVED = "arrived"
    """At a box of the network, or at what lies behind an interface."""
    DENIED_IN = "denied in"
    DENIED_OUT = "denied out"
    NO_ROUTE = "no route"
    THROWN_AWAY = "thrown away"
    LOOP = "loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One packet's way.

    Attributes:
        hops: `(box, in, out)`; no `out` where it ends at the box.
    """

    hops: tuple[tuple[str, str, str], ...]
    end: End


def ways(network: Network, box: str, into: str, values: Mapping[Field, int]) -> list[Way]:
    """Every way that one packet may take from an interface: no packet sets involved."""
    found: list[Way] = []
    stack: list[tuple[str, str, tuple[tuple[str, str, str], ...]]] = [(box, into, ())]
    while stack:
        at, interface, so_far = stack.pop()
        here = network.boxes[at]
        if any(hop[0] == at for hop in so_far):
            found.append(Way(hops=so_far, end=End.LOOP))
        elif _refused(here, interface, Direction.IN, values):
            found.append(Way(hops=(*so_far, (at, interface, "")), end=End.DENIED_IN))
        else:
            hops = _hops(here, values)
            if not hops:
                end = End.NO_ROUTE if hops is None else End.THROWN_AWAY
                found.append(Way(hops=(*so_far, (at, interface, "")), end=end))
            for hop in hops or ():
                now = (*so_far, (at, interface, hop.out))
                if hop.out and _refused(here, hop.out, Direction.OUT, values):
                    found.append(Way(hops=now, end=End.DENIED_OUT))
                elif hop.box:
                    stack.append((hop.box, hop.into, now))
                else:
                    found.append(Way(hops=now, end=End.ARRIVED))
    return found


def _refused(box: Box, interface: str, direction: Direction, values: Mapping[Field, int]) -> bool:
    version = 6 if values.get(VERSION, 0) == Version.V6 else 4
    filters = box.filters.get((interface, direction), ())
    return any(judge(each, values).passes is False for each in filters if each.version in (0, version))


def _hops(box: Box, values: Mapping[Field, int]) -> tuple[Hop, ...] | None:
    version = 6 if values.get(VERSION, 0) == Version.V6 else 4
    target = values.get(DESTINATION[version], 0)
    best: tuple[int, tuple[Hop, ...]] | None = None
    for prefix, hops in box.table:
        first, last = range_of(prefix)
        if prefix.version == version and first <= target <= last and (best is None or last - first < best[0]):
            best = last - first, hops
    return None if best is None else best[1]
