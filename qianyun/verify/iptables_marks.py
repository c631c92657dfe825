"""Marks of packets and connections as iptables sets, saves and restores them.

Packets come without a mark, and rules change marks by constants and by each other, so a ruleset can
only ever give a few values: those are found first, and each change is then exact for each of them.

Source: Linux `net/netfilter/xt_mark.c`, `xt_connmark.c`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from qianyun.verify.acls.statements import NotUnderstoodError
from qianyun.verify.chains import Assign, Blur, Choose, Step, Write
from qianyun.verify.conditions import Condition, all_of, cannot_tell, is_
from qianyun.verify.fields import CT_MARK, MARK, STATE, Field, State
from qianyun.words import _

MOST_MARKS = 256
ALL = MARK.top
TRACKED = is_(STATE, State.NEW, State.ESTABLISHED, State.RELATED)
"""The packet belongs to a connection, and so has what connections have."""


class Way(StrEnum):
    """Between which marks a change goes."""

    SET = "set"
    SET_CONNECTION = "set connection"
    SAVE = "save"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Change:
    """The new mark: the old one less the bits of `clear`, exclusive-or `value` or the other mark's bits of `mask`."""

    way: Way
    clear: int
    value: int = 0
    mask: int = 0

    @property
    def field(self) -> Field:
        """What is changed."""
        return MARK if self.way in (Way.SET, Way.RESTORE) else CT_MARK

    def after(self, mark: int, ct_mark: int) -> int:
        """The new value."""
        match self.way:
            case Way.SET:
                return mark & ~self.clear ^ self.value
            case Way.SET_CONNECTION:
                return ct_mark & ~self.clear ^ self.value
            case Way.SAVE:
                return ct_mark & ~self.clear ^ mark & self.mask
            case Way.RESTORE:
                return mark & ~self.clear ^ ct_mark & self.mask


def change_of(target: str, options: list[str]) -> Change:
    """What a target MARK or CONNMARK does.

    Raises:
        NotUnderstoodError: An option is not known.
    """
    text = " ".join(options)
    text = " ".join(options)
    found = re.fullmatch(r"--(set-xmark|set-mark|and-mark|or-mark|xor-mark) ([^ /]+)(?:/([^ /]+))?", text)
    if found:
        clear, value = _bits(found[1], mark_number(found[2]), mark_number(found[3]) if found[3] else None)
        return Change(Way.SET if target == "MARK" else Way.SET_CONNECTION, clear, value)
    found = re.fullmatch(r"--(save|restore)-mark(?: --mask (\S+)|((?: --(?:nf|ct)mask \S+)*))", text)
    if found is None or target == "MARK":
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=text))
    masks = dict(re.findall(r"--(nf|ct)mask (\S+)", found[3] or ""))
    nf, ct = (mark_number(found[2] or masks.get(kind, f"{ALL:#x}")) for kind in ("nf", "ct"))
    return Change(Way.SAVE, ct, mask=nf) if found[1] == "save" else Change(Way.RESTORE, nf, mask=ct)


def _bits(option: str, value: int, mask: int | None) -> tuple[int, int]:
    """The bits that an option clears, and those that it turns then."""
    if option == "set-mark" and mask is not None:
        return mask | value, value
    return {
        "and-mark": (ALL & ~value, 0),
        "or-mark": (value, value),
        "xor-mark": (0, value),
    }.get(option, (ALL if mask is None else mask, value))


class Marks:
    """All values that marks have under some changes.

    Attributes:
        values: Pairs of a packet's and its connection's mark; `None` when they are too many to follow, or not known.
    """

    def __init__(self, changes: Iterable[Change] | None) -> None:
        """Follow the changes; `None` where some cannot be read."""
        self.values = None if changes is None else _reached(tuple(changes))

    def of(self, asked: Field) -> set[int] | None:
        """The values of one mark."""
        if self.values is None:
            return None
        return set(self.values[0] if asked is MARK else self.values[1])

    def step(self, change: Change, place: str) -> Step:
        """A change as a rule's step."""
        if change.way is Way.SET and change.clear == ALL:
            return Assign(MARK, change.value)
        if self.values is None:
            return Blur(change.field, cannot_tell(f"{place} {change.field.name}"))
        return Choose(tuple(self._arms(change)))

    def _arms(self, change: Change) -> Iterator[tuple[Condition, tuple[Write, ...]]]:
        marks, ct_marks = self.values or ((), ())
        tracked = () if change.way is Way.SET else (TRACKED,)
        for mark in marks if change.way is not Way.SET_CONNECTION else (0,):
            for ct_mark in ct_marks if change.way is not Way.SET else (0,):
                asked = {
                    Way.SET: (is_(MARK, mark),),
                    Way.SET_CONNECTION: (is_(CT_MARK, ct_mark),),
                }.get(change.way, (is_(MARK, mark), is_(CT_MARK, ct_mark)))
                value = change.after(mark, ct_mark)
                if value != (mark if change.field is MARK else ct_mark):
                    yield all_of(*tracked, *asked), (Write(change.field, ((value, value),)),)


def _reached(changes: tuple[Change, ...]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    marks, ct_marks = {0}, {0}
    while True:
        before = len(marks) + len(ct_marks)
        for change in changes:
            found = {change.after(mark, ct_mark) for mark in marks for ct_mark in ct_marks}
            (marks if change.field is MARK else ct_marks).update(found)
        if len(marks) + len(ct_marks) > MOST_MARKS or len(marks) * len(ct_marks) > MOST_MARKS * MOST_MARKS // 4:
            return None
        if len(marks) + len(ct_marks) == before:
            return tuple(sorted(marks)), tuple(sorted(ct_marks))


def mark_number(word: str) -> int:
    """A number of 32 bits, decimal or hexadecimal."""
    value = int(word, 0) if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}|0|[1-9][0-9]{0,9}", word) else -1
    if not 0 <= value <= ALL:
        raise NotUnderstoodError(_("{word!r} is no number from {first} to {top}").format(word=word, first=0, top=ALL))
    return value
