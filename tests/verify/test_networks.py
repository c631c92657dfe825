"""Packets through a whole network: our walks end where another engine's end, and sets say the same."""

import csv
import gzip
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import IPv4Address, ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
from apkeep import stream
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts import values_of

from qianyun.verify.acls.filters import Direction
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.acls.ios_routes import read_ios_router
from qianyun.verify.conditions import all_of, is_, source_in
from qianyun.verify.fields import DST4, DST6, VERSION, Version
from qianyun.verify.network import HERE, Box, End, Hop, Network, Reaching, ways
from qianyun.verify.routers import Interface, Route, Router, joined
from qianyun.verify.space import Space

UNKNOWN_NEXT_HOP = "INSUFFICIENT_INFO"
"""The next hop is no router of the set, but the destination lies in a subnet of the network: the other engine calls
that not delivered, we say that the packet leaves by that interface. Seven rows."""
ENDS = {
    **dict.fromkeys(("ACCEPTED", "DELIVERED_TO_SUBNET", "EXITS_NETWORK", UNKNOWN_NEXT_HOP), End.ARRIVED),
    "DENIED_IN": End.DENIED_IN,
    "DENIED_OUT": End.DENIED_OUT,
    "NULL_ROUTED": End.THROWN_AWAY,
    "NO_ROUTE": End.NO_ROUTE,
}


def routes_of(dump: Path) -> str:
    """A route table as static routes: those with a next hop, and those that lead nowhere."""
    lines: list[str] = []
    prefix = ""
    for line in dump.read_text(encoding="latin-1").splitlines()[1:] if dump.exists() else ():
        words = line.split()
        if words and not line.startswith(" "):
            prefix = words.pop(0)
        if len(words) == 2 and (words == ["attached", "Null0"] or words[0][:1].isdecimal()):
            net = ip_network(prefix)
            where = "Null0" if words[0] == "attached" else f"{words[1]} {words[0]}"
            lines.append(f"ip route {net.network_address} {net.netmask} {where}")
    return "\n".join(lines) + "\n"


@cache
def backbone(folder: Path) -> Network:
    routers = []
    for path in sorted(folder.glob("*_config.txt")):
        text = path.read_text(encoding="latin-1") + "\n" + routes_of(folder / path.name.replace("config", "route"))
        name = path.name.removesuffix("_config.txt")
        routers.append(read_ios_router(text, name, read_ios(text, name))[0])
    return joined(routers)


