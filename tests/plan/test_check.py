"""Each kind of demand, broken by hand in a plan that keeps all others: the checker names it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from plan_worlds import (
    FREE,
    OFFICE,
    friday,
    key,
    monday,
    needs,
    nothing_moves,
    plan_with,
    pool,
    problem,
    room,
    small_problems,
    system,
    uplink,
    vendor,
)

from qianyun.estate.calendar import CutoverWindow
from qianyun.estate.kinds import Disposition, MlpsLevel
from qianyun.plan.check import check, check_days
from qianyun.plan.plan import Placement, Plan
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve
from qianyun.plan.wishes import Deadline, Hold, Need, Order, Parts, PartWish, Pin, Subject, VendorLimit

Case = tuple[Problem, dict[str, int], dict[str, int], str]
"""A problem, weeks that keep all demands, weeks that break one, and what is said of it."""


def needs_one_before() -> Case:
    given = problem([system("甲"), system("乙")], dependencies=[needs(key("乙"), key("甲"))])
    return given, {"甲": 1, "乙": 1}, {"甲": 2, "乙": 1}, "needs 数据局/甲, which moves on 2027-01-22"


def switched_off_too_early() -> Case:
    systems = [system("甲"), system("旧", disposition=Disposition.RETIRE)]
    given = problem(systems, dependencies=[needs(key("甲"), key("旧"))])
    return (
        given,
        {"甲": 1, "旧": 1},
        {"甲": 2, "旧": 1},
        "is switched off on 2027-01-15, but 数据局/甲 needs it until 2027-01-22",
    )


def not_ready() -> Case:
    given = problem([system("甲", ready_on=friday(2))])
    return given, {"甲": 2}, {"甲": 1}, "moves on 2027-01-15, but is ready on 2027-01-22"


def preparation_cut_short() -> Case:
    given = problem([system("甲", maintenance_vendor="厂商")], vendors=[vendor("厂商", 1)])
    return given, {"甲": 1}, {"甲": 0}, "its preparation takes 1 weeks before"


def blackout_of_everybody() -> Case:
    given = problem([system("甲")], blackouts=[nothing_moves(3)])
    return given, {"甲": 2}, {"甲": 3}, "in the blackout 两会保障 (2027-01-25 to 2027-01-31: 重要会议)"


def blackout_of_one_department() -> Case:
    given = problem([system("甲"), system("乙", OFFICE)], blackouts=[nothing_moves(3, (OFFICE,))])
    return given, {"甲": 3, "乙": 2}, {"甲": 3, "乙": 3}, "system 财政局/乙: moves on 2027-01-25, in the blackout"


def pool_over_the_safety_line() -> Case:
    pools = (pool(10, safety_percent=80), pool(20, monday(4), safety_percent=80))
    given = problem([system("甲", vcpu=5), system("乙", vcpu=5)], pools=pools)
    return (
        given,
        {"甲": 1, "乙": 4},
        {"甲": 1, "乙": 3},
        "zone extranet holds 10 vcpu on 2027-01-29, but may be filled to 8",
    )


def memory_over_the_safety_line() -> Case:
    pools = (pool(memory_gib=10), pool(memory_gib=20, starts_on=monday(4)))
    given = problem([system("甲"), system("乙")], pools=pools)
    return given, {"甲": 1, "乙": 4}, {"甲": 1, "乙": 3}, "zone extranet holds 16 memory_gib"


def storage_over_the_safety_line() -> Case:
    pools = (pool(storage_gib=150), pool(storage_gib=250, starts_on=monday(4)))
    given = problem([system("甲"), system("乙")], pools=pools)
    return given, {"甲": 1, "乙": 4}, {"甲": 1, "乙": 3}, "zone extranet holds 200 storage_gib"


def vendor_out_of_hands() -> Case:
    systems = [system("甲", maintenance_vendor="厂商"), system("乙", maintenance_vendor="厂商")]
    given = problem(systems, vendors=[vendor("厂商", 1)])
    return (
        given,
        {"甲": 1, "乙": 3},
        {"甲": 1, "乙": 2},
        "vendor 厂商 works on 2 systems in the week of 2027-01-11, but has hands for 1",
    )


def vendor_limited_by_demand() -> Case:
    limit = VendorLimit(vendor="厂商", per_week=0, first=monday(2), last=monday(3))
    given = problem(
        [system("甲", maintenance_vendor="厂商")], replace(FREE, vendor_limits=(limit,)), vendors=[vendor("厂商", 1)]
    )
    return given, {"甲": 5}, {"甲": 4}, "vendor 厂商 works on 1 systems in the week of 2027-01-25, but has hands for 0"


def line_too_narrow() -> Case:
    systems = [system(name, room="机房一", data_gib=Decimal(30)) for name in ("甲", "乙", "丙")]
    given = problem(systems, rooms=[room()], lines=[uplink(1)])
    said = "room 机房一 copies 45 GiB in the week of 2027-01-18, but its lines carry 35"
    return given, {"甲": 1, "乙": 2, "丙": 3}, {"甲": 2, "乙": 2, "丙": 3}, said


def team_overworked() -> Case:
    given = problem([system("甲"), system("乙")], replace(FREE, team_points=1))
    return (
        given,
        {"甲": 1, "乙": 2},
        {"甲": 1, "乙": 1},
        "the week of 2027-01-11 takes 2 points of effort, but the team has 1",
    )


def risk_too_high() -> Case:
    given = problem([system("甲"), system("乙")], replace(FREE, risk_points=1))
    return (
        given,
        {"甲": 1, "乙": 2},
        {"甲": 1, "乙": 1},
        "the week of 2027-01-11 takes 2 points of risk, but 1 may be taken",
    )


def wave_too_large() -> Case:
    given = problem([system("甲"), system("乙")], replace(FREE, wave_systems=1))
    return given, {"甲": 1, "乙": 2}, {"甲": 2, "乙": 3}, "the wave from 2027-01-18 on has 2 systems, but may have 1"


def ramp_up_overrun() -> Case:
    given = problem([system("甲"), system("乙")], replace(FREE, ramp_up=(1,)))
    said = "the wave from 2027-01-04 on has 2 systems, but may have 1"
    return given, {"甲": 1, "乙": 2}, {"甲": 1, "乙": 1}, said


def pinned_elsewhere() -> Case:
    given = problem([system("甲")], replace(FREE, pins=(Pin(system=key("甲"), on=friday(3)),)))
    return given, {"甲": 3}, {"甲": 2}, "moves on 2027-01-22, but is pinned to the week of 2027-01-29"


def frozen_elsewhere() -> Case:
    given = problem([system("甲")], replace(FREE, pins=(Pin(system=key("甲"), on=friday(3), is_frozen=True),)))
    return given, {"甲": 3}, {"甲": 2}, "is frozen in the week of 2027-01-29"


def held_back() -> Case:
    hold = Hold(system=key("甲"), not_before=monday(3), reason="方案评审")
    given = problem([system("甲")], replace(FREE, holds=(hold,)))
    return given, {"甲": 3}, {"甲": 2}, "not before 2027-01-25: 方案评审"


def room_not_empty_in_time() -> Case:
    deadline = Deadline(subject=Subject.ROOM, name="机房一", by=friday(3))
    given = problem([system("甲", room="机房一")], replace(FREE, deadlines=(deadline,)), rooms=[room()])
    return given, {"甲": 3}, {"甲": 4}, "moves on 2027-02-05, but room 机房一 is to be done by 2027-01-29"


def department_not_done_in_time() -> Case:
    deadline = Deadline(subject=Subject.DEPARTMENT, name=OFFICE, by=friday(3))
    given = problem([system("甲", OFFICE)], replace(FREE, deadlines=(deadline,)))
    return given, {"甲": 3}, {"甲": 4}, "moves on 2027-02-05, but department 财政局 is to be done by 2027-01-29"


def egress_over_the_safety_line() -> Case:
    pools = (pool(egress_mbps=100), pool(egress_mbps=200, starts_on=monday(4)))
    needed = tuple(Need(system=key(name), egress_mbps=60) for name in ("甲", "乙"))
    given = problem([system("甲"), system("乙")], replace(FREE, needs=needed), pools=pools)
    return given, {"甲": 1, "乙": 4}, {"甲": 1, "乙": 3}, "zone extranet holds 120 egress_mbps on 2027-01-29"


def addresses_used_up() -> Case:
    pools = (pool(addresses=1), pool(addresses=2, starts_on=monday(4)))
    given = problem([system("甲"), system("乙")], pools=pools)
    return given, {"甲": 1, "乙": 4}, {"甲": 1, "乙": 3}, "zone extranet holds 2 addresses on 2027-01-29"


FRONT = PartWish(name="前端", zone="internet", vcpu=3)


def part_over_the_safety_line_of_its_zone() -> Case:
    parts = (Parts(system=key("甲"), parts=(FRONT,)),)
    pools = (pool(), pool(2, zone="internet"), pool(3, monday(4), "internet"))
    given = problem([system("甲")], replace(FREE, parts=parts), pools=pools)
    return given, {"甲": 4}, {"甲": 3}, "zone internet holds 3 vcpu on 2027-01-29, but may be filled to 2"


def part_out_of_its_order() -> Case:
    parts = (Parts(system=key("甲"), parts=(FRONT,), order=Order.SEQUENCE),)
    given = problem([system("甲")], replace(FREE, parts=parts), pools=(pool(), pool(zone="internet")))
    said = "moves on 2027-01-15, but is to come after 数据局/甲·前端, which moves on 2027-01-22"
    return given, {"甲·前端": 1, "甲": 2}, {"甲·前端": 2, "甲": 1}, said


def not_filed() -> Case:
    filed = system("甲", mlps_level=MlpsLevel.TWO, filing_number="000-1", filed_on=friday(2))
    given = problem([filed], replace(FREE, wants_filing=True))
    return given, {"甲": 2}, {"甲": 1}, "moves on 2027-01-15, but its grading is filed on 2027-01-22"


def assessment_lapsed() -> Case:
    assessed = system("甲", mlps_level=MlpsLevel.THREE, assessed_on=friday(2) - timedelta(days=365))
    given = problem([assessed], replace(FREE, assessment_months=12))
    return given, {"甲": 2}, {"甲": 3}, "moves on 2027-01-29, but its assessment lapses on 2027-01-22"


def maintenance_contract_over() -> Case:
    given = problem([system("甲", contract_end=friday(2))], replace(FREE, keeps_contracts=True))
    return given, {"甲": 2}, {"甲": 3}, "moves on 2027-01-29, but its maintenance contract ends on 2027-01-22"


def line_contract_over() -> Case:
    systems = [system(name, room="机房一", data_gib=Decimal(30)) for name in ("甲", "乙")]
    lines = [uplink(1), replace(uplink(1), number="L2", contract_end=friday(3))]
    given = problem(systems, replace(FREE, keeps_contracts=True), rooms=[room()], lines=lines)
    said = "room 机房一 copies 60 GiB in the week of 2027-01-25, but its lines carry 35"
    return given, {"甲": 2, "乙": 2}, {"甲": 3, "乙": 3}, said


def assessors_busy() -> Case:
    systems = [system(name, mlps_level=MlpsLevel.THREE) for name in ("甲", "乙")]
    given = problem(systems, replace(FREE, reassess_per_week=1, reassess_weeks=3))
    said = "2 systems are to be assessed again in the week of 2027-02-01, but 1 can be: 数据局/乙、数据局/甲"
    return given, {"甲": 1, "乙": 2}, {"甲": 1, "乙": 1}, said


def assessed_after_the_programme() -> Case:
    wishes = replace(FREE, reassess_per_week=1, reassess_weeks=3)
    given = problem([system("甲", mlps_level=MlpsLevel.THREE)], wishes)
    return (
        given,
        {"甲": 4},
        {"甲": 5},
        "assessed again in the week of 2027-03-01, after the programme ends on 2027-02-28",
    )


def changed_within_the_freeze() -> Case:
    given = problem([system("甲"), system("乙", OFFICE)], dependencies=[needs(key("乙", OFFICE), key("甲"))])
    saturdays = {OFFICE: CutoverWindow(weekdays=(6,), wants_rest=False)}
    frozen = replace(given, calendar=replace(given.calendar, freeze_days=3, windows=saturdays))
    said = "moves on 2027-01-16, but 数据局/甲 is changed on 2027-01-15, within the freeze of 3 days before"
    return frozen, {"甲": 1, "乙": 2}, {"甲": 1, "乙": 1}, said


CASES: list[Callable[[], Case]] = [
    egress_over_the_safety_line, addresses_used_up, part_over_the_safety_line_of_its_zone, part_out_of_its_order,
    not_filed, assessment_lapsed, maintenance_contract_over, line_contract_over, assessors_busy,
    assessed_after_the_programme, changed_within_the_freeze,
    needs_one_before, switched_off_too_early, not_ready, preparation_cut_short, blackout_of_everybody,
    blackout_of_one_department, pool_over_the_safety_line, memory_over_the_safety_line, storage_over_the_safety_line,
    vendor_out_of_hands, vendor_limited_by_demand, line_too_narrow, team_overworked, risk_too_high, wave_too_large,
    ramp_up_overrun, pinned_elsewhere, frozen_elsewhere, held_back, room_not_empty_in_time, department_not_done_in_time,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.__name__))
def test_a_broken_demand_is_named_and_a_kept_one_is_not(case: Callable[[], Case]) -> None:
    given, good, bad, said = case()

    kept, broken = check(given, plan_with(given, good)), check(given, plan_with(given, bad))

    assert kept == ()
    assert len(broken) == 1
    assert said in str(broken[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.__name__))
def test_the_search_breaks_none_of_them(case: Callable[[], Case]) -> None:
    given, _good, _bad, _said = case()

    assert check(given, solve(given, work=1)) == ()


def test_a_group_torn_apart_is_named() -> None:
    given = problem([system("甲"), system("乙")], dependencies=[needs(key("甲"), key("乙"), hard=False, close=True)])

    faults = list(check_days(given, {key("甲"): friday(1), key("乙"): friday(2)}))

    assert [str(fault) for fault in faults] == [
        "system 数据局/乙: is torn from its move group: 数据局/乙 2027-01-22、数据局/甲 2027-01-15"
    ]


def test_a_day_on_which_no_window_opens_is_named() -> None:
    given = problem([system("甲")])

    faults = list(check_days(given, {key("甲"): monday(1)}))

    assert [fault.what for fault in faults] == ["moves on 2027-01-11, when its department's window does not open"]


def test_a_day_outside_the_programme_is_named() -> None:
    given = problem([system("甲")], weeks=8)

    faults = list(check_days(given, {key("甲"): friday(9)}))

    assert [fault.what for fault in faults] == ["moves on 2027-03-12, outside the programme (2027-01-04 to 2027-02-28)"]


def test_a_classified_system_is_never_planned_into_the_cloud() -> None:
    given = problem([system("甲")])
    secret = replace(given, moves=(replace(given.moves[0], is_classified=True),))

    assert "is classified and never goes to this cloud" in str(check(secret, plan_with(secret, {}))[0])


def test_a_system_above_the_level_of_the_platform_is_named() -> None:
    given = problem([system("甲", mlps_level=MlpsLevel.THREE)])
    low = replace(given, wishes=replace(given.wishes, platform_level=2))

    assert "has protection level 3, the platform only 2" in str(check(low, plan_with(low, {}))[0])


def without(plan: Plan, name: str) -> Plan:
    waves = tuple(
        replace(wave, groups=tuple(g for g in wave.groups if all(p.system.name != name for p in g.placements)))
        for wave in plan.waves
    )
    return replace(plan, waves=waves)


def test_a_system_left_out_is_named() -> None:
    given = problem([system("甲"), system("乙")])

    assert [str(fault) for fault in check(given, without(plan_with(given, {}), "乙"))] == [
        "system 数据局/乙: has no day; give it one, or defer it with a reason"
    ]


def test_a_deferred_system_in_a_plan_is_named_with_its_reason() -> None:
    given = problem([system("甲"), system("乙", disposition=Disposition.DEFER, disposition_reason="等待部署方案")])
    plan = plan_with(given, {})
    first = plan.waves[0]
    group = replace(
        first.groups[0], placements=(*first.groups[0].placements, Placement(system=key("乙"), on=friday(0)))
    )

    faults = check(given, replace(plan, waves=(replace(first, groups=(group,)),)))

    assert [str(fault) for fault in faults] == ["system 数据局/乙: is planned, but may not be: 等待部署方案"]


def test_a_system_planned_twice_is_named() -> None:
    given = problem([system("甲")])
    plan = plan_with(given, {})

    faults = check(given, replace(plan, waves=plan.waves * 2))

    assert "system 数据局/甲: is planned twice" in [str(fault) for fault in faults]


def test_a_plan_for_other_facts_is_refused_by_its_digest() -> None:
    given = problem([system("甲")])
    other = problem([system("甲", ready_on=friday(1))])

    faults = check(other, plan_with(given, {}))

    assert len(faults) == 1
    assert "was made for other facts" in faults[0].what
    assert faults[0].mend == "plan again, or replan from it"


@settings(max_examples=25, deadline=None)
@given(small_problems())
def test_a_problem_survives_its_text(given: Problem) -> None:
    again = Problem.from_text(given.to_text())

    assert again.digest == given.digest
    assert again == given
