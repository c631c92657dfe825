"""Configurations of H3C Comware routers, switches and firewalls: access lists and object groups.

Source: H3C Comware 7, ACL and QoS Command Reference; Security Command Reference, object groups.
"""

from functools import partial

from qianyun.verify.acls.filters import Configuration
from qianyun.verify.acls.huawei_lists import HuaweiText
from qianyun.verify.acls.huawei_rules import NAMES, Rules, vrp_ports
from qianyun.verify.acls.matches import address4, address6, of_length, of_mask, of_wildcard
from qianyun.verify.acls.nesting import Nested
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.acls.texts import Body, Head
from qianyun.verify.fields import TCP, Range, Ranges, merged
from qianyun.words import _

NOT_MODELLED = (
    ("traffic", "classifier"), ("traffic", "behavior"), ("qos", "policy"), ("qos", "apply"), ("policy-based-route",),
    ("nat",), ("zone-pair",), ("security-policy",), ("object-policy",), ("ip", "urpf"), ("aspf",), ("blacklist",),
)  # fmt: skip


def read_comware(text: str, name: str) -> Configuration:
    """The access lists and where they stand.

    Args:
        text: What `display current-configuration` shows.
        name: Name of the file or device, for places.

    Raises:
        ReadError: The text holds what no configuration holds.
    """
    return _Comware(text, name).configuration()


class _Comware(HuaweiText):
    not_modelled = NOT_MODELLED

    def __init__(self, text: str, name: str) -> None:
        self.groups = Groups()
        super().__init__(text, name, Rules(self.groups))

    def heads(self) -> dict[str, Head]:
        return super().heads() | {
            "object-group": self._group,
            "packet-filter": self._default,
            "firewall": self._default,
            "security-zone": self._zone,
        }

    def bind(self, statement: Statement, interface: str) -> bool:
        words = statement.words[1:] if statement.words[0] == "firewall" else statement.words
        return words[0] == "packet-filter" and self.bind_list(statement, words[1:], interface)

    def _default(self, statement: Statement) -> None:
        if statement.words[-2:] == ["default", "deny"] or statement.words[:3] == ["firewall", "default", "deny"]:
            self.default_passes = False

    def _group(self, statement: Statement) -> Body | None:
        words = statement.words
        at = 3 if words[1:3] in (["ip", "address"], ["ipv6", "address"]) else 2
        if len(words) <= at or words[1] not in ("ip", "ipv6", "service", "port"):
            return None
        return partial(_member, self.groups.members.setdefault(words[at].lower(), []), statement.indent)

    def _zone(self, statement: Statement) -> Body:
        zone = statement.words[-1]
        self.zones.setdefault(zone, ())
        return partial(self._in_zone, zone, statement.indent)

    def _in_zone(self, zone: str, indent: int, statement: Statement) -> bool:
        if statement.words[:2] == ["import", "interface"] and statement.indent > indent:
            self.zones[zone] += ("".join(statement.words[2:]),)
        return statement.indent > indent


def _member(members: list[Statement], indent: int, statement: Statement) -> bool:
    if statement.indent > indent:
        members.append(statement)
    return statement.indent > indent


class Groups:
    """Object groups by name, in any case of letters, resolved when a rule asks for them.

    Raises:
        NotUnderstoodError: On asking for a group that is not there, holds itself, or has a member
            that is not understood.
    """

    def __init__(self) -> None:
        """No group yet."""
        self.members: dict[str, list[Statement]] = {}
        self.networks = Nested(self._networks)
        """Addresses of a group of one family."""
        self.ports = Nested(self._ports)
        """Ports of a port group."""

    def _cursors(self, name: str, first: str) -> list[Cursor]:
        """The members, each behind its first word."""
        if name.lower() not in self.members:
            raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))
        members = self.members[name.lower()]
        cursors = (Cursor(member.words, at=1 if member.words[0].isdecimal() else 0) for member in members)
        kept = [cursor for cursor in cursors if cursor.head not in ("description", "security-zone")]
        for cursor in kept:
            if not cursor.accept(first):
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
        return kept

    def _networks(self, name: str, version: int) -> Ranges:
        result: list[Range] = []
        for cursor in self._cursors(name, "network"):
            inner = cursor.accept("group-object")
            result.extend(self.networks(cursor.take(), version) if inner else _network(cursor, version))
            cursor.end()
        return merged(result)

    def _ports(self, name: str, _version: int) -> Ranges:
        result: list[Range] = []
        for cursor in self._cursors(name, "port"):
            inner = cursor.accept("group-object")
            result.extend(self.ports(cursor.take()) if inner else vrp_ports(cursor, NAMES[TCP]))
            cursor.end()
        return merged(result)


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
