"""What nftables' expressions read from a packet, and how its types write their values.

A selector is what stands left of a comparison: it says which packets have the thing at all
(`ip saddr` exists in IPv4 alone) and turns ranges of its values into a condition.

Source: nft(8); the bytecode that nft makes of each (`nft --debug=netlink`), which also says what
is checked before. Of later fragments the kernel reads ports as if they had them, see `nft_loads`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network

from qianyun.verify.conditions import (
    ALWAYS,
    IS_V4,
    IS_V6,
    Condition,
    Doubts,
    In,
    all_of,
    is_,
    range_of,
)
from qianyun.verify.fib import KINDS
from qianyun.verify.fields import (
    CT_MARK,
    DCCP,
    DSCP,
    DST4,
    DST6,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    LENGTH,
    MARK,
    OUT_INTERFACE,
    PROTOCOL,
    REPLY,
    SCTP,
    SRC4,
    SRC6,
    STATE,
    STATUS,
    TCP,
    TTL,
    UDP,
    UDPLITE,
    VERSION,
    Field,
    Range,
    Ranges,
    State,
    interface_range,
    masked,
)
from qianyun.verify.nft_loads import IS_TRACKED, TAGGED, Context, Loaded, Loads
from qianyun.verify.nft_vectors import Comparing, anded, slice_of, width_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One thing that a rule can read.

    Attributes:
        guard: The packets that have it.
        type: Name of the type of its values.
        lies_in: The packets (among the guarded) whose value lies in some ranges.
        under_mask: The packets whose value under a mask is a certain one; `None` where we cannot tell.
        top: Greatest value.
        field: The packet's field that it is, where it is one.
    """

    guard: Condition
    type: str
    lies_in: Callable[[Ranges], Condition]
    under_mask: Callable[[int, int], Condition | None]
    top: int
    field: Field | None = None


Table = Mapping[tuple[str, str], Selector]


def plain(guard: Condition, type_: str, field: Field) -> Selector:
    """A field of the packet, whose values are of a type."""

    def under_mask(mask: int, value: int) -> Condition | None:
        ranges = masked(field, mask, value)
        return None if ranges is None else is_(field, *ranges)

    return Selector(
        guard=guard,
        type=type_,
        lies_in=lambda ranges: In(field, ranges),
        under_mask=under_mask,
        top=field.top,
        field=field,
    )


def _loaded(loaded: Loaded, type_: str, *guards: Condition, low: int = 0) -> Selector:
    """What the bytecode's loads read, which the text only names; `low` bits of it where that is not all."""
    comparing, vector = Comparing(DOUBTS), loaded.vector
    vector = slice_of(vector, width_of(vector) - low, low) if low else vector
    return Selector(
        guard=all_of(*guards, loaded.guard),
        type=type_,
        lies_in=lambda ranges: comparing.within(vector, ranges),
        under_mask=lambda mask, value: comparing.equals(anded(vector, mask), value),
        top=(1 << width_of(vector)) - 1,
    )


def _next_header() -> Selector:
    return _loaded(LOADS.payload("network", 6, 1, Context(version=6)), "inet_proto", IS_V6)


DOUBTS = Doubts()
LOADS = Loads(DOUBTS, {})
ON_A_BRIDGE = Context(version=0, bridged=True)


def raw(base: str, offset: int, size: int, *, whole: bool) -> Selector:
    """Bytes of a header, whatever they mean there: `@th,16,16`."""
    return _loaded(LOADS.payload(base, offset, size, Context(version=0, is_whole=whole)), "integer")


def has_extension(name: str) -> Condition | None:
    """`exthdr NAME exists`, among IPv6 packets."""
    number = EXTENSIONS.get(name)
    if number is None:
        return None
    asked = LOADS.extension("ipv6", 1, number, 0, asks=True)
    return all_of(asked.guard, Comparing(DOUBTS).equals(asked.vector, 1))


EXTENSIONS = {"hbh": 0, "rt": 43, "frag": 44, "dst": 60, "mh": 135}


