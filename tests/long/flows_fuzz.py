"""Malformed flow datagrams and tables: real exporters' own, bent `count` times; no crash, no hang, memory bounded.

Every bent datagram goes the whole way, templates and samplers remembered from one to the next, and what it
holds is counted. Now and then a bent answer of the sockets' script or of conntrack takes its place.
"""

import random
import resource
import time
from pathlib import Path

import flow_encoding as encoding

from collectors.flows.captures import read_datagrams
from collectors.flows.exports import Exports
from collectors.flows.sockets import read_answer
from collectors.flows.watching import Watch

ROOT = Path(__file__).parent.parent.parent
RECORDINGS, DEVICES = ROOT / "tests" / "recordings" / "flows", ROOT / "inventory" / "province" / "devices"
USUAL, STEP, TABLES_EVERY = 1_000_000, 50_000, 50
MOST_GROWTH_KIB, SLOWEST_S, NOW = 300 << 10, 0.5, 1_760_000_000.0
CONNTRACK = (
    "@@qianyun own conntrack\n"
    "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.100 sport=50000 dport=80 "
    "packets=5 bytes=500 src=10.0.1.7 dst=10.0.0.1 sport=8080 dport=61000 packets=4 bytes=1500 [ASSURED] use=1\n"
    "@@qianyun own ip_vs\nTCP  0A000064:01BB rr  \n  -> 0A000107:20FB      Masq    1      0          0         \n"
)


def run(seed: int, count: int | None) -> None:
    """Bend datagrams; the first that does something else than being read or refused ends it."""
    dice = random.Random(seed)  # noqa: S311 - dice, no secret
    seeds = _datagrams()
    tables = [path.read_bytes() + CONNTRACK.encode() for path in sorted(DEVICES.glob("*/sockets.txt"))]
    exports, watch = Exports(), Watch(name="h")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest, refused = 0.0, 0
    for number in range(count or USUAL):
        began = time.process_time()
        if number % TABLES_EVERY == 0:
            watch.take(read_answer(_bent(dice, dice.choice(tables)).decode("utf-8", "replace")), NOW, "")
        else:
            exports.take(f"10.0.0.{dice.randrange(256)}", "r", _bent(dice, dice.choice(seeds)), NOW)
        slowest = max(slowest, time.process_time() - began)
        if (number + 1) % STEP == 0:
            exports.settle()
            refused += exports.faults.total()
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            edges = sum(len(tally.counts) for tally in exports.tallies.values())
            told = f"{refused:,} refused, {edges:,} edges, slowest {slowest * 1000:.1f} ms, grown {grown >> 10} MiB"
            print(f"{number + 1:,}: {told}")
            if grown > MOST_GROWTH_KIB or slowest > SLOWEST_S + 1:  # settling has its turn too
                raise SystemExit("memory or time ran away")
            exports, watch = Exports(sessions=exports.sessions), Watch(name="h")


def _datagrams() -> list[bytes]:
    """What real exporters sent, and what they might."""
    real = [each.octets for path in sorted(RECORDINGS.glob("*.pcap")) for each in read_datagrams(path)]
    return [*real, encoding.sampler_v9(10), encoding.sampler_v9(1 << 31)]


def _bent(dice: random.Random, octets: bytes) -> bytes:
    """Octets changed, cut out, doubled, or the whole cut off."""
    bent = bytearray(octets)
    for _time in range(dice.choice((0, 1, 1, 2, 4, 16))):
        at = dice.randrange(len(bent)) if bent else 0
        match dice.randrange(4):
            case 0 if bent:
                bent[at] = dice.randrange(256)
            case 1 if bent:
                bent[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del bent[at : at + dice.randrange(1, 9)]
            case _:
                bent[at:at] = bent[at : at + dice.randrange(1, 33)]
    return bytes(bent[: dice.randrange(2, len(bent) + 1)] if len(bent) > 2 and dice.random() < 0.1 else bent)
