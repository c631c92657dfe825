"""Packets that never arrive: route loops, and black holes.

A packet can go on for ever if and only if it may be sent to a box from where it can go on for
ever: the greatest set with that property, exactly.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from qianyun.verify.network.model import Port
from qianyun.verify.network.reaching import Hops, Reach, Step
from qianyun.verify.network.walking import Ending, Walker, Way
from qianyun.verify.packets import Packet, witness
from qianyun.verify.space import PacketSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Packets that come to nothing.

    Attributes:
        boxes: Those of the loop in its order, or the one where the packets end.
        packet: One of them.
        start: Where it came in.
        way: The one it takes.
    """

    boxes: tuple[str, ...]
    packets: PacketSet
    packet: Packet
    start: Port
    way: Way


def endless(hops: Hops, nodes: Mapping[Port, PacketSet]) -> dict[Port, PacketSet]:
    """By node: packets that can go on for ever from there."""
    going = dict.fromkeys(nodes, hops.space.everything)
    while True:
        shorter = {node: _going_on(hops, node, going) for node in going}
        if shorter == going:
            return going
        going = shorter


def _going_on(hops: Hops, node: Port, going: Mapping[Port, PacketSet]) -> PacketSet:
    result = hops.space.nothing
    for step in hops.steps(node).onward:
        if step.node in going:
            result = result | step.sending.before(going[step.node])
    return result


def loops(hops: Hops, starts: Mapping[Port, PacketSet]) -> Iterator[Lost]:
    """The loops that packets from these places fall into; every packet that does is in one of them."""
    reach = hops.reach_from(starts)
    going = endless(hops, reach.arrived)
    walker = Walker(hops.network)
    found: dict[tuple[str, ...], Lost] = {}
    for start, packets in starts.items():
        node = hops.node(start)
        rest = packets & hops.entering(start) & going.get(node, hops.space.nothing)
        while (packet := witness(rest)) is not None:
            way = next(way for way in walker.ways(start, packet.values) if way.ending is Ending.LOOP)
            circle = _circle(hops, way, packet)
            around = hops.space.everything
            for step in reversed(circle):
                around = step.sending.before(around)
            boxes = _turned(tuple(step.out.box for step in circle))
            in_it = around & _joined(hops, reach, circle)
            if boxes in found:
                found[boxes] = replace(found[boxes], packets=found[boxes].packets | in_it)
            else:
                found[boxes] = Lost(boxes=boxes, packets=in_it, packet=packet, start=start, way=way)
            rest = rest - around
    yield from found.values()


def _circle(hops: Hops, way: Way, packet: Packet) -> tuple[Step, ...]:
    """The steps that a packet takes from the first node that comes again back to it."""
    values = dict(packet.values)
    nodes = [hops.node(Port(hop.box, hop.into)) for hop in way.hops]
    again = hops.node(way.last)
    at = nodes.index(again)
    turns = zip(nodes[at:], [*nodes[at + 1 :], again], way.hops[at:], strict=True)
    return tuple(
        next(
            step
            for step in hops.steps(node).onward
            if (step.node, step.out) == (after, Port(hop.box, hop.out)) and step.packets.holds(values)
        )
        for node, after, hop in turns
    )


def _joined(hops: Hops, reach: Reach, circle: tuple[Step, ...]) -> PacketSet:
    result = hops.space.nothing
    for step in circle:
        result = result | reach.arrived.get(step.node, hops.space.nothing)
    return result


def _turned(boxes: tuple[str, ...]) -> tuple[str, ...]:
    """One name for one loop, wherever it was entered."""
    at = boxes.index(min(boxes))
    return boxes[at:] + boxes[:at]


def black_holes(hops: Hops, starts: Mapping[Port, PacketSet]) -> Iterator[Lost]:
    """Packets that one box hands on to a next one which has no route for them, or passes nothing on.

    What a route drops on purpose is none; nor is what the first box refuses, for its sender is told.
    """
    walker = Walker(hops.network)
    found: dict[str, Lost] = {}
    for start, packets in starts.items():
        for box, lost in _handed_on(hops, hops.reach(start, packets)).items():
            packet = witness(lost)
            if box in found:
                found[box] = replace(found[box], packets=found[box].packets | lost)
            elif packet is not None:
                way = next(way for way in walker.ways(start, packet.values) if _is_lost_at(way, box))
                found[box] = Lost(boxes=(box,), packets=lost, packet=packet, start=start, way=way)
    yield from (found[box] for box in sorted(found))


def _handed_on(hops: Hops, reach: Reach) -> dict[str, PacketSet]:
    """What the boxes get from others and do nothing with."""
    handed: dict[str, PacketSet] = {}
    for node, packets in reach.arrived.items():
        for step in hops.steps(node).onward:
            if lost := packets & step.sending.before(hops.steps(step.node).lost):
                box = step.node.box
                handed[box] = handed[box] | lost if box in handed else lost
    return handed


def _is_lost_at(way: Way, box: str) -> bool:
    return way.ending in (Ending.NO_ROUTE, Ending.NOT_PASSED_ON) and way.last.box == box and len(way.hops) > 1
