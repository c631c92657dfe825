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
    slowest, ended = dict.fromkeys(READERS, 0.0), Counter[str]()
    for number in range(count or USUAL):
        reader = READERS[number % len(READERS)]
        taken = _seconds(reader, seed * 1_000_000 + number)
        slowest[reader] = max(slowest[reader], taken)
        ended[reader] += 1
        if (number + 1) % EACH == 0:
            print(f"{number + 1} texts; the slowest of each reader, in CPU s: {_told(slowest)}", flush=True)
    print(f"{dict(ended)}: no crash, no hang")


def _seconds(reader: str, number: int) -> float:
    read: Callable[[], object] = (
        (lambda: listing(number)) if reader == "nftables" else lambda: configuration(reader, number)
    )
    started = time.process_time()
    try:
        read()
    except Exception as error:
        raise AssertionError(f"{reader}, round {number}") from error
    taken = time.process_time() - started
    if taken > MOST_SECONDS:
        raise AssertionError(f"{reader}, round {number} took {taken:.0f} CPU s")
    return taken


def _told(seconds: dict[str, float]) -> str:
    return ", ".join(f"{reader} {each:.2f}" for reader, each in seconds.items())
