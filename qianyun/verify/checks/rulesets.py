"""Checks of rules at boundaries: what verification proved, told under the catalogue's ids (B01 to B10)."""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told, holds, owner
from qianyun.verify.findings import Finding, Kind
from qianyun.words import _

SEGMENT = 64
"""Length of the prefix that IPv6 hosts of one segment share (RFC 4291 section 2.5.4)."""


def found(dossier: Dossier, check: str) -> Iterator[Told]:
    """What verification found under a check, on every firewall; what is unproven there is unproven here."""
    for report in dossier.proofs:
        for finding in report.findings:
            if finding.kind is Kind.UNPROVEN:
                yield Missing(subject=finding.firewall, what=finding.sentence)
            elif finding.check == check and finding.kind is not Kind.EXPIRED_WAIVER:
                yield _told(finding)


def _told(finding: Finding) -> Offence:
    pair = f"{finding.origin}→{finding.target}" if finding.origin else ""
    offended = f"{finding.offends.place} {finding.offends.text}".strip()
    return Offence(
        subject=pair or finding.offends.text or finding.firewall,
        observed=f"{finding.firewall}: {finding.sentence}",
        expected=offended or _("what the flow matrix says"),
        place=finding.rules[0].place if finding.rules else finding.offends.place,
        known_as=finding.subjects,
        waived_by=finding.waived_by,
    )


def default_deny(dossier: Dossier) -> Iterator[Told]:
    """B01: what no rule names is denied."""
    return found(dossier, "B01")


def no_idle_rule(dossier: Dossier) -> Iterator[Told]:
    """B02: no rule is shadowed or never matches, and no flow of the matrix has run out."""
    yield from found(dossier, "B02")
    for flow in dossier.policy.flows:
        if flow.expires_on and flow.expires_on < dossier.on:
            observed = _("ran out on {day}").format(day=flow.expires_on)
            yield Offence(
                subject=flow.name, observed=observed, expected=_("renewed or taken out"), place=flow.source
            )  # fmt: skip


def no_any_any(dossier: Dossier) -> Iterator[Told]:
    """B03: no rule accepts from everywhere to everywhere."""
    return found(dossier, "B03")


def application_control(_dossier: Dossier) -> Iterator[Told]:
    """B04: boundaries of level 3 look into applications."""
    yield Missing(what=_("which boundary devices look into applications"))


def risky_ports(dossier: Dossier) -> Iterator[Told]:
    """B05: no risky port is open to everybody else, on IPv4 or IPv6."""
    if not dossier.policy.profile.risky_ports:
        yield Missing(what=_("risky ports, in the profile"))
    yield from found(dossier, "B05")


def flows_covered(dossier: Dossier) -> Iterator[Told]:
    """B06: nothing crosses a boundary but what a flow permits."""
    return found(dossier, "B06")


def rules_follow(dossier: Dossier) -> Iterator[Told]:
    """B07: what the matrix promises passes at the target."""
    return found(dossier, "B07")


def levels_apart(dossier: Dossier) -> Iterator[Told]:
    """B08: servers of systems of different levels share no segment of the cloud."""
    levels: dict[IPv6Network, dict[int, str]] = {}
    prefixes = tuple(prefix for zone in dossier.cloud_zones.values() for prefix in zone.prefixes)
    for server in dossier.estate.servers:
        system = dossier.estate.system_by_key.get(owner(server))
        here = [each for each in server.addresses if isinstance(each, IPv6Address) and holds(prefixes, each)]
        if here and (system is None or system.mlps_level is None):
            yield Missing(subject=str(owner(server)), what=_("its level of protection"))
            continue
        for address in here:
            if system and system.mlps_level:
                segment = IPv6Network((address, SEGMENT), strict=False)
                levels.setdefault(segment, {}).setdefault(system.mlps_level, str(system.key))
    if not levels:
        yield Missing(what=_("IPv6 addresses of servers in the cloud"))
    for segment, systems in levels.items():
        if len(systems) > 1:
            told = ", ".join(f"{name} ({level})" for level, name in sorted(systems.items()))
            yield Offence(subject=str(segment), observed=told, expected=_("systems of one level in a segment"))


def boundary_devices(_dossier: Dossier) -> Iterator[Told]:
    """B09: intrusion detection, malware filter and audit stand on every boundary."""
    yield Missing(what=_("the role of each boundary device (intrusion detection, web firewall, malware, audit)"))


def versions_alike(dossier: Dossier) -> Iterator[Told]:
    """B10: IPv4 and IPv6 are treated alike."""
    return found(dossier, "B10")
