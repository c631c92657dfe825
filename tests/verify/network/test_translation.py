"""A network whose border translates: who reaches whom, as what, and whether the answer comes home."""

from dataclasses import replace

import pytest
from networks import interface, prefix, route

from qianyun.verify.chains import Ruleset
from qianyun.verify.conditions import IS_NEW, all_of, destination_in, is_, source_in
from qianyun.verify.explaining import packet_of
from qianyun.verify.fields import DPORT, PROTOCOL, TCP
from qianyun.verify.network.judging import Passage, judge_network, passages
from qianyun.verify.network.model import Box, Link, Network, Port
from qianyun.verify.network.reaching import hops_of
from qianyun.verify.network.walking import Ending, Walker
from qianyun.verify.nft_text import read_nft
from qianyun.verify.packets import Packet

BORDER = """
table inet border {
 chain come {
  type nat hook prerouting priority dstnat; policy accept;
  iifname "wan" ip daddr 203.0.113.10 tcp dport 443 dnat ip to 10.1.0.10:8443
  iifname "lan" ip daddr 203.0.113.10 tcp dport 443 dnat ip to 10.1.0.10:8443
 }
 chain go {
  type nat hook postrouting priority srcnat; policy accept;
  oifname "wan" masquerade
  iifname "lan" oifname "lan" masquerade
 }
 chain forward {
  type filter hook forward priority filter; policy drop;
  ct state established,related accept
  iifname "lan" accept
  ct status dnat accept
 }
}
"""
QUESTIONS = [
    destination_in([prefix("203.0.113.10/32"), prefix("10.1.0.10/32"), prefix("198.51.100.7/32")]),
    *(source_in([prefix(each)]) for each in ("10.1.0.0/16", "10.1.5.0/24", "203.0.113.1/32", "198.51.100.0/24")),
    is_(DPORT, 443, 8443),
    is_(PROTOCOL, TCP),
]


def ruleset(text: str = BORDER) -> Ruleset:
    found = read_nft(text, "border.nft")
    assert not found.unread
    return found


def network(text: str = BORDER) -> Network:
    """Servers ─ r ─ border ─ internet; servers may be told to answer by another way."""
    border = Box(
        name="border",
        interfaces=(
            interface("lan", "192.0.2.1/30", "2001:db8:0:1::1/64"),
            interface("wan", "203.0.113.1/24", "2001:db8:0:2::1/64", zone="internet"),
        ),
        routes=(
            route("10.1.0.0/16", "lan", gateway="192.0.2.2"),
            route("0.0.0.0/0", "wan", gateway="203.0.113.254", text="default by wan"),
        ),
        ruleset=ruleset(text),
    )
    inner = Box(
        name="r",
        interfaces=(interface("up", "192.0.2.2/30"), interface("lan", "10.1.0.1/16", zone="office")),
        routes=(route("0.0.0.0/0", "up", gateway="192.0.2.1"),),
    )
    return Network(boxes=(border, inner), links=(Link(Port("border", "lan"), Port("r", "up")),))


def passage(of: Network, origin: str, target: str) -> Passage:
    hops = hops_of(of, QUESTIONS)
    senders = "10.1.5.0/24" if origin == "office" else "198.51.100.0/24"
    opening = hops.space.packets(all_of(IS_NEW, source_in([prefix(senders)])))
    [found] = passages(hops, origin, target, opening)
    return found


def test_what_leaves_by_masquerade_has_the_address_of_the_interface_it_leaves_by() -> None:
    found = passage(network(), "office", "internet")
    space = found.seen.space

    sources = found.seen & space.packets(source_in([prefix("203.0.113.1/32")]))

    assert found.seen <= sources
    assert found.packets & space.packets(source_in([prefix("10.1.0.0/16")]))


def test_what_comes_in_goes_on_to_the_server_that_the_border_stands_for() -> None:
    found = passage(network(), "internet", "office")
    space = found.packets.space
    asked = {dst: space.packets(destination_in([prefix(dst)])) for dst in ("203.0.113.10/32", "10.1.0.10/32")}

    assert found.packets <= asked["203.0.113.10/32"] & space.packets(is_(DPORT, 443))
    assert found.seen <= asked["10.1.0.10/32"] & space.packets(is_(DPORT, 8443))


def test_a_way_cites_the_line_that_translates_and_what_the_packet_becomes() -> None:
    found = passage(network(), "internet", "office")
    [(packet, way)] = found.ways

    texts = [line.text for line in way.cited()]

    assert packet.destination_end == "203.0.113.10:443"
    assert any(
        text.startswith('iifname "wan" ip daddr 203.0.113.10') and text.endswith("translated to 10.1.0.10:8443)")
        for text in texts
    )


@pytest.mark.parametrize(("origin", "target"), [("office", "internet"), ("internet", "office")])
def test_the_answer_comes_home_through_the_box_that_translated(origin: str, target: str) -> None:
    found = passage(network(), origin, target)
    [(packet, _way)] = found.ways
    [(home, reply)] = found.answers

    assert home
    assert str(reply).count("border") == 1
    assert Packet(values=reply.hops[-1].after).source == packet.destination


def test_an_answer_that_the_forward_chain_refuses_does_not_come_home() -> None:
    strict = BORDER.replace("ct state established,related accept", 'iifname "lan" ct direction reply drop')

    found = passage(network(strict), "internet", "office")

    [(home, reply)] = found.answers
    assert not home
    assert reply.ending is Ending.DENIED_WITHIN


def test_a_server_that_answers_by_another_way_answers_as_somebody_else() -> None:
    whole = network()
    modem = interface("modem", zone="internet")
    inner = replace(
        whole.boxes[1],
        interfaces=(*whole.boxes[1].interfaces, modem),
        routes=(route("0.0.0.0/0", "modem"), route("192.0.2.0/30", "up", gateway="192.0.2.1")),
    )
    hops = hops_of(replace(whole, boxes=(whole.boxes[0], inner)), QUESTIONS)

    found = [each for each in passages(hops, "internet", "office") if each.start == Port("border", "wan")]

    [(home, reply)] = found[0].answers
    assert not home
    assert reply.last == Port("r", "modem")
    assert Packet(values=reply.hops[-1].after).source_end == "10.1.0.10:8443"


def test_a_packet_to_a_public_name_of_its_own_network_is_turned_round() -> None:
    walker = Walker(network())
    packet = packet_of("tcp 10.1.0.99:50000 > 203.0.113.10:443")

    [way] = walker.ways(Port("r", "lan"), packet.values)

    seen = Packet(values=way.hops[-1].after)
    assert str(way) == "r[lan,up] > border[lan,lan] > r[up,lan]"
    assert (str(seen.source), seen.destination_end) == ("192.0.2.1", "10.1.0.10:8443")
    [reply] = walker.replies(way)
    assert walker.comes_home(reply, Port("r", "lan"), way)


def test_a_second_uplink_behind_a_translation_is_found_with_the_packet_as_it_was_sent() -> None:
    hops = hops_of(network(), QUESTIONS)

    found = judge_network(hops, lambda _a, _b: True, outside="internet", egress=[Port("border", "other")])

    [finding] = [each for each in found if each.origin == "office"]
    assert finding.witnesses[0].destination.version == 4
    assert any("source translated to 203.0.113.1" in line.text for line in finding.rules)
