"""The kernel's word on rules that ask its routes, whatever routes, rules of routing and interfaces it has."""

import sys
from collections.abc import Callable

import pytest
from fib_rounds import FibRounds, FibTableRounds
from fib_rules import CONSTRUCTS, ROUTING, TABLE_CONSTRUCTS
from kernel_lab import Lab
from kernel_tally import share
from wire_rounds import Tally

pytestmark = pytest.mark.lab
RULESETS, FRAMES = 70, 250
TABLES, FEWER = 50, 200


def test_what_routes_say_is_what_the_kernel_answers_to_nftables(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("nft", "ip"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = FibRounds(lab, tally)
        for seed in range(RULESETS):
            rounds.play(seed, FRAMES, 0)

    sys.stdout.write(tally.told())
    share(record_property, "nftables, routes", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing([*CONSTRUCTS, *ROUTING]) == []
    assert tally.undecided < 0.04 * tally.frames


def test_what_routes_say_is_what_the_kernel_answers_to_iptables(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("nft", "iptables-nft-restore", "iptables-legacy-restore", "ip"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = FibTableRounds(lab, tally)
        for seed in range(TABLES):
            rounds.play(seed, FEWER, 0)

    sys.stdout.write(tally.told())
    share(record_property, "iptables, routes", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing([*TABLE_CONSTRUCTS, *ROUTING]) == []
    assert tally.undecided < 0.04 * tally.frames