def rows(path: Path) -> list[Mapping[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_every_packet_ends_its_way_where_another_engine_says(shared: Callable[[str], Path]) -> None:
    zones = shared("zones")
    network = backbone(zones / "stanford-backbone")
    differing = []
    for row in rows(zones / "verdicts" / "stanford-network.csv.gz"):
        found = ways(network, row["src_node"], row["src_iface"], values_of(row))
        boxes = [hop.partition("[")[0] for hop in row["hops"].partition(" = ")[0].split(" > ")]
        expected = (ENDS[row["disposition"]], boxes)
        if [(way.end, [hop[0] for hop in way.hops]) for way in found] != [expected]:
            differing.append((row["disposition"], found, row["hops"]))

    assert differing == []


def test_whether_some_packet_arrives_or_does_not_is_what_another_engine_proves(shared: Callable[[str], Path]) -> None:
    zones = shared("zones")
    network = backbone(zones / "stanford-backbone")
    pairs = rows(zones / "verdicts" / "stanford-network-pairs.csv.gz")
    asked = {
        row["pair"]: all_of(is_(DST4, int(IPv4Address(row["dst"]))), source_in([ip_network(row["src_subnet"])]))
        for row in pairs
    }
    reaching = Reaching(network, Space([*network.conditions(), *asked.values()]))
    differing = set()
    for row in pairs:
        every = reaching.space.packets(asked[row["pair"]])
        taken = reaching.entering(row["src_node"], row["src_iface"], every)
        arrived = reaching.space.nothing
        for packets in reaching.edges(row["src_node"], taken).values():
            arrived |= packets
        if (bool(arrived), bool(every - arrived)) != (row["delivered_exists"] == "1", row["undelivered_exists"] == "1"):
            differing.add((row["src_node"], row["src_iface"], row["dst"]))

    walked = rows(zones / "verdicts" / "stanford-network.csv.gz")
    assert len(pairs) == 300
    assert differing == {
        (row["src_node"], row["src_iface"], row["dst"]) for row in walked if row["disposition"] == UNKNOWN_NEXT_HOP
    }


PREFIXES = (
    "0.0.0.0/0",
    "10.0.0.0/30",
    "10.0.0.0/31",
    "10.0.0.1/32",
    "10.0.0.2/31",
    "10.0.0.8/29",
    "::/0",
    "2001:db8::/127",
)
TARGETS = ("10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.9", "192.0.2.1", "2001:db8::1", "2001:db8::9")
BLOCK = "access-list 101 deny ip any host 10.0.0.1\naccess-list 101 permit ip any any\n"


@st.composite
def networks(draw: st.DrawFn) -> Network:
    names = ("a", "b", "c")
    hops = st.one_of(
        st.just(HERE),
        st.sampled_from([Hop("p"), Hop("q")]),
        st.builds(Hop, st.just("p"), st.sampled_from(names), st.just("in")),
    )
    block = read_ios(BLOCK, "r").filters["ip 101"]
    bound = st.dictionaries(st.sampled_from([("p", Direction.OUT), ("in", Direction.IN)]), st.just([block]), max_size=1)
    tables = st.lists(
        st.tuples(st.sampled_from(PREFIXES).map(ip_network), st.lists(hops, max_size=2, unique=True).map(tuple)),
        max_size=6,
        unique_by=lambda entry: entry[0],
    )
    return Network(boxes={name: Box(name=name, table=draw(tables), filters=draw(bound)) for name in names})


@settings(max_examples=60, deadline=None)
@given(network=networks())
def test_sets_reach_exactly_the_edges_that_packets_walk_to(network: Network) -> None:
    reaching = Reaching(network)
    found = reaching.edges("a")
    for word in TARGETS:
        target = ip_address(word)
        values = (
            {VERSION: Version.V4, DST4: int(target)}
            if target.version == 4
            else {VERSION: Version.V6, DST6: int(target)}
        )
        walked = {
            (way.hops[-1][0], way.hops[-1][2]) for way in ways(network, "a", "", values) if way.end is End.ARRIVED
        }

        assert {edge for edge, packets in found.items() if packets.holds(values)} == walked


def test_a_route_by_next_hop_alone_leaves_by_the_interface_that_leads_there() -> None:
    a = Router(
        name="a",
        interfaces=(Interface(name="e0", addresses=(ip_interface("192.0.2.1/30"),)),),
        routes=(Route(prefix=ip_network("10.0.0.0/8"), next_hop=ip_address("192.0.2.2")),),
    )
    b = Router(
        name="b",
        interfaces=(
            Interface(name="e1", addresses=(ip_interface("192.0.2.2/30"),)),
            Interface(name="lan", addresses=(ip_interface("10.0.0.1/24"),)),
        ),
        routes=(Route(prefix=ip_network("10.9.0.0/16"), throws_away=True),),
    )
    network = joined([a, b])

    way = {
        word: ways(network, "a", "", {DST4: int(ip_address(word))})
        for word in ("10.0.0.7", "10.0.0.1", "10.9.0.1", "10.1.0.1", "203.0.113.1")
    }

    assert [(each.end, each.hops[-1]) for [each] in way.values()] == [
        (End.ARRIVED, ("b", "e1", "lan")),
        (End.ARRIVED, ("b", "e1", "")),
        (End.THROWN_AWAY, ("b", "e1", "")),
        (End.NO_ROUTE, ("b", "e1", "")),
        (End.NO_ROUTE, ("a", "", "")),
    ]


def test_routes_that_go_round_in_a_circle_are_a_loop_and_not_a_hang() -> None:
    everywhere = ip_network("0.0.0.0/0")
    network = Network(
        boxes={
            "a": Box(name="a", table=[(everywhere, (Hop("e", "b", "e"),))]),
            "b": Box(name="b", table=[(everywhere, (Hop("e", "a", "e"),))]),
        }
    )

    assert [way.end for way in ways(network, "a", "", {})] == [End.LOOP]
    assert Reaching(network).edges("a") == {}


def test_the_stream_of_the_backbone_reaches_its_edges(shared: Callable[[str], Path]) -> None:
    network = stream(shared("zones") / "apkeep" / "networks" / "stanford")
    reaching = Reaching(network)

    assert sum(len(box.table) for box in network.boxes.values()) == 3840
    assert sum(len(reaching.edges(name)) for name in network.boxes) > 2000


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (" ip address 10.0.0.300 255.0.0.0", "it names no address that we understand"),
        ("ip route 10.0.0.0 255.0.0.7 e0", "the route is not understood"),
    ],
)
def test_an_address_that_is_none_is_listed(line: str, why: str) -> None:
    text = f"interface e0\n{line}\n"
    _router, configuration = read_ios_router(text, "r1", read_ios(text, "r1"))

    assert [(found.place, found.why) for found in configuration.unread] == [("r1:2", why)]
