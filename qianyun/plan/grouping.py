"""Joiner and splitter rules: which systems move together beyond their dependencies, and how many at most.

A joiner puts systems together that share something: a server, a database, an office. A splitter
keeps apart what differs (environment, owner, zone) and stops joining at a size. What dependencies
tie is never split; where that is larger than the rules allow, it is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qianyun.errors import Fault
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Server, SystemKey
from qianyun.estate.kinds import Environment
from qianyun.plan.gates import servers_of
from qianyun.plan.problem import Move, MoveGroup
from qianyun.plan.wishes import Difference, Grouping, Sharing
from qianyun.words import _, label

Joint = tuple[SystemKey, SystemKey]


@dataclass(slots=True)
class _Set:
    """Systems that are joined so far."""

    systems: list[SystemKey]
    vcpu: int
    marks: dict[Difference, set[str]] = field(default_factory=dict)


def rule_joints(
    estate: Estate, moves: Mapping[SystemKey, Move], groups: Iterable[MoveGroup], rules: Grouping
) -> tuple[list[Joint], tuple[Fault, ...]]:
    """Pairs that the rules join, beside the groups that dependencies make; and where the rules stopped."""
    sets = {key: made for made in _begin(estate, moves, groups) for key in made.systems}
    joints: list[Joint] = []
    notices = []
    for rule in rules.joins:
        stopped = 0
        for sharing in _shared(estate, moves, rule):
            for one, other in pairwise(sharing):
                first, second = sets[one], sets[other]
                if first is second:
                    continue
                if not _fit(first, second, rules):
                    stopped += 1
                    continue
                joints.append((one, other))
                first.systems += second.systems
                first.vcpu += second.vcpu
                for kind, marks in second.marks.items():
                    first.marks[kind] |= marks
                sets |= dict.fromkeys(second.systems, first)
        if stopped:
            what = _("joining by {rule} stopped at {n} places, where the splitter keeps apart")
            rule_name = label("Sharing", rule)
            notices.append(Fault(place="plan.yml", what=what.format(rule=rule_name, n=stopped)))
    return joints, tuple(notices)


def oversized(groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move], rules: Grouping) -> Iterator[Fault]:
    """Groups that dependencies make larger than the splitter wants; they stay whole."""
    for group in groups:
        vcpu = sum(moves[key].vcpu for key in group.systems)
        for most, has, unit in (
            (rules.most_systems, len(group.systems), _("systems")),
            (rules.most_vcpu, vcpu, _("vCPU")),
        ):
            if most is not None and has > most and len(group.systems) > 1:
                what = _("its move group has {has} {unit}, the splitter wants {most}; dependencies tie it")
                mend = _("declare a dependency as not hard or not sensitive, or allow larger groups")
                yield Fault(
                    place=f"system {group.systems[0]}", what=what.format(has=has, unit=unit, most=most), mend=mend
                )


def _begin(estate: Estate, moves: Mapping[SystemKey, Move], groups: Iterable[MoveGroup]) -> Iterator[_Set]:
    environments = {key: _environment(servers) for key, servers in servers_of(estate.servers).items()}
    for group in groups:
        members = [moves[key] for key in group.systems]
        yield _Set(
            systems=list(group.systems),
            vcpu=sum(move.vcpu for move in members),
            marks={
                Difference.ENVIRONMENT: {environments.get(move.whole, "") for move in members},
                Difference.OWNER: {move.system.department for move in members},
                Difference.ZONE: {move.zone or "" for move in members},
            },
        )


def _environment(servers: Sequence[Server]) -> str:
    found = {server.environment for server in servers}
    return str(Environment.PRODUCTION if Environment.PRODUCTION in found else min(found))


def _fit(first: _Set, second: _Set, rules: Grouping) -> bool:
    systems, vcpu = len(first.systems) + len(second.systems), first.vcpu + second.vcpu
    if rules.most_systems is not None and systems > rules.most_systems:
        return False
    if rules.most_vcpu is not None and vcpu > rules.most_vcpu:
        return False
    return all(first.marks[kind] == second.marks[kind] for kind in rules.apart)


def _shared(estate: Estate, moves: Mapping[SystemKey, Move], rule: Sharing) -> list[list[SystemKey]]:
    """Systems that share something, by what they share, each list in the order of names."""
    held: dict[tuple[str, ...], set[SystemKey]] = {}
    for key, what in _things(estate, rule):
        if key in moves and all(what):
            held.setdefault(what, set()).add(key)
    return [sorted(keys, key=str) for _what, keys in sorted(held.items()) if len(keys) > 1]


def _things(estate: Estate, rule: Sharing) -> Iterator[tuple[SystemKey, tuple[str, ...]]]:
    match rule:
        case Sharing.SERVER:
            for server in estate.servers:
                key = SystemKey(department=server.department, name=server.system)
                yield from ((key, (str(address),)) for address in server.addresses)
        case Sharing.DATABASE:
            for base in estate.databases:
                key = SystemKey(department=base.department, name=base.system)
                yield key, (base.department, base.server, base.product)
        case _:
            for system in estate.systems:
                yield (
                    system.key,
                    {
                        Sharing.OFFICE: (system.department, system.office),
                        Sharing.DEPARTMENT: (system.department,),
                        Sharing.ROOM: (system.room or "",),
                        Sharing.VENDOR: (system.maintenance_vendor or "",),
                    }[rule],
                )
