"""Object groups of Cisco IOS and NX-OS, resolved when a line asks for them."""

from collections.abc import Mapping

from qianyun.verify.acls.matches import (
    ALL4,
    ALL6,
    PORTS_OF,
    address4,
    address6,
    icmp,
    of_length,
    of_mask,
    of_wildcard,
    ports,
    prefix6,
)
from qianyun.verify.acls.names import CISCO_ICMP, CISCO_ICMPV6, PROTOCOLS, TCP_PORTS
from qianyun.verify.acls.nesting import Nested
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, is_
from qianyun.verify.fields import DPORT, ICMP, ICMPV6, PROTOCOL, SPORT, TCP, UDP, Range, Ranges, merged
from qianyun.words import _

Service = tuple[Condition, tuple[Condition, ...]]
"""Protocol, and what is asked of the transport header."""


class Groups:
    """The groups of one configuration.

    Raises:
        NotUnderstoodError: On asking for a group that is not there, goes round in a circle, or has a
            member that is not understood.
    """

    def __init__(self) -> None:
        """No group yet."""
        self.groups: dict[str, list[Statement]] = {}
        self.networks = Nested(self._networks)
        """Addresses of a network group of one family."""
        self.services = Nested(self._services)
        """What a service group allows, protocol by protocol."""
        self.ports = Nested(self._ports)
        """Ports of a port group of NX-OS."""

    def _cursors(self, name: str) -> list[Cursor]:
        if name not in self.groups:
            raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))
        members = (Cursor(each.words, at=1 if _is_numbered(each) else 0) for each in self.groups[name])
        return [cursor for cursor in members if cursor.head != "description"]

    def _networks(self, name: str, version: int) -> Ranges:
        result: list[Range] = []
        for cursor in self._cursors(name):
            if cursor.accept("group-object"):
                result.extend(self.networks(cursor.take(), version))
            else:
                result.extend(_four(cursor) if version == 4 else _six(cursor))  # noqa: PLR2004 - IP version
            cursor.end()
        return merged(result)

    def _services(self, name: str, _version: int) -> tuple[Service, ...]:
        result: list[Service] = []
        for cursor in self._cursors(name):
            result.extend(self.services(cursor.take()) if cursor.accept("group-object") else _service(cursor))
            cursor.end()
        return tuple(dict.fromkeys(result))

    def _ports(self, name: str, _version: int) -> Ranges:
        result: list[Range] = []
        for cursor in self._cursors(name):
            result.extend(ports(cursor, TCP_PORTS) or ())
            cursor.end()
        return merged(result)


def _is_numbered(member: Statement) -> bool:
    """NX-OS numbers members; a lone number is a protocol."""
    return member.words[0].isdecimal() and len(member.words) > 1


def _four(cursor: Cursor) -> Ranges:
    if cursor.accept("any"):
        return ((0, ALL4),)
    if cursor.accept("host"):
        address = address4(cursor.take())
        return ((address, address),)
    if cursor.accept("range"):
        return _span(address4(cursor.take()), address4(cursor.take()))
    word, slash, length = cursor.take().partition("/")
    address = address4(word)
    if slash:
        return of_length(address, number(length, 32), 32)
    if cursor.head.startswith("/"):
        return of_length(address, number(cursor.take()[1:], 32), 32)
    second = address4(cursor.take())
    # IOS writes masks here and NX-OS wildcards; the two differ in their first bit unless all or nothing is meant
    ranges = of_mask(address, second) if second >> 31 or not second else of_wildcard(address, second)
    if ranges is None:
        raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
    return ranges


def _six(cursor: Cursor) -> Ranges:
    if cursor.accept("any"):
        return ((0, ALL6),)
    if cursor.accept("host"):
        address = address6(cursor.take())
        return ((address, address),)
    if cursor.accept("range"):
        return _span(address6(cursor.take()), address6(cursor.take()))
    return prefix6(cursor.take())


def _span(first: int, last: int) -> Ranges:
    return ((min(first, last), max(first, last)),)


def _service(cursor: Cursor) -> list[Service]:
    word = cursor.take()
    if word in ("ip", "ipv6"):
        return [(ALWAYS, ())]
    numbers = (TCP, UDP) if word == "tcp-udp" else (protocol(word),)
    if numbers[0] in (ICMP, ICMPV6):
        asked = icmp(cursor, CISCO_ICMP if numbers[0] == ICMP else CISCO_ICMPV6)
        return [(is_(PROTOCOL, numbers[0]), () if asked == ALWAYS else (asked,))]
    result: list[Service] = []
    start = cursor.at
    for each in numbers:
        cursor.at = start
        names = PORTS_OF.get(each)
        transport: list[Condition] = []
        if names is not None:
            if cursor.accept("source"):
                transport.append(In(SPORT, _ports(cursor, names)))
            if cursor.head:
                cursor.accept("destination")
                transport.append(In(DPORT, _ports(cursor, names)))
        result.append((is_(PROTOCOL, each), (all_of(*transport),) if transport else ()))
    return result


def _ports(cursor: Cursor, names: Mapping[str, int]) -> Ranges:
    found = ports(cursor, names, several=False)
    if found is not None:
        return found
    single = Cursor(["eq", cursor.take()])
    return ports(single, names) or ()


def protocol(word: str) -> int:
    """A protocol by number or name."""
    known = PROTOCOLS.get(word.lower())
    return number(word, 255) if known is None else known
