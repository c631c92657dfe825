"""Folding: relations of addresses become dependencies of systems, and ends that nobody knows become questions.

How sure a dependency is: direction × both owners × how often it was seen. Once counts 0.6, twice 0.8,
three times 0.9, and so on: one sighting may be an administrator's, one in every stretch of time is not.
Mere attempts, and services that everybody uses, make no dependency; both are counted.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from collectors.flows.joining import Relation
from collectors.flows.owning import Owner, Owners
from collectors.flows.sightings import Address
from qianyun.estate.ends import EndKind
from qianyun.estate.facts import Dependency, SystemKey
from qianyun.estate.kinds import DependencyKind, DependencySource

DAY_S = 86_400
MIB = 1 << 20
ONCE = 0.4
"""What is missing of certainty at one sighting; each further one halves it."""

INFRASTRUCTURE = frozenset({53, 67, 68, 123, 161, 162, 514, 546, 547, 853, 6514, 10050, 10051})
"""Names, addresses, time, monitoring and logs: IANA's service names and Zabbix's registered ports."""

KINDS: Mapping[DependencyKind, frozenset[int]] = {
    DependencyKind.DATA: frozenset(
        {1433, 1521, 2881, 3306, 5236, 5258, 5432, 6379, 8123, 9042, 9200, 27017, 50000, 54321}
    ),
    DependencyKind.FILE: frozenset({20, 21, 22, 111, 139, 445, 873, 2049, 9000}),
    DependencyKind.STREAM: frozenset({1883, 4222, 5671, 5672, 6650, 9092, 9876, 61616}),
}
"""Ports by which what passes is told; all others are requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One dependency with what speaks for it.

    Attributes:
        relations: What it was folded from.
    """

    dependency: Dependency
    connections: int
    octets: int
    first: float
    last: float
    occasions: int
    relations: tuple[Relation, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEnd:
    """An address that nobody knows; a planner names it in `ends.yml`.

    Attributes:
        ports: At which it serves; empty when it only asks.
        systems: Who talks to it, and who is asked by it.
    """

    address: Address
    ports: tuple[int, ...]
    systems: tuple[SystemKey, ...]
    connections: int
    octets: int
    first: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """All dependencies, in the order of their ends, and all questions, the most used end first.

    Attributes:
        left_out: Relations that are no dependency, by reason.
    """

    observed: tuple[Observed, ...]
    unknown: tuple[UnknownEnd, ...]
    left_out: Mapping[str, int]


Key = tuple[SystemKey, SystemKey, str, int]


@dataclass(slots=True)
class _Pair:
    shares: list[float] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


def fold(relations: Iterable[Relation], owners: Owners, seconds: Mapping[str, int]) -> Folded:
    """Fold relations to dependencies.

    Args:
        relations: Between real ends.
        owners: Whose the ends are.
        seconds: For how long each observer looked, for the volume of a day.
    """
    pairs: dict[Key, _Pair] = defaultdict(_Pair)
    unknown: dict[Address, list[tuple[Relation, Owner | None]]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for each in relations:
        client, server = owners.of(each.edge.client, None), owners.of(each.edge.server, each.edge.port)
        why = _left_out(each, client, server)
        if why:
            left_out[why] += 1
            continue
        if client is None:
            unknown[each.edge.client].append((each, server))
        if server is None:
            unknown[each.edge.server].append((each, client))
        for source, sure in client.systems if client else ():
            for target, also in server.systems if server else ():
                if source == target:
                    left_out["within"] += 1
                    continue
                pair = pairs[source, target, each.edge.protocol, each.edge.port]
                pair.shares.append(each.certainty * sure * also)
                pair.relations.append(each)
    observed = [_observed(key, pair, seconds) for key, pair in pairs.items()]
    return Folded(
        observed=tuple(sorted(observed, key=lambda each: _order(each.dependency))),
        unknown=tuple(
            sorted((_end(*each) for each in unknown.items()), key=lambda e: (-e.connections, str(e.address)))
        ),
        left_out=dict(sorted(left_out.items())),
    )


def _left_out(relation: Relation, client: Owner | None, server: Owner | None) -> str:
    """Why a relation is no dependency, whoever its ends are; empty when it may be one."""
    if not relation.is_answered:
        return "unanswered"
    if relation.edge.port in INFRASTRUCTURE:
        return "infrastructure"
    kinds = {each.kind for each in (client, server) if each}
    if EndKind.SHARED in kinds:
        return "shared"
    if EndKind.OUTSIDE in kinds:
        return "outside"
    return "" if client or server else "strangers"


def _observed(key: Key, pair: _Pair, seconds: Mapping[str, int]) -> Observed:
    source, target, protocol, port = key
    kept = tuple(pair.relations)
    occasions = len({(length, block) for each in kept for length, blocks in each.blocks.items() for block in blocks})
    confidence = max(pair.shares) * (1 - ONCE * 0.5 ** (max(1, occasions) - 1))
    daily = sum(_daily_octets(each, seconds) for each in kept)
    return Observed(
        dependency=Dependency(
            source=source,
            target=target,
            kind=next((kind for kind, ports in KINDS.items() if port in ports), DependencyKind.REQUEST),
            protocol=protocol,
            port=port,
            daily_mib=Decimal(f"{daily / MIB:.3f}") if daily else None,
            known_from=DependencySource.OBSERVED,
            confidence=math.floor(confidence * 100) / 100,
        ),
        connections=sum(max(each.connections.values(), default=0) for each in kept),
        octets=sum(max(each.volumes.values(), default=0) for each in kept),
        first=min(each.first for each in kept),
        last=max(each.last for each in kept),
        occasions=occasions,
        relations=kept,
    )


def _daily_octets(relation: Relation, seconds: Mapping[str, int]) -> float:
    """By the observer that counted most; they saw the same packets."""
    rates = [octets * DAY_S / seconds[name] for name, octets in relation.volumes.items() if seconds.get(name)]
    return max(rates, default=0.0)


def _end(address: Address, met: Sequence[tuple[Relation, Owner | None]]) -> UnknownEnd:
    found = [relation for relation, _owner in met]
    return UnknownEnd(
        address=address,
        ports=tuple(sorted({each.edge.port for each in found if each.edge.server == address})),
        systems=tuple(sorted({key for _relation, owner in met if owner for key, _sure in owner.systems}, key=str)),
        connections=sum(max(each.connections.values(), default=0) for each in found),
        octets=sum(max(each.volumes.values(), default=0) for each in found),
        first=min(each.first for each in found),
        last=max(each.last for each in found),
    )


def _order(dependency: Dependency) -> tuple[str, str, str, int]:
    return str(dependency.source), str(dependency.target), dependency.protocol, dependency.port or 0
