"""Sets of ipset hold what ipset(8) says, and rules of iptables ask them as the kernel does."""

import time

import pytest
from acl_packets import packet
from hypothesis import given
from hypothesis import strategies as st

from qianyun.errors import ReadError
from qianyun.verify.chains import Hook, Ruleset
from qianyun.verify.fields import IN_INTERFACE, Field, Fragment, Ranges, interface_number, merged
from qianyun.verify.ipset import read_ipset
from qianyun.verify.ipset_lookups import without
from qianyun.verify.iptables import read_iptables
from qianyun.verify.passing import Passing
from qianyun.verify.reading import read_firewall
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

RULES = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m set {} -j ACCEPT\nCOMMIT\n"


LIST = ("create l list:set", "add l s")


def asked(match: str, *lines: str) -> Ruleset:
    return read_iptables(RULES.format(match), "fw", 4, read_ipset("".join(f"{line}\n" for line in lines), "sets"))


def passes(ruleset: Ruleset, values: dict[Field, int]) -> bool:
    hooks = (Hook.FORWARD,)
    by_sets = Passing(ruleset, Space(ruleset.conditions())).through(hooks).holds(values)
    assert trace(ruleset, values, hooks).passes == by_sets
    return by_sets


def of(text: str) -> dict[Field, int]:
    return packet(f"tcp {text} 192.0.2.1 443")


@pytest.mark.parametrize(
    ("lines", "match", "inside", "outside"),
    [
        (["create s hash:ip", "add s 10.0.0.1"], "--match-set s src", "10.0.0.1", "10.0.0.2"),
        (["create s hash:ip", "add s 10.0.0.1"], "! --match-set s src", "10.0.0.2", "10.0.0.1"),
        (["create s hash:ip netmask 24", "add s 10.0.1.0"], "--match-set s src", "10.0.1.9", "10.0.2.9"),
        (["create s hash:ip bitmask 255.0.255.0", "add s 10.0.3.0"], "--match-set s src", "10.9.3.9", "10.9.4.9"),
        (["create s bitmap:ip range 10.0.0.0/24", "add s 10.0.0.7"], "--match-set s src", "10.0.0.7", "10.0.0.8"),
        (["create s hash:ip,port", "add s 10.0.0.1,tcp:443"], "--match-set s src,dst", "10.0.0.1", "10.0.0.2"),
        (["create s hash:ip,port", "add s 10.0.0.1,tcp:80"], "! --match-set s src,dst", "10.0.0.1", "none"),
        (["create s bitmap:port range 0-1024", "add s 443"], "--match-set s dst", "10.0.0.1", "none"),
        (["create s hash:ip", "add s 10.0.0.1", *LIST], "--match-set l src", "10.0.0.1", "10.0.0.2"),
    ],
)  # fmt: skip
def test_a_set_holds_what_it_names(lines: list[str], match: str, inside: str, outside: str) -> None:
    ruleset = asked(match, *lines)

    assert ruleset.unread == ()
    assert passes(ruleset, of(inside))
    assert outside == "none" or not passes(ruleset, of(outside))


def test_of_networks_the_most_specific_one_decides() -> None:
    ruleset = asked(
        "--match-set s src", "create s hash:net", "add s 10.0.0.0/8", "add s 10.1.0.0/16 nomatch", "add s 10.1.2.0/24"
    )

    assert [passes(ruleset, of(each)) for each in ("10.0.0.1", "10.1.0.1", "10.1.2.1")] == [True, False, True]


def test_the_most_specific_network_decides_whatever_interface_it_names() -> None:
    ruleset = asked(
        "--match-set s src,src", "create s hash:net,iface", "add s 10.0.0.0/8,eth0", "add s 10.1.0.0/16,eth1"
    )
    eth0 = {IN_INTERFACE: interface_number("eth0")}

    assert passes(ruleset, of("10.0.0.1") | eth0)
    assert not passes(ruleset, of("10.1.0.1") | eth0)


def test_a_set_that_needs_more_directions_than_are_given_holds_nothing() -> None:
    assert not passes(asked("--match-set s src", "create s hash:ip,port", "add s 10.0.0.1,tcp:443"), of("10.0.0.1"))


