"""Kill both brokers at a chosen line of their own code, run them again, and look what arrived.

`python exchange_crashes.py SEED COUNT`: the lines that two files' way across executes are counted once; then
`COUNT` of them are drawn, and a forked process kills itself (SIGKILL) at each. Prints how many lines there
are, and how many crashes fell on each module.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from types import FrameType

from exchange_sides import Sides, sides, usual

from qianyun.exchange.broker import Broker
from qianyun.exchange.ledger import Ledger
from qianyun.policy.channels import Side

OURS = str(Path(__file__).parent.parent.parent / "qianyun" / "exchange")
FILES = {"one.csv": usual(1, rows=1), "two.csv": usual(2, rows=1)}
ROUNDS = 4


def across(both: Sides) -> None:
    """Both brokers, newly started, some rounds each."""
    ledgers = {side: Ledger(both.settings(side).home / "ledger.db") for side in Side}
    with closing(ledgers[Side.OUTER]), closing(ledgers[Side.INNER]):
        brokers = [Broker(both.settings(side), ledgers[side]) for side in Side]
        for _round in range(ROUNDS):
            for broker in brokers:
                broker.round()


class Lines:
    """Counts the lines of ours that are executed, and kills the process at one of them."""

    def __init__(self, last: int = 0) -> None:
        self.count, self.last = 0, last

    def __call__(self, frame: FrameType, event: str, _argument: object) -> "Lines | None":
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            self.count += 1
            if self.count == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def laid(folder: Path) -> Sides:
    """Two sides with files that lie ready."""
    both = sides(folder)
    for name, content in FILES.items():
        both.put(name, content)
    return both


def counted(folder: Path) -> int:
    """Lines of one way across."""
    both, lines = laid(folder), Lines()
    sys.settrace(lines)
    across(both)
    sys.settrace(None)
    return lines.count


def crashed(folder: Path, line: int, *, takes: bool) -> None:
    """One crash.

    Raises:
        AssertionError: A file did not arrive once and whole.
    """
    both = laid(folder)
    if (child := os.fork()) == 0:
        sys.settrace(Lines(line))
        across(both)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"line {line}: ended with {status}"
    before = both.delivered()
    if takes:
        for parcel in both.target.glob("[a-z]*/*"):
            shutil.rmtree(parcel)
    across(both)
    after = both.delivered()
    wanted = {name: both.masked(content) for name, content in FILES.items()}
    if takes:
        assert not set(before) & set(after), f"line {line}: {sorted(before)} came again"
        after = {**before, **after}
    assert after == wanted, f"line {line}: {sorted(after)}"
    left = [path for path in (both.folder / "ferry").rglob("*") if path.is_file()]
    assert left == [], f"line {line}: {left}"


def main(seed: int, count: int) -> None:
    """Count, draw, crash."""
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - brokers talk; only the end is wanted
    chance, tried = random.Random(seed), Counter[bool]()  # noqa: S311 - trials, not secrets
    with tempfile.TemporaryDirectory() as folder:
        lines = counted(Path(folder) / "counted")
        for number, line in enumerate(chance.sample(range(1, lines), min(count, lines - 1))):
            place, takes = Path(folder) / str(number), chance.random() < 0.5
            crashed(place, line, takes=takes)
            shutil.rmtree(place)
            tried[takes] += 1
    sys.__stdout__.write(f"{tried.total()} crashes on {lines} lines, {tried[True]} with parcels taken away\n")  # type: ignore[union-attr] # it is there


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
