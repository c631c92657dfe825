"""Measures: quantities with their units, as people write them: 8C, 0.5T, 2*8, 12.5万元, 35%.

A field holds one unit. A cell may name another, or the heading may, or nobody does; sums and
products are worked out (2*8C, 500G+2T). Arithmetic is exact: `Decimal` throughout.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from qianyun.importers.sheets import Cell
from qianyun.importers.values import NONE_WORDS, Reader, Wrong, fold, text_of
from qianyun.words import _

LARGEST = Decimal(10) ** 15
_FACTOR = r"(?:\d+(?:\.\d*)?|\.\d+)"
_TERM = re.compile(
    rf"(?P<a>{_FACTOR})(?P<ua>m2|m\^2|[^\d*x×.+]*)(?:[*x×](?P<b>{_FACTOR})(?P<ub>[^\d*x×.+]*))?", re.IGNORECASE
)
_SHARE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)%?")
_ABOUT = re.compile(r"^(?:约为?|大约|近|≈|~|¥|￥|人民币|共)\s*|\s*(?:左右|余|多)$")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A quantity that a field holds in one unit and people write in many.

    Attributes:
        unit: Taken where neither the cell nor the heading names one.
        units: Each unit, folded and small, with its size in the field's unit.
        is_whole: Only whole numbers make sense.
        example: A right way to write it.
    """

    unit: str
    units: Mapping[str, Decimal]
    is_whole: bool = False
    example: str

    def reader(self, unit: str = "") -> Reader:
        """A reader of cells under a heading that names `unit`, or none."""
        return partial(self.read, unit=unit or self.unit)

    def read(self, cell: Cell, *, unit: str) -> Decimal | int | Wrong | None:
        """The quantity in the field's unit."""
        if isinstance(cell, float | int):
            return self._fit(decimal_of(cell) * self.units[unit], text_of(cell))
        text = fold(text_of(cell))
        if text.lower() in NONE_WORDS:
            return None
        plain = _THOUSANDS.sub("", _ABOUT.sub("", text)).replace(" ", "").lower()
        total = Decimal(0)
        for term in plain.split("+"):
            part = self._term(term, unit)
            if part is None:
                return self._wrong(text)
            total += part
        return self._fit(total, text)

    def _term(self, term: str, unit: str) -> Decimal | None:
        found = _TERM.fullmatch(term)
        if not found:
            return None
        first, second = found["ua"], found["ub"] or ""
        named = [mark for mark in (first, second) if mark and mark not in _PIECES]
        if len(named) > 1 or (named and named[0] not in self.units):
            return None
        factor = self.units[named[0] if named else unit]
        return Decimal(found["a"]) * Decimal(found["b"] or 1) * factor

    def _fit(self, quantity: Decimal, text: str) -> Decimal | int | Wrong:
        if quantity < 0:
            return Wrong(_("{text} is below zero").format(text=text), self._mend())
        if quantity > LARGEST:
            return Wrong(_("{text} is larger than anything here").format(text=text), self._mend())
        if not self.is_whole:
            return tidy(quantity)
        if quantity != quantity.to_integral_value():
            return Wrong(_("{text} is not a whole number").format(text=text), self._mend())
        return int(quantity)

    def _wrong(self, text: str) -> Wrong:
        return Wrong(_("{text!r} is no quantity").format(text=text), self._mend())

    def _mend(self) -> str:
        return _("write it as {example}").format(example=self.example)


_PIECES = frozenset(("块", "条", "个", "台", "路", "颗", "根"))
"""Counting words before a `*` or `×`: 2块*4T."""


