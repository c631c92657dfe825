"""Checks of addresses and of IPv6 (V01 to V06).

Source: RFC 6177, RFC 5375 (sites), RFC 4291, RFC 6164 (lengths), RFC 4193 (local addresses), RFC 3194 (HD-ratio).
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Network

from qianyun.policy.address_checks import faults_of_addresses
from qianyun.policy.address_use import level_use
from qianyun.policy.addresses import HALF, AddressDeclaration, Plan
from qianyun.policy.profile import Prefix
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told
from qianyun.verify.checks.rulesets import found
from qianyun.words import _

NIBBLE = 4
SITE = 56
"""The longest prefix of a site (RFC 6177)."""
LONG = frozenset({HALF, 127, 128})
"""Lengths that subnets, links between two routers, and loopbacks may have."""
FULL = 0.87
"""HD-ratio at which a space counts as full (RFC 3194)."""
LOCAL = IPv6Network("fc00::/7")


def hierarchical(dossier: Dossier) -> Iterator[Told]:
    """V01: prefixes of the plan are aligned to nibbles, unique, and inside what stands above them."""
    plan = dossier.addresses
    if plan is None:
        return
    for fault in faults_of_addresses(plan, dossier.policy):
        yield Offence(
            subject=fault.place, observed=fault.what, expected=fault.mend or _("a clean plan"), place=fault.place
        )
    widths = [(str(plan.aggregate), plan.aggregate.prefixlen, "")]
    widths += [(site.name, site.width, site.source) for site in plan.sites if site.width]
    for subject, width, place in widths:
        if width % NIBBLE:
            yield Offence(
                subject=subject, observed=f"/{width}", expected=_("a length that is a multiple of 4"), place=place
            )  # fmt: skip


def subnet_lengths(dossier: Dossier) -> Iterator[Told]:
    """V02: no IPv6 prefix is longer than /64 but /127 of a link and /128 of one host."""
    held = [(zone.name, zone.prefixes, zone.source) for zone in dossier.policy.zones]
    held += [(endpoint.name, endpoint.prefixes, endpoint.source) for endpoint in dossier.policy.endpoints]
    if not any(prefix.version == 6 for _name, prefixes, _place in held for prefix in prefixes):  # noqa: PLR2004
        yield Missing(what=_("IPv6 prefixes of zones and endpoints"))
    for subject, prefixes, place in held:
        for prefix in prefixes:
            if isinstance(prefix, IPv6Network) and prefix.prefixlen > HALF and prefix.prefixlen not in LONG:
                yield Offence(subject=subject, observed=str(prefix), expected="/64, /127, /128", place=place)


def room_to_grow(dossier: Dossier) -> Iterator[Told]:
    """V03: sites are /56 or wider, a reserve stays, no level is full, and no local address leaves."""
    if dossier.addresses is not None:
        yield from _narrow(dossier.addresses)
        if not faults_of_addresses(dossier.addresses, dossier.policy):
            yield from _full(dossier.addresses)
    if dossier.egress is not None:
        links = [(link.name, link.prefixes, link.source) for link in dossier.egress.links]
        links += [(each.endpoint, each.prefixes, each.source) for each in dossier.egress.publications]
        yield from _local(links)


def _narrow(plan: AddressDeclaration) -> Iterator[Told]:
    usual = plan.level["site"].width if "site" in plan.level else HALF
    if usual > SITE:
        yield Offence(subject=_("sites"), observed=f"/{usual}", expected=_("/56 or wider"))
    if plan.reserve_percent <= 0:
        yield Offence(subject=str(plan.aggregate), observed=_("no reserve"), expected=_("a reserve at every level"))


def _full(plan: AddressDeclaration) -> Iterator[Told]:
    for use in level_use(Plan(plan)):
        if use.hd_ratio > FULL:
            yield Offence(
                subject=use.level,
                observed=_("HD-ratio {ratio:.2f}").format(ratio=use.hd_ratio),
                expected=_("{ratio} or less").format(ratio=FULL),
            )


def _local(held: Iterable[tuple[str, tuple[Prefix, ...], str]]) -> Iterator[Told]:
    for subject, prefixes, place in held:
        for prefix in prefixes:
            if isinstance(prefix, IPv6Network) and prefix.overlaps(LOCAL):
                yield Offence(subject=subject, observed=str(prefix), expected=_("global addresses"), place=place)


def icmpv6_filtered(dossier: Dossier) -> Iterator[Told]:
    """V04: ICMPv6 that connections need to go on passes every box."""
    return found(dossier, "V04")


def published_on_both(dossier: Dossier) -> Iterator[Told]:
    """V05: everything published has an IPv6 address."""
    publications = dossier.egress.publications if dossier.egress else ()
    if not publications:
        yield Missing(what=_("what is published at the egress"))
    for each in publications:
        if not any(isinstance(prefix, IPv6Network) for prefix in each.prefixes):
            yield Offence(
                subject=each.endpoint,
                observed=", ".join(map(str, each.prefixes)),
                expected=_("an IPv6 address too"),
                place=each.source,
            )


def ready_for_ipv6(_dossier: Dossier) -> Iterator[Told]:
    """V06: whether a system is ready for IPv6 is recorded before its wave."""
    yield Missing(what=_("records of each system's readiness for IPv6 (system, database, middleware, code)"))
