"""Listings of iptables mean what iptables-extensions(8) says."""

import pytest
from acl_fuzz_rounds import CASES
from acl_packets import packet

from qianyun.errors import ReadError
from qianyun.verify.chains import Hook, Ruleset
from qianyun.verify.fields import (
    DSCP,
    IN_INTERFACE,
    MARK,
    SRC4,
    STATE,
    TTL,
    Field,
    Fragment,
    State,
    interface_number,
)
from qianyun.verify.iptables import read_iptables
from qianyun.verify.passing import Passing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

ETH0 = {IN_INTERFACE: interface_number("eth0")}


def forwarding(*rules: str, policy: str = "DROP", chains: tuple[str, ...] = (), version: int = 4) -> Ruleset:
    lines = ["*filter", f":FORWARD {policy} [0:0]", *(f":{chain} - [0:0]" for chain in chains), *rules, "COMMIT", ""]
    return read_iptables("\n".join(lines), "fw", version)


def passes(ruleset: Ruleset, values: dict[Field, int]) -> bool:
    """Rule by rule and by packet sets, which must agree."""
    hooks = (Hook.FORWARD,)
    by_sets = Passing(ruleset, Space(ruleset.conditions())).through(hooks).holds(values)
    assert trace(ruleset, values, hooks).passes == by_sets
    return by_sets


@pytest.mark.parametrize(
    ("match", "passing", "refused"),
    [
        ("-p tcp -m tcp --dport 80", "tcp 10.0.0.1 192.0.2.1 80", "tcp 10.0.0.1 192.0.2.1 81"),
        ("-p tcp -m tcp ! --dport 80", "tcp 10.0.0.1 192.0.2.1 81", "tcp 10.0.0.1 192.0.2.1 80"),
        ("-p udp -m udp --sport 1024:", "udp 10.0.0.1 192.0.2.1 53 1024", "udp 10.0.0.1 192.0.2.1 53 1023"),
        ("! -p tcp", "udp 10.0.0.1 192.0.2.1 53", "tcp 10.0.0.1 192.0.2.1 53"),
        ("-p tcp -m multiport --dports 80,443,8000:8010", "tcp 10.0.0.1 192.0.2.1 8010", "tcp 10.0.0.1 192.0.2.1 8011"),
        ("-p tcp -m multiport --ports 80", "tcp 10.0.0.1 192.0.2.1 9 80", "tcp 10.0.0.1 192.0.2.1 9 81"),
        ("! -s 10.0.0.0/8", "tcp 172.16.0.1 192.0.2.1 1", "tcp 10.0.0.1 192.0.2.1 1"),
        ("-s 10.0.0.1/255.240.0.255", "tcp 10.9.9.1 192.0.2.1 1", "tcp 10.9.9.2 192.0.2.1 1"),
        ("-m iprange --dst-range 192.0.2.5-192.0.2.7", "tcp 10.0.0.1 192.0.2.7 1", "tcp 10.0.0.1 192.0.2.8 1"),
        ("-p icmp -m icmp --icmp-type 3/4", "icmp 10.0.0.1 192.0.2.1 3/4", "icmp 10.0.0.1 192.0.2.1 3/3"),
        ("-p icmp -m icmp --icmp-type echo-request", "icmp 10.0.0.1 192.0.2.1 8/0", "icmp 10.0.0.1 192.0.2.1 0/0"),
    ],
)
def test_a_match_takes_the_packets_it_names(match: str, passing: str, refused: str) -> None:
    ruleset = forwarding(f"-A FORWARD {match} -j ACCEPT")

    assert ruleset.unread == ()
    assert passes(ruleset, packet(passing))
    assert not passes(ruleset, packet(refused))


def test_no_port_matches_a_later_fragment_and_f_matches_nothing_else() -> None:
    later = packet("tcp 10.0.0.1 192.0.2.1 80", fragment=Fragment.LATER)

    assert not passes(forwarding("-A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT"), later)
    assert not passes(forwarding("-A FORWARD -p tcp -m tcp ! --dport 81 -j ACCEPT"), later)
    assert passes(forwarding("-A FORWARD -p tcp -j ACCEPT"), later)
    assert passes(forwarding("-A FORWARD -f -j ACCEPT"), later)
    assert not passes(forwarding("-A FORWARD -f -j ACCEPT"), packet("tcp 10.0.0.1 192.0.2.1 80"))


