"""The Stanford backbone: sixteen routers as a stream of rules, every set checked by walking packets."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from stanford import stanford_stream

from qianyun.verify.fields import DPORT, DST4, PROTOCOL, SPORT, SRC4, TCP, UDP, Field
from qianyun.verify.network.model import Network, Port
from qianyun.verify.network.reaching import Hops, hops_of
from qianyun.verify.network.walking import Ending, Walker
from qianyun.verify.packets import witness

STREAM = "apkeep/networks/stanford"


@pytest.fixture
def stream(shared: Callable[[str], Path]) -> Network:
    return stanford_stream(shared("zones") / STREAM)


def test_filters_in_the_wires_are_taken_out_of_them_without_losing_a_wire(shared: Callable[[str], Path]) -> None:
    rows = (shared("zones") / "apkeep/networks/stanford-noacl/topo.txt").read_text(encoding="ascii").splitlines()
    wires = {frozenset((Port(a, b), Port(c, d))) for a, b, c, d in (row.split() for row in rows if row)}

    found = {frozenset((link.a, link.b)) for link in stanford_stream(shared("zones") / STREAM).links}

    assert found == wires


def test_the_whole_stream_is_read(stream: Network) -> None:
    filters = {id(f): f for each in stream.interfaces.values() for f in (*each.incoming, *each.outgoing)}

    assert len(stream.boxes) == 16
    assert sum(len(box.routes) for box in stream.boxes) == 3840
    assert sum(len(filter_.lines) for filter_ in filters.values()) == 686


def test_every_edge_set_of_the_backbone_shows_a_packet_that_really_goes_there(stream: Network) -> None:
    hops, walker = hops_of(stream), Walker(stream)
    sets = 0

    for box in stream.boxes:
        for port, packets in hops.reach(Port(box.name)).leaving.items():
            packet = witness(packets)
            assert packet is not None
            ends = {way.last for way in walker.ways(Port(box.name), packet.values) if way.ending is Ending.LEAVES}
            assert port in ends
            sets += 1

    assert sets >= 1000


def test_packets_at_the_edges_of_rules_end_where_the_sets_say(stream: Network) -> None:
    hops, walker, chance = hops_of(stream), Walker(stream), Random(20261125)  # noqa: S311 - chosen packets, no secrets

    for box in stream.boxes:
        reach = hops.reach(Port(box.name))
        for _number in range(40):
            packet = some_packet(hops, chance)
            ends = {way.last for way in walker.ways(Port(box.name), packet) if way.ending is Ending.LEAVES}
            assert {port for port, packets in reach.leaving.items() if packets.holds(packet)} == ends


def some_packet(hops: Hops, chance: Random) -> dict[Field, int]:
    """Every field at a value where some rule begins or ends."""
    values: dict[Field, int] = {PROTOCOL: chance.choice([TCP, UDP])}
    for field in (DST4, SRC4, DPORT, SPORT):
        start = chance.choice(hops.space.axis_of[field].starts)
        values[field] = max(0, start - chance.randrange(2))
    return values
