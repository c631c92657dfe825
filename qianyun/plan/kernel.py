"""The search's inner loops, compiled: where a group may stand, what it costs there, put and take.

A state is four arrays: the slot of each group (-1 while it has none), what each row is used in
each slot, how much each row is filled in each slot, and how many systems each stretch has. All
figures are whole numbers, so that every machine comes to the same plan.

Cost: `feasible` walks the slots once for each row of a group, `price` once for each tie, release and
row that costs above a level; a province's group takes about two microseconds.
"""

from typing import NamedTuple

import numpy as np

from qianyun.plan.compiled import compiled, inner
from qianyun.plan.tables import UNLIMITED, Flags, Ints, Tables

NOWHERE = -1


class State(NamedTuple):
    """Where the groups stand and what they take.

    Attributes:
        slot: By group; -1 while it has none.
        used: Rows×T; likewise `filled`.
        moved: Systems by stretch.
        done: Counted systems by phase: those whose slot is not after the phase's last.
        ok: Scratch of length T; likewise `cost`, and `waiting` and `tried` of length G.
    """

    slot: Ints
    used: Ints
    filled: Ints
    moved: Ints
    done: Ints
    ok: Flags
    cost: Ints
    waiting: Ints
    tried: Flags


def empty_state(tables: Tables) -> State:
    """A state in which no group has a slot."""
    groups, slots = tables.allowed.shape
    return State(
        slot=np.full(groups, NOWHERE, dtype=np.int64),
        used=np.zeros_like(tables.use_cap),
        filled=np.zeros_like(tables.fill_cap),
        moved=np.zeros_like(tables.stretch_cap),
        done=np.zeros_like(tables.goal_need),
        ok=np.zeros(slots, dtype=np.bool_),
        cost=np.zeros(slots, dtype=np.int64),
        waiting=np.zeros(groups + 1, dtype=np.int64),
        tried=np.zeros(groups, dtype=np.bool_),
    )


def state_of(tables: Tables, slots: Ints) -> State:
    """The state in which the groups stand where they are said to."""
    state = empty_state(tables)
    place_all(tables, state, slots)
    return state


@compiled
def put(t: Tables, s: State, group: int, slot: int) -> None:
    """Give a group that has no slot one; whether it may stand there is not asked."""
    _take(t, s, group, slot, 1)
    s.slot[group] = slot


@compiled
def lift(t: Tables, s: State, group: int) -> None:
    """Take a group's slot away."""
    _take(t, s, group, s.slot[group], -1)
    s.slot[group] = NOWHERE


@compiled
def place_all(t: Tables, s: State, slots: Ints) -> None:
    """Give every group its slot; -1 leaves it without."""
    for group in range(len(slots)):
        if slots[group] >= 0:
            put(t, s, group, slots[group])


@inner
def _take(t: Tables, s: State, group: int, slot: int, sign: int) -> None:
    for n in range(t.use_at[group], t.use_at[group + 1]):
        for at in range(max(0, slot - t.use_span[n] + 1), slot + 1):
            s.used[t.use_row[n], at] += sign * t.use_amount[n]
    for n in range(t.fill_at[group], t.fill_at[group + 1]):
        for at in range(slot, s.filled.shape[1]):
            s.filled[t.fill_row[n], at] += sign * t.fill_amount[n]
    s.moved[t.stretch[slot]] += sign * t.size[group]
    for goal in range(len(t.goal_slot)):
        if slot <= t.goal_slot[goal]:
            s.done[goal] += sign * t.counted[group]


@inner
def bounds(t: Tables, s: State, group: int) -> tuple[int, int]:
    """First and last slot that the groups before and after it leave; those without a slot leave all."""
    first, last = 0, t.allowed.shape[1] - 1
    for n in range(t.before_at[group], t.before_at[group + 1]):
        if s.slot[t.before[n]] >= 0:
            first = max(first, s.slot[t.before[n]] + t.before_lag[n])
    for n in range(t.after_at[group], t.after_at[group + 1]):
        if s.slot[t.after[n]] >= 0:
            last = min(last, s.slot[t.after[n]] - t.after_lag[n])
    return first, last


