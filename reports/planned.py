"""From the planner's problem and plan to what reports say of them."""

from qianyun.plan.explain import Reason, nearest_reasons
from qianyun.plan.plan import Plan, Wave
from qianyun.plan.problem import Move, Problem
from qianyun.words import _, label
from reports.results import Move as PlannedMove
from reports.results import MovePlan, PlannedWave
from reports.timeline import Span


def move_plan(problem: Problem, plan: Plan) -> MovePlan:
    """The plan as reports need it, in the language in force.

    Reasons are told only for a plan that was made for this problem; of another it is said that
    the facts have changed since.

    Args:
        problem: Of the facts as they are.
        plan: Made for them, or for what they were.
    """
    is_current = plan.problem_digest == problem.digest
    reasons = nearest_reasons(problem, plan) if is_current else {}
    status = label("Status", plan.status)
    left_out = (
        PlannedMove(system=each.system, wave=None, on=None, why=each.why, is_fault=each.is_fault)
        for each in problem.unplanned
    )
    return MovePlan(
        digest=plan.digest,
        status=status if is_current else _("{status}; the facts have changed since").format(status=status),
        gap_percent=plan.gap_percent,
        waves=tuple(_wave(wave) for wave in plan.waves),
        moves=(*(_move(move, problem, plan, reasons.get(move.system)) for move in problem.moves), *left_out),
    )


def _wave(wave: Wave) -> PlannedWave:
    return PlannedWave(number=wave.number, span=Span(first=wave.first, last=wave.last))


def _move(move: Move, problem: Problem, plan: Plan, reason: Reason | None) -> PlannedMove:
    others = len(problem.group_of[move.system].systems) - 1
    together = _("moves with {n} more").format(n=others) if others else ""
    return PlannedMove(
        system=move.system,
        wave=plan.wave_of.get(move.system),
        on=plan.days.get(move.system),
        why=_("; ").join(filter(None, (reason.what if reason else "", together))),
        cause=label("Obstacle", reason.kind) if reason else "",
        zone=move.zone,
        vcpu=move.vcpu,
        leaves_room=move.leaves_room,
    )
