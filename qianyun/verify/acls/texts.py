"""Configurations that stand in blocks: a head, and the lines below it that belong to it."""

import gc
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import may_be_anything
from qianyun.verify.acls.statements import NotUnderstoodError, Statement, statements
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import Condition, cannot_tell
from qianyun.words import _

Body = Callable[[Statement], bool]
"""Takes the lines below a head, one by one; `False` for the first that does not belong there."""
P = ParamSpec("P")
T = TypeVar("T")
Head = Callable[[Statement], Body | None]


class Text:
    """A configuration while it is read.

    Attributes:
        not_modelled: First words of lines that may refuse or redirect packets in ways we do not
            model; they are listed.
    """

    not_modelled: tuple[tuple[str, ...], ...] = ()

    def __init__(self, text: str, name: str) -> None:
        """Nothing is read yet."""
        self.text, self.name, self.hostname = text, name, name
        self.unread: list[Unread] = []

    def read(self, heads: Mapping[str, Head]) -> None:
        """Lead every line to the block it belongs to, or to the head of its first word."""
        body: Body | None = None
        for statement in statements(self.text, self.name):
            if body is not None and body(statement):
                continue
            head = heads.get(statement.words[0])
            body = head(statement) if head else None
            if body is None:
                self.note(statement)

    def place(self, statement: Statement) -> str:
        """`file:line`."""
        return f"{self.name}:{statement.number}"

    def note(self, statement: Statement) -> None:
        """List a line if it belongs to what we do not model."""
        if any(tuple(statement.words[: len(words)]) == words for words in self.not_modelled):
            self.report(statement, _("it may refuse or redirect packets, and is not modelled"))

    def report(self, statement: Statement, why: str) -> None:
        """List a line as not understood."""
        self.unread.append(Unread(place=self.place(statement), text=statement.text, why=why))

    def set_hostname(self, statement: Statement) -> None:
        """The head that names the device."""
        if len(statement.words) > 1:
            self.hostname = statement.words[1]

    def lines(
        self,
        read: Callable[[], Line],
        *,
        place: str,
        text: str,
        permits: bool | None,
        version: int,
        unread: list[Unread],
    ) -> tuple[Line, ...]:
        """What a line says, or lines that may mean anything and an entry among what is unread.

        Args:
            read: Reads the line.
            place: Where it stands.
            text: As it stands there.
            permits: Its action, as far as that can be told without reading it.
            version: Of the list it stands in.
            unread: What the list did not understand so far.
        """
        try:
            return (read(),)
        except NotUnderstoodError as error:
            unread.append(Unread(place=place, text=text, why=str(error)))
            return may_be_anything(permits=permits, place=place, text=text, version=version)


def action_at(words: list[str], at: int) -> bool | None:
    """The action that stands at a word, if one does."""
    return {"permit": True, "deny": False}.get(words[at]) if at < len(words) else None


def uncollected(read: Callable[P, T]) -> Callable[P, T]:
    """Pause the collector of cycles while a text is read: it makes many facts, none in a circle.

    The collector would look at all of them again and again, half the time of reading a long list.
    """

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        was_on = gc.isenabled()
        gc.disable()
        try:
            return read(*args, **kwargs)
        finally:
            if was_on:
                gc.enable()

    return reading


class Unknowns:
    """What we cannot tell, once for each name: a time range is open for all its lines or for none."""

    def __init__(self) -> None:
        """Nothing was asked for yet."""
        self._known: dict[str, Condition] = {}

    def __call__(self, what: str) -> Condition:
        """The condition that may hold or not."""
        found = self._known.get(what)
        if found is None:
            found = self._known[what] = cannot_tell(what)
        return found
