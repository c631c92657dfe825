"""`lab.yml` of an estate's folder: the hosts of its rehearsal, as they stand before anyone configures them."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import TypeVar

from qianyun.estate.topology import Host, Link, Route, Topology, faults_of
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

NAME = "lab.yml"
T = TypeVar("T")


def load_topology(path: Path) -> Topology:
    """Read a lab's networks and hosts, in the order of the file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    top = reading.fields(load(path), ("networks", "hosts"))
    networks = tuple(name for node in reading.elements(top.get("networks")) if (name := reading.text(node)))
    hosts = tuple(host for node in reading.elements(top.get("hosts")) if (host := _host(reading, node)))
    topology = Topology(networks=networks, hosts=hosts)
    reading.faults.extend(faults_of(topology))
    if reading.faults:
        raise reading.refusal()
    return topology


def _host(reading: Reading, node: Node) -> Host | None:
    keys = reading.fields(node, ("name",), ("links", "routes", "forwards", "groups", "files", "services"))
    name = reading.text(keys.get("name"))
    if not name:
        return None
    return Host(
        name=name,
        links=tuple(_links(reading, keys.get("links"))),
        routes=tuple(_routes(reading, keys.get("routes"))),
        forwards=bool(reading.flag(keys.get("forwards"))),
        groups=tuple(word for each in reading.elements(keys.get("groups")) if (word := reading.text(each))),
        files={path: reading.text(text) or "" for path, text in reading.entries(keys.get("files")).items()},
        services=tuple(word for each in reading.elements(keys.get("services")) if (word := reading.text(each))),
        source=node.place,
    )


def _links(reading: Reading, node: Node | None) -> Iterator[Link]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("network", "interface"), ("addresses",))
        network, interface = reading.text(keys.get("network")), reading.text(keys.get("interface"))
        wanted = _("an address with its prefix length, such as 10.1.0.1/24, belongs here")
        read = (_one(reading, one, ip_interface, wanted) for one in reading.elements(keys.get("addresses")))
        addresses = tuple(address for address in read if address is not None)
        if network and interface:
            yield Link(network=network, interface=interface, addresses=addresses)


def _routes(reading: Reading, node: Node | None) -> Iterator[Route]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("to", "via"))
        to = _one(reading, keys.get("to"), ip_network, _("a prefix, such as 0.0.0.0/0, belongs here"))
        via = _one(reading, keys.get("via"), ip_address, _("an address belongs here"))
        if to is not None and via is not None:
            yield Route(to=to, via=via)


def _one(reading: Reading, node: Node | None, read: Callable[[str], T], wanted: str) -> T | None:
    if node is None or (text := reading.text(node)) is None:
        return None
    try:
        return read(text)
    except ValueError:
        reading.fault(node, _("{value!r} does not fit").format(value=text), wanted)
        return None
