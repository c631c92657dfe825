"""SNMP messages, v2c and v3: what goes out and what comes in.

What comes in is trusted in nothing: bytes that are no message, or none for us, raise `MalformedError`.

Source: RFC 3416 (PDUs), RFC 3412 section 6 and RFC 3414 section 2.4 (v3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from collectors.ber import (
    GET,
    GET_BULK,
    INTEGER,
    OBJECT,
    OCTETS,
    SEQUENCE,
    MalformedError,
    Varbind,
    decode_integer,
    encode_integer,
    expect,
    frame,
    open_frame,
    read_varbinds,
)
from collectors.usm import SALT_BYTES, Keys

V2C, V3 = b"\x02\x01\x01", b"\x02\x01\x03"
NULL_VALUE = b"\x05\x00"
ZERO = b"\x02\x01\x00"
USM_MODEL = b"\x02\x01\x03"
LARGEST_MESSAGE = encode_integer(65507)
AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
SALT_FRAME = 2 + SALT_BYTES


class Pdu(NamedTuple):
    """A request, an answer, or a report.

    Attributes:
        status: Error status; the non-repeaters of a GETBULK.
        extra: Error index; the repetitions of a GETBULK.
    """

    tag: int
    request: int
    status: int
    extra: int
    varbinds: list[Varbind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An authoritative engine as it told of itself.

    Attributes:
        boots: How often it was started.
        seconds: Since its last start.
    """

    id: bytes
    boots: int = 0
    seconds: int = 0


class Secured(NamedTuple):
    """A v3 message, opened as far as needs no key.

    Attributes:
        digest: Begin and end of the digest in the message.
        data: Begin and end of the scoped PDU, or of its encryption.
    """

    message: int
    flags: int
    engine: Engine
    user: bytes
    digest: tuple[int, int]
    salt: bytes
    data: tuple[int, int]


def request_pdu(request: int, names: Sequence[bytes], repetitions: int) -> bytes:
    """A GET, or a GETBULK where repetitions are given."""
    asked = b"".join(frame(SEQUENCE, frame(OBJECT, name) + NULL_VALUE) for name in names)
    numbers = encode_integer(request) + ZERO + (encode_integer(repetitions) if repetitions else ZERO)
    return frame(GET_BULK if repetitions else GET, numbers + frame(SEQUENCE, asked))


def write_v2c(community: bytes, pdu: bytes) -> bytes:
    """A v2c message."""
    return frame(SEQUENCE, V2C + frame(OCTETS, community) + pdu)


def read_v2c(message: bytes) -> Pdu:
    """The PDU of a v2c message."""
    begin, end = expect(message, 0, len(message), SEQUENCE)
    if message[begin : begin + 3] != V2C:
        raise MalformedError("the version is not v2c")
    _community, stop = expect(message, begin + 3, end, OCTETS)
    return read_pdu(message, stop, end)


def read_pdu(octets: bytes, at: int, end: int) -> Pdu:
    """The PDU that begins at `at`."""
    tag, begin, stop = open_frame(octets, at, end)
    numbers = []
    for _number in range(3):
        number, begin = expect(octets, begin, stop, INTEGER)
        numbers.append(decode_integer(octets[number:begin]))
    first, last = expect(octets, begin, stop, SEQUENCE)
    request, status, extra = numbers
    return Pdu(tag, request, status, extra, read_varbinds(octets, first, last))


def write_discovery(message: int) -> bytes:
    """A message that every engine answers with its id, boots and time (RFC 3414 section 4)."""
    scoped = frame(SEQUENCE, frame(OCTETS, b"") * 2 + request_pdu(message, (), 0))
    security = frame(SEQUENCE, frame(OCTETS, b"") + ZERO * 2 + frame(OCTETS, b"") * 3)
    return frame(SEQUENCE, V3 + _header(message, REPORTABLE) + frame(OCTETS, security) + scoped)


