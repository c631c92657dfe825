"""The older policies of Huawei USG: `policy interzone` for two zones and a direction, `policy zone` inside one.

Outbound leads from the zone of higher priority to that of lower. What no policy of a pair matches
falls to the pair's default, which refuses unless `firewall packet-filter default permit` says
otherwise; packets that stay in their zone pass.

Source: Huawei USG2000 and USG5000 V300 Command Reference, security policy and security zones.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Filter
from qianyun.verify.acls.policies import Read, Rule, between
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement
from qianyun.verify.acls.texts import Text
from qianyun.verify.acls.usg import DESTINATIONS, SOURCES, UsgPolicy
from qianyun.verify.acls.usg_objects import AddressSets, ServiceSets
from qianyun.verify.conditions import Condition, any_of
from qianyun.words import _

PRIORITIES = {"local": 100, "trust": 85, "dmz": 50, "untrust": 5}
"""Zones that every device has."""
WAYS = ("inbound", "outbound")


class InterzonePolicy(UsgPolicy):
    """All blocks of one configuration.

    Attributes:
        priorities: Of zones by name.
    """

    quiet = ("description", "profile", "policy logging", "policy profile", "policy session", "policy tag")
    unseen = ("policy time-range", "policy user", "policy application", "policy source-mac", "policy ips")

    def __init__(self, text: Text, sets: AddressSets, services: ServiceSets) -> None:
        """No zone but the usual ones yet, and no pair."""
        super().__init__(text, sets, services, "")
        self.priorities = dict(PRIORITIES)
        self.head_line: Statement | None = None
        self.defaults: list[Statement] = []

    @property
    def is_used(self) -> bool:
        """Whether the configuration has policies of this kind at all."""
        return bool(self.place)

    def readers(self) -> Mapping[str, tuple[str, Read]]:
        """Words of a policy."""
        return {
            "policy source": ("source", self.addresses(SOURCES)),
            "policy destination": ("destination", self.addresses(DESTINATIONS)),
            "policy service": ("service", self._services),
        }

    def head(self, cursor: Cursor) -> str:
        """`policy source`, `policy service`; `action` stands alone."""
        word = cursor.take()
        return f"{word} {cursor.take()}" if word == "policy" else word

    def _services(self, cursor: Cursor) -> Condition:
        cursor.accept("service-set")
        return self.services_of(cursor)

    def open(self, statement: Statement) -> None:
        """The head of a block."""
        self.place = self.place or self.text.place(statement)
        self.head_line = statement

    def read(self, indent: int, statement: Statement) -> bool:
        """Take a line of the block that was opened last."""
        words, head = statement.words, self.head_line
        if statement.indent <= indent or head is None:
            return False
        if words[0] == "policy" and len(words) == 2 and words[1].isdecimal():  # noqa: PLR2004 - its number
            rule = Rule(words[1], self.text.place(statement), f"{head.text}: {statement.text}")
            rule.within = partial(self._within, head.words[1:])
            self.rules.append(rule)
        else:
            self.add(statement)
        return True

    def default(self, statement: Statement) -> None:
        """`firewall packet-filter default permit interzone trust untrust direction outbound`, or `... all`."""
        self.place = self.place or self.text.place(statement)
        self.defaults.append(statement)

    def filter(self, zones: Iterable[str]) -> Filter:
        """All pairs as one filter for both families.

        Args:
            zones: Of the device; packets that stay in one of them pass.
        """
        listed = self.lines()
        # the last word on a pair counts, so it comes first
        defaults = tuple(line for each in reversed(self.defaults) for line in self._default(each))
        inside = tuple(
            Line(permits=True, condition=between(zone, zone), text=f"zone {zone}")
            for zone in dict.fromkeys((*self.priorities, *zones))
        )
        return Filter(
            name="policy interzone",
            lines=(*listed, *defaults, *inside),
            version=0,
            keeps_state=True,
            implied=len(inside),
            place=self.place,
            unread=tuple(self.unread),
        )

    def _default(self, statement: Statement) -> tuple[Line, ...]:
        words, place = statement.words, self.text.place(statement)
        permits = self.actions.get(words[3]) if len(words) > 3 else None  # noqa: PLR2004 - the action

        def read() -> Line:
            statement.must_be_whole()
            if permits is None:
                raise NotUnderstoodError(_("the rule names no action that we know"))
            rest = [word for word in words[4:] if word != "direction"]
            condition = self._all_pairs() if rest == ["all"] else self._within(rest)
            return Line(permits=permits, condition=condition, place=place, text=statement.text)

        return self.text.lines(read, place=place, text=statement.text, permits=permits, version=0, unread=self.unread)

    def _all_pairs(self) -> Condition:
        return any_of(*(between(one, other) for one in self.priorities for other in self.priorities if one != other))

    def _within(self, words: list[str]) -> Condition:
        """`interzone trust untrust outbound`, `interzone trust untrust` for both ways, `zone trust`."""
        cursor = Cursor(words)
        if cursor.accept("zone"):
            zone = cursor.take()
            cursor.end()
            return between(zone, zone)
        if not cursor.accept("interzone"):
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
        one, other = cursor.take(), cursor.take()
        way = cursor.one_of(*WAYS)
        cursor.end()
        if not way:
            return any_of(between(one, other), between(other, one))
        lacking = next((zone for zone in (one, other) if zone not in self.priorities), None)
        if lacking is not None:
            raise NotUnderstoodError(_("the priority of zone {zone!r} is not there").format(zone=lacking))
        high, low = sorted((one, other), key=self.priorities.__getitem__, reverse=True)
        return between(high, low) if way == "outbound" else between(low, high)
