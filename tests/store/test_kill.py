"""An import that is killed and run again leaves the store that one clean run leaves."""

import os
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).parent.parent / "support"


def test_twenty_kills_at_random_moments_leave_what_a_clean_import_leaves() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent.parent), str(SUPPORT)])}

    done = subprocess.run(
        [sys.executable, SUPPORT / "killing.py", "1", "20"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("20 kills: ")
    assert done.stdout.endswith("every store as clean\n")
