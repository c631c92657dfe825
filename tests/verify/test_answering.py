"""The way back through a firewall: which connections are answered, told by their first packet."""

from collections.abc import Callable, Sequence

import pytest

from qianyun.verify.answering import Answered, answered
from qianyun.verify.bits import BitEngine
from qianyun.verify.diagrams import Engine
from qianyun.verify.explaining import packet_of
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.nft_text import read_nft

ENGINES = [pytest.param(BitEngine, id="bits"), pytest.param(IntervalEngine, id="intervals")]
SERVER = "tcp 198.51.100.7:50000 > 203.0.113.10:443 iif wan oif lan"
CLIENT = "tcp 10.1.5.5:50000 > 198.51.100.7:443 iif lan oif wan"
NAT = """
 chain come {
  type nat hook prerouting priority dstnat;
  iifname "wan" ip daddr 203.0.113.10 tcp dport 443 dnat ip to 10.1.0.10:8443
 }
 chain go {
  type nat hook postrouting priority srcnat;
  oifname "wan" snat ip to 203.0.113.1
 }
"""


def of(rules: str, engine: Callable[[Sequence[int]], Engine] = BitEngine) -> Answered:
    chains = f"chain f {{\n type filter hook forward priority 0; policy drop;\n{rules}\n }}\n"
    ruleset = read_nft(f"table inet t {{\n{NAT}{chains}}}\n", "fw")
    assert not ruleset.unread
    return answered(ruleset, engine)


def says(found: Answered, packet: str) -> tuple[bool, bool, bool]:
    """Opened; may be answered; must be."""
    values = dict(packet_of(packet).values)
    return found.opened.holds(values), found.may.holds(values), found.must.holds(values)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("rules", "server", "client"),
    [
        ("accept", True, True),
        ("ct state new accept", False, False),
        ("ct state established,new accept", True, True),
        ("ct state new accept\n ip saddr 10.1.0.10 tcp sport 8443 accept", True, False),
        ("ct state new accept\n ip saddr 203.0.113.10 accept", False, False),
        ("ct state new accept\n ip daddr 10.1.5.5 accept", False, True),
        ("ct state new accept\n ip daddr 203.0.113.1 accept", False, False),
        ("ct state new accept\n ct status dnat accept", True, False),
        ('ct state new accept\n iifname "wan" oifname "lan" accept', False, True),
        ('ct state new accept\n ct direction reply iifname "lan" accept', True, False),
        ("ct state new ct mark set 7 accept\n ct mark 7 accept", True, True),
        ("ct state new ct mark set 7 accept\n ct mark 0 accept", False, False),
        ("ct state new accept\n tcp flags & (syn|ack) == syn|ack accept", True, True),
    ],
)
def test_an_answer_is_seen_as_the_hook_shows_it(
    engine: Callable[[Sequence[int]], Engine], rules: str, *, server: bool, client: bool
) -> None:
    found = of(rules, engine)

    assert says(found, SERVER) == (True, server, server)
    assert says(found, CLIENT) == (True, client, client)


def test_a_source_port_that_is_taken_makes_a_connection_one_whose_source_is_translated() -> None:
    found = of("ct state new accept\n ct status snat accept")

    assert says(found, CLIENT) == (True, True, True)
    assert says(found, SERVER) == (True, True, False)


def test_an_echo_is_answered_by_a_reply() -> None:
    found = of("ct state new accept\n icmp type echo-reply accept")

    assert says(found, "icmp 10.1.5.5 > 198.51.100.7 iif lan oif wan") == (True, True, True)


def test_what_a_raw_chain_takes_out_of_tracking_does_not_come_back_translated() -> None:
    raw = " accept\n }\n chain raw {\n type filter hook prerouting priority -300;\n ip saddr 10.1.0.10 notrack\n"
    found = of(raw)

    assert says(found, SERVER) == (True, False, False)
    assert says(found, CLIENT) == (True, True, True)
