"""A whole network against the flow matrix: content as it stands, and not with one thing changed."""

from dataclasses import replace

import pytest
from collected import EDGE, GATEWAYS, INNER, OFFICE, PASSES_ALL, RULES, but, linux, surveyed
from dossiers import ON, POLICY

from qianyun.verify.explaining import packet_of
from qianyun.verify.findings import Finding, Kind, Severity
from qianyun.verify.network.devices import Device
from qianyun.verify.network.journey import journey_of
from qianyun.verify.network.matrix import verify_network
from qianyun.verify.network.walking import Ending

PORTAL = "tcp [2001:db8:aaaa::5]:50000 > [2001:db8:1:1::9]:443"
LEAK = RULES.replace("\tchain forward {", "\tchain forward {\n\t\tip6 daddr 2001:db8:3::/48 tcp dport 22 accept", 1)


def judged(*devices: Device) -> tuple[Finding, ...]:
    return verify_network(surveyed(*devices), POLICY, ON).findings


def kinds(*devices: Device) -> set[tuple[Kind, str]]:
    return {(finding.kind, finding.check) for finding in judged(*devices)}


def test_gateways_that_run_the_compiled_matrix_and_route_rightly_are_content() -> None:
    assert judged(EDGE, INNER) == ()


def test_a_rule_on_one_gateway_alone_lets_nothing_pass_where_the_next_one_refuses() -> None:
    assert kinds(EDGE, but(INNER, nft=LEAK)) == {(Kind.FORBIDDEN, "B06")}


def test_a_rule_on_every_gateway_is_a_passage_with_its_lines_on_each() -> None:
    found = [each for each in judged(but(EDGE, nft=LEAK), but(INNER, nft=LEAK)) if each.origin == "world"]

    assert [(each.kind, each.check, each.target) for each in found] == [(Kind.FORBIDDEN, "Z04", "inner")]
    [finding] = found
    assert "passes through edge > inner" in finding.sentence
    for box in ("edge", "inner"):
        assert any(line.place.startswith(f"{box}:") and "tcp dport 22" in line.text for line in finding.rules)
    assert [packet.version for packet in finding.witnesses] == [6]
    assert finding.offends.place == "zones.yml:3"


def test_a_gateway_that_drops_a_declared_flow_is_a_refusal_with_flow_and_line() -> None:
    shut = RULES.replace("\tchain forward {", "\tchain forward {\n\t\tip6 daddr 2001:db8:1:1::/64 drop", 1)

    [finding, *_others] = [each for each in judged(but(EDGE, nft=shut), INNER) if each.offends.text == "portal"]

    assert (finding.kind, finding.check, finding.offends.text) == (Kind.REFUSED, "B07", "portal")
    assert "does not come through: " in finding.sentence
    assert finding.sentence.endswith("at edge web")


def test_a_declared_flow_without_a_route_is_a_refusal_and_a_black_hole() -> None:
    core = linux(
        "core",
        {"web": ["2001:db8:1:1::9/64"], "racks": ["2001:db8:1:7::1/64"]},
        ["10.0.0.0/8 via 10.2.0.1 dev web"],
        nft=PASSES_ALL,
    )
    to_core = but(EDGE, routes_v6=f"{EDGE.text('text.routes-v6')}\n2001:db8:1:1::/64 via 2001:db8:1:1::9 dev web")
    text = [str(key) for key in to_core.attributes if "2001:db8:1:1::1" in key]
    transit = Device(
        name="edge",
        called=to_core.called,
        attributes={key: value for key, value in to_core.attributes.items() if key not in text}
        | {
            "address.2001:db8:1:8::1": (64, "web"),
            "text.routes-v6": "default via 2001:db8:ff::1 dev up\n"
            "2001:db8:2::/48 dev gate\n2001:db8:1:1::/64 via 2001:db8:1:8::9 dev web",
        },
    )
    core = linux(
        "core",
        {"web": ["2001:db8:1:8::9/64"], "racks": ["2001:db8:1:7::1/64"]},
        ["blackhole 10.0.0.0/8", "2001:db8:2::/48 via 2001:db8:1:8::1 dev web"],
        nft=PASSES_ALL,
    )

    found = kinds(transit, INNER, core)

    assert {(Kind.REFUSED, "B07"), (Kind.BLACK_HOLE, "N02")} <= found


TWO_EDGES = (replace(GATEWAYS[0], name="one"), replace(GATEWAYS[0], name="two"))


def edge(name: str, number: int) -> Device:
    return linux(
        name,
        {"up": [f"2001:db8:ff:{number}::2/64"], "web": [f"2001:db8:1:f::{number}/64"]},
        [f"default via 2001:db8:ff:{number}::1 dev up", "2001:db8:1:1::/64 via 2001:db8:1:f::9 dev web"],
    )


