"""What has happened stays, what is to come keeps every demand, and goals fall where they fall."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_worlds import friday, key, monday, needs, plan_with, problem, small_problems, system, vendor

from qianyun.errors import InfeasiblePlan
from qianyun.estate.calendar import Phase, week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.check import check_days
from qianyun.plan.explain import Obstacle
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve
from qianyun.track.baseline import plan_of_days
from qianyun.track.forecast import Forecast, forecast
from qianyun.track.going_on import going_on
from qianyun.track.levers import LeverKind, levers
from qianyun.track.progress import USUAL_DAYS, Progress


def seen(
    today: date,
    done: dict[SystemKey, date] | None = None,
    ready: dict[SystemKey, date] | None = None,
    deferred: frozenset[SystemKey] = frozenset(),
) -> Progress:
    states = dict.fromkeys([*(done or {}), *(ready or {}), *deferred], "trial")
    return Progress(
        today=today, done=done or {}, ready=ready or {}, deferred=deferred, states=states, days_in=USUAL_DAYS
    )


def carried_on(given: Problem, approved: Plan, progress: Progress) -> Forecast:
    return forecast(going_on(given, progress), approved, progress)


def planned(given: Problem) -> Plan:
    """A plan, where there is one."""
    try:
        return solve(given, work=0)
    except InfeasiblePlan:
        assume(False)  # noqa: FBT003 - hypothesis's own word
        raise


@st.composite
def histories(draw: st.DrawFn) -> tuple[Problem, Plan, Progress]:
    """A plan under way: some of what was due went as approved, the rest is ready at some time."""
    given = draw(small_problems(weeks=8))
    approved = planned(given)
    week = draw(st.integers(1, 6))
    due = [each for each, day in approved.days.items() if day < monday(week)]
    done = {each: approved.days[each] for each in due if draw(st.booleans())}
    left = [each for each in approved.days if each not in done]
    ready = {each: monday(week) + timedelta(days=draw(st.integers(0, 14))) for each in left}
    return given, approved, seen(monday(week), done, ready)


def test_where_nothing_was_told_the_problem_is_the_same() -> None:
    given = problem([system("甲")])

    assert going_on(given, seen(monday(3))) is given


@settings(max_examples=40, deadline=None)
@given(histories())
def test_what_is_expected_keeps_every_demand_on_what_is_to_come(history: tuple[Problem, Plan, Progress]) -> None:
    given, approved, progress = history
    after = going_on(given, progress)

    found = forecast(after, approved, progress)

    assert list(check_days(after, found.days)) == []


@settings(max_examples=40, deadline=None)
@given(histories())
def test_nothing_is_expected_before_today_and_nothing_that_happened_moves(
    history: tuple[Problem, Plan, Progress],
) -> None:
    given, approved, progress = history

    found = carried_on(given, approved, progress)

    assert {each.system: each.forecast for each in found.outlooks if each.is_done} == dict(progress.done)
    assert all(each.forecast >= progress.today for each in found.outlooks if each.forecast and not each.is_done)


@settings(max_examples=25, deadline=None)
@given(histories())
def test_a_plan_made_after_it_begins_today_and_takes_the_past_as_it_was(
    history: tuple[Problem, Plan, Progress],
) -> None:
    given, _approved, progress = history

    again = planned(going_on(given, progress))

    assert {each: week_of(again.days[each]) for each in progress.done} == {
        each: week_of(day) for each, day in progress.done.items()
    }
    assert all(day >= progress.today for each, day in again.days.items() if each not in progress.done)


@settings(max_examples=25, deadline=None)
@given(small_problems())
def test_a_plan_that_is_carried_out_to_the_letter_is_its_own_forecast(given: Problem) -> None:
    approved = planned(given)

    for week in (0, 2, 4):
        done = {each: day for each, day in approved.days.items() if day < monday(week)}
        ready = {each: monday(week) for each in approved.days if each not in done}
        assert carried_on(given, approved, seen(monday(week), done, ready)).days == approved.days


def test_a_slip_travels_to_what_waits_for_it() -> None:
    given = problem([system("甲"), system("乙")], dependencies=[needs(key("乙"), key("甲"))])
    approved = plan_with(given, {"甲": 2, "乙": 3})

    found = carried_on(given, approved, seen(monday(2), ready={key("甲"): friday(5), key("乙"): monday(2)}))

    assert found.days == {key("甲"): friday(5), key("乙"): friday(5)}
    assert [(each.system.name, each.slip_weeks, each.kind) for each in found.slipped] == [
        ("甲", 3, Obstacle.READINESS),
        ("乙", 2, Obstacle.PRECEDENCE),
    ]


def test_a_slip_travels_over_the_hands_of_a_vendor() -> None:
    given = problem([system(name, maintenance_vendor="甲") for name in ("一", "二")], vendors=[vendor("甲", 1)])
    approved = plan_with(given, {"一": 2, "二": 5})

    found = carried_on(given, approved, seen(monday(2), ready={key("一"): friday(5), key("二"): monday(2)}))

    assert sorted(found.days.values()) == [friday(5), friday(7)]  # two weeks of work each


def test_what_is_deferred_is_planned_no_more_and_nobody_waits_for_it() -> None:
    given = problem([system("甲"), system("乙")], dependencies=[needs(key("乙"), key("甲"))])

    after = going_on(given, seen(monday(2), ready={key("乙"): monday(2)}, deferred=frozenset({key("甲")})))

    assert (set(after.move_of), [each.why for each in after.unplanned]) == ({key("乙")}, ["is deferred"])
    assert planned(after).days[key("乙")] >= monday(2)


def test_a_cut_over_outside_every_window_is_kept_as_it_happened() -> None:
    given = problem([system("甲"), system("乙")])
    wednesday = monday(1) + timedelta(days=2)

    found = carried_on(given, plan_with(given, {}), seen(monday(3), {key("甲"): wednesday}, {key("乙"): monday(3)}))

    assert found.days[key("甲")] == wednesday


def test_a_group_that_was_torn_in_fact_does_not_stop_the_rest() -> None:
    given = problem([system("甲"), system("乙")], dependencies=[needs(key("甲"), key("乙"), close=True)])
    assert len(given.groups) == 1

    again = planned(going_on(given, seen(monday(3), {key("甲"): friday(1)}, {key("乙"): monday(3)})))

    assert (week_of(again.days[key("甲")]), again.days[key("乙")]) == (monday(1), friday(3))


def test_a_week_that_was_fuller_than_allowed_is_no_reason_against_the_rest() -> None:
    hired = [system(name, maintenance_vendor="甲") for name in ("一", "二", "三")]
    given = problem(hired, vendors=[vendor("甲", 1)])
    done = {key("一"): friday(1), key("二"): friday(1)}

    again = planned(going_on(given, seen(monday(2), done, {key("三"): monday(2)})))

    assert again.days[key("三")] == friday(2)


PHASE = Phase(name="阶段一", first=monday(0), deadline=friday(4), systems_percent=100)
NAMES = ("一", "二", "三", "四")


def falling() -> Forecast:
    """Four systems approved in a week each, the last two not ready before the phase ends."""
    given = problem([system(name) for name in NAMES], phases=[PHASE])
    approved = plan_with(given, dict(zip(NAMES, (1, 2, 3, 4), strict=True)))
    done = {key("一"): friday(1), key("二"): friday(2)}
    return carried_on(given, approved, seen(monday(3), done, {key("三"): friday(5), key("四"): friday(6)}))


def test_a_goal_that_falls_is_told_with_its_first_lost_week() -> None:
    [goal] = falling().goals

    assert (goal.need, goal.approved, goal.forecast, goal.done, goal.short) == (4, 4, 2, 2, 2)
    assert goal.falls_from == monday(3)


def test_haste_that_holds_a_goal_is_offered_with_its_days() -> None:
    found = falling()

    [lever] = levers(found, found.goals[0])

    assert (lever.kind, lever.regained, lever.holds) == (LeverKind.HASTEN, 2, True)
    assert lever.name.startswith("prepare 2 systems 14 days faster at most")


def test_a_demand_that_holds_a_goal_up_is_named_with_its_place() -> None:
    phase = Phase(name="阶段一", first=monday(0), deadline=friday(5), systems_percent=100)
    hired = [system(name, maintenance_vendor="甲") for name in NAMES[:3]]
    given = problem(hired, vendors=[vendor("甲", 1)], phases=[phase])
    approved = plan_with(given, {"一": 1, "二": 3, "三": 5})
    ready = dict.fromkeys(map(key, NAMES[1:3]), monday(4))
    found = carried_on(given, approved, seen(monday(4), {key("一"): friday(1)}, ready))
    assert found.goals[0].short == 1

    names = [(lever.kind, lever.place, lever.holds) for lever in levers(found, found.goals[0])]

    assert names == [(LeverKind.RELAX, "vendor 甲", True)]


def test_a_goal_that_holds_needs_no_lever() -> None:
    given = problem([system("一")], phases=[PHASE])
    found = carried_on(given, plan_with(given, {"一": 3}), seen(monday(2), ready={key("一"): monday(2)}))

    assert (found.goals[0].short, levers(found, found.goals[0])) == (0, ())


def test_days_of_a_ledger_make_a_plan_as_they_are() -> None:
    given = problem([system("甲"), system("乙")])

    found = plan_of_days(given, {key("甲"): friday(2), key("乙"): monday(4), key("丙"): friday(2)})

    assert (found.days, found.wave_of) == (
        {key("甲"): friday(2), key("乙"): monday(4)},
        {key("甲"): 1, key("乙"): 2},
    )


@pytest.mark.parametrize("weeks", [4, 8])
def test_what_finds_no_week_any_more_is_said_to_find_none(weeks: int) -> None:
    given = problem([system("甲")], weeks=weeks)

    found = carried_on(given, plan_with(given, {"甲": 2}), seen(monday(2), ready={key("甲"): monday(20)}))

    assert [(each.forecast, each.why) for each in found.slipped] == [(None, "finds no week before the programme ends")]
