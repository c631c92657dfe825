"""First plans: groups put one by one, in several orders, each into its earliest or cheapest slot."""

from collections.abc import Iterator

import numpy as np

from qianyun.plan.compiled import compiled
from qianyun.plan.kernel import State, cheapest, empty_state, feasible, lift, price, put, total
from qianyun.plan.tables import Ints, Tables


def first_plans(tables: Tables) -> Iterator[tuple[str, State]]:
    """States that leave no group out, by the name of the order they came from; none where all fail."""
    for name, order in orders(tables).items():
        for cheap in (True, False):
            state = empty_state(tables)
            left = construct(tables, state, order, cheap)
            if left:
                repair(tables, state, left)
            if (state.slot >= 0).all():
                yield f"{name} {'cheapest' if cheap else 'earliest'}", state


def orders(tables: Tables) -> dict[str, Ints]:
    """Orders in which groups are put, each a permutation."""
    groups = np.arange(tables.allowed.shape[0])
    first = tables.allowed.argmax(axis=1)
    choices = tables.allowed.sum(axis=1)
    reach = _demand(tables)
    room = _release_rank(tables, first)
    return {
        "tightest": np.lexsort((groups, first, choices)).astype(np.int64),
        "room": np.lexsort((groups, first, room)).astype(np.int64),
        "ready": np.lexsort((groups, first)).astype(np.int64),
        "largest": np.lexsort((groups, first, -reach)).astype(np.int64),
    }


def _demand(tables: Tables) -> Ints:
    """The largest share of any pool's final capacity that a group takes, in thousandths."""
    share = np.zeros(tables.allowed.shape[0], dtype=np.int64)
    last = np.maximum(1, tables.fill_cap[:, -1])
    for group in range(len(share)):
        span = slice(tables.fill_at[group], tables.fill_at[group + 1])
        share[group] = (1000 * tables.fill_amount[span] // last[tables.fill_row[span]]).max(initial=0)
    return share


def _release_rank(tables: Tables, first: Ints) -> Ints:
    """For each group, the place of its best room or line: what pays most a slot for each holder goes first."""
    sizes = np.diff(tables.release_at)
    latest = np.array(
        [
            first[tables.release_group[a:b]].max(initial=0)
            for a, b in zip(tables.release_at, tables.release_at[1:], strict=False)
        ]
    )
    worth = tables.release_yuan // np.maximum(1, sizes)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((np.arange(len(sizes)), -worth, latest // 4))] = np.arange(len(sizes))
    best = np.full(tables.allowed.shape[0], len(sizes), dtype=np.int64)
    for group in range(len(best)):
        held = tables.held[tables.held_at[group] : tables.held_at[group + 1]]
        best[group] = min((rank[release] for release in held), default=len(sizes))
    return best


@compiled
def construct(t: Tables, s: State, order: Ints, cheap: bool) -> int:  # noqa: FBT001 - compiled code takes no keywords
    """Put every group that has no slot, those it waits for first.

    Returns:
        How many found none.
    """
    left = 0
    waiting, tried = s.waiting, s.tried
    for group in range(len(tried)):
        tried[group] = False
    for start in order:
        waiting[0] = start
        depth = 1
        while depth > 0:
            group = waiting[depth - 1]
            deeper = False
            if s.slot[group] < 0 and not tried[group]:
                for n in range(t.before_at[group], t.before_at[group + 1]):
                    if s.slot[t.before[n]] < 0 and not tried[t.before[n]]:
                        waiting[depth] = t.before[n]
                        depth += 1
                        deeper = True
                        break
            if deeper:
                continue
            depth -= 1
            if s.slot[group] >= 0 or tried[group]:
                continue
            tried[group] = True
            left += not (insert(t, s, group) if cheap else insert_early(t, s, group))
    return left


@compiled
def insert(t: Tables, s: State, group: int) -> bool:
    """Put one group into its cheapest slot; whether there was one."""
    if not feasible(t, s, group):
        return False
    price(t, s, group)
    put(t, s, group, cheapest(s))
    return True


@compiled
def insert_early(t: Tables, s: State, group: int) -> bool:
    """Put one group into its earliest slot; whether there was one."""
    if not feasible(t, s, group):
        return False
    at = 0
    while not s.ok[at]:
        at += 1
    put(t, s, group, at)
    return True


@compiled
def repair(t: Tables, s: State, tries: int) -> int:
    """Put groups that have no slot by lifting, for each, the groups after it; whether any slot is found.

    Returns:
        How many are left.
    """
    groups = len(s.slot)
    for _round in range(tries + 2):
        left = 0
        for group in range(groups):
            if s.slot[group] >= 0 or insert(t, s, group):
                continue
            left += 1
            for n in range(t.after_at[group], t.after_at[group + 1]):
                if s.slot[t.after[n]] >= 0:
                    lift(t, s, t.after[n])
            if insert_early(t, s, group):
                left -= 1
        if left == 0:
            break
    left = 0
    for group in range(groups):
        if s.slot[group] < 0 and not insert(t, s, group):
            left += 1
    return left


@compiled
def descend(t: Tables, s: State, most: int) -> int:
    """Move single groups to cheaper slots until none moves, `most` rounds at most; what that saved."""
    saved = 0
    for _round in range(most):
        before = saved
        for group in range(len(s.slot)):
            old = s.slot[group]
            lift(t, s, group)
            feasible(t, s, group)
            price(t, s, group)
            new = cheapest(s)
            if new < 0 or s.cost[new] >= s.cost[old]:
                put(t, s, group, old)
            else:
                saved += s.cost[old] - s.cost[new]
                put(t, s, group, new)
        if saved == before:
            break
    return saved


def best_first_plan(tables: Tables) -> tuple[str, State, int] | None:
    """The cheapest of the first plans after descent, with the order it came from; `None` where all fail."""
    best: tuple[str, State, int] | None = None
    for name, state in first_plans(tables):
        descend(tables, state, 20)
        cost = int(total(tables, state))
        if best is None or cost < best[2]:
            best = (name, state, cost)
    return best
