"""`plan.yml` of an estate's folder: what planners want, what they demand, and what it is worth."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from qianyun.estate.facts import SystemKey
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.plan.wishes import Deadline, Hold, Pin, Subject, VendorLimit, Weights, Wishes
from qianyun.words import _

NAME = "plan.yml"
LIMITS = {
    "waves": {"weeks": "wave_weeks", "systems": "wave_systems"},
    "team": {"points": "team_points", "risk": "risk_points", "slack_percent": "team_slack_percent"},
    "copy": {"percent": "copy_percent", "delta_percent": "delta_percent"},
}
"""Whole numbers by section and key, with the field of `Wishes` that each sets."""
ALONE = ("interface_weeks", "platform_level")


def load_wishes(folder: Path) -> Wishes:
    """Read an estate's wishes; the defaults where it has no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not (folder / NAME).exists():
        return Wishes()
    root, reading = load(folder / NAME), Reading()
    lists = ("deadlines", "vendors", "pins", "holds")
    top = reading.fields(root, (), ("weights", *LIMITS, *ALONE, "default_zone", *lists))
    numbers = {
        name: value for name, node in top.items() if name in ALONE and (value := reading.whole(node)) is not None
    }
    for section, keys in LIMITS.items():
        numbers |= _numbers(reading, top.get(section), keys, ("ramp_up",) if section == "waves" else ())
    ramp = [reading.whole(each) for each in reading.elements(_entry(top.get("waves"), "ramp_up"))]
    zone = reading.text(top.get("default_zone"))
    deadlines, vendors = tuple(_deadlines(reading, top.get("deadlines"))), tuple(_vendors(reading, top.get("vendors")))
    pins, holds = tuple(_pins(reading, top.get("pins"))), tuple(_holds(reading, top.get("holds")))
    weights = _weights(reading, top.get("weights"))
    wishes = None
    with reading.building(root):
        wishes = Wishes(
            weights=weights,
            ramp_up=tuple(size for size in ramp if size is not None),
            default_zone=zone or "",
            deadlines=deadlines,
            vendor_limits=vendors,
            pins=pins,
            holds=holds,
            **numbers,
        )
    if wishes is None or reading.faults:
        raise reading.refusal()
    return wishes


def _entry(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node and isinstance(node.value, dict) else None


def _numbers(reading: Reading, node: Node | None, keys: Mapping[str, str], also: tuple[str, ...]) -> dict[str, int]:
    given = reading.fields(node, (), (*keys, *also)) if node else {}
    found = {keys[key]: reading.whole(each) for key, each in given.items() if key in keys}
    return {name: value for name, value in found.items() if value is not None}


def _weights(reading: Reading, node: Node | None) -> Weights:
    names = [field.name for field in fields(Weights)]
    given = reading.fields(node, (), names) if node else {}
    values = {name: value for name, each in given.items() if (value := reading.whole(each)) is not None}
    if node is not None:
        with reading.building(node):
            return Weights(**values)
    return Weights()


def _deadlines(reading: Reading, node: Node | None) -> Iterator[Deadline]:
    subjects = [str(subject) for subject in Subject]
    for each in reading.elements(node):
        keys = reading.fields(each, ("by",), (*subjects, "reason"))
        by, reason = reading.day(keys.get("by")), reading.text(keys.get("reason"))
        named = [subject for subject in subjects if subject in keys]
        if len(named) != 1:
            reading.fault(each, _("names {n} of system, room, department").format(n=len(named)), _("name one"))
            continue
        name = reading.text(keys[named[0]])
        if name and by:
            yield Deadline(subject=Subject(named[0]), name=name, by=by, reason=reason or "", source=each.place)


def _vendors(reading: Reading, node: Node | None) -> Iterator[VendorLimit]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("name", "per_week"), ("from", "to", "reason"))
        name, most = reading.text(keys.get("name")), reading.whole(keys.get("per_week"))
        if name and most is not None:
            yield VendorLimit(
                vendor=name,
                per_week=most,
                first=reading.day(keys.get("from")),
                last=reading.day(keys.get("to")),
                reason=reading.text(keys.get("reason")) or "",
                source=each.place,
            )


def _pins(reading: Reading, node: Node | None) -> Iterator[Pin]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("system", "on"), ("frozen", "reason"))
        key, on = _system(reading, keys.get("system")), reading.day(keys.get("on"))
        if key and on:
            frozen, reason = reading.flag(keys.get("frozen")), reading.text(keys.get("reason"))
            yield Pin(system=key, on=on, is_frozen=bool(frozen), reason=reason or "", source=each.place)


def _holds(reading: Reading, node: Node | None) -> Iterator[Hold]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("system", "not_before"), ("reason",))
        key, day = _system(reading, keys.get("system")), reading.day(keys.get("not_before"))
        if key and day:
            reason = reading.text(keys.get("reason"))
            yield Hold(system=key, not_before=day, reason=reason or "", source=each.place)


def _system(reading: Reading, node: Node | None) -> SystemKey | None:
    """`department/system`."""
    text = reading.text(node)
    department, slash, name = (text or "").partition("/")
    if node is not None and text and not (slash and department and name):
        reading.fault(node, _("{text!r} names no system").format(text=text), _("write department/system"))
        return None
    return SystemKey(department=department, name=name) if text else None
