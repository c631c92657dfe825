"""Millions of frames through random rulesets: the kernel, the bytecode and the text must agree on each.

One part of them knows no state and meets the whole language, one has states and connections, and one is translated.
"""

from kernel_lab import Lab
from kernel_trial import run as trials
from nat_rounds import NatRounds
from wire_rounds import Rounds, Tally

USUAL = 4_000_000
FRAMES, CONNECTIONS = 1000, 10
EACH = 100


def run(seed: int, count: int | None) -> None:
    """Send `count` frames; the seed of a ruleset that fails is told."""
    rulesets = -(-(count or USUAL) // (3 * FRAMES))
    stateless = trials(seed, packets=FRAMES, rulesets=rulesets, say=lambda so_far: print(so_far.told(), flush=True))
    print(stateless.told(), stateless.table(), sep="\n")
    for kind in (Rounds, NatRounds):
        tally = Tally()
        with Lab() as lab:
            rounds = kind(lab, tally)
            for number in range(rulesets):
                rounds.play(seed * 1_000_000 + number, FRAMES, CONNECTIONS)
                if tally.mismatches:
                    raise AssertionError(tally.mismatches[0])
                if number % EACH == EACH - 1:
                    print(f"{tally.rulesets} rulesets, {tally.frames} frames", flush=True)
        print(tally.told())
