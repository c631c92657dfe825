"""Kill an agent at random moments while the line to the centre is cut for a while: nothing lost, nothing twice.

`python reach_trial.py PROGRAM SEED KILLS CUT_S`; prints what it saw as JSON. The agent, the centre's end and
the line run in processes of their own; after each kill the agent is started again, as its service would be.
"""

import json
import os
import re
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from reach_rooms import Servers, Site, agent_words, command, finished, fork, hub_words, kill, servers, site

DEVICES, RATE = 20, 500
LONGEST_S = 1.2
CUT_FROM = 0.25
"""Share of the kills after which the line is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a trial saw.

    Attributes:
        kills: SIGKILLs of an agent that was at work.
        lost: Letters that the store lacks, of runs that ended.
        twice: Letters that the centre took in more than once.
        again: Letters that came again and were known.
        refused: Letters that were not believed.
        cut_s: How long the line was cut.
        shown: Files in which a secret of the manifest or a private key was found.
    """

    kills: int
    runs: int
    devices: int
    lost: int
    twice: int
    again: int
    refused: int
    cut_s: float
    observations: list[int]
    shown: list[str]


def trial(program: str, seed: int, kills: int, cut_s: float) -> Seen:
    with tempfile.TemporaryDirectory(prefix="reach-") as name:
        folder = Path(name)
        os.chdir(folder)
        with site(folder, DEVICES, RATE) as made, servers(folder, program) as running:
            done, was_cut_s = _kill(made, running, Random(seed), kills, cut_s)  # noqa: S311 - a seeded choice, no secret
            return _judge(made, done, was_cut_s)


def _kill(made: Site, running: Servers, random: Random, kills: int, cut_s: float) -> tuple[int, float]:
    agent = command(agent_words(made, running), made.words)
    hub = fork(command(hub_words(made, running), {}), made.folder / "hub.log")
    done, cut_at, was_cut_s = 0, 0.0, 0.0
    while done < kills or not was_cut_s:
        if done >= kills * CUT_FROM and not cut_at:
            running.cut()
            cut_at = time.monotonic()
        if cut_at and not was_cut_s and time.monotonic() - cut_at >= cut_s:
            was_cut_s = time.monotonic() - cut_at
            running.mend()
        process = fork(agent, made.folder / "agent.log")
        time.sleep(LONGEST_S * random.random())
        ended, _status = os.waitpid(process, os.WNOHANG)
        if not ended:
            kill(process)
            done += 1
        if done % 7 == 3:  # the centre's end dies now and then, too
            kill(hub)
            hub = fork(command(hub_words(made, running), {}), made.folder / "hub.log")
    assert finished(fork(agent, made.folder / "agent.log")) == 0, (made.folder / "agent.log").read_text()
    kill(hub)
    deadline = time.monotonic() + 60
    while finished(fork(command(hub_words(made, running, "--once"), {}), made.folder / "hub.log")) != 0:
        assert time.monotonic() < deadline, (made.folder / "hub.log").read_text()
        time.sleep(1)
    return done, was_cut_s


def _judge(made: Site, kills: int, cut_s: float) -> Seen:
    told = (made.folder / "hub.log").read_text().splitlines()
    with sqlite3.connect(made.store.removeprefix("sqlite:///")) as store:
        summaries = dict(store.execute("SELECT name, summary FROM run").fetchall())
        ended = [name for (name,) in store.execute("SELECT name FROM run WHERE ended_at IS NOT NULL")]
        receipts = Counter(run for (run,) in store.execute("SELECT run FROM receipt"))
        kept = Counter(run for (run,) in store.execute("SELECT run FROM observation"))
    found = [json.loads(summaries[run])["found"] for run in ended]
    assert set(found) == {DEVICES}, found
    words = [re.search(r": (\d+) letters with \d+ observations, (\d+) that were known", line) for line in told]
    new, again = (sum(int(found[n]) for found in words if found) for n in (1, 2))
    if set(ended) != set(summaries):
        raise AssertionError(f"runs that did not end: {set(summaries) - set(ended)}")
    return Seen(
        kills=kills,
        runs=len(ended),
        devices=DEVICES,
        lost=sum(DEVICES + 1 - receipts[run] for run in ended),
        twice=max(0, new - sum(receipts.values())),
        again=again,
        refused=sum("refused" in line for line in told),
        cut_s=round(cut_s, 1),
        observations=sorted(set(kept.values())),
        shown=_shown(made),
    )


def _shown(made: Site) -> list[str]:
    keys = {made.key(name) for name in ("agent", "centre", "signer")}
    secrets = [*made.words.values(), *(line for key in keys for line in key.read_text().splitlines()[:2])]
    hidden = [text.encode() for text in secrets if "PRIVATE KEY" not in text]
    files = [path for path in made.folder.rglob("*") if path.is_file() and path not in keys]
    return [path.name for path in files if any(each in path.read_bytes() for each in hidden)]


if __name__ == "__main__":
    print(json.dumps(asdict(trial(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))))  # noqa: T201 - its answer
