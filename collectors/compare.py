"""The declared ledgers beside what stands in the rooms: what is in one and not in the other, and what differs.

A server of a ledger and an observed device are one when they share an address, else when they share a
name. Only rooms that were asked are compared, so silence elsewhere says nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collectors.rules import Kind
from collectors.seen import Seen
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Room, Server
from qianyun.estate.targets import Target

MIB_IN_GIB = 1024
MEMORY_SLACK = 0.08
"""A kernel keeps some memory for itself before it counts."""

NUMBER = re.compile(r"\d+")
ARCHES = ("x86_64", "aarch64", "loongarch64", "sw64", "sw_64", "mips64")


class DifferenceKind(StrEnum):
    """How ledger and room differ."""

    NOT_IN_ROOM = "not_in_room"
    """The ledger has it, it was asked, and it did not answer."""
    NOT_ASKED = "not_asked"
    """The ledger has it in this room, the manifest does not name it."""
    NOT_IN_LEDGER = "not_in_ledger"
    """It answered, and no ledger has it."""
    OTHER_ADDRESS = "other_address"
    OTHER_NAME = "other_name"
    OTHER_ROOM = "other_room"
    OTHER_MODEL = "other_model"
    """The ledger names another model than the one that answers; of a room its UPS."""
    OTHER_SERIAL = "other_serial"
    OTHER_VERSION = "other_version"
    """Another version of the operating system or of the device's software."""
    OTHER_SYSTEM = "other_system"
    """Another operating system than the ledger says."""
    OTHER_ARCH = "other_arch"
    OTHER_VCPU = "other_vcpu"
    OTHER_MEMORY = "other_memory"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Difference:
    """One line to send back to a department.

    Attributes:
        department: Whose ledger it is; empty for what is in no ledger.
        name: The server's name in the ledger, else the target's.
        declared: What the ledger says; empty when it says nothing.
        observed: What was seen; empty when nothing was.
        subject: The observed device.
    """

    room: str
    department: str = ""
    system: str = ""
    name: str
    kind: DifferenceKind
    declared: str = ""
    observed: str = ""
    subject: str = ""


def compare(estate: Estate, seen: Sequence[Seen], asked: Iterable[Target]) -> tuple[Difference, ...]:
    """All differences in the rooms that were asked, by room, department and name.

    Args:
        estate: What the ledgers declare.
        seen: The devices as they were last seen.
        asked: The targets that were asked; what the ledgers have in their rooms besides is told as not asked.
    """
    targets = tuple(asked)
    rooms = {target.room for target in targets}
    names = {key for target in targets for key in (target.name, target.address)}
    present = [each for each in seen if each.room in rooms]
    pairs = matched(estate.servers, present)
    found: list[Difference] = []
    for position, server in enumerate(estate.servers):
        match = pairs.get(position)
        if match is not None:
            found += _differing(server, match)
        elif server.room in rooms:
            was_asked = not names.isdisjoint({server.name, *map(str, server.addresses)})
            kind = DifferenceKind.NOT_IN_ROOM if was_asked else DifferenceKind.NOT_ASKED
            found.append(_line(server, kind, ", ".join(map(str, server.addresses)), ""))
    power = _power(estate.rooms, present)
    found += [line for room, each in power for line in _differing_model(room, each)]
    known = {match.subject for match in pairs.values()} | {each.subject for _room, each in power}
    found += [_unknown(each) for each in present if each.subject not in known]
    return tuple(sorted(found))


def _power(rooms: Sequence[Room], seen: Sequence[Seen]) -> Sequence[tuple[Room, Seen]]:
    """The UPSs of rooms whose ledger names one."""
    named = {room.name: room for room in rooms if room.ups_model}
    return [(named[each.room], each) for each in seen if each.text("device.kind") == Kind.UPS and each.room in named]


def _differing_model(room: Room, seen: Seen) -> Iterator[Difference]:
    observed = seen.text("device.model")
    if observed and not _is_same_model(room.ups_model, observed):
        yield Difference(
            room=room.name,
            department=room.department,
            name=seen.target,
            kind=DifferenceKind.OTHER_MODEL,
            declared=room.ups_model,
            observed=f"{seen.text('device.vendor')} {seen.text('device.model')}",
            subject=seen.subject,
        )


def _is_same_model(declared: str, observed: str) -> bool:
    """Ledgers write a model with its maker, without, or shortened."""
    ours, theirs = _plain(declared), _plain(observed)
    return theirs in ours or ours in theirs


def _plain(model: str) -> str:
    return "".join(letter for letter in model.casefold() if letter.isalnum())


def matched(servers: Sequence[Server], seen: Sequence[Seen]) -> Mapping[int, Seen]:
    """Which server (by position) was seen as which device; addresses decide before names."""
    by_address = {address: each for each in seen for address in sorted(each.addresses)}
    by_name = {name: each for each in seen for name in (each.target, each.text("device.name")) if name}
    pairs: dict[int, Seen] = {}
    taken: set[str] = set()
    for keys, index in ((_addresses, by_address), (_names, by_name)):
        for position, server in enumerate(servers):
            match = next((index[key] for key in keys(server) if key in index), None)
            if match and position not in pairs and match.subject not in taken:
                pairs[position] = match
                taken.add(match.subject)
    return pairs


