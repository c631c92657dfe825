"""Headings: which column of which ledger a heading stands for, and the unit it names.

Headings are compared without blanks, stars, numbering and what stands in brackets; 登保 is read as
等保. A unit may stand in brackets or at the end: 内存(GB), 内存GB, 建设金额（万元）.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from qianyun.importers.columns import LEDGERS, Column, Ledger
from qianyun.importers.measures import Measure
from qianyun.importers.values import fold, nearest

_ASIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】")
_NUMBERING = re.compile(r"^(?:\(?\d{1,2}[).、]\s*|[一二三四五六七八九十]+、)")
_NOISE = re.compile(r"[\s*★☆#:：?]+|必填|选填")
_UNIT = re.compile(r"(?<=[^a-z])(gb|tb|mb|g|t|m|mbps|kw|m2)$|(?<=.)(万元|元|核|平方米)$")

REMEMBERED = 8192
"""Texts kept in mind; files bring their own without end."""

Match = tuple[Column, str]
"""The column, and the unit that the heading names (empty when it names none)."""


@lru_cache(REMEMBERED)
def heading_key(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading without noise, and what stood in brackets."""
    narrow = fold(text).lower().replace("登保", "等保")
    asides = tuple(_NOISE.sub("", "".join(parts)) for parts in _ASIDE.findall(narrow))
    return _NOISE.sub("", _NUMBERING.sub("", _ASIDE.sub("", narrow))), asides


@cache
def columns_by_key(ledger_kind: str) -> Mapping[str, Column]:
    """The columns of a ledger by the keys of their headings; where two share one, the first has it."""
    ledger = next(one for one in LEDGERS if one.kind == ledger_kind)
    found: dict[str, Column] = {}
    for column in ledger.columns:
        for heading in column.headings:
            found.setdefault(heading_key(heading)[0], column)
    return found


@lru_cache(REMEMBERED)
def match(ledger_kind: str, text: str) -> Match | None:
    """The column of a ledger that a heading stands for."""
    bare, asides = heading_key(text)
    known = columns_by_key(ledger_kind)
    column = known.get(bare)
    if column:
        return column, _unit_among(column, asides)
    found = _UNIT.search(bare)
    column = known.get(bare[: found.start()]) if found else None
    if found and column and _unit_among(column, (found[0],)):
        return column, found[0]
    return None


def _unit_among(column: Column, asides: tuple[str, ...]) -> str:
    if not isinstance(column.reads, Measure):
        return ""
    units = column.reads.units
    words = (word for aside in asides for word in re.split(r"[,、;]|单位", aside))
    return next((word for word in words if word in units), "")


@lru_cache(REMEMBERED)
def is_heading(text: str) -> bool:
    """Some ledger knows this heading."""
    return any(match(ledger.kind, text) for ledger in LEDGERS)


def nearest_heading(ledger: Ledger, text: str) -> str | None:
    """The known heading of a ledger that an unknown one is most like."""
    own = {heading_key(heading)[0]: heading for column in ledger.columns for heading in column.headings}
    found = nearest(heading_key(text)[0], own, 0.5)
    return own[found] if found else None
