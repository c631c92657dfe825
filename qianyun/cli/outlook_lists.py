"""Lists of forecasts: approved, expected and actual side by side, goals, levers."""

from typing import TYPE_CHECKING

from qianyun.cli.listing import Format, Listing
from qianyun.track.forecast import Forecast, GoalKind, GoalOutlook, Outlook
from qianyun.track.levers import levers
from qianyun.words import _, label

if TYPE_CHECKING:
    from reports.content import Cell


def outlooks_listing(found: Forecast, form: Format, *, slipped: bool) -> Listing:
    """Every system, or what slips, the worst first."""
    titles = {
        "system": _("system"),
        "approved": _("approved"),
        "forecast": _("expected"),
        "actual": _("actual"),
        "slip_weeks": _("weeks late"),
        "obstacle": _("obstacle"),
        "why": _("why"),
    }
    chosen = found.slipped if slipped else found.outlooks
    return Listing(titles=titles, rows=[_outlook(each, form) for each in chosen])


def _outlook(each: Outlook, form: Format) -> "tuple[Cell, ...]":
    kind = each.kind and (each.kind.value if form is Format.JSON else label("Obstacle", each.kind))
    return (
        str(each.system),
        each.approved,
        None if each.is_done else each.forecast,
        each.forecast if each.is_done else None,
        each.slip_weeks or None,
        kind,
        each.why or None,
    )


def summary_of(found: Forecast) -> str:
    """How many are done, on time and late, and what becomes of each goal."""
    done = [each for each in found.outlooks if each.is_done]
    late = [each for each in found.slipped if not each.is_done]
    head = _("{done} of {all} systems cut over, {late_done} of them late; {late} more will be late")
    counts = {"done": len(done), "all": len(found.outlooks), "late": len(late)}
    lines = [head.format(late_done=sum(each.slip_weeks > 0 for each in done), **counts)]
    lines.extend(goal_line(goal) for goal in found.goals)
    return "\n".join(lines)


def goal_line(goal: GoalOutlook) -> str:
    """One goal in a sentence."""
    values = {
        "phase": goal.phase.name,
        "day": goal.phase.deadline,
        "need": goal.need,
        "forecast": goal.forecast,
        "what": label("GoalKind", goal.kind),
    }
    if not goal.short:
        return _("✔ {phase}: {forecast} {what} by {day}, {need} are needed").format(**values)
    head = _("✕ {phase}: {forecast} of {need} {what} by {day}, {short} short").format(short=goal.short, **values)
    if goal.approved < goal.need:
        return _("{head}; not even the approved plan reaches it").format(head=head)
    return _("{head}; it falls from the week of {week}").format(head=head, week=goal.falls_from)


def levers_listing(found: Forecast, form: Format) -> Listing:
    """For each goal that falls, by what it could be held."""
    titles = {
        "phase": _("phase"),
        "kind": _("lever"),
        "name": _("what to grant"),
        "place": _("where it stands"),
        "regained": _("systems regained"),
        "holds": _("holds the goal"),
        "saves_yuan": _("saves yuan"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            goal.phase.name,
            lever.kind.value if form is Format.JSON else label("LeverKind", lever.kind),
            lever.name,
            lever.place or None,
            lever.regained,
            _("yes") if lever.holds else _("no"),
            lever.saves_yuan,
        )
        for goal in found.goals
        for lever in levers(found, goal)
    ]
    return Listing(titles=titles, rows=rows)


def unheld(listing: Listing, found: Forecast) -> str:
    """Goals that nothing which was tried holds, in words; empty where there is none."""
    held = {row[0] for row in listing.rows if row[5] == _("yes")}
    falling = [goal.phase.name for goal in found.goals if goal.short and goal.kind is GoalKind.SYSTEMS]
    lost = [name for name in falling if name not in held]
    return _("nothing that was tried holds: {names}").format(names="、".join(lost)) if lost else ""
