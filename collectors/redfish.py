"""Ask a server's management controller over Redfish: chassis, system, power, parts, ports; iDRAC, iLO, iBMC, XCC.

Only what DMTF's schemas name is read, so one reader serves every maker; the maker is told from what the system
and the service say of themselves. The device is known by its chassis' serial number, as over SNMP, so that a
controller that is asked both ways is one device.

Source: DMTF DSP0266 (the protocol), DSP2046 (schemas ComputerSystem, Chassis, Manager, Power, PowerSupply,
Memory, EthernetInterface, Processor).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collectors.https import Asking, Document, NonsenseError, Seen
from collectors.observing import SHORTEST_SERIAL
from collectors.rules import MEANINGLESS, Kind

ROOT = "/redfish/v1"
MAKERS: Mapping[str, str] = {
    "dell": "Dell",
    "hpe": "HPE",
    "hp": "HPE",
    "hewlett": "HPE",
    "huawei": "Huawei",
    "xfusion": "xFusion",
    "lenovo": "Lenovo",
    "inspur": "Inspur",
    "supermicro": "Supermicro",
    "h3c": "H3C",
    "ibm": "IBM",
    "sugon": "Sugon",
    "zte": "ZTE",
    "kunlun": "Huawei",
}
"""First words by which makers are known, in small letters."""

FAMILIES: Mapping[str, str] = {"Dell": "idrac", "HPE": "ilo", "Huawei": "ibmc", "xFusion": "ibmc", "Lenovo": "xcc"}
MOST_MEMBERS = 64
ETHERNET = 6
"""IANAifType, as over SNMP."""

PARTS = ("Processors", "Memory", "EthernetInterfaces")


def ask(asking: Asking) -> Sequence[Seen]:
    """Everything of one controller; several systems in one enclosure are several devices."""
    service, digest = asking.get(f"{ROOT}/")
    if not _text(service, "RedfishVersion"):
        raise NonsenseError(f"{ROOT}/")
    managers = list(_members(asking, service, "Managers"))
    boxes = list(_members(asking, service, "Chassis"))
    found: list[Seen] = []
    systems = list(_members(asking, service, "Systems"))
    shared = boxes if len(systems) == 1 else ()
    for path, system, raw in systems:
        maker = _maker(system, service)
        subject = _subject(maker, system, shared, managers, asking.target.address)
        about = _identity(asking, service, system, managers, maker)
        rest = (*_parts(asking, system), *_power(asking, system, boxes), *_own_ports(asking, managers))
        every = ((path, raw, about), *rest)
        found += [Seen(subject=subject, source=where, raw_sha256=sha, values=values) for where, sha, values in every]
    if not found:
        raise NonsenseError(f"{ROOT}/Systems ({digest[:8]})")
    return found


Found = Iterator[tuple[str, str, list[tuple[str, Any]]]]
Resource = tuple[str, Document, str]


def _members(asking: Asking, owner: Document, name: str) -> Iterator[Resource]:
    """Path, content and digest of a collection's members; links that lead elsewhere are not followed."""
    path = _link(owner.get(name))
    if not path:
        return
    collection, _digest = asking.get(path)
    listed = collection.get("Members")
    for each in (listed if isinstance(listed, list) else [])[:MOST_MEMBERS]:
        if where := _link(each):
            content, digest = asking.get(where)
            if content:
                yield where, content, digest


def _link(value: object) -> str:
    """The path of a link; empty where it is none, or leads out of the service."""
    path = value.get("@odata.id") if isinstance(value, dict) else None
    if not isinstance(path, str) or not path.startswith("/redfish/") or not path.isascii() or not path.isprintable():
        return ""
    return "" if " " in path else path


def _text(content: Document, *names: str) -> str:
    """A text by the first of these names that has one; what says that it does not know is none."""
    for name in names:
        value = content.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            text = " ".join(str(value).split())
            if text and not MEANINGLESS.fullmatch(text):
                return text
    return ""


def _inner(content: Document, name: str) -> Document:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _number(content: Document, name: str) -> int | float | None:
    value = content.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _maker(system: Document, service: Document) -> str:
    said = _text(system, "Manufacturer") or _text(service, "Vendor") or next(iter(_inner(service, "Oem")), "")
    first = said.casefold().split()[0].strip(",.") if said else ""
    return next((name for word, name in MAKERS.items() if first.startswith(word)), said)


def _serial(maker: str, system: Document) -> str:
    """What is printed on the chassis; Dell keeps its service tag apart from the board's number."""
    return _text(system, *(("SKU", "SerialNumber") if maker == "Dell" else ("SerialNumber",)))


def _subject(
    maker: str, system: Document, boxes: Sequence[Resource], managers: Sequence[Resource], address: str
) -> str:
    """The system's serial, else that of a chassis which is its alone, else its UUID, else the controller's."""
    serials = [_serial(maker, system), *(_text(box, "SerialNumber") for _path, box, _raw in boxes)]
    for serial in serials:
        if len(serial) >= SHORTEST_SERIAL:
            return f"serial:{maker}/{serial}"
    for content in (system, *(manager for _path, manager, _raw in managers)):
        if uuid := _text(content, "UUID"):
            return f"uuid:{uuid.lower()}"
    return f"address:{address}"


