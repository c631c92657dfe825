"""Parts of systems and joiner and splitter rules: the sections `parts` and `grouping` of `plan.yml`."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar

from qianyun.estate.facts import SystemKey
from qianyun.importers.yaml_places import Node, Reading
from qianyun.plan.wishes import Difference, Grouping, Order, Parts, PartWish, Sharing
from qianyun.words import _

SIZES = ("vcpu", "memory_gib", "storage_gib", "egress_mbps", "addresses")
Word = TypeVar("Word", bound=StrEnum)


def parts_in(reading: Reading, node: Node | None) -> Iterator[Parts]:
    """Parts of systems; one that names no zone must be the main one."""
    for each in reading.elements(node):
        keys = reading.fields(each, ("system", "parts"), ("order",))
        key, order = system_in(reading, keys.get("system")), _word(reading, keys.get("order"), Order)
        parts = tuple(_parts(reading, keys.get("parts")))
        if sum(part.is_main for part in parts) > 1:
            reading.fault(each, _("marks several parts as main"), _("mark one, or none"))
        elif key:
            yield Parts(system=key, parts=parts, order=order or Order.TOGETHER, source=each.place)


def _parts(reading: Reading, node: Node | None) -> Iterator[PartWish]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("name",), ("main", "zone", *SIZES))
        name, zone = reading.text(keys.get("name")), reading.text(keys.get("zone"))
        is_main = bool(reading.flag(keys.get("main")))
        sizes = {size: reading.whole(keys.get(size)) or 0 for size in SIZES}
        if not is_main and not zone:
            reading.fault(each, _("names no zone"), _("write the part's zone, or main: true"))
        elif name:
            yield PartWish(name=name, is_main=is_main, zone=zone or "", **sizes)


def grouping_in(reading: Reading, node: Node | None) -> Grouping:
    """The rules; none without the section."""
    keys = reading.fields(node, (), ("join", "apart", "systems", "vcpu")) if node else {}
    joins = [_word(reading, each, Sharing) for each in reading.elements(keys.get("join"))]
    apart = [_word(reading, each, Difference) for each in reading.elements(keys.get("apart"))]
    return Grouping(
        joins=tuple(rule for rule in joins if rule),
        apart=tuple(kind for kind in apart if kind),
        most_systems=reading.whole(keys.get("systems")),
        most_vcpu=reading.whole(keys.get("vcpu")),
    )


def _word(reading: Reading, node: Node | None, words: type[Word]) -> Word | None:
    text = reading.text(node)
    if node is None or not text:
        return None
    if text not in [str(word) for word in words]:
        what = _("{text!r} is none of {words}").format(text=text, words=", ".join(words))
        reading.fault(node, what, _("write one of them"))
        return None
    return words(text)


def system_in(reading: Reading, node: Node | None) -> SystemKey | None:
    """`department/system`."""
    text = reading.text(node)
    department, slash, name = (text or "").partition("/")
    if node is not None and text and not (slash and department and name):
        reading.fault(node, _("{text!r} names no system").format(text=text), _("write department/system"))
        return None
    return SystemKey(department=department, name=name) if text else None
