"""What a night is for: rules that cut a host off, each ended another way; then everything that may fail at the egress.

The old rules come back every time, and packets find the other way out; the longest silence is told, by family.
"""

import random
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from cut_offs import confirmed, trial
from fail_over import EVENTS
from fail_over import trial as fails
from rehearsal import playbooks, rehearsal

from qianyun.compile.nftables import render
from qianyun.importers.declaration import load_policy
from qianyun.lab.running import up

USUAL = 50
ROUNDS = 3
ROOT = Path(__file__).parent.parent.parent
TOPOLOGY = ROOT / "playbooks/roles/zone_firewall/molecule/default/topology/lab.yml"


def run(seed: int, count: int | None) -> None:
    """Every trial of the lab."""
    cut_offs(seed, count)
    fail_overs(min(count or ROUNDS, ROUNDS))


def fail_overs(rounds: int) -> None:
    """Let everything at the egress fail that may, and tell the longest silence by direction and family."""
    with tempfile.TemporaryDirectory() as folder, rehearsal(Path(folder)) as lab:
        built = playbooks(lab)("zones", "egress", "extranet")
        if built.returncode:
            raise AssertionError(built.stdout + built.stderr)
        for event in EVENTS:
            for number in range(1, rounds + 1):
                for phase, silences in fails(lab, event).items():
                    told = ", ".join(f"{name} {gap:.2f} s" for name, gap in silences.items())
                    print(f"{event}, {phase} {number}: {told}", flush=True)


def cut_offs(seed: int, count: int | None) -> None:
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
