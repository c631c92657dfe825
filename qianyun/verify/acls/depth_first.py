"""Lists of VRP and Comware in the order `auto`: what is narrower comes first.

Rules are compared by these, one after the other: a VPN instance before none; a protocol before any;
the longer source; the longer destination; the narrower ports of TCP and UDP; the smaller number.
The manuals do not say how rules are compared of which one is narrower in its source ports and the
other in its destination ports, nor what a group of addresses counts; such lists have no order here.

Source: H3C Comware 7 ACL and QoS Configuration Guide, match order; Huawei, `acl match-order auto`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, groupby

from qianyun.verify.acls.matches import address4
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, number

ANY_PROTOCOL = ("ip", "ipv6")
ALL_PORTS = 1 << 16
PORT_WORDS = ("source-port", "destination-port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How narrow a rule is; of lengths the greater is narrower, of ports the smaller."""

    has_vpn: bool
    has_protocol: bool
    source: int
    destination: int
    source_ports: int
    destination_ports: int
    number: int

    @property
    def ends(self) -> tuple[bool, bool, int, int]:
        """What is compared before ports, narrowest first."""
        return not self.has_vpn, not self.has_protocol, -self.source, -self.destination


def depth(words: list[str], at: int, version: int, rule: int, *, basic: bool) -> Depth:
    """How narrow the rule is whose action stands at a word.

    Raises:
        NotUnderstoodError: It names what has no width that we know.
    """
    cursor = Cursor(words, at)
    cursor.take()
    has_protocol = not basic and cursor.take().lower() not in ANY_PROTOCOL
    lengths = {"source": 0, "destination": 0}
    ports = dict.fromkeys(PORT_WORDS, ALL_PORTS)
    has_vpn = False
    while cursor.head:
        word = cursor.take()
        if word in lengths:
            lengths[word] = _length(cursor, version)
        elif word in ports:
            ports[word] = _width(cursor)
        elif word == "vpn-instance":
            has_vpn = True
            cursor.take()
    return Depth(
        has_vpn=has_vpn,
        has_protocol=has_protocol,
        source=lengths["source"],
        destination=lengths["destination"],
        source_ports=ports["source-port"],
        destination_ports=ports["destination-port"],
        number=rule,
    )


def _length(cursor: Cursor, version: int) -> int:
    """Bits of an address that must agree."""
    word = cursor.take()
    if word == "any":
        return 0
    width = 32 if version == 4 else 128  # noqa: PLR2004 - IP version
    if word == "host":
        cursor.take()
        return width
    if word in ("object-group", "address-set"):
        raise NotUnderstoodError(word)
    _address, slash, length = word.partition("/")
    if slash or version == 6:  # noqa: PLR2004 - IP version
        return number(length if slash else cursor.take(), width)
    return width if cursor.accept("0") else width - address4(cursor.take()).bit_count()


def _width(cursor: Cursor) -> int:
    """How many ports an operator names; names of ports have no order with `lt`, `gt` and `range`."""
    operator, first = cursor.take(), cursor.take()
    if operator == "eq":
        return 1
    if operator == "neq":
        return ALL_PORTS - 1
    port = number(first, ALL_PORTS - 1)
    if operator == "range":
        return abs(number(cursor.take(), ALL_PORTS - 1) - port) + 1
    if operator in ("lt", "gt"):
        return port if operator == "lt" else ALL_PORTS - 1 - port
    raise NotUnderstoodError(operator)


def in_order(depths: Iterable[Depth]) -> tuple[int, ...] | None:
    """The numbers of the rules, first to last; `None` where the manuals leave their order open."""
    ordered = sorted(depths, key=lambda each: (*each.ends, each.source_ports + each.destination_ports, each.number))
    for _ends, alike in groupby(ordered, key=lambda each: each.ends):
        if any(_is_open(one, other) for one, other in combinations(alike, 2)):
            return None
    return tuple(each.number for each in ordered)


def _is_open(one: Depth, other: Depth) -> bool:
    by_source, by_destination = one.source_ports - other.source_ports, one.destination_ports - other.destination_ports
    return by_source * by_destination < 0
