"""Frames as a wire carries them, with the values of every field a filter can look at.

Each frame carries an identity in its last bytes, by which it is known again on the other side, and
can be read back from there: what has become of its addresses and ports is then seen.
"""

import random
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from kernel_lab import IN, MAC, MARK, OUT

from qianyun.verify.fields import (
    DPORT,
    DSCP,
    DST4,
    DST6,
    EXTENSION,
    FRAGMENT,
    IN_INTERFACE,
    LENGTH,
    NO_EXTENSION,
    OUT_INTERFACE,
    PORTED,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    TCP_FLAGS,
    TTL,
    VERSION,
    Field,
    Fragment,
    State,
    Version,
    interface_number,
)

TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132
HOP_BY_HOP, ROUTING, FRAGMENTED, DESTINATION = 0, 43, 44, 60
PAD = b"\x01\x04\x00\x00\x00\x00"
EXTENSIONS = {0: "hop-by-hop", 60: "destination options", 43: "routing header", 44: "atomic fragment"}
ROUTE = b"\x02\x00" + bytes(20)
"""Type 2 routing header with no segment left; a router passes it on."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One packet to send, and what the engines are told of it."""

    version: int
    source: int
    target: int
    protocol: int
    sport: int = 0
    dport: int = 0
    flags: int = 2
    ttl: int = 64
    dscp: int = 0
    extension: int = NO_EXTENSION
    fragment: Fragment = Fragment.WHOLE
    identity: int = 0
    sequence: int = 1000
    acknowledged: int = 0
    spoiled: bool = False
    inner: bytes = b""
    filler: int = 0
    options: bytes = b""
    offset: int | None = None
    echo: int | None = None

    @property
    def kind(self) -> str:
        """What is particular about it, for a coverage table."""
        if self.fragment is not Fragment.WHOLE:
            return f"ipv{self.version} {self.fragment.name.lower()} fragment"
        return EXTENSIONS.get(self.extension, "ipv4 options" if self.options else "plain")

    def transport(self) -> bytes:
        mark = bytes(self.filler) + self._mark()
        match self.protocol:
            case 6:
                words = (self.sport, self.dport, self.sequence, self.acknowledged, 5 << 4, self.flags, 1000, 0, 0)
                head, at = struct.pack("!HHIIBBHHH", *words), 16
            case 17:
                head, at = struct.pack("!HHHH", self.sport, self.dport, 8 + len(mark), 0), 6
            case 1 | 58:
                head, at = struct.pack("!HHHH", self.sport, 0, self._echo(), 1), 2
                if self.inner:
                    head, mark = struct.pack("!HHI", self.sport, 0, 0), self.inner + mark
            case _:
                head, at = struct.pack("!HHII", self.sport, self.dport, 0, 0), 0
        body = head + mark
        if at:
            pseudo = b"" if self.protocol == ICMP else self._pseudo(len(body))
            total = checksum(pseudo + body) or 0xFFFF
            body = body[:at] + struct.pack("!H", total ^ (0x5555 if self.spoiled else 0)) + body[at + 2 :]
        return body

    def _echo(self) -> int:
        return self.identity & 0xFFFF if self.echo is None else self.echo

    def _mark(self) -> bytes:
        return MARK + struct.pack("!I", self.identity)

    def _pseudo(self, size: int) -> bytes:
        if self.version == 4:
            return struct.pack("!IIBBH", self.source, self.target, 0, self.protocol, size)
        ends = self.source.to_bytes(16, "big") + self.target.to_bytes(16, "big")
        return ends + struct.pack("!IHBB", size, 0, 0, self.protocol)

    def packet(self) -> bytes:
        """From the network header on."""
        body = self.transport()
        if self.fragment is Fragment.FIRST:
            body = body.ljust(24, b"\0")[:24] + self._mark()
        elif self.fragment is Fragment.LATER:  # what it carries looks like a header, and is none
            body = struct.pack("!HH9xB6x", self.sport, self.dport, self.flags) + self._mark()
        return self._ipv4(body) if self.version == 4 else self._ipv6(body)

    def on_wire(self, *, backwards: bool = False) -> bytes:
        """With its Ethernet header, to the router's interface on that side."""
        near, router = ("b", "fb") if backwards else ("a", "fa")
        kind = b"\x08\x00" if self.version == 4 else b"\x86\xdd"
        return bytes.fromhex((MAC[router] + MAC[near]).replace(":", "")) + kind + self.packet()

    def _ipv4(self, body: bytes) -> bytes:
        more = {Fragment.WHOLE: 0, Fragment.FIRST: 0x2000, Fragment.LATER: 3}[self.fragment]
        more = more if self.offset is None else self.offset
        first, size = 0x45 + len(self.options) // 4, 20 + len(self.options) + len(body)
        words = (first, self.dscp << 2, size, self.identity & 0xFFFF, more, self.ttl, self.protocol, 0)
        head = struct.pack("!BBHHHBBHII", *words, self.source, self.target) + self.options
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body

    def _ipv6(self, body: bytes) -> bytes:
        following = self.protocol if self.extension == NO_EXTENSION else self.extension
        match self.extension:
            case 44:
                word = {Fragment.WHOLE: 0, Fragment.FIRST: 1, Fragment.LATER: 24}[self.fragment]
                body = struct.pack("!BBHI", self.protocol, 0, word, self.identity) + body
            case 43:
                body = struct.pack("!BB", self.protocol, 2) + ROUTE + body
            case 0 | 60:
                body = struct.pack("!BB", self.protocol, 0) + PAD + body
        ends = self.source.to_bytes(16, "big") + self.target.to_bytes(16, "big")
        return struct.pack("!IHBB", 6 << 28 | self.dscp << 22, len(body), following, self.ttl) + ends + body

    def values(self, state: State = State.NEW, *, reply: bool = False) -> dict[Field, int]:
        """What filters see."""
        four = self.version == 4
        values: dict[Field, int] = {
            VERSION: Version.V4 if four else Version.V6,
            PROTOCOL: self.protocol,
            FRAGMENT: self.fragment,
            EXTENSION: self.extension,
            DSCP: self.dscp,
            TTL: self.ttl,
            LENGTH: len(self.packet()),
            STATE: state,
            REPLY: int(reply),
            IN_INTERFACE: interface_number(IN),
            OUT_INTERFACE: interface_number(OUT),
        }
        values |= {SRC4: self.source, DST4: self.target} if four else {SRC6: self.source, DST6: self.target}
        head = self.transport() if self.fragment is not Fragment.LATER else self.packet()[-28:]
        values[SPORT], values[DPORT] = struct.unpack("!HH", head[:4])
        values[TCP_FLAGS] = head[13] if len(head) > 13 else 0
        return values

    def __str__(self) -> str:
        kind = IPv4Address if self.version == 4 else IPv6Address
        extra = f" ext {self.extension}" if self.extension != NO_EXTENSION else ""
        return (
            f"{kind(self.source)} → {kind(self.target)} protocol {self.protocol} {self.sport} → {self.dport} "
            f"flags {self.flags:#x} {self.fragment.name}{extra}{' spoiled' if self.spoiled else ''}"
        )


def checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


PORTS = (22, 53, 80, 443, 8000, 8080, 1024, 65535, 0, 1, 1023, 8099)
NET4 = {"a": 10 << 24 | 1 << 16, "b": 10 << 24 | 2 << 16}
NET6 = {"a": 0x20010DB80001 << 80, "b": 0x20010DB80002 << 80}


def address(chance: random.Random, version: int, side: str) -> int:
    """An address of the small nets of either side, where rules have their edges."""
    low, high = chance.randrange(5), chance.choice((0, 1, 2, 3, 4, 255))
    return NET4[side] | low << 8 | high if version == 4 else NET6[side] | low << 64 | high


STRANGERS = (47, 50, 88)
"""Protocols that nothing knows the ports of."""


def frame(chance: random.Random, identity: int, *, tracked: bool) -> Frame:
    """A random packet that opens a connection, or belongs to none.

    Args:
        chance: Where it comes from.
        identity: Its number.
        tracked: Leave out what connection tracking would put together, or take for a part of something else.
    """
    version = chance.choice((4, 4, 4, 6, 6))
    protocol = chance.choice((TCP, TCP, TCP, UDP, UDP, ICMP if version == 4 else ICMPV6, SCTP))
    if not tracked and chance.random() < 0.1:
        protocol = chance.choice(STRANGERS)
    sport, dport = (chance.choice(PORTS) if chance.random() < 0.7 else chance.randrange(65536) for _end in range(2))
    if protocol in (ICMP, ICMPV6):
        kinds = (8, 8, 0, 13, 5) if protocol == ICMP else (128, 128, 129, 144)
        errors = () if tracked else (3,) if protocol == ICMP else (1, 3)
        sport = chance.choice((*kinds, *errors)) << 8 | chance.choice((0, 0, 0, 1))
    extension, fragment, offset = NO_EXTENSION, Fragment.WHOLE, None
    if version == 6 and chance.random() < 0.2:
        extension = chance.choice((HOP_BY_HOP, DESTINATION, FRAGMENTED, ROUTING))
    if not tracked and chance.random() < 0.15:
        fragment = chance.choice((Fragment.FIRST, Fragment.LATER))
        extension = FRAGMENTED if version == 6 else NO_EXTENSION
        offset = chance.choice((3, 0x2003)) if fragment is Fragment.LATER and version == 4 else None
    elif version == 4 and chance.random() < 0.3:
        offset = 0x4000
    return Frame(
        version=version,
        source=address(chance, version, "a"),
        target=address(chance, version, "b"),
        protocol=protocol,
        sport=sport,
        dport=dport,
        flags=chance.choice((2, 2, 2, 16, 18, 17, 4, 24, 1, 0, 41)),
        ttl=chance.choice((64, 64, 64, 2, 3, 128, 255)),
        dscp=chance.choice((0, 0, 8, 46)),
        extension=extension,
        fragment=fragment,
        offset=offset,
        options=b"\x01\x01\x01\x00" if version == 4 and chance.random() < 0.04 else b"",
        identity=identity,
        filler=chance.choice((0, 0, 0, 40, 200)),
    )


def ends_of(data: bytes) -> dict[Field, int]:
    """Addresses and ports of a frame that came off the wire."""
    if data[12:14] == b"\x08\x00":
        four = data[14:]
        protocol, body = four[9], four[(four[0] & 15) * 4 :]
        ends = {SRC4: int.from_bytes(four[12:16], "big"), DST4: int.from_bytes(four[16:20], "big")}
    else:
        six = data[14:]
        protocol, body = six[6], six[40:]
        while protocol in (HOP_BY_HOP, ROUTING, DESTINATION, FRAGMENTED):
            size = 8 if protocol == FRAGMENTED else body[1] * 8 + 8
            protocol, body = body[0], body[size:]
        ends = {SRC6: int.from_bytes(six[8:24], "big"), DST6: int.from_bytes(six[24:40], "big")}
    ports = struct.unpack("!HH", body[:4]) if protocol in PORTED else ()
    return ends | dict(zip((SPORT, DPORT), ports, strict=False))
