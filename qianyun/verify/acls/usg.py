"""The security policy of a Huawei USG: rules in the order of the text, and an action for the rest.

A firewall of this kind keeps state, so the policy judges the packet that opens a connection, and
puts fragments together first. Zones are read as the names of the interfaces a packet comes in and
goes out by (`zone_number`). Content inspection (`profile`) refuses packets by what they carry,
which no address tells; it does not count here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Filter
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement
from qianyun.verify.acls.texts import Text, Unknowns
from qianyun.verify.acls.usg_objects import AddressSets, ServiceSets, addresses, service
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import ALWAYS, Condition, In, all_of, any_of, is_, negated
from qianyun.verify.fields import (
    DST4,
    DST6,
    IN_INTERFACE,
    NAME_BYTES,
    OUT_INTERFACE,
    SRC4,
    SRC6,
    Field,
    interface_number,
)
from qianyun.words import _

SOURCES, DESTINATIONS = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}
QUIET = (
    "description", "session", "policy", "counting", "traffic", "profile", "parent-group", "tag", "long-link", "enable",
    "undo", "log",
)  # fmt: skip
"""Lines of a rule that do not change whom it concerns."""
UNSEEN = (
    "application", "app", "user", "time-range", "url", "terminal", "device", "device-group", "vlan-id",
    "access-authentication",
)  # fmt: skip
"""Lines that narrow a rule by what packets do not show."""
UNSEEN_ADDRESSES = ("geo-location", "geo-location-set", "domain-set", "isp", "mac-address", "region", "region-set")


def zone_number(name: str) -> int:
    """A zone as the interface that packets come in or go out by; long names are cut so that they stay apart."""
    if len(name.encode()) <= NAME_BYTES:
        return interface_number(name)
    return interface_number(f"{name.encode()[:8].decode(errors='ignore')}~{sha256(name.encode()).hexdigest()[:7]}")


@dataclass(slots=True)
class _Rule:
    """A rule while it is read."""

    name: str
    place: str
    head: str
    lines: list[Statement] = field(default_factory=list)

    def action(self) -> bool | None:
        """Whether it permits; `None` where it does not say."""
        for line in reversed(self.lines):
            if line.words[:1] == ["action"] and len(line.words) > 1:
                return {"permit": True, "deny": False}.get(line.words[1])
        return None

    def is_on(self) -> bool:
        """Not switched off."""
        return not any(line.words == ["disable"] for line in self.lines)


class Policy:
    """Collects the rules of `security-policy`, and says what they mean once all sets are known."""

    def __init__(self, text: Text, sets: AddressSets, services: ServiceSets, place: str) -> None:
        """No rule yet."""
        self.text, self.sets, self.services, self.place = text, sets, services, place
        self.rules: list[_Rule] = []
        self.unread: list[Unread] = []
        self.unknown = Unknowns()
        self.default_passes = False

    def add(self, indent: int, statement: Statement) -> bool:
        """Take a line of the block."""
        words = statement.words
        if statement.indent <= indent:
            return False
        if words[:2] == ["rule", "name"] and len(words) > 2:  # noqa: PLR2004 - the name itself
            self.rules.append(_Rule(words[2], self.text.place(statement), statement.text))
        elif words[:2] == ["default", "action"]:
            self.default_passes = words[2:3] == ["permit"]
        elif self.rules:
            self.rules[-1].lines.append(statement)
        elif words[0] not in ("group", "default"):
            self.unread.append(
                Unread(place=self.text.place(statement), text=statement.text, why=_("no rule stands above"))
            )
        return True

    def filter(self) -> Filter:
        """The policy as a filter for both families."""
        lines = tuple(line for rule in self.rules if rule.is_on() for line in self._lines(rule))
        return Filter(
            name="security-policy",
            lines=lines,
            version=0,
            rest_passes=self.default_passes,
            keeps_state=True,
            place=self.place,
            unread=tuple(self.unread),
        )

    def _lines(self, rule: _Rule) -> tuple[Line, ...]:
        permits = rule.action()

        def read() -> Line:
            if permits is None:
                raise NotUnderstoodError(_("the rule names no action that we know"))
            return Line(permits=permits, condition=self._condition(rule), place=rule.place, text=rule.head)

        return self.text.lines(read, place=rule.place, text=rule.head, permits=permits, version=0, unread=self.unread)

    def _condition(self, rule: _Rule) -> Condition:
        asked: dict[str, list[Condition]] = {}
        excluded: list[Condition] = []
        for line in rule.lines:
            line.must_be_whole()
            cursor = Cursor(line.words)
            word = cursor.take()
            if word in ("source-address-exclude", "destination-address-exclude"):
                excluded.append(self.addresses(cursor, SOURCES if word.startswith("source") else DESTINATIONS))
            elif word in READERS:
                asked.setdefault(word, []).append(READERS[word](self, cursor))
            elif word in UNSEEN:
                asked.setdefault(word, []).append(self.unknown(line.text))
            elif word not in (*QUIET, "action"):
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
        return all_of(*(any_of(*each) for each in asked.values()), *(negated(each) for each in excluded))

    def zones(self, cursor: Cursor, side: Field) -> Condition:
        """Any of the zones that follow."""
        names = cursor.words[cursor.at :]
        return ALWAYS if "any" in names or not names else is_(side, *map(zone_number, names))

    def addresses(self, cursor: Cursor, sides: dict[int, Field]) -> Condition:
        """The addresses that follow, of either family."""
        if cursor.head in ("any", "any-ipv4", "any-ipv6"):
            return ALWAYS
        if cursor.head in UNSEEN_ADDRESSES:
            return self.unknown(" ".join(cursor.words[cursor.at :]))
        if cursor.accept("address-set"):
            parts = [
                In(side, ranges)
                for name in cursor.words[cursor.at :]
                for version, side in sides.items()
                if (ranges := self.sets.networks(name, version))
            ]
            return any_of(*parts)
        family, ranges = addresses(cursor)
        cursor.end()
        return In(sides[family], ranges)

    def services_of(self, cursor: Cursor) -> Condition:
        """Any of the services that follow."""
        if cursor.head == "protocol":
            return service(cursor)
        return any_of(*(asked for name in cursor.words[cursor.at :] for asked in self.services.conditions(name)))


READERS: dict[str, Callable[[Policy, Cursor], Condition]] = {
    "source-zone": lambda policy, cursor: policy.zones(cursor, IN_INTERFACE),
    "destination-zone": lambda policy, cursor: policy.zones(cursor, OUT_INTERFACE),
    "source-address": lambda policy, cursor: policy.addresses(cursor, SOURCES),
    "destination-address": lambda policy, cursor: policy.addresses(cursor, DESTINATIONS),
    "service": lambda policy, cursor: policy.services_of(cursor),
}
