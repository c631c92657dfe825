"""What was seen in the rooms, in the form that NetBox's own bulk import reads: one CSV a kind of object.

The files are numbered in the order in which they are imported, since each names what those before it brought. A
device is called by its target's name, which the manifest keeps unique; a room is a site, its department the tenant.

Source: NetBox 4, the import forms of its apps tenancy, dcim and ipam (fields, keys by name, slugs).
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address

from collectors.rules import Kind
from collectors.seen import Seen
from qianyun.estate.estate import Estate

Row = Mapping[str, str]
FILES: Mapping[str, tuple[str, ...]] = {
    "1-tenants": ("name", "slug"),
    "2-sites": ("name", "slug", "status", "tenant", "physical_address"),
    "3-manufacturers": ("name", "slug"),
    "4-device-roles": ("name", "slug", "color", "vm_role"),
    "5-device-types": ("manufacturer", "model", "slug"),
    "6-devices": (
        "name", "role", "tenant", "manufacturer", "device_type", "serial", "status", "site", "description", "comments"
    ),
    "7-interfaces": ("device", "name", "type", "enabled", "mtu", "description"),
    "8-mac-addresses": ("mac_address", "device", "interface"),
    "9-ip-addresses": ("address", "status", "device", "interface", "is_primary"),
}  # fmt: skip
"""Name to its columns, as the forms call them."""

UNKNOWN = "unknown"
GREY = "9e9e9e"
SPEEDS: Mapping[int, str] = {
    100: "100base-tx",
    1000: "1000base-t",
    10_000: "10gbase-x-sfpp",
    25_000: "25gbase-x-sfp28",
    40_000: "40gbase-x-qsfpp",
    100_000: "100gbase-x-qsfp28",
}
ETHERNET, AGGREGATE, MADE = 6, 161, {1, 24, 53, 131, 135, 136}
"""IANAifType: ports, bundles, and what is no port but made of software."""

LONGEST_NAME, LONGEST_SLUG, LONGEST_SERIAL, LONGEST_WORDS = 64, 90, 50, 200
MOST_MTU = 65536
FEW_OCTETS_IN_SLUG = 8


def netbox_files(seen: Sequence[Seen], estate: Estate) -> Mapping[str, str]:
    """CSV text by file name.

    Args:
        seen: Devices as they were last seen; what has no target or room is left out.
        estate: Whose rooms have departments and addresses.
    """
    devices = sorted((each for each in seen if each.target and each.room), key=lambda each: each.target)
    owners = {room.name: room for room in estate.rooms}
    rooms = sorted({each.room for each in devices})
    tenants = sorted({owners[name].department for name in rooms if name in owners})
    models = sorted({(_maker(each), _model(each)) for each in devices})
    rows: Mapping[str, Iterable[Row]] = {
        "1-tenants": ({"name": name, "slug": slug(name)} for name in tenants),
        "2-sites": (
            {
                "name": name,
                "slug": slug(name),
                "status": "active",
                "tenant": owners[name].department if name in owners else "",
                "physical_address": owners[name].address if name in owners else "",
            }
            for name in rooms
        ),
        "3-manufacturers": ({"name": name, "slug": slug(name)} for name in sorted({maker for maker, _ in models})),
        "4-device-roles": (
            {"name": kind, "slug": slug(kind), "color": GREY, "vm_role": "false"}
            for kind in sorted({_role(each) for each in devices})
        ),
        "5-device-types": (
            {"manufacturer": maker, "model": model, "slug": slug(f"{maker} {model}")} for maker, model in models
        ),
        "6-devices": (_device(each, owners[each.room].department if each.room in owners else "") for each in devices),
        "7-interfaces": (row for each in devices for row in _interfaces(each)),
        "8-mac-addresses": (row for each in devices for row in _macs(each)),
        "9-ip-addresses": _addresses(devices),
    }
    return {f"{name}.csv": _csv(columns, rows[name]) for name, columns in FILES.items()}


def slug(name: str) -> str:
    """What NetBox takes in a URL: letters of ASCII, digits, hyphens; a digest stands for what these cannot tell."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if name.isascii() and plain and len(plain) <= LONGEST_SLUG:
        return plain
    digest = hashlib.sha256(name.encode()).hexdigest()[:FEW_OCTETS_IN_SLUG]
    return f"{plain[:LONGEST_SLUG]}-{digest}".lstrip("-")


