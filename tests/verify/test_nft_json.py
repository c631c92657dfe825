"""nft's JSON means what its text means, and what cannot be read of it is told."""

import json

import pytest
from acl_packets import packet
from nft_fuzz_rounds import CASES

from qianyun.errors import ReadError
from qianyun.verify.chains import Hook
from qianyun.verify.nft_json import read_nft_json
from qianyun.verify.passing import Passing
from qianyun.verify.reading import read_firewall
from qianyun.verify.space import Space

TABLE = {"table": {"family": "inet", "name": "fw", "handle": 1}}
CHAIN = {
    "chain": {
        "family": "inet", "table": "fw", "name": "f", "handle": 2, "type": "filter", "hook": "forward", "prio": 0,
        "policy": "drop",
    }
}  # fmt: skip


def listing(*expressions: object, comment: str = "") -> str:
    rule = {"family": "inet", "table": "fw", "chain": "f", "handle": 7, "expr": list(expressions)}
    return json.dumps({"nftables": [TABLE, CHAIN, {"rule": {**rule, **({"comment": comment} if comment else {})}}]})


def match(left: object, right: object, operator: str = "==") -> dict[str, object]:
    return {"match": {"op": operator, "left": left, "right": right}}


DPORT = {"payload": {"protocol": "tcp", "field": "dport"}}
TEN = {"prefix": {"addr": "10.0.0.0", "len": 8}}
SADDR = {"payload": {"protocol": "ip", "field": "saddr"}}


@pytest.mark.parametrize(
    ("asked", "passing", "refused"),
    [
        (match(DPORT, 80), "tcp 10.0.0.1 192.0.2.1 80", "tcp 10.0.0.1 192.0.2.1 81"),
        (match(DPORT, {"set": [22, {"range": [80, 90]}]}), "tcp 10.0.0.1 192.0.2.1 90", "tcp 10.0.0.1 192.0.2.1 91"),
        (match(DPORT, 80, "!="), "tcp 10.0.0.1 192.0.2.1 91", "tcp 10.0.0.1 192.0.2.1 80"),
        (match(SADDR, TEN), "tcp 10.9.0.1 192.0.2.1 1", "tcp 11.0.0.1 192.0.2.1 1"),
        (
            match({"concat": [SADDR, DPORT]}, {"set": [{"concat": ["10.0.0.1", 80]}]}),
            "tcp 10.0.0.1 192.0.2.1 80",
            "tcp 10.0.0.2 192.0.2.1 80",
        ),
    ],
)  # fmt: skip
def test_a_match_takes_the_packets_it_names(asked: object, passing: str, refused: str) -> None:
    ruleset = read_firewall(listing(asked, {"accept": None}), "fw")
    sets = Passing(ruleset, Space(ruleset.conditions())).through((Hook.FORWARD,))

    assert ruleset.unread == ()
    assert sets.holds(packet(passing))
    assert not sets.holds(packet(refused))


def test_a_rule_stands_at_the_handle_that_the_kernel_gave_it() -> None:
    ruleset = read_nft_json(listing(match(DPORT, 80), {"accept": None}, comment="web"), "fw")

    [rule] = ruleset.chains["inet fw f"].rules
    assert (rule.place, rule.comment) == ("fw inet fw f handle 7", "web")


def test_what_has_no_words_is_listed_at_its_handle_and_may_do_anything() -> None:
    ruleset = read_nft_json(listing({"xt": {"type": "match", "name": "u32"}}, {"accept": None}), "fw")

    assert [line.place for line in ruleset.unread] == ["fw inet fw f handle 7"]
    assert any(leaf.name.startswith("?") for leaf in Space(ruleset.conditions()).axis_of)


def test_what_is_listed_alike_for_different_rules_is_ambiguous_and_unproven() -> None:
    ruleset = read_nft_json(listing(match(DPORT, {"range": [80, 90]}, "!="), {"accept": None}), "fw")

    assert [line.place for line in ruleset.unread] == ["fw inet fw f handle 7"]


def test_a_real_listing_is_read_but_for_what_its_rules_leave_open() -> None:
    ruleset = read_nft_json((CASES / "listing.json").read_text(encoding="utf-8"), "fw")

    assert {chain.name for chain in ruleset.entries(Hook.FORWARD)} >= {"inet fw f"}
    open_ = {"elements", "meta mark", "ct mark", "fib", "jhash", "update", "tcp dport !=", "meta l4proto tcp reject"}
    assert all(line.text.startswith(tuple(open_)) for line in ruleset.unread)
    assert len(ruleset.unread) < 11


def test_a_listing_cut_anywhere_is_refused() -> None:
    text = (CASES / "listing.json").read_text(encoding="utf-8").rstrip()

    for end in range(1, len(text), 97):
        with pytest.raises(ReadError):
            read_nft_json(text[:end], "cut")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "fw:1: the listing is no JSON, or is cut short"),
        ('{"nft": []}', "fw: there is no list named 'nftables'"),
        ('{"nftables": [{"table": {"family": "inet", "name": "x { }"}}]}', "fw 0: "),
        ('{"nftables": [{"rule": 7}]}', "fw 0: "),
    ],
)
def test_what_is_no_listing_is_refused(text: str, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_nft_json(text, "fw")

    assert str(caught.value).startswith(says)


def test_a_translation_by_a_map_without_values_is_not_understood() -> None:
    by_map = {"map": {"key": DPORT, "data": {"set": [80]}}}

    ruleset = read_nft_json(listing({"dnat": {"family": "ip", "addr": by_map}}), "fw")

    assert [line.why for line in ruleset.unread] == ["an element of a map without a value"]
