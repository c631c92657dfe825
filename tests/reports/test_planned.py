"""From the planner's plan to what reports say of it."""

from dataclasses import replace
from datetime import date

import pytest

from qianyun.estate.calendar import Calendar, CutoverWindow
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Dependency, Pool, System
from qianyun.estate.kinds import Disposition
from qianyun.plan.builder import build_problem
from qianyun.plan.explain import explain
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve
from reports.planned import move_plan

CALENDAR = Calendar(
    first=date(2026, 7, 6), last=date(2027, 1, 3), window=CutoverWindow(weekdays=(6,), wants_rest=False)
)
POOL = Pool(zone="extranet", starts_on=date(2026, 7, 6), vcpu=1000, memory_gib=10_000, storage_gib=100_000)
RIPE = date(2026, 9, 9)
SYSTEMS = (
    System(department="甲厅", name="目录", zone="extranet", vcpu=8),
    System(department="甲厅", name="收费", zone="extranet", vcpu=8),
    System(department="甲厅", name="前台", zone="extranet", vcpu=8),
    System(department="乙局", name="核定", zone="extranet", vcpu=8, ready_on=RIPE),
    System(department="乙局", name="旧档", disposition=Disposition.DEFER, disposition_reason="设备老"),
)
CATALOGUE, TOLL, DESK, RATING, ARCHIVE = (system.key for system in SYSTEMS)
ESTATE = Estate(
    systems=SYSTEMS,
    dependencies=(
        Dependency(source=TOLL, target=CATALOGUE, is_hard=True),
        Dependency(source=DESK, target=RATING, is_latency_sensitive=True),
    ),
)


@pytest.fixture(scope="module")
def planned() -> tuple[Problem, Plan]:
    problem = build_problem(ESTATE, CALENDAR, (POOL,))
    return problem, solve(problem, work=0)


def test_every_system_has_a_day_or_a_reason(planned: tuple[Problem, Plan]) -> None:
    found = move_plan(*planned)

    assert {move.system for move in found.moves} == {system.key for system in SYSTEMS}
    assert all((move.on is None) == (move.wave is None) for move in found.moves)
    assert [(move.system, move.why, move.is_fault) for move in found.moves if move.on is None] == [
        (ARCHIVE, "设备老", False)
    ]


def test_days_and_waves_are_those_of_the_plan(planned: tuple[Problem, Plan]) -> None:
    problem, plan = planned
    found = move_plan(problem, plan)

    assert {move.system: move.on for move in found.moves if move.on} == plan.days
    assert [wave.number for wave in found.waves] == [wave.number for wave in plan.waves]
    for move in found.moves:
        if move.on:
            [span] = [wave.span for wave in found.waves if wave.number == move.wave]
            assert span.first <= move.on <= span.last


def test_a_system_says_what_stands_against_an_earlier_week(planned: tuple[Problem, Plan]) -> None:
    problem, plan = planned
    reasons = {move.system: (move.cause, move.why) for move in move_plan(problem, plan).moves}

    nearest = explain(problem, plan, RATING).reasons[0]
    assert reasons[DESK] == reasons[RATING] == (nearest.kind, f"{nearest.what}; moves with 1 more")
    assert "乙局/核定 is ready on 2026-09-09" in reasons[RATING][1]


def test_a_plan_for_other_facts_says_so_and_gives_no_reasons(planned: tuple[Problem, Plan]) -> None:
    _problem, plan = planned
    other = build_problem(replace(ESTATE, dependencies=()), CALENDAR, (POOL,))

    found = move_plan(other, plan)

    assert found.status == f"{plan.status}; the facts have changed since"
    assert {move.cause for move in found.moves} == {""}
    assert {move.system: move.on for move in found.moves if move.on} == plan.days