def core(*routes: str) -> Device:
    return linux("core", {"web": ["2001:db8:1:f::9/64"], "racks": ["2001:db8:1:1::1/64"]}, routes, nft=PASSES_ALL)


def unanswered(*devices: Device) -> list[Finding]:
    survey = surveyed(*devices, gateways=TWO_EDGES)
    return [each for each in verify_network(survey, POLICY, ON).findings if each.offends.text == "portal"]


def test_an_answer_through_a_gateway_that_never_saw_the_connection_does_not_come_back() -> None:
    [finding] = unanswered(edge("one", 1), edge("two", 2), core("default via 2001:db8:1:f::2 dev web"))

    assert (finding.kind, finding.check, finding.firewall) == (Kind.UNANSWERED, "N03", "two")
    assert "the answer" in finding.sentence
    assert finding.sentence.endswith("at two up, which never saw the connection")
    assert [str(packet.destination) for packet in finding.witnesses] == ["2001:db8:1:1::"]
    assert finding.packets


def test_an_answer_that_may_take_a_gateway_that_never_saw_the_connection_is_a_warning() -> None:
    both = core("default via 2001:db8:1:f::2 dev web", "default via 2001:db8:1:f::1 dev web")

    found = unanswered(edge("one", 1), edge("two", 2), both)

    assert {(each.kind, each.check, each.severity) for each in found} == {(Kind.UNANSWERED, "N03", Severity.WARN)}
    assert "comes back by some of its ways only" in found[0].sentence


def test_a_server_network_without_a_route_back_does_not_answer() -> None:
    [finding] = unanswered(edge("one", 1), edge("two", 2), core("2001:db8:2::/48 via 2001:db8:1:f::1 dev web"))

    assert (finding.kind, finding.check, finding.firewall) == (Kind.UNANSWERED, "N03", "core")


def test_a_second_uplink_of_a_department_is_found_in_and_out() -> None:
    found = {(each.kind, each.origin, each.target) for each in judged(EDGE, INNER, OFFICE)}

    assert (Kind.OFF_EGRESS, "office", "world") in found
    assert (Kind.FORBIDDEN, "office", "world") in found
    assert (Kind.FORBIDDEN, "world", "office") in found


def test_a_second_uplink_through_which_nothing_passes_now_is_a_warning() -> None:
    shut = PASSES_ALL.replace("accept", "drop")

    found = [each for each in judged(EDGE, INNER, but(OFFICE, nft=shut)) if each.kind is Kind.OFF_EGRESS]

    assert [(each.severity, each.check) for each in found] == [(Severity.WARN, "E01")]
    assert found[0].rules[0].text == "default via 203.0.113.1 dev modem"


@pytest.mark.parametrize(
    ("device", "what"),
    [
        (but(INNER, nft=None), "inner: its rules were not seen"),
        (but(INNER, nft="table inet x {"), "unexpected end"),
        (but(INNER, sysctls=None), "inner: whether it passes packets on was not seen"),
        (but(INNER, routes=None), "inner: its routes of IPv4 were not seen"),
        (but(INNER, rules="0: from all lookup local\n99: from all lookup 7"), "policy routing is not followed"),
        (but(INNER, routes="default via 10.2.0.1 dev gate\nsomewhere via x"), "the route is not understood"),
        (but(INNER, routes="default via 10.2.0.1 dev gate table 7\n10.0.0.0/8 dev gate"), "routing table 7"),
    ],
)
def test_what_is_not_known_of_a_box_is_named_and_nothing_through_it_is_called_proven(device: Device, what: str) -> None:
    report = verify_network(surveyed(EDGE, but(device, nft=device.text("text.nft") or None)), POLICY, ON)

    assert not [each for each in report.findings if each.kind is Kind.FORBIDDEN]
    assert any(device.name in each.place for each in report.unread)
    assert what == "unexpected end" or any(what in each.text for each in report.unread)


def test_through_a_box_whose_rules_are_unknown_passage_is_unproven() -> None:
    report = verify_network(surveyed(EDGE, but(INNER, nft=None)), POLICY, ON)

    assert {each.kind for each in report.findings} == {Kind.UNPROVEN}
    assert not report.is_exact


def test_a_gateway_that_was_not_collected_is_unproven_by_name() -> None:
    [finding] = judged(EDGE)

    assert (finding.kind, finding.firewall) == (Kind.UNPROVEN, "inner")
    assert finding.rules[0].place == "g.yml:2"


def test_two_boxes_that_hold_one_address_are_told_and_not_joined() -> None:
    twin = linux("twin", {"gate": ["10.2.0.1/24"], "lan": ["10.3.9.1/24"]}, ["blackhole 10.9.0.0/16"])

    survey = surveyed(EDGE, twin, gateways=())

    assert survey.network.links == ()
    assert [doubt.what for doubt in survey.doubts] == [
        "edge gate and twin gate hold the same address 10.2.0.1; they are not joined"
    ]


