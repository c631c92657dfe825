"""Laws of networks: the sets, on both engines, say of every packet what walking it hop by hop says."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from networks import NAMES, PACKETS, PORTS, networks

from qianyun.verify.bits import BitEngine
from qianyun.verify.conditions import is_
from qianyun.verify.diagrams import Engine
from qianyun.verify.fields import DPORT, DST4, DST6
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.network.circling import black_holes, endless, loops
from qianyun.verify.network.model import Network, Port
from qianyun.verify.network.reaching import Hops, hops_of
from qianyun.verify.network.walking import Ending, Walker, Way

STARTS = [Port("a"), *(Port(box, port) for box in NAMES for port in PORTS)]
ENGINES = [
    pytest.param(partial(BitEngine, nodes=1 << 16), id="bits"),
    pytest.param(IntervalEngine, id="intervals"),
]
MakeEngine = Callable[[Sequence[int]], Engine]


def hops_over_all(network: Network, engine: MakeEngine) -> Hops:
    more = [is_(field, packet[field]) for packet in PACKETS for field in (DST4, DST6, DPORT) if field in packet]
    return hops_of(network, more, engine)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60)
@given(network=networks())
def test_sets_hold_exactly_the_packets_that_come_there_hop_by_hop(engine: MakeEngine, network: Network) -> None:
    hops, walker = hops_over_all(network, engine), Walker(network)

    for start in STARTS:
        reach = hops.reach(start)
        for packet in PACKETS:
            ways = list(walker.ways(start, packet))
            assert {port for port, found in reach.leaving.items() if found.holds(packet)} == {
                way.last for way in ways if way.ending is Ending.LEAVES
            }
            assert {box for box, found in reach.local.items() if found.holds(packet)} == {
                way.last.box for way in ways if way.ending is Ending.LOCAL
            }


@settings(max_examples=80)
@given(network=networks())
def test_a_packet_is_endless_exactly_if_walking_it_comes_to_a_box_again(network: Network) -> None:
    hops, walker = hops_over_all(network, partial(BitEngine, nodes=1 << 16)), Walker(network)

    for start in STARTS:
        going = endless(hops, hops.reach(start).arrived)
        found = going.get(hops.node(start), hops.space.nothing) & hops.entering(start)
        for packet in PACKETS:
            assert found.holds(packet) == any(way.ending is Ending.LOOP for way in walker.ways(start, packet))


@settings(max_examples=80)
@given(network=networks())
def test_every_packet_that_goes_round_is_in_a_loop_that_is_found(network: Network) -> None:
    hops, walker = hops_over_all(network, partial(BitEngine, nodes=1 << 16)), Walker(network)

    found = list(loops(hops, dict.fromkeys(STARTS, hops.space.everything)))

    for start in STARTS:
        for packet in PACKETS:
            goes_round = any(way.ending is Ending.LOOP for way in walker.ways(start, packet))
            assert not goes_round or any(lost.packets.holds(packet) for lost in found)
    assert all(lost.packets.holds(dict(lost.packet.values)) for lost in found)


@settings(max_examples=80)
@given(network=networks())
def test_black_holes_hold_exactly_what_is_handed_on_and_has_no_route(network: Network) -> None:
    hops, walker = hops_over_all(network, partial(BitEngine, nodes=1 << 16)), Walker(network)
    found = {
        (lost.boxes[0], number)
        for lost in black_holes(hops, dict.fromkeys(STARTS, hops.space.everything))
        for number, packet in enumerate(PACKETS)
        if lost.packets.holds(packet)
    }

    walked = {
        (way.last.box, number)
        for number, packet in enumerate(PACKETS)
        for start in STARTS
        for way in walker.ways(start, packet)
        if is_hole(way)
    }

    assert found == walked


def is_hole(way: Way) -> bool:
    return way.ending in (Ending.NO_ROUTE, Ending.NOT_PASSED_ON) and len(way.hops) > 1
