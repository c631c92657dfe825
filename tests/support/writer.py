"""One of several writers at work on one store: `python writer.py URL NUMBER ROUNDS`.

In every round it takes in facts of its own, records an observation, and signs the shared room's book below the last
signature it saw; when somebody else signed meanwhile, it looks again.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime

from qianyun.errors import StoreError
from qianyun.estate.facts import Room
from qianyun.estate.observation import Observation
from qianyun.store import Store

SHARED = Room(name="共用机房", department="部门00")
FACTS_A_ROUND = 5


def sign(store: Store, signature: str) -> None:
    while True:
        [seen] = [room for room in store.estate().rooms if room.name == SHARED.name]
        try:
            store.edit(seen, replace(seen, address=f"{seen.address} {signature}"), who=signature, why="signs")
        except StoreError as error:
            if "address was changed" not in str(error):
                raise
        else:
            return


def work(url: str, number: int, rounds: int) -> None:
    with Store.open(url, create=True) as store:
        store.upsert([SHARED], who="all", why="a book", source="shared")
        store.begin_run(f"run-{number}", "made")
        for turn in range(rounds):
            own = [replace(SHARED, name=f"{number}-{turn}-{each}") for each in range(FACTS_A_ROUND)]
            store.upsert(own, who=f"writer {number}", why=f"round {turn}", source=f"{number}.xlsx")
            seen = Observation(
                subject=f"{number}", attribute=f"turn.{turn}", value=turn, source="made", raw_sha256="0" * 64,
                seen_at=datetime.now(UTC), run=f"run-{number}",
            )  # fmt: skip
            store.record([seen])
            sign(store, f"{number}-{turn}")


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
