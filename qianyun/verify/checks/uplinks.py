"""Checks of the unified egress and of lines (E01 to E06)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from qianyun.estate.facts import Line, SystemKey
from qianyun.estate.kinds import Disposition, Network
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told
from qianyun.verify.checks.rulesets import found
from qianyun.words import _


def one_egress(dossier: Dossier) -> Iterator[Told]:
    """E01: a department's internet line is gone once all it serves is moved and observed."""
    if dossier.network is not None:
        yield from found(dossier, "E01")
    for line in _internet(dossier):
        needless = _needless_from(dossier, line)
        if needless and needless <= dossier.on:
            yield Offence(
                subject=line.number,
                observed=_("{department} keeps it; needless since {day}").format(
                    department=line.department, day=needless
                ),
                expected=_("cancelled; {egress} serves everyone").format(
                    egress=dossier.egress.name if dossier.egress else ""
                ),
                known_as=(line.department,),
            )


def _internet(dossier: Dossier) -> list[Line]:
    return [line for line in dossier.estate.lines if line.network is Network.INTERNET]


def _served(dossier: Dossier, line: Line) -> list[SystemKey]:
    """Systems that need a line: those it names, else all of its department that stay in use."""
    return [
        system.key
        for system in dossier.estate.systems
        if system.department == line.department
        and system.disposition is not Disposition.RETIRE
        and (not line.systems or system.name in line.systems)
    ]


def _needless_from(dossier: Dossier, line: Line) -> date | None:
    """When the last system on it is moved and observed; `None` while one has no day or nothing is known."""
    days = [(dossier.cutovers or {}).get(key) for key in _served(dossier, line)]
    observed = timedelta(days=dossier.calendar.observation_days if dossier.calendar else 0)
    known = [day for day in days if day is not None]
    return max(known) + observed if known and len(known) == len(days) else None


def no_new_line(_dossier: Dossier) -> Iterator[Told]:
    """E02: no internet line is leased or renewed after the effective day."""
    yield Missing(what=_("the first day of each line's contract"))


def published_at_egress(dossier: Dossier) -> Iterator[Told]:
    """E03: what everybody can reach is published at the egress, under addresses of its own zone."""
    endpoints = {endpoint.name: endpoint for endpoint in dossier.policy.endpoints}
    published = {each.endpoint for each in dossier.egress.publications} if dossier.egress else set()
    for flow in dossier.policy.flows:
        opened = flow.target.zone in dossier.cloud_zones and flow.origin.zone == dossier.outside
        if opened and flow.target.name not in published:
            yield Offence(
                subject=flow.target.name,
                observed=_("flow {flow} opens it to {outside}").format(flow=flow.name, outside=dossier.outside),
                expected=_("a publication at the egress"),
                place=flow.source,
                known_as=(flow.name,),
            )
    for each in dossier.egress.publications if dossier.egress else ():
        endpoint = endpoints.get(each.endpoint)
        zone = dossier.cloud_zones.get(endpoint.zone if endpoint else each.endpoint)
        if zone is None or not dossier.at_boundary(zone):
            yield Offence(
                subject=each.endpoint,
                observed=_("published"),
                expected=_("in a zone of the cloud that borders {outside}").format(outside=dossier.outside),
                place=each.source,
            )


def egress_wide_enough(dossier: Dossier) -> Iterator[Told]:
    """E04: what moved departments leased for themselves fits into the egress, wave by wave."""
    needed: dict[date, Decimal] = defaultdict(Decimal)
    for line in _internet(dossier):
        day = _needless_from(dossier, line)
        if day is not None and line.bandwidth_mbps is None:
            yield Missing(subject=line.number, what=_("its bandwidth"))
        elif day is not None and line.bandwidth_mbps is not None:
            needed[day] += line.bandwidth_mbps
    total = Decimal(0)
    for day in sorted(needed):
        total += needed[day]
        usable = dossier.egress.usable_mbps(day) if dossier.egress else 0
        if total > usable:
            yield Offence(
                subject=str(day),
                observed=_("{mbps} Mbit/s of lines have moved to the egress").format(mbps=total),
                expected=_("{mbps} Mbit/s or less").format(mbps=usable),
            )


def egress_twofold(dossier: Dossier) -> Iterator[Told]:
    """E05: the egress has two links in service, on two cores, two paths and two operators."""
    egress = dossier.egress
    links = [link for link in egress.links if link.starts_on <= dossier.on] if egress else []
    for link in links:
        if not link.path:
            yield Missing(subject=link.name, what=_("the path of its cable"))
    for kind, values in (
        (_("link"), [link.name for link in links]),
        (_("core"), [link.core for link in links]),
        (_("path"), [link.path for link in links if link.path]),
        (_("operator"), [link.operator.value for link in links]),
    ):
        if len(set(values)) < 2:  # noqa: PLR2004 - twofold
            yield Offence(
                subject=egress.name if egress else "",
                observed=f"{kind}: {', '.join(sorted(set(values))) or '-'}",
                expected=_("two in service"),
            )


def link_class(dossier: Dossier) -> Iterator[Told]:
    """E06: the widest line from each region to the extranet is as wide as the profile asks of its level."""
    departments = {department.name: department for department in dossier.estate.departments}
    asked, widest = dossier.policy.profile.least_mbps, dict[tuple[str, str], Decimal]()
    if not asked:
        yield Missing(what=_("the least bandwidth of each level, in the profile"))
    for line in dossier.estate.lines:
        department = departments.get(line.department)
        if line.network is not Network.EXTRANET or (department and department.level.value not in asked):
            continue
        if department is None or line.bandwidth_mbps is None:
            yield Missing(subject=line.number, what=_("its bandwidth, or its department's level"))
        else:
            place = department.region_code, department.level.value
            widest[place] = max(widest.get(place, Decimal(0)), line.bandwidth_mbps)
    for (region, level), mbps in sorted(widest.items()):
        if mbps < asked[level]:
            yield Offence(
                subject=region,
                observed=_("{mbps} Mbit/s at most").format(mbps=mbps),
                expected=_("{mbps} Mbit/s or more").format(mbps=asked[level]),
            )
