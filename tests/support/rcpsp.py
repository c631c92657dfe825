"""The resource-constrained project scheduling problem, as the planner's search engine sees it.

Public sets in Patterson's format, read where they lie beside the checkout. An activity is a group
whose slot is the last period it works in; its duration is the span for which it uses its rows; the
end of the project is a release that every activity holds. Nothing of the engine is changed for it.
"""

import csv
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from qianyun.plan.tables import Tables, assembled

YUAN_A_PERIOD = 1000
"""What a period of the project costs: so much that the search's temperature knows fractions of one."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """One instance, without the activities that last no time: the first and the last.

    Attributes:
        best: The best makespan that anybody has found.
        demands: By activity and resource.
        successors: By activity, numbered from 0.
    """

    name: str
    best: int
    capacities: tuple[int, ...]
    durations: tuple[int, ...]
    demands: tuple[tuple[int, ...], ...]
    successors: tuple[tuple[int, ...], ...]

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """The earliest first period of each activity."""
        heads = [0] * len(self.durations)
        waiting = [0] * len(self.durations)
        for after in (after for others in self.successors for after in others):
            waiting[after] += 1
        ready = [activity for activity, count in enumerate(waiting) if not count]
        for activity in ready:
            for after in self.successors[activity]:
                heads[after] = max(heads[after], heads[activity] + self.durations[activity])
                waiting[after] -= 1
                if not waiting[after]:
                    ready.append(after)
        assert len(ready) == len(heads), f"{self.name} has a cycle"
        return tuple(heads)

    @cached_property
    def floor(self) -> int:
        """No schedule is shorter: the longest chain, and the work of each resource."""
        chain = max(head + duration for head, duration in zip(self.heads, self.durations, strict=True))
        done = np.array(self.durations) @ np.array(self.demands)
        return max(chain, *(-(-int(work) // has) for work, has in zip(done, self.capacities, strict=True)))

    def tables(self) -> Tables:
        """As the search has it, with as many slots as there would be periods one after the other."""
        horizon = sum(self.durations)
        last = np.array(self.heads) + np.array(self.durations) - 1
        return assembled(
            allowed=np.arange(horizon)[None, :] >= last[:, None],
            unary=np.zeros((len(self.durations), horizon), dtype=np.int64),
            ties={},
            order={(one, other): self.durations[other] for one, after in enumerate(self.successors) for other in after},
            uses=[
                [(row, duration, amount) for row, amount in enumerate(demand) if amount]
                for duration, demand in zip(self.durations, self.demands, strict=True)
            ],
            use_cap=np.repeat(np.array(self.capacities, dtype=np.int64)[:, None], horizon, axis=1),
            fills=[[] for _activity in self.durations],
            fill_cap=np.zeros((0, horizon), dtype=np.int64),
            releases=[(YUAN_A_PERIOD, range(len(self.durations)))],
            sizes=[(1, 0) for _activity in self.durations],
            goals=[],
            goal_yuan=0,
            stretch=[0] * horizon,
            stretch_caps=[None],
        )

    def faults(self, starts: Sequence[int]) -> list[str]:
        """What is wrong with some first periods, read from the instance alone."""
        found = [f"{n} starts at {start}" for n, start in enumerate(starts) if start < 0]
        for one, after in enumerate(self.successors):
            end = starts[one] + self.durations[one]
            found += [f"{other} starts before {one} ends" for other in after if starts[other] < end]
        for row, has in enumerate(self.capacities):
            taken = np.zeros(max(starts) + max(self.durations) + 1, dtype=np.int64)
            for start, duration, demand in zip(starts, self.durations, self.demands, strict=True):
                taken[start : start + duration] += demand[row]
            found += [f"resource {row} bears {has}, not {taken.max()}"] if taken.max() > has else []
        return found

    def makespan(self, starts: Sequence[int]) -> int:
        """Periods until everything is done."""
        return max(start + duration for start, duration in zip(starts, self.durations, strict=True))


def read(text: str, name: str, best: int) -> Project:
    """Patterson's format: counts, capacities, then for each activity duration, demands and successors from 1."""
    numbers = iter(map(int, text.split()))
    count, rows = next(numbers), next(numbers)
    capacities = tuple(next(numbers) for _row in range(rows))
    activities = []
    for _activity in range(count):
        duration, demands = next(numbers), tuple(next(numbers) for _row in range(rows))
        activities.append((duration, demands, [next(numbers) - 1 for _after in range(next(numbers))]))
    real = [n for n, (duration, _demands, _after) in enumerate(activities) if duration]
    assert set(range(1, count - 1)) <= set(real), f"{name}: an activity inside the project lasts no time"
    place = {activity: n for n, activity in enumerate(real)}
    return Project(
        name=name,
        best=best,
        capacities=capacities,
        durations=tuple(activities[n][0] for n in real),
        demands=tuple(activities[n][1] for n in real),
        successors=tuple(tuple(place[other] for other in activities[n][2] if other in place) for n in real),
    )


def sample(shared: Path, family: str) -> Iterable[Project]:
    """The instances of one family that `sample.txt` lists."""
    with (shared / "psplib/bks.csv").open(encoding="utf-8") as known:
        best = {row["instance"]: int(row["bks"]) for row in csv.DictReader(known) if row["problem"] == "RCPSP"}
    names = [line for line in (shared / "sample.txt").read_text().split() if line.startswith(f"{family}_")]
    for name in names:
        yield read(_text(shared, family, f"{name}.txt"), name, best[f"{name}.txt"])


def _text(shared: Path, family: str, file: str) -> str:
    if (folder := shared / "psplib" / family).is_dir():
        return (folder / file).read_text()
    with tarfile.open(shared / f"{family}.tar.xz") as packed:
        member = packed.extractfile(file)
        assert member is not None
        return member.read().decode()
