"""Policies of firewalls whose rules are blocks: a head, and a line for each thing the rule asks.

Lines of one kind are alternatives, lines of different kinds must all hold. The first rule that is
switched on and matches decides. Zones are read as the interfaces a packet comes in and goes out by.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

from qianyun.verify.acl import Line
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement
from qianyun.verify.acls.texts import Text, Unknowns
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import ALWAYS, Condition, all_of, any_of, is_, negated
from qianyun.verify.fields import IN_INTERFACE, NAME_BYTES, OUT_INTERFACE, Field, interface_number
from qianyun.words import _

Read = Callable[[Cursor], Condition]


def zone_number(name: str) -> int:
    """A zone as the interface that packets come in or go out by; long names are cut so that they stay apart."""
    if len(name.encode()) <= NAME_BYTES:
        return interface_number(name)
    return interface_number(f"{name.encode()[:8].decode(errors='ignore')}~{sha256(name.encode()).hexdigest()[:7]}")


def between(origin: str, target: str) -> Condition:
    """Packets on their way from one zone to another."""
    return all_of(is_(IN_INTERFACE, zone_number(origin)), is_(OUT_INTERFACE, zone_number(target)))


@dataclass(slots=True)
class Rule:
    """A rule while it is read.

    Attributes:
        within: Says what the block around the rule asks, once everything is read.
    """

    name: str
    place: str
    head: str
    lines: list[Statement] = field(default_factory=list)
    within: Callable[[], Condition] | None = None

    def is_off(self) -> bool:
        """Switched off."""
        return any(line.words in (["disable"], ["policy", "disable"]) for line in self.lines)


class Policy(ABC):
    """Collects rules, and says what they mean once all objects are known.

    Attributes:
        quiet: First words of lines that do not change whom a rule concerns.
        unseen: First words of lines that narrow a rule by what packets do not show.
        actions: Whether a rule permits, by the word behind `action`.
        silent: What a rule does that names no action; `None` where the manual does not say.
    """

    quiet: ClassVar[tuple[str, ...]]
    unseen: ClassVar[tuple[str, ...]]
    actions: ClassVar[Mapping[str, bool]] = {"permit": True, "deny": False}
    silent: ClassVar[bool | None] = None

    def __init__(self, text: Text, place: str, version: int = 0) -> None:
        """No rule yet."""
        self.text, self.place, self.version = text, place, version
        self.rules: list[Rule] = []
        self.unread: list[Unread] = []
        self.unknown = Unknowns()

    @abstractmethod
    def readers(self) -> Mapping[str, tuple[str, Read]]:
        """By the first word of a line: the kind of what it asks, and how the rest of it is read."""

    def head(self, cursor: Cursor) -> str:
        """What a line is about."""
        return cursor.take()

    def add(self, statement: Statement) -> None:
        """Take a line that belongs to the rule above it."""
        if self.rules:
            self.rules[-1].lines.append(statement)
        else:
            self.unread.append(
                Unread(place=self.text.place(statement), text=statement.text, why=_("no rule stands above"))
            )

    def lines(self) -> tuple[Line, ...]:
        """The rules that are switched on, in order."""
        return tuple(line for rule in self.rules if not rule.is_off() for line in self._lines(rule))

    def _lines(self, rule: Rule) -> tuple[Line, ...]:
        permits = self._permits(rule)

        def read() -> Line:
            if permits is None:
                raise NotUnderstoodError(_("the rule names no action that we know"))
            return Line(permits=permits, condition=self._condition(rule), place=rule.place, text=rule.head)

        return self.text.lines(
            read, place=rule.place, text=rule.head, permits=permits, version=self.version, unread=self.unread
        )

    def _permits(self, rule: Rule) -> bool | None:
        for line in reversed(rule.lines):
            if line.words[:1] == ["action"] and len(line.words) > 1:
                return self.actions.get(line.words[1])
        return self.silent

    def _condition(self, rule: Rule) -> Condition:
        asked: dict[str, list[Condition]] = {}
        excluded: list[Condition] = []
        readers = self.readers()
        for line in rule.lines:
            line.must_be_whole()
            cursor = Cursor(line.words)
            word = self.head(cursor)
            if word in readers:
                kind, read = readers[word]
                (excluded if kind == "-" else asked.setdefault(kind, [])).append(read(cursor))
            elif word in self.unseen:
                asked.setdefault(word, []).append(self.unknown(line.text))
            elif word not in (*self.quiet, "action"):
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
        within = ALWAYS if rule.within is None else rule.within()
        return all_of(within, *(any_of(*each) for each in asked.values()), *(negated(each) for each in excluded))


def zones(side: Field) -> Read:
    """Reads the names of zones, any of which will do."""

    def read(cursor: Cursor) -> Condition:
        names = cursor.words[cursor.at :]
        is_any = not names or any(name.lower() == "any" for name in names)
        return ALWAYS if is_any else is_(side, *map(zone_number, names))

    return read
