"""The kernel's word on iptables: random tables of both families, real sets, and what the programs give back of them."""

import sys
from collections.abc import Callable

import pytest
from iptables_rounds import TableRounds
from iptables_rules import CONSTRUCTS
from kernel_lab import Lab
from kernel_tally import share
from table_nat import TABLE_CONSTRUCTS, TableNatRounds
from wire_rounds import IN_PARTS, Tally

pytestmark = pytest.mark.lab
RULESETS, FRAMES, CONNECTIONS = 130, 500, 8
TRANSLATING, TRANSLATED, CONVERSATIONS = 45, 200, 12


def test_what_is_saved_of_tables_and_sets_means_what_the_kernel_does(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("iptables-nft-restore", "iptables-legacy-restore", "ipset", "ip", "conntrack"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = TableRounds(lab, tally)
        for seed in range(RULESETS):
            rounds.play(seed, FRAMES, CONNECTIONS)

    sys.stdout.write(tally.told())
    share(record_property, "iptables", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing([*CONSTRUCTS, "iptables-nft", "iptables-legacy", IN_PARTS]) == []
    assert tally.states.keys() == {"new", "established", "related", "invalid"}


def test_tables_translate_as_the_kernel_does_there_and_back(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("iptables-nft-restore", "iptables-legacy-restore", "ipset", "ip", "conntrack"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = TableNatRounds(lab, tally)
        for seed in range(TRANSLATING):
            rounds.play(seed, TRANSLATED, CONVERSATIONS)

    sys.stdout.write(tally.told())
    share(record_property, "iptables, translation", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing(TABLE_CONSTRUCTS) == []
