"""Large-neighbourhood search: dozens of related groups at once, re-placed by CP-SAT as well as can be.

What single steps cannot mend, because several groups would have to trade places at the same time,
one small exact model can. Kinds of neighbourhoods that pay are chosen more often, and a kind grows
while CP-SAT solves its models to the end.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from qianyun.plan.kernel import State, lift, put, state_of, total
from qianyun.plan.model import Answer, settle
from qianyun.plan.tables import Flags, Ints, Tables

WORK = 0.15
"""CP-SAT's deterministic seconds for one neighbourhood."""
FEWEST, MOST = 12, 200


@dataclass(slots=True)
class _Kind:
    """How one kind of neighbourhood has done.

    Attributes:
        size: Groups it takes next.
        gain: Yuan saved, fading; `tries` likewise.
    """

    name: str
    pick: Callable[["Neighbours", random.Random, int], list[int]]
    size: float = 30
    gain: float = 0
    tries: float = 1


class Neighbours:
    """What is near to what in a state."""

    def __init__(self, tables: Tables, state: State) -> None:
        self.t, self.s = tables, state
        self.groups = len(state.slot)
        self.users: dict[int, list[int]] = {}
        for group in range(self.groups):
            for row in set(tables.use_row[tables.use_at[group] : tables.use_at[group + 1]].tolist()):
                self.users.setdefault(row, []).append(group)
        self.vendors = [row for row, users in self.users.items() if 1 < len(users) < self.groups]

    def by_time(self, dice: random.Random, size: int) -> list[int]:
        """What moves around one time."""
        middle = dice.randrange(self.t.allowed.shape[1])
        return self._nearest(range(self.groups), middle, dice, size)

    def by_vendor(self, dice: random.Random, size: int) -> list[int]:
        """Who shares vendors or lines, one after the other."""
        found: dict[int, None] = {}
        while len(found) < size and self.vendors:
            users = self.users[dice.choice(self.vendors)]
            middle = int(self.s.slot[dice.choice(users)])
            found |= dict.fromkeys(self._nearest(users, middle, dice, size // 2 + 1))
        return list(found)[:size]

    def by_tie(self, dice: random.Random, size: int) -> list[int]:
        """What is reached over dependencies."""
        found = dict.fromkeys([dice.randrange(self.groups)])
        for group in _growing(found):
            ties = self.t.tie_to[self.t.tie_at[group] : self.t.tie_at[group + 1]].tolist()
            found |= dict.fromkeys(dice.sample(ties, min(6, len(ties))))
            if len(found) >= size:
                break
        return list(found)[:size]

    def by_room(self, dice: random.Random, size: int) -> list[int]:
        """Rooms and lines that end about the same time, with all that hold them."""
        releases = len(self.t.release_yuan)
        if not releases:
            return self.by_tie(dice, size)
        first = dice.randrange(releases)
        ends = [max((int(self.s.slot[g]) for g in self._holders(r)), default=0) for r in range(releases)]
        near = sorted(range(releases), key=lambda r: abs(ends[r] - ends[first]) + 4 * dice.random())
        found: dict[int, None] = {}
        for release in (first, *near):
            found |= dict.fromkeys(self._holders(release))
            if len(found) >= size:
                break
        return list(found)[:size]

    def by_gap(self, dice: random.Random, size: int) -> list[int]:
        """What stands far after its first slot, with what shares rows with it."""
        first = self.t.allowed.argmax(axis=1)
        late = np.argsort(-(self.s.slot - first), kind="stable")[: max(size, self.groups // 4)].tolist()
        found = dict.fromkeys([dice.choice(late)])
        for group in _growing(found):
            rows = self.t.use_row[self.t.use_at[group] : self.t.use_at[group + 1]].tolist()
            for row in rows:
                users = self.users[row]
                found |= dict.fromkeys(self._nearest(users, int(self.s.slot[group]), dice, 5))
            if len(found) >= size:
                break
        return list(found)[:size]

    def _holders(self, release: int) -> list[int]:
        found: list[int] = self.t.release_group[self.t.release_at[release] : self.t.release_at[release + 1]].tolist()
        return found

    def _nearest(self, groups: "range | list[int]", middle: int, dice: random.Random, size: int) -> list[int]:
        return sorted(groups, key=lambda group: abs(int(self.s.slot[group]) - middle) + 3 * dice.random())[:size]


def _growing(found: dict[int, None]) -> Iterator[int]:
    """Keys of a dictionary that grows meanwhile."""
    place = 0
    while place < len(found):
        yield list(found)[place]
        place += 1


class Polish:
    """One search in progress, from some slots."""

    def __init__(self, tables: Tables, slots: Ints, seed: int, frozen: Flags | None = None) -> None:
        self.tables = tables
        self.frozen = set() if frozen is None else set(np.flatnonzero(frozen).tolist())
        self.restart(slots)
        self.dice = random.Random(seed)  # noqa: S311 - a search, not a secret
        self.kinds = [
            _Kind(name, pick)
            for name, pick in (
                ("time", Neighbours.by_time),
                ("vendor", Neighbours.by_vendor),
                ("tie", Neighbours.by_tie),
                ("room", Neighbours.by_room),
                ("gap", Neighbours.by_gap),
            )
        ]

    def restart(self, slots: Ints) -> None:
        """Go on from other slots."""
        self.state = state_of(self.tables, slots)
        self.cost = int(total(self.tables, self.state))
        self.near = Neighbours(self.tables, self.state)

    def steps(self, count: int) -> None:
        """Re-place so many neighbourhoods."""
        for _step in range(count):
            self.step()

    def step(self) -> int:
        """Re-place one neighbourhood; what that saved."""
        most = max(kind.gain / kind.tries for kind in self.kinds)
        weights = [kind.gain / kind.tries + most / 4 + 1 for kind in self.kinds]
        [kind] = self.dice.choices(self.kinds, weights)
        groups = [g for g in kind.pick(self.near, self.dice, round(kind.size)) if g not in self.frozen]
        old = {group: int(self.state.slot[group]) for group in groups}
        for group in groups:
            lift(self.tables, self.state, group)
        seed = self.dice.randrange(1 << 30)
        found = settle(self.tables, self.state, groups, work=WORK, seed=seed, hint=old)
        slots = found.slots or old
        for group in groups:
            put(self.tables, self.state, group, slots[group])
        cost = int(total(self.tables, self.state))
        if cost > self.cost:
            for group in groups:
                lift(self.tables, self.state, group)
            for group in groups:
                put(self.tables, self.state, group, old[group])
            cost = self.cost
        saved, self.cost = self.cost - cost, cost
        kind.gain, kind.tries = kind.gain * 0.95 + saved, kind.tries * 0.95 + 1
        grow = 1.1 if found.answer is Answer.OPTIMAL else 0.85
        kind.size = min(MOST, max(FEWEST, kind.size * grow))
        return saved
