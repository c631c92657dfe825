"""Brokers killed over and over: nothing is lost, nothing arrives twice, nothing by halves."""

import subprocess
import sys
import tempfile
from pathlib import Path

from exchange_kills import trial

USUAL = 200
KILLS, FILES = 50, 40
"""Of one round; then both sides begin anew."""

CRASHES = Path(__file__).parent.parent / "support" / "exchange_crashes.py"


def run(seed: int, count: int | None) -> None:
    """Kill brokers `count` times at random moments, and as often at lines of their own code."""
    subprocess.run([sys.executable, CRASHES, str(seed), str(count or USUAL)], check=True)
    done = 0
    while done < (count or USUAL):
        with tempfile.TemporaryDirectory() as folder:
            killed = trial(Path(folder) / "zone", seed, KILLS, FILES)
        done += killed.total()
        seed += 1
        print(f"{done} kills, every one of {FILES} files once and whole each round: {dict(killed)}", flush=True)
