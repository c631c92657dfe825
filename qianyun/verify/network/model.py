"""What a network is made of: boxes with interfaces, routes and filters, and the links between them.

An interface may have links to several others: a shared wire. What stands at an interface without
a link is outside the network: hosts of a zone, or somebody else's line.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import NamedTuple

from qianyun.errors import Fault, ReadError
from qianyun.verify.acls.filters import Filter
from qianyun.verify.chains import Ruleset
from qianyun.verify.conditions import Condition, Prefix, destination_in
from qianyun.verify.own_addresses import with_addresses
from qianyun.words import _

Address = IPv4Address | IPv6Address


class Port(NamedTuple):
    """One interface of one box; without an interface, the box itself."""

    box: str
    interface: str = ""

    def __str__(self) -> str:
        return f"{self.box} {self.interface}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextHop:
    """Where a route sends packets.

    Attributes:
        gateway: The box with this address is meant; without it, whoever stands at the other end.
        attached: The destination itself stands on this wire, no gateway is in between.
    """

    interface: str
    gateway: Address | None = None
    attached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of a forwarding table: the longest prefix that holds the destination decides.

    Attributes:
        hops: Several are used side by side (ECMP); with none, packets are dropped on purpose.
        local: Packets are for the box itself.
        metric: Of several routes to one prefix the lowest count, all of them together.
    """

    prefix: Prefix
    hops: tuple[NextHop, ...] = ()
    local: bool = False
    metric: int = 0
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface.

    Attributes:
        addresses: Each makes two routes, to itself and to its prefix, before any declared one.
        incoming: Filters that packets arriving here must all pass.
        outgoing: Filters that packets leaving here must all pass.
        zone: The zone whose hosts stand on its wire; empty between boxes.
        segment: Name of its layer-2 segment (VLAN, wire), where it is known.
    """

    name: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...] = ()
    incoming: tuple[Filter, ...] = ()
    outgoing: tuple[Filter, ...] = ()
    zone: str = ""
    segment: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One router, firewall or host with several feet.

    Attributes:
        ruleset: Chains that every packet meets, where the box is a Linux firewall; where they mean its own
            addresses, these are put in.
        forwards: IP versions that it passes on from one interface to another.
    """

    name: str
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    ruleset: Ruleset | None = None
    forwards: frozenset[int] = frozenset({4, 6})
    place: str = ""

    def __post_init__(self) -> None:
        if self.ruleset is not None and self.ruleset.translates:
            own = {each.name: each.addresses for each in self.interfaces}
            object.__setattr__(self, "ruleset", with_addresses(self.ruleset, own))

    @property
    def tracks(self) -> bool:
        """Whether it remembers connections: what belongs to one that it has let pass is not asked again."""
        lists = (each for face in self.interfaces for each in (*face.incoming, *face.outgoing))
        return (self.ruleset is not None and self.ruleset.tracks) or any(each.keeps_state for each in lists)