def _version_as(names: Mapping[int, int], type_: str) -> Selector:
    """`meta nfproto` and `meta protocol` tell the version by numbers of their own."""

    def lies_in(ranges: Ranges) -> Condition:
        held = [value for value, number in names.items() if any(a <= number <= b for a, b in ranges)]
        return is_(VERSION, *held)

    return Selector(guard=ALWAYS, type=type_, lies_in=lies_in, under_mask=lambda _mask, _value: None, top=0xFFFF)


@cache
def selectors_of(*, whole: bool) -> Table:
    """What stands left of comparisons; `whole` where connection tracking puts fragments together before."""
    context = Context(version=0, is_whole=whole)
    of_tcp = Context(version=0, is_whole=whole, is_tcp=True)

    def transport(type_: str, offset: int, size: int, *guards: Condition) -> Selector:
        return _loaded(LOADS.payload("transport", offset, size, context), type_, *guards)

    made = {
        ("ip", "saddr"): plain(IS_V4, "ipv4_addr", SRC4),
        ("ip", "daddr"): plain(IS_V4, "ipv4_addr", DST4),
        ("ip", "protocol"): plain(IS_V4, "inet_proto", PROTOCOL),
        ("ip", "dscp"): plain(IS_V4, "dscp", DSCP),
        ("ip", "ttl"): plain(IS_V4, "integer", TTL),
        ("ip", "length"): plain(IS_V4, "integer", LENGTH),
        ("ip", "frag-off"): _loaded(LOADS.payload("network", 6, 2, Context(version=4)), "integer", IS_V4),
        ("ip6", "saddr"): plain(IS_V6, "ipv6_addr", SRC6),
        ("ip6", "daddr"): plain(IS_V6, "ipv6_addr", DST6),
        ("ip6", "nexthdr"): _next_header(),
        ("ip6", "dscp"): plain(IS_V6, "dscp", DSCP),
        ("ip6", "hoplimit"): plain(IS_V6, "integer", TTL),
        ("icmp", "type"): transport("icmp_type", 0, 1, IS_V4, is_(PROTOCOL, ICMP)),
        ("icmp", "code"): transport("icmp_code", 1, 1, IS_V4, is_(PROTOCOL, ICMP)),
        ("icmpv6", "type"): transport("icmpv6_type", 0, 1, IS_V6, is_(PROTOCOL, ICMPV6)),
        ("icmpv6", "code"): transport("icmpv6_code", 1, 1, IS_V6, is_(PROTOCOL, ICMPV6)),
        ("tcp", "flags"): _loaded(LOADS.payload("transport", 13, 1, of_tcp), "tcp_flag", is_(PROTOCOL, TCP)),
        ("meta", "l4proto"): plain(ALWAYS, "inet_proto", PROTOCOL),
        ("meta", "nfproto"): _version_as({0: 2, 1: 10}, "nf_proto"),
        ("meta", "protocol"): _version_as({0: 0x0800, 1: 0x86DD}, "ether_type"),
        ("meta", "iifname"): plain(ALWAYS, "ifname", IN_INTERFACE),
        ("meta", "oifname"): plain(ALWAYS, "ifname", OUT_INTERFACE),
        ("meta", "iif"): plain(ALWAYS, "ifname", IN_INTERFACE),
        ("meta", "oif"): plain(ALWAYS, "ifname", OUT_INTERFACE),
        ("meta", "ibrname"): _loaded(LOADS.meta("bri_iifname", ON_A_BRIDGE), "ifname"),
        ("meta", "obrname"): _loaded(LOADS.meta("bri_oifname", ON_A_BRIDGE), "ifname"),
        ("ether", "type"): _loaded(LOADS.payload("link", 12, 2, ON_A_BRIDGE), "ether_type"),
        ("vlan", "id"): _loaded(LOADS.payload("link", 14, 2, ON_A_BRIDGE), "integer", TAGGED, low=12),
        ("meta", "mark"): plain(ALWAYS, "mark", MARK),
        ("meta", "length"): plain(ALWAYS, "integer", LENGTH),
        ("ct", "state"): plain(ALWAYS, "ct_state", STATE),
        ("ct", "status"): plain(IS_TRACKED, "ct_status", STATUS),
        ("ct", "direction"): plain(IS_TRACKED, "ct_dir", REPLY),
        ("ct", "mark"): plain(IS_TRACKED, "mark", CT_MARK),
    }
    for side, offset in (("sport", 0), ("dport", 2)):
        made["th", side] = transport("inet_service", offset, 2)
        for name, number in PORTED_WORDS.items():
            made[name, side] = transport("inet_service", offset, 2, is_(PROTOCOL, number))
    return made


