"""A plan that is being carried out: what is done, what is expected, and what was approved."""

from collections.abc import Iterator, Mapping
from datetime import date

from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.explain import Reason, nearest_reasons
from qianyun.plan.making import make_plan
from qianyun.plan.opening import FirstDays
from qianyun.plan.plan import Status, Wave
from qianyun.plan.problem import Move
from qianyun.track.forecast import Forecast, GoalOutlook, Outlook
from qianyun.words import _, label
from reports.content import Cell, Column, Figure, Kind, Mark, Place, Table, grouped
from reports.gantt import WaveState
from reports.results import Move as PlannedMove
from reports.results import MovePlan, PlannedWave
from reports.timeline import Span
from reports.tones import Tone

LONG = 60


def tracked_plan(found: Forecast) -> MovePlan:
    """The approved plan with what has happened and what is expected, in the language in force."""
    outlooks = {each.system: each for each in found.outlooks}
    reasons = _reasons(found)
    status = _("approved; {done} of {all} systems cut over").format(
        done=sum(each.is_done for each in found.outlooks), all=len(found.outlooks)
    )
    left_out = (
        PlannedMove(system=each.system, wave=None, on=None, why=each.why, is_fault=each.is_fault)
        for each in found.problem.unplanned
    )
    return MovePlan(
        digest=found.approved.digest,
        status=status,
        waves=tuple(_wave(wave, outlooks, found) for wave in found.approved.waves),
        moves=(
            *(_move(move, outlooks[move.system], found, reasons.get(move.system)) for move in found.problem.moves),
            *left_out,
        ),
    )


def _reasons(found: Forecast) -> Mapping[SystemKey, Reason]:
    """Why not earlier, for what is still to come; none where something finds no week."""
    problem = found.problem
    if any(each.forecast is None for each in found.outlooks):
        return {}
    open_weeks = problem.opening.days
    weeks = {
        group.number: _week(found.days[group.systems[0]], open_weeks, group.systems[0]) for group in problem.groups
    }
    return nearest_reasons(problem, make_plan(problem, weeks, Status.EDITED))


def _week(day: date, open_weeks: Mapping[str, FirstDays], key: SystemKey) -> date:
    """The week of a day; of a day outside every window the nearest with one, as `going_on` has it."""
    week = week_of(day)
    return min(open_weeks[key.department], key=lambda monday: (abs(monday - week), monday))


def _wave(wave: Wave, outlooks: Mapping[SystemKey, Outlook], found: Forecast) -> PlannedWave:
    """One approved wave; it stands in its stretch as long as all of it does."""
    theirs = [outlooks[placed.system] for placed in wave.placements if placed.system in outlooks]
    days = [each.forecast for each in theirs if each.forecast]
    stretch = Span(first=wave.first, last=wave.last)
    first, last = min(days, default=wave.first), max(days, default=wave.last)
    expected = Span(
        first=wave.first if wave.first <= first <= wave.last else first,
        last=wave.last if wave.first <= last <= wave.last else last,
    )
    is_done = bool(theirs) and all(each.is_done for each in theirs)
    has_begun = any(each.is_done for each in theirs) or wave.first <= found.today
    state = WaveState.DONE if is_done else WaveState.RUNNING if has_begun else WaveState.PLANNED
    late = [each for each in theirs if each.slip_weeks > 0 or each.forecast is None]
    why = _("{n} of {all} systems late").format(n=len(late), all=len(theirs)) if late else ""
    return PlannedWave(number=wave.number, span=stretch, baseline=stretch, forecast=expected, state=state, why=why)


def _move(move: Move, each: Outlook, found: Forecast, reason: Reason | None) -> PlannedMove:
    said = _why(each, reason)
    return PlannedMove(
        system=move.system,
        wave=found.approved.wave_of.get(move.system),
        on=each.forecast,
        why=said[1],
        cause=said[0],
        zone=move.zone,
        vcpu=move.vcpu,
        leaves_room=move.leaves_room,
        is_fault=each.forecast is None,
    )


