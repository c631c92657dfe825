"""The problem as flat arrays, for the search and for nobody else.

A row of `use` is something of which every week bears so much: a vendor's hands, a room's lines,
the team, the risk. A row of `fill` is something that stays taken: one size of one zone's pool.
Lists of lists are stored end to end with their starts (`…_at`), as compiled code wants them.
Slots are the numbers of the programme's weeks; groups are numbered by their place in the problem.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qianyun.estate.facts import SystemKey
from qianyun.plan.limits import offered_in, usable
from qianyun.plan.opening import lag_weeks
from qianyun.plan.problem import SIZES, Move, Problem
from qianyun.plan.rules import days_allowed

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = list[list[tuple[int, ...]]]
UNLIMITED = 1 << 60


class Tables(NamedTuple):
    """All arrays of one problem; G groups, T slots.

    Attributes:
        allowed: G×T, whether a group may stand in a slot as far as it alone is concerned.
        unary: G×T, what it costs there as far as it alone is concerned.
        tie_at: Ties of a group: `tie_to`, `tie_yuan`; each tie stands at both ends.
        before_at: Groups that must come first: `before`, with `before_lag` slots between; `after…` likewise.
        use_at: Rows a group uses: `use_row`, `use_span` slots up to its own, `use_amount` in each.
        use_cap: Rows×T.
        fill_at: Rows a group fills from its slot on: `fill_row`, `fill_amount`.
        fill_cap: Rows×T.
        smooth_level: What a row of `use` bears without cost; above it `smooth_yuan` a unit and slot.
        strain_level: Rows×T, likewise for rows of `fill`; above it `strain_yuan`.
        release_at: Groups that hold a release: `release_group`; `release_yuan` a slot after `release_since`.
        held_at: Releases that a group holds: `held`.
        size: Systems of a group; `counted` those that count for phases.
        goal_slot: Last slot of each phase; `goal_need` systems by then, `goal_yuan` for each one short.
        stretch: Which stretch of a wave each slot lies in; `stretch_cap` systems there.
    """

    allowed: Flags
    unary: Ints
    tie_at: Ints
    tie_to: Ints
    tie_yuan: Ints
    before_at: Ints
    before: Ints
    before_lag: Ints
    after_at: Ints
    after: Ints
    after_lag: Ints
    use_at: Ints
    use_row: Ints
    use_span: Ints
    use_amount: Ints
    use_cap: Ints
    fill_at: Ints
    fill_row: Ints
    fill_amount: Ints
    fill_cap: Ints
    smooth_level: Ints
    smooth_yuan: Ints
    strain_level: Ints
    strain_yuan: Ints
    release_at: Ints
    release_group: Ints
    release_yuan: Ints
    release_since: Ints
    held_at: Ints
    held: Ints
    size: Ints
    counted: Ints
    goal_slot: Ints
    goal_need: Ints
    goal_yuan: int
    stretch: Ints
    stretch_cap: Ints


def tables_of(problem: Problem) -> Tables:
    """The arrays of a problem."""
    members = [[problem.move_of[key] for key in group.systems] for group in problem.groups]
    place = {key: n for n, group in enumerate(problem.groups) for key in group.systems}
    uses, use_cap = _uses(problem, members)
    fills, fill_cap = _fills(problem, members)
    stretch = [problem.wave_of(week) for week in problem.weeks]
    return assembled(
        allowed=_allowed(problem, members),
        unary=_unary(problem, members),
        ties=_ties(problem, place),
        order=precedences_of(problem),
        uses=uses,
        use_cap=use_cap,
        fills=fills,
        fill_cap=fill_cap,
        releases=[(each.yuan_per_week, sorted({place[key] for key in each.systems})) for each in problem.releases],
        release_since=[problem.since_of(each) for each in problem.releases],
        smooth=_smooth(problem),
        strain=_strain(problem),
        sizes=[(len(moves), sum(move.is_counted for move in moves)) for moves in members],
        goals=[(_last_slot(problem, deadline), need) for _name, deadline, need in problem.goals()],
        goal_yuan=problem.wishes.weights.goal_yuan,
        stretch=stretch,
        stretch_caps=[problem.wave_limit(n) for n in range(stretch[-1] + 1)],
    )


def assembled(
    *,
    allowed: Flags,
    unary: Ints,
    ties: Mapping[tuple[int, int], int],
    order: Mapping[tuple[int, int], int],
    uses: Rows,
    use_cap: Ints,
    fills: Rows,
    fill_cap: Ints,
    releases: Sequence[tuple[int, Sequence[int]]],
    sizes: Sequence[tuple[int, int]],
    goals: Sequence[tuple[int, int]],
    goal_yuan: int,
    stretch: Sequence[int],
    stretch_caps: Sequence[int | None],
    release_since: Sequence[int] = (),
    smooth: tuple[Ints, Ints] | None = None,
    strain: tuple[Ints, Ints] | None = None,
) -> Tables:
    """The arrays of lists: how any scheduling problem comes into the search.

    By number of the group: `uses` as row, span and amount ascending, `fills` as row and amount, `sizes`
    as systems and those that count. `order` gives the slots that must lie between a group and one
    after it, `releases` yuan a slot and who holds it, `goals` a last slot and systems by then,
    `smooth` and `strain` levels and prices of the rows; nothing is smoothed without.
    The others are as in `Tables`; a stretch without a cap has no limit.
    """
    ties_of: Rows = [[] for _group in allowed]
    for (one, other), yuan in ties.items():
        ties_of[one].append((other, yuan))
        ties_of[other].append((one, yuan))
    befores: Rows = [[] for _group in allowed]
    afters: Rows = [[] for _group in allowed]
    for (before, after), lag in order.items():
        befores[after].append((before, lag))
        afters[before].append((after, lag))
    holders: Rows = [[(group,) for group in groups] for _yuan, groups in releases]
    held: Rows = [[] for _group in allowed]
    for number, (_yuan, groups) in enumerate(releases):
        for group in groups:
            held[group].append((number,))
    smooth_level, smooth_yuan = smooth or (_whole([UNLIMITED] * len(use_cap)), _whole([0] * len(use_cap)))
    strain_level, strain_yuan = strain or (np.full_like(fill_cap, UNLIMITED), _whole([0] * len(fill_cap)))
    return Tables(
        allowed=allowed,
        unary=unary,
        tie_at=_starts(ties_of),
        tie_to=_column(ties_of, 0),
        tie_yuan=_column(ties_of, 1),
        before_at=_starts(befores),
        before=_column(befores, 0),
        before_lag=_column(befores, 1),
        after_at=_starts(afters),
        after=_column(afters, 0),
        after_lag=_column(afters, 1),
        use_at=_starts(uses),
        use_row=_column(uses, 0),
        use_span=_column(uses, 1),
        use_amount=_column(uses, 2),
        use_cap=use_cap,
        fill_at=_starts(fills),
        fill_row=_column(fills, 0),
        fill_amount=_column(fills, 1),
        fill_cap=fill_cap,
        smooth_level=smooth_level,
        smooth_yuan=smooth_yuan,
        strain_level=strain_level,
        strain_yuan=strain_yuan,
        release_at=_starts(holders),
        release_group=_column(holders, 0),
        release_yuan=_whole([yuan for yuan, _groups in releases]),
        release_since=_whole(release_since or [0] * len(releases)),
        held_at=_starts(held),
        held=_column(held, 0),
        size=_whole([systems for systems, _counted in sizes]),
        counted=_whole([counted for _systems, counted in sizes]),
        goal_slot=_whole([slot for slot, _need in goals]),
        goal_need=_whole([need for _slot, need in goals]),
        goal_yuan=goal_yuan,
        stretch=_whole(stretch),
        stretch_cap=_whole([UNLIMITED if limit is None else limit for limit in stretch_caps]),
    )


def precedences_of(problem: Problem) -> dict[tuple[int, int], int]:
    """Groups that must come before others, with the slots between; none within a group."""
    place = {key: n for n, group in enumerate(problem.groups) for key in group.systems}
    days = problem.opening.days
    found: dict[tuple[int, int], int] = {}
    lags: dict[tuple[str, str], int] = {}
    for each in problem.precedences:
        pair = (place[each.before], place[each.after])
        owners = (each.before.department, each.after.department)
        if pair[0] != pair[1]:
            if owners not in lags:
                lags[owners] = lag_weeks(days[owners[0]], days[owners[1]], problem.calendar.freeze_days)
            found[pair] = max(found.get(pair, 0), lags[owners])
    return found


def row_names(problem: Problem) -> tuple[tuple[str, str], ...]:
    """What the rows of `use` stand for: kind and name."""
    return (
        ("team", ""),
        ("risk", ""),
        *(("vendor", limit.name) for limit in problem.vendors),
        *(("room", limit.name) for limit in problem.rooms),
        *((("assessors", ""),) if problem.assessors else ()),
    )


def fill_names(problem: Problem) -> tuple[tuple[str, str], ...]:
    """What the rows of `fill` stand for: zone and size, where some pool limits it."""
    limited = {(pool.zone, size) for pool in problem.pools for size in SIZES if getattr(pool, size) is not None}
    return tuple((zone, size) for zone in _zones(problem) for size in SIZES if (zone, size) in limited)


def _zones(problem: Problem) -> list[str]:
    return sorted({pool.zone for pool in problem.pools})


def _starts(lists: Sequence[Sequence[object]]) -> Ints:
    return np.concatenate(([0], np.cumsum([len(each) for each in lists]))).astype(np.int64)


def _whole(figures: Sequence[int]) -> Ints:
    return np.array(figures, dtype=np.int64)


def _column(lists: Rows, place: int) -> Ints:
    return np.array([entry[place] for each in lists for entry in each], dtype=np.int64)


def _ties(problem: Problem, place: Mapping[SystemKey, int]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for tie in problem.ties:
        pair = (min(place[tie.one], place[tie.other]), max(place[tie.one], place[tie.other]))
        if pair[0] != pair[1]:
            found[pair] = found.get(pair, 0) + tie.yuan_per_week
    return found


def _allowed(problem: Problem, members: list[list[Move]]) -> Flags:
    allowed = np.zeros((len(members), len(problem.weeks)), dtype=np.bool_)
    demands = days_allowed(problem.wishes)
    for group, moves in enumerate(members):
        slots = problem.opening.weeks_of(moves)
        for move in moves:
            if first_last := demands(move):
                first, last = first_last
                slots = [s for s in slots if first <= _day(problem, move, s) <= last]
        allowed[group, slots] = True
    return allowed


def _day(problem: Problem, move: Move, slot: int) -> date:
    return problem.opening.days[move.system.department][problem.weeks[slot]]


def _unary(problem: Problem, members: list[list[Move]]) -> Ints:
    slots = np.arange(len(problem.weeks), dtype=np.int64)
    weights = problem.wishes.weights
    in_force = {each.system: each.week for each in problem.in_force}
    start = problem.weeks[0]
    cost = np.zeros((len(members), len(slots)), dtype=np.int64)
    for group, moves in enumerate(members):
        cost[group] += weights.early_yuan * len(moves) * slots
        for move in moves:
            if move.due_on and move.late_yuan:
                last_in_time = (move.due_on - start).days // 7
                cost[group] += move.late_yuan * np.maximum(0, slots - last_in_time)
            if move.system in in_force:
                cost[group] += weights.change_yuan * (slots != (in_force[move.system] - start).days // 7)
    return cost


def _uses(problem: Problem, members: list[list[Move]]) -> tuple[Rows, Ints]:
    """Rows in the order of `row_names`; equal spans of one group on one row are added up."""
    rows = {name: number for number, name in enumerate(row_names(problem))}
    uses: Rows = []
    for moves in members:
        own: dict[tuple[int, int], int] = {}
        for move in moves:
            for name, span, amount in _uses_of(move):
                if amount and name in rows:
                    own[rows[name], span] = own.get((rows[name], span), 0) + amount
        uses.append([(row, span, amount) for (row, span), amount in sorted(own.items())])
    caps = [problem.team, problem.risk, *(limit.per_week for limit in (*problem.vendors, *problem.rooms))]
    if problem.assessors:
        caps.append(problem.assessors.per_week)
    cap = np.repeat(np.array(caps, dtype=np.int64)[:, None], len(problem.weeks), axis=1)
    _end_lines(problem, rows, cap)
    if problem.assessors:  # a slot stands for the week of the assessment, so many weeks later
        cap[rows["assessors", ""], max(0, len(problem.weeks) - problem.wishes.reassess_weeks) :] = 0
    for limit in problem.wishes.vendor_limits:
        if ("vendor", limit.vendor) in rows:
            row = cap[rows["vendor", limit.vendor]]
            inside = [_touches(week, limit.first, limit.last) for week in problem.weeks]
            row[inside] = np.minimum(row[inside], limit.per_week)
    return uses, cap


def _end_lines(problem: Problem, rows: Mapping[tuple[str, str], int], cap: Ints) -> None:
    """Take from rooms' lines what contracts take that end."""
    for each in problem.ended:
        if ("room", each.room) in rows:
            row = cap[rows["room", each.room]]
            over = [week + timedelta(days=6) > each.after for week in problem.weeks]
            row[over] = np.minimum(row[over], each.gib_a_week)


