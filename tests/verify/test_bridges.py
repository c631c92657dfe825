"""Rules of a bridge: frames between its ports meet them alone; packets for IP meet them before and after."""

import pytest

from qianyun.verify.bridges import called
from qianyun.verify.chains import Hook, Ruleset
from qianyun.verify.explaining import packet_of
from qianyun.verify.fields import BRIDGE, FIELDS, IN_INTERFACE, OUT_INTERFACE, TTL, VLAN, Field, interface_number
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_text import read_nft
from qianyun.verify.passing import Passing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

A, B, BR = (interface_number(name) for name in ("a", "b", "br"))
CHAIN = " chain {name} {{\n  type filter hook {hook} priority {priority}; policy {policy};\n  {rules}\n }}\n"
FRAME = {**packet_of("tcp 10.1.0.1:5000 > 10.2.0.1:80").values, IN_INTERFACE: A, OUT_INTERFACE: B, BRIDGE: BR, TTL: 2}
LISTED = {"net.ipv4.conf.br.rp_filter": "0"}


def chain(hook: str, rules: str, policy: str = "drop", priority: str = "filter") -> str:
    return CHAIN.format(name=hook[:4], hook=hook, rules=rules, policy=policy, priority=priority)


def bridge(*chains: str, beside: str = "") -> Ruleset:
    text = "table bridge f {\n" + "".join(chains) + "}\n"
    return read_nft(text + (f"table inet g {{\n{beside}}}\n" if beside else ""), "fw")


def bounds(ruleset: Ruleset, values: dict[Field, int]) -> tuple[bool, bool]:
    space = Space(ruleset.conditions())
    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
    passing = Passing(ruleset, space).through()
    return passing.always(*doubts).holds(values), passing.forget(*doubts).holds(values)


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ("ether type ip accept", True),
        ("ether type ip6 accept", False),
        ("ip saddr 10.1.0.0/24 tcp dport 80 accept", True),
        ('iifname "a" oifname "b" accept', True),
        ('ibrname "br" obrname "br" accept', True),
        ('ibrname "other" accept', False),
        ("vlan id 10 accept", False),
        ("ip ttl 2 accept", True),
    ],
)
def test_a_frame_from_port_to_port_meets_the_bridge(rule: str, passes: bool) -> None:  # noqa: FBT001 - drawn
    ruleset = bridge(chain("forward", rule))

    assert not ruleset.unread
    assert bounds(ruleset, FRAME) == (passes, passes)
    assert trace(ruleset, FRAME).passes == passes


@pytest.mark.parametrize(
    ("rule", "tag", "passes"),
    [
        ("vlan id 10 accept", 10, True),
        ("vlan id 10 accept", 11, False),
        ("vlan id 0 accept", VLAN.top, True),
        ("vlan id 10 ip saddr 10.1.0.0/24 accept", 10, True),
        ("ether type ip accept", 10, False),
        ("ether type 8021q accept", 10, True),
        ("ip saddr 10.1.0.0/24 accept", 10, True),
    ],
)
def test_a_tag_hides_the_type_of_a_frame_and_nothing_else(rule: str, tag: int, passes: bool) -> None:  # noqa: FBT001 - drawn
    assert bounds(bridge(chain("forward", rule)), {**FRAME, VLAN: tag}) == (passes, passes)


def test_a_frame_that_leaves_has_no_port_any_more_where_it_came_by() -> None:
    leaving = bridge(chain("postrouting", 'iifname "a" drop', policy="accept", priority="srcnat"))

    assert bounds(leaving, FRAME) == (True, True)


def test_what_stands_beside_ip_may_be_met_or_not_but_never_opens_what_ip_shuts() -> None:
    shut = chain("forward", "tcp dport 22 accept", priority="0")
    beside = bridge(chain("forward", "tcp dport 80 accept"), beside=shut)

    assert bounds(beside, FRAME) == (False, True)
    assert bounds(beside, {**FRAME, **packet_of("tcp 10.1.0.1:5000 > 10.2.0.1:443").values}) == (False, False)


def test_packets_for_ip_meet_input_of_the_bridge_first() -> None:
    both = bridge(chain("input", "tcp dport 22 drop", "accept"), beside=chain("forward", "accept", priority="0"))
    beside = called(both, LISTED)

    assert bounds(beside, FRAME) == (True, True)
    assert bounds(beside, {**FRAME, **packet_of("tcp 10.1.0.1:5000 > 10.2.0.1:22").values}) == (False, True)


@pytest.mark.parametrize(
    ("sysctls", "answers"),
    [
        ({}, (False, True)),
        (LISTED, (True, True)),
        ({"net.bridge.bridge-nf-call-iptables": "0"}, (True, True)),
        ({"net.bridge.bridge-nf-call-iptables": "1"}, (False, True)),
    ],
)
def test_whether_bridged_packets_meet_ip_is_said_by_sysctls(
    sysctls: dict[str, str], answers: tuple[bool, bool]
) -> None:
    beside = bridge(chain("forward", "accept", "accept"), beside=chain("forward", "accept", "accept", priority="0"))

    assert bounds(called(beside, sysctls), FRAME) == answers


def test_priorities_have_other_names_on_a_bridge() -> None:
    early = chain("forward", "tcp dport 80 accept", "drop", "filter")
    ruleset = bridge(early, chain("forward", "tcp dport 80 drop", "drop", "-199").replace(" forw ", " late "))

    assert [each.name for each in ruleset.entries(Hook.FORWARD)] == ["bridge f forw", "bridge f late"]


def test_text_and_bytecode_of_a_bridge_say_the_same() -> None:
    listing = """bridge f forw 2
  [ payload load 2b @ link header + 12 => reg 1 ]
  [ cmp eq reg 1 0x00000081 ]
  [ payload load 2b @ link header + 14 => reg 1 ]
  [ bitwise reg 1 = ( reg 1 & 0x0000ff0f ) ^ 0x00000000 ]
  [ cmp eq reg 1 0x00000a00 ]
  [ meta load bri_iifname => reg 1 ]
  [ cmp eq reg 1 0x00007262 0x00000000 0x00000000 0x00000000 ]
  [ immediate reg 0 accept ]

table bridge f { # handle 1
\tchain forw { # handle 1
\t\ttype filter hook forward priority filter; policy drop;
\t\tvlan id 10 meta ibrname "br" accept # handle 2
\t}
}
"""
    kernels, ours = read_nft_bytecode(listing, "kernel"), read_nft(listing[listing.index("table") :], "text")
    space = Space([*kernels.conditions(), *ours.conditions()])

    assert not kernels.unread
    assert Passing(kernels, space).through() == Passing(ours, space).through()
