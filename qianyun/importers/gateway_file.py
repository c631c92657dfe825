"""`qianyun.yml` of an estate's folder: Ansible's inventory, the gateways and how they are reached."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from qianyun.estate.facts import Address
from qianyun.importers.policy_words import once, unknown
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.gateways import Gateway
from qianyun.policy.model import Policy
from qianyun.words import _

HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
PORTS = range(1, 1 << 16)


def load_gateways(path: Path, policy: Policy) -> tuple[Gateway, ...]:
    """Read the gateways of an inventory file, in its order.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    top = reading.fields(load(path), ("plugin", "gateways"), ("store",))
    gateways = tuple(_gateways(reading, top.get("gateways"), policy))
    if reading.faults:
        raise reading.refusal()
    return gateways


def load_store(path: Path) -> str:
    """URL of the store whose servers an inventory file lists; empty where it names none.

    A path of SQLite is read from the file's own folder.
    """
    named = load(path).at("store").value
    if not isinstance(named, str):
        return ""
    kind, _colon, place = named.partition(":///")
    return f"sqlite:///{(path.parent / place).resolve()}" if kind == "sqlite" else named


def _gateways(reading: Reading, node: Node | None, policy: Policy) -> Iterator[Gateway]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("name", "zones", "address"), ("user", "port"))
        if "name" not in keys:
            continue
        yield Gateway(
            name=_name(reading, keys["name"]),
            zones=tuple(_zones(reading, keys.get("zones"), policy)),
            address=_address(reading, keys.get("address")),
            user=reading.text(keys.get("user")) or "root",
            port=_port(reading, keys.get("port")),
            source=each.place,
        )
    if node is not None and not reading.faults:
        once(reading, node, _("gateway"))


def _name(reading: Reading, node: Node) -> str:
    name = reading.text(node) or ""
    if name and not HOST.fullmatch(name):
        reading.fault(node, _("{name!r} is no host name; use a-z, 0-9 and hyphens").format(name=name))
    return name


def _zones(reading: Reading, node: Node | None, policy: Policy) -> Iterator[str]:
    elements = reading.elements(node)
    if node is not None and len(elements) < 2:  # noqa: PLR2004 - a border has two sides
        reading.fault(node, _("a gateway stands between two zones at least"))
    for each in elements:
        name = reading.text(each) or ""
        if name and name not in policy.zone_by_name:
            unknown(reading, each, _("zone"), name, policy.zone_by_name)
        yield name


def _address(reading: Reading, node: Node | None) -> Address:
    text = reading.text(node) or "::"
    try:
        return ip_address(text)
    except ValueError:
        if node is not None:
            reading.fault(node, _("{text!r} is no address").format(text=text))
        return ip_address("::")


def _port(reading: Reading, node: Node | None) -> int:
    port = reading.whole(node)
    if node is not None and port is not None and port not in PORTS:
        reading.fault(node, _("{port} is no port; ports are 1 to 65535").format(port=port))
    return port or 22
