"""Mutated listings and configurations for every reader, 20,000 by default: typed errors or doubts, and none takes long.

The readers take turns: nftables (bytecode and text), iptables alone and with ip6tables and ipset, every vendor.
"""

import time
from collections import Counter

from acl_fuzz_rounds import VENDORS
from acl_fuzz_rounds import fuzz_round as configuration
from nft_fuzz_rounds import fuzz_round as listing

USUAL, EACH = 20_000, 1000
MOST_SECONDS = 30
READERS = ("nftables", *VENDORS)


def run(seed: int, count: int | None) -> None:
    """So many texts, spread over the readers; the first that crashes or hangs ends it, with its number."""
    slowest = dict.fromkeys(READERS, 0.0)
    ended = {reader: Counter[str]() for reader in READERS}
    for number in range(count or USUAL):
        reader = READERS[number % len(READERS)]
        started = time.process_time()
        ended[reader][_round(reader, seed * 1_000_000 + number)] += 1
        slowest[reader] = max(slowest[reader], time.process_time() - started)
        if slowest[reader] > MOST_SECONDS:
            raise AssertionError(f"{reader}, round {seed * 1_000_000 + number} took {slowest[reader]:.0f} CPU s")
        if (number + 1) % EACH == 0:
            print(f"{number + 1} texts", flush=True)
    for reader, ends in ended.items():
        print(f"{reader}: {dict(ends)}, the slowest {slowest[reader]:.2f} CPU s")


def _round(reader: str, number: int) -> str:
    try:
        return listing(number) if reader == "nftables" else configuration(reader, number)
    except Exception as error:
        raise AssertionError(f"{reader}, round {number}") from error
