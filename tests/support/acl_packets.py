"""Packets for access lists, written in one line, and what a list says of them on both ways."""

from collections.abc import Mapping
from ipaddress import ip_address

from qianyun.verify.acls.filters import Filter, Sets, judge
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    FRAGMENT,
    PROTOCOL,
    SPORT,
    SRC4,
    SRC6,
    TCP_FLAGS,
    VERSION,
    Field,
    Fragment,
    Version,
)

NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "icmpv6": 58, "ospf": 89}


def packet(text: str, *, fragment: Fragment = Fragment.WHOLE, flags: int = 2) -> dict[Field, int]:
    """`tcp 10.0.0.1 192.0.2.1 443`, `icmp 10.0.0.1 192.0.2.1 8/0`; the source port is 50,000."""
    name, source, target, *rest = text.split()
    four = ip_address(source).version == 4
    values = {
        VERSION: Version.V4 if four else Version.V6,
        PROTOCOL: NUMBERS[name],
        SRC4 if four else SRC6: int(ip_address(source)),
        DST4 if four else DST6: int(ip_address(target)),
        FRAGMENT: fragment,
    }
    if name == "tcp":
        values[TCP_FLAGS] = flags
    if rest and "/" in rest[0]:
        kind, _slash, code = rest[0].partition("/")
        values[SPORT] = int(kind) << 8 | int(code)
    elif rest:
        values |= {DPORT: int(rest[0]), SPORT: int(rest[1]) if len(rest) > 1 else 50_000}
    return values


def verdict(filter_: Filter, values: Mapping[Field, int]) -> bool | None:
    """Whether a packet passes, `None` for unproven: by the lines and by the sets, which must not contradict."""
    by_lines = judge(filter_, values).passes
    sets = Sets(filter_)
    may, must = sets.may.holds(dict(values)), sets.must.holds(dict(values))
    by_sets = may if may == must else None
    assert by_lines in (by_sets, None), (by_lines, by_sets)
    return by_sets
