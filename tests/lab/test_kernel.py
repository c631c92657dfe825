"""The kernel's word: real frames through random rulesets, and every reading of a ruleset must say the same."""

import sys
from collections.abc import Callable

import pytest
from kernel_rules import CONSTRUCTS
from kernel_tally import share
from kernel_trial import run

pytestmark = pytest.mark.lab
SEED = 20_261_125
SECONDS, LEAST = 20, 100
PACKETS = 1000
"""For each ruleset: the kernel takes 10 µs for one, the readers' sets 30 µs."""


@pytest.mark.usefixtures("root")
def test_the_kernel_agrees_with_both_readers_on_every_packet_of_every_construct(
    needs: Callable[[str], str], record_property: Callable[[str, object], None]
) -> None:
    needs("nft")
    needs("ip")

    tally = run(SEED, packets=PACKETS, seconds=SECONDS, least=LEAST)

    sys.stdout.write(f"{tally.told()}\n")
    share(record_property, "nftables, stateless", tally.coverage, tally.packets)
    assert tally.packets >= LEAST * PACKETS
    assert tally.exact["bytecode"] > 0.85 * tally.packets
    assert tally.exact["text"] > 0.4 * tally.packets
    assert tally.coverage.missing(CONSTRUCTS) == []
