"""From the facts of an estate to a problem: what moves, what ties it, what it takes.

Every disposition means something here. `migrate` fills the pool of its zone and copies its data;
`merge` brings only its data, after the system it merges into; `take_over` moves like `migrate`
once its interface has stood for some weeks; `integrate` opens an interface and stays in its room;
`retire` is switched off when nobody needs it any more; `intranet` leaves its room and takes
nothing of this cloud; `defer` is not planned.

What cannot be planned is left out by name, and every limit that had to be raised is told.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from qianyun.errors import Fault
from qianyun.estate.calendar import Calendar
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Dependency, Pool, System, SystemKey
from qianyun.estate.kinds import DependencySource, Disposition
from qianyun.plan.gates import gated, lapsed, reaching, servers_of, unfiled
from qianyun.plan.grouping import oversized, rule_joints
from qianyun.plan.groups import form_groups
from qianyun.plan.limits import (
    assessor_limit,
    ended_lines,
    room_limits,
    team_notice,
    too_big,
    vendor_limits,
    weekly_limit,
)
from qianyun.plan.moves import TO_CLOUD, Uplink, move_of, uplinks, window_fault
from qianyun.plan.opening import Opening
from qianyun.plan.parts import Chains, parted, sequence
from qianyun.plan.problem import InForce, Move, MoveGroup, Precedence, Problem, Tie, Unplanned
from qianyun.plan.releases import releases_of
from qianyun.plan.wishes import Weights, Wishes
from qianyun.policy.model import Policy
from qianyun.words import _

MIB_A_GIB = 1024
Moves = dict[SystemKey, Move]
Facts = tuple[Estate, Calendar, tuple[Pool, ...], Wishes]


class _Order(NamedTuple):
    """What moves together, and what before what."""

    groups: tuple[MoveGroup, ...]
    precedences: tuple[Precedence, ...]
    chains: Chains


class _Told(NamedTuple):
    """What is said about the facts on the way."""

    unplanned: tuple[Unplanned, ...]
    notices: tuple[Fault, ...]


def build_problem(
    estate: Estate,
    calendar: Calendar,
    pools: Iterable[Pool],
    policy: Policy | None = None,
    wishes: Wishes | None = None,
    *,
    in_force: Iterable[InForce] = (),
) -> Problem:
    """The planning problem of an estate.

    Args:
        estate: Systems, rooms, lines, vendors and dependencies.
        calendar: When the programme may do what.
        pools: Capacity of the cloud.
        policy: Zones of the cloud; a system that names another zone is left out by name.
        wishes: What planners want; the defaults of `Wishes` without.
        in_force: Where the plan in force has the systems, so that few of them change.
    """
    facts = (estate, calendar, tuple(pools), wishes or Wishes())
    moves, unplanned, notices = _moves(facts, policy)
    moves, chains, odd = parted(moves, facts[3].parts)
    notices += odd
    groups, precedences, more = _tied(estate, moves, chains, facts[3])
    opening = Opening(calendar, (key.department for key in moves))
    left_out: dict[SystemKey, str] = {
        key: why for group in groups if (why := _impossible(group, moves, facts[2], opening)) for key in group.systems
    }
    for chain in chains.values():
        why = next((left_out[part] for part in chain if part in left_out), None)
        left_out |= dict.fromkeys(chain, why) if why else {}
    unplanned += [Unplanned(system=key, why=why, is_fault=True) for key, why in left_out.items()]
    if left_out:
        moves = {key: move for key, move in moves.items() if key not in left_out}
        groups, precedences, more = _tied(estate, moves, chains, facts[3])
    moves, renewals = lapsed(groups, moves, opening)
    more = (*more, *renewals)
    told = _Told(unplanned=tuple(unplanned), notices=(*notices, *more))
    return _with_limits(facts, moves, _Order(groups, precedences, chains), told, tuple(in_force))


def _with_limits(
    facts: Facts,
    moves: Moves,
    order: _Order,
    told: _Told,
    in_force: tuple[InForce, ...],
) -> Problem:
    estate, calendar, pools, wishes = facts
    groups, precedences, chains = order
    vendors, raised_vendors = vendor_limits(estate.vendors, groups, moves)
    rooms, raised_rooms = room_limits(uplinks(estate.lines, wishes), groups, moves)
    releases, held = releases_of(estate, moves, wishes, chains)
    open_weeks = len(calendar.cutover_weeks(calendar.first, calendar.last))
    team, risk = (
        weekly_limit(
            asked, [[getattr(moves[k], size) for k in g.systems] for g in groups], open_weeks, wishes.team_slack_percent
        )
        for asked, size in ((wishes.team_points, "effort"), (wishes.risk_points, "risk"))
    )
    calm = [
        math.ceil(sum(getattr(move, size) for move in moves.values()) * wishes.calm_percent / 100 / max(1, open_weeks))
        for size in ("effort", "risk")
    ]
    assessors = assessor_limit(wishes, groups, moves)
    ended, raised_ends = ended_lines(estate.lines, wishes, groups, moves)
    raised = (
        *team_notice(wishes.reassess_per_week, assessors.per_week if assessors else 0, "assessments.per_week"),
        *team_notice(wishes.team_points, team, "team_points"),
        *team_notice(wishes.risk_points, risk, "risk_points"),
    )
    notices = {
        *told.notices,
        *raised_vendors,
        *raised_rooms,
        *raised_ends,
        *held,
        *raised,
        *_unknown(estate, wishes),
        *_closed_phases(calendar),
    }
    return Problem(
        calendar=calendar,
        pools=pools,
        moves=tuple(moves[key] for key in sorted(moves, key=str)),
        groups=groups,
        precedences=precedences,
        ties=tuple(_ties(estate.dependencies, moves, wishes, chains)),
        releases=releases,
        vendors=vendors,
        rooms=rooms,
        ended=ended,
        assessors=assessors,
        team=team,
        risk=risk,
        calm_team=calm[0],
        calm_risk=calm[1],
        wishes=wishes,
        unplanned=tuple(sorted(told.unplanned, key=lambda each: str(each.system))),
        notices=tuple(sorted(notices)),
        in_force=tuple(each for each in in_force if each.system in moves),
    )


def _moves(facts: Facts, policy: Policy | None) -> tuple[Moves, list[Unplanned], list[Fault]]:
    """Moves of what can be planned, what cannot, and what does not fit a window."""
    estate, calendar, pools, wishes = facts
    zones = {zone.name for zone in policy.zones} if policy else {pool.zone for pool in pools}
    links, servers = uplinks(estate.lines, wishes), servers_of(estate.servers)
    moves: Moves = {}
    unplanned: list[Unplanned] = []
    notices: list[Fault] = []
    for system in estate.systems:
        why = _reason(system, zones, wishes)
        if why is not None:
            is_fault = system.disposition is not Disposition.DEFER
            unplanned.append(Unplanned(system=system.key, why=why, is_fault=is_fault))
            continue
        link: Uplink | None = links.get(system.room or "")
        move = move_of(system, estate.room_by_name.get(system.room or ""), link, calendar, wishes)
        moves[system.key] = reaching(gated(move, system, wishes), system, servers.get(system.key, ()), wishes)
        notices += filter(None, [window_fault(system, link, calendar, wishes)])
    return moves, unplanned, notices


def _reason(system: System, zones: set[str], wishes: Wishes) -> str | None:
    """Why a system is not planned; `None` when it is."""
    if system.disposition is Disposition.DEFER:
        return system.disposition_reason
    if system.disposition not in TO_CLOUD:
        return None
    zone = system.zone or wishes.default_zone
    if not zone:
        return _("names no zone of the cloud")
    if zone not in zones:
        return _("goes to zone {zone!r}, which the cloud does not have").format(zone=zone)
    if (system.mlps_level or 0) > wishes.platform_level:
        return _("has protection level {level}, the platform only {platform}").format(
            level=int(system.mlps_level or 0), platform=wishes.platform_level
        )
    return unfiled(system, wishes)


def _tied(
    estate: Estate, moves: Moves, chains: Chains, wishes: Wishes
) -> tuple[tuple[MoveGroup, ...], tuple[Precedence, ...], tuple[Fault, ...]]:
    """Groups and precedences among the moves, with what was told on the way."""
    chains = {key: chain for key, chain in chains.items() if all(part in moves for part in chain)}
    hard, dropped = _precedences(estate.dependencies, moves, chains)
    precedences = (*hard, *sequence(chains))
    joints = [
        (d.source, d.target)
        for d in estate.dependencies
        if d.is_latency_sensitive and _goes(moves, d.source) and _goes(moves, d.target)
    ]
    groups, cycles = form_groups(sorted(moves, key=str), precedences, joints)
    more, stopped = rule_joints(estate, moves, groups, wishes.grouping)
    if more:
        groups, cycles = form_groups(sorted(moves, key=str), precedences, [*joints, *more])
    return groups, precedences, (*dropped, *cycles, *stopped, *oversized(groups, moves, wishes.grouping))


def _goes(moves: Moves, key: SystemKey) -> bool:
    return key in moves and moves[key].disposition in TO_CLOUD


def _precedences(
    dependencies: Iterable[Dependency], moves: Moves, chains: Chains
) -> tuple[tuple[Precedence, ...], tuple[Fault, ...]]:
    """Hard dependencies as an order; a retiring system goes after those that need it, not before.

    What a system needs moves before its first part, and with its last part what needs it may.
    """
    found: dict[tuple[SystemKey, SystemKey], Precedence] = {}
    notices = []
    for each in dependencies:
        if not each.is_hard or each.source not in moves:
            continue
        if each.target not in moves:
            notices.append(_waits_in_vain(each))
        elif moves[each.target].disposition is Disposition.RETIRE:
            last = chains.get(each.source, (each.source,))[-1]
            found[last, each.target] = Precedence(before=last, after=each.target, why="retire")
        elif moves[each.source].disposition is not Disposition.RETIRE:
            last, first = chains.get(each.target, (each.target,))[-1], chains.get(each.source, (each.source,))[0]
            found[last, first] = Precedence(before=last, after=first, why="hard")
    return tuple(found[pair] for pair in sorted(found, key=lambda p: (str(p[0]), str(p[1])))), tuple(notices)


def _waits_in_vain(dependency: Dependency) -> Fault:
    return Fault(
        place=f"system {dependency.source}",
        what=_("needs {target}, which is not planned; it is planned without waiting").format(target=dependency.target),
        mend=_("plan {target} too, or declare the dependency as not hard").format(target=dependency.target),
    )


def _ties(dependencies: Iterable[Dependency], moves: Moves, wishes: Wishes, chains: Chains) -> Iterator[Tie]:
    """What it costs when the ends of dependencies, or parts, move in different weeks; pairs in the order of names."""
    weights = wishes.weights
    costs: dict[tuple[SystemKey, SystemKey], int] = {}
    for chain in chains.values():
        if all(part in moves for part in chain):
            costs |= {(min(p, key=str), max(p, key=str)): weights.cut_yuan for p in pairwise(chain)}
    told: dict[tuple[SystemKey, SystemKey], list[Dependency]] = {}
    for each in dependencies:
        if each.source in moves and each.target in moves:
            told.setdefault((each.source, each.target), []).append(each)
    for (source, target), links in told.items():
        pair = (min(source, target, key=str), max(source, target, key=str))
        costs[pair] = costs.get(pair, 0) + sum(_cut(links, weights))
    for pair in sorted(costs, key=lambda p: (str(p[0]), str(p[1]))):
        if costs[pair]:
            yield Tie(one=pair[0], other=pair[1], yuan_per_week=costs[pair])


def _cut(links: Sequence[Dependency], weights: Weights) -> Iterator[int]:
    """What it costs a week to part a source from its target: each declared dependency, and what was seen besides.

    What was only seen counts once a pair, however many ports it has; of a declared pair it adds the
    volume alone, where nobody declared one.
    """
    seen = [each for each in links if each.known_from is DependencySource.OBSERVED]
    declared = [each for each in links if each.known_from is not DependencySource.OBSERVED]
    if seen and not declared:
        yield weights.cut_yuan
    for each in declared:
        yield weights.cut_yuan + round((each.daily_mib or 0) / MIB_A_GIB * weights.cut_gib_yuan)
    if all(each.daily_mib is None for each in declared):
        yield from (round((each.daily_mib or 0) / MIB_A_GIB * weights.cut_gib_yuan) for each in seen)


def _impossible(
    group: MoveGroup, moves: Mapping[SystemKey, Move], pools: tuple[Pool, ...], opening: Opening
) -> str | None:
    """Why no plan can hold a group whatever people demand; `None` when one may."""
    members = [moves[key] for key in group.systems]
    return too_big(members, pools) or opening.never(members)


def _unknown(estate: Estate, wishes: Wishes) -> Iterator[Fault]:
    """Demands of `plan.yml` that name what nobody declared."""
    systems = {str(system.key) for system in estate.systems}
    rooms = {room.name for room in estate.rooms}
    departments = {department.name for department in estate.departments}
    vendors = {vendor.name for vendor in estate.vendors}
    for deadline in wishes.deadlines:
        known = {"system": systems, "room": rooms, "department": departments}[deadline.subject]
        if deadline.name not in known:
            yield _nobody(deadline.source, deadline.name)
    for limit in wishes.vendor_limits:
        if limit.vendor not in vendors:
            yield _nobody(limit.source, limit.vendor)
    named = [(pin.source, pin.system) for pin in wishes.pins]
    named += [(hold.source, hold.system) for hold in wishes.holds]
    named += [(need.source, need.system) for need in wishes.needs]
    named += [(parts.source, parts.system) for parts in wishes.parts]
    yield from (_nobody(source, str(key)) for source, key in named if str(key) not in systems)
    yield from (_nobody(reuse.source, reuse.room) for reuse in wishes.reuses if reuse.room not in rooms)


def _closed_phases(calendar: Calendar) -> Iterator[Fault]:
    """Phases in which nothing can move, with the blackouts that stand in their way."""
    for phase in calendar.phases:
        if phase.systems_percent and not calendar.cutover_days(phase.first, phase.deadline):
            named = {
                blackout.name
                for blackout in calendar.all_blackouts
                if blackout.is_national and blackout.first <= phase.deadline and blackout.last >= phase.first
            }
            what = _("no cut-over window opens in phase {name} ({first} to {last}); blackouts: {blackouts}").format(
                name=phase.name, first=phase.first, last=phase.deadline, blackouts="、".join(sorted(named)) or "–"
            )
            mend = _("shorten a blackout, or move the phase's goal")
            yield Fault(place=phase.source or "calendar.yml", what=what, mend=mend)


def _nobody(source: str, name: str) -> Fault:
    return Fault(place=source or "plan.yml", what=_("names {name!r}, which nobody declared").format(name=name))
