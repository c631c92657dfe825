"""Facts of the bytecode reader that need no kernel: listings as nft prints them, kept as case files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from qianyun.errors import ReadError
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DST4,
    IN_INTERFACE,
    PROTOCOL,
    SRC4,
    STATE,
    TCP_FLAGS,
    VERSION,
    Field,
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


def passes(listing: str) -> bool:
    return trace(read_nft_bytecode(listing, "fw"), TCP_443).passes


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
