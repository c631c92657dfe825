"""`addresses.yml` of an estate's folder: the address plan and the old IPv4 space."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from qianyun.importers.policy_words import once, prefixes
from qianyun.importers.schema import conform
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.address_checks import faults_of_addresses
from qianyun.policy.addresses import AddressDeclaration, PlannedDepartment, Region, Site
from qianyun.policy.legacy import LegacyBlock, LegacySpace
from qianyun.policy.model import Policy
from qianyun.words import _

NAME = "addresses.yml"


def load_addresses(folder: Path, policy: Policy) -> AddressDeclaration:
    """Read an estate's address plan.

    Args:
        folder: The estate's folder.
        policy: Its policy, whose zones and profile the plan leans on.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    root = load(folder / NAME)
    good, faults = conform(root, "addresses")
    reading.faults += faults
    top = reading.entries(good)
    aggregate = prefixes(reading, Node((root.at("aggregate"),), root.place)) if "aggregate" in top else ()
    if aggregate and isinstance(aggregate[0], IPv4Network):
        reading.fault(top["aggregate"], _("aggregate {prefix} is IPv4").format(prefix=aggregate[0]))
    if not aggregate or reading.faults:
        raise reading.refusal()
    declaration = AddressDeclaration(
        aggregate=IPv6Network(aggregate[0]),
        code=reading.text(top.get("code")) or "",
        reserve_percent=reading.whole(top.get("reserve_percent")) or 0,
        levels=policy.profile.address_levels,
        zone_numbers={zone.name: zone.number for zone in policy.zones},
        regions=tuple(_regions(reading, top.get("regions"))),
        departments=tuple(_departments(reading, top.get("departments"))),
        sites=tuple(_sites(reading, top.get("sites"))),
        legacy=LegacySpace(
            blocks=tuple(_legacy(reading, top.get("legacy"))),
            renumber_into=_old(reading, top.get("renumber_into")),
            translate_into=_old(reading, top.get("translate_into")),
        ),
    )
    reading.faults += faults_of_addresses(declaration, policy)
    if reading.faults:
        raise reading.refusal()
    return declaration


def _regions(reading: Reading, node: Node | None) -> Iterator[Region]:
    for code, each in once(reading, node, _("region"), key="code").items():
        keys = reading.entries(each)
        number = reading.whole(keys.get("number"))
        yield Region(code=code, name=str(keys["name"].value), number=number, source=each.place)


def _departments(reading: Reading, node: Node | None) -> Iterator[PlannedDepartment]:
    for name, each in once(reading, node, _("department")).items():
        yield PlannedDepartment(number=reading.whole(each.at("number")) or 0, name=name, source=each.place)


def _sites(reading: Reading, node: Node | None) -> Iterator[Site]:
    for each in reading.elements(node):
        keys = reading.entries(each)
        yield Site(
            region=str(keys["region"].value),
            department=reading.whole(keys["department"]) or 0,
            number=reading.whole(keys["number"]) or 0,
            name=str(keys["name"].value),
            zones={zone: _numbers(reading, n) for zone, n in reading.entries(keys["zones"]).items()},
            width=reading.whole(keys.get("width")),
            source=each.place,
        )


def _numbers(reading: Reading, node: Node) -> tuple[int, ...]:
    """Numbers and ranges such as "0-7", each once, sorted."""
    found: set[int] = set()
    for each in reading.elements(node):
        first, _dash, last = str(each.value).partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))


def _legacy(reading: Reading, node: Node | None) -> Iterator[LegacyBlock]:
    for each in reading.elements(node):
        keys = reading.entries(each)
        for prefix in _old(reading, Node((keys["prefix"],), each.place)):
            yield LegacyBlock(
                prefix=prefix,
                department=str(keys["department"].value),
                use=reading.text(keys.get("use")) or "",
                host_count=reading.whole(keys.get("hosts")) or 0,
                is_fixed=bool(reading.flag(keys.get("fixed"))),
                source=each.place,
            )


def _old(reading: Reading, node: Node | None) -> tuple[IPv4Network, ...]:
    found: list[IPv4Network] = []
    for each, prefix in zip(reading.elements(node), prefixes(reading, node), strict=True):
        if isinstance(prefix, IPv4Network):
            found.append(prefix)
        else:
            reading.fault(each, _("prefix {prefix} is no IPv4").format(prefix=prefix))
    return tuple(found)
