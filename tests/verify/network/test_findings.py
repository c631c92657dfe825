"""A small network by hand: who reaches whom, by which lines, and what is wrong with it."""

from dataclasses import replace
from itertools import pairwise

import pytest
from networks import interface, prefix, route, two_sites

from qianyun.errors import ReadError
from qianyun.verify.conditions import source_in
from qianyun.verify.fields import DPORT, Field
from qianyun.verify.findings import Finding, Kind
from qianyun.verify.network.adjacency import Foot, adjacent_zones
from qianyun.verify.network.judging import judge_network, passages
from qianyun.verify.network.model import Box, Link, Network, Port
from qianyun.verify.network.reaching import hops_of
from qianyun.verify.packets import Packet

OFFICE = source_in([prefix("10.1.0.0/16"), prefix("2001:db8:1::/48")])


def judged(network: Network, kind: Kind) -> list[Finding]:
    hops = hops_of(network, [OFFICE])
    found = judge_network(hops, lambda _a, _b: True, outside="internet", egress=[Port("core", "egress")])
    return [finding for finding in found if finding.kind is kind]


def test_a_passage_names_every_hop_with_its_route_and_the_line_that_lets_it_pass() -> None:
    hops = hops_of(two_sites(), [OFFICE])

    found = [each for each in passages(hops, "office", "internet") if each.out == Port("core", "egress")]
    [(packet, way)] = found[0].ways

    assert packet.version == 4
    assert str(way) == "r1[lan,up] > core[down,egress]"
    assert [line.text for line in way.cited()] == ["default via core", "permit office", "default via egress"]


def test_what_a_filter_on_the_way_refuses_does_not_pass() -> None:
    hops = hops_of(two_sites(), [OFFICE])

    passing = [packet for each in passages(hops, "office", "internet") for packet, _way in each.ways]

    assert passing
    assert not any(
        hops.reach(Port("r1", "lan")).leaving[Port("core", "egress")].holds(_to_port(each, 445)) for each in passing
    )


def _to_port(packet: Packet, port: int) -> dict[Field, int]:
    return {**packet.values, DPORT: port}


def test_a_second_uplink_is_found_with_a_packet_and_its_route() -> None:
    [finding] = judged(two_sites(), Kind.OFF_EGRESS)

    assert finding.sentence == "packets leave at r1 modem, which is not the unified egress (core egress)"
    assert finding.check == "E01"
    assert finding.witnesses[0].version == 6
    assert "default via modem" in [line.text for line in finding.rules]


def test_a_route_loop_is_found_with_its_boxes_and_a_packet() -> None:
    [finding] = judged(two_sites(), Kind.ROUTE_LOOP)

    assert finding.sentence == "packets go round in a circle: core → r1 → core"
    assert finding.witnesses[0].destination in prefix("10.0.0.0/8")
    assert finding.witnesses[0].destination not in prefix("10.1.0.0/16")
    assert {"all of ten", "default via core"} <= {line.text for line in finding.rules}


def test_a_box_that_forwards_nothing_is_a_black_hole() -> None:
    network = two_sites()
    deaf = replace(network.boxes[1], forwards=frozenset())

    [finding] = judged(replace(network, boxes=(network.boxes[0], deaf)), Kind.BLACK_HOLE)

    assert finding.sentence == "core is sent packets for others, but forwards none"


def test_a_box_without_a_route_is_a_black_hole() -> None:
    network = two_sites()
    lost = replace(network.boxes[1], routes=network.boxes[1].routes[1:2])

    [finding] = judged(replace(network, boxes=(network.boxes[0], lost)), Kind.BLACK_HOLE)

    assert finding.sentence == "core is sent packets that it has no route for"


def test_a_segment_of_two_zones_and_a_host_in_two_zones_are_found() -> None:
    feet = [
        Foot(owner="web1", interface="eth0", segment="vlan7", zone="internet"),
        Foot(owner="db1", interface="eth0", segment="vlan7", zone="extranet"),
        Foot(owner="both", interface="eth0", segment="vlan8", zone="internet"),
        Foot(owner="both", interface="eth1", segment="vlan9", zone="extranet"),
        Foot(owner="gap", interface="eth0", segment="vlan8", zone="internet"),
        Foot(owner="gap", interface="eth1", segment="vlan9", zone="extranet"),
    ]

    found = [(each.through, each.is_host) for each in adjacent_zones(feet, lambda _a, _b: False, guards=["gap"])]

    assert found == [("vlan7", False), ("both", True)]


def test_zones_that_border_may_share_a_box() -> None:
    network = Network(boxes=(Box(name="r", interfaces=(interface("x", zone="a"), interface("y", zone="b"))),))

    with_border = judge_network(hops_of(network), lambda _a, _b: True)
    without = judge_network(hops_of(network), lambda _a, _b: False)

    assert with_border == ()
    assert [(finding.kind, finding.check) for finding in without] == [(Kind.ADJACENT_ZONES, "Z06")]


def test_linked_interfaces_of_two_zones_share_a_segment() -> None:
    boxes = tuple(Box(name=name, interfaces=(interface("x", zone=zone),)) for name, zone in (("r", "a"), ("s", "b")))
    network = Network(boxes=boxes, links=(Link(Port("r", "x"), Port("s", "x")),))

    [finding] = judge_network(hops_of(network), lambda _a, _b: False)

    assert finding.sentence == "segment r x holds interfaces of both a and b, which do not border each other"


def test_faults_of_a_network_are_told_all_at_once() -> None:
    boxes = (
        Box(name="r", interfaces=(interface("x"), interface("x")), routes=(route("::/0", "eth9"),)),
        Box(name="r", interfaces=()),
    )

    with pytest.raises(ReadError) as caught:
        Network(boxes=boxes, links=(Link(Port("r", "x"), Port("s", "y"), place="links.csv:2"),))

    assert [str(fault) for fault in caught.value.faults] == [
        "2 boxes are called 'r'",
        "r: 2 interfaces are called 'x'",
        "r: the route to ::/0 goes out at 'eth9', which is no interface of it; name the interface as the box does",
        "links.csv:2: a link ends at s y, which is no interface of the network; name both ends as they are",
    ]


def test_long_chains_of_boxes_are_followed_to_the_end() -> None:
    names = [f"r{number:02}" for number in range(40)]
    boxes = tuple(
        Box(name=name, interfaces=(interface("in"), interface("out")), routes=(route("::/0", "out"),)) for name in names
    )
    links = tuple(Link(Port(a, "out"), Port(b, "in")) for a, b in pairwise(names))

    reach = hops_of(Network(boxes=boxes, links=links)).reach(Port("r00", "in"))

    assert list(reach.leaving) == [Port("r39", "out")]
