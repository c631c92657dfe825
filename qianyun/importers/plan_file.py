"""`plan.yml` of an estate's folder: what planners want, what they demand, and what it is worth."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from qianyun.importers.grouping_file import grouping_in, parts_in, system_in
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.plan.wishes import Deadline, Hold, Need, Pin, Reuse, Subject, VendorLimit, Weights, Wishes
from qianyun.words import _

NAME = "plan.yml"
LIMITS = {
    "waves": {"weeks": "wave_weeks", "systems": "wave_systems"},
    "team": {"points": "team_points", "risk": "risk_points", "slack_percent": "team_slack_percent"},
    "copy": {"percent": "copy_percent", "delta_percent": "delta_percent"},
    "calm": {"percent": "calm_percent"},
    "egress": {"percent": "egress_percent", "kbps_a_user": "egress_kbps_a_user"},
    "assessments": {"months": "assessment_months", "weeks_after": "reassess_weeks", "per_week": "reassess_per_week"},
}
"""Whole numbers by section and key, with the field of `Wishes` that each sets."""
ALONE = ("interface_weeks", "platform_level")
FLAGS = ("wants_filing", "keeps_contracts")


def load_wishes(folder: Path) -> Wishes:
    """Read an estate's wishes; the defaults where it has no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not (folder / NAME).exists():
        return Wishes()
    root, reading = load(folder / NAME), Reading()
    lists = ("deadlines", "vendors", "pins", "holds", "needs", "parts", "reuse")
    top = reading.fields(root, (), ("weights", *LIMITS, *ALONE, *FLAGS, "grouping", "default_zone", *lists))
    flags = {name: bool(reading.flag(top.get(name))) for name in FLAGS}
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
    needs, parts = tuple(_needs(reading, top.get("needs"))), tuple(parts_in(reading, top.get("parts")))
    reuses, grouping = tuple(_reuses(reading, top.get("reuse"))), grouping_in(reading, top.get("grouping"))
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
            needs=needs,
            parts=parts,
            reuses=reuses,
            grouping=grouping,
            wants_filing=flags["wants_filing"],
            keeps_contracts=flags["keeps_contracts"],
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
        key, on = system_in(reading, keys.get("system")), reading.day(keys.get("on"))
        if key and on:
            frozen, reason = reading.flag(keys.get("frozen")), reading.text(keys.get("reason"))
            yield Pin(system=key, on=on, is_frozen=bool(frozen), reason=reason or "", source=each.place)


def _holds(reading: Reading, node: Node | None) -> Iterator[Hold]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("system", "not_before"), ("reason",))
        key, day = system_in(reading, keys.get("system")), reading.day(keys.get("not_before"))
        if key and day:
            reason = reading.text(keys.get("reason"))
            yield Hold(system=key, not_before=day, reason=reason or "", source=each.place)


def _needs(reading: Reading, node: Node | None) -> Iterator[Need]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("system",), ("egress_mbps", "addresses"))
        key = system_in(reading, keys.get("system"))
        mbps, addresses = (reading.whole(keys.get(size)) for size in ("egress_mbps", "addresses"))
        if key:
            yield Need(system=key, egress_mbps=mbps, addresses=addresses, source=each.place)


def _reuses(reading: Reading, node: Node | None) -> Iterator[Reuse]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("room", "for", "by", "yuan_per_week"), ())
        room, used_for = reading.text(keys.get("room")), reading.text(keys.get("for"))
        by, yuan = reading.day(keys.get("by")), reading.whole(keys.get("yuan_per_week"))
        if room and used_for and by and yuan is not None:
            yield Reuse(room=room, used_for=used_for, by=by, yuan_per_week=yuan, source=each.place)
