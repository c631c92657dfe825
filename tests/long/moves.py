"""The rehearsal of a move with 1 GB under load, and a failure at every step of it in turn, each rolled back.

`N=megabytes` takes another size. A round ends with every acknowledged row at the source, and begins again from there.
"""

import random
import tempfile
import time
from pathlib import Path

from cut_offs import on
from move_trials import FAILURES, STEPS, again_on_the_eve, gone_back, killed_at
from moving import Rehearsal, few_hosts

from inventory.rehearsal.permits.furnish import furnish
from qianyun.lab.running import up

USUAL_MB = 1000


def run(seed: int, count: int | None) -> None:
    """Move there and back once undisturbed, then once for each failure, in an order that the seed sets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab = up(few_hosts(folder), folder / "lab", print)
        try:
            furnish(lab, count or USUAL_MB)
            rehearsal = Rehearsal(lab=lab, folder=folder)
            rehearsal.prepare()
            rehearsal.load()
            _undisturbed(rehearsal)
            _failing(rehearsal, random.Random(seed))  # noqa: S311 - an order of trials, not a secret
        finally:
            lab.down()


def _undisturbed(rehearsal: Rehearsal) -> None:
    for step in ("precheck", "sync", "cutover", "verify"):
        began = time.monotonic()
        done = rehearsal.play(step)
        assert done.returncode == 0, (step, done.stdout[-4000:], done.stderr)
        print(f"{step}: {time.monotonic() - began:.0f} s", flush=True)
    told = rehearsal.evidence("cutover")
    size = on(rehearsal.lab, "database", "du", "-sm", "/var/lib/postgresql/15/main").stdout.split()[0]
    print(f"downtime: {told['downtime_s']} s by the playbook, {rehearsal.gap():.1f} s as the users saw it", flush=True)
    print(f"allowed: {told['downtime_allowed_s']} s; the cluster has {size} MB", flush=True)
    print("\n".join(told["data"]["database target"]), flush=True)
    acknowledged = sum(map(len, rehearsal.acknowledged().values()))
    print(f"back, nothing lost of {acknowledged}; longest gap {gone_back(rehearsal, 'undisturbed'):.1f} s", flush=True)


def _failing(rehearsal: Rehearsal, chance: random.Random) -> None:
    trials = [*((f"killed at: {task}", task) for task in STEPS), *((name, None) for name in FAILURES)]
    chance.shuffle(trials)
    for number, (name, task) in enumerate(trials, start=1):
        again_on_the_eve(rehearsal)
        done = rehearsal.play("sync")
        assert done.returncode == 0, (name, done.stdout[-4000:], done.stderr)
        if task:
            killed_at(rehearsal, "cutover", task)
        else:
            FAILURES[name](rehearsal)
        acknowledged = sum(map(len, rehearsal.acknowledged().values()))
        gap = gone_back(rehearsal, name)
        print(f"{number} of {len(trials)}: {name}; back, nothing lost of {acknowledged}, gap {gap:.0f} s", flush=True)
