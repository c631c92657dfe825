"""Objects and object groups of Cisco ASA; they write masks, never wildcards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qianyun.verify.acls.matches import (
    PORTS_OF,
    address4,
    address6,
    icmp,
    of_mask,
    ports,
    prefix6,
)
from qianyun.verify.acls.names import CISCO_ICMP, CISCO_ICMPV6, PROTOCOLS, TCP_PORTS, UDP_PORTS
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, any_of, is_
from qianyun.verify.fields import DPORT, ICMP, ICMPV6, PROTOCOL, SPORT, TCP, UDP, Range, Ranges, merged
from qianyun.words import _

MOST_NESTED = 32
MESSAGES = {ICMP: CISCO_ICMP, ICMPV6: CISCO_ICMPV6}
BOTH = {"tcp-udp": (TCP, UDP)}
PORT_NAMES: Mapping[str, int] = {**UDP_PORTS, **TCP_PORTS}
QUIET = ("description", "nat")


@dataclass(slots=True)
class Object:
    """An object or a group: `network`, `service`, `protocol`, `icmp-type`; groups of ports name a protocol."""

    kind: str
    protocol: str = ""
    members: list[Statement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ranges of both families."""

    four: Ranges = ()
    six: Ranges = ()

    def __add__(self, other: "Addresses") -> "Addresses":
        return Addresses(merged((*self.four, *other.four)), merged((*self.six, *other.six)))


class Objects:
    """All of one configuration; objects and groups have names of their own.

    Raises:
        NotUnderstoodError: On asking for what is not there, holds itself, or has a member that is not
            understood.
    """

    def __init__(self) -> None:
        """None yet."""
        self.objects: dict[str, Object] = {}
        self.groups: dict[str, Object] = {}
        self.aliases: dict[str, str] = {}

    def group(self, name: str, depth: int = 0) -> Object:
        """A group that must be there."""
        if name not in self.groups or depth > MOST_NESTED:
            what = _("the object group {name!r} holds itself") if depth else _("the object group {name!r} is not there")
            raise NotUnderstoodError(what.format(name=name))
        return self.groups[name]

    def object(self, name: str) -> Object:
        """An object that must be there."""
        if name not in self.objects:
            raise NotUnderstoodError(_("the object {name!r} is not there").format(name=name))
        return self.objects[name]

    def address(self, word: str) -> int:
        """An IPv4 address, perhaps by the name that `name` gave it."""
        return address4(self.aliases.get(word, word))

    def of_object(self, name: str) -> Addresses:
        """Addresses of a network object."""
        found = Addresses()
        for member in self.object(name).members:
            cursor = Cursor(member.words)
            if cursor.head not in QUIET:
                found += self._member(cursor)
                cursor.end()
        return found

    def of_group(self, name: str, depth: int = 0) -> Addresses:
        """Addresses of a network group."""
        found = Addresses()
        for member in self.group(name, depth).members:
            cursor = Cursor(member.words)
            if cursor.accept("group-object"):
                found += self.of_group(cursor.take(), depth + 1)
            elif cursor.accept("network-object"):
                found += self.of_object(cursor.take()) if cursor.accept("object") else self._member(cursor)
            elif cursor.head in QUIET:
                continue
            cursor.end()
        return found

    def _member(self, cursor: Cursor) -> Addresses:
        word = cursor.take()
        if word in ("host", "subnet"):
            kind, word = word, cursor.take()
            if kind == "host":
                return _one(address6(word)) if ":" in word else _span(self.address(word), self.address(word))
        elif word == "range":
            low, high = cursor.take(), cursor.take()
            if ":" in low:
                return Addresses(six=((address6(low), max(address6(low), address6(high))),))
            return _span(self.address(low), self.address(high))
        if "/" in word:
            return Addresses(six=prefix6(word))
        return Addresses(four=self.masked(word, cursor.take()))

    def masked(self, word: str, mask: str) -> Ranges:
        """The addresses of an address and a mask."""
        ranges = of_mask(self.address(word), address4(mask))
        if ranges is None:
            raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
        return ranges

    def protocols(self, name: str, depth: int = 0) -> Condition:
        """Any protocol of a group."""
        parts: list[Condition] = []
        for member in self.group(name, depth).members:
            cursor = Cursor(member.words)
            if cursor.accept("group-object"):
                parts.append(self.protocols(cursor.take(), depth + 1))
            elif cursor.accept("protocol-object"):
                parts.append(protocol_is(cursor.take()))
            elif cursor.head in QUIET:
                continue
            cursor.end()
        return any_of(*parts)

    def services(self, name: str, depth: int = 0) -> Condition:
        """What the services of a group ask."""
        parts: list[Condition] = []
        for member in self.group(name, depth).members:
            cursor = Cursor(member.words)
            if cursor.accept("group-object"):
                parts.append(self.services(cursor.take(), depth + 1))
            elif cursor.accept("service-object"):
                parts.append(self.service(cursor.take()) if cursor.accept("object") else service(cursor))
            elif cursor.head in QUIET:
                continue
            cursor.end()
        return any_of(*parts)

    def service(self, name: str) -> Condition:
        """What a service object asks."""
        parts: list[Condition] = []
        for member in self.object(name).members:
            cursor = Cursor(member.words)
            if cursor.accept("service"):
                parts.append(service(cursor))
                cursor.end()
            elif cursor.head not in QUIET:
                cursor.end()
        return any_of(*parts)

    def ports(self, name: str, depth: int = 0) -> Ranges:
        """Ports of a group that names a protocol at its head."""
        result: list[Range] = []
        for member in self.group(name, depth).members:
            cursor = Cursor(member.words)
            if cursor.accept("group-object"):
                result.extend(self.ports(cursor.take(), depth + 1))
            elif cursor.accept("port-object"):
                result.extend(ports(cursor, PORT_NAMES, several=False) or ())
            elif cursor.head in QUIET:
                continue
            cursor.end()
        return merged(result)

    def messages(self, name: str, names: Mapping[str, tuple[int, int | None]], depth: int = 0) -> Condition:
        """Any ICMP type of a group."""
        parts: list[Condition] = []
        for member in self.group(name, depth).members:
            cursor = Cursor(member.words)
            if cursor.accept("group-object"):
                parts.append(self.messages(cursor.take(), names, depth + 1))
            elif cursor.accept("icmp-object"):
                parts.append(icmp(cursor, names))
            elif cursor.head in QUIET:
                continue
            cursor.end()
        return any_of(*parts)


