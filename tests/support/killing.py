"""Kill an import at random moments, run it again, and compare with one clean run.

`python killing.py WAY SEED COUNT`. Each import is a process of its own, forked. The ways:

- `some`: `qianyun estate import --good-rows` of two ledgers of the sample province
- `all`: the same of all its ledgers
- `facts`: all its facts straight into the store, one transaction a kind, so that most kills fall between commits

Moments later in an import are the likelier, since it reads for long and writes in the end.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from qianyun.cli.app import command_tree
from qianyun.errors import StoreError
from qianyun.estate.identity import KINDS
from qianyun.importers.ledgers import read_ledgers
from qianyun.store import Store

ROOT = Path(__file__).parent.parent.parent
LEDGERS = ROOT / "inventory" / "province" / "ledgers"
SOME = ("01_单位登记.xlsx", "02_机房_本级.xlsx")
FINDINGS = 1

Import = Callable[[str], int]
"""From a store's URL to the exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One import that was killed and run again."""

    moment_s: float
    was_cut: bool
    facts_when_cut: int


def by_command(ledgers: Sequence[Path], folder: Path) -> Import:
    """What the command line does with ledgers."""
    words = ["--good-rows", "--annotate", str(folder / "returned"), "--who", "operator", "--why", "quarterly report"]
    tree = command_tree()

    def bring_in(url: str) -> int:
        try:
            tree(["estate", "import", *words, "--store", url, *map(str, ledgers)])
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else -1
        return 0

    return bring_in


def by_store() -> Import:
    """All facts of the province, read beforehand."""
    estate = read_ledgers(sorted(LEDGERS.iterdir())).facts
    batches = [getattr(estate, kind.held_in) for kind in KINDS.values()]

    def bring_in(url: str) -> int:
        with Store.open(url, create=True) as store:
            for number, facts in enumerate(batches):
                store.upsert(facts, who="operator", why="quarterly report", source=f"ledger {number}")
        return 0

    return bring_in


def import_of(way: str, folder: Path) -> Import:
    match way:
        case "some":
            return by_command([LEDGERS / name for name in SOME], folder)
        case "all":
            return by_command([LEDGERS], folder)
        case "facts":
            return by_store()
    raise SystemExit(f"{way}: the ways are some, all and facts")


def start(bring_in: Import, url: str, folder: Path) -> int:
    child = os.fork()
    if child == 0:
        with folder.joinpath("said").open("w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os._exit(bring_in(url))
    return child


def finish(bring_in: Import, url: str, folder: Path) -> str:
    """Run the import to its end; the store's digest."""
    _, status = os.waitpid(start(bring_in, url, folder), 0)
    if os.waitstatus_to_exitcode(status) not in (0, FINDINGS):
        raise AssertionError(folder.joinpath("said").read_text())
    with Store.open(url) as store:
        return store.digest()


def facts_in(url: str) -> int:
    try:
        with Store.open(url) as store:
            return len(store.facts())
    except StoreError:
        return 0


def trial(bring_in: Import, url: str, folder: Path, moment_s: float, clean: str) -> Trial:
    child = start(bring_in, url, folder)
    time.sleep(moment_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    held = facts_in(url)
    if finish(bring_in, url, folder) != clean:
        raise AssertionError(f"killed after {moment_s:.4f} s with {held} facts: the store differs from a clean run's")
    return Trial(moment_s=moment_s, was_cut=os.WIFSIGNALED(status), facts_when_cut=held)


def trials(way: str, seed: int, count: int) -> list[Trial]:
    random = Random(seed)  # noqa: S311 - a seeded choice, no secret
    ended = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bring_in = import_of(way, folder)
        clean = finish(bring_in, f"sqlite:///{folder}/clean.db", folder)
        started = time.monotonic()
        os.waitpid(start(bring_in, f"sqlite:///{folder}/timed.db", folder), 0)
        took = time.monotonic() - started
        for number in range(count):
            url = f"sqlite:///{folder}/{number}.db"
            ended.append(trial(bring_in, url, folder, took * random.random() ** 0.5, clean))
            for path in folder.glob(f"{number}.db*"):
                path.unlink()
    return ended


def told(ended: Sequence[Trial]) -> str:
    """What the trials show, in one line."""
    cut = [each for each in ended if each.was_cut]
    empty = sum(each.facts_when_cut == 0 for each in cut)
    return f"{len(ended)} kills: {len(cut)} cut short, {empty} of them before the first commit; every store as clean"


if __name__ == "__main__":
    print(told(trials(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201 - its answer
