"""Choices: columns where one of few words is to be chosen, by label or by the form's number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qianyun.importers.sheets import Cell
from qianyun.importers.values import NONE_WORDS, Wrong, fold, nearest, text_of
from qianyun.words import _

_CODE = re.compile(r"^[(]?([1-9]\d?)[)]?[.、:\-)]?(.*)$")
_ASIDE = re.compile(r"\(.*\)$|[*。.]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A column where one of few words is to be chosen.

    Attributes:
        labels: Each word with its meaning; the first of each meaning is the one we write.
        order: Meanings in the order of the form, for those who write its numbers.
    """

    labels: Mapping[str, object]
    order: tuple[object, ...] = ()

    def read(self, cell: Cell) -> object:
        """The meaning of a label, or of its number in the form."""
        text = fold(text_of(cell)).lower().replace(" ", "").replace("登保", "等保")
        if text in self.labels:
            return self.labels[text]
        if text in NONE_WORDS:
            return None
        found = _CODE.match(text)
        if found:
            number, rest = int(found[1]), _ASIDE.sub("", found[2])
            if rest in self.labels:
                return self.labels[rest]
            if not rest and number <= len(self.order):
                return self.order[number - 1]
        bare = _ASIDE.sub("", text)
        return self.labels[bare] if bare in self.labels else self._wrong(text)

    def read_several(self, cell: Cell) -> object:
        """The meanings of several labels, in their order, each once."""
        text = text_of(cell)
        found: dict[object, None] = {}
        for piece in re.split(r"[、,，;；/\s+和及]+", text):
            meaning = self.read(piece)
            if isinstance(meaning, Wrong):
                return meaning
            if meaning is not None:
                found[meaning] = None
        return tuple(found)

    def label(self, meaning: object) -> str:
        """The word that we write for a meaning."""
        return next(word for word, known in self.labels.items() if known == meaning and type(known) is type(meaning))

    def has(self, meaning: object) -> bool:
        """Some word stands for this meaning; 未定级 stands for `None`."""
        return any(known == meaning and type(known) is type(meaning) for known in self.labels.values())

    def words(self) -> tuple[str, ...]:
        """The word that we write for each meaning, in the order of the form."""
        return tuple(dict.fromkeys(self.label(meaning) for meaning in self.labels.values()))

    def _wrong(self, text: str) -> Wrong:
        mains = self.words()
        close = nearest(text, self.labels)
        mend = (
            _("did you mean {near}? It must be one of {words}").format(near=close, words="、".join(mains))
            if close
            else _("write one of {words}").format(words="、".join(mains))
        )
        return Wrong(_("{text!r} is not one of the words of this column").format(text=text), mend)