def service(cursor: Cursor) -> Condition:
    """`tcp source gt 1023 destination eq www`, `icmp echo`, `47`."""
    word = cursor.take()
    numbers = BOTH.get(word) or (() if word in ("ip", "ipv6") else (protocol(word),))
    if not numbers:
        return ALWAYS
    if numbers[0] in MESSAGES:
        return all_of(is_(PROTOCOL, numbers[0]), icmp(cursor, MESSAGES[numbers[0]]))
    asked: list[Condition] = [is_(PROTOCOL, *numbers)]
    names = PORTS_OF.get(numbers[0], {}) if len(numbers) == 1 else PORT_NAMES
    for word, side in (("source", SPORT), ("destination", DPORT)):
        if names and (cursor.accept(word) or (side is DPORT and cursor.head in ("eq", "neq", "lt", "gt", "range"))):
            found = ports(cursor, names, several=False)
            if found is None:
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
            asked.append(In(side, found))
    return all_of(*asked)


def protocol(word: str) -> int:
    """A protocol by number or name."""
    known = PROTOCOLS.get(word.lower())
    return number(word, 255) if known is None else known


def protocol_is(word: str) -> Condition:
    """A protocol, where `ip` is any."""
    return ALWAYS if word in ("ip", "ipv6") else is_(PROTOCOL, *(BOTH.get(word) or (protocol(word),)))


def _one(address: int) -> Addresses:
    return Addresses(six=((address, address),))


def _span(first: int, last: int) -> Addresses:
    return Addresses(four=((min(first, last), max(first, last)),))
