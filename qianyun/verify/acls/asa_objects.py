"""Objects and object groups of Cisco ASA; they write masks, never wildcards."""

from collections.abc import Iterable, Iterator, Mapping
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
from qianyun.verify.acls.nesting import Nested
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, any_of, is_
from qianyun.verify.fields import DPORT, ICMP, ICMPV6, PROTOCOL, SPORT, TCP, UDP, Range, Ranges, merged
from qianyun.words import _

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
        self.of_object = Nested(self._object)
        """Addresses of a network object."""
        self.of_group = Nested(self._group)
        """Addresses of a network group."""
        self.protocols = Nested(self._protocols)
        """Any protocol of a group."""
        self.services = Nested(self._services)
        """What the services of a group ask: any of these."""
        self.service = Nested(self._service)
        """What a service object asks."""
        self.ports = Nested(self._ports)
        """Ports of a group that names a protocol at its head."""
        self.messages = Nested(self._messages)
        """Any ICMP type of a group, in the words of a family."""

    def kind(self, name: str) -> str:
        """Which kind of group this is."""
        return self._named(self.groups, name).kind

    def address(self, word: str) -> int:
        """An IPv4 address, perhaps by the name that `name` gave it."""
        return address4(self.aliases.get(word, word))

    def masked(self, word: str, mask: str) -> Ranges:
        """The addresses of an address and a mask."""
        ranges = of_mask(self.address(word), address4(mask))
        if ranges is None:
            raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
        return ranges

    def _named(self, known: Mapping[str, Object], name: str) -> Object:
        if name not in known:
            raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))
        return known[name]

    def _members(self, known: Mapping[str, Object], name: str, first: str) -> Iterator[tuple[Cursor, bool]]:
        """Members behind their first word, and whether each is a group; what stands there must be read whole."""
        for member in self._named(known, name).members:
            cursor = Cursor(member.words)
            inner = cursor.accept("group-object")
            if cursor.head in QUIET and not inner:
                continue
            if first and not inner and not cursor.accept(first):
                cursor.end()
            yield cursor, inner
            cursor.end()

    def _object(self, name: str, _version: int) -> Addresses:
        return sum((self._addresses(cursor) for cursor, _inner in self._members(self.objects, name, "")), Addresses())

    def _group(self, name: str, _version: int) -> Addresses:
        found = Addresses()
        for cursor, inner in self._members(self.groups, name, "network-object"):
            if inner:
                found += self.of_group(cursor.take())
            else:
                found += self.of_object(cursor.take()) if cursor.accept("object") else self._addresses(cursor)
        return found

    def _addresses(self, cursor: Cursor) -> Addresses:
        word = cursor.take()
        if word == "range":
            low, high = cursor.take(), cursor.take()
            return (
                _span6(address6(low), address6(high)) if ":" in low else _span4(self.address(low), self.address(high))
            )
        if word in ("host", "subnet"):
            kind, word = word, cursor.take()
            if kind == "host" and ":" in word:
                return _span6(address6(word), address6(word))
            if kind == "host":
                return _span4(self.address(word), self.address(word))
        return Addresses(six=prefix6(word)) if "/" in word else Addresses(four=self.masked(word, cursor.take()))

    def _protocols(self, name: str, _version: int) -> Condition:
        members = self._members(self.groups, name, "protocol-object")
        return _any(self.protocols(cursor.take()) if inner else protocol_is(cursor.take()) for cursor, inner in members)

    def _services(self, name: str, _version: int) -> Condition:
        parts: list[Condition] = []
        for cursor, inner in self._members(self.groups, name, "service-object"):
            if inner:
                parts.append(self.services(cursor.take()))
            else:
                parts.append(self.service(cursor.take()) if cursor.accept("object") else service(cursor))
        return _any(parts)

    def _service(self, name: str, _version: int) -> Condition:
        return _any(service(cursor) for cursor, _inner in self._members(self.objects, name, "service"))

    def _ports(self, name: str, _version: int) -> Ranges:
        result: list[Range] = []
        for cursor, inner in self._members(self.groups, name, "port-object"):
            result.extend(self.ports(cursor.take()) if inner else ports(cursor, PORT_NAMES, several=False) or ())
        return merged(result)

    def _messages(self, name: str, version: int) -> Condition:
        names = MESSAGES[ICMPV6 if version == 6 else ICMP]  # noqa: PLR2004 - IP version
        members = self._members(self.groups, name, "icmp-object")
        return _any(
            self.messages(cursor.take(), version) if inner else icmp(cursor, names) for cursor, inner in members
        )


def _any(parts: Iterable[Condition]) -> Condition:
    return any_of(*dict.fromkeys(parts))


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


def _span4(first: int, last: int) -> Addresses:
    return Addresses(four=((min(first, last), max(first, last)),))


def _span6(first: int, last: int) -> Addresses:
    return Addresses(six=((min(first, last), max(first, last)),))
