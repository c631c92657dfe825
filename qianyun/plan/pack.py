"""Pack: some related groups change their place in the order of time, then all fall into place again.

For problems whose cost lies in when the whole ends. There no group alone can gain anything: what
stands must make way in turn. So the order is kept, not the slots: from the first group that
changed on, everything is put anew, each into its earliest slot; then all are pushed to the end and
back to the beginning, which closes gaps. Chains of this kind are counted, rolled and cooled like
those of ruin-and-recreate.

Source: V. Valls and others, Justification and RCPSP: a technique that pays, Eur. J. Oper. Res. 165
(2005).
"""

from typing import NamedTuple

import numpy as np

from qianyun.plan.compiled import compiled, inner
from qianyun.plan.kernel import NOWHERE, State, bounds, copy, lift, put, total
from qianyun.plan.ruin import FEWEST, MOST_TAKEN, Chain, begin, choose, roll
from qianyun.plan.tables import Flags, Ints, Tables

FAR = 60
"""Slots by which a group may change its place in the order, at the most."""


class Line(NamedTuple):
    """The order of time.

    Attributes:
        chain: The search in progress.
        span: Slots for which each group is at work, its own the last.
        order: Groups by `key`.
        kept: Slots before the step.
    """

    chain: Chain
    span: Ints
    key: Ints
    order: Ints
    kept: Ints


def line_of(tables: Tables, state: State, seed: int, frozen: Flags | None = None) -> Line:
    """A chain that begins at a state."""
    groups = len(state.slot)
    span = np.ones(groups, dtype=np.int64)
    for group in range(groups):
        spans = tables.use_span[tables.use_at[group] : tables.use_at[group + 1]]
        span[group] = spans.max(initial=1)
    return Line(
        chain=begin(tables, state, seed, frozen),
        span=span,
        key=np.zeros(groups, dtype=np.int64),
        order=np.arange(groups, dtype=np.int64),
        kept=state.slot.copy(),
    )