def test_prefixes_of_two_boxes_that_overlap_are_told_with_both() -> None:
    wide = linux("wide", {"gate": ["10.2.0.9/16"], "lan": ["10.3.9.1/24"]}, ["blackhole 10.9.0.0/16"])

    assert [doubt.what for doubt in surveyed(EDGE, wide, gateways=()).doubts] == [
        "wide gate lies in 10.2.0.0/16, and edge gate in 10.2.0.0/24, which overlap; one of the masks is wrong"
    ]


def test_a_shared_address_of_routers_is_a_doubt_with_its_line() -> None:
    text = (
        "interface Vlanif1\n ip address 10.2.0.3 255.255.255.0\n vrrp vrid 1 virtual-ip 10.2.0.254\n#\ninterface V2\n"
    )
    router = Device(
        name="r",
        called=frozenset({"r"}),
        attributes={"text.configuration": f"{text} ip address 10.3.0.1 255.255.255.0\n", "device.family": "vrp"},
    )

    doubts = surveyed(router, gateways=()).doubts

    assert [(doubt.place, doubt.shuts) for doubt in doubts if "vrrp" in doubt.what] == [("r configuration:3", False)]


def test_a_box_in_two_zones_that_do_not_border_is_found_unless_it_is_declared() -> None:
    both = linux("both", {"a": ["192.0.2.1/24"], "b": ["10.3.0.9/24"]}, ["blackhole 10.9.0.0/16"], sysctls=FORBIDS)

    assert (Kind.ADJACENT_ZONES, "Z06") in kinds(EDGE, INNER, both)


FORBIDS = "net.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding = 0\n"


def test_mac_addresses_of_two_zones_in_one_vlan_are_a_shared_segment() -> None:
    switch = Device(
        name="sw",
        called=frozenset({"sw"}),
        attributes={
            "mac.00:00:00:00:00:01.7": "p1",
            "mac.00:00:00:00:00:02.7": "p2",
            "arp.192.0.2.9.v7": "00:00:00:00:00:01",
            "arp.10.3.0.9.v7": "00:00:00:00:00:02",
        },
    )

    found = [each for each in judged(EDGE, INNER, switch) if each.kind is Kind.ADJACENT_ZONES]

    assert [(each.check, each.firewall) for each in found] == [("Z04", "sw VLAN 7")]


def test_a_packet_is_led_through_every_box_and_its_answer_home() -> None:
    journey = journey_of(surveyed(), POLICY, packet_of(PORTAL), ON)

    [path] = journey.paths
    assert (journey.origin, journey.target, journey.agrees) == ("world", "web", True)
    assert [hop.box for hop in path.way.hops] == ["edge"]
    assert path.comes_home
    assert [flow for flow, _place in journey.flows] == ["portal"]


def test_a_packet_that_no_flow_permits_ends_at_a_line() -> None:
    packet = packet_of("tcp [2001:db8:aaaa::5]:50000 > [2001:db8:3::9]:22")

    journey = journey_of(surveyed(), POLICY, packet, ON)

    assert [path.way.ending for path in journey.paths] == [Ending.DENIED_WITHIN]
    assert journey.agrees


def test_gateways_of_the_egress_are_those_that_border_the_outside() -> None:
    inside = (replace(GATEWAYS[0], zones=("web", "gate")), GATEWAYS[1])

    assert {str(port) for port in surveyed().egress} == {"edge up"}
    assert surveyed(EDGE, INNER, gateways=inside).egress == frozenset()


def test_a_box_that_drops_errors_of_icmpv6_is_found() -> None:
    deaf = RULES.replace("\tchain forward {", "\tchain forward {\n\t\ticmpv6 type packet-too-big drop", 1)

    found = [each for each in judged(but(EDGE, nft=deaf), INNER) if each.check == "V04"]

    assert [(each.kind, each.firewall) for each in found] == [(Kind.REFUSED, "edge")]


def test_a_circle_of_routes_is_found_with_its_boxes() -> None:
    back = but(INNER, routes_v6="default via 2001:db8:2::1 dev gate\n2001:db8:3:8000::/49 via 2001:db8:2::1 dev gate")

    [finding] = [
        each for each in judged(but(EDGE, nft=PASSES_ALL), but(back, nft=PASSES_ALL)) if each.kind is Kind.ROUTE_LOOP
    ]

    assert (finding.check, finding.sentence) == ("N01", "packets go round in a circle: edge → inner → edge")


def test_bridges_for_the_containers_of_a_host_make_it_no_router() -> None:
    host = linux("host", {"eth0": ["10.4.0.7/24"], "docker0": ["172.17.0.1/16"]}, ["default via 10.4.0.1 dev eth0"])

    assert [box.name for box in surveyed(EDGE, INNER, host).network.boxes] == ["edge", "inner"]
