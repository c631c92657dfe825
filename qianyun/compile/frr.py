"""A router's whole configuration for FRR: addresses, OSPF for both families, BGP to operators and departments, BFD.

- Every neighbour, of either family, is watched by BFD: three packets, 0.3 s apart.
- Operators are told the declared aggregates and the halves of them that the holder of the virtual addresses adds; of
  what they tell, only the default route is taken. The lower of a pair makes its way look longer.
- A department by BGP may announce its declared prefixes and nothing longer, at most as many as are declared.
- A default route is told inside only by who has one from an operator.

Source: docs.frrouting.org (8.4); RFC 7454 sections 6 and 7 (filtering), RFC 5882 (BFD), RFC 5549 is not used.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network

from qianyun.compile.node_filter import advertisers, is_advertiser
from qianyun.policy.egress import Egress, EgressLink
from qianyun.policy.network import Network, Node, Ospf, Peer, Port
from qianyun.policy.profile import Prefix

DAEMONS = ("bgpd", "ospfd", "ospf6d", "bfdd")
DETECT, INTERVAL_MS = 3, 300
DEFAULTS = {4: "0.0.0.0/0", 6: "::/0"}
FAMILIES = {4: "ipv4", 6: "ipv6"}
IP = {4: "ip", 6: "ipv6"}
LAST_RESORT = 254
LONGER_BY = 3


def daemons(node: Node) -> str:
    """`/etc/frr/daemons`: which of them run."""
    ospf = {version for port in _ospf_ports(node) for version in _versions(port)}
    wanted = {
        "bgpd": bool(node.peers) or any(port.link for port in node.ports),
        "ospfd": 4 in ospf,  # noqa: PLR2004
        "ospf6d": 6 in ospf,  # noqa: PLR2004
        "bfdd": True,
    }
    listed = [f"{name}={'yes' if wanted[name] else 'no'}" for name in DAEMONS]
    options = [f'{name}_options="-A {"::1" if name == "ospf6d" else "127.0.0.1"}"' for name in (*DAEMONS, "staticd")]
    return "\n".join([*listed, "vtysh_enable=yes", 'zebra_options="-A 127.0.0.1 -s 90000000"', *options]) + "\n"


def configuration(network: Network, egress: Egress, node: Node) -> str:
    """`/etc/frr/frr.conf` of a router."""
    return "\n".join(_Router(network, egress, node).lines()) + "\n"


def _ospf_ports(node: Node) -> list[Port]:
    return [port for port in node.ports if port.ospf is not Ospf.NONE]


def _versions(port: Port) -> list[int]:
    return sorted({address.version for address in port.addresses})


class _Router:
    """One text in the making."""

    def __init__(self, network: Network, egress: Egress, node: Node) -> None:
        self._network, self._egress, self._node = network, egress, node
        self._lines = {port.link: port for port in node.ports if port.link}
        self._links = [link for link in egress.links if link.name in self._lines and link.asn]
        self._asn = node.asn or network.asn

    def lines(self) -> Iterator[str]:
        yield "frr defaults traditional"
        yield f"hostname {self._node.name}"
        yield "log syslog informational"
        yield "!"
        if self._links:
            yield from self._aggregates()
        for port in self._node.ports:
            yield from self._port(port)
        yield from self._lists()
        if self._links or self._node.peers:
            yield from self._bgp()
        yield from self._ospf()
        yield "bfd"
        yield " profile fast"
        yield f"  detect-multiplier {DETECT}"
        yield f"  receive-interval {INTERVAL_MS}"
        yield f"  transmit-interval {INTERVAL_MS}"
        yield " exit"
        yield "exit"

    def _aggregates(self) -> Iterator[str]:
        """What is announced leads nowhere by itself, so that it stands whatever its parts do."""
        for prefix in self._network.announced:
            yield f"{IP[prefix.version]} route {prefix} blackhole {LAST_RESORT}"
        yield "!"

    def _port(self, port: Port) -> Iterator[str]:
        yield f"interface {port.interface}"
        for address in port.addresses:
            yield f" {IP[address.version]} address {address}"
        if port.segment and is_advertiser(self._network, self._node, port.segment) and not self._shared(port):
            yield from (f" ipv6 address {each}/64" for each in advertisers(self._network, port.segment))
        if port.ospf is not Ospf.NONE:
            for version in _versions(port):
                yield from self._ospf_of(version, is_passive=port.ospf is Ospf.PASSIVE)
        yield "exit"
        yield "!"

    def _shared(self, port: Port) -> bool:
        """Whether a pair holds the addresses that hosts of the segment are told."""
        return bool(self._network.segment[port.segment].virtual)

    @staticmethod
    def _ospf_of(version: int, *, is_passive: bool) -> Iterator[str]:
        word = " ip ospf" if version == 4 else " ipv6 ospf6"  # noqa: PLR2004
        yield f"{word} area 0"
        if is_passive:
            yield f"{word} passive"
        else:
            yield f"{word} bfd"
            yield f"{word} bfd profile fast"
            yield f"{word} dead-interval 5"
            yield f"{word} hello-interval 1"

    def _lists(self) -> Iterator[str]:
        if self._links:
            for version in FAMILIES:
                announced = [prefix for prefix in self._network.announced if prefix.version == version]
                both = [each for prefix in announced for each in (prefix, *halves(prefix))]
                yield from _list(version, "announced", both)
                yield from _list(version, "default", [DEFAULTS[version]])
            yield from self._longer()
        for peer in self._node.peers:
            yield from _list(peer.address.version, f"from-{peer.name}", peer.accepted)
            yield from _list(peer.address.version, f"to-{peer.name}", peer.sent)

    def _longer(self) -> Iterator[str]:
        """How the way over this router looks to operators: longer, if another one of the pair goes before."""
        is_second = any(other.priority > self._node.priority for other in self._network.pair_of(self._node))
        for version in FAMILIES:
            yield f"route-map announced{version} permit 10"
            yield f" match {IP[version]} address prefix-list announced"
            if is_second:
                yield f" set as-path prepend {' '.join([str(self._asn)] * LONGER_BY)}"
            yield "exit"
            yield "!"

    def _bgp(self) -> Iterator[str]:
        yield f"router bgp {self._asn}"
        yield f" bgp router-id {self._node.router_id}"
        yield " no bgp default ipv4-unicast"
        yield " timers bgp 3 9"
        for link in self._links:
            for address in link.peers:
                yield from _neighbor(str(address), link.asn or 0)
        for peer in self._node.peers:
            yield from _neighbor(str(peer.address), peer.asn)
        yield " !"
        for version, family in FAMILIES.items():
            lines = [*self._family(version)]
            if lines:
                yield f" address-family {family} unicast"
                yield from lines
                yield " exit-address-family"
                yield " !"
        yield "exit"
        yield "!"

    def _family(self, version: int) -> Iterator[str]:
        if self._links:
            for prefix in self._network.announced:
                if prefix.version == version:
                    yield from (f"  network {each}" for each in (prefix, *halves(prefix)))
        peers = [peer for peer in self._node.peers if peer.address.version == version]
        for prefix in self._own(peers):
            yield f"  network {prefix}"
        for link in self._links:
            yield from _operator(link, version)
        for peer in peers:
            yield from _department(peer, version)

    def _own(self, peers: Iterable[Peer]) -> list[Prefix]:
        """What is sent to peers and lies on a port: the rest is learned, or is the default."""
        held = {address.network for port in self._node.ports for address in port.addresses}
        return [prefix for peer in peers for prefix in peer.sent if prefix in held]

    def _ospf(self) -> Iterator[str]:
        versions = {version for port in _ospf_ports(self._node) for version in _versions(port)}
        for version in sorted(versions):
            word = "ospf" if version == 4 else "ospf6"  # noqa: PLR2004
            yield f"router {word}"
            yield f" {word} router-id {self._node.router_id}"
            if self._links:
                behind = sum(other.priority > self._node.priority for other in self._network.pair_of(self._node))
                yield f" default-information originate metric {10 * (1 + behind)}"
            if any(peer.address.version == version for peer in self._node.peers):
                yield " redistribute bgp"
            yield "exit"
            yield "!"


def halves(prefix: Prefix) -> list[Prefix]:
    """The two parts that only the holder of the virtual addresses announces; operators prefer the longer prefix."""
    return [*prefix.subnets()] if prefix.prefixlen < prefix.max_prefixlen else []


def _list(version: int, name: str, prefixes: Iterable[IPv4Network | IPv6Network | str]) -> Iterator[str]:
    for number, prefix in enumerate(prefixes, 1):
        yield f"{IP[version]} prefix-list {name} seq {number * 5} permit {prefix}"
    yield "!"


def _neighbor(address: str, asn: int) -> Iterator[str]:
    yield f" neighbor {address} remote-as {asn}"
    yield f" neighbor {address} bfd"
    yield f" neighbor {address} bfd profile fast"


def _operator(link: EgressLink, version: int) -> Iterator[str]:
    for address in link.peers:
        if address.version == version:
            yield f"  neighbor {address} activate"
            yield f"  neighbor {address} prefix-list default in"
            yield f"  neighbor {address} route-map announced{version} out"
            yield f"  neighbor {address} maximum-prefix 10"


def _department(peer: Peer, version: int) -> Iterator[str]:
    yield f"  neighbor {peer.address} activate"
    if DEFAULTS[version] in map(str, peer.sent):
        yield f"  neighbor {peer.address} default-originate"
    yield f"  neighbor {peer.address} prefix-list from-{peer.name} in"
    yield f"  neighbor {peer.address} prefix-list to-{peer.name} out"
    yield f"  neighbor {peer.address} maximum-prefix {len(peer.accepted) + 1}"
