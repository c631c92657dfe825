"""A look at the routes of one box for every address at once: which route is found, as ranges of addresses.

Stages stand for the rules of routing, one after the other; in each the longest prefix decides. IPv4 keeps `local`
and `main` in one trie as long as nobody has added a rule, so there the longest prefix of both decides; where that
differs, nobody can tell any more whether there ever was such a rule.

Source: Linux `fib_trie.c` (`fib_table_lookup`, `fib_trie_unmerge`), `fib_rules.c`, `ip6_fib.c`, `route.c`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_network

from qianyun.verify.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    In,
    Prefix,
    all_of,
    any_of,
    cannot_tell,
    negated,
    range_of,
)
from qianyun.verify.fields import Field, Range, Ranges, merged
from qianyun.verify.network.forwarding import addresses_owned
from qianyun.verify.routing import ALL, DEFAULT_TABLE, LOCAL_TABLE, MAIN_TABLE, UNKNOWN, Kept, Lookup, Routing

ORDER = {LOCAL_TABLE: 0, MAIN_TABLE: 1}
Wanted = Callable[["Found | None"], Condition]
"""What must hold where a route is found, or none."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look finds for some addresses.

    Attributes:
        best: The routes of the lowest metric, in order.
        others: Routes to the same prefix that come after.
    """

    best: tuple[Kept, ...]
    others: tuple[Kept, ...] = ()

    @property
    def kind(self) -> str:
        """Of the route that is taken."""
        first = self.best[0]
        return first.kind if all(each.is_sure for each in self.best) else UNKNOWN

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Of all next hops that may be taken, in order."""
        return tuple(dict.fromkeys(name for route in self.best for name in route.interfaces))


@dataclass(frozen=True, slots=True)
class Stage:
    """One rule of routing: for which packets, and what its table holds for which addresses."""

    asks: Condition
    shares: tuple[tuple[Found, Ranges], ...]


def looked_up(stages: Sequence[Stage], address: Field, wanted: Wanted) -> Condition:
    """The packets for which what is found is what is wanted."""
    if not stages:
        return wanted(None)
    stage, rest = stages[0], looked_up(stages[1:], address, wanted)
    by_wish: dict[Condition, list[Range]] = {}
    for found, ranges in stage.shares:
        by_wish.setdefault(wanted(found), []).extend(ranges)
    hit = any_of(*(all_of(wish, In(address, merged(ranges))) for wish, ranges in by_wish.items() if wish != NEVER))
    covered = [span for ranges in by_wish.values() for span in ranges]
    if not covered:
        return rest
    beyond = negated(all_of(stage.asks, In(address, merged(covered))))
    return any_of(all_of(stage.asks, hit), all_of(beyond, rest))


def stages_of(routing: Routing, asks: Callable[[Lookup], Condition]) -> tuple[Stage, ...]:
    """The stages of a box; `asks` tells for which packets a rule is meant."""
    if routing.is_usual and routing.version == 4:  # noqa: PLR2004 - IP version
        return (
            Stage(ALWAYS, _shares(_merged_tables(routing))),
            Stage(ALWAYS, _shares(routing.tables.get(DEFAULT_TABLE, ()))),
        )
    return tuple(_stage(routing, lookup, asks(lookup)) for lookup in routing.lookups)


def local_stage(routing: Routing) -> Stage:
    """The table of the box's own addresses alone."""
    local = routing.tables.get(LOCAL_TABLE, ())
    strange = _inside_local(routing) if routing.is_usual else ()
    return Stage(ALWAYS, _shares((*local, *strange)))


def only_at(stages: Iterable[Stage], interface: str) -> tuple[Stage, ...]:
    """The stages as they look where only routes by one interface count; they must be asked of all packets alike."""
    found = []
    for stage in stages:
        routes = [route for share, _ranges in stage.shares for route in (*share.best, *share.others)]
        kept = [route for route in routes if interface in (route.interfaces or (interface,)) or not route.is_sure]
        found.append(Stage(stage.asks, _shares(tuple(kept))))
    return tuple(found)


def _stage(routing: Routing, lookup: Lookup, asks: Condition) -> Stage:
    everything = Kept(prefix=ip_network(ALL[routing.version]), kind=lookup.ends)
    if not lookup.is_sure:
        doubt = cannot_tell(f"a rule of routing, {lookup.priority}")
        return Stage(all_of(asks, doubt), _shares((replace(everything, kind=UNKNOWN),)))
    if lookup.ends:
        return Stage(asks, _shares((everything,)))
    routes = routing.tables.get(lookup.table, ())
    return Stage(asks, _shares(routes, lookup.longer_than))


def _merged_tables(routing: Routing) -> tuple[Kept, ...]:
    local, main = (routing.tables.get(name, ()) for name in (LOCAL_TABLE, MAIN_TABLE))
    strange = _inside_local(routing)
    inside = {route.prefix for route in strange}
    return (*local, *(route for route in main if route.prefix not in inside), *strange)


def _inside_local(routing: Routing) -> tuple[Kept, ...]:
    """Routes that lie within an own prefix: which of the two decides is not known."""
    own = [range_of(route.prefix) for route in routing.tables.get(LOCAL_TABLE, ())]
    wide = [span for span in own if span[0] < span[1]]
    return tuple(
        replace(route, kind=UNKNOWN)
        for route in routing.tables.get(MAIN_TABLE, ())
        for first, last in [range_of(route.prefix)]
        if any(a <= first and last <= b and (a, b) != (first, last) for a, b in wide)
    )


@lru_cache(maxsize=64)
def _shares(routes: tuple[Kept, ...], longer_than: int = -1) -> tuple[tuple[Found, Ranges], ...]:
    """What is found for which addresses; where a route says to look on, nothing is."""
    return tuple(_owned(routes, longer_than))


def _owned(routes: Iterable[Kept], longer_than: int) -> Iterator[tuple[Found, Ranges]]:
    by_prefix: dict[Prefix, list[Kept]] = {}
    for route in routes:
        by_prefix.setdefault(route.prefix, []).append(route)
    for prefix, owned in addresses_owned(by_prefix):
        found = _chosen(by_prefix[prefix])
        passed_over = prefix.prefixlen <= longer_than and found.kind not in ("blackhole", "unreachable", "prohibit")
        if owned and found.kind != "throw" and not (passed_over and found.kind != UNKNOWN):
            yield found, merged(owned)


def _chosen(routes: Sequence[Kept]) -> Found:
    ordered = sorted(routes, key=lambda route: (ORDER.get(route.table, 1), route.metric))
    first = ordered[0]
    if not all(route.is_sure for route in routes):
        return Found((replace(first, kind=UNKNOWN),))
    together = first.prefix.version == 6  # noqa: PLR2004 - IP version; in IPv4 the first one is taken
    best = [route for route in ordered if (route.table, route.metric) == (first.table, first.metric)]
    best = [route for route in best if route.kind == first.kind] if together else [first]
    return Found(tuple(best), tuple(route for route in ordered if route not in best))