@compiled
def feasible(t: Tables, s: State, group: int) -> bool:
    """Write to `s.ok` where a group that has no slot may stand; whether it may stand anywhere."""
    ok, slots = s.ok, t.allowed.shape[1]
    first, last = bounds(t, s, group)
    for n in range(t.fill_at[group], t.fill_at[group + 1]):
        row, amount = t.fill_row[n], t.fill_amount[n]
        for at in range(slots - 1, first - 1, -1):
            if s.filled[row, at] + amount > t.fill_cap[row, at]:
                first = at + 1
                break
    some = False
    for at in range(slots):
        ok[at] = (
            first <= at <= last
            and t.allowed[group, at]
            and s.moved[t.stretch[at]] + t.size[group] <= t.stretch_cap[t.stretch[at]]
        )
        some = some or ok[at]
    if not some:
        return False
    for n in range(t.use_at[group], t.use_at[group + 1]):
        _forbid_full(t, s, n, first, last)
    _forbid_overlaps(t, s, group)
    some = False
    for at in range(slots):
        some = some or ok[at]
    return some


@inner
def _forbid_full(t: Tables, s: State, n: int, first: int, last: int) -> None:
    """Strike slots whose span on one row holds a slot without room."""
    row, span, amount = t.use_row[n], t.use_span[n], t.use_amount[n]
    begin = max(0, first - span + 1)
    clear = 0
    for at in range(begin, last + 1):
        clear = 0 if s.used[row, at] + amount > t.use_cap[row, at] else clear + 1
        if clear < min(span, at - begin + 1) and at >= first:
            s.ok[at] = False


@inner
def _forbid_overlaps(t: Tables, s: State, group: int) -> None:
    """Where a group uses one row with several spans, strike slots at which their sum finds no room."""
    begin, end = t.use_at[group], t.use_at[group + 1]
    for n in range(begin + 1, end):
        if t.use_row[n] != t.use_row[n - 1]:
            continue
        row, span = t.use_row[n], t.use_span[n]  # spans of a row ascend: this is the longest so far
        for at in range(t.allowed.shape[1]):
            if not s.ok[at]:
                continue
            for back in range(span):
                if at - back < 0:
                    break
                amount = 0
                for m in range(begin, end):
                    if t.use_row[m] == row and t.use_span[m] > back:
                        amount += t.use_amount[m]
                if s.used[row, at - back] + amount > t.use_cap[row, at - back]:
                    s.ok[at] = False
                    break


@compiled
def price(t: Tables, s: State, group: int) -> None:
    """Write to `s.cost` what a group that has no slot would add in each, beside those that have one."""
    cost, slots = s.cost, t.allowed.shape[1]
    for at in range(slots):
        cost[at] = t.unary[group, at]
    for n in range(t.tie_at[group], t.tie_at[group + 1]):
        other = s.slot[t.tie_to[n]]
        if other >= 0:
            yuan = t.tie_yuan[n]
            for at in range(slots):
                cost[at] += yuan * abs(at - other)
    for n in range(t.held_at[group], t.held_at[group + 1]):
        release = t.held[n]
        open_until = last_slot(t, s, release)
        yuan = t.release_yuan[release]
        paid_until = max(open_until, t.release_since[release])
        for at in range(paid_until + 1, slots):
            cost[at] += yuan * (at - paid_until)
    for goal in range(len(t.goal_slot)):
        short = t.goal_need[goal] - s.done[goal]
        if short > 0:
            yuan = t.goal_yuan * min(short, t.counted[group])
            for at in range(t.goal_slot[goal] + 1):
                cost[at] -= yuan
    _price_levels(t, s, group)


