"""From results to what a report says: the one place where they are mapped."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from qianyun.estate.calendar import Calendar
from qianyun.estate.facts import Pool
from qianyun.policy.model import Policy
from qianyun.track.forecast import Forecast
from qianyun.words import _, language
from reports import ledgers, tracked
from reports.capacity import CapacityView, Curve, Expansion
from reports.content import Figure, Finding, Head, Mark, Report, grouped
from reports.gantt import Blackout, GanttView, WaveBar
from reports.matrix import MatrixCell, MatrixView, MatrixZone
from reports.results import DeviceSeen, PlannedWave, Results, Verification
from reports.sparkline import Trend
from reports.timeline import Span
from reports.tones import Tone
from reports.verified import zone_name

FRESH = timedelta(days=7)
"""What was seen longer ago is no longer fresh."""
WAN = Decimal(10_000)


def report_of(results: Results) -> Report:
    """Everything that is known, in the language in force."""
    matrix = matrix_view(results.policy, results.verification)
    return Report(
        title=_("{estate}: moving into one cloud").format(estate=results.label),
        language=language(),
        head=head_of(results),
        figures=tuple(_figures(results)),
        gantt=gantt_view(results),
        capacity=capacity_view(results),
        matrix=matrix,
        findings=tuple(_findings(results.verification)),
        is_verified=results.verification is not None,
        tables=(
            *(
                (tracked.goals_table(results.forecast), tracked.slips_table(results.forecast))
                if results.forecast
                else ()
            ),
            ledgers.waves_table(results),
            ledgers.systems_table(results),
            ledgers.rooms_table(results),
            ledgers.lines_table(results),
            ledgers.savings_table(results),
            ledgers.matrix_table(matrix),
            ledgers.findings_table(results),
            ledgers.faults_table(results),
            ledgers.devices_table(results.devices),
            ledgers.faults_summary(results),
        ),
    )


def head_of(results: Results) -> Head:
    """The line that every page and export carries."""
    plan = results.plan
    return Head(
        estate=results.label,
        as_of=results.as_of,
        policy_digest=results.policy.digest,
        plan_digest=plan.digest if plan else None,
        plan_status=plan.status if plan else "",
        gap_percent=plan.gap_percent if plan else None,
        audit_head=results.audit_head,
        classification=results.classification,
    )


def gantt_view(results: Results) -> GanttView | None:
    """Waves over the blackouts that bind everybody; `None` without a plan."""
    if not results.plan or not results.plan.waves:
        return None
    return GanttView(
        waves=tuple(_bar(results, wave) for wave in results.plan.waves),
        blackouts=tuple(national_blackouts(results.calendar)),
        today=results.as_of.date(),
    )


def national_blackouts(calendar: Calendar) -> Iterator[Blackout]:
    """Blackouts of everybody; one that lies wholly inside another is not told again."""
    spans = [
        (Span(first=blackout.first, last=blackout.last), blackout.name)
        for blackout in calendar.all_blackouts
        if blackout.is_national
    ]
    for span, name in spans:
        if not any(_inside(span, other) for other, _name in spans):
            yield Blackout(name=name, span=span)


def matrix_view(policy: Policy, verification: Verification | None) -> MatrixView:
    """Declared flows by pair of zones, with what the verifier found between them."""
    declared, kept = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    broken = verification.broken_flows if verification else frozenset()
    for flow in policy.flows:
        pair = (flow.origin.zone, flow.target.zone)
        declared[pair] += 1
        kept[pair] += flow.name not in broken
    breaches = verification.breaches if verification else ()
    bad = Counter((breach.origin, breach.target) for breach in breaches if breach.tone is Tone.BAD)
    warned = Counter((breach.origin, breach.target) for breach in breaches if breach.tone is Tone.WARN)
    cells = (
        MatrixCell(
            origin=origin,
            target=target,
            declared=declared[origin, target],
            kept=kept[origin, target] if verification else None,
            violations=bad[origin, target],
            warnings=warned[origin, target],
            href="#findings",
        )
        for origin, target in sorted({*declared, *bad, *warned})
    )
    known = policy.zone_by_name
    return MatrixView(
        zones=tuple(MatrixZone(zone=zone.name, label=zone_name(policy, zone.name)) for zone in policy.zones),
        cells=tuple(cell for cell in cells if cell.origin in known and cell.target in known),
    )


def capacity_view(results: Results) -> CapacityView | None:
    """Used share of vCPU of each zone over the plan; `None` without a plan or pools."""
    curves = tuple(_curves(results))
    if not curves:
        return None
    return CapacityView(
        curves=curves,
        safety_percent=min(pool.safety_percent for pool in results.pools),
        expansions=tuple(_expansions(results)),
        today=results.as_of.date(),
    )


def filling(pools: Iterable[Pool], demands: Iterable[tuple[date, int]]) -> tuple[tuple[date, float], ...]:
    """Used share of vCPU in per cent, at every day on which a pool starts or something moves in.

    Args:
        pools: Of one zone.
        demands: Days of cut-over with the vCPU each brings.
    """
    sizes = sorted((pool.starts_on, pool.vcpu) for pool in pools)
    moved = sorted(demands)
    points = []
    for day in sorted({*(start for start, _size in sizes), *(on for on, _vcpu in moved)}):
        size = next((vcpu for start, vcpu in reversed(sizes) if start <= day), 0)
        used = sum(vcpu for on, vcpu in moved if on <= day)
        if size:
            points.append((day, 100 * used / size))
    return tuple(points)


def _bar(results: Results, wave: PlannedWave) -> WaveBar:
    count = sum(1 for move in results.moves.values() if move.wave == wave.number)
    return WaveBar(
        name=ledgers.wave_name(wave.number),
        note=_("{n} systems").format(n=count),
        systems=count,
        state=wave.state,
        planned=wave.span,
        forecast=wave.forecast,
        baseline=wave.baseline,
        rooms=ledgers.rooms_of(results, wave.number),
        href=f"#wave-{wave.number}",
    )


def _inside(span: Span, other: Span) -> bool:
    return span != other and other.first <= span.first and span.last <= other.last


def _curves(results: Results) -> Iterator[Curve]:
    for zone in results.policy.zones:
        pools = [pool for pool in results.pools if pool.zone == zone.name]
        demands = [
            (move.on, move.vcpu) for move in results.moves.values() if move.on and move.vcpu and move.zone == zone.name
        ]
        if results.plan and (points := filling(pools, demands)):
            yield Curve(zone=zone.name, label=f"{zone_name(results.policy, zone.name)} vCPU", points=points)


def _expansions(results: Results) -> Iterator[Expansion]:
    """Days on which the cloud grows, with what all zones together gain."""
    last: dict[str, int] = {}
    grown = Counter[date]()
    for pool in sorted(results.pools, key=lambda pool: pool.starts_on):
        grown[pool.starts_on] += pool.vcpu - last.get(pool.zone, pool.vcpu)
        last[pool.zone] = pool.vcpu
    for day, vcpu in sorted(grown.items()):
        if vcpu > 0:
            yield Expansion(day=day, text=_("+{n} vCPU {day:%Y-%m}").format(n=grouped(vcpu), day=day))


def _findings(verification: Verification | None) -> Iterator[Finding]:
    for breach in verification.breaches if verification else ():
        yield Finding(
            tone=breach.tone,
            title=breach.title,
            packet=breach.packet,
            place=breach.place,
            clause=breach.clause,
            note=breach.note,
        )


def _figures(results: Results) -> Iterator[Figure]:
    yield _systems_figure(results)
    yield _rooms_figure(results)
    yield _lines_figure(results)
    yield _findings_figure(results.verification)
    yield _devices_figure(results)
    yield _capacity_figure(results)


def _growing(days: Iterable[date], goal: int) -> Trend | None:
    """How a count grows under the plan, month by month."""
    months = Counter(day.replace(day=1) for day in days)
    if not months:
        return None
    total, values, month = 0, [0.0], min(months)
    while month <= max(months):
        total += months[month]
        values.append(float(total))
        month = (month + timedelta(days=32)).replace(day=1)
    return Trend(values=tuple(values), goal=float(goal), says=_("planned, month by month"))


def _growing_in_fact(found: Forecast) -> Trend | None:
    return _growing((each.forecast for each in found.outlooks if each.forecast), len(found.outlooks))


def _systems_figure(results: Results) -> Figure:
    if results.forecast:
        return replace(tracked.progress_figure(results.forecast), trend=_growing_in_fact(results.forecast))
    total, planned = len(results.estate.systems), len(results.cutovers)
    left_out = sum(move.is_fault for move in results.moves.values())
    notes = (Mark(tone=Tone.WARN, text=_("{n} cannot be planned").format(n=left_out)),) if left_out else ()
    waves = (_("{n} waves").format(n=len(results.plan.waves)),) if results.plan else (_("no plan yet"),)
    return Figure(
        label=_("systems planned"),
        value=grouped(planned),
        of=grouped(total),
        notes=(*waves, *notes),
        trend=_growing(results.cutovers.values(), total),
        href="#waves",
    )


def _rooms_figure(results: Results) -> Figure:
    wanted = [withdrawal for withdrawal in results.rooms if withdrawal.is_wanted]
    free = [withdrawal.free_on for withdrawal in wanted if withdrawal.free_on]
    late = sum(1 for withdrawal in wanted if withdrawal.late_days)
    held = sum(1 for withdrawal in wanted if withdrawal.staying)
    notes = [
        Mark(tone=tone, text=text.format(n=n))
        for tone, text, n in ((Tone.WARN, _("{n} late"), late), (Tone.BAD, _("{n} held by systems that stay"), held))
        if n
    ]
    return Figure(
        label=_("rooms to be freed"),
        value=grouped(len(free)),
        of=grouped(len(wanted)),
        notes=tuple(notes),
        trend=_growing(free, len(wanted)),
        href="#rooms",
    )


def _lines_figure(results: Results) -> Figure:
    gone = [withdrawal.goes_on for withdrawal in results.lines if withdrawal.goes_on]
    saved = ledgers.monthly_saving(results)
    words = _("saves {n} ten thousand yuan a month").format(n=grouped(round(saved / WAN, 1)))
    return Figure(
        label=_("lines to be cancelled"),
        value=grouped(len(gone)),
        of=grouped(len(results.lines)),
        notes=(Mark(tone=Tone.DONE, text=words),) if saved else (),
        trend=_growing(gone, len(results.lines)),
    )


def _findings_figure(verification: Verification | None) -> Figure:
    if verification is None:
        return Figure(label=_("zone violations"), value="–", notes=(_("not verified"),), href="#findings")
    grades = Counter(breach.tone for breach in verification.breaches)
    notes = tuple(
        Mark(tone=tone, text=text.format(n=grades[tone]))
        for tone, text in ((Tone.BAD, _("{n} severe")), (Tone.WARN, _("{n} ordinary")))
        if grades[tone]
    )
    clean = (Mark(tone=Tone.DONE, text=_("rules permit exactly the policy")),)
    return Figure(
        label=_("zone violations"), value=grouped(grades[Tone.BAD]), of="0", notes=notes or clean, href="#findings"
    )


def _devices_figure(results: Results) -> Figure:
    answered = [device for device in results.devices if device.seen_at]
    stale = sum(1 for device in answered if _is_stale(device, results))
    silent = len(results.devices) - len(answered)
    notes = tuple(
        Mark(tone=tone, text=text.format(n=n))
        for tone, text, n in (
            (Tone.BAD, _("{n} do not answer"), silent),
            (Tone.WARN, _("{n} seen more than 7 days ago"), stale),
            (Tone.DONE, _("all fresh"), int(bool(answered) and not stale and not silent)),
        )
        if n
    )
    return Figure(
        label=_("devices collected"),
        value=grouped(len(answered)),
        of=grouped(len(results.devices)),
        notes=notes,
        href="#devices",
    )


def _is_stale(device: DeviceSeen, results: Results) -> bool:
    return device.seen_at is not None and results.as_of - device.seen_at > FRESH


def _capacity_figure(results: Results) -> Figure:
    view = capacity_view(results)
    if view is None:
        return Figure(label=_("cloud headroom"), value="–", notes=(_("no plan yet"),))
    zone, day, used = max(
        ((curve.label, day, used) for curve in view.curves for day, used in curve.points), key=lambda point: point[2]
    )
    tone = Tone.BAD if used > view.safety_percent else Tone.DONE
    return Figure(
        label=_("cloud headroom"),
        value=f"{max(0.0, 100 - used):.0f}%",
        of=_("safety line {n}%").format(n=100 - view.safety_percent),
        notes=(Mark(tone=tone, text=_("fullest: {zone} {day:%Y-%m}").format(zone=zone, day=day)),),
    )
