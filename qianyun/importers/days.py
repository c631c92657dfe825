"""Days: the ways in which people write a date, and what Excel makes of them.

A month alone means its first day, or its last where a column holds an end (a contract's). What
could mean two days is refused: Excel turns 2020.10, typed as a number, into 2020.1.
"""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import partial

from qianyun.importers.sheets import Cell
from qianyun.importers.values import NONE_WORDS, Reader, Wrong, fold, text_of
from qianyun.words import _

MONTHS = 12
_YEARS = range(1970, 2100)
_SERIALS = range(25569, 73051)
"""Serial numbers of 1970-01-01 to 2099-12-31 in the calendar that Excel counts from 1900."""
_DAY = re.compile(
    r"(?P<y>\d{4})(?:\s*[-./年]\s*(?P<m>\d{1,2})(?:\s*[-./月]\s*(?P<d>\d{1,2})\s*[日号]?)?\s*月?)?(?:年|月)?(?:份|底|初)?"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_PACKED = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})?")


def day(cell: Cell, *, is_end: bool = False) -> date | Wrong | None:
    """A day; a month or a year alone means its first day, or its last where `is_end`.

    Takes 2020-12-31, 2020/12/31, 2020.12, 2020年12月, 20201231, and the serial numbers of Excel.
    """
    if isinstance(cell, datetime):
        return _in_range(cell.date())
    if isinstance(cell, date):
        return _in_range(cell)
    if isinstance(cell, float | int):
        return _day_of_number(float(cell), is_end=is_end)
    text = fold(cell if isinstance(cell, str) else "")
    if text.lower() in NONE_WORDS:
        return None
    if re.fullmatch(r"\d{5}(\.0+)?", text) and int(float(text)) in _SERIALS:
        return _day_of_number(float(text), is_end=is_end)
    found = _PACKED.fullmatch(text) or _DAY.fullmatch(text)
    return _day_of_parts(text, found, is_end=is_end) if found else _no_day(text)


def _day_of_number(number: float, *, is_end: bool) -> date | Wrong | None:
    if int(number) in _SERIALS:
        return date(1899, 12, 30) + timedelta(days=int(number))
    text = text_of(number)
    year, dot, month = text.partition(".")
    if dot and month == "1":
        return Wrong(
            _("{text} may be January or October: a number drops its last zero").format(text=text),
            _("write {year}-01 or {year}-10, as text").format(year=year),
        )
    found = _PACKED.fullmatch(text) or _DAY.fullmatch(text)
    return _day_of_parts(text, found, is_end=is_end) if found else _no_day(text)


def _day_of_parts(text: str, found: re.Match[str], *, is_end: bool) -> date | Wrong:
    year = int(found["y"])
    month = int(found["m"] or (MONTHS if is_end else 1))
    if year not in _YEARS or not 1 <= month <= MONTHS:
        return _no_day(text)
    last = monthrange(year, month)[1]
    of_month = int(found["d"] or (last if is_end else 1))
    if not 1 <= of_month <= last:
        return Wrong(
            _("{text!r} is no day: that month has {last} days").format(text=text, last=last),
            _("write it as {example}").format(example=f"{year}-{month:02}-{last}"),
        )
    return date(year, month, of_month)


def _no_day(text: str) -> Wrong:
    return Wrong(_("{text!r} is no date").format(text=text), _("write it as {example}").format(example="2020-12-31"))


def _in_range(found: date) -> date | Wrong:
    return found if found.year in _YEARS else _no_day(found.isoformat())


first_day: Reader = partial(day, is_end=False)
last_day: Reader = partial(day, is_end=True)
