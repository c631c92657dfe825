"""Access lists of Cisco ASA: one list serves both families, with masks and objects.

The first line that matches decides; what no line matches is refused. The device puts fragments
together before it looks, and keeps state, so a list judges the packet that opens a connection.

Source: Cisco ASA Series Command Reference, access-list extended; CLI Book 2, Access Control Lists.
"""

from dataclasses import dataclass, field
from functools import partial

from qianyun.verify.acl import Line
from qianyun.verify.acls.asa_entries import Entries
from qianyun.verify.acls.asa_objects import Object, Objects
from qianyun.verify.acls.filters import Binding, Configuration, Direction, Filter
from qianyun.verify.acls.lists import Lists
from qianyun.verify.acls.statements import Statement
from qianyun.verify.acls.texts import Body, Head, action_at
from qianyun.verify.chains import Unread
from qianyun.words import _

NOT_MODELLED = (
    ("nat",), ("static",), ("global",), ("crypto", "map"), ("service-policy",), ("same-security-traffic",),
    ("policy-route",), ("ipv6", "access-list"), ("threat-detection",), ("shun",),
)  # fmt: skip
OTHER_KINDS = ("ethertype", "webtype", "role-based")


@dataclass(slots=True)
class _List:
    """A list while it is read."""

    name: str
    place: str
    entries: list[tuple[Statement, int, bool]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def read_asa(text: str, name: str) -> Configuration:
    """The lists of a configuration and where they stand; interfaces go by their `nameif`.

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
        self.objects = Objects()
        self.entries = Entries(self.objects)

    def heads(self) -> dict[str, Head]:
        return {
            "access-list": self._entry,
            "access-group": self._bound,
            "object": self._object,
            "object-group": self._object,
            "name": self._name,
            "interface": self._interface,
            "hostname": self.set_hostname,
        }

    def _name(self, statement: Statement) -> None:
        if len(statement.words) > 2:  # noqa: PLR2004 - address and name
            self.objects.aliases[statement.words[2]] = statement.words[1]

    def _object(self, statement: Statement) -> Body | None:
        words = statement.words
        if len(words) < 3:  # noqa: PLR2004 - kind and name
            return None
        known = self.objects.objects if words[0] == "object" else self.objects.groups
        found = known.setdefault(words[2], Object(words[1], words[3] if len(words) > 3 else ""))  # noqa: PLR2004 - protocol of a service group
        return partial(_member, found, statement.indent)

    def _interface(self, statement: Statement) -> Body:
        return partial(self._at_interface, [""], statement.indent)

    def _at_interface(self, named: list[str], indent: int, statement: Statement) -> bool:
        words = statement.words
        if statement.indent <= indent:
            return False
        if words[0] == "nameif" and len(words) > 1:
            named[0] = words[1]
        elif words[:2] == ["ip", "address"] and len(words) > 2 and named[0]:  # noqa: PLR2004 - the address
            self.entries.interfaces[named[0]] = words[2]
        else:
            self.note(statement)
        return True

    def _entry(self, statement: Statement) -> None:
        words = statement.words
        if len(words) < 3:  # noqa: PLR2004 - name and action
            self.report(statement, _("the line ends early"))
            return
        at = 4 if words[2] == "line" else 2
        kind = words[at] if at < len(words) else ""
        if kind in OTHER_KINDS:
            self.report(statement, _("a list of this kind is not modelled"))
            return
        found = self.lists.setdefault(f"ip {words[1]}", _List(words[1], self.place(statement)))
        if kind != "remark":
            found.entries.append((statement, at + (kind in ("extended", "standard")), kind == "standard"))

    def _bound(self, statement: Statement) -> None:
        words = statement.words
        known = words[2:3] == ["global"] or (len(words) > 4 and words[2] in ("in", "out") and words[3] == "interface")  # noqa: PLR2004 - `access-group NAME in interface IF`
        if not known:
            self.report(statement, _("it may refuse or redirect packets, and is not modelled"))
            return
        everywhere = words[2] == "global"
        self.bindings.append(
            Binding(
                filter=f"ip {words[1]}",
                interface="" if everywhere else words[4],
                direction=Direction.IN if everywhere else Direction(words[2]),
                version=0,
                place=self.place(statement),
            )
        )

    def filter(self, found: _List) -> Filter:
        lines = tuple(line for entry in found.entries for line in self._lines(found, *entry))
        return Filter(
            name=found.name, lines=lines, version=0, keeps_state=True, place=found.place, unread=tuple(found.unread)
        )

    def _lines(self, found: _List, statement: Statement, at: int, standard: bool) -> tuple[Line, ...]:  # noqa: FBT001 - part of the entry
        place, words = self.place(statement), statement.words

        def read() -> Line:
            statement.must_be_whole()
            return self.entries.line(words, at, place, standard=standard)

        return self.lines(
            read, place=place, text=statement.text, permits=action_at(words, at), version=0, unread=found.unread
        )


def _member(found: Object, indent: int, statement: Statement) -> bool:
    if statement.indent > indent:
        found.members.append(statement)
    return statement.indent > indent
