"""`zones.yml` and `flows.yml` of an estate's folder: the declared policy."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qianyun.estate.kinds import DependencyKind
from qianyun.importers.policy_words import once, prefixes, unknown
from qianyun.importers.profile_file import NAME as PROFILE
from qianyun.importers.profile_file import read_profile
from qianyun.importers.schema import as_json, conform
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.checks import faults_of
from qianyun.policy.model import (
    PROTOCOLS,
    VERSION_OF,
    WITH_PORTS,
    Direction,
    Endpoint,
    Exchange,
    Flow,
    Policy,
    PortRange,
    Service,
    Zone,
    ZoneKind,
)
from qianyun.policy.profile import Profile
from qianyun.words import _

ZONES, FLOWS = "zones.yml", "flows.yml"
LAST_PORT = 0xFFFF


def load_policy(folder: Path) -> Policy:
    """Read an estate's policy: its profile, zones, endpoints, services and flow matrix.

    Raises:
        DeclarationError: Says all faults of the three files with their lines.
    """
    reading = Reading()
    trees = {name: load(folder / name) for name in (PROFILE, ZONES, FLOWS)}
    profile = read_profile(reading, trees[PROFILE])
    good = {name: _conforming(reading, trees[name], name.removesuffix(".yml")) for name in (ZONES, FLOWS)}
    names = _Names(trees, reading)
    zones = tuple(_zones(reading, good[ZONES].get("zones"), profile))
    endpoints = tuple(_endpoints(reading, good[ZONES].get("endpoints"), zones, names))
    services = tuple(_services(reading, good[FLOWS].get("services")))
    flows = tuple(_flows(reading, good[FLOWS].get("flows"), _Known.of(zones, endpoints, services), names))
    policy = Policy(
        estate=reading.text(good[ZONES].get("estate")) or "",
        zones=tuple(sorted(zones, key=lambda zone: zone.number)),
        endpoints=endpoints,
        services=services,
        flows=flows,
        digest=digest(trees),
        profile=profile,
    )
    reading.faults += faults_of(policy)
    if reading.faults:
        raise reading.refusal()
    return policy


def digest(trees: Mapping[str, Node]) -> str:
    """`sha256:` of what files say, whatever their layout, comments and order of keys."""
    content = {name: as_json(tree.plain()) for name, tree in trees.items()}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _conforming(reading: Reading, tree: Node, schema: str) -> Mapping[str, Node]:
    good, faults = conform(tree, schema)
    reading.faults += faults
    return reading.entries(good)


class _Names:
    """Names that the files give to anything, faulty or not: a reference to them is no further fault."""

    def __init__(self, trees: Mapping[str, Node], reading: Reading) -> None:
        self._given = {
            str(each.at("name").value)
            for tree, keys in ((trees[ZONES], ("zones", "endpoints")), (trees[FLOWS], ("services",)))
            if isinstance(tree.value, dict)
            for key in keys
            if isinstance(tree.at(key).value, tuple)
            for each in reading.elements(tree.at(key))
        }

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._given))


@dataclass(frozen=True, slots=True)
class _Known:
    """What flows can name."""

    endpoints: Mapping[str, Endpoint]
    services: Mapping[str, Service]

    @classmethod
    def of(cls, zones: tuple[Zone, ...], endpoints: tuple[Endpoint, ...], services: tuple[Service, ...]) -> "_Known":
        whole = {
            zone.name: Endpoint(name=zone.name, zone=zone.name, prefixes=zone.prefixes, source=zone.source)
            for zone in zones
        }
        parts = {endpoint.name: endpoint for endpoint in endpoints}
        return cls({**whole, **parts}, {service.name: service for service in services})


def _zones(reading: Reading, node: Node | None, profile: Profile) -> Iterator[Zone]:
    zones = once(reading, node, _("zone"))
    for name, each in zones.items():
        role = profile.zone_by_name.get(name)
        if role is None:
            unknown(reading, each, _("in the profile, zone"), name, profile.zone_by_name)
            continue
        keys = reading.entries(each)
        owned = prefixes(reading, keys.get("prefixes"))
        if bool(keys.get("prefixes")) == (role.kind is ZoneKind.OUTSIDE):
            what = _("zone {zone!r} owns all that others do not") if owned else _("zone {zone!r} lacks 'prefixes'")
            reading.fault(each, what.format(zone=name), _("leave 'prefixes' out") if owned else "")
        yield Zone(
            name=name,
            label=role.label,
            number=reading.whole(keys.get("number")) or 0,
            kind=role.kind,
            prefixes=owned,
            borders=tuple(other for other in role.borders if other in zones),
            mlps_level=reading.whole(keys.get("mlps_level")),
            is_exchange=role.is_exchange,
            source=each.place,
        )
    for role in profile.zones:
        if node is not None and role.kind is ZoneKind.OUTSIDE and role.name not in zones:
            reading.fault(node, _("zone {zone!r}, everybody else, is not declared").format(zone=role.name))


def _endpoints(reading: Reading, node: Node | None, zones: tuple[Zone, ...], names: _Names) -> Iterator[Endpoint]:
    known = {zone.name for zone in zones}
    for name, each in once(reading, node, _("endpoint")).items():
        zone = name.partition(".")[0]
        if zone in known:
            yield Endpoint(name=name, zone=zone, prefixes=prefixes(reading, each.at("prefixes")), source=each.place)
        elif zone not in names:
            unknown(reading, each, _("zone"), zone, {*known, *names})


def _services(reading: Reading, node: Node | None) -> Iterator[Service]:
    for name, each in once(reading, node, _("service")).items():
        keys = reading.entries(each)
        protocol = PROTOCOLS[str(each.at("protocol").value)]
        for key, fits in (("ports", protocol in WITH_PORTS), ("icmp_types", protocol in VERSION_OF)):
            if key in keys and not fits:
                what = _("service {service!r} is {protocol}, which has no {key!r}")
                reading.fault(keys[key], what.format(service=name, protocol=each.at("protocol").value, key=key))
        types = (reading.whole(kind) for kind in reading.elements(keys.get("icmp_types")))
        yield Service(
            name=name,
            protocol=protocol,
            ports=tuple(_ports(reading, keys.get("ports"))),
            icmp_types=tuple(kind for kind in types if kind is not None),
            source=each.place,
        )


def _ports(reading: Reading, node: Node | None) -> Iterator[PortRange]:
    for each in reading.elements(node):
        first, _dash, last = str(each.value).partition("-")
        ports = PortRange(first=int(first), last=int(last or first))
        if ports.first <= ports.last <= LAST_PORT:
            yield ports
        else:
            reading.fault(
                each,
                _("ports {first} to {last} are no range").format(first=ports.first, last=ports.last),
                _("write the lower port first; the highest is {highest}").format(highest=LAST_PORT),
            )


def _flows(reading: Reading, node: Node | None, known: _Known, names: _Names) -> Iterator[Flow]:
    for name, each in once(reading, node, _("flow")).items():
        keys = reading.entries(each)
        ends = [_endpoint(reading, keys[end], known, names) for end in ("from", "to")]
        services = [_service(reading, service, known, names) for service in reading.elements(keys["services"])]
        if ends[0] is None or ends[1] is None or None in services:
            continue
        yield Flow(
            name=name,
            origin=ends[0],
            target=ends[1],
            services=tuple(service for service in services if service),
            purpose=str(keys["purpose"].value),
            direction=Direction(str(keys["direction"].value)) if "direction" in keys else Direction.FORWARD,
            expires_on=reading.day(keys.get("expires")),
            exchange=_exchange(keys.get("exchange")),
            source=each.place,
        )


def _endpoint(reading: Reading, node: Node, known: _Known, names: _Names) -> Endpoint | None:
    name = str(node.value)
    if name not in known.endpoints and name not in names:
        unknown(reading, node, _("endpoint"), name, {*known.endpoints, *names})
    return known.endpoints.get(name)


def _service(reading: Reading, node: Node, known: _Known, names: _Names) -> Service | None:
    name = str(node.value)
    if name not in known.services and name not in names:
        unknown(reading, node, _("service"), name, {*known.services, *names})
    return known.services.get(name)


def _exchange(node: Node | None) -> Exchange | None:
    if node is None:
        return None
    return Exchange(
        kind=DependencyKind(str(node.at("kind").value)),
        inspection=str(node.at("inspection").value),
        masking=str(node.at("masking").value),
    )
