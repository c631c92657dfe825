"""Recordings of devices: one line a varbind, `OID|type|value`, as SNMP simulators write them.

The type is the value's tag in decimal, `x` after it where the value is in hexadecimal. Lines that
differ from that (variation modules, comments) are left out. A recording is a device's whole
answer in the order of its names.
"""

import binascii
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from collectors.ber import (
    COUNTER64,
    END_OF_VIEW,
    IP_ADDRESS,
    NO_SUCH_INSTANCE,
    NULL,
    NUMBERS,
    OBJECT,
    OCTETS,
    OPAQUE,
    UNSIGNED,
    Oid,
    Varbind,
    encode_oid,
    parse_oid,
)

KNOWN = NUMBERS | {OCTETS, NULL, OBJECT, IP_ADDRESS, OPAQUE}


@dataclass(frozen=True, slots=True)
class Recording:
    """A device's answers, in the order of their names."""

    names: tuple[Oid, ...]
    varbinds: tuple[Varbind, ...]

    @classmethod
    def of(cls, entries: Iterable[tuple[Oid, Varbind]]) -> "Recording":
        """Sort entries; the first of a name that occurs twice stays."""
        first: dict[Oid, Varbind] = {}
        for oid, varbind in entries:
            first.setdefault(oid, varbind)
        order = sorted(first)
        return cls(tuple(order), tuple(first[oid] for oid in order))

    def get(self, oid: Oid) -> Varbind | None:
        """The varbind of exactly this name."""
        position = bisect_right(self.names, oid) - 1
        return self.varbinds[position] if position >= 0 and self.names[position] == oid else None

    def after(self, oid: Oid) -> Varbind | None:
        """The varbind that follows a name; `None` at the end."""
        position = bisect_right(self.names, oid)
        return self.varbinds[position] if position < len(self.names) else None

    def following(self, oid: Oid, count: int) -> list[Varbind]:
        """At most `count` varbinds that follow a name, then the end of the view, as GETBULK answers."""
        position = bisect_right(self.names, oid)
        found = list(self.varbinds[position : position + count])
        if len(found) < count:
            last = found[-1].oid if found else encode_oid(oid)
            found.append(Varbind(last, END_OF_VIEW, b""))
        return found


def load(path: Path) -> Recording:
    """Read a recording."""
    found = (_varbind(line) for line in path.read_text(encoding="latin-1").split("\n"))
    return Recording.of(entry for entry in found if entry)


def _varbind(line: str) -> tuple[Oid, Varbind] | None:
    parts = line.rstrip("\r").split("|", 2)
    if len(parts) != 3:  # noqa: PLR2004 - name, type, value
        return None
    name, kind, value = parts
    try:
        oid = parse_oid(name)
        tag = int(kind.rstrip("x"))
        if tag not in KNOWN or len(oid) < 2:  # noqa: PLR2004 - BER folds the first two arcs into one
            return None
        return oid, Varbind(encode_oid(oid), tag, _content(tag, value, is_hex=kind.endswith("x")))
    except (ValueError, OverflowError, binascii.Error, AddressValueError):
        return None


def _content(tag: int, value: str, *, is_hex: bool) -> bytes:
    """Content bytes of a value written as text."""
    if tag in NUMBERS:
        number = int(value)
        if tag in UNSIGNED:
            number %= 1 << (64 if tag == COUNTER64 else 32)
        return number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, signed=True)
    if tag == OBJECT:
        return encode_oid(parse_oid(value))
    if tag == IP_ADDRESS:
        return binascii.unhexlify(value) if is_hex else IPv4Address(value).packed
    if tag == NULL:
        return b""
    return binascii.unhexlify(value.strip()) if is_hex else value.encode("latin-1")


class Replay:
    """An asker that answers from a recording at once, without a network.

    Attributes:
        asked: Every name that a walk began from, and every scalar, in order.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.asked: list[Oid] = []

    async def get(self, names: Sequence[Oid], timeout_s: float) -> list[Varbind]:  # noqa: ARG002 - the protocol's
        """The values of exactly these names."""
        self.asked += names
        return [self._recording.get(name) or Varbind(encode_oid(name), NO_SUCH_INSTANCE, b"") for name in names]

    async def bulk(self, after: Oid, repetitions: int, timeout_s: float) -> list[Varbind]:  # noqa: ARG002 - the protocol's
        """At most `repetitions` values that follow a name."""
        self.asked.append(after)
        return self._recording.following(after, repetitions)
