"""Small problems against brute force: the same optimum, the same infeasibility, the same conflict."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from plan_trial import Met, trial
from plan_worlds import (
    FREE,
    friday,
    key,
    monday,
    needs,
    nothing_moves,
    pool,
    problem,
    room,
    small_problems,
    system,
    vendor,
)

from qianyun.errors import InfeasiblePlan
from qianyun.estate.kinds import MlpsLevel
from qianyun.plan.conflict import minimal_conflict
from qianyun.plan.greedy import first_plans
from qianyun.plan.kernel import empty_state, lift, state_of, total
from qianyun.plan.model import Answer, settle
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve
from qianyun.plan.tables import tables_of
from qianyun.plan.wishes import Deadline, Pin, Subject, VendorLimit


@settings(max_examples=100, deadline=None)
@given(small_problems())
def test_the_search_finds_what_brute_force_finds_and_conflicts_are_minimal(given: Problem) -> None:
    assert trial(given) in Met


@settings(max_examples=60, deadline=None)
@given(small_problems())
def test_a_part_settled_beside_the_rest_is_never_dearer(given: Problem) -> None:
    tables = tables_of(given)
    first = next(iter(first_plans(tables)), None)
    assume(first is not None)
    state = first[1] if first else empty_state(tables)
    before = total(tables, state)
    free = list(range(0, len(given.groups), 2))
    for group in free:
        lift(tables, state, group)

    found = settle(tables, state, free, work=5)

    assert found.answer is Answer.OPTIMAL
    slots = state.slot.copy()
    slots[free] = [found.slots[group] for group in free]
    assert total(tables, state_of(tables, slots)) <= before


def names(given: Problem) -> list[str]:
    return [demand.name for demand in minimal_conflict(given)]


def test_a_pin_into_a_blackout_names_both() -> None:
    pin = Pin(system=key("甲"), on=friday(3), source="plan.yml:7")
    given = problem([system("甲"), system("乙")], replace(FREE, pins=(pin,)), blackouts=[nothing_moves(3)])

    assert names(given) == [
        "blackout 两会保障 from 2027-01-25 to 2027-01-31",
        "数据局/甲 in the week of 2027-01-29",
    ]


def test_three_demands_that_only_together_conflict_are_named_and_no_others() -> None:
    systems = [system(name, room="机房一", maintenance_vendor="厂商") for name in ("甲", "乙")]
    wishes = replace(
        FREE,
        deadlines=(Deadline(subject=Subject.ROOM, name="机房一", by=friday(3)),),
        vendor_limits=(VendorLimit(vendor="厂商", per_week=1),),
        pins=(Pin(system=key("丙"), on=friday(5)),),
    )
    given = problem(
        [*systems, system("丙")], wishes, rooms=[room()], vendors=[vendor("厂商", 5)], blackouts=[nothing_moves(3)]
    )

    assert names(given) == [
        "blackout 两会保障 from 2027-01-25 to 2027-01-31",
        "vendor 厂商 at most 1 systems a week",
        "room 机房一 done by 2027-01-29",
    ]


def test_a_conflict_says_what_giving_up_each_demand_would_cost() -> None:
    pin = Pin(system=key("甲"), on=friday(3), source="plan.yml:7")
    given = problem([system("甲")], replace(FREE, pins=(pin,)), blackouts=[nothing_moves(3)])

    with pytest.raises(InfeasiblePlan) as caught:
        solve(given)

    first, second = (str(fault) for fault in caught.value.faults)
    assert first == (
        "cannot be kept together with the others here: blackout 两会保障 from 2027-01-25 to 2027-01-31; "
        "without it there is a plan for 300 yuan"
    )
    assert second == (
        "plan.yml:7: cannot be kept together with the others here: 数据局/甲 in the week of 2027-01-29; "
        "without it there is a plan for 100 yuan, the cheapest of these"
    )


def test_capacity_that_comes_too_late_for_a_deadline_is_named() -> None:
    deadline = Deadline(subject=Subject.SYSTEM, name="数据局/乙", by=friday(2))
    pools = (pool(4), pool(8, monday(4)))
    wishes = replace(FREE, deadlines=(deadline, replace(deadline, name="数据局/甲")))
    given = problem([system("甲"), system("乙")], wishes, pools=pools)

    assert names(given) == [
        "capacity of zone extranet as it grows",
        "system 数据局/乙 done by 2027-01-22",
        "system 数据局/甲 done by 2027-01-22",
    ]


def test_a_contract_and_the_assessors_after_it_are_named_with_the_cheapest_way_out() -> None:
    wishes = replace(FREE, keeps_contracts=True, reassess_per_week=1, reassess_weeks=2)
    systems = [
        system("甲", ready_on=friday(1), contract_end=friday(1), mlps_level=MlpsLevel.THREE),
        system("乙", contract_end=friday(1), mlps_level=MlpsLevel.THREE),
        system("丙", contract_end=friday(6), mlps_level=MlpsLevel.THREE),
    ]
    given = problem(systems, wishes, dependencies=[needs(key("乙"), key("甲"))])

    with pytest.raises(InfeasiblePlan) as caught:
        solve(given)

    assessors, contract = (str(fault) for fault in caught.value.faults)
    assert assessors == (
        "plan.yml: cannot be kept together with the others here: 1 assessments after moves a week, 2 weeks later; "
        "without it there is a plan for 300 yuan, the cheapest of these"
    )
    assert contract == (
        "system 数据局/乙: cannot be kept together with the others here: maintenance contract of 数据局/乙 ends on "
        "2027-01-15; without it there is a plan for 650 yuan"
    )
