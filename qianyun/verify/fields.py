"""Fields of a packet: the axes along which packets differ for a filter.

Each field is a whole number from 0 to `top`. Addresses have an axis per family, and exist only
in packets of their own version. The two ports are the first four bytes after the network header
of *any* protocol, because that is what filters compare; ICMP keeps its type and code in the
first two of them (RFC 792, RFC 4443). An interface's name is its sixteen bytes read as a number,
as the kernel compares it, so that `eth*` is an interval.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

TCP, UDP, ICMP, ICMPV6, SCTP, DCCP, UDPLITE = 6, 17, 1, 58, 132, 33, 136
PROTOCOLS = {
    ICMP: "icmp", 2: "igmp", TCP: "tcp", UDP: "udp", DCCP: "dccp", 47: "gre", 50: "esp", 51: "ah", ICMPV6: "icmpv6",
    88: "eigrp", 89: "ospf", 103: "pim", 108: "comp", 112: "vrrp", 115: "l2tp", SCTP: "sctp", UDPLITE: "udplite",
}  # fmt: skip
PORTED = (TCP, UDP, SCTP, DCCP, UDPLITE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """One axis; two fields are the same only if they are one object.

    Attributes:
        top: Greatest value.
        version: The IP version whose packets have it; 0 means every packet has it.
    """

    name: str
    top: int
    version: int = 0

    def __repr__(self) -> str:
        return self.name


class Version(IntEnum):
    """Value of the field `VERSION`."""

    V4 = 0
    V6 = 1


class State(IntEnum):
    """What connection tracking says of a packet (value of the field `STATE`)."""

    NEW = 0
    ESTABLISHED = 1
    RELATED = 2
    INVALID = 3
    UNTRACKED = 4


class Fragment(IntEnum):
    """Which part of a datagram a packet is (value of the field `FRAGMENT`).

    A later fragment has no transport header, so no filter can see its ports.
    """

    WHOLE = 0
    FIRST = 1
    LATER = 2


def _bits(name: str, width: int, version: int = 0) -> Field:
    return Field(name=name, top=(1 << width) - 1, version=version)


VERSION = _bits("version", 1)
PROTOCOL = _bits("protocol", 8)
DST4, DST6 = _bits("dst4", 32, 4), _bits("dst6", 128, 6)
SRC4, SRC6 = _bits("src4", 32, 4), _bits("src6", 128, 6)
DPORT, SPORT = _bits("dport", 16), _bits("sport", 16)
TCP_FLAGS = _bits("tcp_flags", 8)
FRAGMENT = Field(name="fragment", top=len(Fragment) - 1)
EXTENSION = Field(name="extension", top=256)
"""First extension header of an IPv6 packet by its number; `NO_EXTENSION` where it has none."""
NO_EXTENSION = 256
DSCP, TTL, LENGTH = _bits("dscp", 6), _bits("ttl", 8), _bits("length", 16)
STATE = Field(name="state", top=len(State) - 1)
REPLY = _bits("reply", 1)
"""1 in packets that answer the one that opened their connection."""
STATUS = _bits("status", 8)
MARK, CT_MARK = _bits("mark", 32), _bits("ct_mark", 32)
IN_INTERFACE, OUT_INTERFACE = _bits("iif", 128), _bits("oif", 128)
VLAN = Field(name="vlan", top=4096)
"""Identifier of a bridged frame's tag (IEEE 802.1Q): 0 where it has none, 4096 for a tag that says 0."""
BRIDGE = _bits("bridge", 128)
"""Name of the bridge whose ports a frame comes by and leaves by, as a number."""
HOOK = Field(name="hook", top=4)
"""Where on its way a packet is when a rule asks; known wherever the rule stands, so no packet set has it."""
TURNED = _bits("turned", 1)
"""1 in packets that a redirect has turned to the firewall itself, whatever address it has."""

FIELDS = (
    VERSION, IN_INTERFACE, OUT_INTERFACE, PROTOCOL, DST4, DST6, SRC4, SRC6, DPORT, SPORT, TCP_FLAGS, FRAGMENT,
    EXTENSION, DSCP, TTL, LENGTH, STATE, REPLY, STATUS, MARK, CT_MARK, TURNED, VLAN, BRIDGE,
)  # fmt: skip
"""In the order of the diagrams: ports above addresses cost twenty times the nodes."""

HEADER = (VERSION, PROTOCOL, DST4, DST6, SRC4, SRC6, DPORT, SPORT)
"""What a person calls a packet's address: the five-tuple and its version."""

NAME_BYTES = 16


def interface_number(name: str) -> int:
    """An interface's name as the number that filters compare."""
    return int.from_bytes(name.encode()[:NAME_BYTES].ljust(NAME_BYTES, b"\0"), "big")


def interface_range(pattern: str) -> tuple[int, int]:
    """The names that a pattern like `eth*` stands for."""
    if not pattern.endswith("*"):
        number = interface_number(pattern)
        return number, number
    stem = pattern[:-1].encode()
    return (
        int.from_bytes(stem.ljust(NAME_BYTES, b"\0"), "big"),
        int.from_bytes(stem.ljust(NAME_BYTES, b"\xff"), "big"),
    )


def interface_name(number: int) -> str:
    """The name again."""
    return number.to_bytes(NAME_BYTES, "big").rstrip(b"\0").decode("latin-1")


def unknown(what: str) -> Field:
    """A field for something a filter tests and we cannot know: it may hold or not."""
    return Field(name=f"?{what}", top=1)


def dice(what: str, sides: int) -> Field:
    """A field for a number that is drawn from as many as it has sides."""
    return Field(name=f"?{what}", top=sides - 1)


Range = tuple[int, int]
Ranges = tuple[Range, ...]


def merged(ranges: Iterable[Range]) -> Ranges:
    """Ranges sorted, without overlap or touch."""
    result: list[Range] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return tuple(result)


def masked(field: Field, mask: int, value: int, *, limit: int = 1 << 16) -> Ranges | None:
    """The values `v` of a field with `v & mask == value`; `None` when they are too many ranges to name."""
    width = field.top.bit_length()
    if value & ~mask:
        return ()
    loose = ~mask & field.top
    low = 0
    while low < width and loose >> low & 1:
        low += 1
    holes = [bit for bit in range(low, width) if loose >> bit & 1]
    if 1 << len(holes) > limit:
        return None
    starts = [value]
    for bit in holes:
        starts += [start | 1 << bit for start in starts]
    return merged((start, start | (1 << low) - 1) for start in starts)
