"""Dependencies as in life: hubs everybody asks, chains inside a department, pairs that cannot part.

Hard dependencies lead to systems that migrate and are ready in time, so that a plan exists; a few
pairs need one another and must move together.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from inventory.generator.drafts import TO_CLOUD, Draft
from inventory.generator.draw import Draw
from qianyun.estate.facts import Dependency, SystemKey
from qianyun.estate.kinds import DependencyKind, DependencySource, Disposition

MUTUAL_PAIRS = 6
MOST_TOGETHER = 6
"""Most systems that latency-sensitive links tie into one move."""
LATE = timedelta(weeks=12)
PORTS = {
    DependencyKind.DATA: (1521, 3306, 5236, 54321),
    DependencyKind.FILE: (21, 22, 445),
    DependencyKind.STREAM: (554, 1935),
    DependencyKind.REQUEST: (443, 8080, 8443),
}


class Web:
    """The dependencies while they are being drawn; no two lead from one system to the same other."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._found: dict[tuple[SystemKey, SystemKey], Dependency] = {}
        self._leader: dict[SystemKey, SystemKey] = {}
        self._size: dict[SystemKey, int] = {}

    def all(self) -> tuple[Dependency, ...]:
        """Those drawn so far, in the order of their drawing."""
        return tuple(self._found.values())

    def tie(self, source: Draft, target: Draft, *, hard: bool = False, close: bool = False, mean: float = 4.0) -> bool:
        """Add one, unless the pair has one already; tells whether it was added."""
        ends = (source.key, target.key)
        if source is target or ends in self._found:
            return False
        observed = not hard and self._draw.chance(0.12)
        kind = (
            DependencyKind.DATA
            if close
            else self._draw.weighted(
                {
                    DependencyKind.REQUEST: 0.6,
                    DependencyKind.DATA: 0.25,
                    DependencyKind.FILE: 0.12,
                    DependencyKind.STREAM: 0.03,
                }
            )
        )
        self._found[ends] = Dependency(
            source=source.key,
            target=target.key,
            kind=kind,
            protocol="tcp",
            port=self._draw.one(PORTS[kind]),
            daily_mib=Decimal(max(1, round(self._draw.lognormal(mean, 1.3)))),
            is_latency_sensitive=close,
            is_hard=hard,
            known_from=DependencySource.OBSERVED if observed else DependencySource.DECLARED,
            confidence=self._draw.between(60, 95) / 100 if observed else 1.0,
        )
        return True

    def may_join(self, one: Draft, other: Draft) -> bool:
        """Whether the two groups together stay small enough to move in one night; joins them if so."""
        a, b = self._lead(one.key), self._lead(other.key)
        together = self._size.get(a, 1) + self._size.get(b, 1)
        if a == b or together > MOST_TOGETHER:
            return False
        self._leader[b], self._size[a] = a, together
        return True

    def _lead(self, key: SystemKey) -> SystemKey:
        while key in self._leader:
            key = self._leader[key]
        return key


def make_dependencies(draw: Draw, drafts: list[Draft]) -> tuple[Dependency, ...]:
    """All dependencies; also writes into each merging system what it merges into."""
    web = Web(draw)
    alive = [draft for draft in drafts if draft.disposition not in (Disposition.RETIRE, Disposition.INTRANET)]
    _hubs(draw, web, alive)
    for peers in _by_department(alive):
        _merges(draw, web, peers)
        _close_pairs(draw, web, peers)
        _chains(draw, web, peers)
    for _n in range(round(len(drafts) * 0.35)):
        web.tie(draw.one(alive), draw.one(alive), mean=3.0)
    _mutual(draw, web, alive)
    return web.all()


def _by_department(drafts: list[Draft]) -> Iterator[list[Draft]]:
    names = dict.fromkeys(draft.key.department for draft in drafts)
    for name in names:
        yield [draft for draft in drafts if draft.key.department == name]


def _in_time(source: Draft, target: Draft) -> bool:
    """Whether `source` may be made to wait for `target`."""
    if source.disposition not in TO_CLOUD or target.disposition is not Disposition.MIGRATE:
        return False
    return bool(source.ready_on and target.ready_on and target.ready_on <= source.ready_on + LATE)


def _hubs(draw: Draw, web: Web, alive: list[Draft]) -> None:
    hubs = {draft.name: draft for draft in alive if draft.is_platform}
    weights = {name: 1.0 / (rank + 1) for rank, name in enumerate(draw.shuffled(list(hubs)))}
    for draft in alive:
        if draft.is_platform:
            continue
        for _n in range(draw.weighted({0: 0.3, 1: 0.35, 2: 0.25, 3: 0.1})):
            hub = hubs[draw.weighted(weights)]
            web.tie(draft, hub, hard=_in_time(draft, hub) and draw.chance(0.3), mean=3.5)


def _merges(draw: Draw, web: Web, peers: list[Draft]) -> None:
    for draft in peers:
        if draft.disposition is Disposition.MERGE:
            target = draw.one([p for p in peers if p.disposition is Disposition.MIGRATE and not p.is_platform])
            draft.zone, draft.reason = target.zone, f"并入{target.name}"
            ready = [day for day in (draft.ready_on, target.ready_on) if day]
            draft.ready_on = max(ready)
            web.tie(draft, target, hard=True)


def _close_pairs(draw: Draw, web: Web, peers: list[Draft]) -> None:
    movers = [draft for draft in peers if draft.disposition is Disposition.MIGRATE and not draft.is_platform]
    for one in movers:
        near = [other for other in movers if other.room is one.room and other.zone == one.zone and other is not one]
        if near and draw.chance(0.3):
            other = draw.one(near)
            if web.may_join(one, other):
                web.tie(one, other, hard=_in_time(one, other) and draw.chance(0.4), close=True, mean=6.0)


def _chains(draw: Draw, web: Web, peers: list[Draft]) -> None:
    """Links within a department; the later in the order asks the earlier, so hard ones make no ring."""
    order = sorted(peers, key=lambda draft: (draft.ready_on is None, draft.ready_on, draft.name))
    for place, source in enumerate(order):
        for _n in range(draw.weighted({0: 0.3, 1: 0.4, 2: 0.3}) if place else 0):
            target = order[draw.between(0, place - 1)]
            web.tie(source, target, hard=_in_time(source, target) and draw.chance(0.25))


def _mutual(draw: Draw, web: Web, alive: list[Draft]) -> None:
    """Pairs of which each needs the other: they are one move."""
    made = 0
    for one in draw.shuffled(alive):
        twins = [
            other
            for other in alive
            if other.room is one.room
            and other.zone == one.zone
            and _in_time(one, other)
            and _in_time(other, one)
            and not (one.is_platform or other.is_platform)
        ]
        for other in twins:
            if made < MUTUAL_PAIRS and web.may_join(one, other):
                forth = web.tie(one, other, hard=True, close=True, mean=6.0)
                back = web.tie(other, one, hard=True, close=True, mean=6.0)
                made += forth and back
        if made == MUTUAL_PAIRS:
            return
