"""What a Linux host says of its routes, line by line."""

from ipaddress import ip_address, ip_network

import pytest

from qianyun.verify.network.linux_tables import forwards, policy_rules, read_routes
from qianyun.verify.network.model import NextHop

LISTING = """\
default via 10.0.0.1 dev eth0 proto static metric 100
default proto static metric 200
\tnexthop via 10.0.1.1 dev eth1 weight 1
\tnexthop via 10.0.2.1 dev eth2 weight 1
10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2
blackhole 10.9.0.0/16
10.8.0.0/16 via inet6 fe80::1 dev eth0
10.7.0.0/16 via 10.0.0.1 dev eth0 dead linkdown
broadcast 10.0.0.255 dev eth0 table local proto kernel scope link src 10.0.0.2
local 10.0.0.2 dev eth0 table local proto kernel scope host src 10.0.0.2
"""


def hop(port: str, gateway: str = "") -> NextHop:
    return NextHop(interface=port, gateway=ip_address(gateway) if gateway else None, attached=not gateway)


def test_routes_are_read_with_their_next_hops_and_places() -> None:
    found = read_routes(LISTING, "gw routes", 4)

    assert [(str(r.prefix), r.hops, r.metric, r.place) for r in found.routes] == [
        ("0.0.0.0/0", (hop("eth0", "10.0.0.1"),), 100, "gw routes:1"),
        ("0.0.0.0/0", (hop("eth1", "10.0.1.1"), hop("eth2", "10.0.2.1")), 200, "gw routes:2"),
        ("10.0.0.0/24", (hop("eth0"),), 0, "gw routes:5"),
        ("10.9.0.0/16", (), 0, "gw routes:6"),
        ("10.8.0.0/16", (hop("eth0", "fe80::1"),), 0, "gw routes:7"),
    ]
    assert (found.unread, found.elsewhere) == ((), ())


def test_the_default_route_of_ipv6_is_everything() -> None:
    [route] = read_routes("default via fe80::1 dev eth0 proto ra metric 1024 pref medium", "gw", 6).routes

    assert route.prefix == ip_network("::/0")


def test_a_route_of_another_table_stands_apart() -> None:
    found = read_routes("default via 10.0.0.9 dev eth0 table 100", "gw routes", 4)

    assert found.routes == ()
    assert [(line.place, line.why) for line in found.elsewhere] == [
        ("gw routes:1", "it stands in the routing table 100")
    ]


@pytest.mark.parametrize("line", ["10.0.0.300/24 dev eth0", "10.0.0.0/24", "default via nobody dev eth0", "unicast"])
def test_a_route_that_is_not_understood_is_listed_with_its_place(line: str) -> None:
    found = read_routes(f"10.1.0.0/16 dev eth0\n{line}\n", "gw routes", 4)

    assert len(found.routes) == 1
    assert [(unread.place, unread.why) for unread in found.unread] == [("gw routes:2", "the route is not understood")]


def test_rules_that_every_host_has_are_no_policy_routing() -> None:
    text = "0:\tfrom all lookup local\n32765:\tfrom 10.1.0.0/16 lookup 100\n32766:\tfrom all lookup main\n"

    assert [(line.place, line.text) for line in policy_rules(text, "gw rules")] == [
        ("gw rules:2", "32765: from 10.1.0.0/16 lookup 100")
    ]


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 0\n", frozenset({4})),
        ("net.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding = 2\n", frozenset({6})),
        ("net.ipv4.ip_forward = 1\n", None),
        ("", None),
    ],
)
def test_a_host_forwards_what_its_sysctls_say_or_nobody_knows(text: str, versions: frozenset[int] | None) -> None:
    assert forwards(text) == versions
