"""What can be wrong in an address plan: numbers twice or in the reserve, prefixes that meet or stray.

Source: RFC 6177 and RFC 5375 (hierarchy, reserve), RFC 3531 (growth beside sparse slots).
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator
from ipaddress import IPv6Network
from itertools import pairwise

from qianyun.errors import DeclarationError, Fault
from qianyun.policy.addresses import HALF, AddressDeclaration, Plan, PlanLevel, Region, Site, SitePrefix
from qianyun.policy.intervals import Intervals, merged
from qianyun.policy.model import Policy
from qianyun.policy.profile import SlotScheme
from qianyun.words import _


def faults_of_addresses(declaration: AddressDeclaration, policy: Policy) -> tuple[Fault, ...]:
    """Every contradiction in an address plan; what can be judged only once it is clean comes last."""
    found = (*_levels(declaration), *_regions(declaration), *_departments(declaration), *_sites(declaration))
    return found or (*_meeting(Plan(declaration)), *_astray(Plan(declaration), policy))


def first_free(declaration: AddressDeclaration, level: str) -> int:
    """How many numbers of a level may be given out; from here on they are the reserve."""
    bits = declaration.bits[level]
    if declaration.level[level].scheme is not SlotScheme.SPARSE:
        return 1 << bits
    return (1 << bits) * (100 - declaration.reserve_percent) // 100


LEVELS = tuple(level for level in PlanLevel if level is not PlanLevel.SUBNET)


def _levels(declaration: AddressDeclaration) -> Iterator[Fault]:
    names = tuple(level.name for level in declaration.levels)
    if names != LEVELS:
        yield Fault(
            place="profile.yml",
            what=_("levels of addresses are {names}").format(names=", ".join(names) or _("none")),
            mend=_("name {names}, in this order").format(names=", ".join(LEVELS)),
        )
        return
    if declaration.bits["region"] < 0:
        yield Fault(
            place=declaration.levels[0].source,
            what=_("regions are /{width}, wider than the aggregate {aggregate}").format(
                width=declaration.levels[0].width, aggregate=declaration.aggregate
            ),
        )


def _regions(declaration: AddressDeclaration) -> Iterator[Fault]:
    if "region" not in declaration.level:
        return
    digits = len(declaration.code) + declaration.bits["region"] // 4
    is_coded = declaration.level["region"].scheme is SlotScheme.CODE
    yield from _twice(((r.code, r.source) for r in declaration.regions), _("region"))
    for region in declaration.regions:
        if is_coded and (len(region.code) != digits or not region.code.startswith(declaration.code)):
            yield Fault(
                place=region.source,
                what=_("region {code!r} has no place in the aggregate").format(code=region.code),
                mend=_("its code begins with {code!r} and has {digits} digits").format(
                    code=declaration.code, digits=digits
                ),
            )
        if not is_coded:
            yield from _numbered(declaration, region)
    if not is_coded:
        yield from _twice(((r.number, r.source) for r in declaration.regions), _("region number"))


def _numbered(declaration: AddressDeclaration, region: Region) -> Iterator[Fault]:
    if region.number is None:
        yield Fault(place=region.source, what=_("region {code!r} lacks 'number'").format(code=region.code))
    else:
        yield from _reserved(declaration, "region", region.number, region.source)


def _departments(declaration: AddressDeclaration) -> Iterator[Fault]:
    if "department" not in declaration.level:
        return
    yield from _twice(((d.number, d.source) for d in declaration.departments), _("department number"))
    for department in declaration.departments:
        yield from _reserved(declaration, "department", department.number, department.source)


def _sites(declaration: AddressDeclaration) -> Iterator[Fault]:
    if "site" not in declaration.level:
        return
    yield from _twice(
        (((site.region, site.department, site.number), site.source) for site in declaration.sites), _("site")
    )
    limit, width = first_free(declaration, "site"), declaration.level["site"].width
    for site in declaration.sites:
        if site.number >= limit:
            yield from _reserved(declaration, "site", site.number, site.source)
        if site.region not in declaration.region_by_code:
            yield Fault(place=site.source, what=_("region {code!r} is declared nowhere").format(code=site.region))
        if site.department not in declaration.department_by_number:
            what = _("department {number} is declared nowhere").format(number=site.department)
            yield Fault(place=site.source, what=what)
        if site.width is not None and not declaration.level["department"].width <= site.width <= width:
            what = _("site {site!r} is /{width}; from /{widest} of its department to /{narrowest} fits").format(
                site=site.name, width=site.width, widest=declaration.level["department"].width, narrowest=width
            )
            yield Fault(place=site.source, what=what)
        yield from _site_zones(declaration, site)


def _site_zones(declaration: AddressDeclaration, site: Site) -> Iterator[Fault]:
    width = declaration.level["site"].width
    most = 1 << declaration.bits["subnet"] + width - (site.width or width)
    for zone, numbers in site.zones.items():
        number = declaration.zone_numbers.get(zone)
        if number is None:
            yield Fault(place=site.source, what=_("zone {zone!r} is declared nowhere").format(zone=zone))
        elif number >> declaration.bits["zone"]:
            what = _("number {number} of zone {zone!r} does not fit in {bits} bits").format(
                number=number, zone=zone, bits=declaration.bits["zone"]
            )
            yield Fault(place=site.source, what=what, mend=_("give zones lower numbers or more bits"))
        for subnet in numbers:
            if subnet >= most:
                yield Fault(
                    place=site.source,
                    what=_("subnet {number} of zone {zone!r} is beyond site {site!r}, which has {most}").format(
                        number=subnet, zone=zone, site=site.name, most=most
                    ),
                    mend=_("widen the site"),
                )


def _reserved(declaration: AddressDeclaration, level: str, number: int, source: str) -> Iterator[Fault]:
    limit = first_free(declaration, level)
    if number >= limit:
        yield Fault(
            place=source,
            what=_("{level} number {number} lies in the reserve of {percent} %").format(
                level=level, number=number, percent=declaration.reserve_percent
            ),
            mend=_("numbers end at {last}").format(last=limit - 1),
        )


def _twice(claims: Iterable[tuple[Hashable, str]], kind: str) -> Iterator[Fault]:
    holders: dict[Hashable, str] = {}
    for claim, source in claims:
        holder = holders.setdefault(claim, source)
        if holder is not source and holder != source:
            said = "/".join(map(str, claim)) if isinstance(claim, tuple) else str(claim)
            yield Fault(
                place=source,
                what=_("{kind} {claim} is held already ({place})").format(kind=kind, claim=said, place=holder),
                mend=_("pick a free one"),
            )


def _meeting(plan: Plan) -> Iterator[Fault]:
    """Sites that were widened over a neighbour, or lie askew for their width."""
    ordered = sorted(plan.sites, key=lambda owner: (owner.upper, owner.width))
    for owner in ordered:
        if owner.upper & (1 << HALF - owner.width) - 1:
            yield Fault(
                place=owner.site.source,
                what=_("site {site!r} cannot be /{width} from its slot on").format(
                    site=owner.site.name, width=owner.width
                ),
                mend=_("pick a number whose slot is a multiple of that width"),
            )
    for before, after in pairwise(ordered):
        if before.last >= after.upper:
            yield _meets(before, after)


def _meets(before: SitePrefix, after: SitePrefix) -> Fault:
    return Fault(
        place=after.site.source,
        what=_("site {site!r} lies inside {prefix} of site {holder!r} ({place})").format(
            site=after.site.name, prefix=before.prefix, holder=before.site.name, place=before.site.source
        ),
        mend=_("give it another number, or widen the other less"),
    )


def _astray(plan: Plan, policy: Policy) -> Iterator[Fault]:
    """Subnets that their zone does not own."""
    owned = {zone.name: _upper_halves(zone.prefixes) for zone in policy.zones}
    for owner in plan.sites:
        for subnet in plan.subnets_of(owner):
            if not _is_within(subnet.upper, owned[subnet.zone]):
                yield Fault(
                    place=subnet.site.source,
                    what=_("subnet {prefix} of site {site!r} lies outside zone {zone!r} ({place})").format(
                        prefix=subnet.prefix,
                        site=subnet.site.name,
                        zone=subnet.zone,
                        place=policy.zone_by_name[subnet.zone].source,
                    ),
                    mend=_("move the site, or give the zone this prefix"),
                )
                break


def _upper_halves(prefixes: Iterable[object]) -> Intervals:
    six = [p for p in prefixes if isinstance(p, IPv6Network)]
    return merged((int(p.network_address) >> HALF, int(p.broadcast_address) >> HALF) for p in six)


def _is_within(upper: int, owned: Intervals) -> bool:
    place = bisect_right(owned, upper, key=lambda each: each[0]) - 1
    return place >= 0 and upper <= owned[place][1]


def next_site(declaration: AddressDeclaration, region: str, department: int) -> tuple[int, IPv6Network]:
    """The lowest site number not given out whose prefix touches none that is, and that prefix.

    Raises:
        DeclarationError: The region or the department is declared nowhere, or only the reserve is left.
    """
    if region not in declaration.region_by_code or department not in declaration.department_by_number:
        what = _("region {region!r} or department {department} is declared nowhere")
        raise DeclarationError(what.format(region=region, department=department))
    plan = Plan(declaration)
    given = [owner for owner in plan.sites if (owner.site.region, owner.site.department) == (region, department)]
    numbers, held = {owner.site.number for owner in given}, merged((owner.upper, owner.last) for owner in given)
    for number in range(first_free(declaration, "site")):
        candidate = plan.site_prefix(Site(region=region, department=department, number=number, name="", zones={}))
        if number not in numbers and not _is_within(candidate.upper, held):
            return number, candidate.prefix
    raise DeclarationError(_("department {number} has no site number left but the reserve").format(number=department))
