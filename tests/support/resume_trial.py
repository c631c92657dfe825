"""Kill `collect run` at random moments and resume it: each kill costs a device at most the table it was in.

`python resume_trial.py SEED KILLS`; prints what it saw as JSON. The switches answer in a process of their own
and write down every request, so that what is asked again is counted where it arrives.
"""

import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from reach_rooms import Site, command, finished, fork, kill, site, until

from collectors.oids import NEIGHBOURHOOD, TABLES
from qianyun.store import Store

DEVICES, RATE = 12, 150
LONGEST_S = 0.4
KILLED = "killed"
FIRST = {".".join(map(str, table.first)): table.name for table in (*TABLES, *NEIGHBOURHOOD)}
"""What a walk of each table begins with."""

Begun = Mapping[str, frozenset[str]]
"""Device to the tables that were begun there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a trial saw.

    Attributes:
        again: The most tables that one device was asked again after one kill.
        begun: Walks that were begun in all; a clean run begins `clean` of them.
        kept: Observations of the last run; a clean run keeps `clean_kept`.
    """

    kills: int
    again: int
    begun: int
    clean: int
    kept: int
    clean_kept: int


def trial(seed: int, kills: int) -> Seen:
    with tempfile.TemporaryDirectory(prefix="resume-") as name:
        folder = Path(name)
        os.chdir(folder)
        with site(folder, DEVICES, RATE) as made:
            done = _kill(made, Random(seed), kills)  # noqa: S311 - a seeded choice, no secret
            parts = _begun(made.requests)
            kept = _kept(made)
            made.requests.write_text("")
            assert finished(fork(_run(made), folder / "clean.log")) == 0
            [clean] = _begun(made.requests)
            return Seen(
                kills=done,
                again=_again(parts),
                begun=sum(len(tables) for part in parts for tables in part.values()),
                clean=sum(map(len, clean.values())),
                kept=kept,
                clean_kept=_kept(made),
            )


def _run(made: Site, *more: str) -> Callable[[], None]:
    return command(["collect", "run", str(made.manifest), "--store", made.store, *more], made.words)


def _kill(made: Site, random: Random, kills: int) -> int:
    """Kill and resume, so often; the last one ends by itself."""
    done = 0
    while done < kills:
        process = fork(_run(made, "--resume"), made.folder / "run.log")
        before = made.requests.stat().st_size
        until(lambda before=before: made.requests.stat().st_size > before, "it asks")  # type: ignore[misc]  # the loop's
        time.sleep(LONGEST_S * random.random())
        if os.waitpid(process, os.WNOHANG)[0]:
            raise AssertionError(f"it ended after {done} kills, before it could be killed again")
        kill(process)
        time.sleep(0.05)
        with made.requests.open("a") as log:
            log.write(f"{KILLED}\n")
        done += 1
    code = finished(fork(_run(made, "--resume"), made.folder / "run.log"))
    assert code == 0, (made.folder / "run.log").read_text()
    return done


def _begun(log: Path) -> Sequence[Begun]:
    """Between kills, which tables each device was asked from their beginning."""
    parts: list[dict[str, set[str]]] = [defaultdict(set)]
    for line in log.read_text().splitlines():
        if line == KILLED:
            parts.append(defaultdict(set))
        else:
            device, name = line.split()
            if name in FIRST:
                parts[-1][device].add(FIRST[name])
    return [{device: frozenset(tables) for device, tables in part.items()} for part in parts]


def _again(parts: Sequence[Begun]) -> int:
    """The most tables of one device that were begun between two kills and had been begun before."""
    before: dict[str, set[str]] = defaultdict(set)
    most = 0
    for part in parts:
        for device, tables in part.items():
            most = max(most, len(before[device] & tables))
            before[device] |= tables
    return most


def _kept(made: Site) -> int:
    with Store.open(made.store) as store:
        last = store.runs()[-1]
        assert last.ended_at is not None
        return sum(each.run == last.name for each in store.latest())


if __name__ == "__main__":
    print(json.dumps(asdict(trial(int(sys.argv[1]), int(sys.argv[2])))))  # noqa: T201 - its answer
