"""An import that is killed and run again leaves the store that one clean run leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent.parent / "support"


@pytest.mark.parametrize(("way", "count"), [("some", 20), ("facts", 10)])
def test_an_import_killed_at_random_moments_and_run_again_leaves_what_a_clean_one_leaves(way: str, count: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent.parent), str(SUPPORT)])}
    command = [sys.executable, str(SUPPORT / "killing.py"), way, "1", str(count)]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{count} kills: ")
    assert done.stdout.endswith("every store as clean\n")
