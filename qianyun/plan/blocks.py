"""Blocks: parts of a problem that share no pool, room, line and order, such as the provinces of a country.

Vendors and the team may still work for several blocks, and dependencies may cross them. A bound
leaves those out: each block alone, with all hands to itself, costs no more than it does beside the
others.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from qianyun.plan.tables import Flags, Ints, Tables


def blocks_of(tables: Tables) -> list[Ints]:
    """Groups of each block in their order; blocks in the order of their first groups."""
    groups = len(tables.size)
    root = list(range(groups))

    def find(group: int) -> int:
        while root[group] != group:
            root[group] = root[root[group]]
            group = root[group]
        return group

    for first, other in _links(tables):
        one, two = find(first), find(other)
        root[max(one, two)] = min(one, two)
    found: dict[int, list[int]] = {}
    for group in range(groups):
        found.setdefault(find(group), []).append(group)
    return [np.array(members, dtype=np.int64) for members in found.values()]


def _links(tables: Tables) -> Iterable[tuple[int, int]]:
    """Pairs of groups that stand in one block."""
    first: dict[int, int] = {}
    for group in range(len(tables.size)):
        for row in tables.fill_row[tables.fill_at[group] : tables.fill_at[group + 1]].tolist():
            yield first.setdefault(row, group), group
        for before in tables.before[tables.before_at[group] : tables.before_at[group + 1]].tolist():
            yield before, group
    for a, b in zip(tables.release_at.tolist(), tables.release_at[1:].tolist(), strict=False):
        holders = tables.release_group[a:b].tolist()
        yield from ((holders[0], other) for other in holders[1:])


def part_of(tables: Tables, groups: Ints) -> Tables:
    """The tables of some groups alone: what links them to others, and the phases' shares, are left out."""
    place = np.full(len(tables.size), -1, dtype=np.int64)
    place[groups] = np.arange(len(groups), dtype=np.int64)
    inside = [
        release
        for release, (a, b) in enumerate(zip(tables.release_at.tolist(), tables.release_at[1:].tolist(), strict=False))
        if (place[tables.release_group[a:b]] >= 0).all()
    ]
    new_release = np.full(len(tables.release_yuan), -1, dtype=np.int64)
    new_release[inside] = np.arange(len(inside), dtype=np.int64)
    ties = _picked(tables.tie_at, groups, place[tables.tie_to] >= 0)
    befores = _picked(tables.before_at, groups, place[tables.before] >= 0)
    afters = _picked(tables.after_at, groups, place[tables.after] >= 0)
    uses = _picked(tables.use_at, groups, np.ones(len(tables.use_row), dtype=np.bool_))
    fills = _picked(tables.fill_at, groups, np.ones(len(tables.fill_row), dtype=np.bool_))
    helds = _picked(tables.held_at, groups, new_release[tables.held] >= 0)
    holders = _picked(tables.release_at, inside, np.ones(len(tables.release_group), dtype=np.bool_))
    return tables._replace(
        allowed=tables.allowed[groups],
        unary=tables.unary[groups],
        tie_at=ties[0],
        tie_to=place[tables.tie_to[ties[1]]],
        tie_yuan=tables.tie_yuan[ties[1]],
        before_at=befores[0],
        before=place[tables.before[befores[1]]],
        before_lag=tables.before_lag[befores[1]],
        after_at=afters[0],
        after=place[tables.after[afters[1]]],
        after_lag=tables.after_lag[afters[1]],
        use_at=uses[0],
        use_row=tables.use_row[uses[1]],
        use_span=tables.use_span[uses[1]],
        use_amount=tables.use_amount[uses[1]],
        fill_at=fills[0],
        fill_row=tables.fill_row[fills[1]],
        fill_amount=tables.fill_amount[fills[1]],
        release_at=holders[0],
        release_group=place[tables.release_group[holders[1]]],
        release_yuan=tables.release_yuan[inside],
        release_since=tables.release_since[inside],
        held_at=helds[0],
        held=new_release[tables.held[helds[1]]],
        size=tables.size[groups],
        counted=tables.counted[groups],
        goal_slot=tables.goal_slot[:0],
        goal_need=tables.goal_need[:0],
    )


def _picked(at: Ints, owners: "Ints | Sequence[int]", kept: Flags) -> tuple[Ints, Ints]:
    """The lists of some owners without what is not kept: their new starts, and which entries they hold."""
    lists = [np.arange(at[owner], at[owner + 1]) for owner in owners]
    lists = [entries[kept[entries]] for entries in lists]
    starts = np.concatenate(([0], np.cumsum([len(entries) for entries in lists]))).astype(np.int64)
    return starts, np.concatenate(lists).astype(np.int64) if lists else np.zeros(0, dtype=np.int64)
