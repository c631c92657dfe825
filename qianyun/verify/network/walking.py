"""One packet on its way through the network: every box, the route and the lines that let it pass.

No packet sets are involved: each box is asked what it does with this packet, so this is also a
check on the sets. Where a box may send a packet to several places, all ways are followed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_network

from qianyun.verify.acls.filters import Filter, judge
from qianyun.verify.chains import THROUGH, Hook
from qianyun.verify.conditions import Prefix
from qianyun.verify.connections import Values, answer_to, answers
from qianyun.verify.fields import DST4, DST6, HEADER, TURNED, VERSION, Version
from qianyun.verify.findings import Cited
from qianyun.verify.network.model import Address, Box, Network, NextHop, Port, Route, table_of
from qianyun.verify.network.visiting import Hop, Visit, outside
from qianyun.verify.tracing import Bound

INTO = (Hook.PREROUTING, Hook.INPUT)
Known = Mapping[str, Sequence[Bound]]


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

    def ways(self, start: Port, values: Values) -> Iterator[Way]:
        """All ways of a packet that comes in at an interface, or starts in a box."""
        yield from self._arrive(start, outside(values), (), {})

    def replies(self, way: Way) -> Iterator[Way]:
        """All ways of the answer to a packet that has left the network on a way; each box knows what it let pass."""
        last = way.hops[-1]
        known: dict[str, list[Bound]] = {}
        for hop in way.hops:
            known.setdefault(hop.box, []).append(Bound(before=hop.before, after=hop.after))
        yield from self._arrive(way.last, answer_to(last.after), (), known)

    def comes_home(self, reply: Way, start: Port, way: Way) -> bool:
        """Whether a reply ends where the first packet came in, as the answer to it."""
        home = reply.last == start and reply.ending in (Ending.LEAVES, Ending.LOCAL)
        return home and answers(reply.hops[-1].after, way.hops[0].before)

    def _arrive(self, port: Port, came: Values, before: tuple[Hop, ...], known: Known) -> Iterator[Way]:
        box = self.network.by_name[port.box]
        here = Visit(port, box, came, before, [], known)
        here.meet()
        if port.interface and not _judged(self.network.interfaces[port].incoming, port, here.packet, here.lines):
            yield Way(hops=(*before, here.hop("", ())), ending=Ending.DENIED_IN, last=port)
            return
        if any(_was_here(hop, port, box, came) for hop in before):
            yield Way(hops=before, ending=Ending.LOOP, last=port)
            return
        passes = here.come()
        routes = self.tables[port.box].lookup(here.packet)

        def end(ending: Ending) -> Way:
            return Way(hops=(*before, here.hop("", routes)), ending=ending, last=Port(port.box))

        if not passes:
            yield end(Ending.DENIED_WITHIN)
        elif here.packet.get(TURNED) or any(route.local for route in routes):
            yield end(Ending.LOCAL if here.pass_on("", INTO) else Ending.DENIED_WITHIN)
        elif not routes:
            yield end(Ending.NO_ROUTE)
        elif not any(route.hops for route in routes):
            yield end(Ending.DISCARDED)
        elif (6 if came.get(VERSION, 0) == Version.V6 else 4) not in box.forwards:
            yield end(Ending.NOT_PASSED_ON)
        else:
            for way in dict.fromkeys(hop for route in routes for hop in route.hops):
                yield from self._send(replace(here, lines=list(here.lines)), way, routes)

    def _send(self, here: "Visit", hop: NextHop, routes: tuple[Route, ...]) -> Iterator[Way]:
        out = Port(here.port.box, hop.interface)
        passes = here.pass_on(hop.interface, THROUGH)
        denied = Ending.DENIED_OUT if passes else Ending.DENIED_WITHIN
        passes = passes and _judged(self.network.interfaces[out].outgoing, out, here.packet, here.lines)
        gone = here.hop(hop.interface, tuple(route for route in routes if hop in route.hops))
        if not passes:
            yield Way(hops=(*here.hops, gone), ending=denied, last=out)
            return
        there = self.network.next_ports(out.box, hop)
        target = destination_of(gone.after)
        there = there or tuple(p for a, p in self.network.attached_boxes(out.box, hop) if a == target)
        for into in there:
            yield from self._arrive(into, gone.after, (*here.hops, gone), here.known)
        if not there:
            yield Way(hops=(*here.hops, gone), ending=Ending.LEAVES, last=out)


def _was_here(hop: Hop, port: Port, box: Box, came: Values) -> bool:
    """Whether a packet comes where it has been, as what it was then."""
    again = hop.box == port.box and (box.ruleset is None or hop.into == port.interface)
    return again and all(hop.before.get(of, 0) == came.get(of, 0) for of in HEADER)


class _Table:
    """A forwarding table, asked address by address."""

    def __init__(self, box: Box) -> None:
        self.routes = table_of(box)
        self.lengths = {v: sorted({p.prefixlen for p in self.routes if p.version == v}, reverse=True) for v in (4, 6)}

    def lookup(self, packet: Values) -> tuple[Route, ...]:
        target = destination_of(packet)
        for length in self.lengths[target.version]:
            found = self.routes.get(_prefix(target, length))
            if found:
                return found
        return ()


def _prefix(address: Address, length: int) -> Prefix:
    network: Prefix = ip_network((address, length), strict=False)
    return network


def destination_of(packet: Values) -> Address:
    """The address a packet goes to."""
    if packet.get(VERSION, 0) == Version.V6:
        return IPv6Address(packet.get(DST6, 0))
    return IPv4Address(packet.get(DST4, 0))


def _judged(filters: tuple[Filter, ...], port: Port, packet: Values, lines: list[Cited]) -> bool:
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