def write_v3(message: int, pdu: bytes, engine: Engine, user: bytes, keys: Keys, *, context: bytes = b"") -> bytes:
    """A v3 message, encrypted and authenticated."""
    scoped = frame(SEQUENCE, frame(OCTETS, engine.id) + frame(OCTETS, context) + pdu)
    encrypted, salt = keys.encrypt(scoped, engine.boots, engine.seconds)
    data = frame(OCTETS, encrypted)
    security = frame(
        SEQUENCE,
        frame(OCTETS, engine.id)
        + encode_integer(engine.boots)
        + encode_integer(engine.seconds)
        + frame(OCTETS, user)
        + frame(OCTETS, bytes(keys.mac_bytes))
        + frame(OCTETS, salt),
    )
    head = _header(message, AUTHENTICATED | ENCRYPTED | REPORTABLE)
    whole = frame(SEQUENCE, V3 + head + frame(OCTETS, security) + data)
    begin = len(whole) - len(data) - SALT_FRAME - keys.mac_bytes
    return whole[:begin] + keys.digest(whole) + whole[begin + keys.mac_bytes :]


def _header(message: int, flags: int) -> bytes:
    return frame(SEQUENCE, encode_integer(message) + LARGEST_MESSAGE + bytes((OCTETS, 1, flags)) + USM_MODEL)


def open_v3(message: bytes) -> Secured:
    """A v3 message as far as it can be read without keys."""
    begin, end = expect(message, 0, len(message), SEQUENCE)
    if message[begin : begin + 3] != V3:
        raise MalformedError("the version is not v3")
    head, head_end = expect(message, begin + 3, end, SEQUENCE)
    number, number_end = expect(message, head, head_end, INTEGER)
    _size, size_end = expect(message, number_end, head_end, INTEGER)
    flags, flags_end = expect(message, size_end, head_end, OCTETS)
    if flags_end != flags + 1:
        raise MalformedError("the flags are not one byte")
    outer, outer_end = expect(message, head_end, end, OCTETS)
    at, stop = expect(message, outer, outer_end, SEQUENCE)
    spans: list[tuple[int, int]] = []
    for tag in (OCTETS, INTEGER, INTEGER, OCTETS, OCTETS, OCTETS):
        first, at = expect(message, at, stop, tag)
        spans.append((first, at))
    engine_id, boots, seconds, user, digest, salt = (message[a:b] for a, b in spans)
    del digest
    return Secured(
        message=decode_integer(message[number:number_end]),
        flags=message[flags],
        engine=Engine(id=engine_id, boots=_age(boots), seconds=_age(seconds)),
        user=user,
        digest=spans[4],
        salt=salt,
        data=(outer_end, end),
    )


def _age(content: bytes) -> int:
    value = decode_integer(content)
    if not 0 <= value < 1 << 31:
        raise MalformedError("boots or time is out of range")
    return value


def read_v3(message: bytes, opened: Secured, keys: Keys | None) -> Pdu:
    """The PDU of an opened v3 message; its digest is checked where there are keys.

    Raises:
        MalformedError: The digest is wrong, or what was encrypted is nonsense.
    """
    begin, end = opened.data
    if keys is None or not opened.flags & AUTHENTICATED:
        return _scoped(message, begin, end)
    if not keys.is_right(message, *opened.digest):
        raise MalformedError("the digest is wrong")
    if not opened.flags & ENCRYPTED:
        return _scoped(message, begin, end)
    if len(opened.salt) != SALT_BYTES:
        raise MalformedError("the salt is not eight bytes")
    first, last = expect(message, begin, end, OCTETS)
    clear = keys.decrypt(message[first:last], opened.engine.boots, opened.engine.seconds, opened.salt)
    return _scoped(clear, 0, len(clear))


def _scoped(octets: bytes, at: int, end: int) -> Pdu:
    begin, stop = expect(octets, at, end, SEQUENCE)
    _engine, begin = expect(octets, begin, stop, OCTETS)
    _context, begin = expect(octets, begin, stop, OCTETS)
    return read_pdu(octets, begin, stop)
