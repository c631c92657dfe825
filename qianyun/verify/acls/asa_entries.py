"""One line of a Cisco ASA access list."""

from collections.abc import Mapping

from qianyun.verify.acl import Line
from qianyun.verify.acls.asa_objects import BOTH, MESSAGES, PORT_NAMES, Addresses, Objects, protocol
from qianyun.verify.acls.matches import DESTINATION, PORTS_OF, SOURCE, address6, icmp, ports, prefix6
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError
from qianyun.verify.acls.texts import Unknowns
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, NEVER, Condition, In, all_of, any_of, is_
from qianyun.verify.fields import DPORT, ICMPV6, PROTOCOL, SPORT, Field
from qianyun.words import _

FAMILIES: Mapping[str, Condition] = {"any": ALWAYS, "any4": IS_V4, "any6": IS_V6}
LEVELS = (
    "alerts", "critical", "debugging", "default", "disable", "emergencies", "errors", "informational", "notifications",
    "warnings",
)  # fmt: skip
UNSEEN = ("user", "user-group", "object-group-user", "security-group", "object-group-security")


class Entries:
    """Reads lines.

    Attributes:
        interfaces: Addresses of interfaces by name.
    """

    def __init__(self, objects: Objects) -> None:
        """Lines may ask for these objects."""
        self.objects = objects
        self.interfaces: dict[str, str] = {}
        self.unknown = Unknowns()

    def line(self, words: list[str], at: int, place: str, *, standard: bool) -> Line:
        """The line whose action stands at a word.

        Raises:
            NotUnderstoodError: Some word is not known; the line may mean anything.
        """
        cursor = Cursor(words, at)
        action = cursor.take()
        if action not in ("permit", "deny"):
            raise NotUnderstoodError(_("{word!r} is neither permit nor deny").format(word=action))
        asked = self._standard(cursor) if standard else self._extended(cursor)
        while cursor.head:
            asked.append(self._option(cursor))
        condition = all_of(*asked)
        return Line(permits=action == "permit", condition=condition, place=place, text=" ".join(words[at:]))

    def _standard(self, cursor: Cursor) -> list[Condition]:
        """A standard list names destinations; routing uses it."""
        return [self._end(cursor, DESTINATION)]

    def _extended(self, cursor: Cursor) -> list[Condition]:
        service, numbers = self._service(cursor)
        names = PORTS_OF.get(numbers[0]) if len(numbers) == 1 else PORT_NAMES if numbers else None
        source = self._end(cursor, SOURCE)
        asked = [*self._ports(cursor, SPORT, names)]
        destination = self._end(cursor, DESTINATION)
        asked += self._ports(cursor, DPORT, names)
        if numbers[:1] and numbers[0] in MESSAGES:
            asked.append(self._message(cursor, numbers[0]))
        return [service, destination, source, *asked]

    def _service(self, cursor: Cursor) -> tuple[Condition, tuple[int, ...]]:
        word = cursor.take()
        if word == "object":
            return self.objects.service(cursor.take()), ()
        if word == "object-group":
            name = cursor.take()
            kind = self.objects.kind(name)
            if kind == "protocol":
                return self.objects.protocols(name), BOTH["tcp-udp"]
            return self.objects.services(name), ()
        if word in ("ip", "ipv6"):
            return ALWAYS, ()
        numbers = BOTH.get(word) or (protocol(word),)
        return is_(PROTOCOL, *numbers), numbers

    def _end(self, cursor: Cursor, sides: Mapping[int, Field]) -> Condition:
        word = cursor.take()
        if word in FAMILIES:
            return FAMILIES[word]
        if word in ("object", "object-group"):
            found = self.objects.of_object if word == "object" else self.objects.of_group
            return _within(found(cursor.take()), sides)
        if word in UNSEEN:
            return all_of(self.unknown(f"{word} {cursor.take()}"), self._end(cursor, sides))
        if word == "interface":
            name = cursor.take()
            known = self.interfaces.get(name)
            return self._host(known, sides) if known else self.unknown(f"interface {name}")
        if word == "host":
            return self._host(cursor.take(), sides)
        return In(sides[6], prefix6(word)) if "/" in word else In(sides[4], self.objects.masked(word, cursor.take()))

    def _host(self, word: str, sides: Mapping[int, Field]) -> Condition:
        address = address6(word) if ":" in word else self.objects.address(word)
        return In(sides[6 if ":" in word else 4], ((address, address),))

    def _ports(self, cursor: Cursor, side: Field, names: Mapping[str, int] | None) -> list[Condition]:
        """Ports by operator, or a group of ports; a group of another kind belongs to what follows."""
        if names is None:
            return []
        if cursor.head == "object-group" and cursor.at + 1 < len(cursor.words):
            name = cursor.words[cursor.at + 1]
            if self.objects.kind(name) == "service":
                cursor.at += 2
                return [In(side, self.objects.ports(name))]
            return []
        found = ports(cursor, names, several=False)
        return [] if found is None else [In(side, found)]

    def _message(self, cursor: Cursor, number: int) -> Condition:
        if cursor.accept("object-group"):
            return self.objects.messages(cursor.take(), 6 if number == ICMPV6 else 4)
        return icmp(cursor, MESSAGES[number])

    def _option(self, cursor: Cursor) -> Condition:
        word = cursor.take()
        if word == "log":
            if cursor.head in LEVELS or cursor.head.isdecimal():
                cursor.take()
            if cursor.accept("interval"):
                cursor.take()
            return ALWAYS
        if word == "inactive":
            return NEVER
        if word == "time-range":
            return self.unknown(f"time-range {cursor.take()}")
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))


def _within(addresses: Addresses, sides: Mapping[int, Field]) -> Condition:
    return any_of(
        *(In(sides[version], ranges) for version, ranges in ((4, addresses.four), (6, addresses.six)) if ranges)
    )
