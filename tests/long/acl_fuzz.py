"""Mutated configurations of every vendor, 20,000 by default: typed errors only, and none takes long."""

import time

from acl_fuzz_rounds import VENDORS, fuzz_round

MOST_SECONDS = 30


def run(seed: int, count: int | None) -> None:
    """So many configurations, spread over the vendors."""
    slowest = 0.0
    for number in range(count or 20_000):
        vendor = VENDORS[number % len(VENDORS)]
        started = time.process_time()
        try:
            fuzz_round(vendor, seed * 1_000_000 + number)
        except Exception as error:
            raise AssertionError(f"{vendor}, round {seed * 1_000_000 + number}") from error
        taken = time.process_time() - started
        slowest = max(slowest, taken)
        if taken > MOST_SECONDS:
            raise AssertionError(f"{vendor}, round {seed * 1_000_000 + number} took {taken:.0f} CPU s")
        if (number + 1) % 1000 == 0:
            print(f"{number + 1} configurations, the slowest {slowest:.2f} CPU s", flush=True)
