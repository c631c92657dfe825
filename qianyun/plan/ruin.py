"""Ruin and recreate: take a handful of related groups out, put them back better, mostly keep what is better.

A chain is deterministic: its dice are its own, its figures are whole numbers, and it stops by
count. What is worse is kept now and then by simulated annealing, whose temperature falls from
step to step of the work given in advance.

Source: G. Schrimpf and others, Record breaking optimization results using the ruin and recreate
principle, J. Comput. Phys. 159 (2000); blinks as in J. Christiaens and G. Vanden Berghe, Slack
induction by string removals, Transp. Sci. 54 (2020).
"""

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qianyun.plan.compiled import compiled, inner
from qianyun.plan.kernel import (
    State,
    cheapest,
    copy,
    feasible,
    last_slot,
    levels,
    lift,
    price,
    put,
    total,
)
from qianyun.plan.tables import Flags, Ints, Tables

Dice: TypeAlias = NDArray[np.uint64]
MOST_TAKEN, FEWEST = 24, 3
"""Groups that one step takes out."""
ROOMS, TIES, ROWS, TIMES = 25, 55, 85, 95
"""Of a hundred steps, up to which number they ruin a room, what depends on each other, who shares a
vendor or a line, a stretch of time; the rest takes groups at random."""
NEAR = 8
"""Slots within which two groups stand in each other's way."""
WARMTH = np.array([round(-1024 * math.log((n + 0.5) / 256)) for n in range(256)], dtype=np.int64)
"""1024 times the negative logarithm of a fair chance: rounded, so that all machines agree."""


class Chain(NamedTuple):
    """One search in progress.

    Attributes:
        state: Where it stands; `best` the cheapest slots so far.
        figures: Cost of `state`, cost of `best`, temperature in yuan.
        dice: State of the chain's random numbers.
        user_at: Groups that use a row: `user`.
        frozen: Groups that stay where they are.
        order: Scratch; also `old`, `keys`, `seen`.
    """

    state: State
    best: Ints
    figures: Ints
    dice: Dice
    user_at: Ints
    user: Ints
    taken: Ints
    order: Ints
    old: Ints
    keys: Ints
    seen: Ints
    frozen: Flags


def begin(tables: Tables, state: State, seed: int, frozen: Flags | None = None) -> Chain:
    """A chain that begins at a state; it never takes frozen groups out."""
    cost = int(total(tables, state))
    groups = len(state.slot)
    users: list[list[int]] = [[] for _row in tables.use_cap]
    for group in range(groups):
        for row in sorted(set(tables.use_row[tables.use_at[group] : tables.use_at[group + 1]].tolist())):
            users[row].append(group)
    return Chain(
        state=state,
        best=state.slot.copy(),
        figures=np.array([cost, cost, 0], dtype=np.int64),
        dice=np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % (1 << 64) or 1], dtype=np.uint64),
        user_at=np.concatenate(([0], np.cumsum([len(each) for each in users]))).astype(np.int64),
        user=np.array([group for each in users for group in each], dtype=np.int64),
        taken=np.zeros(MOST_TAKEN, dtype=np.int64),
        order=np.zeros(MOST_TAKEN, dtype=np.int64),
        old=np.zeros(MOST_TAKEN, dtype=np.int64),
        keys=np.zeros(MOST_TAKEN, dtype=np.int64),
        seen=np.zeros(groups, dtype=np.int64),
        frozen=np.zeros(groups, dtype=np.bool_) if frozen is None else frozen,
    )


