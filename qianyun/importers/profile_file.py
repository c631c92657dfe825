"""`profile.yml` of an estate's folder: what is particular to this government."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from qianyun.importers.policy_words import once
from qianyun.importers.schema import conform
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.model import PROTOCOLS
from qianyun.policy.profile import (
    AddressLevel,
    Clause,
    Confidence,
    Profile,
    RiskyPort,
    SlotScheme,
    WellKnownPrefix,
    ZoneKind,
    ZoneRole,
)
from qianyun.words import _

NAME = "profile.yml"


def load_profile(folder: Path) -> Profile:
    """Read an estate's profile.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    profile = read_profile(reading, load(folder / NAME))
    if reading.faults:
        raise reading.refusal()
    return profile


def read_profile(reading: Reading, root: Node) -> Profile:
    """The profile in a file's tree; what is faulty is left out and noted."""
    good, faults = conform(root, "profile")
    reading.faults += faults
    top = reading.entries(good)
    clauses = tuple(_clauses(reading, top.get("clauses")))
    return Profile(
        name=reading.text(top.get("name")) or "",
        zones=tuple(_zones(reading, top.get("zones"), top.get("borders"))),
        levels={
            str(each.at("name").value): str(each.at("label").value) for each in reading.elements(top.get("levels"))
        },
        address_levels=tuple(_address_levels(reading, top.get("address_levels"))),
        clauses=clauses,
        clauses_of_check=dict(_checks(reading, top.get("checks"), {clause.name for clause in clauses})),
        severity_of_check=_said(reading, top.get("checks"), "id", "severity"),
        least_mbps=_numbers(reading, top.get("levels"), "name", "least_mbps"),
        assessment_months={
            int(level): months for level, months in _numbers(reading, top.get("assessments"), "level", "months").items()
        },
        risky_ports=tuple(_risky_ports(reading, top.get("risky_ports"))),
        well_known=tuple(_well_known(reading, top.get("well_known_prefixes"))),
    )


def _said(reading: Reading, node: Node | None, key: str, what: str) -> dict[str, str]:
    """What each entry says under a name that it may leave out."""
    entries = ((each, reading.entries(each)) for each in reading.elements(node))
    return {str(each.at(key).value): str(keys[what].value) for each, keys in entries if what in keys}


def _numbers(reading: Reading, node: Node | None, key: str, what: str) -> dict[str, int]:
    return {name: int(number) for name, number in _said(reading, node, key, what).items()}


def _zones(reading: Reading, node: Node | None, borders: Node | None) -> Iterator[ZoneRole]:
    zones = once(reading, node, _("zone"))
    touching: dict[str, list[str]] = {name: [] for name in zones}
    for pair in reading.elements(borders):
        ends = [str(end.value) for end in reading.elements(pair)]
        for end, other in (ends, ends[::-1]):
            if end not in touching:
                reading.fault(pair, _("border with {zone!r}, which is no zone").format(zone=end))
            elif other not in touching[end]:
                touching[end].append(other)
    for name, each in zones.items():
        keys = reading.entries(each)
        yield ZoneRole(
            name=name,
            label=reading.text(keys.get("label")) or name,
            kind=ZoneKind(str(each.at("kind").value)),
            is_exchange=bool(reading.flag(keys.get("exchange"))),
            borders=tuple(touching[name]),
            source=each.place,
        )
    outsides = [name for name, each in zones.items() if each.at("kind").value == ZoneKind.OUTSIDE]
    if node is not None and len(outsides) != 1:
        what = _("zones of kind 'outside': {zones}; one and only one is everybody else")
        reading.fault(node, what.format(zones=", ".join(outsides) or _("none")))


def _address_levels(reading: Reading, node: Node | None) -> Iterator[AddressLevel]:
    above = 0
    for name, each in once(reading, node, _("address level")).items():
        width = reading.whole(each.at("width")) or 0
        if width % 4:
            reading.fault(each, _("width {width} is no multiple of 4").format(width=width), _("end on a nibble"))
        if width <= above:
            what = _("width {width} is not above {above}, the width of the level before")
            reading.fault(each, what.format(width=width, above=above))
        above = width
        yield AddressLevel(name=name, width=width, scheme=SlotScheme(str(each.at("scheme").value)), source=each.place)


def _clauses(reading: Reading, node: Node | None) -> Iterator[Clause]:
    for name, each in once(reading, node, _("clause")).items():
        keys = reading.entries(each)
        yield Clause(
            name=name,
            document=str(each.at("document").value),
            number=reading.text(keys.get("number")) or "",
            text=reading.text(keys.get("text")) or "",
            confidence=Confidence(str(each.at("confidence").value)),
            source=each.place,
        )


def _checks(reading: Reading, node: Node | None, known: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, each in once(reading, node, _("check"), key="id").items():
        cited = reading.elements(each.at("clauses"))
        for clause in cited:
            if clause.value not in known:
                reading.fault(clause, _("check {check} cites {clause!r}, which is no clause").format(
                    check=name, clause=clause.value
                ))  # fmt: skip
        yield name, tuple(str(clause.value) for clause in cited if clause.value in known)


def _risky_ports(reading: Reading, node: Node | None) -> Iterator[RiskyPort]:
    for each in reading.elements(node):
        yield RiskyPort(
            protocol=PROTOCOLS[str(each.at("protocol").value)],
            port=reading.whole(each.at("port")) or 0,
            name=str(each.at("name").value),
            source=each.place,
        )


def _well_known(reading: Reading, node: Node | None) -> Iterator[WellKnownPrefix]:
    for each in reading.elements(node):
        yield WellKnownPrefix(
            prefix=ip_network(str(each.at("prefix").value)),
            meaning=str(each.at("meaning").value),
            confidence=Confidence(str(each.at("confidence").value)),
            source=each.place,
        )
