"""Kill `collect run` `count` times at random moments and resume it; no device is asked more than a table again."""

from resume_trial import trial

USUAL, AT_ONCE = 100, 8


def run(seed: int, count: int | None) -> None:
    """So many kills, over as many runs as they take."""
    for done in range(0, count or USUAL, AT_ONCE):
        seen = trial(seed + done, AT_ONCE)
        print(seen, flush=True)
        assert seen.again <= 1, seen
        assert seen.kept == seen.clean_kept, seen
