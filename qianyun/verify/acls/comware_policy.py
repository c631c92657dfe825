"""The security policy of an H3C firewall, one for each family: rules in the order of the text.

What no rule passes is dropped, and so is what a rule without an action matches. The firewall keeps
state, so the policy judges the packet that opens a connection.

Source: H3C SecPath Security Command Reference (Comware 7), security policy commands.
"""

from collections.abc import Mapping
from typing import ClassVar

from qianyun.verify.acls.comware_objects import Groups, service
from qianyun.verify.acls.filters import Filter
from qianyun.verify.acls.matches import address4, address6, of_length, of_mask
from qianyun.verify.acls.policies import Policy, Read, Rule, zones
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number
from qianyun.verify.acls.texts import Text
from qianyun.verify.conditions import Condition, In, any_of
from qianyun.verify.fields import DST4, DST6, IN_INTERFACE, OUT_INTERFACE, SRC4, SRC6, Field, Ranges, merged
from qianyun.words import _

ENDS = {4: {"source": SRC4, "destination": DST4}, 6: {"source": SRC6, "destination": DST6}}
WIDTH = {4: 32, 6: 128}


class ComwarePolicy(Policy):
    """`security-policy ip` or `security-policy ipv6`."""

    quiet = ("description", "logging", "counting", "profile", "session", "track", "undo", "parent-group")
    unseen = (
        "time-range", "application", "app-group", "user", "user-group", "terminal", "terminal-group", "url-category",
        "source-mac", "source-location", "destination-location", "vrf",
    )  # fmt: skip
    actions: ClassVar[Mapping[str, bool]] = {"pass": True, "drop": False}
    silent = False

    def __init__(self, text: Text, groups: Groups, place: str, version: int) -> None:
        """No rule yet."""
        super().__init__(text, place, version)
        self.groups = groups

    def readers(self) -> Mapping[str, tuple[str, Read]]:
        """Words of a rule."""
        found: dict[str, tuple[str, Read]] = {
            "source-zone": ("from", zones(IN_INTERFACE)),
            "destination-zone": ("to", zones(OUT_INTERFACE)),
            "service": ("service", self._services),
            "service-port": ("service", service),
        }
        for end, side in ENDS[self.version].items():
            found |= {
                f"{end}-ip": (end, self._group(side)),
                f"{end}-ip-host": (end, self._host(side)),
                f"{end}-ip-subnet": (end, self._subnet(side)),
                f"{end}-ip-range": (end, self._range(side)),
            }
        return found

    def _services(self, cursor: Cursor) -> Condition:
        return any_of(*(asked for name in cursor.words[cursor.at :] for asked in self.groups.services(name)))

    def _group(self, side: Field) -> Read:
        def read(cursor: Cursor) -> Condition:
            names = cursor.words[cursor.at :]
            return In(side, merged(each for name in names for each in self.groups.networks(name, self.version)))

        return read

    def _host(self, side: Field) -> Read:
        def read(cursor: Cursor) -> Condition:
            address = self._address(cursor.take())
            cursor.end()
            return In(side, ((address, address),))

        return read

    def _range(self, side: Field) -> Read:
        def read(cursor: Cursor) -> Condition:
            first, last = self._address(cursor.take()), self._address(cursor.take())
            cursor.end()
            return In(side, ((min(first, last), max(first, last)),))

        return read

    def _subnet(self, side: Field) -> Read:
        def read(cursor: Cursor) -> Condition:
            word, slash, length = cursor.take().partition("/")
            ranges = self._prefix(word, length if slash else cursor.take())
            cursor.end()
            return In(side, ranges)

        return read

    def _prefix(self, word: str, mask: str) -> Ranges:
        if self.version == 4 and "." in mask:  # noqa: PLR2004 - IP version
            ranges = of_mask(address4(word), address4(mask))
            if ranges is None:
                raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
            return ranges
        width = WIDTH[self.version]
        return of_length(self._address(word), number(mask, width), width)

    def _address(self, word: str) -> int:
        return address4(word) if self.version == 4 else address6(word)  # noqa: PLR2004 - IP version

    def read(self, indent: int, statement: Statement) -> bool:
        """Take a line of the block."""
        words = statement.words
        if statement.indent <= indent:
            return False
        if words[0] == "rule" and len(words) > 1 and words[1].isdecimal():
            name = words[3] if words[2:3] == ["name"] and len(words) > 3 else words[1]  # noqa: PLR2004 - `rule 0 name N`
            self.rules.append(Rule(name, self.text.place(statement), statement.text))
        elif words[:2] == ["rule", "name"] and len(words) > 2:  # noqa: PLR2004 - the name itself
            self.rules.append(Rule(words[2], self.text.place(statement), statement.text))
        elif self.rules or words[0] not in ("group", "accelerate", "description"):
            self.add(statement)
        return True

    def filter(self) -> Filter:
        """The policy as a filter of one family."""
        return Filter(
            name="security-policy",
            lines=self.lines(),
            version=self.version,
            keeps_state=True,
            place=self.place,
            unread=tuple(self.unread),
        )