def _why(each: Outlook, reason: Reason | None) -> tuple[str, str]:
    """The cause without its particulars, and with them."""
    if each.is_done:
        late = _("cut over, {n} weeks late").format(n=each.slip_weeks) if each.slip_weeks > 0 else _("cut over")
        return _("cut over"), late
    if each.kind:
        return label("Obstacle", each.kind), _("approved for {day}; {why}").format(day=each.approved, why=each.why)
    return (label("Obstacle", reason.kind), reason.what) if reason else ("", "")


def progress_figure(found: Forecast) -> Figure:
    """How many are cut over, how many are late, and how many goals fall."""
    done = [each for each in found.outlooks if each.is_done]
    late = [each for each in found.slipped if not each.is_done]
    falling = [goal for goal in found.goals if goal.short]
    notes = [Mark(tone=Tone.WARN, text=_("{n} more will be late").format(n=len(late)))] if late else []
    notes += [Mark(tone=Tone.BAD, text=_("{n} phase goals fall").format(n=len(falling)))] if falling else []
    on_time = sum(each.slip_weeks <= 0 for each in done)
    return Figure(
        label=_("systems cut over"),
        value=grouped(len(done)),
        of=grouped(len(found.outlooks)),
        notes=(_("{n} of them in time").format(n=on_time), *notes),
        href="#goals",
    )


def short_of(goal: GoalOutlook) -> str:
    """A goal that falls, in few words."""
    what = label("GoalKind", goal.kind)
    return _("{phase}: {n} {what} short").format(phase=goal.phase.name, n=goal.short, what=what)


def tables_of(found: Forecast | None) -> tuple[Table, ...]:
    """Goals and slips; none where nothing is tracked."""
    return (goals_table(found), slips_table(found)) if found else ()


def goals_table(found: Forecast) -> Table:
    """What becomes of each phase's share of systems, rooms and lines."""
    return Table(
        name="goals",
        title=_("Phase goals"),
        note=_("the approved plan carried on from what has happened; no new decision is assumed"),
        columns=(
            Column(title=_("phase")),
            Column(title=_("share of")),
            Column(title=_("deadline"), kind=Kind.DATE),
            Column(title=_("needed"), kind=Kind.NUMBER),
            Column(title=_("approved"), kind=Kind.NUMBER),
            Column(title=_("expected"), kind=Kind.NUMBER),
            Column(title=_("reached"), kind=Kind.NUMBER),
            Column(title=_("state"), kind=Kind.MARK),
            Column(title=_("falls from"), kind=Kind.DATE),
        ),
        rows=tuple(_goal_row(goal) for goal in found.goals),
        empty=_("no phase asks for a share of anything"),
    )


def _goal_row(goal: GoalOutlook) -> tuple[Cell, ...]:
    if goal.short:
        mark = Mark(tone=Tone.BAD, text=_("{n} short").format(n=goal.short))
    else:
        mark = Mark(tone=Tone.DONE, text=_("is reached"))
    figures = (goal.need, goal.approved, goal.forecast, goal.done)
    return goal.phase.name, label("GoalKind", goal.kind), goal.phase.deadline, *figures, mark, goal.falls_from


def slips_table(found: Forecast) -> Table:
    """Everything that is or will be later than approved, the worst first."""
    return Table(
        name="slips",
        title=_("Slips"),
        note=_("{n} systems are or will be later than approved").format(n=len(found.slipped)),
        columns=(
            Column(title=_("department")),
            Column(title=_("system")),
            Column(title=_("approved"), kind=Kind.DATE),
            Column(title=_("expected"), kind=Kind.DATE),
            Column(title=_("actual"), kind=Kind.DATE),
            Column(title=_("weeks late"), kind=Kind.NUMBER),
            Column(title=_("reason"), width=LONG),
        ),
        rows=tuple(_slip_rows(found)),
        empty=_("nothing is later than approved"),
        place=Place.FOLDED,
    )


def _slip_rows(found: Forecast) -> Iterator[tuple[Cell, ...]]:
    for each in found.slipped:
        days = (None, each.forecast) if each.is_done else (each.forecast, None)
        key = each.system
        yield key.department, key.name, each.approved, *days, each.slip_weeks or None, each.why
