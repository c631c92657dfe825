"""One packet on its way through the network: every box, the route and the lines that let it pass.

No packet sets are involved: each box is asked what it does with this packet, so this is also a
check on the sets. Where a box may send a packet to several places, all ways are followed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_network

from qianyun.verify.acls.filters import Filter, judge
from qianyun.verify.chains import THROUGH, Hook
from qianyun.verify.conditions import Prefix
from qianyun.verify.fields import (
    DST4,
    DST6,
    IN_INTERFACE,
    MARK,
    OUT_INTERFACE,
    VERSION,
    Field,
    Version,
    interface_number,
)
from qianyun.verify.findings import Cited
from qianyun.verify.network.model import Address, Box, Network, NextHop, Port, Route, table_of
from qianyun.verify.tracing import trace

INTO = (Hook.PREROUTING, Hook.INPUT)


class Ending(StrEnum):
    """What became of a packet."""

    LEAVES = "leaves"
    """It leaves the network at the edge."""
    LOCAL = "local"
    """It is for the box itself."""
    DENIED_IN = "denied_in"
    """A filter stops it where it comes in."""
    DENIED_OUT = "denied_out"
    """A filter stops it where it would leave."""
    DENIED_WITHIN = "denied_within"
    """The box's own ruleset stops it."""
    NO_ROUTE = "no_route"
    """No route holds its destination."""
    DISCARDED = "discarded"
    """A route drops it on purpose."""
    NOT_PASSED_ON = "not_passed_on"
    """The box does not forward packets of its version."""
    LOOP = "loop"
    """It comes where it has been before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One box on the way.

    Attributes:
        routes: Those of the longest prefix; none where none holds the destination.
        lines: Lines of filters that decided about the packet here, in the order it met them.
    """

    box: str
    into: str
    out: str
    routes: tuple[Route, ...]
    lines: tuple[Cited, ...]

    def __str__(self) -> str:
        return f"{self.box}[{self.into},{self.out}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A packet's whole way, and its end.

    Attributes:
        last: Where it ended: the interface it leaves by or may not pass, or the box.
    """

    hops: tuple[Hop, ...]
    ending: Ending
    last: Port

    def cited(self) -> tuple[Cited, ...]:
        """The chain of configuration lines that decided, box by box."""
        return tuple(line for hop in self.hops for line in _lines_of(hop))

    @property
    def circle(self) -> tuple[str, ...]:
        """The boxes of a loop, from the first one that comes again."""
        names = [hop.box for hop in self.hops]
        at = next((number for number, hop in enumerate(self.hops) if hop.box == self.last.box), 0)
        return tuple(names[at:])

    def __str__(self) -> str:
        return " > ".join(str(hop) for hop in self.hops)


def _lines_of(hop: Hop) -> Iterator[Cited]:
    for route in hop.routes:
        yield Cited(place=route.place or hop.box, text=route.text or str(route.prefix))
    yield from hop.lines


class Walker:
    """Leads packets through a network."""

    def __init__(self, network: Network) -> None:
        """Read the forwarding tables."""
        self.network = network
        self.tables = {box.name: _Table(box) for box in network.boxes}

    def ways(self, start: Port, values: Mapping[Field, int]) -> Iterator[Way]:
        """All ways of a packet that comes in at an interface, or starts in a box."""
        packet = {field: value for field, value in values.items() if field not in (IN_INTERFACE, OUT_INTERFACE, MARK)}
        yield from self._arrive(start, packet, ())

    def _arrive(self, port: Port, packet: Mapping[Field, int], before: tuple[Hop, ...]) -> Iterator[Way]:
        lines: list[Cited] = []
        if port.interface and not _judged(self.network.interfaces[port].incoming, port, packet, lines):
            hop = Hop(box=port.box, into=port.interface, out="", routes=(), lines=tuple(lines))
            yield Way(hops=(*before, hop), ending=Ending.DENIED_IN, last=port)
            return
        box = self.network.by_name[port.box]
        if any(hop.box == port.box and (box.ruleset is None or hop.into == port.interface) for hop in before):
            yield Way(hops=before, ending=Ending.LOOP, last=port)
            return
        routes = self.tables[port.box].lookup(packet)

        def end(ending: Ending, out: str = "") -> Way:
            hop = Hop(box=port.box, into=port.interface, out=out, routes=routes, lines=tuple(lines))
            return Way(hops=(*before, hop), ending=ending, last=Port(port.box, out))

        if not routes:
            yield end(Ending.NO_ROUTE)
        elif any(route.local for route in routes):
            passes = _traced(box, (port.interface, ""), INTO, packet, lines)
            yield end(Ending.LOCAL if passes else Ending.DENIED_WITHIN)
        elif not any(route.hops for route in routes):
            yield end(Ending.DISCARDED)
        elif (6 if packet.get(VERSION, 0) == Version.V6 else 4) not in box.forwards:
            yield end(Ending.NOT_PASSED_ON)
        else:
            for way in dict.fromkeys(hop for route in routes for hop in route.hops):
                yield from self._send(port, way, packet, before, routes, lines)

    def _send(  # noqa: PLR0917 - where the packet is, and how it came there
        self,
        port: Port,
        hop: NextHop,
        packet: Mapping[Field, int],
        before: tuple[Hop, ...],
        routes: tuple[Route, ...],
        so_far: list[Cited],
    ) -> Iterator[Way]:
        out, lines = Port(port.box, hop.interface), list(so_far)
        passes = _traced(self.network.by_name[port.box], (port.interface, hop.interface), THROUGH, packet, lines)
        denied = Ending.DENIED_OUT if passes else Ending.DENIED_WITHIN
        passes = passes and _judged(self.network.interfaces[out].outgoing, out, packet, lines)
        used = tuple(route for route in routes if hop in route.hops)
        here = Hop(box=port.box, into=port.interface, out=hop.interface, routes=used, lines=tuple(lines))
        if not passes:
            yield Way(hops=(*before, here), ending=denied, last=out)
            return
        there = self.network.next_ports(port.box, hop)
        target = destination_of(packet)
        there = there or tuple(p for a, p in self.network.attached_boxes(port.box, hop) if a == target)
        for into in there:
            yield from self._arrive(into, packet, (*before, here))
        if not there:
            yield Way(hops=(*before, here), ending=Ending.LEAVES, last=out)


class _Table:
    """A forwarding table, asked address by address."""

    def __init__(self, box: Box) -> None:
        self.routes = table_of(box)
        self.lengths = {v: sorted({p.prefixlen for p in self.routes if p.version == v}, reverse=True) for v in (4, 6)}

    def lookup(self, packet: Mapping[Field, int]) -> tuple[Route, ...]:
        target = destination_of(packet)
        for length in self.lengths[target.version]:
            found = self.routes.get(_prefix(target, length))
            if found:
                return found
        return ()


def _prefix(address: Address, length: int) -> Prefix:
    network: Prefix = ip_network((address, length), strict=False)
    return network


def destination_of(packet: Mapping[Field, int]) -> Address:
    """The address a packet goes to."""
    if packet.get(VERSION, 0) == Version.V6:
        return IPv6Address(packet.get(DST6, 0))
    return IPv4Address(packet.get(DST4, 0))


def _judged(filters: tuple[Filter, ...], port: Port, packet: Mapping[Field, int], lines: list[Cited]) -> bool:
    """Whether the filters of an interface let a packet pass; the deciding lines are noted."""
    version = 6 if packet.get(VERSION, 0) == Version.V6 else 4
    for filter_ in filters:
        if filter_.version not in (0, version):
            continue
        verdict = judge(filter_, packet)
        line = filter_.lines[verdict.line] if verdict.line is not None else None
        place = line.place if line else filter_.place
        lines.append(Cited(place=place or f"{port} {filter_.name}", text=line.text if line else filter_.name))
        if verdict.passes is False:
            return False
    return True


def _traced(
    box: Box, ways: tuple[str, str], hooks: tuple[Hook, ...], packet: Mapping[Field, int], lines: list[Cited]
) -> bool:
    """Whether a box's ruleset lets a packet pass between two interfaces."""
    if box.ruleset is None:
        return True
    into, out = ways
    seen = {**packet, IN_INTERFACE: interface_number(into), OUT_INTERFACE: interface_number(out)}
    traced = trace(box.ruleset, seen, hooks)
    for met in traced.met:
        place = met.rule.place if met.rule else met.chain.place
        lines.append(Cited(place=place or f"{box.name} {met.chain.name}", text=met.rule.text if met.rule else met.verb))
    return traced.passes
