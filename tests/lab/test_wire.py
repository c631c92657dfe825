"""The kernel's word on packets with a state: new, spoiled, fragments, and connections that go back and forth.

The text and the bytecode of every ruleset must mean the same set of packets, too.
"""

import sys
from collections.abc import Callable

import pytest
from kernel_lab import Lab
from wire_rounds import Rounds, Tally
from wire_rules import CONSTRUCTS

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]
RULESETS, FRAMES, CONNECTIONS = 260, 600, 8


def test_kernel_bytecode_and_text_agree_on_every_packet_of_every_state(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
) -> None:
    for program in ("nft", "ip", "conntrack"):
        needs(program)
    tally = Tally()

    with Lab() as lab:
        rounds = Rounds(lab, tally)
        for seed in range(RULESETS):
            rounds.play(seed, FRAMES, CONNECTIONS)

    sys.stdout.write(tally.told())
    assert tally.mismatches == []
    assert [name for name in CONSTRUCTS if not tally.constructs[name]] == []
    assert tally.states.keys() == {"new", "established", "related", "invalid"}
