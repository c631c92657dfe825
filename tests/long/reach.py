"""Kill the agent of a room `count` times at random moments, the line to the centre cut for a minute meanwhile."""

import shutil

from reach_trial import trial

USUAL = 20
CUT_S = 60.0


def run(seed: int, count: int | None) -> None:
    """Nothing may be lost, and nothing taken in twice."""
    program = shutil.which("nats-server")
    if program is None:
        raise SystemExit("the program nats-server is not installed")
    seen = trial(program, seed, count or USUAL, CUT_S)
    print(seen, flush=True)
    assert (seen.lost, seen.twice, seen.refused) == (0, 0, 0), seen
    assert len(seen.observations) == 1, seen
