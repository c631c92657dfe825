"""Routers as they are configured, joined into a network by the subnets they share.

Two interfaces of different routers are neighbours when an address of one lies in a subnet of the
other. Connected routes come before static ones of the same prefix; a next hop that is no router
of the set leads out of the network. A route out at an interface that is down, or to a next hop in
no subnet of the router, is not in force.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface, ip_network

from qianyun.verify.acls.filters import Direction, Filter
from qianyun.verify.conditions import Prefix
from qianyun.verify.network import model
from qianyun.verify.network.model import Address, Link, Network, NextHop, Port

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
    place: str = ""
    text: str = ""


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


def joined(routers: Iterable[Router]) -> Network:
    """The network of these routers."""
    every = tuple(routers)
    return Network(boxes=tuple(_box(each) for each in every), links=tuple(_links(every)))


def _links(routers: Iterable[Router]) -> Iterator[Link]:
    """Interfaces of different routers where an address of one lies in a subnet of the other."""
    subnets: dict[Prefix, list[Port]] = defaultdict(list)
    own: list[tuple[Port, OwnAddress]] = []
    for router in routers:
        for interface in router.interfaces:
            for address in interface.addresses:
                subnets[address.network].append(Port(router.name, interface.name))
                own.append((Port(router.name, interface.name), address))
    lengths = sorted({(subnet.version, subnet.prefixlen) for subnet in subnets})
    pairs = {
        (min(here, there), max(here, there))
        for here, address in own
        for version, length in lengths
        if version == address.version
        for there in subnets.get(ip_network((address.ip, length), strict=False), ())
        if here.box != there.box
    }
    yield from (Link(a, b) for a, b in sorted(pairs))


def _box(router: Router) -> model.Box:
    interfaces = tuple(
        model.Interface(
            name=each.name,
            addresses=each.addresses,
            incoming=tuple(router.filters.get((each.name, Direction.IN), ())),
            outgoing=tuple(router.filters.get((each.name, Direction.OUT), ())),
        )
        for each in router.interfaces
    )
    return model.Box(name=router.name, interfaces=interfaces, routes=tuple(_routes(router)))


def _routes(router: Router) -> Iterator[model.Route]:
    """Those in force."""
    up = {each.name for each in router.interfaces}
    for route in router.routes:
        hops: tuple[NextHop, ...] = ()
        if not route.throws_away:
            gateway = route.next_hop
            names = [route.interface] if route.interface or gateway is None else router.leading_to(gateway)
            hops = tuple(
                NextHop(interface=name, gateway=gateway, attached=gateway is None) for name in names if name in up
            )
        if hops or route.throws_away:
            yield model.Route(prefix=route.prefix, hops=hops, place=route.place, text=route.text)