PORTED_WORDS = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "dccp": DCCP, "udplite": UDPLITE}
SHORT_META = ("ibrname", "obrname", "iifname", "oifname", "iif", "oif", "mark", "l4proto", "nfproto")
"""What may be written without `meta` before it."""

NAMES: Mapping[str, Mapping[str, int]] = {
    "inet_proto": {
        "icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "udp": 17, "dccp": 33, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
        "icmpv6": 58, "ipv6-icmp": 58, "ospf": 89, "pim": 103, "comp": 108, "vrrp": 112, "sctp": 132, "udplite": 136,
        "hopopt": 0, "ipv6-route": 43, "ipv6-frag": 44, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "l2tp": 115,
    },
    "icmp_type": {
        "echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8,
        "router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12,
        "timestamp-request": 13, "timestamp-reply": 14, "info-request": 15, "info-reply": 16,
        "address-mask-request": 17, "address-mask-reply": 18,
    },
    "icmpv6_type": {
        "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4,
        "echo-request": 128, "echo-reply": 129, "mld-listener-query": 130, "mld-listener-report": 131,
        "mld-listener-done": 132, "mld-listener-reduction": 132, "nd-router-solicit": 133, "nd-router-advert": 134,
        "nd-neighbor-solicit": 135, "nd-neighbor-advert": 136, "nd-redirect": 137, "router-renumbering": 138,
        "ind-neighbor-solicit": 141, "ind-neighbor-advert": 142, "mld2-listener-report": 143,
    },
    "icmp_code": {
        "net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3,
        "frag-needed": 4, "net-prohibited": 9, "host-prohibited": 10, "admin-prohibited": 13,
    },
    "icmpv6_code": {"no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4},
    "inet_service": {
        "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "tftp": 69, "http": 80,
        "pop3": 110, "ntp": 123, "imap2": 143, "snmp": 161, "snmp-trap": 162, "bgp": 179, "ldap": 389, "https": 443,
        "microsoft-ds": 445, "syslog": 514, "ldaps": 636, "imaps": 993, "pop3s": 995, "mysql": 3306,
        "postgresql": 5432,
    },
    "tcp_flag": {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128},
    "ct_state": {
        "new": State.NEW, "established": State.ESTABLISHED, "related": State.RELATED, "invalid": State.INVALID,
        "untracked": State.UNTRACKED,
    },
    "ct_status": {"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32},
    "ct_dir": {"original": 0, "reply": 1},
    "nf_proto": {"ipv4": 2, "ipv6": 10},
    "ether_type": {"ip": 0x0800, "ip6": 0x86DD, "arp": 0x0806, "vlan": 0x8100, "8021q": 0x8100},
    "fib_addrtype": KINDS,
    "dscp": {
        **{f"cs{n}": n << 3 for n in range(8)}, "be": 0, "ef": 46,
        **{f"af{c}{d}": c << 3 | d << 1 for c in range(1, 5) for d in range(1, 4)},
    },
}  # fmt: skip


def values_of(type_: str, text: str) -> Range | None:
    """First and last value that a word of a type stands for; `None` when it is no such word."""
    if type_ == "fib_interface" and text in ("exists", "missing", "0"):
        return (1, IN_INTERFACE.top) if text == "exists" else (0, 0)
    if type_ in ("ifname", "fib_interface"):
        return interface_range(text)
    named = NAMES.get(type_, {}).get(text)
    if named is not None:
        return named, named
    try:
        return _address(text) if type_ in ("ipv4_addr", "ipv6_addr") else _number(text)
    except ValueError:
        return None


def _address(text: str) -> Range:
    first, dash, last = text.partition("-")
    if dash:
        return int(ip_address(first)), int(ip_address(last))
    return range_of(ip_network(first, strict=False))


def _number(text: str) -> Range:
    first, _dash, last = text.partition("-")
    return int(first, 0), int(last or first, 0)
