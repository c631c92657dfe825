"""Routers as they are configured, joined into a network by the subnets they share.

Two interfaces of different routers are neighbours when an address of one lies in a subnet of the
other. Connected routes come before static ones of the same prefix; a next hop that is no router
of the set leads out of the network.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_network

from qianyun.verify.acls.filters import Direction, Filter
from qianyun.verify.network import HERE, Box, Hop, Network, Prefix

Address = IPv4Address | IPv6Address
OwnAddress = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface that is up.

    Attributes:
        addresses: With their subnets, the secondary ones too.
    """

    name: str
    addresses: tuple[OwnAddress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A static route.

    Attributes:
        interface: Where packets leave; empty when only the next hop says so.
        next_hop: Who gets them; `None` for whoever owns the destination.
        throws_away: It leads nowhere (Null0).
    """

    prefix: Prefix
    interface: str = ""
    next_hop: Address | None = None
    throws_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """One router as configured.

    Attributes:
        filters: By interface and direction.
    """

    name: str
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    filters: Mapping[tuple[str, Direction], Sequence[Filter]] = field(default_factory=dict)

    def leading_to(self, address: Address) -> Iterator[str]:
        """The interfaces in whose subnet an address lies."""
        for interface in self.interfaces:
            if any(address.version == own.version and address in own.network for own in interface.addresses):
                yield interface.name


Owners = Mapping[Address, list[tuple[str, str]]]


def joined(routers: Iterable[Router]) -> Network:
    """The network of these routers."""
    every = tuple(routers)
    owners: dict[Address, list[tuple[str, str]]] = defaultdict(list)
    for router in every:
        for interface in router.interfaces:
            for own in interface.addresses:
                owners[own.ip].append((router.name, interface.name))
    return Network(
        boxes={
            each.name: Box(name=each.name, table=tuple(_table(each, owners).items()), filters=each.filters)
            for each in every
        }
    )


def _table(router: Router, owners: Owners) -> dict[Prefix, tuple[Hop, ...]]:
    """Later entries of one prefix replace earlier ones: neighbours, static, connected, own addresses."""
    table: dict[Prefix, tuple[Hop, ...]] = {}
    connected: dict[Prefix, dict[Hop, None]] = defaultdict(dict)
    own_subnets = [(each.name, own.network) for each in router.interfaces for own in each.addresses]
    for name, subnet in own_subnets:
        connected[subnet][Hop(name)] = None
    for address in owners:
        hops = [
            hop for name, net in own_subnets if address in net for hop in _to(router, name, address, owners) if hop.box
        ]
        if hops:
            table[_host(address)] = tuple(dict.fromkeys(hops))
    static: dict[Prefix, dict[Hop, None]] = defaultdict(dict)
    for route in router.routes:
        static[route.prefix] |= dict.fromkeys(_hops(router, route, owners))
    table |= {prefix: tuple(hops) for prefix, hops in static.items()}
    table |= {prefix: tuple(hops) for prefix, hops in connected.items()}
    return table | {_host(own.ip): (HERE,) for each in router.interfaces for own in each.addresses}


def _host(address: Address) -> Prefix:
    return ip_network(address)


def _hops(router: Router, route: Route, owners: Owners) -> Iterator[Hop]:
    if route.throws_away:
        return
    if route.next_hop is None:
        yield Hop(route.interface)
        return
    for name in [route.interface] if route.interface else router.leading_to(route.next_hop):
        yield from _to(router, name, route.next_hop, owners)


def _to(router: Router, interface: str, address: Address, owners: Owners) -> list[Hop]:
    """To whoever has an address behind an interface; out of the network when no router has it."""
    others = [(box, into) for box, into in owners.get(address, ()) if box != router.name]
    return [Hop(interface, box, into) for box, into in others] or [Hop(interface)]
