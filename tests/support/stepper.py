"""One of several who take the same step at once: `python stepper.py URL WHO`; says whether it was taken."""

import sys
from datetime import UTC, date, datetime

from moves import PORTAL, Teller

from qianyun.errors import ProgressError
from qianyun.store import Held, Store
from qianyun.track.deeds import Entry
from qianyun.track.grounds import Asked
from qianyun.track.recording import advance
from qianyun.track.states import Tracked
from qianyun.track.world import World


def step(url: str, who: str, target: str) -> bool:
    def judge(held: Held) -> tuple[Entry]:
        world = World(estate=held.estate, calendar=Teller().world.calendar, standings=held.standings)
        asked = Asked(tracked=Tracked.of(PORTAL), target=target, on=date(2026, 9, 4), who=who, why="抢先")
        return (advance(asked, world, datetime.now(UTC)),)

    with Store.open(url) as store:
        try:
            store.tell(judge)
        except ProgressError:
            return False
    return True


if __name__ == "__main__":
    print(*[int(step(sys.argv[1], sys.argv[2], target)) for target in ("survey", "blocked", "survey") * 5])  # noqa: T201 - its answer
