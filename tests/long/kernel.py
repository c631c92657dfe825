"""Millions of frames through random rulesets: the kernel and every reader must agree on each.

Of nftables one part knows no state and meets the whole language, one has states and connections, one is translated,
one asks the routes, and two stand on a bridge; iptables has both families, both of its programs, sets and routes. A
table at the end says how many rules of each construct there were, and how many frames were led through rulesets that
have it.
"""

from collections.abc import Callable
from contextlib import suppress

from bridge_rounds import BridgeRounds, OverBridgeRounds
from fib_rounds import FibRounds, FibTableRounds
from iptables_rounds import TableRounds
from kernel_coverage import table
from kernel_lab import Lab, NotListedError
from kernel_trial import run as trials
from nat_rounds import NatRounds
from table_nat import TableNatRounds
from wire_rounds import Rounds, Tally

USUAL = 4_000_000
FRAMES, CONNECTIONS = 1000, 10
EACH = 100
KINDS: dict[str, Callable[[Lab, Tally], Rounds]] = {
    "nftables, states": Rounds,
    "nftables, translation": NatRounds,
    "nftables, routes": FibRounds,
    "nftables, bridge": BridgeRounds,
    "nftables, over a bridge": OverBridgeRounds,
    "iptables": TableRounds,
    "iptables, translation": TableNatRounds,
    "iptables, routes": FibTableRounds,
}


def run(seed: int, count: int | None) -> None:
    """Send `count` frames; the seed of a ruleset that fails is told."""
    rulesets = -(-(count or USUAL) // ((1 + len(KINDS)) * FRAMES))
    stateless = trials(seed, packets=FRAMES, rulesets=rulesets, say=lambda so_far: print(so_far.told(), flush=True))
    print(stateless.told(), flush=True)
    constructs = {"nftables, stateless": stateless.coverage.as_json()}
    frames = stateless.packets
    for name, kind in KINDS.items():
        tally = _rounds(kind, seed, rulesets)
        print(name, tally.told(), flush=True)
        constructs[name] = tally.coverage.as_json()
        frames += tally.frames
    print(table(constructs))
    print(f"{frames:,} frames without a mismatch")


def _rounds(kind: Callable[[Lab, Tally], Rounds], seed: int, rulesets: int) -> Tally:
    tally = Tally()
    with Lab() as lab:
        rounds = kind(lab, tally)
        for number in range(rulesets):
            with suppress(NotListedError):
                rounds.play(seed * 1_000_000 + number, FRAMES, CONNECTIONS)
            if tally.mismatches:
                raise AssertionError(tally.mismatches[0])
            if number % EACH == EACH - 1:
                print(f"{tally.rulesets} rulesets, {tally.frames} frames", flush=True)
    return tally
