"""NetBox's devices and virtual machines as hosts of the ledgers: its REST API's JSON, or its CSV.

JSON is what `/api/dcim/devices/` and `/api/virtualization/virtual-machines/` answer, one page or all; CSV has the
columns of the bulk import. A tenant is a department, a site a room. NetBox knows no business system: a custom field
names it, and what has none belongs to the one that the importer is told.

Source: NetBox 4, its OpenAPI schema (Device, VirtualMachine) and import forms.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_interface
from pathlib import Path

from qianyun.errors import FactError, Fault, ImportFileError
from qianyun.estate.facts import Address, Server
from qianyun.estate.kinds import ServerKind
from qianyun.words import _

Object = Mapping[str, object]
KINDS: tuple[tuple[ServerKind, tuple[str, ...]], ...] = (
    (ServerKind.SECURITY, ("firewall", "security", "ips", "waf", "防火墙", "安全")),
    (ServerKind.NETWORK, ("switch", "router", "balancer", "access", "network", "交换", "路由", "网络")),
    (ServerKind.STORAGE, ("storage", "nas", "san", "存储")),
)
"""By words of the role; everything else of metal is a server."""

POWER = ("ups", "pdu", "cooling", "sensor", "patch", "配线", "空调")
"""Roles of what is no host; it is left out."""

MIB_IN_GIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What stands for what NetBox does not say.

    Attributes:
        department: Of what has no tenant; empty for none.
        system: Of what names none.
        system_field: Custom field that names the system.
    """

    department: str = ""
    system: str
    system_field: str = "system"


def load_netbox(path: Path, defaults: Defaults) -> tuple[Server, ...]:
    """Hosts of one file, in its order.

    Raises:
        ImportFileError: It is no such file, or rows of it cannot be hosts; says all with their places.
    """
    rows = list(_rows(path))
    found: list[Server] = []
    faults: list[Fault] = []
    for number, row in rows:
        place = f"{path.name}:{number}"
        if any(word in _name(row, "role").casefold().split("-") for word in POWER):
            continue
        try:
            found.append(_server(row, place, defaults))
        except (ImportFileError, FactError) as error:
            faults += [Fault(place=place, what=fault.what, mend=fault.mend) for fault in error.faults]
    if faults:
        raise ImportFileError(faults)
    return tuple(found)


def _rows(path: Path) -> Iterator[tuple[int, Object]]:
    """Objects with their number (of the line, in CSV)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFileError(Fault(place=str(path), what=str(error))) from None
    if path.suffix.casefold() == ".csv":
        yield from enumerate(csv.DictReader(io.StringIO(text)), start=2)
        return
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(Fault(place=path.name, what=_("is no JSON: {why}").format(why=error))) from None
    listed = content.get("results") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        what = _("is neither a page of NetBox's API nor a list of its objects")
        raise ImportFileError(Fault(place=path.name, what=what))
    yield from enumerate(listed, start=1)


def _name(row: Object, key: str) -> str:
    """The name of what a field points to, in JSON and CSV alike."""
    value = row.get(key)
    if isinstance(value, dict):
        value = value.get("name") or value.get("model") or value.get("display")
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _server(row: Object, place: str, defaults: Defaults) -> Server:
    name = _name(row, "name")
    department = _name(row, "tenant") or defaults.department
    faults = []
    if not name:
        faults.append(Fault(place=place, what=_("it has no name")))
    if not department:
        mend = _("give it a tenant, or name whose it is with --department")
        faults.append(Fault(place=place, what=_("{name} has no tenant").format(name=name or "?"), mend=mend))
    addresses = tuple(_addresses(row, place, faults))
    if faults:
        raise ImportFileError(faults)
    kind = _kind(row)
    size = _number(row.get("memory"))
    return Server(
        department=department,
        system=_system(row, defaults),
        name=name,
        kind=kind,
        model=_model(row),
        serial=_name(row, "serial"),
        vcpu=None if (count := _number(row.get("vcpus"))) is None else int(count),
        memory_gib=None if size is None else size / MIB_IN_GIB,
        operating_system=_name(row, "platform"),
        addresses=addresses,
        room=_name(row, "site") or None,
    )


def _system(row: Object, defaults: Defaults) -> str:
    fields = row.get("custom_fields")
    named = fields.get(defaults.system_field) if isinstance(fields, dict) else row.get(f"cf_{defaults.system_field}")
    return str(named).strip() if isinstance(named, str) and named.strip() else defaults.system


def _kind(row: Object) -> ServerKind:
    if "vcpus" in row or ("device_type" not in row and "cluster" in row):
        return ServerKind.VIRTUAL
    role = _name(row, "role").casefold()
    return next((kind for kind, words in KINDS if any(word in role for word in words)), ServerKind.PHYSICAL)


def _model(row: Object) -> str:
    """The model with its maker before it."""
    of = row.get("device_type")
    maker = _name(of, "manufacturer") if isinstance(of, dict) else _name(row, "manufacturer")
    model = str(of.get("model") or "") if isinstance(of, dict) else _name(row, "device_type")
    return "" if model in ("", "unknown") else f"{maker} {model}".strip()


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except ArithmeticError:
        return None


def _addresses(row: Object, place: str, faults: list[Fault]) -> Iterator[Address]:
    for key in ("primary_ip4", "primary_ip6", "oob_ip"):
        value = row.get(key)
        text = value.get("address") if isinstance(value, dict) else value
        if not text:
            continue
        try:
            yield ip_interface(str(text)).ip
        except ValueError:
            faults.append(Fault(place=place, what=_("{key} {value!r} is no address").format(key=key, value=text)))
