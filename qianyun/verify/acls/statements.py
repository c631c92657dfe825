"""Configuration text as statements: one per line, with its words, its depth and its place.

Tolerant of what terminals leave behind (pagers, escape sequences, carriage returns), strict about
what is no text at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qianyun.errors import Fault, ReadError
from qianyun.words import _

_PAGER = re.compile(r"[ \x08]*-{2,5} ?\(?[Mm]ore\)? ?-{2,5}[ \x08]*(?:\x1b\[[0-9;]*[A-Za-z] *)*")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x08+")
_CONTROL = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')
COMMENTS = ("!", "#")


class NotUnderstoodError(Exception):
    """A word is not in the grammar we know; its line may mean anything."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One line.

    Attributes:
        number: From 1.
        indent: Blanks before its first word.
        whole: Its end of line is there; a last line without one may have been cut.
    """

    number: int
    indent: int
    words: list[str]
    text: str
    whole: bool = True

    def must_be_whole(self) -> None:
        """Refuse a line that may have been cut."""
        if not self.whole:
            raise NotUnderstoodError(_("the text ends inside this line"))


def statements(text: str, name: str) -> Iterator[Statement]:
    """The lines that say something, without comments and blank lines.

    Raises:
        ReadError: The text holds bytes that no configuration has; with the line.
    """
    bad = _CONTROL.search(text)
    if bad is not None:
        raise ReadError(
            Fault(
                place=f"{name}:{text.count(chr(10), 0, bad.start()) + 1}",
                what=_("byte {byte} is no text").format(byte=f"0x{ord(bad.group()):02x}"),
                mend=_("collect the configuration again, as text"),
            )
        )
    if "\x1b" in text or "\x08" in text or "ore" in text:
        text = _ESCAPE.sub("", _PAGER.sub("", text))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last = len(lines)
    for number, line in enumerate(lines, 1):
        shown = line.strip()
        if shown and not shown.startswith(COMMENTS):
            words = shown.split() if '"' not in shown else [a or b for a, b in _QUOTED.findall(shown)]
            yield Statement(number, len(line) - len(line.lstrip()), words, shown, whole=number < last)


class Cursor:
    """The words of a statement, read one after the other."""

    __slots__ = ("at", "words")

    def __init__(self, words: list[str], at: int = 0) -> None:
        """Begin at a word."""
        self.words, self.at = words, at

    @property
    def head(self) -> str:
        """The next word; empty behind the last one."""
        return self.words[self.at] if self.at < len(self.words) else ""

    @property
    def ahead(self) -> str:
        """The word after the next one; empty behind the last one."""
        return self.words[self.at + 1] if self.at + 1 < len(self.words) else ""

    def take(self) -> str:
        """The next word, and go on.

        Raises:
            NotUnderstoodError: There is none.
        """
        if self.at >= len(self.words):
            raise NotUnderstoodError(_("the line ends early"))
        self.at += 1
        return self.words[self.at - 1]

    def accept(self, *words: str) -> bool:
        """Whether exactly these words come next; if so, go on behind them."""
        end = self.at + len(words)
        if tuple(self.words[self.at : end]) != words:
            return False
        self.at = end
        return True

    def one_of(self, *words: str) -> str:
        """The next word if it is one of these, else nothing."""
        if self.at < len(self.words) and self.words[self.at] in words:
            self.at += 1
            return self.words[self.at - 1]
        return ""

    def number(self, top: int, first: int = 0) -> int:
        """The next word as a number in range."""
        return number(self.take(), top, first)

    def end(self) -> None:
        """Nothing may follow."""
        if self.at < len(self.words):
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=self.head))


def number(word: str, top: int, first: int = 0) -> int:
    """A decimal number from `first` to `top`."""
    if not (word.isascii() and word.isdecimal()) or len(word) > 12 or not first <= int(word) <= top:  # noqa: PLR2004 - longer than any number meant here
        raise NotUnderstoodError(
            _("{word!r} is no number from {first} to {top}").format(word=word, first=first, top=top)
        )
    return int(word)
