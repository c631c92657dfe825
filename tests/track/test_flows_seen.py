"""Connections that gateways saw are held against the flows that are declared, both ways."""

from datetime import date
from pathlib import Path

from qianyun.importers.declaration import load_moves, load_policy
from qianyun.track.flows_seen import Comparison, compared

REHEARSAL = Path(__file__).parent.parent.parent / "inventory" / "rehearsal"
OFFICE_4 = "tcp 6 117 TIME_WAIT src=172.30.0.12 dst=172.30.2.30 sport=55300 dport=8080 src=172.30.2.30 dst=172.30.0.12 sport=8080 dport=55300 [ASSURED] mark=0 use=1"  # noqa: E501 - as conntrack prints it
OFFICE_6 = "tcp 6 431999 ESTABLISHED src=3fff:e8:a::10 dst=3fff:e2:10::30 sport=55300 dport=8080 src=3fff:e2:10::30 dst=3fff:e8:a::10 sport=8080 dport=55300 [ASSURED] mark=0 use=1"  # noqa: E501 - as conntrack prints it
ELSEWHERE = OFFICE_4.replace("172.30.2.30", "172.30.2.10").replace("dport=8080", "dport=443")
STRANGE = OFFICE_4.replace("dport=8080", "dport=22")


def seen(*lines: str) -> Comparison:
    policy = load_policy(REHEARSAL)
    move = load_moves(REHEARSAL, policy).moves[0]
    return compared("\n".join(lines), move, policy, date(2026, 11, 25))


def test_what_is_seen_over_both_families_is_what_is_declared() -> None:
    found = seen(OFFICE_4, OFFICE_6, ELSEWHERE)

    assert found.is_equal
    assert found.told() == {"seen": {"permits-office": 2}, "unseen": [], "undeclared": []}


def test_a_declared_flow_that_nobody_uses_is_told() -> None:
    found = seen(ELSEWHERE)

    assert not found.is_equal
    assert found.unseen == ("permits-office",)


def test_a_connection_that_nobody_declared_is_told() -> None:
    found = seen(OFFICE_6, STRANGE)

    assert not found.is_equal
    assert found.told()["undeclared"] == ["172.30.0.12 → 172.30.2.30 6/22"]
