"""Mutated listings of nftables, 20,000 by default: typed errors or doubts only, and none takes long."""

import time
from collections import Counter

from nft_fuzz_rounds import fuzz_round

MOST_SECONDS = 30


def run(seed: int, count: int | None) -> None:
    """So many listings, bytecode and text."""
    ended, slowest = Counter[str](), 0.0
    for number in range(count or 20_000):
        started = time.process_time()
        try:
            ended[fuzz_round(seed * 1_000_000 + number)] += 1
        except Exception as error:
            raise AssertionError(f"round {seed * 1_000_000 + number}") from error
        taken = time.process_time() - started
        slowest = max(slowest, taken)
        if taken > MOST_SECONDS:
            raise AssertionError(f"round {seed * 1_000_000 + number} took {taken:.0f} CPU s")
        if (number + 1) % 1000 == 0:
            print(f"{number + 1} listings, {dict(ended)}, the slowest {slowest:.2f} CPU s", flush=True)