def _uses_of(move: Move) -> list[tuple[tuple[str, str], int, int]]:
    crews = [(("vendor", crew.vendor), crew.weeks, 1) for crew in move.crews]
    copy = [(("room", move.room or ""), move.copy_weeks, move.copy_gib)]
    again = [(("assessors", ""), 1, int(move.is_assessed))]
    return [(("team", ""), 1, move.effort), (("risk", ""), 1, move.risk), *crews, *copy, *again]


def _touches(week: date, first: date | None, last: date | None) -> bool:
    """Whether a stretch of days touches a week."""
    return (last is None or week <= last) and (first is None or week + timedelta(days=6) >= first)


def _fills(problem: Problem, members: list[list[Move]]) -> tuple[Rows, Ints]:
    rows = {name: number for number, name in enumerate(fill_names(problem))}
    fills: Rows = []
    for moves in members:
        own: dict[int, int] = {}
        for move in moves:
            for zone, size, amount in move.takes():
                if (zone, size) in rows:
                    own[rows[zone, size]] = own.get(rows[zone, size], 0) + amount
        fills.append([(row, amount) for row, amount in sorted(own.items()) if amount])
    cap = np.zeros((len(rows), len(problem.weeks)), dtype=np.int64)
    for (zone, size), row in rows.items():
        offered = [offered_in(problem.pools, zone, week, partial(usable, size=size)) for week in problem.weeks]
        cap[row] = [UNLIMITED if most is None else most for most in offered]
    return fills, cap