@inner
def _price_levels(t: Tables, s: State, group: int) -> None:
    """Add to `s.cost` what a group adds above the levels of its rows."""
    cost, slots = s.cost, t.allowed.shape[1]
    for n in range(t.use_at[group], t.use_at[group + 1]):
        if t.smooth_yuan[t.use_row[n]] > 0:
            for at in range(slots):
                cost[at] += smoothing(t, s, n, at)
    for n in range(t.fill_at[group], t.fill_at[group + 1]):
        if t.strain_yuan[t.fill_row[n]] > 0:
            yuan = 0
            for at in range(slots - 1, -1, -1):
                yuan += straining(t, s, n, at)
                cost[at] += yuan


@inner
def levels(t: Tables, s: State, group: int, slot: int) -> int:
    """What a group adds above the levels of its rows, in one slot."""
    cost = 0
    for n in range(t.use_at[group], t.use_at[group + 1]):
        if t.smooth_yuan[t.use_row[n]] > 0:
            cost += smoothing(t, s, n, slot)
    for n in range(t.fill_at[group], t.fill_at[group + 1]):
        if t.strain_yuan[t.fill_row[n]] > 0:
            for at in range(slot, t.allowed.shape[1]):
                cost += straining(t, s, n, at)
    return cost


@inner
def _levels_total(t: Tables, s: State) -> int:
    """What all rows cost above their levels."""
    cost = 0
    for row in range(len(t.smooth_yuan)):
        if t.smooth_yuan[row] > 0:
            for at in range(s.used.shape[1]):
                cost += t.smooth_yuan[row] * max(0, s.used[row, at] - t.smooth_level[row])
    for row in range(len(t.strain_yuan)):
        if t.strain_yuan[row] > 0:
            for at in range(s.filled.shape[1]):
                cost += t.strain_yuan[row] * max(0, s.filled[row, at] - t.strain_level[row, at])
    return cost


@inner
def smoothing(t: Tables, s: State, n: int, at: int) -> int:
    """What one use of a row above its level adds in a slot; such rows are used in a group's own slot only."""
    row, amount = t.use_row[n], t.use_amount[n]
    over = s.used[row, at] + amount - t.smooth_level[row]
    return int(t.smooth_yuan[row] * min(max(0, over), amount))


@inner
def straining(t: Tables, s: State, n: int, at: int) -> int:
    """What one filling of a row above its level adds in one of the slots from its own on."""
    row, amount = t.fill_row[n], t.fill_amount[n]
    over = s.filled[row, at] + amount - t.strain_level[row, at]
    return int(t.strain_yuan[row] * min(max(0, over), amount))


@compiled
def last_slot(t: Tables, s: State, release: int) -> int:
    """Last slot of the groups that hold a release and have one; -1 when none has."""
    last = NOWHERE
    for n in range(t.release_at[release], t.release_at[release + 1]):
        last = max(last, s.slot[t.release_group[n]])
    return last


@compiled
def total(t: Tables, s: State) -> int:
    """What the groups that have a slot cost together."""
    cost = 0
    for group in range(len(s.slot)):
        slot = s.slot[group]
        if slot < 0:
            continue
        cost += t.unary[group, slot]
        for n in range(t.tie_at[group], t.tie_at[group + 1]):
            other = t.tie_to[n]
            if other > group and s.slot[other] >= 0:
                cost += t.tie_yuan[n] * abs(slot - s.slot[other])
    for release in range(len(t.release_yuan)):
        cost += t.release_yuan[release] * max(0, last_slot(t, s, release) - t.release_since[release])
    for goal in range(len(t.goal_slot)):
        cost += t.goal_yuan * max(0, t.goal_need[goal] - s.done[goal])
    return cost + _levels_total(t, s)


@compiled
def cheapest(s: State) -> int:
    """The cheapest slot of `s.ok` by `s.cost`, the earliest of equals; -1 when there is none."""
    best, least = NOWHERE, UNLIMITED
    for at in range(len(s.ok)):
        if s.ok[at] and s.cost[at] < least:
            best, least = at, s.cost[at]
    return best


@inner
def copy(into: Ints, held: Ints) -> None:
    """Write all of an array into another of its length."""
    for n in range(len(held)):
        into[n] = held[n]
