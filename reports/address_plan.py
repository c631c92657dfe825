"""The address plan as a report: how full each level is, sites, subnets, the old space, reverse zones."""

from datetime import datetime

from qianyun.policy.address_use import LevelUse, level_use
from qianyun.policy.addresses import Plan, prefix_text
from qianyun.policy.legacy import Proposal, overlaps, proposals
from qianyun.policy.model import Policy
from qianyun.policy.reverse import reverse_zones
from qianyun.words import _, label, language
from reports.content import Cell, Column, Figure, Head, Kind, Mark, Report, Table
from reports.tones import Tone

HURTS, FULL = 0.8, 0.87
"""HD-ratios of RFC 3194, from which a space hurts, and from which it is full."""


def address_report(policy: Policy, plan: Plan, as_of: datetime, classification: str) -> Report:
    """The plan in every form that reports have; a workbook has a sheet for each list."""
    use = level_use(plan)
    return Report(
        title=_("Address plan of {estate}").format(estate=policy.estate),
        language=language(),
        head=Head(estate=policy.estate, as_of=as_of, policy_digest=policy.digest, classification=classification),
        figures=tuple(_figure(level) for level in use),
        tables=(_levels(use), _sites(plan), _subnets(plan), _legacy(plan), _reverse(plan)),
    )


def _figure(level: LevelUse) -> Figure:
    return Figure(label=label("PlanLevel", level.level), value=f"{level.given:,}", of=f"{level.places:,}")


def _levels(use: tuple[LevelUse, ...]) -> Table:
    return Table(
        name="levels",
        title=_("Levels"),
        note=_("HD-ratio: RFC 3194, above {hurts} a space hurts").format(hurts=HURTS),
        columns=(
            Column(title=_("level")),
            Column(title=_("prefix length"), kind=Kind.NUMBER),
            Column(title=_("given out"), kind=Kind.NUMBER),
            Column(title=_("places"), kind=Kind.NUMBER),
            Column(title=_("used %"), kind=Kind.NUMBER),
            Column(title=_("fullest %"), kind=Kind.NUMBER),
            Column(title=_("HD-ratio"), kind=Kind.NUMBER),
            Column(title=_("state"), kind=Kind.MARK),
        ),
        rows=tuple(
            (
                label("PlanLevel", level.level),
                level.width,
                level.given,
                level.places,
                round(level.used_percent, 2),
                round(level.fullest_percent, 2),
                round(level.hd_ratio, 3),
                _state(level.hd_ratio),
            )
            for level in use
        ),
    )


def _state(hd_ratio: float) -> Mark:
    if hd_ratio >= FULL:
        return Mark(tone=Tone.BAD, text=_("full"))
    if hd_ratio >= HURTS:
        return Mark(tone=Tone.WARN, text=_("getting full"))
    return Mark(tone=Tone.DONE, text=_("roomy"))


def _sites(plan: Plan) -> Table:
    declaration = plan.declaration
    return Table(
        name="sites",
        title=_("Sites"),
        columns=(
            Column(title=_("region")),
            Column(title=_("department")),
            Column(title=_("site")),
            Column(title=_("prefix"), kind=Kind.CODE),
            Column(title=_("zones")),
            Column(title=_("declared at"), kind=Kind.CODE),
        ),
        rows=tuple(
            (
                declaration.region_by_code[owner.site.region].name,
                declaration.department_by_number[owner.site.department].name,
                owner.site.name,
                str(owner.prefix),
                " ".join(owner.site.zones),
                owner.site.source,
            )
            for owner in plan.sites
        ),
    )


def _subnets(plan: Plan) -> Table:
    return Table(
        name="subnets",
        title=_("Subnets"),
        columns=(
            Column(title=_("site")),
            Column(title=_("zone")),
            Column(title=_("number"), kind=Kind.NUMBER),
            Column(title=_("prefix"), kind=Kind.CODE),
        ),
        rows=tuple(
            (subnet.site.name, subnet.zone, subnet.number, prefix_text(subnet.upper)) for subnet in plan.subnets()
        ),
    )


def _legacy(plan: Plan) -> Table:
    space = plan.declaration.legacy
    met, found = overlaps(space.blocks), {proposal.block: proposal for proposal in proposals(space)}
    return Table(
        name="legacy",
        title=_("Old IPv4 space"),
        columns=(
            Column(title=_("prefix"), kind=Kind.CODE),
            Column(title=_("department")),
            Column(title=_("use")),
            Column(title=_("hosts"), kind=Kind.NUMBER),
            Column(title=_("overlaps")),
            Column(title=_("proposal"), kind=Kind.MARK),
            Column(title=_("into"), kind=Kind.CODE),
        ),
        rows=tuple(
            (
                str(block.prefix),
                block.department,
                block.use,
                block.host_count,
                _("{count} blocks").format(count=len(met[block])) if block in met else None,
                *_proposed(found.get(block)),
            )
            for block in space.blocks
        ),
        empty=_("none is declared"),
    )


def _proposed(proposal: Proposal | None) -> tuple[Cell, Cell]:
    if proposal is None:
        return Mark(tone=Tone.DONE, text=_("stays")), None
    if proposal.into is None:
        return Mark(tone=Tone.BAD, text=label("Mend", proposal.mend)), _("the space declared for it is used up")
    return Mark(tone=Tone.WARN, text=label("Mend", proposal.mend)), str(proposal.into)


def _reverse(plan: Plan) -> Table:
    return Table(
        name="reverse",
        title=_("Reverse zones"),
        columns=(
            Column(title=_("zone"), kind=Kind.CODE, width=60),
            Column(title=_("prefix"), kind=Kind.CODE),
            Column(title=_("owner")),
        ),
        rows=tuple((zone.name, str(zone.prefix), zone.owner) for zone in reverse_zones(plan)),
    )
