"""`ends.yml` of an estate's folder: who stands behind addresses that no ledger has, and behind balancers."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from qianyun.estate.ends import LAST_PORT, Balancer, EndKind, Ends, NamedEnd
from qianyun.estate.facts import Address, SystemKey
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

NAME = "ends.yml"
KINDS = {str(kind): kind for kind in EndKind}


def load_ends(folder: Path) -> Ends:
    """Read what is said of ends; nothing where there is no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    path = folder / NAME
    if not path.is_file():
        return Ends()
    reading = Reading()
    root = reading.fields(load(path), (), ("ends", "balancers"))
    named = [end for node in reading.elements(root.get("ends")) if (end := _named(reading, node))]
    balancers = [each for node in reading.elements(root.get("balancers")) if (each := _balancer(reading, node))]
    if reading.faults:
        raise reading.refusal()
    return Ends(named=tuple(named), balancers=tuple(balancers))


def _named(reading: Reading, node: Node) -> NamedEnd | None:
    fields = reading.fields(node, ("addresses",), (*KINDS, "port"))
    said = [(kind, text) for word, kind in KINDS.items() if (text := reading.text(fields.get(word)))]
    networks = tuple(_networks(reading, fields.get("addresses")))
    port = _port(reading, fields.get("port"))
    if len(said) != 1:
        reading.fault(node, _("an end is one of {words}").format(words=", ".join(KINDS)))
        return None
    [(kind, name)] = said
    system = _system(reading, fields[str(kind)], name) if kind is EndKind.SYSTEM else None
    if not networks or (kind is EndKind.SYSTEM and system is None):
        return None
    return NamedEnd(networks=networks, kind=kind, name=name, port=port, system=system, source=node.place)


def _system(reading: Reading, node: Node, text: str) -> SystemKey | None:
    department, slash, name = text.partition("/")
    if not (department and slash and name):
        reading.fault(node, _("{value!r} is no system; write department/name").format(value=text))
        return None
    return SystemKey(department=department, name=name)


def _balancer(reading: Reading, node: Node) -> Balancer | None:
    fields = reading.fields(node, ("address", "members"), ("port", "protocol", "own"))
    address = _address(reading, fields.get("address"))
    members = tuple(_members(reading, fields.get("members")))
    own = tuple(each for one in reading.elements(fields.get("own")) if (each := _address(reading, one)))
    port = _port(reading, fields.get("port"))
    if address is None or not members:
        return None
    protocol = reading.text(fields.get("protocol")) or "tcp"
    return Balancer(address=address, port=port, protocol=protocol, members=members, own=own, source=node.place)


def _members(reading: Reading, node: Node | None) -> Iterator[tuple[Address, int]]:
    """`10.0.0.1`, `10.0.0.1:8443`, `2001:db8::1` or `[2001:db8::1]:8443`."""
    for each in reading.elements(node):
        text = reading.text(each)
        if text is None:
            continue
        host, colon, port = text.rpartition(":")
        has_port = bool(colon) and port.isdigit() and (host.endswith("]") or ":" not in host)
        number = int(port) if has_port else 0
        try:
            address = ip_address((host if has_port else text).strip("[]"))
        except ValueError:
            number = LAST_PORT + 1
        if number > LAST_PORT:
            reading.fault(
                each, _("{value!r} is no member; an address, or address:port, belongs here").format(value=text)
            )
            continue
        yield address, number


def _address(reading: Reading, node: Node | None) -> Address | None:
    text = reading.text(node)
    try:
        return None if text is None else ip_address(text)
    except ValueError:
        if node is not None:
            reading.fault(node, _("{value!r} is no address").format(value=text))
        return None


def _networks(reading: Reading, node: Node | None) -> Iterator[IPv4Network | IPv6Network]:
    for each in reading.elements(node):
        text = reading.text(each)
        try:
            if text is not None:
                yield ip_network(text)
        except ValueError:
            reading.fault(each, _("{value!r} is no network; an address or prefix belongs here").format(value=text))


def _port(reading: Reading, node: Node | None) -> int:
    port = reading.whole(node)
    if node is not None and port is not None and not 0 < port <= LAST_PORT:
        reading.fault(node, _("{value} is no port; ports are 1 to 65535").format(value=port))
    return port or 0
