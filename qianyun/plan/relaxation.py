"""The linear relaxation of a problem in steps: what every plan satisfies, whatever it is.

For each group and slot, y says which share of the group has moved by then: 0, then rising, then 1.
A plan is a point in which each y is 0 or 1; every row holds for every such point, and the cost of
a plan is the cost of its point.
"""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from qianyun.plan.tables import Flags, Ints, Tables

Floats = NDArray[np.float64]
Places = NDArray[np.int32]
NOT_YET, MOVED = -1, -2
"""Columns of shares that are 0 or 1 in every plan."""


class Relaxation:
    """Minimise `constant + cost·y` under `low ≤ matrix·y ≤ high` with each y in 0..1.

    Ties are not told apart within `block` slots: a little below the truth, for a part of the rows.

    Attributes:
        column: G×T, the variable of a group's share in a slot.
        group_at: Variables of a group: those from `group_at[g]` to `group_at[g + 1]`, by slot.
        steps: How many of the rows, the first ones, say that shares do not fall.
    """

    def __init__(self, tables: Tables, block: int = 1) -> None:
        self.constant, self.block = 0, block
        self.column, self.group_at = _columns(tables.allowed)
        self._cost: list[Floats] = [np.zeros(int(self.group_at[-1]))]
        self._count = int(self.group_at[-1])
        self._rows: list[Places] = []
        self._columns: list[Places] = []
        self._values: list[Floats] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._height = 0
        self._unary(tables)
        self.steps = self._steps()
        self._precedences(tables)
        self._releases(tables)
        self._ties(tables)
        self._uses(tables)
        self._fills(tables)
        self._stretches(tables)
        self._goals(tables)
        self._smooth(tables)
        self._strain(tables)

    @property
    def cost(self) -> Floats:
        """By variable."""
        return np.concatenate(self._cost)

    @property
    def low(self) -> Floats:
        """By row; likewise `high`."""
        return np.concatenate(self._low) if self._low else np.zeros(0)

    @property
    def high(self) -> Floats:
        """By row."""
        return np.concatenate(self._high) if self._high else np.zeros(0)

    @cached_property
    def matrix(self) -> csc_matrix:
        """Rows×variables; what it is made of is not kept."""
        if not self._height:
            return csc_matrix((0, self._count))
        places = (np.concatenate(self._rows), np.concatenate(self._columns))
        values = np.concatenate(self._values)
        self._rows, self._columns, self._values = [], [], []
        return csc_matrix((values, places), shape=(self._height, self._count))

    def point_of(self, slots: Iterable[int]) -> Floats:
        """The point of a plan: 1 from each group's slot on, and the best of the other variables."""
        shares = np.zeros(self._count)
        for group, slot in enumerate(slots):
            own = self.column[group, slot:]
            shares[own[own >= 0]] = 1
        return shares

    def _new(self, cost: Floats) -> Ints:
        """Variables with these costs."""
        first = self._count
        self._cost.append(cost)
        self._count += len(cost)
        return np.arange(first, self._count)

    def _add(self, columns: Ints, values: Floats, low: Floats | float, high: Floats | float) -> int:
        """Rows, one for each row of `columns`; shares that are settled go to the sides."""
        height = len(columns)
        values = np.broadcast_to(values, columns.shape)
        settled = np.where(columns == MOVED, values, 0).sum(axis=1)
        free = columns >= 0
        used = free.any(axis=1)
        rows = np.cumsum(used) - 1 + self._height
        self._rows.append(np.broadcast_to(rows[:, None], columns.shape)[free].astype(np.int32))
        self._columns.append(columns[free].astype(np.int32))
        self._values.append(values[free])
        self._low.append((np.broadcast_to(np.asarray(low, dtype=float), height) - settled)[used])
        self._high.append((np.broadcast_to(np.asarray(high, dtype=float), height) - settled)[used])
        self._height += int(used.sum())
        return int(used.sum())

    def _unary(self, tables: Tables) -> None:
        """A group's cost in its last slot, less what each share by an earlier slot saves."""
        for group in range(len(self.column)):
            open_slots = np.flatnonzero(tables.allowed[group])
            costs = tables.unary[group, open_slots]
            self.constant += int(costs[-1])
            own = slice(self.group_at[group], self.group_at[group + 1])
            self._cost[0][own] -= np.diff(costs)

    def _steps(self) -> int:
        """Shares do not fall."""
        firsts = np.arange(int(self.group_at[-1]) - 1)
        ends = set((self.group_at[1:] - 1).tolist())
        within = np.array([first for first in firsts.tolist() if first not in ends], dtype=np.int64)
        if not len(within):
            return 0
        return self._add(np.stack([within, within + 1], axis=1), np.array([1.0, -1.0]), -np.inf, 0.0)

    def _precedences(self, tables: Tables) -> None:
        """What comes after has moved no more, `lag` slots later, than what comes before."""
        slots = self.column.shape[1]
        for after in range(len(self.column)):
            for n in range(tables.before_at[after], tables.before_at[after + 1]):
                before, lag = tables.before[n], tables.before_lag[n]
                pairs = np.stack([self.column[after, lag:], self.column[before, : slots - lag]], axis=1)
                if lag:
                    early = np.stack([self.column[after, :lag], np.full(lag, NOT_YET)], axis=1)
                    pairs = np.concatenate([early, pairs])
                self._add(_distinct(pairs), np.array([1.0, -1.0]), -np.inf, 0.0)

    def _releases(self, tables: Tables) -> None:
        """A release is over by a slot no more than the least of its holders' shares."""
        for release, yuan in enumerate(tables.release_yuan.tolist()):
            holders = tables.release_group[tables.release_at[release] : tables.release_at[release + 1]]
            since = int(tables.release_since[release])
            if since >= self.column.shape[1]:
                continue
            columns, lengths = _runs(self.column[holders][:, since:].T)
            self.constant += yuan * int(lengths.sum())
            over = (columns == MOVED).all(axis=1)
            self.constant -= yuan * int(lengths[over].sum())
            live = ~over & (columns != NOT_YET).all(axis=1)
            columns, lengths = columns[live], lengths[live]
            if columns.shape[1] == 1:
                np.subtract.at(self._cost[0], columns[:, 0], yuan * lengths)
                continue
            ended = self._new(-float(yuan) * lengths)
            for holder in range(columns.shape[1]):
                own = columns[:, holder]
                some = own != MOVED
                self._add(np.stack([ended[some], own[some]], axis=1), np.array([1.0, -1.0]), -np.inf, 0.0)

    def _ties(self, tables: Tables) -> None:
        """The distance of two groups is the sum over the slots of how their shares differ."""
        slots = self.column.shape[1]
        for one in range(len(self.column)):
            for n in range(tables.tie_at[one], tables.tie_at[one + 1]):
                other, yuan = tables.tie_to[n], float(tables.tie_yuan[n])
                if other > one:
                    both = np.stack([self.column[one], self.column[other]], axis=1)
                    self._settle(both, yuan)
                    apart = both[(both >= 0).all(axis=1) & (both[:, 0] != both[:, 1])]
                    del slots
                    slots = len(apart)
                    if slots:
                        self._distance(apart, yuan)

    def _settle(self, both: Ints, yuan: float) -> None:
        """Where one of two shares is settled, how they differ is linear."""
        for own, other in ((both[:, 0], both[:, 1]), (both[:, 1], both[:, 0])):
            np.add.at(self._cost[0], own[(own >= 0) & (other == NOT_YET)], yuan)
            left = own[(own >= 0) & (other == MOVED)]
            np.add.at(self._cost[0], left, -yuan)
            self.constant += int(yuan) * len(left)
        self.constant += int(yuan) * int(((both == MOVED).any(axis=1) & (both == NOT_YET).any(axis=1)).sum())

    def _distance(self, apart: Ints, yuan: float) -> None:
        """`block` slots together: the sum of their differences is at least that of the sums."""
        block = self.block
        blocks = -(-len(apart) // block)
        padded = np.full((blocks * block, 2), NOT_YET)
        padded[: len(apart)] = apart
        rows = np.concatenate([padded[:, 0].reshape(blocks, block), padded[:, 1].reshape(blocks, block)], axis=1)
        far = self._new(np.full(blocks, yuan * block))[:, None]
        sides = np.repeat([1.0, -1.0], block)
        for sign in (1.0, -1.0):
            self._add(np.concatenate([far, rows], axis=1), np.concatenate([[float(block)], sign * sides]), 0.0, np.inf)

    def _uses(self, tables: Tables) -> None:
        """What a row is used in a slot: the groups whose own slot is at most a span later."""
        users: dict[int, list[tuple[int, int, int]]] = {}
        for group in range(len(self.column)):
            for n in range(tables.use_at[group], tables.use_at[group + 1]):
                entry = (group, int(tables.use_span[n]), int(tables.use_amount[n]))
                users.setdefault(int(tables.use_row[n]), []).append(entry)
        for row, entries in sorted(users.items()):
            if sum(amount for _g, _s, amount in entries) > tables.use_cap[row].min():
                self._use(entries, tables.use_cap[row])

    def _use(self, entries: list[tuple[int, int, int]], cap: Ints) -> None:
        slots = self.column.shape[1]
        groups = np.array([group for group, _span, _amount in entries])
        spans = np.array([span for _group, span, _amount in entries])
        amounts = np.array([amount for _group, _span, amount in entries], dtype=float)
        at = np.arange(slots)
        until = self.column[groups[:, None], np.minimum(at + spans[:, None] - 1, slots - 1)].T
        since = np.concatenate([np.full((len(groups), 1), NOT_YET), self.column[groups, :-1]], axis=1).T
        still = until == since
        until, since = np.where(still, NOT_YET, until), np.where(still, NOT_YET, since)
        most = np.where(still, 0, amounts).sum(axis=1)
        tight = most > cap
        values = np.concatenate([amounts, -amounts])
        self._add(np.concatenate([until, since], axis=1)[tight], values, -np.inf, cap[tight].astype(float))

    def _fills(self, tables: Tables) -> None:
        """What a row is filled by the last slot before its capacity changes."""
        fillers: dict[int, list[tuple[int, int]]] = {}
        for group in range(len(self.column)):
            for n in range(tables.fill_at[group], tables.fill_at[group + 1]):
                fillers.setdefault(int(tables.fill_row[n]), []).append((group, int(tables.fill_amount[n])))
        for row, entries in sorted(fillers.items()):
            cap = tables.fill_cap[row]
            ends = np.flatnonzero(np.append(np.diff(cap) != 0, [True]))
            groups = np.array([group for group, _amount in entries])
            amounts = np.array([amount for _group, amount in entries], dtype=float)
            tight = ends[cap[ends] < amounts.sum()]
            self._add(self.column[groups][:, tight].T, amounts, -np.inf, cap[tight].astype(float))

    def _stretches(self, tables: Tables) -> None:
        """How many systems move in a stretch."""
        sizes = tables.size.astype(float)
        for stretch, cap in enumerate(tables.stretch_cap.tolist()):
            if cap < sizes.sum():
                within = np.flatnonzero(tables.stretch == stretch)
                until = self.column[:, within[-1]]
                since = self.column[:, within[0] - 1] if within[0] else np.full(len(sizes), NOT_YET)
                self._add(np.concatenate([until, since])[None], np.concatenate([sizes, -sizes]), -np.inf, float(cap))

    def _goals(self, tables: Tables) -> None:
        """Systems that are short of what a phase wants."""
        counted = tables.counted.astype(float)
        for slot, need in zip(tables.goal_slot.tolist(), tables.goal_need.tolist(), strict=True):
            if need > 0:
                short = self._new(np.array([float(tables.goal_yuan * need)]))
                done = self.column[:, slot] if slot >= 0 else np.full(len(counted), NOT_YET)
                self._add(
                    np.concatenate([short, done])[None], np.concatenate([[float(need)], counted]), float(need), np.inf
                )

    def _smooth(self, tables: Tables) -> None:
        """What a row is used above its level, slot by slot."""
        for row in np.flatnonzero(tables.smooth_yuan).tolist():
            groups, amounts = _users(tables.use_at, tables.use_row, tables.use_amount, row)
            for slot in range(self.column.shape[1]):
                until = self.column[groups, slot]
                since = self.column[groups, slot - 1] if slot else np.full(len(groups), NOT_YET)
                live = until != since
                sides = np.concatenate([until[live], since[live]]), np.concatenate([amounts[live], -amounts[live]])
                most = float(amounts[live].sum())
                self._above(*sides, most - float(tables.smooth_level[row]), most, float(tables.smooth_yuan[row]))

    def _strain(self, tables: Tables) -> None:
        """What fills a row above its level, slot by slot."""
        for row in np.flatnonzero(tables.strain_yuan).tolist():
            groups, amounts = _users(tables.fill_at, tables.fill_row, tables.fill_amount, row)
            for slot in range(self.column.shape[1]):
                until = self.column[groups, slot]
                most = float(amounts[until != NOT_YET].sum())
                above = most - float(tables.strain_level[row, slot])
                self._above(until, amounts, above, most, float(tables.strain_yuan[row]))

    def _above(self, columns: Ints, amounts: Floats, above: float, most: float, yuan: float) -> None:
        """A share of what could stand above a level: what stands there less the level is no more."""
        if above > 0:
            share = self._new(np.array([yuan * above]))
            values = np.concatenate([[-above], amounts])
            self._add(np.concatenate([share, columns])[None], values, -np.inf, most - above)


def _columns(allowed: Flags) -> tuple[Ints, Ints]:
    """Variables of each group: one for each slot it may stand in but the last, from which on it has moved."""
    column = np.full(allowed.shape, NOT_YET, dtype=np.int64)
    group_at = np.zeros(len(allowed) + 1, dtype=np.int64)
    for group, flags in enumerate(allowed):
        open_slots = np.flatnonzero(flags)
        number = np.cumsum(flags) - 1
        own = np.where(number >= 0, number + group_at[group], NOT_YET)
        own[open_slots[-1] :] = MOVED
        column[group] = own
        group_at[group + 1] = group_at[group] + len(open_slots) - 1
    return column, group_at


def _users(at: Ints, rows: Ints, amounts: Ints, row: int) -> tuple[Ints, Floats]:
    """Groups that use a row, with how much."""
    entries = np.flatnonzero(rows == row)
    return np.searchsorted(at, entries, side="right").astype(np.int64) - 1, amounts[entries].astype(float)


def _distinct(rows: Ints) -> Ints:
    """Rows without repetition, and without those that hold whatever the shares are."""
    rows = np.unique(rows, axis=0).astype(np.int64)
    vacuous = (rows[:, 0] == NOT_YET) | (rows[:, 1] == MOVED) | (rows[:, 0] == rows[:, 1])
    kept: Ints = rows[~vacuous]
    return kept


def _runs(columns: Ints) -> tuple[Ints, Ints]:
    """Slots in which no share changes, once, with how many there are."""
    starts = np.flatnonzero(np.append([True], (columns[1:] != columns[:-1]).any(axis=1)))
    return columns[starts], np.diff(np.append(starts, len(columns)))
