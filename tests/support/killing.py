"""Kill the import at random moments, run it again, and compare with one clean run.

`python killing.py SEED COUNT`. The ledgers of the sample province are read once; each import is a process of its own,
forked, that makes the store and takes the facts in, one transaction a kind. Every moment of that, from before the file
exists until after the last commit, is as likely as any other.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from qianyun.errors import StoreError
from qianyun.estate.identity import KINDS, Fact
from qianyun.importers.ledgers import read_ledgers
from qianyun.store import Store

ROOT = Path(__file__).parent.parent.parent
LEDGERS = ROOT / "inventory" / "province" / "ledgers"

Batches = Sequence[tuple[Fact, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One import that was killed and run again."""

    moment_s: float
    was_cut: bool
    facts_when_cut: int


def batches_of_province() -> Batches:
    estate = read_ledgers(sorted(LEDGERS.iterdir())).facts
    return [getattr(estate, kind.held_in) for kind in KINDS.values()]


def bring_in(url: str, batches: Batches) -> None:
    with Store.open(url, create=True) as store:
        for number, facts in enumerate(batches):
            store.upsert(facts, who="operator", why="quarterly report", source=f"ledger {number}")


def start(url: str, batches: Batches) -> int:
    child = os.fork()
    if child == 0:
        bring_in(url, batches)
        os._exit(0)
    return child


def finish(url: str, batches: Batches) -> str:
    """Run the import to its end; the store's digest."""
    _, status = os.waitpid(start(url, batches), 0)
    if status:
        raise AssertionError(f"the import of {url} ended with {status}")
    with Store.open(url) as store:
        return store.digest()


def facts_in(url: str) -> int:
    try:
        with Store.open(url) as store:
            return len(store.facts())
    except StoreError:
        return 0


def trial(url: str, batches: Batches, moment_s: float, clean: str) -> Trial:
    child = start(url, batches)
    time.sleep(moment_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    held = facts_in(url)
    if finish(url, batches) != clean:
        raise AssertionError(f"killed after {moment_s:.4f} s with {held} facts: the store differs from a clean run's")
    return Trial(moment_s=moment_s, was_cut=os.WIFSIGNALED(status), facts_when_cut=held)


def trials(seed: int, count: int) -> list[Trial]:
    random, batches = Random(seed), batches_of_province()  # noqa: S311 - a seeded choice, no secret
    ended = []
    with tempfile.TemporaryDirectory() as folder:
        clean = finish(f"sqlite:///{folder}/clean.db", batches)
        started = time.monotonic()
        os.waitpid(start(f"sqlite:///{folder}/timed.db", batches), 0)
        took = time.monotonic() - started
        for number in range(count):
            url = f"sqlite:///{folder}/{number}.db"
            ended.append(trial(url, batches, random.uniform(0, took), clean))
            for path in Path(folder).glob(f"{number}.db*"):
                path.unlink()
    return ended


def told(ended: Sequence[Trial]) -> str:
    """What the trials show, in one line."""
    cut = [each for each in ended if each.was_cut]
    empty = sum(each.facts_when_cut == 0 for each in cut)
    return f"{len(ended)} kills: {len(cut)} cut short, {empty} of them before the first commit; every store as clean"


if __name__ == "__main__":
    print(told(trials(int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201 - its answer
