"""What is wrong with a network, as findings: each with a packet, its hops and the lines that let it pass."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from qianyun.verify.boxes import NO_NAMES
from qianyun.verify.conditions import IS_NEW, IS_V4, IS_V6
from qianyun.verify.fields import Ranges
from qianyun.verify.findings import Cited, Finding, Kind, in_order, shown
from qianyun.verify.network.adjacency import Adjacent, Borders, Foot, adjacent_zones, feet_of
from qianyun.verify.network.circling import Lost, black_holes, loops
from qianyun.verify.network.model import Port
from qianyun.verify.network.reaching import Hops
from qianyun.verify.network.walking import Ending, Walker, Way
from qianyun.verify.packets import Packet, witness
from qianyun.verify.space import PacketSet
from qianyun.words import _

LOOP, HOLE, EGRESS, SEGMENT, HOST = "N01", "N02", "E01", "Z04", "Z06"
"""Ids of the checks; no clause speaks of loops and black holes, so the catalogue has none for them."""
Clauses = Callable[[str], Iterable[object]]


def _no_clauses(_check: str) -> tuple[object, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Packets that go from one zone to another, out at one interface.

    Attributes:
        packets: As they come in.
        seen: As they leave; others only where a box on the way translates.
        ways: One for a packet of each version.
        answers: For each of them, whether what the other side answers comes back, and its way.
    """

    origin: str
    target: str
    start: Port
    out: Port
    packets: PacketSet
    seen: PacketSet
    ways: tuple[tuple[Packet, Way], ...]
    answers: tuple[tuple[bool, Way], ...] = ()


def passages(hops: Hops, origin: str, target: str, packets: PacketSet | None = None) -> Iterator[Passage]:
    """Everything that may pass from zone to zone, interface by interface, with the chain of hops.

    Args:
        hops: The network.
        origin: Zone whose interfaces the packets come in at.
        target: Zone whose interfaces they leave by.
        packets: Those that the origin's hosts send; all by default.
    """
    walker = Walker(hops.network)
    for start in hops.network.outer_ports(origin):
        reach = hops.reach(start, packets)
        for out in hops.network.outer_ports(target):
            seen = reach.leaving.get(out)
            if not seen or out == start:
                continue
            came = seen
            if hops.translates:
                came = hops.leading_to(reach, out)[hops.node(start)] & reach.arrived[hops.node(start)]
            ways = tuple(_examples(hops, walker, start, out, came))
            yield Passage(
                origin=origin,
                target=target,
                start=start,
                out=out,
                packets=came,
                seen=seen,
                ways=ways,
                answers=tuple(_answered(walker, start, way) for _packet, way in ways),
            )


def _examples(hops: Hops, walker: Walker, start: Port, out: Port, packets: PacketSet) -> Iterator[tuple[Packet, Way]]:
    """A packet of each version that opens a connection, or else any; and a way it takes to the interface."""
    for family in (IS_V4, IS_V6):
        held = packets & hops.space.packets(family)
        packet = witness(held & hops.space.packets(IS_NEW)) or witness(held)
        if packet is not None:
            ways = list(walker.ways(start, packet.values))
            yield packet, next((way for way in ways if way.ending is Ending.LEAVES and way.last == out), ways[0])


def _answered(walker: Walker, start: Port, way: Way) -> tuple[bool, Way]:
    """The way of the answer that comes home, or the first that does not."""
    replies = list(walker.replies(way))
    home = next((reply for reply in replies if walker.comes_home(reply, start, way)), None)
    return home is not None, home or replies[0]