def _smooth(problem: Problem) -> tuple[Ints, Ints]:
    """Levels and prices of the rows of `use`: the team and the risk have one."""
    rows, weights = len(row_names(problem)), problem.wishes.weights
    level, yuan = np.full(rows, UNLIMITED, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    level[:2], yuan[:2] = (problem.calm_team, problem.calm_risk), (weights.load_yuan, weights.risk_yuan)
    return level, yuan


def _strain(problem: Problem) -> tuple[Ints, Ints]:
    """Levels and prices of the rows of `fill`: the egress of a zone has one."""
    names, wishes = fill_names(problem), problem.wishes
    level = np.full((len(names), len(problem.weeks)), UNLIMITED, dtype=np.int64)
    yuan = np.zeros(len(names), dtype=np.int64)
    for row, (zone, size) in enumerate(names):
        if size == "egress_mbps":
            yuan[row] = wishes.weights.egress_yuan
            for slot, week in enumerate(problem.weeks):
                most = offered_in(problem.pools, zone, week, lambda pool: pool.egress_mbps)
                level[row, slot] = UNLIMITED if most is None else most * wishes.egress_percent // 100
    return level, yuan


def _last_slot(problem: Problem, deadline: date) -> int:
    return max((n for n, week in enumerate(problem.weeks) if week <= deadline), default=-1)
