"""Brokers that are killed again and again, while files keep coming and somebody takes away what arrives."""

import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from exchange_sides import Sides, sides, usual

from qianyun.policy.channels import Side

PATIENCE_S = 120
Running = dict[Side, subprocess.Popen[str]]


@dataclass
class Taker:
    """A department that takes every parcel away as soon as it lies there, and so notices one that comes twice."""

    both: Sides
    taken: dict[str, list[bytes]] = field(default_factory=dict)
    _ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._ends.wait(0.01):
            self.take()

    def take(self) -> None:
        for parcel in sorted(self.both.target.glob("[a-z]*/*")):
            files = {path.name: path.read_bytes() for path in parcel.iterdir()}
            assert {"manifest.json", "manifest.sig"} < set(files), f"{parcel} is not whole"
            (name,) = set(files) - {"manifest.json", "manifest.sig"}
            self.taken.setdefault(name, []).append(files[name])
            shutil.rmtree(parcel)

    def end(self) -> None:
        self._ends.set()


def trial(folder: Path, seed: int, kills: int, files: int) -> Counter[str]:
    """Kill either broker `kills` times while `files` files cross; then let them finish.

    Raises:
        AssertionError: A file did not arrive, arrived twice, or is not what it must be.
    """
    chance, both = random.Random(seed), sides(folder, backlog=4)  # noqa: S311 - trials, not secrets
    wanted = {f"f-{number:03d}.csv": usual(number) for number in range(files)}
    taker = Taker(both)
    watching = threading.Thread(target=taker.run)
    running = {side: both.start(side) for side in Side}
    killed: Counter[str] = Counter()
    watching.start()
    try:
        for number, (name, content) in enumerate(wanted.items()):
            both.put(name, content)
            for _kill in range(kills * (number + 1) // files - killed.total()):
                time.sleep(chance.random() * 0.6)
                side = chance.choice([*Side])
                _kill_and_restart(both, running, side)
                killed[side] += 1
        _wait(taker, wanted)
    finally:
        for process in running.values():
            process.kill()
            process.communicate()
        taker.end()
        watching.join()
    taker.take()
    expected = {name: [both.masked(content)] for name, content in wanted.items()}
    assert taker.taken == expected, f"seed {seed}"
    return killed


def _kill_and_restart(both: Sides, running: Running, side: Side) -> None:
    running[side].kill()
    running[side].communicate()
    running[side] = both.start(side)


def _wait(taker: Taker, wanted: dict[str, bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while set(taker.taken) != set(wanted):
        assert time.monotonic() < end, f"missing: {sorted(set(wanted) - set(taker.taken))}"
        time.sleep(0.05)
    time.sleep(1.5)  # a second delivery would come in the next rounds
