"""The kernel's word: real frames through random rulesets, and every reading of a ruleset must say the same."""

import sys
from collections.abc import Callable

import pytest
from kernel_trial import run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]
SEED = 20_261_125
RULESETS, PACKETS = 120, 500


def test_the_kernel_and_both_readings_agree_on_every_packet(root: None, needs: Callable[[str], str]) -> None:  # noqa: ARG001 - root is asked for, not used
    needs("nft")
    needs("ip")

    tally = run(SEED, RULESETS, PACKETS)

    sys.stdout.write(f"{tally.told()}\n{tally.table()}\n")
    assert tally.packets == RULESETS * PACKETS
    assert not tally.missing()
    assert tally.exact["bytecode"] > 0.85 * tally.packets
