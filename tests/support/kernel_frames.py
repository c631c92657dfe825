"""Real frames out of a small world, each with the values that filters read from it."""

import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    PROTOCOL,
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
PORTS = (22, 53, 80, 443, 1024, 8000, 8080, 65535, 0, 1)
FLAGS = (2, 16, 18, 17, 4, 24, 1, 0, 41)
ETHERNET = bytes.fromhex((MAC["fa"] + MAC["a"]).replace(":", ""))
PADDING = b"\x01\x02\0\0\0\0"
ROUTING, HOP_BY_HOP, DESTINATION, FRAGMENT_HEADER = 43, 0, 60, 44
NEAR4, FAR4 = 0x0A010000, 0x0A020000
NEAR6, FAR6 = 0x20010DB80001 << 80, 0x20010DB80002 << 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame and what a filter knows of it.

    Attributes:
        kind: What is particular about it, for the coverage table.
    """

    data: bytes
    values: Mapping[Field, int]
    kind: str


@dataclass(slots=True)
class _Draft:
    r: random.Random
    number: int
    values: dict[Field, int] = field(default_factory=dict)
    kind: str = "plain"


def frames(seed: int, count: int) -> dict[int, Frame]:
    """This many frames by their numbers."""
    r = random.Random(seed)  # noqa: S311 - a seeded trial
    return {number: _frame(_Draft(r, number)) for number in range(1, count + 1)}


def _frame(draft: _Draft) -> Frame:
    r = draft.r
    six = r.random() < 0.45
    protocol = r.choice((TCP, TCP, TCP, UDP, UDP, ICMPV6 if six else ICMP, SCTP, r.choice((47, 50, 88))))
    draft.values |= {
        VERSION: Version.V6 if six else Version.V4,
        PROTOCOL: protocol,
        FRAGMENT: Fragment.WHOLE,
        EXTENSION: NO_EXTENSION,
        DSCP: r.choice((0, 0, 8, 46)),
        TTL: r.choice((64, 64, 2, 3, 255)),
        STATE: State.INVALID,
        IN_INTERFACE: interface_number(IN),
        OUT_INTERFACE: interface_number(OUT),
    }
    source = (NEAR6 if six else NEAR4) | _host(r, six=six)
    target = (FAR6 if six else FAR4) | _host(r, six=six)
    draft.values |= {SRC6: source, DST6: target} if six else {SRC4: source, DST4: target}
    return _six(draft, source, target) if six else _four(draft, source, target)


def _host(r: random.Random, *, six: bool) -> int:
    """Few networks of few hosts, so that rules and packets meet."""
    return r.randrange(4) << 64 | r.randrange(4) if six else r.randrange(4) << 8 | r.randrange(4)


def _transport(draft: _Draft, protocol: int) -> bytes:
    """The header after the network header; its checksum is not right, which only connection tracking minds."""
    r, mark = draft.r, MARK + struct.pack("!I", draft.number)
    first, second = r.choice(PORTS), r.choice(PORTS)
    rest = bytes(r.choice((0, 0, 40)))
    if protocol == TCP:
        flags = r.choice(FLAGS)
        draft.values |= {SPORT: first, DPORT: second, TCP_FLAGS: flags}
        return struct.pack("!HHIIBBHHH", first, second, draft.number, 1, 5 << 4, flags, 1000, 0, 0) + rest + mark
    if protocol in (ICMP, ICMPV6):
        kind = r.choice((8, 0, 3, 13) if protocol == ICMP else (128, 129, 1, 3))
        code = r.choice((0, 0, 1, 4))
        draft.values |= {SPORT: kind << 8 | code, DPORT: second}
        return struct.pack("!BBHHH", kind, code, second, 1, 1) + rest + mark
    draft.values |= {SPORT: first, DPORT: second}
    if protocol == UDP:
        return struct.pack("!HHHH", first, second, 16 + len(rest), 0) + rest + mark
    return struct.pack("!HHII", first, second, 0, 0) + rest + mark


def _later(draft: _Draft) -> bytes:
    """What a later fragment carries looks like a header, and is none."""
    r, mark = draft.r, MARK + struct.pack("!I", draft.number)
    first, second, flags = r.choice(PORTS), r.choice(PORTS), r.choice(FLAGS)
    draft.values |= {SPORT: first, DPORT: second}
    if draft.values[PROTOCOL] == TCP:
        draft.values[TCP_FLAGS] = flags
    return struct.pack("!HHIIBBHHH", first, second, 0, 0, 0, flags, 0, 0, 0) + mark


def _four(draft: _Draft, source: int, target: int) -> Frame:
    r, values = draft.r, draft.values
    part = r.choice((0, 0, 0, 0, 0, 0, 1, 2))
    body = _body(draft, part)
    offset = {0: 0, 1: 0x2000, 2: r.choice((3, 0x2003))}[part] | (r.choice((0, 0x4000)) if part == 0 else 0)
    options = b"\x01\x01\x01\x00" if r.random() < 0.04 else b""
    if options:
        draft.kind = "ipv4 options"
    values[LENGTH] = 20 + len(options) + len(body)
    head = struct.pack(
        "!BBHHHBBH", 0x45 + len(options) // 4, values[DSCP] << 2, values[LENGTH], draft.number & 0xFFFF, offset,
        values[TTL], values[PROTOCOL], 0,
    ) + struct.pack("!II", source, target) + options  # fmt: skip
    head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    return Frame(data=ETHERNET + b"\x08\x00" + head + body, values=values, kind=draft.kind)


def _six(draft: _Draft, source: int, target: int) -> Frame:
    r, values = draft.r, draft.values
    protocol = values[PROTOCOL]
    header = r.choice(
        (None, None, None, None, None, HOP_BY_HOP, DESTINATION, ROUTING, FRAGMENT_HEADER, FRAGMENT_HEADER)
    )
    part = r.randrange(3) if header == FRAGMENT_HEADER else 0
    body = _body(draft, part)
    following = protocol
    if header is not None:
        draft.kind = {0: "hop-by-hop", 60: "destination options", 43: "routing header", 44: "atomic fragment"}[header]
        draft.kind = ("", "ipv6 first fragment", "ipv6 later fragment")[part] or draft.kind
        following = values[EXTENSION] = header
        body = _extension(draft, header, protocol, part) + body
    values[LENGTH] = 40 + len(body)
    word = 6 << 28 | values[DSCP] << 22
    head = struct.pack("!IHBB", word, len(body), following, values[TTL])
    addresses = source.to_bytes(16, "big") + target.to_bytes(16, "big")
    return Frame(data=ETHERNET + b"\x86\xdd" + head + addresses + body, values=values, kind=draft.kind)


def _body(draft: _Draft, part: int) -> bytes:
    if part == 2:
        draft.kind = "ipv4 later fragment"
        draft.values[FRAGMENT] = Fragment.LATER
        return _later(draft)
    if part == 1:
        draft.kind = "ipv4 first fragment"
        draft.values[FRAGMENT] = Fragment.FIRST
    return _transport(draft, draft.values[PROTOCOL])


def _extension(draft: _Draft, header: int, following: int, part: int) -> bytes:
    if header == FRAGMENT_HEADER:
        return struct.pack("!BBHI", following, 0, (0, 1, draft.r.choice((24, 25)))[part], 99)
    if header == ROUTING:
        return struct.pack("!BBBBI", following, 0, 4, 0, 0)
    return struct.pack("!BB", following, 0) + b"\x01\x04\0\0\0\0"


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