def test_a_later_fragment_has_no_port_to_look_up() -> None:
    ruleset = asked("! --match-set s dst", "create s bitmap:port range 0-1024", "add s 443")

    assert not passes(ruleset, of("10.0.0.1"))
    assert passes(ruleset, packet("tcp 10.0.0.1 192.0.2.1 443", fragment=Fragment.LATER))


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        (["create s hash:ip timeout 600", "add s 10.0.0.1 timeout 31"], ""),
        (["create s hash:ip", "add s 10.0.0.1"], "-A FORWARD -j SET --add-set s src\n"),
    ],
)
def test_what_may_be_gone_or_come_is_a_bound(lines: list[str], rules: str) -> None:
    text = RULES.format("--match-set s src").replace("COMMIT", f"{rules}COMMIT")
    ruleset = read_iptables(text, "fw", 4, read_ipset("\n".join([*lines, ""]), "sets"))
    [unknown] = [leaf for leaf in Space(ruleset.conditions()).axis_of if leaf.name.startswith("?")]

    assert ruleset.unread == ()
    assert [passes(ruleset, {**of("10.0.0.1"), unknown: value}) for value in (0, 1)] == [False, True]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "the set 's' is not in the listing; collect the output of ipset save too"),
        (["create s hash:telepathy"], "the type 'hash:telepathy' is not modelled"),
        (["create s hash:ip", "add s 10.0.0.300"], "'10.0.0.300' is no IPv4 address"),
        (["create s hash:ip,port", "add s 10.0.0.3"], "'10.0.0.3' is no element of hash:ip,port"),
    ],
)
def test_a_set_that_is_not_known_is_listed_and_may_hold_anything(lines: list[str], why: str) -> None:
    sets = read_ipset("".join(f"{line}\n" for line in lines), "sets")
    ruleset = read_iptables(RULES.format("--match-set s src,dst"), "fw", 4, sets)

    assert [line.why for line in (*sets.unread, *ruleset.unread)] == [why]
    assert any(leaf.name.startswith("?") for leaf in Space(ruleset.conditions()).axis_of)


def test_all_lines_that_are_none_of_a_listing_are_told_at_once() -> None:
    with pytest.raises(ReadError) as caught:
        read_ipset("create s hash:ip\nadd t 10.0.0.1\nhello\n", "sets")

    assert str(caught.value).splitlines() == [
        "sets:2: the set 't' is added to, but was not created; collect the output of ipset save again, whole",
        "sets:3: 'hello' is no line of ipset save; collect the output of ipset save again, whole",
    ]


def test_one_firewall_is_both_families_and_its_sets() -> None:
    text = (
        "create s hash:ip family inet6\nadd s 2001:db8::1\n# Generated by iptables-save v1.8.9 on a day\n"
        "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 10.0.0.0/8 -j ACCEPT\nCOMMIT\n# Completed on a day\n"
        "# Generated by ip6tables-save v1.8.9 on a day\n"
        "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m set --match-set s src -j ACCEPT\nCOMMIT\n# Completed on a day\n"
    )
    ruleset = read_firewall(text, "fw")

    assert ruleset.unread == ()
    assert [chain.place for chain in ruleset.entries(Hook.FORWARD)] == ["fw:5", "fw:11"]
    assert passes(ruleset, of("10.0.0.1"))
    assert passes(ruleset, packet("tcp 2001:db8::1 2001:db8::9 443"))
    assert not passes(ruleset, packet("tcp 2001:db8::2 2001:db8::9 443"))


@given(*(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), max_size=8) for _side in range(2)))
def test_ranges_less_others_hold_what_lies_in_these_alone(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    ranges, holes = (merged((first, first + more) for first, more in each) for each in (one, two))

    left = without(ranges, holes)

    def among(spans: Ranges) -> set[int]:
        return {value for first, last in spans for value in range(first, last + 1)}

    assert among(left) == among(ranges) - among(holes)


def test_a_set_of_many_networks_is_looked_up_at_once() -> None:
    nets = [f"add s {n >> 8 & 255}.{n & 255}.0.0/16" for n in range(256 * 200)]
    out = [f"add s {n >> 8 & 255}.{n & 255}.7.0/24 nomatch" for n in range(256 * 40)]
    started = time.process_time()

    ruleset = asked("--match-set s src", "create s hash:net", *nets, *out)
    passing = Passing(ruleset, Space(ruleset.conditions())).through((Hook.FORWARD,))

    assert [passing.holds(of(each)) for each in ("1.2.7.1", "1.2.8.1", "99.1.7.1", "230.0.0.1")] == [
        False,
        True,
        True,
        False,
    ]
    assert time.process_time() - started < 15