def judge_network(
    hops: Hops,
    borders: Borders,
    *,
    feet: Iterable[Foot] = (),
    guards: Iterable[str] = (),
    outside: str = "",
    egress: Collection[Port] = (),
    names: Mapping[Ranges, str] = NO_NAMES,
    clauses: Clauses = _no_clauses,
    starts: Mapping[Port, PacketSet] | None = None,
    promised: PacketSet | None = None,
) -> tuple[Finding, ...]:
    """All findings about a network, worst first.

    Args:
        hops: The network.
        borders: Whether two zones border each other, as declared.
        feet: Interfaces of hosts and switches, besides those of the boxes.
        guards: Boxes that stand between zones by declaration.
        outside: The zone beyond the unified egress; empty where there is none.
        egress: Interfaces of the unified egress, the only ones that packets may leave by to the outside.
        names: What people call some sets of addresses.
        clauses: What a check cites, for example a profile's `cited_by`.
        starts: Where packets come in, and which; all of them everywhere at the edge by default.
        promised: Packets that must not be lost; all of them by default.
    """
    if starts is None:
        starts = dict.fromkeys(hops.network.outer_ports(), hops.space.everything)
    needed = {port: packets if promised is None else packets & promised for port, packets in starts.items()}
    found = [
        *(_lost(lost, Kind.ROUTE_LOOP, names) for lost in loops(hops, starts)),
        *(_lost(lost, Kind.BLACK_HOLE, names) for lost in black_holes(hops, needed)),
        *(_touching(each) for each in adjacent_zones([*feet_of(hops.network), *feet], borders, guards)),
    ]
    if outside:
        found += [_avoiding(each, egress, names) for each in avoiding(hops, outside, egress)]
    return in_order(
        replace(finding, clauses=tuple(str(clause) for clause in clauses(finding.check))) for finding in found
    )


def avoiding(hops: Hops, outside: str, egress: Collection[Port]) -> Iterator[Passage]:
    """What may leave for the outside by another interface than those of the egress."""
    zones = {each.zone for each in hops.network.interfaces.values() if each.zone} - {outside}
    for origin in sorted(zones):
        yield from (each for each in passages(hops, origin, outside) if each.out not in egress)


def _lost(lost: Lost, kind: Kind, names: Mapping[Ranges, str]) -> Finding:
    boxes, more = shown(lost.packets, names)
    if kind is Kind.ROUTE_LOOP:
        sentence = _("packets go round in a circle: {boxes}").format(boxes=" → ".join((*lost.boxes, lost.boxes[0])))
    else:
        sentence = _("{box} is sent packets that it has no route for").format(box=lost.boxes[0])
        if lost.way.ending is Ending.NOT_PASSED_ON:
            sentence = _("{box} is sent packets for others, but forwards none").format(box=lost.boxes[0])
    return Finding(
        kind=kind,
        check=LOOP if kind is Kind.ROUTE_LOOP else HOLE,
        firewall=lost.boxes[0],
        sentence=sentence,
        packets=boxes,
        more_packets=more,
        witnesses=(lost.packet,),
        rules=lost.way.cited(),
    )


def _avoiding(passage: Passage, egress: Collection[Port], names: Mapping[Ranges, str]) -> Finding:
    boxes, more = shown(passage.packets, names)
    declared = ", ".join(str(port) for port in sorted(egress)) or "–"
    return Finding(
        kind=Kind.OFF_EGRESS,
        check=EGRESS,
        firewall=passage.out.box,
        origin=passage.origin,
        target=passage.target,
        sentence=_("packets leave at {port}, which is not the unified egress ({egress})").format(
            port=passage.out, egress=declared
        ),
        packets=boxes,
        more_packets=more,
        witnesses=tuple(packet for packet, _way in passage.ways),
        rules=passage.ways[0][1].cited() if passage.ways else (),
    )


def _touching(found: Adjacent) -> Finding:
    sentence = _("{host} stands in both {a} and {b}, which do not border each other")
    if not found.is_host:
        sentence = _("segment {host} holds interfaces of both {a} and {b}, which do not border each other")
    a, b = found.zones
    return Finding(
        kind=Kind.ADJACENT_ZONES,
        check=HOST if found.is_host else SEGMENT,
        firewall=found.through,
        origin=a,
        target=b,
        sentence=sentence.format(host=found.through, a=a, b=b),
        rules=tuple(
            Cited(place=foot.place or str(foot), text=f"{foot} {foot.segment} {foot.zone}") for foot in found.feet
        ),
    )
