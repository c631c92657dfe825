"""SIGKILL the import at `count` random moments; run again, the store is as after one clean run."""

from killing import told, trials

USUAL = 500
STEP = 50


def run(seed: int, count: int | None) -> None:
    """Kill and run again; the first store that differs ends it."""
    ended = []
    for first in range(0, count or USUAL, STEP):
        ended += trials(seed + first, min(STEP, (count or USUAL) - first))
        print(told(ended), flush=True)