def _identity(
    asking: Asking, service: Document, system: Document, managers: Sequence[Resource], maker: str
) -> list[tuple[str, Any]]:
    manager: Document = managers[0][1] if managers else {}
    target = asking.target
    processors, memory = _inner(system, "ProcessorSummary"), _inner(system, "MemorySummary")
    gib = _number(memory, "TotalSystemMemoryGiB")
    return [
        ("device.target", target.name),
        ("device.room", target.room),
        ("device.address", target.address),
        ("device.vendor", maker),
        ("device.family", FAMILIES.get(maker, "redfish")),
        ("device.kind", str(Kind.BMC)),
        ("device.model", _text(system, "Model")),
        ("device.version", _text(manager, "FirmwareVersion") or _text(service, "RedfishVersion")),
        ("device.serial", _serial(maker, system)),
        ("device.name", _text(system, "HostName")),
        ("device.uuid", _text(system, "UUID").lower()),
        ("device.firmware.bios", _text(system, "BiosVersion")),
        ("device.controller", _text(manager, "Model")),
        ("power.state", _text(system, "PowerState")),
        ("device.health", _text(_inner(system, "Status"), "HealthRollup", "Health")),
        ("cpu.sockets", _number(processors, "Count")),
        ("cpu.model", _text(processors, "Model")),
        ("memory.mib", None if gib is None else round(gib * 1024)),
    ]


def _parts(asking: Asking, system: Document) -> Found:
    """Processors, memory modules and ports of a system, each as what ENTITY-MIB calls a part or a port."""
    for name in PARTS:
        for path, content, digest in _members(asking, system, name):
            if _text(_inner(content, "Status"), "State") == "Absent":
                continue
            value = [_port(content)] if name == "EthernetInterfaces" else [_part(path, content)]
            yield path, digest, value


def _part(path: str, content: Document) -> tuple[str, Any]:
    row = (
        _text(content, "Name"),
        _text(content, "ProcessorType", "MemoryDeviceType", "@odata.type").rpartition(".")[2],
        _text(content, "DeviceLocator", "Socket", "MemberId", "Id"),
        _text(content, "FirmwareVersion"),
        _text(content, "SerialNumber"),
        _text(content, "Model", "PartNumber"),
        _text(content, "Manufacturer"),
    )
    return f"part.{path.removeprefix(ROOT + '/')}", row


def _port(content: Document, owner: str = "") -> tuple[str, Any]:
    name = _text(content, "Id", "Name")
    mac = _text(content, "MACAddress", "PermanentMACAddress").lower()
    speed = _number(content, "SpeedMbps")
    state = {"LinkUp": "up", "LinkDown": "down", "NoLink": "down"}.get(_text(content, "LinkStatus"), "")
    enabled = content.get("InterfaceEnabled")
    row = (name, _text(content, "Name"), "", ETHERNET, _number(content, "MTUSize"), speed, mac)
    return f"interface.{owner}{name}", (*row, enabled if isinstance(enabled, bool) else None, state)


def _power(asking: Asking, system: Document, boxes: Sequence[Resource]) -> Found:
    """Supplies of the system's own enclosures, and what these draw, by the older schema or the newer."""
    links = _inner(system, "Links").get("Chassis")
    own = {_link(each) for each in links} if isinstance(links, list) else set()
    for path, box, _raw in boxes:
        if own and path not in own:
            continue
        if where := _link(box.get("Power")):
            content, digest = asking.get(where)
            supplies = content.get("PowerSupplies")
            for number, each in enumerate(supplies if isinstance(supplies, list) else []):
                if isinstance(each, dict):
                    yield where, digest, [_part(f"{where}/{_text(each, 'MemberId') or number}", each)]
            control = content.get("PowerControl")
            drawn = control[0] if isinstance(control, list) and control and isinstance(control[0], dict) else {}
            yield where, digest, [("power.consumed_w", _number(drawn, "PowerConsumedWatts"))]
        elif where := _link(box.get("PowerSubsystem")):
            content, _digest = asking.get(where)
            for path_of_one, each, digest in _members(asking, content, "PowerSupplies"):
                yield path_of_one, digest, [_part(path_of_one, each)]


def _own_ports(asking: Asking, managers: Sequence[Resource]) -> Found:
    """Ports and addresses of the controller itself."""
    for _path, manager, _raw in managers:
        for path, content, digest in _members(asking, manager, "EthernetInterfaces"):
            owner = f"bmc-{_text(manager, 'Id')}-"
            values = [_port(content, owner)]
            for family, prefix in (("IPv4Addresses", "SubnetMask"), ("IPv6Addresses", "PrefixLength")):
                listed = content.get(family)
                rows = [each for each in (listed if isinstance(listed, list) else []) if isinstance(each, dict)]
                values += [
                    (f"address.{address}", (_prefix(_text(row, prefix)), _text(content, "Id")))
                    for row in rows
                    if (address := _text(row, "Address"))
                ]
            yield path, digest, values


def _prefix(text: str) -> int | None:
    """The length of a prefix, from a mask or a number."""
    if text.isdigit():
        return int(text)
    try:
        return sum(int(part).bit_count() for part in text.split(".")) if text.count(".") == 3 else None  # noqa: PLR2004 - four bytes
    except ValueError:
        return None