def _maker(each: Seen) -> str:
    return each.text("device.vendor") or UNKNOWN


def _model(each: Seen) -> str:
    return each.text("device.model")[:100] or UNKNOWN


def _role(each: Seen) -> str:
    return each.text("device.kind") or str(Kind.OTHER)


def _device(each: Seen, tenant: str) -> Row:
    version = " ".join(filter(None, (each.text("device.family"), each.text("device.version"))))
    return {
        "name": each.target[:LONGEST_NAME],
        "role": _role(each),
        "tenant": tenant,
        "manufacturer": _maker(each),
        "device_type": _model(each),
        "serial": each.text("device.serial")[:LONGEST_SERIAL],
        "status": "active",
        "site": each.room,
        "description": each.text("device.name")[:LONGEST_WORDS],
        "comments": version,
    }


def _ports(each: Seen) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Ports by name, each name once, as NetBox wants it."""
    found: dict[str, tuple[object, ...]] = {}
    for attribute, row in each.attributes.items():
        if attribute.startswith("interface.") and isinstance(row, tuple) and len(row) == len(PORT) and row[0]:
            found.setdefault(str(row[0])[:LONGEST_NAME], row)
    yield from sorted(found.items())


PORT = ("name", "description", "alias", "kind", "mtu", "speed_mbps", "mac", "is_enabled", "state")
"""What an `interface` observation holds."""


def _interfaces(each: Seen) -> Iterator[Row]:
    for name, row in _ports(each):
        port = dict(zip(PORT, row, strict=True))
        mtu = port["mtu"]
        yield {
            "device": each.target[:LONGEST_NAME],
            "name": name,
            "type": _type(port["kind"], port["speed_mbps"]),
            "enabled": "false" if port["is_enabled"] is False else "true",
            "mtu": str(mtu) if isinstance(mtu, int) and 0 < mtu <= MOST_MTU else "",
            "description": str(port["alias"] or port["description"] or "")[:LONGEST_WORDS],
        }


def _type(kind: object, speed_mbps: object) -> str:
    if kind == AGGREGATE:
        return "lag"
    if kind in MADE:
        return "virtual"
    return SPEEDS.get(speed_mbps, "other") if isinstance(speed_mbps, int) else "other"


def _macs(each: Seen) -> Iterator[Row]:
    for name, row in _ports(each):
        if mac := row[PORT.index("mac")]:
            yield {"mac_address": str(mac).upper(), "device": each.target[:LONGEST_NAME], "interface": name}


def _addresses(devices: Sequence[Seen]) -> Iterator[Row]:
    """Addresses with the port they stand on, each once; the one that was asked is a device's primary."""
    told: set[str] = set()
    for each in devices:
        ports = {name for name, _row in _ports(each)}
        numbers = {
            attribute.removeprefix("interface."): str(row[0])[:LONGEST_NAME]
            for attribute, row in each.attributes.items()
            if attribute.startswith("interface.") and isinstance(row, tuple) and row
        }
        for attribute, value in sorted(each.attributes.items()):
            if not attribute.startswith("address.") or not isinstance(value, tuple):
                continue
            text, (prefix, where) = attribute.removeprefix("address."), value
            address = ip_address(text.partition("%")[0])
            if address.is_loopback or address.is_link_local or text in told:
                continue
            told.add(text)
            port = str(where) if str(where) in ports else numbers.get(str(where), "")
            is_primary = bool(port) and text == each.text("device.address")
            yield {
                "address": f"{address}/{address.max_prefixlen if prefix is None else prefix}",
                "status": "active",
                "device": each.target[:LONGEST_NAME] if port else "",
                "interface": port,
                "is_primary": "true" if is_primary else "",
            }


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """As NetBox reads it, and not as a spreadsheet: nothing is put before a sign."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
