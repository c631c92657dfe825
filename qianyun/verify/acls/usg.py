"""The security policy of a Huawei USG: rules in the order of the text, and an action for the rest.

A firewall of this kind keeps state, so the policy judges the packet that opens a connection, and
puts fragments together first. Content inspection (`profile`) refuses packets by what they carry,
which no address tells; it does not count here.
"""

from collections.abc import Mapping

from qianyun.verify.acls.filters import Filter
from qianyun.verify.acls.policies import Policy, Read, Rule, zones
from qianyun.verify.acls.statements import Cursor, Statement
from qianyun.verify.acls.texts import Text
from qianyun.verify.acls.usg_objects import AddressSets, ServiceSets, addresses, service
from qianyun.verify.conditions import ALWAYS, Condition, In, any_of
from qianyun.verify.fields import DST4, DST6, IN_INTERFACE, OUT_INTERFACE, SRC4, SRC6, Field

SOURCES, DESTINATIONS = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}
UNSEEN_ADDRESSES = ("geo-location", "geo-location-set", "domain-set", "isp", "mac-address", "region", "region-set")


class UsgPolicy(Policy):
    """What both syntaxes of USG share: address sets and service sets."""

    def __init__(self, text: Text, sets: AddressSets, services: ServiceSets, place: str) -> None:
        """No rule yet."""
        super().__init__(text, place)
        self.sets, self.services = sets, services

    def addresses(self, sides: Mapping[int, Field]) -> Read:
        """Reads addresses, of either family."""

        def read(cursor: Cursor) -> Condition:
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

        return read

    def services_of(self, cursor: Cursor) -> Condition:
        """Any of the services that follow."""
        if cursor.head == "protocol":
            return service(cursor)
        return any_of(*(asked for name in cursor.words[cursor.at :] for asked in self.services.conditions(name)))


class SecurityPolicy(UsgPolicy):
    """The block `security-policy`."""

    quiet = (
        "description", "session", "policy", "counting", "traffic", "profile", "parent-group", "tag", "long-link",
        "enable", "undo", "log",
    )  # fmt: skip
    unseen = (
        "application", "app", "user", "time-range", "url", "terminal", "device", "device-group", "vlan-id",
        "access-authentication",
    )  # fmt: skip
    default_passes = False

    def readers(self) -> Mapping[str, tuple[str, Read]]:
        """Words of a rule."""
        return {
            "source-zone": ("from", zones(IN_INTERFACE)),
            "destination-zone": ("to", zones(OUT_INTERFACE)),
            "source-address": ("source", self.addresses(SOURCES)),
            "destination-address": ("destination", self.addresses(DESTINATIONS)),
            "source-address-exclude": ("-", self.addresses(SOURCES)),
            "destination-address-exclude": ("-", self.addresses(DESTINATIONS)),
            "service": ("service", self.services_of),
        }

    def read(self, indent: int, statement: Statement) -> bool:
        """Take a line of the block."""
        words = statement.words
        if statement.indent <= indent:
            return False
        if words[:2] == ["rule", "name"] and len(words) > 2:  # noqa: PLR2004 - the name itself
            self.rules.append(Rule(words[2], self.text.place(statement), statement.text))
        elif words[:2] == ["default", "action"]:
            self.default_passes = words[2:3] == ["permit"]
        elif self.rules or words[0] not in ("group", "default"):
            self.add(statement)
        return True

    def filter(self) -> Filter:
        """The policy as a filter for both families."""
        return Filter(
            name="security-policy",
            lines=self.lines(),
            version=0,
            rest_passes=self.default_passes,
            keeps_state=True,
            place=self.place,
            unread=tuple(self.unread),
        )
