"""Millions of frames through random rulesets: the kernel, the bytecode and the text must agree on each."""

from kernel_lab import Lab
from wire_rounds import Rounds, Tally

FRAMES, CONNECTIONS = 1000, 10
EACH = 100


def run(seed: int, count: int | None) -> None:
    """Play `count` rulesets; the seed of a ruleset that fails is told."""
    rulesets = count or 2000
    tally = Tally()
    with Lab() as lab:
        rounds = Rounds(lab, tally)
        for number in range(rulesets):
            rounds.play(seed * 1_000_000 + number, FRAMES, CONNECTIONS)
            if tally.mismatches:
                raise AssertionError(tally.mismatches[0])
            if number % EACH == EACH - 1:
                print(f"{tally.rulesets} rulesets, {tally.frames} frames", flush=True)
    print(tally.told())
