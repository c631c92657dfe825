"""`network.yml` of an estate's folder: segments, nodes and their routing."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_interface, ip_network
from pathlib import Path
from typing import TypeVar

from qianyun.importers.address_file import load_addresses
from qianyun.importers.egress_file import load_egress
from qianyun.importers.policy_file import digest
from qianyun.importers.policy_words import once, unknown
from qianyun.importers.yaml_places import Node as Read
from qianyun.importers.yaml_places import Reading, load
from qianyun.policy.addresses import AddressDeclaration, Plan, Subnet
from qianyun.policy.egress import Egress
from qianyun.policy.model import Policy
from qianyun.policy.network import Advertised, Network, Node, Ospf, Peer, Port, Segment, faults_of_network
from qianyun.words import _

NAME = "network.yml"
READ = (NAME, "egress.yml", "addresses.yml", "zones.yml", "profile.yml")
"""What a node's configuration comes from, and so its digest."""
ASNS = range(1, 1 << 32)
PRIORITIES = range(1, 255)
T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)


def load_network(folder: Path, addresses: AddressDeclaration, egress: Egress) -> Network:
    """Read the network of an estate.

    Args:
        folder: The estate's folder.
        addresses: Its address plan, which gives segments their prefixes.
        egress: Its egress, whose lines end on nodes.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = _Network(addresses, egress)
    trees = {name: load(folder / name) for name in READ if (folder / name).exists()}
    network = reading.network(load(folder / NAME), digest(trees))
    if network is not None and not reading.faults:
        reading.faults.extend(faults_of_network(network))
    if network is None or reading.faults:
        raise reading.refusal()
    return network


def load_whole_network(folder: Path, policy: Policy) -> tuple[Network, Egress, Plan] | None:
    """The network of an estate with what it leans on; `None` where the estate declares none.

    Raises:
        DeclarationError: Says all faults of the first faulty file with their lines.
    """
    if not (folder / NAME).exists():
        return None
    addresses, egress = load_addresses(folder, policy), load_egress(folder, policy)
    return load_network(folder, addresses, egress), egress, Plan(addresses)


class _Network(Reading):
    """One file in reading, with what its names lead to."""

    def __init__(self, addresses: AddressDeclaration, egress: Egress) -> None:
        super().__init__()
        self._links = [link.name for link in egress.links]
        self._subnets = {(s.site.name, s.zone, s.number): s for s in Plan(addresses).subnets()}

    def network(self, root: Read, declared: str) -> Network | None:
        top = self.fields(
            root,
            ("asn", "announced", "segments", "nodes"),
            ("management", "domain", "name_servers", "clocks", "upper_clocks"),
        )
        for key in ("segments", "nodes"):
            if all("name" in self.entries(each) for each in self.elements(top.get(key))):
                once(self, top.get(key), _("segment") if key == "segments" else _("node"))
        nodes = tuple(self._nodes(top.get("nodes")))
        names = [node.name for node in nodes]
        for each in (*self.elements(top.get("clocks")), *self.elements(top.get("name_servers"))):
            if (name := self.text(each)) and name not in names:
                unknown(self, each, _("node"), name, names)
        asn = self._number(top.get("asn"), ASNS)
        network = Network(
            asn=asn or 0,
            digest=declared,
            announced=tuple(self._many(top.get("announced"), ip_network, _prefix_wanted())),
            segments=tuple(self._segments(top.get("segments"))),
            nodes=nodes,
            management=self.text(top.get("management")) or "",
            domain=self.text(top.get("domain")) or "",
            name_servers=self._texts(top.get("name_servers")),
            clocks=self._texts(top.get("clocks")),
            upper_clocks=self._texts(top.get("upper_clocks")),
        )
        return None if self.faults else network

    def _texts(self, node: Read | None) -> tuple[str, ...]:
        return tuple(text for each in self.elements(node) if (text := self.text(each)))

    def _segments(self, node: Read | None) -> Iterator[Segment]:
        for each in self.elements(node):
            keys = self.fields(each, ("name",), ("prefixes", "planned", "virtual", "advertised", "leased"))
            planned = self._planned(keys.get("planned"))
            written = tuple(self._many(keys.get("prefixes"), ip_network, _prefix_wanted()))
            if not (written or {"prefixes", "planned"} & keys.keys()):
                self.fault(each, _("lacks {key!r}").format(key="prefixes"))
            yield Segment(
                name=self.text(keys.get("name")) or "",
                prefixes=(*([planned.prefix] if planned else []), *written),
                virtual=tuple(self._many(keys.get("virtual"), ip_address, _("an address belongs here"))),
                advertised=self._word(keys.get("advertised"), Advertised) or Advertised.NOTHING,
                leased=self._one(keys.get("leased"), ip_network, _prefix_wanted()),
                source=each.place,
            )

    def _planned(self, node: Read | None) -> Subnet | None:
        """The subnet of the address plan that a segment is."""
        if node is None:
            return None
        keys = self.fields(node, ("site", "zone", "subnet"))
        site, zone, number = (self.text(keys.get("site")), self.text(keys.get("zone")), self.whole(keys.get("subnet")))
        found = self._subnets.get((site or "", zone or "", number if number is not None else -1))
        if found is None:
            sites = sorted({name for name, _zone, _number in self._subnets})
            what = _("the address plan gives {site!r} no subnet {number} in zone {zone!r}")
            known = _("its sites are {names}").format(names=", ".join(sites))
            self.fault(node, what.format(site=site, number=number, zone=zone), known)
        return found

    def _nodes(self, node: Read | None) -> Iterator[Node]:
        for each in self.elements(node):
            keys = self.fields(each, ("name", "ports"), ("router_id", "asn", "priority", "peers"))
            yield Node(
                name=self.text(keys.get("name")) or "",
                router_id=self._one(keys.get("router_id"), IPv4Address, _("an IPv4 address belongs here")),
                asn=self._number(keys.get("asn"), ASNS),
                priority=self._number(keys.get("priority"), PRIORITIES) or 0,
                ports=tuple(self._ports(keys.get("ports"))),
                peers=tuple(self._peers(keys.get("peers"))),
                source=each.place,
            )

    def _ports(self, node: Read | None) -> Iterator[Port]:
        for each in self.elements(node):
            keys = self.fields(each, ("interface",), ("segment", "link", "addresses", "ospf"))
            link = self.text(keys.get("link")) or ""
            if link and link not in self._links:
                unknown(self, keys["link"], _("link"), link, self._links)
            if ("segment" in keys) == ("link" in keys):
                self.fault(each, _("a port is either on a segment or ends a link of the egress"))
            yield Port(
                interface=self.text(keys.get("interface")) or "",
                segment=self.text(keys.get("segment")) or "",
                link=link,
                addresses=tuple(self._many(keys.get("addresses"), ip_interface, _interface_wanted())),
                ospf=self._word(keys.get("ospf"), Ospf) or Ospf.NONE,
            )

    def _word(self, node: Read | None, kind: type[W]) -> W | None:
        return self._one(node, kind, _("one of {words}").format(words=", ".join(kind)))

    def _peers(self, node: Read | None) -> Iterator[Peer]:
        for each in self.elements(node):
            keys = self.fields(each, ("name", "address", "asn"), ("accepted", "sent"))
            address = self._one(keys.get("address"), ip_address, _("an address belongs here"))
            asn = self._number(keys.get("asn"), ASNS)
            if address is not None and asn is not None:
                yield Peer(
                    name=self.text(keys.get("name")) or "",
                    address=address,
                    asn=asn,
                    accepted=tuple(self._many(keys.get("accepted"), ip_network, _prefix_wanted())),
                    sent=tuple(self._many(keys.get("sent"), ip_network, _prefix_wanted())),
                )

    def _number(self, node: Read | None, among: range) -> int | None:
        number = self.whole(node)
        if node is None or number is None or number in among:
            return number
        wanted = _("{first} to {last} belong here").format(first=among[0], last=among[-1])
        self.fault(node, _("{value!r} does not fit").format(value=number), wanted)
        return None

    def _many(self, node: Read | None, read: Callable[[str], T], wanted: str) -> Iterator[T]:
        for each in self.elements(node):
            if (one := self._one(each, read, wanted)) is not None:
                yield one

    def _one(self, node: Read | None, read: Callable[[str], T], wanted: str) -> T | None:
        if node is None or (text := self.text(node)) is None:
            return None
        try:
            return read(text)
        except ValueError:
            self.fault(node, _("{value!r} does not fit").format(value=text), wanted)
            return None


def _prefix_wanted() -> str:
    return _("a prefix, such as 0.0.0.0/0, belongs here")


def _interface_wanted() -> str:
    return _("an address with its prefix length, such as 10.1.0.1/24, belongs here")
