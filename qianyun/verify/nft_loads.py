"""What nftables' bytecode loads into registers: payload bytes, meta data, connection, extension headers.

A load that a packet does not have ends the rule, so each comes with the packets that have it.
Bytes of the packet that no field stands for are doubtful: a comparison with them may hold or not.

Source: Linux `nft_payload.c`, `nft_meta.c`, `nft_ct.c`, `nft_exthdr.c`, `nf_tables_ipv4.h`,
`nf_tables_ipv6.h`; RFC 791, RFC 8200, RFC 9293.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qianyun.verify.conditions import (
    ALWAYS,
    IS_V4,
    IS_V6,
    NEVER,
    Condition,
    Doubts,
    all_of,
    any_of,
    is_,
    negated,
)
from qianyun.verify.fields import (
    BRIDGE,
    CT_MARK,
    DPORT,
    DSCP,
    DST4,
    DST6,
    EXTENSION,
    FRAGMENT,
    HOOK,
    IN_INTERFACE,
    LENGTH,
    MARK,
    NO_EXTENSION,
    OUT_INTERFACE,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    STATUS,
    TCP,
    TCP_FLAGS,
    TTL,
    VLAN,
    Field,
    Fragment,
    Ranges,
    State,
    interface_number,
    merged,
)
from qianyun.verify.nft_vectors import (
    Comparing,
    Part,
    Source,
    Vector,
    axis,
    cases,
    computed,
    doubtful,
    holds,
    joined,
    slice_of,
    swapped,
    whole,
    width_of,
)
from qianyun.words import _

HAS_TRANSPORT = is_(FRAGMENT, Fragment.WHOLE, Fragment.FIRST)
IS_LATER = is_(FRAGMENT, Fragment.LATER)
IS_TCP = is_(PROTOCOL, TCP)
IS_TRACKED = is_(STATE, State.NEW, State.ESTABLISHED, State.RELATED)
STATE_BITS = {
    State.INVALID: 1,
    State.ESTABLISHED: 2,
    State.RELATED: 4,
    State.NEW: 8,
    State.UNTRACKED: 64,
}
TAGGED, NO_VLAN = is_(VLAN, (1, VLAN.top)), VLAN.top
UNTAGGED = negated(TAGGED)
BRIDGES_AT: Mapping[str, tuple[int, ...]] = {"bri_iifname": (0, 1, 2), "bri_oifname": (2, 3, 4)}
"""At which hooks a frame has a port whose bridge can be asked for; the rule ends elsewhere."""
HOP_BY_HOP, ROUTING, FRAGMENT_HEADER, DESTINATION, MOBILITY = 0, 43, 44, 60, 135
IPV6_HEADER = 40
FLAGS_BYTE = 13
FAST_LENGTHS = (1, 2, 4)

UNKNOWN_META: Mapping[str, int] = {
    "priority": 32, "iiftype": 16, "oiftype": 16, "skuid": 32, "skgid": 32, "rtclassid": 32, "secmark": 32,
    "pkttype": 8, "cpu": 32, "iifgroup": 32, "oifgroup": 32, "cgroup": 32, "prandom": 32, "iifkind": 128,
    "oifkind": 128, "time": 64, "day": 8, "hour": 32, "sdif": 32, "sdifname": 128, "bri_iifname": 128,
    "bri_oifname": 128, "bri_iifpvid": 16, "bri_iifvproto": 16, "secpath": 8, "nftrace": 8, "broute": 8,
}  # fmt: skip
UNKNOWN_CT: Mapping[str, int] = {
    "expiration": 32, "helper": 128, "l3protocol": 8, "protocol": 8, "src": 128, "dst": 128, "src_ip": 32,
    "dst_ip": 32, "src_ip6": 128, "dst_ip6": 128, "proto_src": 16, "proto_dst": 16, "label": 128, "packets": 64,
    "bytes": 64, "avgpkt": 64, "zone": 16, "event": 32, "id": 32, "secmark": 32,
}  # fmt: skip
CHANGING = ("prandom", "time", "day", "hour", "cpu", "priority", "pkttype", "secmark", "label", "helper", "zone")
"""What may differ between two looks at one packet."""


class UnknownLoadError(Exception):
    """An expression loads something that we have no name for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a load puts into a register.

    Attributes:
        guard: The packets that have it; the rule ends for others.
        is_name: It is an interface's name, compared by its beginning.
    """

    vector: Vector
    guard: Condition = ALWAYS
    is_name: bool = False


@dataclass(slots=True)
class Context:
    """What is known of the packets that come to an expression.

    Attributes:
        version: 4 or 6, 0 where both come.
        is_tcp: Only TCP comes.
        early: Connection tracking has not seen them yet.
        is_whole: Connection tracking has put fragments together.
        place: The rule, to tell two looks at what changes.
        bridged: It is a rule of a bridge.
    """

    version: int
    early: bool = False
    is_whole: bool = False
    is_tcp: bool = False
    place: str = ""
    bridged: bool = False


@dataclass(slots=True)
class Loads:
    """The sources of one ruleset, each made once.

    Attributes:
        interfaces: Names of interfaces by index, as far as they are known.
    """

    doubts: Doubts
    interfaces: Mapping[int, str]
    _made: dict[str, Source] = field(default_factory=dict)

    def source(self, name: str, make: Callable[[], Source]) -> Source:
        """The source of this name."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def axis(self, of: Field) -> Source:
        """A field of the packet."""
        return self.source(of.name, lambda: axis(of))

    def unknown(self, name: str, width: int) -> Source:
        """Something that no field stands for."""
        return self.source(f"unknown {name}", lambda: doubtful(name, width, self.doubts))

    def payload(self, base: str, offset: int, length: int, context: Context) -> Loaded:
        """Bytes of the packet from a header on."""
        if base == "network":
            return self._network(offset, length, context.version)
        if base == "transport":
            return self._transport(offset, length, context)
        if base == "link" and context.bridged and offset + length <= width_of(self._frame()) // 8:
            return Loaded(vector=slice_of(self._frame(), offset * 8, length * 8))
        what = f"{base} header byte {offset}+{length}"
        return Loaded(vector=whole(self.unknown(what, length * 8)), guard=self.doubts.about(f"{what} is there"))

    def _network(self, offset: int, length: int, version: int) -> Loaded:
        if version:
            return Loaded(vector=self._bytes(self._header(version), offset, length, f"ipv{version}"))
        four = self._bytes(self._header(4), offset, length, "ipv4")
        six = self._bytes(self._header(6), offset, length, "ipv6")
        comparing = Comparing(self.doubts)

        def lies_in(ranges: Ranges) -> Condition:
            return any_of(all_of(IS_V4, comparing.within(four, ranges)), all_of(IS_V6, comparing.within(six, ranges)))

        name = f"network header byte {offset}+{length}"
        return Loaded(vector=whole(self.source(name, lambda: computed(name, length * 8, lies_in))))

    def _transport(self, offset: int, length: int, context: Context) -> Loaded:
        """Bytes after the network header.

        Linux refuses them in later fragments, but not on its fast path, which short aligned loads take: that reads
        the fragment's own bytes, and in IPv6, where the kernel has not found a header, the packet from its beginning.
        """
        bits = self._bytes(self._transport_header(context), offset, length, "transport header")
        fast = length in FAST_LENGTHS and offset % length == 0
        if context.is_whole or not fast:
            return Loaded(vector=bits, guard=HAS_TRANSPORT)
        if context.version == 4:  # noqa: PLR2004 - IP version
            return Loaded(vector=bits)
        astray = all_of(IS_V6, IS_LATER)
        start = self._bytes(self._header(6), offset, length, "ipv6")
        comparing = Comparing(self.doubts)

        def lies_in(ranges: Ranges) -> Condition:
            return any_of(
                all_of(negated(astray), comparing.within(bits, ranges)),
                all_of(astray, comparing.within(start, ranges)),
            )

        name = f"transport byte {offset}+{length}{' of tcp' if context.is_tcp else ''}"
        return Loaded(vector=whole(self.source(name, lambda: computed(name, length * 8, lies_in))))

    def _transport_header(self, context: Context) -> Vector:
        flags = self.axis(TCP_FLAGS) if context.is_tcp else self.source("byte 13", self._byte_13)
        before = self.unknown("transport header byte 4-12", (FLAGS_BYTE - 4) * 8)
        sources = (self.axis(SPORT), self.axis(DPORT), before, flags)
        return joined(Part(source, 0, source.width) for source in sources)

    def _byte_13(self) -> Source:
        flags, other = self.axis(TCP_FLAGS), self.unknown("transport header byte 13", 8)

        def lies_in(ranges: Ranges) -> Condition:
            return any_of(all_of(IS_TCP, flags.lies_in(ranges)), all_of(negated(IS_TCP), other.lies_in(ranges)))

        return computed("byte 13", 8, lies_in)

    def _bytes(self, header: Vector, offset: int, length: int, name: str) -> Vector:
        beyond = max(0, (offset + length) * 8 - max(offset * 8, width_of(header)))
        inside = slice_of(header, offset * 8, length * 8 - beyond) if length * 8 > beyond else ()
        rest = self.unknown(f"{name} byte {offset}+{length} beyond", beyond) if beyond else None
        return joined([*inside, *(whole(rest) if rest else ())])

    def _frame(self) -> Vector:
        """The head of a bridged frame, with its tag where it was on the wire; IP begins behind."""
        outer = [(0x8100, TAGGED), (0x0800, all_of(UNTAGGED, IS_V4)), (0x86DD, all_of(UNTAGGED, IS_V6))]
        inner = self._version("inner ether type", 16, 0x0800, 0x86DD)
        sources = (
            self.unknown("ether addresses", 96),
            self.source("ether type of frame", lambda: cases("ether type of frame", 16, outer)),
            self.unknown("vlan pcp and dei", 4),
            self.source("vlan id", lambda: self._where_tagged("vlan id", 12, _vlan_id)),
            self.source("ether type in tag", lambda: self._where_tagged("ether type in tag", 16, inner.lies_in)),
        )
        return joined(Part(source, 0, source.width) for source in sources)

    def _where_tagged(self, name: str, width: int, lies_in: Callable[[Ranges], Condition]) -> Source:
        other = self.unknown(f"{name} of an untagged frame", width)
        return computed(
            name,
            width,
            lambda ranges: any_of(all_of(TAGGED, lies_in(ranges)), all_of(UNTAGGED, other.lies_in(ranges))),
        )

    def _header(self, version: int) -> Vector:
        """A network header without options, bit by bit."""
        unknown = self.unknown
        if version == 4:  # noqa: PLR2004 - IP version
            sources: tuple[Source, ...] = (
                self.source("ipv4 version", lambda: cases("ipv4 version", 4, [(4, ALWAYS)])),
                unknown("ipv4 header length", 4),
                self.axis(DSCP),
                unknown("ecn", 2),
                self.axis(LENGTH),
                unknown("ipv4 identification", 16),
                unknown("ipv4 reserved and df", 2),
                self.more_fragments(),
                self.fragment_offset(),
                self.axis(TTL),
                self.axis(PROTOCOL),
                unknown("ipv4 checksum", 16),
                self.axis(SRC4),
                self.axis(DST4),
            )
        else:
            sources = (
                self.source("ipv6 version", lambda: cases("ipv6 version", 4, [(6, ALWAYS)])),
                self.axis(DSCP),
                unknown("ecn", 2),
                unknown("flow label", 20),
                self.source("ipv6 payload length", _payload_length),
                self.source("ipv6 next header", _next_header),
                self.axis(TTL),
                self.axis(SRC6),
                self.axis(DST6),
            )
        return joined(Part(source, 0, source.width) for source in sources)

    def more_fragments(self) -> Source:
        """The flag that further fragments follow; of a later fragment we do not know it."""
        last = self.doubts.about("a later fragment is not the last")
        more = any_of(is_(FRAGMENT, Fragment.FIRST), all_of(IS_LATER, last))
        return self.source("more fragments", lambda: cases("more fragments", 1, [(1, more), (0, negated(more))]))

    def fragment_offset(self) -> Source:
        """Zero but in later fragments, whose offset we do not know."""
        width = 13
        later = (1, (1 << width) - 1)
        other = self.unknown("fragment offset", width)

        def lies_in(ranges: Ranges) -> Condition:
            inside = merged((max(first, 1), last) for first, last in ranges if last)
            of_later = IS_LATER if inside == (later,) else all_of(IS_LATER, other.lies_in(inside)) if inside else NEVER
            return any_of(HAS_TRANSPORT, of_later) if holds(ranges, 0) else of_later

        return self.source("fragment offset of all", lambda: computed("fragment offset of all", width, lies_in))

    def meta(self, key: str, context: Context) -> Loaded:
        """What the kernel knows of a packet besides its bytes."""
        if key in BRIDGES_AT and context.bridged:
            return Loaded(vector=whole(self.axis(BRIDGE)), guard=is_(HOOK, *BRIDGES_AT[key]), is_name=True)
        if key in ("iifname", "oifname"):
            return Loaded(vector=whole(self.axis(IN_INTERFACE if key == "iifname" else OUT_INTERFACE)), is_name=True)
        if key in UNKNOWN_META:
            return self._unknown("meta", key, UNKNOWN_META[key], context)
        found: Mapping[str, Callable[[], Vector]] = {
            "len": lambda: self._host(self.axis(LENGTH)),
            "protocol": lambda: whole(self._version("ether type", 16, 0x0800, 0x86DD)),
            "nfproto": lambda: whole(self._version("nfproto", 8, 2, 10)),
            "l4proto": lambda: whole(self.axis(PROTOCOL)),
            "mark": lambda: self._host(self.axis(MARK)),
            "iif": lambda: self._host(self.source("iif index", lambda: self.index(IN_INTERFACE))),
            "oif": lambda: self._host(self.source("oif index", lambda: self.index(OUT_INTERFACE))),
        }
        if key not in found:
            raise UnknownLoadError(_("{word!r} is not modelled").format(word=f"meta {key}"))
        return Loaded(vector=found[key]())

    def ct(self, key: str, direction: str, context: Context) -> Loaded:
        """What connection tracking says of a packet."""
        if key == "state":
            return Loaded(vector=self._host(self._state(early=context.early)))
        guard = NEVER if context.early else IS_TRACKED
        if key == "direction":
            return Loaded(vector=joined([Part(None, 0, 7), *whole(self.axis(REPLY))]), guard=guard)
        if key == "mark":
            return Loaded(vector=self._host(self.axis(CT_MARK)), guard=guard)
        if key == "status":
            upper = self.unknown("ct status bits 8-31", 24)
            return Loaded(vector=_host_order((*whole(upper), *whole(self.axis(STATUS)))), guard=guard)
        if key not in UNKNOWN_CT:
            raise UnknownLoadError(_("{word!r} is not modelled").format(word=f"ct {key}"))
        there = self._unknown("ct", f"{key} {direction}".strip(), UNKNOWN_CT[key], context)
        return Loaded(vector=there.vector, guard=all_of(guard, there.guard))

    def _state(self, *, early: bool) -> Source:
        if not early:
            values = [(bit, is_(STATE, state)) for state, bit in STATE_BITS.items()]
            return self.source("ct state", lambda: cases("ct state", 32, values))
        untracked = is_(STATE, State.UNTRACKED)
        seen = [(STATE_BITS[State.UNTRACKED], untracked), (STATE_BITS[State.INVALID], negated(untracked))]
        return self.source("ct state before tracking", lambda: cases("ct state before tracking", 32, seen))

    def extension(self, kind: str, length: int, header: int, offset: int, *, asks: bool) -> Loaded:
        """A field of an extension header or option, or (`asks`) whether it is there."""
        what = f"{kind} {header}".strip()
        guard: Condition
        there: Condition
        if kind == "ipv6":
            guard, there = IS_V6, self._has_extension(header)
        elif kind == "ipv4":
            guard, there = IS_V4, self.doubts.about(f"{what} is there")
        elif kind == "tcpopt":
            guard, there = ALWAYS, all_of(IS_TCP, HAS_TRANSPORT, self.doubts.about(f"{what} is there"))
        else:
            guard, there = self.doubts.about(f"{what} can be asked for"), self.doubts.about(f"{what} is there")
        if asks:
            name = f"{what} present"
            source = self.source(name, lambda: cases(name, 8, [(1, there), (0, negated(there))]))
            return Loaded(vector=whole(source), guard=guard)
        vector = self._extension_bytes(kind, header, offset, length, what)
        return Loaded(vector=vector, guard=all_of(guard, there))

    def _extension_bytes(self, kind: str, header: int, offset: int, length: int, what: str) -> Vector:
        if (kind, header) != ("ipv6", FRAGMENT_HEADER):
            return whole(self.unknown(f"{what} byte {offset}+{length}", length * 8))
        sources = (
            self.unknown("fragment header byte 0-1", 16),
            self.fragment_offset(),
            self.unknown("fragment header reserved", 2),
            self.more_fragments(),
            self.unknown("fragment identification", 32),
        )
        header_bits = joined(Part(source, 0, source.width) for source in sources)
        return self._bytes(header_bits, offset, length, "fragment header")

    def _has_extension(self, header: int) -> Condition:
        """We know the first extension header; whether another follows it, we do not."""
        if header == MOBILITY:
            return all_of(is_(PROTOCOL, MOBILITY), HAS_TRANSPORT)
        first = is_(EXTENSION, header)
        if header == HOP_BY_HOP:
            return first
        follows = all_of(
            negated(is_(EXTENSION, header, NO_EXTENSION)), self.doubts.about(f"extension header {header} follows")
        )
        if header == FRAGMENT_HEADER:
            return any_of(first, is_(FRAGMENT, Fragment.FIRST, Fragment.LATER), follows)
        return any_of(first, follows)

    def _unknown(self, family: str, key: str, width: int, context: Context) -> Loaded:
        name = f"{context.place}: {family} {key}" if key.split(maxsplit=1)[0] in CHANGING else f"{family} {key}"
        return Loaded(vector=whole(self.unknown(name, width)), guard=self.doubts.about(f"{name} can be read"))

    def _version(self, name: str, width: int, four: int, six: int) -> Source:
        return self.source(name, lambda: cases(name, width, [(four, IS_V4), (six, IS_V6)]))

    def _host(self, source: Source) -> Vector:
        """A 32-bit number in the byte order of the host."""
        return _host_order((Part(None, 0, 32 - source.width), *whole(source)))

    def index(self, of: Field) -> Source:
        """An interface's index, where we only know names."""
        names = {0: "", **self.interfaces}

        def lies_in(ranges: Ranges) -> Condition:
            known = [interface_number(name) for index, name in names.items() if holds(ranges, index)]
            held = is_(of, *known)
            if all(first == last and first in names for first, last in ranges):
                return held
            others = all_of(
                negated(is_(of, *(interface_number(name) for name in names.values()))),
                self.doubts.about(f"{of.name} index {ranges}"),
            )
            return any_of(held, others)

        return computed(f"{of.name} index", 32, lies_in)


def _vlan_id(ranges: Ranges) -> Condition:
    spans = [(max(first, 1), last) for first, last in ranges if last]
    return is_(VLAN, *spans, *([NO_VLAN] if holds(ranges, 0) else []))


def _host_order(parts: tuple[Part, ...]) -> Vector:
    return swapped(joined(parts), 4, 4)


def _payload_length() -> Source:
    def lies_in(ranges: Ranges) -> Condition:
        spans = [(first + IPV6_HEADER, min(last + IPV6_HEADER, LENGTH.top)) for first, last in ranges]
        return is_(LENGTH, *(span for span in spans if span[0] <= span[1]))

    return computed("ipv6 payload length", 16, lies_in)


def _next_header() -> Source:
    """The number after the network header: of the first extension header, else of the protocol."""

    def lies_in(ranges: Ranges) -> Condition:
        return any_of(all_of(is_(EXTENSION, NO_EXTENSION), is_(PROTOCOL, *ranges)), is_(EXTENSION, *ranges))

    return computed("ipv6 next header", 8, lies_in)
