"""The kernel's word: real frames through random rulesets, and every reading of a ruleset must say the same."""

import sys
from collections.abc import Callable

import pytest
from kernel_trial import Tally, run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]
SEED = 20_261_125
SECONDS, LEAST = 20, 100
PACKETS = 1000
"""For each ruleset: the kernel takes 10 µs for one, the readers' sets 30 µs."""


@pytest.fixture(scope="module")
def trials() -> Callable[[], Tally]:
    done: list[Tally] = []

    def once() -> Tally:
        if not done:
            done.append(run(SEED, packets=PACKETS, seconds=SECONDS, least=LEAST))
            sys.stdout.write(f"{done[0].told()}\n{done[0].table()}\n")
        return done[0]

    return once


@pytest.mark.usefixtures("root")
def test_the_kernel_agrees_with_both_readers_on_every_packet(
    needs: Callable[[str], str], trials: Callable[[], Tally]
) -> None:
    needs("nft")
    needs("ip")

    tally = trials()

    assert tally.packets >= LEAST * PACKETS
    assert tally.exact["bytecode"] > 0.85 * tally.packets
    assert tally.exact["text"] > 0.4 * tally.packets


@pytest.mark.usefixtures("root")
def test_every_construct_occurs(needs: Callable[[str], str], trials: Callable[[], Tally]) -> None:
    needs("nft")
    needs("ip")

    assert not trials().missing()
