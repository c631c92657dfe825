"""A run that is killed and resumed, from a room of switches that count what they are asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).parent.parent.parent / "support"
KILLS = 6


def test_each_kill_costs_a_device_at_most_the_table_it_was_in() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent.parent), str(SUPPORT)])}
    command = [sys.executable, str(SUPPORT / "resume_trial.py"), "1", str(KILLS)]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["kills"] == KILLS
    assert seen["again"] == 1, "somebody was asked more than one table again, or no kill met a table"
    assert seen["begun"] > seen["clean"]
    assert seen["kept"] == seen["clean_kept"]
