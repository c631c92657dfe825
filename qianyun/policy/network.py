"""The declared network: segments, the nodes on them, and how each node learns its routes.

A segment takes its IPv6 prefix from the address plan, or names it where it is older than the
plan. Nobody types a router's configuration: `qianyun.compile` makes it from these facts, and from
nothing else.

Source: RFC 4861 and 4862 (router advertisements, SLAAC), RFC 2328 and 5340 (OSPF), RFC 4271 (BGP),
RFC 5798 (VRRP for both families), RFC 3704 (ingress filtering).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from qianyun.errors import Fault
from qianyun.policy.profile import Prefix
from qianyun.words import _

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface


class Ospf(StrEnum):
    """How a port takes part: with neighbours, by its prefixes alone, or not at all."""

    ACTIVE = "active"
    PASSIVE = "passive"
    NONE = "none"


class Advertised(StrEnum):
    """What routers tell the hosts of a segment: nothing, the way out alone, or prefixes to make addresses from."""

    NOTHING = "nothing"
    ROUTES = "routes"
    ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One wire that hosts and routers share.

    Attributes:
        prefixes: Those of the address plan come first.
        virtual: Addresses that a pair of routers holds by VRRP, of either family.
        leased: The pool of DHCPv6 where addresses are leased; `None` where they are not.
        source: `file:line` of the declaration.
    """

    name: str
    prefixes: tuple[Prefix, ...]
    virtual: tuple[Address, ...] = ()
    advertised: Advertised = Advertised.NOTHING
    leased: Prefix | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An interface of a node.

    Attributes:
        segment: The segment it is on; empty for a line to an operator.
        link: The line of the egress that it ends; empty inside.
    """

    interface: str
    segment: str = ""
    link: str = ""
    addresses: tuple[Interface, ...] = ()
    ospf: Ospf = Ospf.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A neighbour by BGP that is no operator: a department or another level of the extranet.

    Attributes:
        accepted: The prefixes it may announce, and nothing longer.
        sent: The prefixes announced to it.
    """

    name: str
    address: Address
    asn: int
    accepted: tuple[Prefix, ...] = ()
    sent: tuple[Prefix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A router or host of the network.

    Attributes:
        router_id: Of its routing daemons; `None` for a host, which routes nothing.
        asn: Its own number where it is not the network's.
        priority: In VRRP; the highest that is well holds the virtual addresses. 0: not one of a pair.
        source: `file:line` of the declaration.
    """

    name: str
    router_id: IPv4Address | None = None
    asn: int | None = None
    priority: int = 0
    ports: tuple[Port, ...] = ()
    peers: tuple[Peer, ...] = ()
    source: str = ""

    def port_on(self, segment: str) -> Port | None:
        """Its port on a segment."""
        return next((port for port in self.ports if port.segment == segment), None)


@dataclass(frozen=True, kw_only=True)
class Network:
    """Everything `network.yml` says.

    Attributes:
        asn: The number that operators know the network by.
        announced: What operators are told; they are told nothing longer.
        management: The interface over which nodes are managed, on all of them; empty where that is a declared port.
        digest: Of the files that it comes from.
        domain: Under which nodes have names; empty for no names.
        name_servers: Nodes that hold the names, and the reverse zones of the address plan.
        clocks: Nodes that serve time, the best first.
        upper_clocks: Where those take it from.
    """

    asn: int
    announced: tuple[Prefix, ...]
    segments: tuple[Segment, ...]
    nodes: tuple[Node, ...]
    management: str = ""
    digest: str = ""
    domain: str = ""
    name_servers: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    upper_clocks: tuple[str, ...] = ()

    @cached_property
    def segment(self) -> dict[str, Segment]:
        """Segments by name."""
        return {segment.name: segment for segment in self.segments}

    @cached_property
    def node(self) -> dict[str, Node]:
        """Nodes by name."""
        return {node.name: node for node in self.nodes}

    def addresses_of(self, names: Iterable[str]) -> tuple[Address, ...]:
        """Where nodes answer: the addresses of their last port, which looks inwards."""
        return tuple(address.ip for name in names for address in self.node[name].ports[-1].addresses)

    def pair_of(self, node: Node) -> tuple[Node, ...]:
        """The other nodes that share a virtual address with a node."""
        shared = {port.segment for port in node.ports if port.segment and self.segment[port.segment].virtual}
        return tuple(
            other
            for other in self.nodes
            if other is not node and other.priority and any(other.port_on(name) for name in shared)
        )


def faults_of_network(network: Network) -> tuple[Fault, ...]:
    """Every contradiction, in the order of the nodes."""
    held: dict[tuple[str, Address], str] = {}
    return tuple(fault for node in network.nodes for fault in _of_node(network, node, held))


def _of_node(network: Network, node: Node, held: dict[tuple[str, Address], str]) -> Iterator[Fault]:
    for port in node.ports:
        if not port.segment:
            continue
        if port.segment not in network.segment:
            what = _("{node} stands on segment {segment!r}, which is declared nowhere")
            known = _("declared are {names}").format(names=", ".join(network.segment))
            yield Fault(place=node.source, what=what.format(node=node.name, segment=port.segment), mend=known)
            continue
        yield from _of_port(node, port, network.segment[port.segment], held)
    if node.router_id is None and (node.peers or any(port.ospf is not Ospf.NONE for port in node.ports)):
        what = _("{node} takes part in routing and has no router_id").format(node=node.name)
        yield Fault(place=node.source, what=what)


def _of_port(node: Node, port: Port, segment: Segment, held: dict[tuple[str, Address], str]) -> Iterator[Fault]:
    for address in port.addresses:
        if address.network not in segment.prefixes:
            what = _("{node} holds {address} on {segment}, whose prefixes are {prefixes}")
            yield Fault(place=node.source, what=what.format(
                node=node.name, address=address, segment=segment.name, prefixes=_listed(segment.prefixes)))  # fmt: skip
        holder = held.setdefault((segment.name, address.ip), node.name)
        if holder != node.name or address.ip in segment.virtual:
            other = _("the pair") if address.ip in segment.virtual else holder
            what = _("{address} on {segment} is held by {holder} already")
            yield Fault(place=node.source, what=what.format(address=address.ip, segment=segment.name, holder=other))


def _listed(prefixes: Iterable[Prefix]) -> str:
    return ", ".join(map(str, prefixes)) or _("none")
