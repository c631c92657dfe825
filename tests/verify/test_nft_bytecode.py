"""Facts of the bytecode reader that need no kernel: listings as nft prints them, kept as case files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from qianyun.errors import ReadError
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DST4,
    FRAGMENT,
    IN_INTERFACE,
    PROTOCOL,
    SRC4,
    STATE,
    TCP_FLAGS,
    TTL,
    VERSION,
    Field,
    Fragment,
    State,
    interface_number,
)
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.passing import Passing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

CASES = Path(__file__).parent.parent / "cases" / "nft"
LISTING = (CASES / "statements.txt").read_text(encoding="utf-8")
GATEWAY = (CASES / "gateway.txt").read_text(encoding="utf-8")
TCP_443: Mapping[Field, int] = {
    PROTOCOL: 6, SRC4: 0x0A010101, DST4: 0x0A020101, DPORT: 443, TCP_FLAGS: 2, IN_INTERFACE: interface_number("wan0"),
}  # fmt: skip


def passes(case: str, values: Mapping[Field, int]) -> bool:
    """By both ways of judging, which must not differ."""
    ruleset = read_nft_bytecode((CASES / f"{case}.txt").read_text(encoding="utf-8"), "fw")
    by_sets = Passing(ruleset, Space(ruleset.conditions())).through().holds(dict(values))
    assert trace(ruleset, values).passes == by_sets
    return by_sets


def changed(listing: str, old: str, new: str) -> str:
    assert old in listing
    return listing.replace(old, new, 1)


def test_every_rule_has_its_text_its_place_and_its_comment() -> None:
    chains = read_nft_bytecode(LISTING, "fw").chains

    rule = next(rule for rule in chains["inet f fw"].rules if rule.comment)

    assert rule.comment == "中文 note"
    assert rule.text == 'log prefix "a { b" flags all accept comment "中文 note"'
    assert rule.place == "fw inet f fw handle 53"


def test_what_is_not_understood_is_listed_with_its_rule() -> None:
    unread = read_nft_bytecode(LISTING, "fw").unread

    assert [(one.place, one.text) for one in unread] == [
        ("fw:625", "inet f ing"),
        ("fw inet f fw handle 91", "synproxy mss 1460 wscale 0"),
    ]


def test_an_expression_nobody_knows_makes_its_packets_unproven() -> None:
    listing = changed(GATEWAY, "[ ct load state => reg 1 ]", "[ future thing => reg 1 ]")
    ruleset = read_nft_bytecode(listing, "fw")
    space = Space(ruleset.conditions())
    passing = Passing(ruleset, space).through()
    doubts = [axis.field for axis in space.axes if axis.field.name.startswith("?")]

    assert [one.why for one in ruleset.unread] == ["[ future thing => reg 1 ]: not modelled"]
    assert passing.forget(*doubts) == space.everything
    assert not passing.always(*doubts).holds(dict(TCP_443))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("\t\tct state established,related accept # handle 3\n", "", "has 3 rules in the text and 4 in the bytecode"),
        ("  [ immediate reg 0 accept ]", "  immediate reg 0 accept ]", "is no line of nft's bytecode"),
        ("priority filter;", "priority soon;", "'soon' is no priority"),
        ("}\n}\n", "}\n", "the listing is cut short"),
    ],
)
def test_a_listing_that_contradicts_itself_is_refused(old: str, new: str, why: str) -> None:
    listing = changed(GATEWAY, old, new)

    with pytest.raises(ReadError, match=why):
        read_nft_bytecode(listing, "fw")


def test_a_listing_without_the_second_half_is_refused() -> None:
    half = GATEWAY[: GATEWAY.index("table inet")]

    with pytest.raises(ReadError, match="the listing is cut short"):
        read_nft_bytecode(half, "fw")


def test_connection_marks_are_read_of_tracked_packets_alone() -> None:
    listing = changed(GATEWAY, "[ ct load state => reg 1 ]", "[ ct load mark => reg 1 ]")
    ruleset = read_nft_bytecode(listing, "fw")
    marked = {**TCP_443, CT_MARK: 2, VERSION: 0, DPORT: 9}

    assert trace(ruleset, {**marked, STATE: State.NEW}).passes
    assert not trace(ruleset, {**marked, STATE: State.INVALID}).passes


def test_short_loads_read_the_bytes_of_later_fragments() -> None:
    later = {**TCP_443, FRAGMENT: Fragment.LATER}

    assert passes("later-fragments", {**later, DPORT: 80})
    assert not passes("later-fragments", {**later, DPORT: 443})


def test_short_loads_read_the_beginning_of_later_fragments_in_ipv6() -> None:
    """The kernel finds no header there; where a port would stand is the flow label, which we do not know."""
    ruleset = read_nft_bytecode((CASES / "later-fragments.txt").read_text(encoding="utf-8"), "fw")
    space = Space(ruleset.conditions())
    passing = Passing(ruleset, space).through()
    doubts = [axis.field for axis in space.axes if axis.field.name.startswith("?")]
    later = {**TCP_443, VERSION: 1, FRAGMENT: Fragment.LATER}

    for port in (80, 443):
        assert passing.forget(*doubts).holds({**later, DPORT: port})
        assert not passing.always(*doubts).holds({**later, DPORT: port})


def test_a_byte_order_that_fills_no_group_changes_nothing() -> None:
    assert passes("one-byte-key", {**TCP_443, PROTOCOL: 17, DPORT: 53})
    assert not passes("one-byte-key", {**TCP_443, PROTOCOL: 6, DPORT: 53})


def test_hops_to_live_are_counted_down_between_prerouting_and_forward() -> None:
    assert passes("hops", {**TCP_443, TTL: 64})
    assert not passes("hops", {**TCP_443, TTL: 63})


def test_a_goto_after_a_mark_from_a_map_does_not_come_back() -> None:
    assert not passes("chosen-mark", {**TCP_443, DPORT: 22})
    assert passes("chosen-mark", {**TCP_443, DPORT: 80})
    assert not passes("chosen-mark", {**TCP_443, DPORT: 443})
