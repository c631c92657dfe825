"""A broker that is killed at any moment delivers every file once and whole."""

import os
import subprocess
import sys
from pathlib import Path

from exchange_kills import trial

SUPPORT = Path(__file__).parent.parent / "support"
CRASHES = 40


def test_every_file_arrives_once_and_whole_though_brokers_are_killed(tmp_path: Path) -> None:
    killed = trial(tmp_path, seed=7, kills=12, files=12)

    assert killed.total() == 12
    assert set(killed) == {"outer", "inner"}


def test_a_crash_on_any_line_leaves_what_the_next_start_finishes() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent.parent), str(SUPPORT)])}
    command = [sys.executable, str(SUPPORT / "exchange_crashes.py"), "1", str(CRASHES)]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith(f"{CRASHES} crashes on")