@dataclass(frozen=True, slots=True)
class Link:
    """Two interfaces on one wire; packets go both ways."""

    a: Port
    b: Port
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Boxes and the links between them.

    Raises:
        ReadError: Names that are not there, or are there twice; all of them at once.
    """

    boxes: tuple[Box, ...]
    links: tuple[Link, ...] = ()
    by_name: Mapping[str, Box] = field(init=False, compare=False)
    interfaces: Mapping[Port, Interface] = field(init=False, compare=False)
    neighbours: Mapping[Port, tuple[Port, ...]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        ports = {Port(box.name, each.name): each for box in self.boxes for each in box.interfaces}
        neighbours: dict[Port, tuple[Port, ...]] = {}
        for link in self.links:
            for here, there in ((link.a, link.b), (link.b, link.a)):
                neighbours[here] = (*neighbours.get(here, ()), there)
        object.__setattr__(self, "by_name", {box.name: box for box in self.boxes})
        object.__setattr__(self, "interfaces", ports)
        object.__setattr__(
            self, "neighbours", {port: tuple(dict.fromkeys(there)) for port, there in neighbours.items()}
        )
        faults = [*_names_twice(self), *_gone_astray(self)]
        if faults:
            raise ReadError(sorted(faults))

    def conditions(self) -> Iterator[Condition]:
        """Every condition that tells packets apart anywhere in it."""
        prefixes: dict[Prefix, None] = {}
        for box in self.boxes:
            for route in routes_of(box):
                prefixes[route.prefix] = None
            if box.ruleset is not None:
                yield from box.ruleset.conditions()
        yield from (destination_in([prefix]) for prefix in prefixes)
        seen: set[int] = set()
        for interface in self.interfaces.values():
            for filter_ in (*interface.incoming, *interface.outgoing):
                if id(filter_) not in seen:
                    seen.add(id(filter_))
                    yield from filter_.conditions()

    def outer_ports(self, zone: str = "") -> tuple[Port, ...]:
        """Interfaces at the edge: those of a zone, or all that have a zone or no link."""
        if zone:
            return tuple(port for port, each in self.interfaces.items() if each.zone == zone)
        return tuple(port for port, each in self.interfaces.items() if each.zone or port not in self.neighbours)

    def next_ports(self, box: str, hop: NextHop) -> tuple[Port, ...]:
        """The boxes that a next hop means; none where packets leave the network.

        Several may hold one address (anycast, or by mistake): then any of them is meant.
        """
        there = self.neighbours.get(Port(box, hop.interface), ())
        if hop.attached:
            return ()
        if hop.gateway is None:
            return there
        return tuple(port for port in there if hop.gateway in _own(self.interfaces[port]))

    def attached_boxes(self, box: str, hop: NextHop) -> Iterator[tuple[Address, Port]]:
        """Addresses of other boxes on a wire to whose hosts packets go directly."""
        if hop.attached:
            for port in self.neighbours.get(Port(box, hop.interface), ()):
                yield from ((address, port) for address in _own(self.interfaces[port]))


def routes_of(box: Box) -> Iterator[Route]:
    """Its routes, with those that its addresses make; the latter come before all others."""
    for interface in box.interfaces:
        for address in interface.addresses:
            host = type(address.network)((address.ip, address.max_prefixlen))
            place = interface.place or interface.name
            yield Route(prefix=host, local=True, metric=-2, place=place, text=f"local {address.ip}")
            hop = NextHop(interface=interface.name, attached=True)
            yield Route(
                prefix=address.network, hops=(hop,), metric=-1, place=place, text=f"connected {address.network}"
            )
    yield from box.routes


def table_of(box: Box) -> dict[Prefix, tuple[Route, ...]]:
    """The routes in force, by prefix: the best metric alone."""
    table: dict[Prefix, tuple[Route, ...]] = {}
    for route in routes_of(box):
        held = table.get(route.prefix, ())
        if not held or route.metric < held[0].metric:
            table[route.prefix] = (route,)
        elif route.metric == held[0].metric:
            table[route.prefix] = (*held, route)
    return table


def _own(interface: Interface) -> tuple[Address, ...]:
    return tuple(address.ip for address in interface.addresses)


def _names_twice(network: Network) -> Iterator[Fault]:
    for name, times in Counter(box.name for box in network.boxes).items():
        if times > 1:
            place = next(box.place for box in network.boxes if box.name == name)
            yield Fault(place=place, what=_("{times} boxes are called {name!r}").format(times=times, name=name))
    for box in network.boxes:
        for name, times in Counter(each.name for each in box.interfaces).items():
            if times > 1:
                what = _("{box}: {times} interfaces are called {name!r}")
                yield Fault(place=box.place, what=what.format(box=box.name, times=times, name=name))


def _gone_astray(network: Network) -> Iterator[Fault]:
    for link in network.links:
        for port in (link.a, link.b):
            if port not in network.interfaces:
                what = _("a link ends at {port}, which is no interface of the network")
                yield Fault(place=link.place, what=what.format(port=port), mend=_("name both ends as they are"))
    for box in network.boxes:
        for route in box.routes:
            for hop in route.hops:
                if Port(box.name, hop.interface) not in network.interfaces:
                    what = _("{box}: the route to {prefix} goes out at {interface!r}, which is no interface of it")
                    yield Fault(
                        place=route.place,
                        what=what.format(box=box.name, prefix=route.prefix, interface=hop.interface),
                        mend=_("name the interface as the box does"),
                    )
