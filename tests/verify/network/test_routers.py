"""Packets through a whole network: our walks end where another engine's end, and sets say the same."""

import csv
import gzip
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import IPv4Address, ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
from verdicts import values_of

from qianyun.verify.acls.ios import read_ios
from qianyun.verify.acls.ios_routes import read_ios_router
from qianyun.verify.conditions import all_of, is_, source_in
from qianyun.verify.fields import DST4
from qianyun.verify.network.model import Network, Port
from qianyun.verify.network.reaching import hops_of
from qianyun.verify.network.walking import Ending, Walker
from qianyun.verify.routers import Interface, Route, Router, joined

UNKNOWN_NEXT_HOP = "INSUFFICIENT_INFO"
"""The next hop is no router of the set, but the destination lies in a subnet of the network: the other engine calls
that not delivered, we say that the packet leaves by that interface. Seven rows."""
STANDBY = "171.64.17.65"
"""A virtual address (HSRP) that two routers share: the other engine says that one of them takes the packet, we say
that it goes to the subnet where they both stand. One row."""
ENDS = {
    "ACCEPTED": Ending.LOCAL,
    **dict.fromkeys(("DELIVERED_TO_SUBNET", "EXITS_NETWORK", UNKNOWN_NEXT_HOP), Ending.LEAVES),
    "DENIED_IN": Ending.DENIED_IN,
    "DENIED_OUT": Ending.DENIED_OUT,
    "NULL_ROUTED": Ending.DISCARDED,
    "NO_ROUTE": Ending.NO_ROUTE,
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
    walker = Walker(backbone(zones / "stanford-backbone"))
    differing = []
    for row in rows(zones / "verdicts" / "stanford-network.csv.gz"):
        found = list(walker.ways(Port(row["src_node"], row["src_iface"]), values_of(row)))
        boxes = [hop.partition("[")[0] for hop in row["hops"].partition(" = ")[0].split(" > ")]
        expected = (ENDS[row["disposition"]], boxes)
        if [(way.ending, [hop.box for hop in way.hops]) for way in found] != [expected]:
            differing.append((row["dst"], row["disposition"], [way.ending for way in found]))

    assert differing == [(STANDBY, "ACCEPTED", [Ending.LEAVES])]


def test_whether_some_packet_arrives_or_does_not_is_what_another_engine_proves(shared: Callable[[str], Path]) -> None:
    zones = shared("zones")
    network = backbone(zones / "stanford-backbone")
    pairs = rows(zones / "verdicts" / "stanford-network-pairs.csv.gz")
    asked = {
        row["pair"]: all_of(is_(DST4, int(IPv4Address(row["dst"]))), source_in([ip_network(row["src_subnet"])]))
        for row in pairs
    }
    hops = hops_of(network, asked.values())
    differing = set()
    for row in pairs:
        every = hops.space.packets(asked[row["pair"]])
        reach = hops.reach(Port(row["src_node"], row["src_iface"]), every)
        arrived = hops.space.nothing
        for packets in (*reach.leaving.values(), *reach.local.values()):
            arrived |= packets
        if (bool(arrived), bool(every - arrived)) != (row["delivered_exists"] == "1", row["undelivered_exists"] == "1"):
            differing.add((row["src_node"], row["src_iface"], row["dst"]))

    walked = rows(zones / "verdicts" / "stanford-network.csv.gz")
    assert len(pairs) == 300
    assert differing == {
        (row["src_node"], row["src_iface"], row["dst"]) for row in walked if row["disposition"] == UNKNOWN_NEXT_HOP
    }


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

    found = {
        word: [*Walker(network).ways(Port("a"), {DST4: int(ip_address(word))})]
        for word in ("10.0.0.7", "10.0.0.1", "10.9.0.1", "10.1.0.1", "203.0.113.1")
    }

    assert [(way.ending, way.last) for [way] in found.values()] == [
        (Ending.LEAVES, Port("b", "lan")),
        (Ending.LOCAL, Port("b")),
        (Ending.DISCARDED, Port("b")),
        (Ending.NO_ROUTE, Port("b")),
        (Ending.NO_ROUTE, Port("a")),
    ]


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


def test_a_way_cites_the_line_of_each_route() -> None:
    text = "interface e0\n ip address 192.0.2.1 255.255.255.252\nip route 10.0.0.0 255.0.0.0 192.0.2.2\n"
    router, _configuration = read_ios_router(text, "r1", read_ios(text, "r1"))

    [way] = Walker(joined([router])).ways(Port("r1"), {DST4: int(ip_address("10.0.0.1"))})

    assert [(line.place, line.text) for line in way.cited()] == [("r1:3", "ip route 10.0.0.0 255.0.0.0 192.0.2.2")]
