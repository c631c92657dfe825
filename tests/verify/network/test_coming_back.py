"""There and back, packet by packet: the sets say of every connection what walking it both ways says."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from operator import or_

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import FOUR, SIX, alone, stateful, translating, triangles

from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import Ruleset
from qianyun.verify.conditions import is_
from qianyun.verify.diagrams import Engine
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    HEADER,
    ICMP,
    PROTOCOL,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    TCP,
    UDP,
    VERSION,
    Field,
    State,
)
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.network.coming_back import There, WayBack
from qianyun.verify.network.model import Network, Port
from qianyun.verify.network.reaching import Hops, hops_of
from qianyun.verify.network.walking import Ending, Walker, Way

MakeEngine = Callable[[Sequence[int]], Engine]
Values = Mapping[Field, int]
ENGINES = [
    pytest.param(partial(BitEngine, nodes=1 << 18), id="bits"),
    pytest.param(IntervalEngine, id="intervals"),
]
START = Port("a", "p")


@st.composite
def calls(draw: st.DrawFn) -> dict[Field, int]:
    """The first packet of a connection between two of the sixteen addresses."""
    version = draw(st.integers(0, 1))
    network, source, target = (FOUR, SRC4, DST4) if version == 0 else (SIX, SRC6, DST6)
    ends = {of: int(network[0]) + draw(st.integers(0, top)) for of, top in ((source, 4), (target, 15))}
    if version == 0 and draw(st.integers(0, 5)) == 0:
        return {VERSION: version, PROTOCOL: ICMP, SPORT: 8 << 8, DPORT: 0, **ends}
    ports = {SPORT: draw(st.integers(0, 1)), DPORT: draw(st.integers(0, 1))}
    return {VERSION: version, PROTOCOL: draw(st.sampled_from([TCP, UDP])), **ports, **ends}


def hops_for(network: Network, packets: Sequence[Values], engine: MakeEngine) -> tuple[Hops, WayBack]:
    back = WayBack(network)
    more = [is_(of, value) for packet in packets for of, value in packet.items()]
    return hops_of(network, [*more, *back.conditions()], engine), back


def undoes_itself(way: Way) -> bool:
    """Whether a packet becomes again what it has been before: the sets call it another one then."""
    seen = [tuple(hop.before.get(of, 0) for of in HEADER) for hop in way.hops]
    seen.append(tuple(way.hops[-1].after.get(of, 0) for of in HEADER))
    changes = [one for one, other in zip(seen, [*seen[1:], None], strict=True) if one != other]
    return len(set(changes)) < len(changes)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("inner", [stateful, partial(stateful, translating)], ids=["filters", "translates"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_answers_come_home_exactly_where_walking_there_and_back_comes_home(
    inner: Callable[[], st.SearchStrategy[Ruleset]], engine: MakeEngine, data: st.DataObject
) -> None:
    network = data.draw(triangles(inner))
    packets = data.draw(st.lists(calls(), min_size=8, max_size=8))
    (hops, back), walker = hops_for(network, packets, engine), Walker(network)

    asked = hops.space.everything
    if hops.translates:  # else every packet that there is; of those that become others, only these
        asked = reduce(or_, (alone(hops.space, {**packet, STATE: State.NEW}) for packet in packets))
    found = back.within(hops).follow(START, asked, {START})

    for packet in packets:
        agree(hops, found, packet, walker)


def agree(hops: Hops, found: Mapping[Port, There], packet: Values, walker: Walker) -> None:
    ways = [(way, list(walker.replies(way))) for way in walker.ways(START, packet) if way.ending is Ending.LEAVES]
    ways = [(way, replies) for way, replies in ways if way.last != START]
    if any(undoes_itself(each) for way, replies in ways for each in (way, *replies)):
        return
    for out in {*found, *(way.last for way, _replies in ways)}:
        here = [(way, replies) for way, replies in ways if way.last == out]
        nothing = hops.space.nothing
        there = found.get(out, There(nothing, nothing, nothing))
        home = any(walker.comes_home(reply, START, way) for way, replies in here for reply in replies)
        away = any(not walker.comes_home(reply, START, way) for way, replies in here for reply in replies)
        round_ = any(reply.ending is Ending.LOOP for _way, replies in here for reply in replies)
        told = {"passing": (there.passing, bool(here)), "answered": (there.answered, home)}
        for name, (claimed, walked) in (told if round_ else told | {"astray": (there.astray, away)}).items():
            least, most = (each(claimed).holds(dict(packet)) for each in (hops.must, hops.may))
            assert least <= walked <= most, f"{name} at {out}"
            assert packet[PROTOCOL] == ICMP or claimed.holds(dict(packet)) == walked, f"{name} at {out}"
