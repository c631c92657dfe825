"""Masks: what becomes of each value that a channel names, and of nothing else.

Pseudonyms are keyed (HMAC-SHA-256): the same value gives the same word in every file and on every day,
so joins survive; without the key nobody can try out all names or numbers. A value that is empty stays so.

Source: GB/T 37988-2019 annex (masking), RFC 2104 (HMAC), GB 11643-1999.
"""

import base64
import csv
import hashlib
import hmac
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from qianyun.exchange.identity import check_character
from qianyun.policy.channels import Channel, ContentKind, Mask, Treatment

PLACE = re.compile(
    r"(?:[^省市区]{2,10}(?:省|自治区))?(?:[^市州盟]{1,10}(?:市|自治州|地区|盟))?(?:[^县区旗市]{1,10}(?:县|旗|市|(?<![小社园街校厂])区))?"
)
REGION = re.compile(r"省|自治区|市|州|盟")
"""A county is kept only below a province or a city: what merely ends like one may be an estate of houses."""

KEPT_OF_IDENTITY = 6
WORD = 20
"""Characters of a pseudonym: 100 bits, so that a country's numbers do not meet."""


class MisfitError(Exception):
    """A mask leads to a place that is no single value: the document is not what the channel declares."""


class Masking:
    """The masks of one channel, with the key of its pseudonyms."""

    def __init__(self, channel: Channel, key: bytes) -> None:
        self._channel, self._key = channel, key
        self._by = self._treatments()

    def _treatments(self) -> Mapping[Treatment, Callable[[str], str]]:
        return {
            Treatment.NAME: name,
            Treatment.IDENTITY: identity,
            Treatment.PHONE: phone,
            Treatment.ADDRESS: address,
            Treatment.PSEUDONYM: self._pseudonym,
            Treatment.PSEUDONYM_IDENTITY: self._pseudonym_identity,
            Treatment.EMPTY: lambda _value: "",
            Treatment.KEEP: lambda value: value,
        }

    def apply(self, content: bytes) -> bytes:
        """The content with every declared field masked; of a kind without fields, the content itself."""
        match self._channel.content:
            case ContentKind.CSV:
                return self._csv(content.decode("utf-8-sig"))
            case ContentKind.JSON:
                return _json(self._document(json.loads(content)))
            case ContentKind.JSON_LINES:
                lines = (json.loads(line) for line in content.splitlines() if line.strip())
                return b"".join(_json(self._document(line)) for line in lines)
            case _:
                return content

    def value(self, treatment: Treatment, value: str) -> str:
        """One value, treated."""
        return self._by[treatment](value) if value.strip() else ""

    def _csv(self, text: str) -> bytes:
        rows = csv.reader(io.StringIO(text, newline=""))
        titles = next(rows, [])
        treated = {mask.field: mask.treatment for mask in self._channel.masks}
        treatments = [treated.get(title) for title in titles]
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(
            [self.value(how, value) if how else value for how, value in zip(treatments, row, strict=True)]
            for row in rows
            if row
        )
        return written.getvalue().encode()

    def _document(self, document: object) -> object:
        for mask in self._channel.masks:
            document = self._at(document, steps_of(mask.field), mask)
        return document

    def _at(self, value: object, steps: tuple[str, ...], mask: Mask) -> object:
        match steps, value:
            case _, None:
                return None
            case (), dict() | list():
                raise MisfitError(mask.field)
            case (), _:
                return self._leaf(value, mask.treatment)
            case ("[]", *rest), list():
                return [self._at(each, tuple(rest), mask) for each in value]
            case (step, *rest), dict() if step != "[]":
                return {**value, step: self._at(value[step], tuple(rest), mask)} if step in value else value
            case _:
                raise MisfitError(mask.field)

    def _leaf(self, value: object, treatment: Treatment) -> object:
        if treatment is Treatment.KEEP:
            return value
        return self.value(treatment, value if isinstance(value, str) else json.dumps(value))

    def _digest(self, treatment: Treatment, value: str) -> bytes:
        return hmac.new(self._key, f"{treatment}\0{value.strip().upper()}".encode(), hashlib.sha256).digest()

    def _pseudonym(self, value: str) -> str:
        return base64.b32encode(self._digest(Treatment.PSEUDONYM, value)).decode()[:WORD]

    def _pseudonym_identity(self, value: str) -> str:
        """Region 99 is given to no place, and the check character is a wrong one: this is nobody's number."""
        number = int.from_bytes(self._digest(Treatment.PSEUDONYM_IDENTITY, value))
        first = f"99{number % 10**15:015d}"
        right = check_character(first)
        return first + "0123456789X"[("0123456789X".index(right) + 1) % 11]


def without_kept(channel: Channel, content: bytes) -> str:
    """A masked file's text without the values that its channel keeps."""
    kept = [mask for mask in channel.masks if mask.treatment is Treatment.KEEP]
    emptied = tuple(replace(mask, treatment=Treatment.EMPTY) for mask in kept)
    return Masking(replace(channel, masks=emptied), b"").apply(content).decode()


def steps_of(field: str) -> tuple[str, ...]:
    """A path into JSON, step by step: `applicant.phones[]` is `applicant`, `phones`, `[]`."""
    return tuple(step for step in re.split(r"\.|(\[\])", field) if step)


def name(value: str) -> str:
    """The first character of a name, which is the family's."""
    return value.strip()[0] + "*" * max(1, len(value.strip()) - 1)


def identity(value: str) -> str:
    """An identity number without its person: the region alone."""
    bare = value.strip()
    return bare[:KEPT_OF_IDENTITY] + "*" * max(4, len(bare) - KEPT_OF_IDENTITY)


def phone(value: str) -> str:
    """A phone with its middle hidden; a short one is hidden whole."""
    bare = value.strip()
    return f"{bare[:3]}{'*' * (len(bare) - 5)}{bare[-2:]}" if len(bare) > 7 else "*" * len(bare)  # noqa: PLR2004


def address(value: str) -> str:
    """An address down to its county; without one it is hidden whole."""
    found = PLACE.match(value.strip())
    return f"{found[0] if found and REGION.search(found[0]) else ''}***"


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
