"""Identity numbers of citizens, and what else in a text leads to a person.

Source: GB 11643-1999 (the citizen's number, its check character by ISO 7064 MOD 11-2); the numbering
plan of mobile phones (eleven digits, the first two 13 to 19).
"""

import re
from collections.abc import Iterator
from datetime import date

WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CHARACTERS = "10X98765432"
"""Check characters by the weighted sum's remainder."""

IDENTITY = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{16}[0-9Xx])(?![0-9A-Za-z])")
OLD_IDENTITY = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{14})(?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9][0-9]{9})(?![0-9A-Za-z])")


def check_character(first: str) -> str:
    """The eighteenth character for seventeen digits."""
    return CHARACTERS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def is_identity(text: str) -> bool:
    """Whether a text is an identity number that somebody could have: a day of birth that was, a right check."""
    if not IDENTITY.fullmatch(text):
        return False
    return _is_day(text[6:14]) and check_character(text[:17]) == text[17].upper()


def traces(text: str) -> Iterator[str]:
    """Kinds of what leads to a person in a text: `identity`, `phone`; each as often as it occurs."""
    for found in IDENTITY.finditer(text):
        if is_identity(found[1]):
            yield "identity"
    for found in OLD_IDENTITY.finditer(text):
        if _is_day(f"19{found[1][6:12]}"):
            yield "identity"
    yield from ("phone" for _found in MOBILE.finditer(text))


def _is_day(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return born.year >= 1880  # noqa: PLR2004 - nobody alive is older
