"""An agent and a centre over real nats-servers: nothing is lost, nothing is taken in twice."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SUPPORT = Path(__file__).parent.parent.parent / "support"
KILLS, CUT_S = 20, 4


def test_twenty_kills_of_the_agent_and_a_line_that_is_cut_lose_nothing_and_bring_nothing_twice(
    needs: Callable[[str], str],
) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent.parent), str(SUPPORT)])}
    command = [sys.executable, str(SUPPORT / "reach_trial.py"), needs("nats-server"), "1", str(KILLS), str(CUT_S)]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["lost"], seen["twice"], seen["refused"]) == (0, 0, 0)
    assert seen["kills"] >= KILLS
    assert seen["cut_s"] >= CUT_S
    assert seen["shown"] == [], "no secret is in a log, a queue, an outbox or the store"
    assert len(seen["observations"]) == 1, "every run kept as much as every other"
