"""Laws of networks: the sets, on both engines, say of every packet what walking it hop by hop says."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import NAMES, PACKETS, PORTS, alone, networks, translating

from qianyun.verify.bits import BitEngine
from qianyun.verify.conditions import is_
from qianyun.verify.diagrams import Engine
from qianyun.verify.fields import DPORT, DST4, DST6, HEADER, STATE, Field, State
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


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(
    network=networks(translating),
    start=st.sampled_from(STARTS),
    packets=st.lists(st.sampled_from(PACKETS), min_size=6, max_size=6),
)
def test_packets_leave_as_what_the_boxes_on_their_way_make_of_them(
    engine: MakeEngine, network: Network, start: Port, packets: list[dict[Field, int]]
) -> None:
    hops, walker = hops_over_all(network, engine), Walker(network)
    whole, nothing = hops.reach(start), hops.space.nothing
    leading = {out: hops.leading_to(whole, out).get(hops.node(start), nothing) for out in whole.leaving}

    for packet in packets:
        ways = list(walker.ways(start, packet))
        if any(way.ending is Ending.LOOP for way in ways):
            continue
        left = {(way.last, tuple(sorted_(way.hops[-1].after))) for way in ways if way.ending is Ending.LEAVES}
        reach = hops.reach(start, alone(hops.space, {**packet, STATE: State.NEW}))
        outs = {port for port, found in reach.leaving.items() if found}
        assert outs == {port for port, _after in left}
        assert all(reach.leaving[port].holds(dict(after)) for port, after in left)
        enters = hops.entering(start).holds(packet)
        assert outs == {out for out, found in leading.items() if enters and found.holds(packet)}


def sorted_(values: Mapping[Field, int]) -> list[tuple[Field, int]]:
    return sorted(((of, value) for of, value in values.items() if of in HEADER), key=lambda pair: pair[0].name)


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
