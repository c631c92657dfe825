"""Access lists of Cisco IOS, IOS XE and NX-OS, of either family.

The first line that matches decides; what no line matches is refused. An IPv6 list lets neighbour
discovery pass before its end. Lines with what packets alone do not tell (time ranges, reflexive
entries, IP options) are bounds: they may match.

Source: Cisco IOS Security Command Reference; Cisco IOS IPv6 Command Reference.
"""

from dataclasses import dataclass, field

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Binding, Configuration, Direction, Filter
from qianyun.verify.acls.ios_entries import Entries, Scope
from qianyun.verify.acls.ios_groups import Groups
from qianyun.verify.acls.lists import Lists
from qianyun.verify.acls.statements import Statement
from qianyun.verify.acls.texts import Body, Head, action_at
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import IS_V6, icmp_is
from qianyun.words import _

STEP = 10
STANDARD = (range(1, 100), range(1300, 2000))
EXTENDED = (range(100, 200), range(2000, 2700))
ENTRY_WORDS = ("permit", "deny", "remark", "dynamic", "evaluate", "sequence", "no")
NOT_MODELLED = (
    ("zone-pair",), ("zone-member",), ("service-policy",), ("crypto", "map"),
    ("ip", "inspect"), ("ip", "nat"), ("ip", "policy"), ("ip", "verify"), ("ip", "access-list", "role-based"),
    ("ipv6", "inspect"), ("ipv6", "nat"), ("ipv6", "policy"), ("ipv6", "verify"),
    ("mac", "access-list"), ("mac", "access-group"), ("vlan", "access-map"), ("vlan", "filter"),
)  # fmt: skip


@dataclass(slots=True)
class _List:
    """A list while it is read: lines first, their meaning once all groups are known."""

    name: str
    version: int
    standard: bool
    place: str
    entries: list[tuple[int, Statement, int]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def read_ios(text: str, name: str) -> Configuration:
    """The lists of a configuration and where they stand.

    Args:
        text: What `show running-config` shows.
        name: Name of the file or device, for places.

    Raises:
        ReadError: The text holds what no configuration holds.
    """
    return _Text(text, name).configuration()


class _Text(Lists[_List]):
    not_modelled = NOT_MODELLED

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text, name)
        self.groups = Groups()
        self.entries = Entries(self.groups)

    def heads(self) -> dict[str, Head]:
        return {
            "access-list": self._numbered,
            "ip": self._named,
            "ipv6": self._named,
            "object-group": self._group,
            "interface": self._interface,
            "hostname": self.set_hostname,
        }

    def _list(self, name: str, version: int, statement: Statement, *, standard: bool) -> _List:
        key = f"{'ip' if version == 4 else 'ipv6'} {name}"  # noqa: PLR2004 - IP version
        found = self.lists.get(key)
        if found is None:
            found = self.lists[key] = _List(name, version, standard, self.place(statement))
        return found

    def _numbered(self, statement: Statement) -> None:
        words = statement.words
        known = len(words) > 2 and words[1].isdecimal() and len(words[1]) < 5  # noqa: PLR2004 - list numbers have four digits
        kind = int(words[1]) if known else 0
        standard = any(kind in span for span in STANDARD)
        if standard or any(kind in span for span in EXTENDED):
            found = self._list(words[1], 4, statement, standard=standard)
            self._add(found, statement, 2)
        elif words[1:2] not in (["compiled"], ["log-update"], ["rate-limit"]):
            self.report(statement, _("a list of this number is not modelled"))

    def _named(self, statement: Statement) -> Body | None:
        words = statement.words
        if words[1:2] != ["access-list"]:
            return None
        version = 6 if words[0] == "ipv6" else 4
        at = 3 if version == 4 and words[2:3] in (["standard"], ["extended"]) else 2  # noqa: PLR2004 - IP version
        if len(words) <= at or words[2] in ("role-based", "resequence", "logging", "log-update", "match-local-traffic"):
            return None
        found = self._list(words[at], version, statement, standard=words[2] == "standard")
        if len(words) > at + 1:
            self._add(found, statement, at + 1)

        def body(inner: Statement) -> bool:
            belongs = inner.indent > 0 or inner.words[0] in ENTRY_WORDS or inner.words[0].isdecimal()
            belongs &= inner.words[0] != "no" or inner.indent > 0
            if belongs:
                self._add(found, inner, 0)
            return belongs

        return body

    def _group(self, statement: Statement) -> Body | None:
        words = statement.words
        at = 3 if words[1:3] in (["ip", "address"], ["ip", "port"], ["ipv6", "address"]) else 2
        if len(words) <= at:
            return None
        members = self.groups.groups.setdefault(words[at], [])

        def body(inner: Statement) -> bool:
            if inner.indent > statement.indent:
                members.append(inner)
            return inner.indent > statement.indent

        return body

    def _interface(self, statement: Statement) -> Body:
        interface = "".join(statement.words[1:])

        def body(inner: Statement) -> bool:
            if inner.indent <= statement.indent:
                return False
            words = inner.words
            bound = words[:2] in (["ip", "access-group"], ["ipv6", "traffic-filter"])
            if bound and len(words) > 3 and words[3] in ("in", "out"):  # noqa: PLR2004 - `ip access-group NAME in`
                version = 6 if words[0] == "ipv6" else 4
                self.bindings.append(
                    Binding(
                        filter=f"{words[0]} {words[2]}",
                        interface=interface,
                        direction=Direction(words[3]),
                        version=version,
                        place=self.place(inner),
                    )
                )
            else:
                self.note(inner)
            return True

        return body

    def _add(self, found: _List, statement: Statement, at: int) -> None:
        """Put a line where its sequence number says; without one it comes last."""
        words = statement.words
        if words[at : at + 1] == ["sequence"]:
            at += 1
        sequence = found.entries[-1][0] + STEP if found.entries else STEP
        if at < len(words) and words[at].isdecimal() and len(words[at]) < 11:  # noqa: PLR2004 - ten digits
            sequence = int(words[at])
            at += 1
        if words[at : at + 1] not in (["remark"], ["statistics"]):
            found.entries.append((sequence, statement, at))

    def filter(self, found: _List) -> Filter:
        entries = sorted(found.entries, key=_sequence)
        lines = [line for _number, statement, at in entries for line in self._lines(found, statement, at)]
        implied: tuple[Line, ...] = ()
        if found.version == 6 and not any(line.condition == IS_V6 for line in lines):  # noqa: PLR2004 - IP version
            implied = tuple(
                Line(permits=True, condition=icmp_is(6, [(kind, kind)]), text=f"permit icmp any any {word}")
                for word, kind in (("nd-na", 136), ("nd-ns", 135))
            )
        return Filter(
            name=found.name,
            lines=(*lines, *implied),
            version=found.version,
            implied=len(implied),
            place=found.place,
            unread=tuple(found.unread),
        )

    def _lines(self, found: _List, statement: Statement, at: int) -> tuple[Line, ...]:
        scope = Scope(found.version, found.standard, self.place(statement))
        words = statement.words

        def read() -> Line:
            statement.must_be_whole()
            return self.entries.line(words, at, scope)

        return self.lines(
            read,
            place=scope.place,
            text=statement.text,
            permits=action_at(words, at),
            version=found.version,
            unread=found.unread,
        )


def _sequence(entry: tuple[int, Statement, int]) -> int:
    return entry[0]
