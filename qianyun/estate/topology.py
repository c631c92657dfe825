"""Which hosts a lab has, what they are plugged into, and what is laid out before anyone configures them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from qianyun.errors import Fault
from qianyun.words import _

MANAGEMENT = IPv4Network("10.255.0.0/16")
"""The bridge that carries SSH from the controller and nothing else; hosts hold it as `mgmt0`."""

LONGEST_INTERFACE = 15
"""Linux keeps 16 bytes for an interface's name, the last of them zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cable from a host to a network.

    Attributes:
        interface: Its name on the host.
        addresses: What the host holds there before anyone configures it.
    """

    network: str
    interface: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A static route; `to` is `0.0.0.0/0` or `::/0` for the default."""

    to: IPv4Network | IPv6Network
    via: IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host of a lab.

    Attributes:
        forwards: Whether it hands packets on between its links, for IPv4 and IPv6.
        groups: Further groups of Ansible that it belongs to.
        files: Files that it has, by their absolute paths.
        services: Units of systemd that it starts at boot, without `.service`.
        source: `file:line` of the declaration.
    """

    name: str
    links: tuple[Link, ...] = ()
    routes: tuple[Route, ...] = ()
    forwards: bool = False
    groups: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Networks and hosts, in the order of the declaration."""

    networks: tuple[str, ...]
    hosts: tuple[Host, ...]

    def management(self, name: str) -> IPv4Address:
        """Where a host answers the controller; by its place in the declaration, from 10.255.0.2 on."""
        return MANAGEMENT[2 + [host.name for host in self.hosts].index(name)]


def faults_of(topology: Topology) -> tuple[Fault, ...]:
    """Everything that keeps a topology from being built, in the order of its hosts."""
    return (*_twice(topology.hosts), *(fault for host in topology.hosts for fault in _of_host(host, topology)))


def _twice(hosts: Iterable[Host]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    held: dict[object, str] = {}
    for host in hosts:
        if host.name in first:
            what = _("the host {name!r} is named before ({place})").format(name=host.name, place=first[host.name])
            yield Fault(place=host.source, what=what)
        first.setdefault(host.name, host.source)
        for link in host.links:
            for address in link.addresses:
                holder = held.setdefault((link.network, address.ip), host.name)
                if holder != host.name:
                    what = _("{address} on {network} is held by {holder} already").format(
                        address=address.ip, network=link.network, holder=holder
                    )
                    yield Fault(place=host.source, what=what)


def _of_host(host: Host, topology: Topology) -> Iterator[Fault]:
    for path in host.files:
        if not path.startswith("/") or ".." in path.split("/"):
            what = _("{path!r} is no absolute path of a file").format(path=path)
            yield Fault(place=host.source, what=what)
    for link in host.links:
        if link.network not in topology.networks:
            what = _("{host} is plugged into {network!r}, which is no network of this lab")
            known = _("declared are {names}").format(names=", ".join(topology.networks))
            yield Fault(place=host.source, what=what.format(host=host.name, network=link.network), mend=known)
        if not 0 < len(link.interface) <= LONGEST_INTERFACE:
            what = _("{interface!r} is no name of an interface; up to {most} characters fit")
            yield Fault(place=host.source, what=what.format(interface=link.interface, most=LONGEST_INTERFACE))
    reached = [address.network for link in host.links for address in link.addresses]
    for route in host.routes:
        if not any(route.via in network for network in reached if network.version == route.via.version):
            what = _("the route to {to} leads over {via}, which none of the links of {host} reaches")
            yield Fault(place=host.source, what=what.format(to=route.to, via=route.via, host=host.name))