def _addresses(server: Server) -> Iterable[str]:
    return map(str, server.addresses)


def _names(server: Server) -> Iterable[str]:
    return (server.name,)


def _differing(server: Server, seen: Seen) -> Iterator[Difference]:
    addresses = sorted(map(str, server.addresses))
    if addresses and seen.addresses.isdisjoint(addresses):
        declared, observed = ", ".join(addresses), ", ".join(sorted(seen.addresses))
        yield _line(server, DifferenceKind.OTHER_ADDRESS, declared, observed, seen)
    name = seen.text("device.name") or seen.target
    if name.casefold().split(".")[0] != server.name.casefold().split(".")[0]:
        yield _line(server, DifferenceKind.OTHER_NAME, server.name, name, seen)
    if server.room and seen.room and server.room != seen.room:
        yield _line(server, DifferenceKind.OTHER_ROOM, server.room, seen.room, seen)
    system = seen.text("device.version")
    if server.operating_system and system and not _same_system(server.operating_system, seen):
        declared = f"{server.operating_system} {server.operating_system_version}".strip()
        yield _line(server, DifferenceKind.OTHER_SYSTEM, declared, system, seen)
    yield from _differing_label(server, seen)
    yield from _differing_size(server, seen)


def _differing_label(server: Server, seen: Seen) -> Iterator[Difference]:
    """What stands on the box and which software runs on it; what either side does not say is no difference."""
    model, serial, version = (seen.text(f"device.{name}") for name in ("model", "serial", "version"))
    if server.model and model and not _is_same_model(server.model, model):
        observed = f"{seen.text('device.vendor')} {model}".strip()
        yield _line(server, DifferenceKind.OTHER_MODEL, server.model, observed, seen)
    if server.serial and serial and _plain(server.serial) != _plain(serial):
        yield _line(server, DifferenceKind.OTHER_SERIAL, server.serial, serial, seen)
    declared = server.operating_system_version
    if declared and version and not is_same_version(declared, version):
        yield _line(server, DifferenceKind.OTHER_VERSION, declared, version, seen)


def is_same_version(declared: str, observed: str) -> bool:
    """Whether the numbers of one stand in those of the other: 7 is 7.9.2009, V200R019 is 5.170 (V200R019C10)."""
    ours, theirs = (tuple(map(int, NUMBER.findall(text))) for text in (declared, observed))
    return _holds(theirs, ours) or _holds(ours, theirs)


def _holds(longer: tuple[int, ...], part: tuple[int, ...]) -> bool:
    return any(longer[begin : begin + len(part)] == part for begin in range(len(longer) - len(part) + 1))


def _same_system(declared: str, seen: Seen) -> bool:
    told = f"{seen.text('device.family')} {seen.text('device.version')}".casefold()
    return declared.casefold().split()[0] in told


def _differing_size(server: Server, seen: Seen) -> Iterator[Difference]:
    arch = next((word for word in ARCHES if word in seen.text("device.kernel")), "")
    if server.cpu_arch and arch and server.cpu_arch != arch.replace("sw_64", "sw64"):
        yield _line(server, DifferenceKind.OTHER_ARCH, str(server.cpu_arch), arch, seen)
    count = seen.attributes.get("cpu.count")
    if server.vcpu is not None and isinstance(count, int) and server.vcpu != count:
        yield _line(server, DifferenceKind.OTHER_VCPU, str(server.vcpu), str(count), seen)
    memory_mib = seen.attributes.get("memory.mib")
    if server.memory_gib is not None and isinstance(memory_mib, int):
        memory_gib = memory_mib / MIB_IN_GIB
        if (
            not float(server.memory_gib) * (1 - MEMORY_SLACK)
            <= memory_gib
            <= float(server.memory_gib) * (1 + MEMORY_SLACK)
        ):
            observed = f"{memory_gib:.1f} GiB"
            yield _line(server, DifferenceKind.OTHER_MEMORY, f"{server.memory_gib} GiB", observed, seen)


def _line(server: Server, kind: DifferenceKind, declared: str, observed: str, seen: Seen | None = None) -> Difference:
    return Difference(
        room=server.room or (seen.room if seen else ""),
        department=server.department,
        system=server.system,
        name=server.name,
        kind=kind,
        declared=declared,
        observed=observed,
        subject=seen.subject if seen else "",
    )


def _unknown(seen: Seen) -> Difference:
    words = [seen.text(name) for name in ("device.vendor", "device.model", "device.address")]
    return Difference(
        room=seen.room,
        name=seen.target,
        kind=DifferenceKind.NOT_IN_LEDGER,
        observed=" ".join(word for word in words if word),
        subject=seen.subject,
    )