def test_flags_are_compared_under_their_mask() -> None:
    syn = forwarding("-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT")
    none = forwarding("-A FORWARD -p tcp -m tcp --tcp-flags ALL NONE -j ACCEPT")

    passing = [flags for flags in range(64) if passes(syn, packet("tcp 10.0.0.1 192.0.2.1 1", flags=flags))]

    assert passing == [2, 10, 34, 42]
    assert passes(none, packet("tcp 10.0.0.1 192.0.2.1 1", flags=0))


def test_chains_return_and_goto_does_not_come_back() -> None:
    rules = (
        "-A FORWARD -s 10.0.0.1/32 -j one",
        "-A FORWARD -s 10.0.0.2/32 -g one",
        "-A FORWARD -p tcp -j ACCEPT",
        "-A one -p udp -j ACCEPT",
        "-A one -p tcp -j RETURN",
        "-A one -j DROP",
    )
    ruleset = forwarding(*rules, chains=("one",))

    assert passes(ruleset, packet("tcp 10.0.0.1 192.0.2.1 1"))
    assert not passes(ruleset, packet("tcp 10.0.0.2 192.0.2.1 1"))
    assert passes(ruleset, packet("udp 10.0.0.2 192.0.2.1 1"))


def test_states_are_those_of_connection_tracking() -> None:
    ruleset = forwarding("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    of = packet("tcp 10.0.0.1 192.0.2.1 1")

    assert [state for state in State if passes(ruleset, {**of, STATE: state})] == [State.ESTABLISHED, State.RELATED]
    assert ruleset.tracks


def test_marks_are_set_and_asked_under_a_mask() -> None:
    text = (
        "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -i eth1 -j MARK --set-xmark 0x12/0xffffffff\nCOMMIT\n"
        "*filter\n:FORWARD DROP\n-A FORWARD -m mark --mark 0x2/0xf -j ACCEPT\nCOMMIT\n"
    )
    ruleset = read_iptables(text, "fw")
    of = {**packet("tcp 10.0.0.1 192.0.2.1 1"), MARK: 0}
    passing = Passing(ruleset, Space(ruleset.conditions())).through()

    assert not passing.holds({**of, IN_INTERFACE: interface_number("eth0")})
    assert passing.holds({**of, IN_INTERFACE: interface_number("eth1")})


def test_a_mark_that_is_computed_is_followed() -> None:
    ruleset = read_iptables(
        "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -i eth1 -j MARK --set-xmark 0x2/0x2\n"
        "-A PREROUTING -p udp -j MARK --xor-mark 0x3\nCOMMIT\n"
        "*filter\n:FORWARD DROP\n-A FORWARD -m mark --mark 0x1 -j ACCEPT\nCOMMIT\n",
        "fw",
    )
    passing = Passing(ruleset, Space(ruleset.conditions())).through()
    of = {MARK: 0, IN_INTERFACE: interface_number("eth1")}

    assert passing.holds({**packet("udp 10.0.0.1 192.0.2.1 1"), **of})
    assert not passing.holds({**packet("tcp 10.0.0.1 192.0.2.1 1"), **of})


def test_a_mark_that_comes_from_elsewhere_makes_marks_bounds() -> None:
    ruleset = forwarding("-A FORWARD -j HMARK --hmark-tuple src --hmark-mod 2 --hmark-offset 1",
                         "-A FORWARD -m mark --mark 0x2 -j ACCEPT")  # fmt: skip
    unknown = [leaf.name for leaf in Space(ruleset.conditions()).axis_of if leaf.name.startswith("?")]

    assert "?fw:4 mark" in unknown


def test_a_limit_is_a_bound_and_a_strange_match_is_one_that_is_listed() -> None:
    limited = forwarding("-A FORWARD -m limit --limit 3/min -j ACCEPT")
    strange = forwarding("-A FORWARD -m telepathy --thought nice -j ACCEPT")

    assert limited.unread == ()
    assert [line.why for line in strange.unread] == ["the match 'telepathy' is not known; it may narrow the rule"]
    for ruleset in (limited, strange):
        [unknown] = [leaf for leaf in Space(ruleset.conditions()).axis_of if leaf.name.startswith("?")]
        of = packet("tcp 10.0.0.1 192.0.2.1 1")
        assert [passes(ruleset, {**of, unknown: value}) for value in (0, 1)] == [False, True]


def test_a_target_that_is_not_modelled_is_listed_and_may_do_anything() -> None:
    ruleset = forwarding("-A FORWARD -d 192.0.2.1/32 -j NFQUEUE --queue-num 1")

    assert [(line.place, line.why) for line in ruleset.unread] == [("fw:3", "the target 'NFQUEUE' is not modelled")]


def test_every_construct_of_a_listing_is_understood() -> None:
    ruleset = read_iptables((CASES / "iptables.rules").read_text(encoding="utf-8"), "fw")

    assert ruleset.unread == ()
    assert [rule.comment for chain in ruleset.chains.values() for rule in chain.rules if rule.comment] == [
        'web "and" more'
    ]
    assert {chain.name for chain in ruleset.entries(Hook.FORWARD)} == {"ip filter FORWARD"}
    of = packet("udp 10.0.0.7 203.0.113.1 99") | ETH0
    assert passes(ruleset, {**of, DSCP: 46, TTL: 64})
    assert not passes(ruleset, {**of, DSCP: 46, TTL: 3})
    assert not passes(ruleset, {**of, DSCP: 46, TTL: 64, IN_INTERFACE: interface_number("wlan0")})
    assert not passes(ruleset, {**packet("tcp 10.0.0.1 192.0.2.1 80") | ETH0, SRC4: 0, STATE: State.INVALID})


def test_ip6tables_reads_addresses_and_messages_of_its_family() -> None:
    ruleset = forwarding(
        "-A FORWARD -s 2001:db8:1::/48 -d 2001:db8:2::1/128 -p tcp -m tcp --dport 443 -j ACCEPT",
        "-A FORWARD -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT",
        version=6,
    )

    assert passes(ruleset, packet("tcp 2001:db8:1::9 2001:db8:2::1 443"))
    assert not passes(ruleset, packet("tcp 2001:db8:3::9 2001:db8:2::1 443"))
    assert passes(ruleset, packet("icmpv6 2001:db8:3::9 2001:db8:2::1 128/0"))
    assert passes(ruleset, packet("tcp 10.0.0.1 192.0.2.1 443"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("*filter\n:INPUT DROP [0:0]\n-A INPUT -j ACC", "fw:1: the table that begins here does not end; the listing"),
        ("-A INPUT -j ACCEPT\n", "fw:1: '-A' stands in no table; collect"),
        ("*filter\nhello\nCOMMIT\n", "fw:2: 'hello' is no line of a table"),
    ],
)
def test_a_listing_that_is_none_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_iptables(text, "fw")

    assert str(caught.value).startswith(says)


def test_rules_that_the_listing_does_not_show_are_listed_and_may_drop_anything() -> None:
    text = "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n*filter\n:FORWARD ACCEPT\n"
    ruleset = read_iptables(f"{text}COMMIT\n", "fw")

    assert [line.place for line in ruleset.unread] == ["fw:1"]
    assert any(leaf.name.startswith("?") for leaf in Space(ruleset.conditions()).axis_of)


def test_before_connection_tracking_every_packet_looks_invalid() -> None:
    text = (
        "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n"
        "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"
    )
    values = {**packet("tcp 10.0.0.1 192.0.2.1 1"), STATE: State.NEW}

    ruleset = read_iptables(text, "fw")

    assert not trace(ruleset, values).passes
    assert not Passing(ruleset, Space(ruleset.conditions())).through().holds(values)


def test_hops_that_are_set_on_the_way_are_not_counted_down_again() -> None:
    text = (
        "*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j TTL --ttl-set 9\nCOMMIT\n"
        "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m ttl --ttl-eq 9 -j ACCEPT\nCOMMIT\n"
    )
    ruleset = read_iptables(text, "fw")

    assert passes(ruleset, {**packet("tcp 10.0.0.1 192.0.2.1 1"), TTL: 64})


def test_a_packet_without_a_connection_has_only_a_state() -> None:
    both = forwarding("-A FORWARD -m conntrack --ctstate INVALID --ctstatus CONFIRMED -j ACCEPT")
    status = forwarding("-A FORWARD -m conntrack ! --ctstatus CONFIRMED -j ACCEPT")
    values = {**packet("tcp 10.0.0.1 192.0.2.1 1"), STATE: State.INVALID}

    assert passes(both, values)
    assert not passes(status, values)
