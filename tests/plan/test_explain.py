"""What is told of a system's week is what stands against an earlier one."""

from datetime import date

import pytest

from qianyun.estate.calendar import Calendar, CutoverWindow
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Dependency, Pool, System
from qianyun.plan.builder import build_problem
from qianyun.plan.explain import Obstacle, explain, nearest_reasons
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve
from qianyun.plan.wishes import Wishes

CALENDAR = Calendar(
    first=date(2026, 7, 6), last=date(2027, 1, 3), window=CutoverWindow(weekdays=(6,), wants_rest=False)
)
SYSTEMS = (
    System(department="甲厅", name="目录", zone="extranet", vcpu=8),
    System(department="甲厅", name="收费", zone="extranet", vcpu=8),
    System(department="乙局", name="核定", zone="extranet", vcpu=8, ready_on=date(2026, 9, 9)),
)
LINKS = (Dependency(source=SYSTEMS[1].key, target=SYSTEMS[2].key, is_hard=True),)


@pytest.fixture(scope="module")
def planned() -> tuple[Problem, Plan]:
    pool = Pool(zone="extranet", starts_on=date(2026, 7, 6), vcpu=1000, memory_gib=10_000, storage_gib=100_000)
    wishes = Wishes(team_points=100, risk_points=100)
    problem = build_problem(Estate(systems=SYSTEMS, dependencies=LINKS), CALENDAR, (pool,), wishes=wishes)
    return problem, solve(problem, work=0)


def test_the_nearest_reason_is_the_first_of_the_whole_explanation(planned: tuple[Problem, Plan]) -> None:
    problem, plan = planned

    for key, reason in nearest_reasons(problem, plan).items():
        whole = [each for each in explain(problem, plan, key).reasons if each.kind is not Obstacle.CALENDAR]
        assert reason == whole[0]


def test_a_system_is_held_by_its_readiness_and_what_needs_it_by_its_day(planned: tuple[Problem, Plan]) -> None:
    reasons = nearest_reasons(*planned)
    told = {system.name: (reasons[system.key].kind, reasons[system.key].what) for system in SYSTEMS}

    assert told == {
        "目录": (Obstacle.READINESS, "甲厅/目录 takes 1 weeks to prepare and copy"),
        "收费": (Obstacle.PRECEDENCE, "乙局/核定 moves on 2026-09-12"),
        "核定": (Obstacle.READINESS, "乙局/核定 is ready on 2026-09-09"),
    }
