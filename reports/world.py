"""The world of one estate from its folder and its store: what gates are judged in; waits for no planner."""

from pathlib import Path

from qianyun.importers.declaration import load_calendar, load_wishes
from qianyun.plan.plan import Plan
from qianyun.store import Held
from qianyun.track.world import World


def world_of(held: Held, folder: Path) -> World:
    """Facts, calendar, the approved plan, and where everything stands."""
    plan = Plan.from_text(held.approved.body) if held.approved else None
    return World(
        estate=held.estate,
        calendar=load_calendar(folder),
        standings=held.standings,
        planned=plan.days if plan else None,
        platform_level=load_wishes(folder).platform_level,
    )
