"""Address sets and service sets of Huawei USG firewalls."""

from collections.abc import Mapping

from qianyun.verify.acls.matches import TOP_PORT, address4, address6, icmp_words, of_length, of_mask, of_wildcard
from qianyun.verify.acls.names import PROTOCOLS, VRP_ICMP
from qianyun.verify.acls.nesting import Nested
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, is_
from qianyun.verify.fields import DPORT, ICMP, ICMPV6, PROTOCOL, SPORT, TCP, UDP, Range, Ranges, merged
from qianyun.words import _

SERVICES = {
    "http": (TCP, 80), "https": (TCP, 443), "ssh": (TCP, 22), "telnet": (TCP, 23), "ftp": (TCP, 21),
    "smtp": (TCP, 25), "pop3": (TCP, 110), "imap": (TCP, 143), "ntp": (UDP, 123), "snmp": (UDP, 161),
    "snmptrap": (UDP, 162), "tftp": (UDP, 69), "syslog": (UDP, 514), "dns": (UDP, 53), "bgp": (TCP, 179),
    "ldap": (TCP, 389), "ldaps": (TCP, 636), "mysql": (TCP, 3306),
}  # fmt: skip
"""Services that every device knows under their names."""


class AddressSets:
    """Address sets by name, resolved when a rule asks for them.

    Raises:
        NotUnderstoodError: On asking for a set that is not there, holds itself, or has a member that
            is not understood.
    """

    def __init__(self) -> None:
        """No set yet."""
        self.members: dict[str, list[Statement]] = {}
        self.networks = Nested(self._networks)
        """Addresses of a set of one family."""

    def ports(self, name: str) -> Ranges:
        """VRP has no groups of ports."""
        raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))

    def _networks(self, name: str, version: int) -> Ranges:
        result: list[Range] = []
        for cursor in _cursors(self.members, name, "address"):
            if cursor.accept("address-set"):
                result.extend(self.networks(cursor.take(), version))
            else:
                family, ranges = addresses(cursor)
                result.extend(ranges if family == version else ())
            cursor.end()
        return merged(result)


def _cursors(sets: Mapping[str, list[Statement]], name: str, first: str) -> list[Cursor]:
    """The members of a set, each behind its first word and its number."""
    if name not in sets:
        raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))
    kept = [Cursor(member.words) for member in sets[name] if member.words[0] not in ("description", "undo")]
    for cursor in kept:
        if not cursor.accept(first):
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
        if cursor.head.isdecimal() and len(cursor.words) > 2:  # noqa: PLR2004 - a number and what it numbers
            cursor.take()
    return kept


def addresses(cursor: Cursor) -> tuple[int, Ranges]:
    """One entry of addresses with its family: an address, a prefix, a range."""
    if cursor.accept("range"):
        low, high = cursor.take(), cursor.take()
        six = ":" in low
        first, last = (address6(low), address6(high)) if six else (address4(low), address4(high))
        return (6 if six else 4), ((min(first, last), max(first, last)),)
    word, slash, length = cursor.take().partition("/")
    if ":" in word:
        bits = length if slash else cursor.take() if cursor.head.isdecimal() else "128"
        return 6, of_length(address6(word), number(bits, 128), 128)
    address = address4(word)
    if slash:
        return 4, of_length(address, number(length, 32), 32)
    if cursor.accept("mask"):
        mask = cursor.take()
        ranges = of_length(address, number(mask, 32), 32) if mask.isdecimal() else of_mask(address, address4(mask))
    elif cursor.accept("0") or not cursor.head:
        ranges = ((address, address),)
    else:
        ranges = of_wildcard(address, address4(cursor.take()))
    if ranges is None:
        raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
    return 4, ranges


class ServiceSets:
    """Service sets by name.

    Raises:
        NotUnderstoodError: As for address sets.
    """

    def __init__(self) -> None:
        """No set yet."""
        self.members: dict[str, list[Statement]] = {}
        self.conditions = Nested(self._conditions)
        """What the services of a set ask: any of these."""

    def _conditions(self, name: str, _version: int) -> tuple[Condition, ...]:
        known = name.lower()
        if known == "any":
            return (ALWAYS,)
        if name not in self.members and known in SERVICES:
            protocol, port = SERVICES[known]
            return (all_of(is_(PROTOCOL, protocol), is_(DPORT, port)),)
        if name not in self.members and known in PROTOCOLS:
            return (is_(PROTOCOL, PROTOCOLS[known]),)
        result: list[Condition] = []
        for cursor in _cursors(self.members, name, "service"):
            if cursor.accept("service-set"):
                result.extend(self.conditions(cursor.take()))
                cursor.end()
            else:
                result.append(service(cursor))
        return tuple(dict.fromkeys(result))


def service(cursor: Cursor) -> Condition:
    """`protocol tcp source-port 0 to 65535 destination-port 80 443`."""
    if not cursor.accept("protocol"):
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
    word = cursor.take().lower()
    protocol = PROTOCOLS[word] if word in PROTOCOLS else number(word, 255)
    asked: list[Condition] = [is_(PROTOCOL, protocol)]
    while cursor.head:
        option = cursor.take()
        if option in ("source-port", "destination-port"):
            ranges = _spans(cursor)
            if ranges != ((0, TOP_PORT),):
                asked.append(In(SPORT if option == "source-port" else DPORT, ranges))
        elif option in ("icmp-type", "icmpv6-type", "icmp6-type") and protocol in (ICMP, ICMPV6):
            asked.append(In(SPORT, _messages(cursor)))
        else:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=option))
    return all_of(*asked)


def _messages(cursor: Cursor) -> Ranges:
    named = VRP_ICMP.get(cursor.head.lower())
    if named is not None:
        cursor.take()
        return icmp_words(*named)
    kind = cursor.number(255)
    if not cursor.head.isdecimal():
        return icmp_words(kind, None)
    first = cursor.number(255)
    last = cursor.number(255) if cursor.accept("to") else first
    return ((kind << 8 | first, kind << 8 | max(first, last)),)


def _spans(cursor: Cursor) -> Ranges:
    spans: list[Range] = []
    while cursor.head.isdecimal():
        first = cursor.number(TOP_PORT)
        last = cursor.number(TOP_PORT) if cursor.accept("to") else first
        spans.append((min(first, last), max(first, last)))
    if not spans:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
    return merged(spans)
