"""How wide text is: on paper in ems, in a terminal in columns, in a sheet in characters.

Charts are laid out where no font can be asked, so widths on paper are estimates from above:
a label that fits by this measure fits with any sans of the look.
"""

import unicodedata
from collections.abc import Iterator

_WIDE = frozenset("WF")
_SYMBOLS = frozenset("✔✕▲◆◇◐○●■→×…–·")
_NARROW = frozenset(" .,:;'|!ijlt()[]/-")
_BROAD = frozenset("mwMW%@—")


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in _WIDE or character in _SYMBOLS:
        return 1.0
    if character in _NARROW:
        return 0.4
    if character in _BROAD:
        return 0.95
    return 0.7 if character.isupper() else 0.6


def ems(text: str) -> float:
    """Width in ems, rather too wide than too narrow."""
    return sum(map(_em, text))


def columns(text: str) -> int:
    """Width in columns of a terminal or a sheet: two for each Chinese character."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in _WIDE else 1
        for character in text
    )


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled up with blanks to `width` columns; longer text stays whole."""
    blanks = " " * max(0, width - columns(text))
    return blanks + text if right else text + blanks


def shorten(text: str, width: int) -> str:
    """`text` within `width` columns; what is cut off leaves an ellipsis."""
    if columns(text) <= width:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def wrap(text: str, width: float) -> tuple[str, ...]:
    """Lines of at most `width` ems; Chinese breaks anywhere, other words only at blanks.

    A single word that is wider than a line stands alone on one.
    """
    lines: list[str] = []
    for piece in _pieces(text):
        if lines and ems((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return tuple(line.strip() for line in lines if line.strip())


def balance(text: str, width: float) -> tuple[str, ...]:
    """As few lines as `wrap` needs, about equally long: no last character alone on a line."""
    count = len(wrap(text, width))
    narrow = ems(text) / max(count, 1)
    while len(wrap(text, min(narrow, width))) > count and narrow < width:
        narrow += 0.1
    return wrap(text, min(narrow, width))


def _pieces(text: str) -> Iterator[str]:
    """What must not be broken: one Chinese character, or one word with the blank after it."""
    word = ""
    for character in text:
        if unicodedata.east_asian_width(character) in _WIDE:
            if word:
                yield word
            word = ""
            yield character
        else:
            word += character
            if character == " ":
                yield word
                word = ""
    if word:
        yield word
