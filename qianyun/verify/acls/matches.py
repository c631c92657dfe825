"""What lines of access lists ask of a packet, as conditions; shared by the vendors' readers."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from qianyun.verify.acls.names import DSCP, PRECEDENCE, TCP_PORTS, TOS, UDP_PORTS
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, number
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, any_of, cannot_tell, is_, negated
from qianyun.verify.fields import DSCP as CODE_POINT
from qianyun.verify.fields import (
    DST4,
    DST6,
    FRAGMENT,
    SCTP,
    SPORT,
    SRC4,
    SRC6,
    TCP,
    TCP_FLAGS,
    TTL,
    UDP,
    Field,
    Fragment,
    Range,
    Ranges,
    masked,
    merged,
)
from qianyun.words import _

ALL4 = (1 << 32) - 1
ALL6 = (1 << 128) - 1
TOP_PORT = 65535
MOST_PIECES = 1 << 16
LATER = is_(FRAGMENT, Fragment.LATER)
NOT_LATER = is_(FRAGMENT, (Fragment.WHOLE, Fragment.FIRST))
ESTABLISHED = is_(TCP_FLAGS, *(n for n in range(256) if n & 0x14))
"""ACK or RST is set."""
SOURCE = {4: SRC4, 6: SRC6}
DESTINATION = {4: DST4, 6: DST6}
PORTS_OF: Mapping[int, Mapping[str, int]] = {TCP: TCP_PORTS, UDP: UDP_PORTS, SCTP: TCP_PORTS}


@lru_cache(1 << 16)
def address4(word: str) -> int:
    """An IPv4 address as a number."""
    try:
        return int(IPv4Address(word))
    except AddressValueError:
        raise NotUnderstoodError(_("{word!r} is no IPv4 address").format(word=word)) from None


def address6(word: str) -> int:
    """An IPv6 address as a number."""
    try:
        return int(IPv6Address(word))
    except AddressValueError:
        raise NotUnderstoodError(_("{word!r} is no IPv6 address").format(word=word)) from None


def prefix6(word: str) -> Ranges:
    """An IPv6 prefix; host bits count for nothing."""
    address, _slash, length = word.partition("/")
    return of_length(address6(address), number(length, 128), 128)


def prefix4or6(word: str) -> tuple[int, Ranges]:
    """An address or a prefix of either family, with its family."""
    if ":" in word:
        return 6, prefix6(word if "/" in word else f"{word}/128")
    address, slash, length = word.partition("/")
    return 4, of_length(address4(address), number(length, 32) if slash else 32, 32)


def of_length(address: int, length: int, width: int) -> Ranges:
    """The addresses that share the first bits."""
    loose = (1 << width - length) - 1
    first = address & ~loose
    return ((first, first | loose),)


def of_wildcard(address: int, wildcard: int) -> Ranges | None:
    """The addresses that agree wherever the wildcard has a 0; `None` when they fall into too many pieces."""
    if wildcard & wildcard + 1 == 0:
        first = address & ~wildcard
        return ((first, first | wildcard),)
    mask = ~wildcard & ALL4
    return masked(SRC4, mask, address & mask, limit=MOST_PIECES)


def of_mask(address: int, mask: int) -> Ranges | None:
    """The addresses that agree wherever the mask has a 1."""
    return of_wildcard(address, ~mask & ALL4)


def within(asked: Field, ranges: Ranges | None, place: str, hull: Ranges | None = None) -> Condition:
    """The field lies in the ranges; of too many pieces we only know a hull."""
    if ranges is not None:
        return In(asked, ranges)
    return all_of(*((In(asked, hull),) if hull else ()), cannot_tell(place))


def port(word: str, names: Mapping[str, int]) -> int:
    """A port by number or name."""
    found = names.get(word.lower())
    return number(word, TOP_PORT) if found is None else found


def ports(cursor: Cursor, names: Mapping[str, int], *, several: bool = True) -> Ranges | None:
    """The ports that `eq`, `neq`, `lt`, `gt`, `range` name; `None` when no such word comes next.

    Args:
        cursor: Stands before the operator, and behind the ports afterwards.
        names: Names of ports of this protocol.
        several: `eq` and `neq` may name several ports.
    """
    operator = cursor.one_of("eq", "neq", "lt", "gt", "range")
    if not operator:
        return None
    first = port(cursor.take(), names)
    if operator == "range":
        last = port(cursor.take(), names)
        return ((min(first, last), max(first, last)),)
    if operator == "lt":
        return ((0, first - 1),) if first else ()
    if operator == "gt":
        return ((first + 1, TOP_PORT),) if first < TOP_PORT else ()
    listed: list[Range] = [(first, first)]
    while several and (cursor.head.isdecimal() or cursor.head.lower() in names):
        more = port(cursor.take(), names)
        listed.append((more, more))
    return merged(listed) if operator == "eq" else complement(merged(listed), TOP_PORT)


def complement(ranges: Ranges, top: int) -> Ranges:
    """The values outside some ranges."""
    result: list[Range] = []
    start = 0
    for first, last in ranges:
        if start < first:
            result.append((start, first - 1))
        start = last + 1
    if start <= top:
        result.append((start, top))
    return tuple(result)


def icmp_words(kind: int, code: int | None) -> Ranges:
    """Type and code as the first two bytes behind the network header."""
    return ((kind << 8, kind << 8 | 255),) if code is None else ((kind << 8 | code, kind << 8 | code),)


def icmp(cursor: Cursor, names: Mapping[str, tuple[int, int | None]]) -> Condition:
    """A message by name, or by type and perhaps code; always true where none comes next."""
    named = names.get(cursor.head.lower())
    if named is not None:
        cursor.take()
        return In(SPORT, icmp_words(*named))
    if not cursor.head.isdecimal():
        return ALWAYS
    kind = cursor.number(255)
    return In(SPORT, icmp_words(kind, cursor.number(255) if cursor.head.isdecimal() else None))


def flags(set_: int, clear: int = 0) -> Condition:
    """TCP flags that are set and flags that are not."""
    return is_(TCP_FLAGS, *(n for n in range(256) if n & set_ == set_ and not n & clear))


def some_flag(set_: int, clear: int = 0) -> Condition:
    """At least one of these flags is set, or one of those is not."""
    return is_(TCP_FLAGS, *(n for n in range(256) if n & set_ or ~n & clear))


def dscp(word: str) -> Condition:
    """A differentiated-services code point."""
    value = DSCP.get(word.lower())
    return is_(CODE_POINT, number(word, 63) if value is None else value)


def precedence(word: str) -> Condition:
    """An IP precedence: the first three bits of the code point."""
    named = PRECEDENCE.get(word.lower())
    value = number(word, 7) if named is None else named
    return is_(CODE_POINT, (value << 3, value << 3 | 7))


def type_of_service(word: str, place: str) -> Condition:
    """The four bits of RFC 1349: three of them lie in the code point, the last one we do not see."""
    named = TOS.get(word.lower())
    value = number(word, 15) if named is None else named
    seen = is_(CODE_POINT, *(high << 3 | value >> 1 for high in range(8)))
    return all_of(seen, cannot_tell(place))


def time_to_live(cursor: Cursor) -> Condition:
    """`eq`, `neq`, `lt`, `gt`, `range` of the time to live."""
    operator, first = cursor.take(), cursor.number(255)
    match operator:
        case "eq":
            return is_(TTL, first)
        case "neq":
            return negated(is_(TTL, first))
        case "lt":
            return is_(TTL, (0, first - 1)) if first else any_of()
        case "gt":
            return is_(TTL, (first + 1, 255)) if first < 255 else any_of()  # noqa: PLR2004 - greatest TTL
        case "range":
            last = cursor.number(255)
            return is_(TTL, (min(first, last), max(first, last)))
    raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=operator))


def cisco(
    permits: bool,  # noqa: FBT001 - the first word of the line
    network: tuple[Condition, ...],
    transport: tuple[Condition, ...],
) -> Condition:
    """A line of Cisco IOS: a later fragment meets its network part alone.

    A line that permits lets later fragments pass by that part; one that denies leaves them to the
    next line. Source: Cisco IOS, IP Extended Access Lists with Fragment Control.
    """
    if not transport:
        return all_of(*network)
    if permits:
        return all_of(*network, any_of(LATER, all_of(*transport)))
    return all_of(*network, *transport, NOT_LATER)
