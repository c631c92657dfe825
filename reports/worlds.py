"""The world of one estate from its folder and its store, and what is planned and foretold in it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from qianyun.importers.declaration import load_calendar, load_policy, load_pools, load_wishes
from qianyun.plan.builder import build_problem
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.store import Store
from qianyun.track.forecast import Forecast, forecast
from qianyun.track.going_on import going_on
from qianyun.track.progress import progress_of
from qianyun.track.rooms import withdrawal_goals
from qianyun.track.withdrawal import CutoverDays
from reports.world import world_of

__all__ = ["forecast_at", "leaving_at", "problem_at", "world_of"]


def problem_at(folder: Path, store: Store, begins: date | None) -> Problem:
    """The planning problem of what is declared.

    Args:
        folder: Of the estate's declaration.
        store: With its facts, and with what was told of its moves.
        begins: The day on which planning begins: what was cut over before is taken as it happened.
            `None` leaves what was told aside.
    """
    held = store.held()
    pools, policy, wishes = load_pools(folder), load_policy(folder), load_wishes(folder)
    problem = build_problem(held.estate, load_calendar(folder), pools, policy, wishes)
    return problem if begins is None else going_on(problem, progress_of(world_of(held, folder), begins))


def forecast_at(folder: Path, store: Store, today: date) -> Forecast | None:
    """The approved plan carried on from what has happened; `None` before any approval."""
    held = store.held()
    if held.approved is None:
        return None
    world = world_of(held, folder)
    approved = Plan.from_text(held.approved.body)
    problem = problem_at(folder, store, today)
    found = forecast(problem, approved, progress_of(world, today))
    leaves = {move.system for move in problem.moves if move.leaves_room}
    planned, expected = (
        {key: day for key, day in days.items() if key in leaves} for days in (approved.days, found.days)
    )
    goals = (*found.goals, *withdrawal_goals(world, planned, expected, problem.weeks))
    return replace(found, goals=tuple(sorted(goals, key=lambda goal: goal.phase.deadline)))


def leaving_at(folder: Path, store: Store, today: date) -> CutoverDays:
    """Actual and expected cut-over days of the systems that leave their rooms; expected ones need an approved plan."""
    found = forecast_at(folder, store, today)
    if found is None:
        return progress_of(world_of(store.held(), folder), today).done
    leaves = {move.system for move in found.problem.moves if move.leaves_room}
    return {key: day for key, day in found.days.items() if key in leaves}
