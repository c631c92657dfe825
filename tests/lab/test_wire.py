"""The kernel's word on packets with a state: new, spoiled, fragments, and connections that go back and forth.

The text and the bytecode of every ruleset must mean the same set of packets, too. Where rulesets
translate, the header is compared as well: on the far side, and on the near side that of the replies.
"""

import sys
from collections.abc import Callable

import pytest
from kernel_lab import Lab
from kernel_tally import share
from nat_rounds import NatRounds
from nat_rules import NAT_CONSTRUCTS
from wire_rounds import IN_PARTS, Rounds, Tally
from wire_rules import CONSTRUCTS

pytestmark = pytest.mark.lab
RULESETS, FRAMES, CONNECTIONS = 200, 600, 8
TRANSLATING, TRANSLATED, CONVERSATIONS = 110, 260, 12


def test_kernel_bytecode_and_text_agree_on_every_packet_of_every_state(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("nft", "ip", "conntrack"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = Rounds(lab, tally)
        for seed in range(RULESETS):
            rounds.play(seed, FRAMES, CONNECTIONS)

    sys.stdout.write(tally.told())
    share(record_property, "nftables, states", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing([*CONSTRUCTS, IN_PARTS]) == []
    assert tally.states.keys() == {"new", "established", "related", "invalid"}


def test_the_kernel_translates_as_the_rules_say_there_and_back(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("nft", "ip", "conntrack"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = NatRounds(lab, tally)
        for seed in range(TRANSLATING):
            rounds.play(seed, TRANSLATED, CONVERSATIONS)

    sys.stdout.write(tally.told())
    share(record_property, "nftables, translation", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing(NAT_CONSTRUCTS) == []
    assert all(tally.states[f"established: {end} translated"] for end in ("src4", "src6", "dst4", "dst6", "sport"))
    assert tally.states["answer foretold"] > 9 * tally.states["answer not foretold"]
