"""Coverage on real sampling: forty services asked at random while a host is sampled over its sshd, `count` seconds.

Half way the estimate must hold the truth, though many services were not seen yet; in the end everything that was
connected must have been seen.
"""

import json
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from flow_lab import ADDRESSES, SAMPLED, FlowLab, flow_lab, manifest

from collectors.flows.coverage import Coverage, coverage
from collectors.flows.joining import relations
from collectors.flows.keeping import evidence_of
from collectors.reach.approval import sign
from collectors.reach.keys import SigningKey
from qianyun.store import Store

USUAL_S, SERVICES, CHANCE, FIRST = 60, 40, 0.06, 6000


def run(seed: int, count: int | None) -> None:
    """Sample while connections are made; raises where an estimate does not hold."""
    with tempfile.TemporaryDirectory(prefix="flows-") as scratch, flow_lab(Path(scratch)) as lab:
        lab.serve("base", *(f"stays,{ADDRESSES['base']},{FIRST + number}" for number in range(SERVICES)))
        made = _sampled(lab, random.Random(seed), count or USUAL_S)  # noqa: S311 - dice, no secret
        with Store.open(f"sqlite:///{scratch}/store.db") as store:
            found = evidence_of(store.observed("flow."))
        seen = {each.edge.port: each for each in relations(found) if FIRST <= each.edge.port < FIRST + SERVICES}
        blocks = sorted(block for blocks in found.looked.values() for block in blocks)
        halves = sorted({*blocks})[: len({*blocks}) // 2], sorted({*blocks})
        estimates = [_estimate([each.blocks[1] for each in seen.values()], half) for half in halves]
    for name, each in zip(("half way", "in the end"), estimates, strict=True):
        told = f"{each.seen} seen of {SERVICES}, estimated {each.total:.1f} ({each.low:.0f} to {each.high:.0f})"
        print(f"{name}, {each.occasions} occasions: {told}, {each.share:.0%} of what happens known")
        if not each.low <= SERVICES <= each.high:
            raise SystemExit(f"{name} the interval does not hold the truth")
    if not made <= set(seen):
        raise SystemExit(f"connected and not seen: {sorted(made - set(seen))}")


def _estimate(seen_in: Sequence[set[int]], half: Sequence[int]) -> Coverage:
    counts = [len(blocks & set(half)) for blocks in seen_in]
    return coverage(filter(None, counts), len(half))


def _sampled(lab: FlowLab, dice: random.Random, lasts_s: int) -> set[int]:
    """The ports that were connected to while the client was sampled every second."""
    folder = lab.folder / "estate"
    folder.mkdir()
    (folder / "collect.yml").write_text(manifest(("client",)))
    key = (lab.folder / "host_key.pub").read_text().split(" ")
    (folder / "known_hosts").write_text("".join(f"{ADDRESSES[host]} {key[0]} {key[1]}\n" for host in SAMPLED))
    signer = SigningKey.make(lab.folder / "signer")
    (folder / "trust.yml").write_text(
        f'manifest_signers:\n  - {{key: "{signer.public}", name: 采集签发}}\nagents: []\n'
    )
    sign(folder, signer, 1)
    words = ("--for", f"{lasts_s}s", "--every", "1", "--occasion", "1", "--format", "json")
    store = ("--store", f"sqlite:///{lab.folder}/store.db")
    told: list[str] = []
    sampling = threading.Thread(
        target=lambda: told.append(lab.qianyun("collect", "flows", "sample", str(folder), *store, *words).stdout)
    )
    sampling.start()
    made: set[int] = set()
    until = time.monotonic() + lasts_s
    while time.monotonic() < until:
        chosen = [FIRST + number for number in range(SERVICES) if dice.random() < CHANCE]
        lab.connect("client", *(f"tcp,{ADDRESSES['base']},{port},1" for port in chosen))
        made |= {*chosen}
        time.sleep(max(0.0, 1.0 - time.monotonic() % 1.0))
    sampling.join()
    print(json.loads(told[0]))
    return made
