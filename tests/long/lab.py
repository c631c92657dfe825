"""Rules that cut a host off, again and again, each ended another way; the old rules come back every time."""

import random
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from cut_offs import confirmed, trial

from qianyun.compile.nftables import render
from qianyun.importers.declaration import load_policy
from qianyun.lab.running import up

USUAL = 50
ROOT = Path(__file__).parent.parent.parent
TOPOLOGY = ROOT / "playbooks/roles/zone_firewall/molecule/default/topology/lab.yml"


def run(seed: int, count: int | None) -> None:
    """Cut the gateway off `count` times; the first time that it stays so ends it."""
    ruleset = render(load_policy(ROOT / "inventory" / "rehearsal"), date(2026, 11, 25))
    chance = random.Random(seed)  # noqa: S311 - trials, not secrets
    ended = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        lab = up(TOPOLOGY, Path(folder) / "lab", print)
        try:
            confirmed(lab, "gateway", ruleset)
            for number in range(1, (count or USUAL) + 1):
                end, seconds = trial(lab, "gateway", ruleset, chance)
                ended[end] += 1
                print(f"{number}: {end}, back after {seconds:.1f} s", flush=True)
        finally:
            lab.down()
    print(f"restored {ended.total()} of {count or USUAL}: {dict(ended)}", flush=True)
