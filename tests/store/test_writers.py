"""Several writers at once: nothing is lost, and nobody is told that the database is locked."""

import os
import subprocess
import sys
from pathlib import Path

from writer import FACTS_A_ROUND, SHARED

from qianyun.store import Store

SUPPORT = Path(__file__).parent.parent / "support"
ROOT = SUPPORT.parent.parent
WRITERS, ROUNDS = 4, 8


def test_writers_in_four_processes_lose_nothing(url: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(SUPPORT)])}
    commands = [
        [sys.executable, str(SUPPORT / "writer.py"), url, str(number), str(ROUNDS)] for number in range(WRITERS)
    ]

    writers = [subprocess.Popen(each, env=environment, stderr=subprocess.PIPE, text=True) for each in commands]
    said = [writer.communicate(timeout=400)[1] for writer in writers]

    assert [writer.returncode for writer in writers] == [0] * WRITERS, said
    with Store.open(url) as store:
        turns = WRITERS * ROUNDS
        book = next(room.address for room in store.estate().rooms if room.name == SHARED.name)
        assert sorted(book.split()) == sorted(f"{number}-{turn}" for number in range(WRITERS) for turn in range(ROUNDS))
        assert len(store.facts()) == turns * FACTS_A_ROUND + 1
        assert len(store.history("room", SHARED.name)) == turns + 1
        assert len(store.latest()) == turns