@inner
def roll(dice: Dice, sides: int) -> int:
    """A whole number from 0 to `sides` - 1 (xorshift64*)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return int((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33)) % sides


@compiled
def run(t: Tables, c: Chain, steps: int, warmth: Ints) -> None:
    """Do some steps at the temperature that stands in the figures."""
    s = c.state
    for _step in range(steps):
        count = choose(t, c, FEWEST + roll(c.dice, MOST_TAKEN // 2))
        change = 0
        for n in range(count):
            group = c.taken[n]
            c.old[n] = s.slot[group]
            lift(t, s, group)
            change -= worth(t, s, group, c.old[n])
        shuffle(t, c, count)
        put_back = 0
        for n in range(count):
            group = c.order[n]
            if not feasible(t, s, group):
                break
            price(t, s, group)
            at = blinking(c, s)
            change += s.cost[at]
            put(t, s, group, at)
            put_back += 1
        if put_back == count and change <= (c.figures[2] * warmth[roll(c.dice, 256)]) >> 10:
            c.figures[0] += change
            if c.figures[0] < c.figures[1]:
                c.figures[1] = c.figures[0]
                copy(c.best, s.slot)
            continue
        for n in range(put_back):
            lift(t, s, c.order[n])
        for n in range(count):
            put(t, s, c.taken[n], c.old[n])


@inner
def worth(t: Tables, s: State, group: int, slot: int) -> int:
    """What a group that has no slot would add in one slot: `price`, for that slot alone."""
    cost = t.unary[group, slot]
    for n in range(t.tie_at[group], t.tie_at[group + 1]):
        other = s.slot[t.tie_to[n]]
        if other >= 0:
            cost += t.tie_yuan[n] * abs(slot - other)
    for n in range(t.held_at[group], t.held_at[group + 1]):
        open_until = max(t.release_since[t.held[n]], last_slot(t, s, t.held[n]))
        cost += t.release_yuan[t.held[n]] * max(0, slot - open_until)
    for goal in range(len(t.goal_slot)):
        if slot <= t.goal_slot[goal]:
            cost -= t.goal_yuan * max(0, min(t.goal_need[goal] - s.done[goal], t.counted[group]))
    cost += levels(t, s, group, slot)
    return int(cost)


@inner
def blinking(c: Chain, s: State) -> int:
    """The cheapest slot, now and then overlooking some."""
    best = cheapest(s)
    if roll(c.dice, 10) == 0:
        least = np.int64(1) << 60
        for at in range(len(s.ok)):
            if s.ok[at] and s.cost[at] < least and roll(c.dice, 6) > 0:
                best, least = at, s.cost[at]
    return best


@inner
def choose(t: Tables, c: Chain, most: int) -> int:
    """Write related groups to `c.taken`; how many there are."""
    groups = len(c.state.slot)
    if groups == 0:
        return 0
    start = roll(c.dice, groups)
    way = roll(c.dice, 100)
    count = _take(c, 0, start)
    if way < ROOMS:
        count = _by_release(t, c, start, count, most)
    elif way < TIES:
        count = _by_tie(t, c, count, most)
    elif way < ROWS:
        count = _by_row(t, c, count, most)
    elif way < TIMES:
        count = _by_time(c, start, count, most)
    for _try in range(4 * FEWEST):
        if count < FEWEST:
            count = _take(c, count, roll(c.dice, groups))
    for n in range(count):
        c.seen[c.taken[n]] = 0
    return count


@inner
def _take(c: Chain, count: int, group: int) -> int:
    if c.seen[group] == 0 and not c.frozen[group] and count < len(c.taken):
        c.seen[group] = 1
        c.taken[count] = group
        return count + 1
    return count


@inner
def _by_release(t: Tables, c: Chain, start: int, count: int, most: int) -> int:
    """The last to leave a room, and those who share its vendors near that time."""
    held = t.held_at[start + 1] - t.held_at[start]
    if held == 0:
        return _by_tie(t, c, count, most)
    release = t.held[t.held_at[start] + roll(c.dice, held)]
    last = last_slot(t, c.state, release)
    for n in range(t.release_at[release], t.release_at[release + 1]):
        group = t.release_group[n]
        if count < most and (c.state.slot[group] + 6 >= last or roll(c.dice, 3) == 0):
            count = _take(c, count, group)
    for n in range(min(count, 3)):
        count = _rivals(t, c, c.taken[n], count, most)
    return count


@inner
def _by_tie(t: Tables, c: Chain, count: int, most: int) -> int:
    """What is reached from the first over dependencies, a few links from each."""
    n = 0
    while n < count < most:
        begin, end = t.tie_at[c.taken[n]], t.tie_at[c.taken[n] + 1]
        for _try in range(min(4, end - begin)):
            if count < most:
                count = _take(c, count, t.tie_to[begin + roll(c.dice, end - begin)])
        n += 1
    return count


@inner
def _by_row(t: Tables, c: Chain, count: int, most: int) -> int:
    """Those who share a vendor or a line with the first, and theirs."""
    n = 0
    while n < count < most:
        count = _rivals(t, c, c.taken[n], count, most)
        n += 1
    return count


@inner
def _by_time(c: Chain, start: int, count: int, most: int) -> int:
    """Whatever moves in the weeks around the first."""
    near = c.state.slot[start]
    for _try in range(8 * most):
        group = roll(c.dice, len(c.state.slot))
        if abs(c.state.slot[group] - near) < NEAR // 2 and count < most:
            count = _take(c, count, group)
    return count


@inner
def _rivals(t: Tables, c: Chain, group: int, count: int, most: int) -> int:
    begin, end = t.use_at[group], t.use_at[group + 1]
    if begin == end:
        return count
    row = t.use_row[begin + roll(c.dice, end - begin)]
    first, last = c.user_at[row], c.user_at[row + 1]
    for _try in range(8):
        other = c.user[first + roll(c.dice, last - first)]
        if count < most and abs(c.state.slot[other] - c.state.slot[group]) <= NEAR:
            count = _take(c, count, other)
    return count


@inner
def shuffle(t: Tables, c: Chain, count: int) -> None:
    """Write the order in which groups go back: by first open slot, by size, or as the dice fall."""
    way = roll(c.dice, 4)
    keys = c.keys
    for n in range(count):
        group = c.taken[n]
        c.order[n] = group
        dice = roll(c.dice, 1024)
        if way == 0:
            keys[n] = -1024 * t.size[group] + dice
        elif way == 1:
            keys[n] = 512 * c.old[n] + dice
        elif way == 2:  # noqa: PLR2004 - the third of four ways
            keys[n] = -(t.unary[group, -1] - t.unary[group, 0]) * 4 - dice
        else:
            keys[n] = dice
    for n in range(1, count):
        key, group, m = keys[n], c.order[n], n
        while m > 0 and keys[m - 1] > key:
            keys[m], c.order[m] = keys[m - 1], c.order[m - 1]
            m -= 1
        keys[m], c.order[m] = key, group
