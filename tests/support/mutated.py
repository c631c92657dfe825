"""Text as it should not be: single edits of configurations, seeded."""

import random
import string

STRANGE = (
    "any", "host", "0", "255.255.255.255", "0.255.0.255", "::", "2001:db8::/129", "65536", "-1", "99999999999", "²",
    "object-group", "group-object", "permit", "deny", "range", "eq", "rule", "acl", "access-list", "!", "#", "\x00",
    "\x1b[7m", "\ufeff", "汉字", "'", '"', "/", "/33", "no", "undo", "log", "established", "fragments", "\t",
)  # fmt: skip


def mutated(text: str, chance: random.Random, edits: int) -> str:
    """The text after so many edits: characters, words and lines lost, doubled, exchanged, or strange."""
    for _ in range(edits):
        text = _edited(text, chance)
    return text


def _edited(text: str, chance: random.Random) -> str:
    strange: str = chance.choice([*string.printable, ""])
    kind = chance.randrange(8)
    if kind == 0 and text:
        at = chance.randrange(len(text))
        return text[:at] + strange + text[at + 1 :]
    if kind == 1:
        return text[: chance.randrange(len(text) + 1)]
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if kind == 2:
        del lines[at]
    elif kind == 3:
        lines.insert(other, lines[at])
    elif kind == 4:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = _line(lines[at], lines[other], kind, chance)
    return "\n".join(lines)


def _line(line: str, other: str, kind: int, chance: random.Random) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    words = line.split() or [""]
    at = chance.randrange(len(words))
    if kind == 5:
        del words[at]
    elif kind == 6:
        words[at] = chance.choice([*STRANGE, *other.split()])
    else:
        words.insert(at, chance.choice([*STRANGE, *other.split()]))
    return indent + " ".join(words)
