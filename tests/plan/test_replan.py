"""Planning again, editing by hand, comparing, and what the peers would have done."""

from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from plan_samples import sample, slipped
from plan_worlds import FREE, friday, key, monday, plan_with, problem, room, small_problems, system

from qianyun.errors import InfeasiblePlan
from qianyun.estate.facts import SystemKey
from qianyun.plan.check import check
from qianyun.plan.compare import compare
from qianyun.plan.explain import Obstacle, explain
from qianyun.plan.making import edited
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.rank import Rule, rank_and_fill
from qianyun.plan.replan import Replanned, problem_under, replan
from qianyun.plan.solve import solve

NOW = date(2026, 12, 1)
WORK = 30


@cache
def before_the_slip() -> Plan:
    return solve(sample("province"), work=WORK)


@cache
def after_the_slip() -> tuple[frozenset[SystemKey], Replanned]:
    late, slid = slipped(before_the_slip(), NOW)
    return late, replan(slid, before_the_slip(), frozen_until=NOW)


def test_few_of_the_untouched_systems_change_their_wave_after_a_slip() -> None:
    late, found = after_the_slip()
    old = before_the_slip()
    untouched = [key for key in old.days if key not in late]

    changed = [key for key in untouched if found.plan.wave_of[key] != old.wave_of[key]]

    assert len(changed) <= len(untouched) * 0.10


def test_replanning_costs_hardly_more_than_planning_anew() -> None:
    _late, found = after_the_slip()
    anew = solve(replace(found.problem, in_force=()), work=WORK)

    assert found.price <= anew.cost.total * 1.01


def test_what_is_frozen_stays_after_a_slip() -> None:
    old, found = before_the_slip(), after_the_slip()[1]
    frozen = {key: day for key, day in old.days.items() if day <= NOW}

    assert len(frozen) > 100
    assert {key: found.plan.days[key] for key in frozen} == frozen


def test_every_change_is_listed_with_its_reason() -> None:
    old, found = before_the_slip(), after_the_slip()[1]
    changed = {key for key, day in found.plan.days.items() if old.days[key] != day}

    assert {change.system for change in found.changes} == changed
    assert all(change.why for change in found.changes)


def test_a_slipped_system_is_the_reason_of_its_own_change() -> None:
    late, found = after_the_slip()

    own = [change for change in found.changes if change.system in late]

    assert {change.kind for change in own} == {Obstacle.READINESS}


def test_what_the_new_facts_break_in_the_old_plan_is_told() -> None:
    given = problem([system("甲"), system("乙")])
    later = problem([system("甲", ready_on=friday(4)), system("乙")])

    found = replan(later, solve(given), frozen_until=monday(0))

    assert [str(fault) for fault in found.broken] == [
        "system 数据局/甲: moves on 2027-01-15, but is ready on 2027-02-05"
    ]
    assert [(change.system.name, change.after) for change in found.changes] == [("甲", friday(4))]


def test_new_facts_that_change_nothing_change_no_day() -> None:
    given = problem([system("甲"), system("乙")])
    old = solve(given)

    assert replan(given, old, frozen_until=monday(0)).changes == ()


def test_a_new_system_is_planned_and_one_that_is_gone_is_named() -> None:
    old = solve(problem([system("甲"), system("乙")]))

    found = replan(problem([system("乙"), system("丙")]), old, frozen_until=monday(0))

    assert [(change.system.name, change.before) for change in found.changes] == [("丙", None)]
    assert found.gone == (key("甲"),)


def test_a_frozen_week_that_cannot_be_kept_is_named() -> None:
    old = solve(problem([system("甲")]))

    with pytest.raises(InfeasiblePlan) as caught:
        replan(problem([system("甲", ready_on=friday(4))]), old, frozen_until=monday(8))

    assert "cannot be kept: 数据局/甲 in the week of 2027-01-15" in str(caught.value)


def test_a_replanned_plan_is_checked_under_what_it_followed() -> None:
    given = problem([system("甲"), system("乙")])
    found = replan(given, solve(given), frozen_until=friday(1))

    again = Plan.from_text(found.plan.to_text())

    assert check(problem_under(given, again), again) == ()


@settings(max_examples=30, deadline=None)
@given(small_problems(), small_problems())
def test_a_replanned_plan_passes_the_checker_whatever_happened(given: Problem, then: Problem) -> None:
    try:
        found = replan(then, solve(given, work=1), frozen_until=monday(1), work=1)
    except InfeasiblePlan:
        return
    assert check(found.problem, found.plan) == ()


# By hand


def test_an_edit_moves_what_moves_together_and_is_checked_at_once() -> None:
    given = problem([system("甲"), system("乙", ready_on=friday(3))])
    pinned, plan = edited(given, solve(given), {key("乙"): friday(2)}, "部门要求")

    assert plan.status is Status.EDITED
    assert plan.days[key("乙")] == friday(2)
    assert [str(fault) for fault in check(pinned, plan)] == [
        "system 数据局/乙: moves on 2027-01-22, but is ready on 2027-01-29"
    ]


def test_what_a_person_set_holds_when_planning_again() -> None:
    given = problem([system("甲"), system("乙")])
    _pinned, plan = edited(given, solve(given), {key("乙"): friday(5)}, "部门要求")

    found = replan(given, plan, frozen_until=monday(0))

    assert found.plan.days[key("乙")] == friday(5)
    assert [(pin.system.name, pin.reason) for pin in found.plan.pins] == [("乙", "部门要求")]


def test_the_risks_and_costs_of_an_edit_are_counted_anew() -> None:
    given = problem([system("甲", room="机房一")], rooms=[room()])
    before = solve(given)

    _pinned, after = edited(given, before, {key("甲"): friday(6)}, "部门要求")

    assert (before.cost.rooms, after.cost.rooms) == (1200, 7200)


# Why


def test_the_reasons_stand_from_the_week_before_back_to_the_first() -> None:
    given = problem([system("甲", ready_on=friday(2)), system("乙")], replace(FREE, team_points=1))
    plan = plan_with(given, {"乙": 3, "甲": 4})

    reasons = explain(given, plan, key("甲")).reasons

    assert [(each.kind, each.first, each.last) for each in reasons] == [
        (Obstacle.TEAM, monday(3), monday(3)),
        (Obstacle.COST, monday(2), monday(2)),
        (Obstacle.READINESS, monday(0), monday(1)),
    ]


# Beside each other, and beside the peers


def test_a_comparison_lists_what_differs_and_nothing_else() -> None:
    given = problem([system("甲", room="机房一"), system("乙")], rooms=[room()])
    early, late = plan_with(given, {"甲": 1}), plan_with(given, {"甲": 3})

    found = compare((given, early), (given, late))

    assert [(each.name, each.days) for each in found.systems] == [("数据局/甲", 14)]
    assert [(each.name, each.days) for each in found.rooms] == [("机房一", 14)]
    assert found.terms["rooms"] == (1200, 3600)


@pytest.mark.parametrize("rule", Rule)
def test_the_peers_plan_keeps_every_demand_too(rule: Rule) -> None:
    given = sample("province")
    plan = rank_and_fill(given, rule)

    assert plan is not None
    assert check(given, plan) == ()


@pytest.mark.parametrize("rule", Rule)
def test_at_least_a_fifth_of_what_can_be_saved_is_saved_over_ranking(rule: Rule) -> None:
    ours, theirs = before_the_slip(), rank_and_fill(sample("province"), rule)

    assert theirs is not None
    assert ours.cost.total - ours.floor <= 0.8 * (theirs.cost.total - ours.floor)
