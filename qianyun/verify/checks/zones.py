"""Checks of zones: who stands where, and what may lie between (Z01 to Z11)."""

from collections.abc import Iterator
from itertools import combinations

from qianyun.estate.kinds import Disposition, Secrecy
from qianyun.policy.model import Zone
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told, holds, owner
from qianyun.verify.checks.rulesets import found
from qianyun.words import _


def one_zone(dossier: Dossier) -> Iterator[Told]:
    """Z01: every system that moves, and every server that names a zone, belongs to a zone of the cloud."""
    expected = _("one of {zones}").format(zones=", ".join(dossier.cloud_zones))
    claims = [(str(system.key), system.zone) for system in dossier.moving]
    claims += [(f"{owner(server)}/{server.name}", server.zone) for server in dossier.estate.servers if server.zone]
    for subject, zone in claims:
        if zone not in dossier.cloud_zones:
            yield Offence(subject=subject, observed=zone or _("no zone"), expected=expected)


def own_prefixes(dossier: Dossier) -> Iterator[Told]:
    """Z02: each zone of the cloud owns addresses of both versions, and shares none with another zone."""
    for zone in dossier.cloud_zones.values():
        versions = {prefix.version for prefix in zone.prefixes}
        for version in (4, 6):
            if version not in versions:
                yield Offence(
                    subject=zone.name,
                    observed=_("no IPv{version} prefix").format(version=version),
                    expected=_("prefixes of IPv4 and IPv6"),
                    place=zone.source,
                )
    for one, other in combinations(dossier.policy.zones, 2):
        yield from _shared(one, other)


def _shared(one: Zone, other: Zone) -> Iterator[Told]:
    for mine in one.prefixes:
        for theirs in other.prefixes:
            if mine.version == theirs.version and mine.overlaps(theirs):
                yield Offence(
                    subject=f"{one.name}→{other.name}",
                    observed=_("{mine} and {theirs} overlap").format(mine=mine, theirs=theirs),
                    expected=_("disjoint prefixes"),
                    place=other.source,
                    known_as=(one.name, other.name),
                )


def addresses_in_zone(dossier: Dossier) -> Iterator[Told]:
    """Z03: once a system is cut over, its servers' addresses lie in their zones."""
    servers = [server for server in dossier.estate.servers if dossier.is_moved(owner(server))]
    if not any(server.addresses for server in servers):
        yield Missing(what=_("addresses of servers that are cut over"))
    for server in servers:
        zone, subject = dossier.cloud_zones.get(dossier.zone_of(server) or ""), f"{owner(server)}/{server.name}"
        if zone is None:
            yield Missing(subject=subject, what=_("its zone"))
            continue
        for address in server.addresses:
            if not holds(zone.prefixes, address):
                expected = _("inside zone {zone}").format(zone=zone.name)
                yield Offence(subject=subject, observed=str(address), expected=expected)


def no_adjacency(dossier: Dossier) -> Iterator[Told]:
    """Z04: nothing passes between zones that do not border."""
    return found(dossier, "Z04")


def exchange_between(dossier: Dossier) -> Iterator[Told]:
    """Z05: zones of the cloud meet in the exchange zone alone."""
    yield from found(dossier, "Z05")
    if not any(zone.is_exchange for zone in dossier.cloud_zones.values()):
        yield Missing(what=_("which zone is the exchange zone"))
    open_zones = [zone for zone in dossier.cloud_zones.values() if not zone.is_exchange]
    for one, other in combinations(open_zones, 2):
        if other.name in one.borders:
            yield Offence(
                subject=f"{one.name}→{other.name}",
                observed=_("the two zones border"),
                expected=_("an exchange zone between them"),
                place=other.source,
            )


def one_homed(dossier: Dossier) -> Iterator[Told]:
    """Z06: a server with addresses in two zones of the cloud stands in the exchange zone."""
    if dossier.network is not None:
        yield from found(dossier, "Z06")
    exchanges = {zone.name for zone in dossier.cloud_zones.values() if zone.is_exchange}
    if not any(server.addresses for server in dossier.estate.servers):
        yield Missing(what=_("addresses of servers"))
    for server in dossier.estate.servers:
        homes = [
            zone.name
            for zone in dossier.cloud_zones.values()
            if any(holds(zone.prefixes, address) for address in server.addresses)
        ]
        if len(homes) > 1 and dossier.zone_of(server) not in exchanges:
            yield Offence(
                subject=f"{owner(server)}/{server.name}",
                observed=_("addresses in {zones}").format(zones=", ".join(homes)),
                expected=_("addresses in one zone, or a place in the exchange zone"),
            )


def exchange_described(dossier: Dossier) -> Iterator[Told]:
    """Z07: a flow through the exchange zone says its kind, and how data is inspected and masked."""
    zones = dossier.policy.zone_by_name
    flows = [
        flow for flow in dossier.policy.flows if any(zones[e.zone].is_exchange for e in (flow.origin, flow.target))
    ]
    if not flows:
        yield Missing(what=_("flows through an exchange zone"))
    for flow in flows:
        said = flow.exchange
        if said is None or not said.inspection.strip() or not said.masking.strip():
            yield Offence(
                subject=flow.name,
                observed=_("no exchange") if said is None else _("blank inspection or masking"),
                expected=_("kind, inspection and masking"),
                place=flow.source,
            )


def sensitive_inside(_dossier: Dossier) -> Iterator[Told]:
    """Z08: databases with personal data stand behind the exchange zone."""
    yield Missing(what=_("which databases hold personal or sensitive data"))


def split_tiers(dossier: Dossier) -> Iterator[Told]:
    """Z09: no database stands in a zone that touches everybody else."""
    for database in dossier.estate.databases:
        subject, zone = f"{owner(database)}/{database.server}/{database.product}", dossier.zone_of(database)
        if zone is None:
            yield Missing(subject=subject, what=_("its zone"))
        elif zone in dossier.cloud_zones and dossier.at_boundary(dossier.cloud_zones[zone]):
            yield Offence(
                subject=subject,
                observed=_("a database in zone {zone}").format(zone=zone),
                expected=_("front ends alone; databases in a zone behind"),
                known_as=(str(owner(database)),),
            )


def classified_stay_out(dossier: Dossier) -> Iterator[Told]:
    """Z10: a classified system has no zone and no day in the plan, and goes to the intranet."""
    for system in dossier.estate.systems:
        if system.secrecy is not Secrecy.CLASSIFIED:
            continue
        planned = system.key in (dossier.cutovers or {}) and system.disposition is not Disposition.INTRANET
        if system.zone or planned or system.disposition is Disposition.INTEGRATE:
            observed = _("classified; zone {zone}, {disposition}").format(
                zone=system.zone or "-", disposition=system.disposition.value
            )
            yield Offence(subject=str(system.key), observed=observed, expected=_("the government intranet"))


def inner_zones(dossier: Dossier) -> Iterator[Told]:
    """Z11: a zone of the cloud in which nothing is published does not touch everybody else."""
    endpoints = {endpoint.name: endpoint.zone for endpoint in dossier.policy.endpoints}
    published = dossier.egress.publications if dossier.egress else ()
    front = {endpoints.get(each.endpoint, each.endpoint) for each in published}
    for zone in dossier.cloud_zones.values():
        if dossier.at_boundary(zone) and zone.name not in front:
            yield Offence(
                subject=zone.name,
                observed=_("borders {outside}").format(outside=dossier.outside),
                expected=_("a zone in between, since nothing in it is published"),
                place=zone.source,
            )
