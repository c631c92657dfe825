"""SIGKILL imports at `count` random moments; run again, each store is as after one clean run."""

from killing import told, trials

USUAL = 120
STEP = 20


def run(seed: int, count: int | None) -> None:
    """Kill and run again, by each way in turn; the first store that differs ends it."""
    left = count or USUAL
    while left > 0:
        for way in ("all", "facts", "some"):
            if left > 0:
                ended = trials(way, seed + left, min(STEP, left))
                left -= len(ended)
                print(f"{way}: {told(ended)}", flush=True)
