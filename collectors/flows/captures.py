"""Files of export datagrams: pcap and pcapng captures, IPFIX files, and datagrams one after another.

A file is read once from its beginning and never as a whole; a length that cannot be ends it with a fault.

Sources: draft-ietf-opsawg-pcap (pcap), draft-ietf-opsawg-pcapng, tcpdump.org's link types, RFC 5655 (IPFIX files).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from collectors.flows.headers import UDP, Packet, read_ethernet, read_ip, read_typed
from collectors.flows.netflow5 import HEADER as HEADER5
from collectors.flows.netflow5 import RECORD as RECORD5
from qianyun.errors import Fault, ReadError
from qianyun.words import _

LARGEST_PACKET = 1 << 18
LARGEST_DATAGRAM = 1 << 16
PCAPNG = b"\x0a\x0d\x0d\x0a"
MAGIC = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}
ETHERNET, NULL, LOOP, COOKED, COOKED2 = 1, 0, 108, 113, 276
RAW = (12, 14, 101, 228, 229)
SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 3, 6
TSRESOL = 9
MOST_INTERFACES = 1024


class Datagram(NamedTuple):
    """One datagram of a file: when, from whom, and what."""

    at: float
    exporter: str
    octets: bytes


def read_datagrams(path: Path) -> Iterator[Datagram]:
    """The datagrams of a file.

    Raises:
        ReadError: It cannot be read, or is none of the forms above.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(0)
            if head == PCAPNG:
                yield from _udp(_pcapng(file, path.name))
            elif head in MAGIC:
                yield from _udp(_pcap(file, path.name))
            else:
                yield from _raw(file, path)
    except OSError as error:
        raise ReadError(Fault(place=str(path), what=_("cannot be read: {why}").format(why=error.strerror))) from error


def _udp(packets: "Iterator[tuple[float, Packet | None]]") -> Iterator[Datagram]:
    for at, packet in packets:
        if packet is not None and packet.protocol == UDP:
            yield Datagram(at, str(packet.source.address), packet.payload)


def _broken(name: str, at: int) -> ReadError:
    return ReadError(Fault(place=name, what=_("is broken from octet {at} on").format(at=at)))


def _pcap(file: IO[bytes], name: str) -> Iterator[tuple[float, Packet | None]]:
    head = file.read(24)
    if len(head) < 24:  # noqa: PLR2004 - the file's head
        raise _broken(name, 0)
    order, unit = MAGIC[head[:4]]
    link = struct.unpack(f"{order}I", head[20:24])[0] & 0xFFFF
    record = struct.Struct(f"{order}IIII")
    while len(row := file.read(record.size)) == record.size:
        seconds, fraction, size, _original = record.unpack(row)
        if size > LARGEST_PACKET:
            raise _broken(name, file.tell())
        octets = file.read(size)
        if len(octets) == size:  # else a capture that was cut off in its last packet
            yield seconds + fraction * unit, _linked(link, octets)


def _linked(link: int, octets: bytes) -> Packet | None:
    if link == ETHERNET:
        return read_ethernet(octets)
    if link in RAW:
        return read_ip(octets)
    if link in (NULL, LOOP):
        return read_ip(octets[4:])
    if link == COOKED:
        return read_typed(int.from_bytes(octets[14:16]), octets[16:])
    if link == COOKED2:
        return read_typed(int.from_bytes(octets[:2]), octets[20:])
    return None


@dataclass(slots=True)
class _Section:
    """A section of a pcapng file: its byte order, and link type and unit of time by interface."""

    order: str
    interfaces: list[tuple[int, float]]


def _pcapng(file: IO[bytes], name: str) -> Iterator[tuple[float, Packet | None]]:
    section = _Section("<", [])
    while len(head := file.read(8)) == 8:  # noqa: PLR2004 - kind and length
        begins = head[:4] == PCAPNG
        if begins:
            order = file.read(4)
            section = _Section("<" if order == b"\x4d\x3c\x2b\x1a" else ">", [])
        kind, length = struct.unpack(f"{section.order}II", head)
        rest = length - (16 if begins else 12)
        if rest < 0 or length % 4 or rest > LARGEST_PACKET:
            raise _broken(name, file.tell())
        body = file.read(rest)
        file.read(4)
        if len(body) < rest:
            return
        if kind == INTERFACE and len(body) >= 8 and len(section.interfaces) < MOST_INTERFACES:  # noqa: PLR2004 - its head
            link = struct.unpack_from(f"{section.order}H", body)[0]
            section.interfaces.append((link, _unit(body[8:], section.order)))
        elif kind == ENHANCED and len(body) >= 20:  # noqa: PLR2004 - its head
            yield from _enhanced(section, body)


def _unit(options: bytes, order: str) -> float:
    """The interface's unit of time, in seconds."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(f"{order}HH", options, at)
        if code == TSRESOL and length == 1 and at + 4 < len(options):
            value = options[at + 4]
            return float(2.0 ** -(value & 0x7F) if value & 0x80 else 10.0**-value)
        if code == 0:
            break
        at += 4 + length + -length % 4
    return 1e-6


def _enhanced(section: _Section, body: bytes) -> Iterator[tuple[float, Packet | None]]:
    number, high, low, size, _original = struct.unpack_from(f"{section.order}IIIII", body)
    if number < len(section.interfaces) and 20 + size <= len(body):
        link, unit = section.interfaces[number]
        yield ((high << 32) + low) * unit, _linked(link, body[20 : 20 + size])


def _raw(file: IO[bytes], path: Path) -> Iterator[Datagram]:
    """Datagrams one after another; each tells where it ends, but for sFlow, which stands alone in its file."""
    modified = path.stat().st_mtime
    octets, start = file.read(LARGEST_DATAGRAM), 0
    while octets:
        size = _size(octets)
        if not 0 < size <= len(octets):
            raise _broken(path.name, start)
        yield Datagram(_exported_at(octets, modified), path.name, octets[:size])
        start += size
        octets = octets[size:] + file.read(size)


def _size(octets: bytes) -> int:
    """How long the first datagram is; 0 for what cannot be one."""
    if len(octets) < 16:  # noqa: PLR2004 - the shortest head
        return 0
    version, count = int.from_bytes(octets[:2]), int.from_bytes(octets[2:4])
    if version == 5:  # noqa: PLR2004 - the protocols' own numbers
        return HEADER5.size + count * RECORD5.size
    if version == 10:  # noqa: PLR2004 - as above
        return count
    if version == 9:  # noqa: PLR2004 - as above
        return _size9(octets)
    return len(octets) if octets[:4] == b"\0\0\0\x05" else 0


def _size9(octets: bytes) -> int:
    """Version 9 does not tell its length: it ends where the next head begins, whose number no set may have."""
    at = 20
    while at + 4 <= len(octets):
        number, length = struct.unpack_from(">HH", octets, at)
        if 1 < number < 256 or length < 4:  # noqa: PLR2004 - sets are 0, 1 and from 256 on
            break
        at += length
    return at


def _exported_at(octets: bytes, otherwise: float) -> float:
    """When the exporter says that it sent the datagram."""
    version = int.from_bytes(octets[:2])
    if version not in (5, 9, 10):
        return otherwise
    return float(int.from_bytes(octets[4:8] if version == 10 else octets[8:12]))  # noqa: PLR2004 - as above