@compiled
def pack(t: Tables, p: Line, steps: int, warmth: Ints) -> None:
    """Do some steps at the temperature that stands in the chain's figures."""
    c, s = p.chain, p.chain.state
    for _step in range(steps):
        copy(p.kept, s.slot)
        count = choose(t, c, FEWEST + roll(c.dice, MOST_TAKEN // 2))
        first = _reorder(t, p, count)
        if _rebuild(t, p, first):
            _to_end(t, p)
            _to_start(t, p)
            cost = total(t, s)
            if cost - c.figures[0] <= (c.figures[2] * warmth[roll(c.dice, 256)]) >> 10:
                c.figures[0] = cost
                if cost < c.figures[1]:
                    c.figures[1] = cost
                    copy(c.best, s.slot)
                continue
        for group in range(len(s.slot)):
            if s.slot[group] != p.kept[group]:
                if s.slot[group] >= 0:
                    lift(t, s, group)
                put(t, s, group, p.kept[group])


@inner
def _reorder(t: Tables, p: Line, count: int) -> int:
    """Give the groups taken other keys between what must come before and after; the first key that changes."""
    c, s = p.chain, p.chain.state
    for group in range(len(p.key)):
        p.key[group] = s.slot[group] - p.span[group] + 1
    first: int = t.allowed.shape[1]
    for n in range(count):
        group = c.taken[n]
        old = p.key[group]
        low, high = old - FAR, old + FAR
        for m in range(t.before_at[group], t.before_at[group + 1]):
            low = max(low, p.key[t.before[m]])
        for m in range(t.after_at[group], t.after_at[group + 1]):
            high = min(high, p.key[t.after[m]])
        if high > low:
            p.key[group] = low + roll(c.dice, high - low + 1)
            first = min(first, old, p.key[group])
    return first


@inner
def _sort(p: Line) -> None:
    """Order by key; the order of before is near to it."""
    order, key = p.order, p.key
    for n in range(1, len(order)):
        group, m = order[n], n
        while m > 0 and key[order[m - 1]] > key[group]:
            order[m] = order[m - 1]
            m -= 1
        order[m] = group


@inner
def _rebuild(t: Tables, p: Line, first: int) -> bool:
    """Put everything from a key on anew, in its order, what must come before it first; whether all found a slot."""
    s = p.chain.state
    _sort(p)
    for n in range(len(p.order)):
        if p.key[p.order[n]] >= first and not p.chain.frozen[p.order[n]]:
            lift(t, s, p.order[n])
    for n in range(len(p.order)):
        s.waiting[0], depth = p.order[n], 1
        while depth > 0:
            group = s.waiting[depth - 1]
            deeper = _missing_before(t, s, group) if s.slot[group] < 0 else NOWHERE
            if deeper >= 0:
                s.waiting[depth], depth = deeper, depth + 1
                continue
            depth -= 1
            if s.slot[group] < 0:
                at = earliest(t, s, group, 0)
                if at < 0:
                    return False
                put(t, s, group, at)
    return True


@inner
def _missing_before(t: Tables, s: State, group: int) -> int:
    """A group that must come before one and has no slot; -1 when there is none."""
    for n in range(t.before_at[group], t.before_at[group + 1]):
        if s.slot[t.before[n]] < 0:
            return int(t.before[n])
    return NOWHERE


@inner
def _to_end(t: Tables, p: Line) -> None:
    """Push everything as late as it can be without ending later, the last first."""
    s = p.chain.state
    last = 0
    for group in range(len(p.key)):
        p.key[group] = s.slot[group]
        last = max(last, s.slot[group])
    _sort(p)
    for n in range(len(p.order) - 1, -1, -1):
        group = p.order[n]
        if not p.chain.frozen[group]:
            old = s.slot[group]
            lift(t, s, group)
            put(t, s, group, max(old, latest(t, s, group, last)))


@inner
def _to_start(t: Tables, p: Line) -> None:
    """Push everything as early as it can be, the first first."""
    s = p.chain.state
    for group in range(len(p.key)):
        p.key[group] = s.slot[group] - p.span[group] + 1
    _sort(p)
    for n in range(len(p.order)):
        group = p.order[n]
        if not p.chain.frozen[group]:
            lift(t, s, group)
            put(t, s, group, earliest(t, s, group, 0))


@inner
def earliest(t: Tables, s: State, group: int, since: int) -> int:
    """The first slot from one on in which a group that has none may stand; -1 when there is none."""
    first, last = bounds(t, s, group)
    at = max(first, since)
    while at <= last:
        full, span = in_the_way(t, s, group, at)
        if full == NOWHERE:
            return at
        at = max(at + 1, full + span)
    return NOWHERE


@inner
def latest(t: Tables, s: State, group: int, until: int) -> int:
    """The last slot up to one in which a group that has none may stand; -1 when there is none."""
    first, last = bounds(t, s, group)
    at = min(last, until)
    while at >= first:
        full, _span = in_the_way(t, s, group, at)
        if full == NOWHERE:
            return at
        at = min(at, full) - 1
    return NOWHERE


@inner
def in_the_way(t: Tables, s: State, group: int, at: int) -> tuple[int, int]:
    """A slot that is full for a group that would stand in one, and how far after it to ask next; -1 when none is."""
    if not t.allowed[group, at] or s.moved[t.stretch[at]] + t.size[group] > t.stretch_cap[t.stretch[at]]:
        return at, 1
    for n in range(t.use_at[group], t.use_at[group + 1]):
        row, amount, begin = t.use_row[n], t.use_amount[n], 0
        m = n + 1
        while m < t.use_at[group + 1] and t.use_row[m] == row:  # spans of a row ascend: the longer ones use it too
            amount += t.use_amount[m]
            m += 1
        if n > t.use_at[group] and t.use_row[n - 1] == row:
            begin = t.use_span[n - 1]
        for back in range(begin, min(t.use_span[n], at + 1)):
            if s.used[row, at - back] + amount > t.use_cap[row, at - back]:
                return at - back, (1 if begin else t.use_span[n])
    for n in range(t.fill_at[group], t.fill_at[group + 1]):
        row, amount = t.fill_row[n], t.fill_amount[n]
        for later in range(at, s.filled.shape[1]):
            if s.filled[row, later] + amount > t.fill_cap[row, later]:
                return later, 1
    return NOWHERE, 0