_MEBI = Decimal(1) / 1024
_GIB = {
    **dict.fromkeys(("g", "gb", "gib", "吉"), Decimal(1)),
    **dict.fromkeys(("t", "tb", "tib", "太"), Decimal(1024)),
    **dict.fromkeys(("p", "pb", "pib"), Decimal(1024 * 1024)),
    **dict.fromkeys(("m", "mb", "mib", "兆"), _MEBI),
}
STORAGE = Measure(unit="g", units=_GIB, example="500G")
MEBIBYTES = Measure(unit="mb", units={unit: size * 1024 for unit, size in _GIB.items()}, example="200M")
BANDWIDTH = Measure(
    unit="m",
    units={
        **dict.fromkeys(("m", "mb", "mbps", "mb/s", "mbit/s", "兆", "兆比特"), Decimal(1)),
        **dict.fromkeys(("g", "gb", "gbps", "gb/s", "gbit/s"), Decimal(1000)),
        **dict.fromkeys(("k", "kb", "kbps"), Decimal(1) / 1000),
    },
    example="100M",
)
WAN_YUAN = Measure(
    unit="万元",
    units={
        **dict.fromkeys(("万元", "万", "w", "万元/年", "万/年"), Decimal(1)),
        **dict.fromkeys(("元", "块钱", "元/年"), Decimal(1) / 10_000),
        **dict.fromkeys(("亿元", "亿"), Decimal(10_000)),
    },
    example="12.5万元",
)
YUAN_A_MONTH = Measure(
    unit="元",
    units={
        **dict.fromkeys(("元", "元/月", "/月", "元每月"), Decimal(1)),
        **dict.fromkeys(("万元", "万", "万元/月", "w"), Decimal(10_000)),
    },
    example="3000元",
)
AREA = Measure(
    unit="m2", units=dict.fromkeys(("m2", "m^2", "平方米", "平米", "平方", "平", "㎡"), Decimal(1)), example="60㎡"
)
POWER = Measure(
    unit="kw",
    units={**dict.fromkeys(("kw", "千瓦"), Decimal(1)), **dict.fromkeys(("w", "瓦"), Decimal(1) / 1000)},
    example="40kW",
)
HOURS = Measure(
    unit="h",
    units={
        **dict.fromkeys(("h", "小时", "hour", "hours"), Decimal(1)),
        **dict.fromkeys(("分钟", "分", "min"), Decimal(1) / 60),
        **dict.fromkeys(("天", "日", "d"), Decimal(24)),
    },
    example="4小时",
)
COUNT = Measure(
    unit="个",
    units={
        **dict.fromkeys(("个", "人", "台", "套", "户", "家", "次", "架", "条", "面"), Decimal(1)),
        **dict.fromkeys(("万", "万人", "万个", "万户", "w"), Decimal(10_000)),
        **dict.fromkeys(("千", "k"), Decimal(1000)),
    },
    is_whole=True,
    example="1200",
)
CORES = Measure(
    unit="c",
    units=dict.fromkeys(("c", "核", "vcpu", "core", "cores", "vc", "核心", "核c", "cpu", "u"), Decimal(1)),
    is_whole=True,
    example="8C",
)


def decimal_of(number: float) -> Decimal:
    """The number that was typed: floats carry 15 digits that mean something."""
    return Decimal(format(number, ".15g"))


def tidy(quantity: Decimal) -> Decimal:
    """One way to write each quantity: no trailing zeros, no exponent, at most six places."""
    short = round(quantity, 6).normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def percent(cell: Cell) -> Decimal | Wrong | None:
    """A share in percent: 35%, 35, or the fraction 0.35 that Excel keeps behind 35%."""
    if isinstance(cell, float | int):
        number = decimal_of(cell)
        found, text = (number * 100 if number <= 1 else number), text_of(cell)
    else:
        text = fold(text_of(cell))
        if text.lower() in NONE_WORDS:
            return None
        share = _SHARE.fullmatch(_ABOUT.sub("", text).replace(" ", ""))
        if not share:
            return _no_percent(text)
        number = Decimal(share[1])
        found = number * 100 if number <= 1 and "%" not in text else number
    return tidy(found) if 0 <= found <= 100 else _no_percent(text)  # noqa: PLR2004 - percent


def _no_percent(text: str) -> Wrong:
    return Wrong(
        _("{text!r} is no share of 0 to 100 %").format(text=text), _("write it as {example}").format(example="35%")
    )


def hardware(cell: Cell) -> tuple[object, object, object] | Wrong:
    """Cores, memory and disk out of one cell: 8C / 32G / 1T."""
    text = fold(text_of(cell))
    if text.lower() in NONE_WORDS:
        return None, None, None
    pieces = [piece for piece in re.split(r"[/、,;|\s]+(?:内存|硬盘|磁盘)?[:]?", text) if piece]
    if len(pieces) != 3:  # noqa: PLR2004 - cores, memory, disk
        return _no_hardware(text)
    clean = [re.sub(r"^(cpu|内存|磁盘|硬盘|存储)[::]?", "", piece, flags=re.IGNORECASE) for piece in pieces]
    read = (CORES.read(clean[0], unit="c"), STORAGE.read(clean[1], unit="g"), STORAGE.read(clean[2], unit="g"))
    wrong = next((part for part in read if isinstance(part, Wrong)), None)
    return _no_hardware(text) if wrong else read


def _no_hardware(text: str) -> Wrong:
    return Wrong(
        _("{text!r} is not cores, memory and disk").format(text=text),
        _("write it as {example}").format(example="8C / 32G / 1T"),
    )
