"""BER as SNMP uses it: object identifiers, integers, and the frames around them.

Decoding trusts nothing: a length that leaves its frame, an identifier without end or a number that
is too wide raises `MalformedError`, never anything else, and costs no more than the datagram is long.

Source: ITU-T X.690; RFC 3417 section 8; RFC 3416 section 2.
"""

from typing import NamedTuple

Oid = tuple[int, ...]

INTEGER, OCTETS, NULL, OBJECT, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW = 0x80, 0x81, 0x82
GET, GET_NEXT, RESPONSE, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8

UNSIGNED = frozenset({COUNTER32, GAUGE32, TIMETICKS, COUNTER64})
NUMBERS = UNSIGNED | {INTEGER}
ABSENT = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW})

WIDEST_ARC = 5
"""Bytes of the largest arc, 2**32 - 1."""
WIDEST_NUMBER = 9
MOST_ARCS = 128
SHORT, LONGEST_LENGTH = 0x80, 4


class MalformedError(ValueError):
    """Bytes that are no SNMP."""


class Varbind(NamedTuple):
    """One name and its value, as they stood in the datagram.

    Attributes:
        oid: Content bytes of the object identifier.
        tag: Type of the value.
        value: Content bytes of the value.
    """

    oid: bytes
    tag: int
    value: bytes


def parse_oid(text: str) -> Oid:
    """`1.3.6.1` or `.1.3.6.1` as arcs."""
    return tuple(int(arc) for arc in text.strip(".").split("."))


def show_oid(oid: Oid) -> str:
    """Arcs in dotted form, without a leading dot."""
    return ".".join(map(str, oid))


def encode_oid(oid: Oid) -> bytes:
    """Arcs as content bytes."""
    first = oid[0] * 40 + oid[1] if len(oid) > 1 else oid[0] * 40
    content = bytearray()
    for arc in (first, *oid[2:]):
        if arc < SHORT:
            content.append(arc)
            continue
        groups = [arc & 0x7F]
        rest = arc >> 7
        while rest:
            groups.append(rest & 0x7F | SHORT)
            rest >>= 7
        content += bytes(reversed(groups))
    return bytes(content)


def decode_oid(content: bytes) -> Oid:
    """Content bytes as arcs."""
    arcs: list[int] = []
    value = width = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        width += 1
        if width > WIDEST_ARC:
            raise MalformedError("an arc is wider than 32 bits")
        if byte < SHORT:
            arcs.append(value)
            value = width = 0
    if width or not arcs or len(arcs) > MOST_ARCS:
        raise MalformedError("an object identifier is empty, too long or without end")
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


def frame(tag: int, content: bytes) -> bytes:
    """Content with its tag and length before it."""
    size = len(content)
    if size < SHORT:
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, SHORT | width)) + size.to_bytes(width) + content


def open_frame(octets: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, begin and end of the content of the frame that begins at `at`; it ends by `end`."""
    if at + 2 > end:
        raise MalformedError("a frame is cut off")
    tag, size = octets[at], octets[at + 1]
    begin = at + 2
    if size >= SHORT:
        width = size & 0x7F
        if not 0 < width <= LONGEST_LENGTH or begin + width > end:
            raise MalformedError("a length is indefinite or cut off")
        size = int.from_bytes(octets[begin : begin + width])
        begin += width
    if begin + size > end:
        raise MalformedError("a frame is longer than what holds it")
    return tag, begin, begin + size


def expect(octets: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Begin and end of the content of a frame that must have this tag."""
    found, begin, stop = open_frame(octets, at, end)
    if found != tag:
        raise MalformedError(f"tag {found:#04x} stands where {tag:#04x} belongs")
    return begin, stop


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """A number with its frame; two's complement, shortest form."""
    width = (value + (value < 0)).bit_length() // 8 + 1
    return frame(tag, value.to_bytes(width, signed=True))


def decode_integer(content: bytes, tag: int = INTEGER) -> int:
    """A number; counters, gauges and ticks are never negative, whatever an agent's encoder does."""
    if not 0 < len(content) <= WIDEST_NUMBER:
        raise MalformedError("a number is empty or too wide")
    return int.from_bytes(content, signed=tag not in UNSIGNED)


def read_varbinds(octets: bytes, begin: int, end: int) -> list[Varbind]:
    """All name-value pairs of a variable-bindings list."""
    found: list[Varbind] = []
    keep, make = found.append, tuple.__new__
    while begin < end:
        name = begin + 4
        if name < end and octets[begin] == SEQUENCE and octets[begin + 1] < SHORT and octets[begin + 3] < SHORT:
            # The hot path: frames shorter than 128 bytes, as nearly all are; the checks are those of `expect`.
            stop = begin + 2 + octets[begin + 1]
            name_end = name + octets[begin + 3]
            if (
                name_end + 2 <= stop <= end
                and octets[begin + 2] == OBJECT
                and octets[name_end + 1] == stop - name_end - 2
            ):
                keep(make(Varbind, (octets[name:name_end], octets[name_end], octets[name_end + 2 : stop])))
                begin = stop
                continue
        at, stop = expect(octets, begin, end, SEQUENCE)
        name, name_end = expect(octets, at, stop, OBJECT)
        tag, value, value_end = open_frame(octets, name_end, stop)
        found.append(Varbind(octets[name:name_end], tag, octets[value:value_end]))
        begin = stop
    return found


def write_varbinds(varbinds: list[Varbind]) -> bytes:
    """A variable-bindings list with its frame."""
    return frame(SEQUENCE, b"".join(frame(SEQUENCE, frame(OBJECT, v.oid) + frame(v.tag, v.value)) for v in varbinds))
