"""Where one box sends packets: its forwarding table as packet sets.

Every prefix owns the addresses that no longer prefix within it holds. One sweep over the sorted
prefixes gives them all, whatever their number, for IPv4 and IPv6 alike.

Source: RFC 1812 section 5.2.4.3 (longest match).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from qianyun.verify.conditions import Condition, In, Prefix, any_of, range_of
from qianyun.verify.fields import DST4, DST6, Range, merged
from qianyun.verify.network.model import Box, NextHop, Route, table_of
from qianyun.verify.space import PacketSet, Space


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What one box does with packets by their destination alone.

    Attributes:
        hops: The packets of every next hop; side-by-side next hops share theirs.
        local: Packets for the box itself.
        discarded: Packets of routes that drop on purpose.
        unrouted: Packets that no route holds.
    """

    hops: dict[NextHop, PacketSet]
    local: PacketSet
    discarded: PacketSet
    unrouted: PacketSet


@dataclass(slots=True)
class _Share:
    ranges: dict[int, list[Range]] = field(default_factory=lambda: {4: [], 6: []})

    def condition(self) -> Condition:
        return any_of(
            *(In(each, merged(self.ranges[each.version])) for each in (DST4, DST6) if self.ranges[each.version])
        )


def forwarding_of(box: Box, space: Space) -> Forwarding:
    """A box's table as sets; `space` must know the network's conditions."""
    local, discarded = _Share(), _Share()
    hops: dict[NextHop, _Share] = {}
    every = _Share()
    table = table_of(box)
    for version in (4, 6):
        for prefix, owned in addresses_owned(prefix for prefix in table if prefix.version == version):
            every.ranges[version] += owned
            for share in _shares(table[prefix], hops, local, discarded):
                share.ranges[version] += owned
    return Forwarding(
        hops={hop: space.packets(share.condition()) for hop, share in hops.items()},
        local=space.packets(local.condition()),
        discarded=space.packets(discarded.condition()),
        unrouted=~space.packets(every.condition()),
    )


def _shares(
    routes: tuple[Route, ...], hops: dict[NextHop, _Share], local: _Share, discarded: _Share
) -> Iterator[_Share]:
    used = [hop for route in routes for hop in route.hops]
    if any(route.local for route in routes):
        yield local
    elif not used:
        yield discarded
    else:
        for hop in dict.fromkeys(used):
            yield hops.setdefault(hop, _Share())


def addresses_owned(prefixes: Iterable[Prefix]) -> Iterator[tuple[Prefix, list[Range]]]:
    """Prefixes of one version, each with the addresses that it decides."""
    spans = sorted((first, -last, prefix) for prefix in prefixes for first, last in [range_of(prefix)])
    open_: list[tuple[int, Prefix, list[Range]]] = []
    at = 0
    for first, negative, prefix in spans:
        while open_ and open_[-1][0] < first:
            at, closed = _closed(open_, at)
            yield closed
        if open_ and at < first:
            open_[-1][2].append((at, first - 1))
        at = first
        open_.append((-negative, prefix, []))
    while open_:
        at, closed = _closed(open_, at)
        yield closed


def _closed(open_: list[tuple[int, Prefix, list[Range]]], at: int) -> tuple[int, tuple[Prefix, list[Range]]]:
    last, prefix, owned = open_.pop()
    if at <= last:
        owned.append((at, last))
    return max(at, last + 1), (prefix, owned)
