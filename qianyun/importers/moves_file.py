"""`moves.yml` of an estate's folder: what moves with each system, from which host to which."""

import re
from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address, ip_interface
from pathlib import Path

from qianyun.estate.facts import SystemKey
from qianyun.estate.moving import Addresses, DnsRecord, Interface, Move, Moves, Part, PartKind, Reached, Service
from qianyun.importers.policy_words import once, unknown
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.model import Policy
from qianyun.words import _

NAME = "moves.yml"
SHORT = re.compile(r"[a-z][a-z0-9_]{0,30}")
CLUSTER = re.compile(r"[0-9]+/[a-z0-9_-]+")
PLACE = re.compile(r"(/[A-Za-z0-9._-]+)+")
PORTS = range(1, 1 << 16)
OF_KIND: Mapping[PartKind, tuple[str, ...]] = {
    PartKind.FILES: ("path", "owner"),
    PartKind.POSTGRESQL: ("cluster", "databases"),
    PartKind.DUMP: ("write", "read", "tell"),
}
"""What a part of each kind says beside its name and its hosts."""


def load_moves(folder: Path, policy: Policy) -> Moves:
    """Read what moves and on which hosts, in the order of the file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    top = reading.fields(load(folder / NAME), ("hosts", "moves"))
    hosts = tuple(host for node in reading.elements(top.get("hosts")) if (host := _reached(reading, node)))
    moves = tuple(_move(reading, node, policy) for node in reading.elements(top.get("moves")))
    if not reading.faults:
        once(reading, top.get("moves"), _("move"))
        once(reading, top.get("hosts"), _("host"))
    for node, move in zip(reading.elements(top.get("moves")), moves, strict=True):
        _hosts_known(reading, node, move, {host.name for host in hosts})
    if reading.faults:
        raise reading.refusal()
    return Moves(moves=moves, hosts=hosts)


def _reached(reading: Reading, node: Node) -> Reached | None:
    keys = reading.fields(node, ("name", "address"), ("user", "port"))
    name, text = reading.text(keys.get("name")), reading.text(keys.get("address"))
    if not (name and text):
        return None
    try:
        address = ip_address(text)
    except ValueError:
        reading.fault(keys["address"], _("{text!r} is no address").format(text=text))
        return None
    return Reached(
        name=name, address=address, user=reading.text(keys.get("user")) or "root", port=_port(reading, keys.get("port"))
    )


def _port(reading: Reading, node: Node | None) -> int:
    port = reading.whole(node)
    if node is not None and port is not None and port not in PORTS:
        reading.fault(node, _("{port} is no port; ports are 1 to 65535").format(port=port))
    return port or 22


def _hosts_known(reading: Reading, node: Node, move: Move, known: Collection[str]) -> None:
    for host in move.hosts():
        if host and host not in known:
            unknown(reading, node, _("host"), host, known)


def _move(reading: Reading, node: Node, policy: Policy) -> Move:
    wanted = ("name", "system", "downtime_s", "parts", "service", "leaves", "takes", "record")
    keys = reading.fields(node, wanted, ("old_flows", "new_flows", "disks"))
    department, _slash, system = (reading.text(keys.get("system")) or "").partition("/")
    return Move(
        name=_fits(reading, keys.get("name"), SHORT, _("a-z, 0-9 and underscores, such as permits")),
        system=SystemKey(department=department, name=system),
        downtime_s=reading.whole(keys.get("downtime_s")) or 0,
        parts=tuple(_part(reading, each) for each in reading.elements(keys.get("parts"))),
        service=_service(reading, keys.get("service")),
        leaves=_addresses(reading, keys.get("leaves")),
        takes=_addresses(reading, keys.get("takes")),
        record=_record(reading, keys.get("record")),
        old_flows=tuple(_flows(reading, keys.get("old_flows"), policy.flow_by_name, is_needed=False)),
        new_flows=tuple(_flows(reading, keys.get("new_flows"), policy.flow_by_name, is_needed=True)),
        disks=tuple(_fits(reading, each, PLACE, _("an absolute path")) for each in reading.elements(keys.get("disks"))),
        source=node.place,
    )


def _part(reading: Reading, node: Node) -> Part:
    kind = reading.word(node.at("kind"), PartKind) if isinstance(node.value, dict) and "kind" in node.value else None
    keys = reading.fields(node, ("name", "kind", "from", "to", *(OF_KIND[kind] if kind else ())))
    return Part(
        name=_fits(reading, keys.get("name"), SHORT, _("a-z, 0-9 and underscores, such as permits")),
        kind=kind or PartKind.DUMP,
        source=reading.text(keys.get("from")) or "",
        target=reading.text(keys.get("to")) or "",
        path=_fits(reading, keys.get("path"), PLACE, _("an absolute path")),
        owner=reading.text(keys.get("owner")) or "",
        cluster=_fits(reading, keys.get("cluster"), CLUSTER, _("version and name, such as 15/main")),
        databases=tuple(reading.text(each) or "" for each in reading.elements(keys.get("databases"))),
        write=reading.text(keys.get("write")) or "",
        read=reading.text(keys.get("read")) or "",
        tell=reading.text(keys.get("tell")) or "",
    )


def _service(reading: Reading, node: Node | None) -> Service:
    keys = reading.fields(node, ("unit", "from", "to", "port", "path"), ("callers",)) if node else {}
    return Service(
        unit=reading.text(keys.get("unit")) or "",
        source=reading.text(keys.get("from")) or "",
        target=reading.text(keys.get("to")) or "",
        port=_port(reading, keys.get("port")),
        path=reading.text(keys.get("path")) or "",
        callers=tuple(reading.text(each) or "" for each in reading.elements(keys.get("callers"))),
    )


def _addresses(reading: Reading, node: Node | None) -> Addresses:
    keys = reading.fields(node, ("host", "interface", "addresses")) if node else {}
    return Addresses(
        host=reading.text(keys.get("host")) or "",
        interface=reading.text(keys.get("interface")) or "",
        addresses=tuple(_interfaces(reading, keys.get("addresses"))),
    )


def _interfaces(reading: Reading, node: Node | None) -> Iterator[Interface]:
    for each in reading.elements(node):
        text = reading.text(each) or ""
        try:
            yield ip_interface(text)
        except ValueError:
            reading.fault(each, _("{value!r} does not fit").format(value=text), _("an address with its prefix length"))


def _record(reading: Reading, node: Node | None) -> DnsRecord:
    keys = reading.fields(node, ("server", "name", "zone", "ttl_s")) if node else {}
    name, zone = reading.text(keys.get("name")) or "", reading.text(keys.get("zone")) or ""
    if name and zone and not name.endswith(f".{zone}"):
        reading.fault(keys["name"], _("{name!r} does not lie in the zone {zone!r}").format(name=name, zone=zone))
    return DnsRecord(
        server=reading.text(keys.get("server")) or "", name=name, zone=zone, ttl_s=reading.whole(keys.get("ttl_s")) or 0
    )


def _flows(reading: Reading, node: Node | None, known: Collection[str], *, is_needed: bool) -> Iterator[str]:
    """Old flows may have left the matrix already: that is what a finished move wants."""
    for each in reading.elements(node):
        name = reading.text(each) or ""
        if is_needed and name and name not in known:
            unknown(reading, each, _("flow"), name, known)
        yield name


def _fits(reading: Reading, node: Node | None, pattern: "re.Pattern[str]", wanted: str) -> str:
    text = reading.text(node) or ""
    if node is not None and text and not pattern.fullmatch(text):
        reading.fault(node, _("{value!r} does not fit").format(value=text), wanted)
    return text
