"""Object groups of H3C Comware: addresses, ports and services.

Source: H3C Comware 7 Security Command Reference, object group commands.
"""

from collections.abc import Mapping

from qianyun.verify.acls.huawei_rules import NAMES, vrp_ports
from qianyun.verify.acls.matches import address4, address6, icmp, of_length, of_mask, of_wildcard, ports
from qianyun.verify.acls.names import PROTOCOLS, TCP_PORTS, VRP_ICMP, VRP_ICMPV6
from qianyun.verify.acls.nesting import Nested
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, is_
from qianyun.verify.fields import DPORT, ICMP, ICMPV6, PROTOCOL, SCTP, SPORT, TCP, UDP, Range, Ranges, merged
from qianyun.words import _

MESSAGES = {ICMP: VRP_ICMP, ICMPV6: VRP_ICMPV6}
PORT_NAMES: Mapping[int, Mapping[str, int]] = {**NAMES, SCTP: TCP_PORTS}
SERVICES: Mapping[str, tuple[int, int]] = {
    "bgp": (TCP, 179), "dns-tcp": (TCP, 53), "dns-udp": (UDP, 53), "ftp": (TCP, 21), "http": (TCP, 80),
    "https": (TCP, 443), "imap": (TCP, 143), "ldap": (TCP, 389), "ntp": (UDP, 123), "pop3": (TCP, 110),
    "smtp": (TCP, 25), "snmp-request": (UDP, 161), "snmp-trap": (UDP, 162), "ssh": (TCP, 22), "syslog": (UDP, 514),
    "telnet": (TCP, 23), "tftp": (UDP, 69),
}  # fmt: skip
"""Services that every device knows under their names."""


class Groups:
    """Object groups by name, in any case of letters, resolved when a rule asks for them.

    Raises:
        NotUnderstoodError: On asking for a group that is not there, holds itself, or has a member
            that is not understood.
    """

    def __init__(self) -> None:
        """No group yet."""
        self.members: dict[tuple[str, str], list[Statement]] = {}
        self.networks = Nested(self._networks)
        """Addresses of a group of one family."""
        self.ports = Nested(self._ports)
        """Ports of a port group."""
        self.services = Nested(self._services)
        """What the services of a group ask: any of these."""

    def opened(self, kind: str, name: str) -> list[Statement]:
        """The members of a group, to be added to; kinds are `ip`, `ipv6`, `port` and `service`."""
        return self.members.setdefault((kind, name.lower()), [])

    def _cursors(self, kind: str, name: str, first: str) -> list[Cursor]:
        """The members, each behind its first word."""
        members = self.members.get((kind, name.lower()))
        if members is None:
            raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))
        cursors = (Cursor(member.words, at=1 if member.words[0].isdecimal() else 0) for member in members)
        kept = [cursor for cursor in cursors if cursor.head not in ("description", "security-zone")]
        for cursor in kept:
            if not cursor.accept(first):
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
        return kept

    def _networks(self, name: str, version: int) -> Ranges:
        result: list[Range] = []
        for cursor in self._cursors("ip" if version == 4 else "ipv6", name, "network"):  # noqa: PLR2004 - IP version
            inner = cursor.accept("group-object")
            result.extend(self.networks(cursor.take(), version) if inner else _network(cursor, version))
            cursor.end()
        return merged(result)

    def _ports(self, name: str, _version: int) -> Ranges:
        result: list[Range] = []
        for cursor in self._cursors("port", name, "port"):
            inner = cursor.accept("group-object")
            result.extend(self.ports(cursor.take()) if inner else vrp_ports(cursor, NAMES[TCP]))
            cursor.end()
        return merged(result)

    def _services(self, name: str, _version: int) -> tuple[Condition, ...]:
        known = name.lower()
        if ("service", known) not in self.members:
            if known == "any":
                return (ALWAYS,)
            if known in SERVICES:
                protocol, port = SERVICES[known]
                return (all_of(is_(PROTOCOL, protocol), is_(DPORT, port)),)
        result: list[Condition] = []
        for cursor in self._cursors("service", name, "service"):
            inner = cursor.accept("group-object")
            result.extend(self.services(cursor.take()) if inner else (service(cursor),))
            cursor.end()
        return tuple(dict.fromkeys(result))


def service(cursor: Cursor) -> Condition:
    """`tcp source gt 1023 destination eq 443`, `icmp 8 0`, `47`."""
    word = cursor.take().lower()
    protocol = PROTOCOLS[word] if word in PROTOCOLS else number(word, 255)
    asked: list[Condition] = [is_(PROTOCOL, protocol)]
    if protocol in MESSAGES:
        asked.append(icmp(cursor, MESSAGES[protocol]))
    while cursor.head:
        side = SPORT if cursor.accept("source") else DPORT if cursor.accept("destination") else None
        found = None if side is None else ports(cursor, PORT_NAMES.get(protocol, {}), several=False)
        if side is None or found is None:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
        asked.append(In(side, found))
    return all_of(*asked)


def _network(cursor: Cursor, version: int) -> Ranges:
    kind = cursor.take()
    read = address4 if version == 4 else address6  # noqa: PLR2004 - IP version
    if kind == "host" and cursor.accept("address"):
        address = read(cursor.take())
        return ((address, address),)
    if kind == "range":
        first, last = read(cursor.take()), read(cursor.take())
        return ((min(first, last), max(first, last)),)
    if kind != "subnet":
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=kind))
    word, slash, length = cursor.take().partition("/")
    if version == 6:  # noqa: PLR2004 - IP version
        return of_length(address6(word), number(length if slash else cursor.take(), 128), 128)
    if cursor.accept("wildcard"):
        ranges = of_wildcard(address4(word), address4(cursor.take()))
    elif slash or cursor.head.isdecimal():
        ranges = of_length(address4(word), number(length if slash else cursor.take(), 32), 32)
    else:
        ranges = of_mask(address4(word), address4(cursor.take()))
    if ranges is None:
        raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
    return ranges
