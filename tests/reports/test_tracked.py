"""A plan under way, as reports tell it."""

from plan_worlds import friday, key, monday, needs, plan_with, problem, system

from qianyun.estate.calendar import Phase
from qianyun.track.forecast import Forecast, forecast
from qianyun.track.going_on import going_on
from qianyun.track.progress import USUAL_DAYS, Progress
from reports.gantt import WaveState
from reports.timeline import Span
from reports.tracked import goals_table, progress_figure, slips_table, tables_of, tracked_plan

PHASE = Phase(name="阶段一", first=monday(0), deadline=friday(4), systems_percent=100)


def under_way(ready_in_week: int = 6) -> Forecast:
    """Three waves of a system each: one is done late, one waits for it, one is as approved."""
    given = problem([system(name) for name in "甲乙丙"], dependencies=[needs(key("丙"), key("乙"))], phases=[PHASE])
    approved = plan_with(given, {"甲": 0, "乙": 2, "丙": 4})
    done = {key("甲"): friday(2)}
    ready = {key("乙"): monday(ready_in_week), key("丙"): monday(3)}
    states = dict.fromkeys([*done, *ready], "trial")
    progress = Progress(
        today=monday(3), done=done, ready=ready, deferred=frozenset(), states=states, days_in=USUAL_DAYS
    )
    return forecast(going_on(given, progress), approved, progress)


def test_a_wave_stands_where_it_was_approved_and_is_expected_where_its_systems_are() -> None:
    waves = tracked_plan(under_way()).waves

    assert [wave.state for wave in waves] == [WaveState.DONE, WaveState.RUNNING, WaveState.PLANNED]
    assert [wave.baseline for wave in waves] == [wave.span for wave in waves]
    assert [wave.forecast for wave in waves] == [Span(first=friday(week), last=friday(week)) for week in (2, 6, 6)]


def test_a_wave_that_goes_as_approved_has_not_moved() -> None:
    [wave] = tracked_plan(under_way(ready_in_week=3)).waves[1:2]

    assert (wave.forecast, wave.why) == (wave.span, "1 of 1 systems late")


def test_every_system_says_what_it_did_or_why_it_is_late() -> None:
    moves = {move.system.name: move for move in tracked_plan(under_way()).moves}

    assert [(moves[name].on, moves[name].wave) for name in "甲乙丙"] == [(friday(2), 1), (friday(6), 2), (friday(6), 3)]
    assert moves["甲"].why == "cut over, 2 weeks late"
    assert moves["乙"].why == f"approved for {friday(2)}; 数据局/乙 is ready on {monday(6)}"


def test_a_goal_that_falls_is_marked_with_what_is_short_and_from_when() -> None:
    found = under_way()

    [row] = goals_table(found).rows
    figure = progress_figure(found)

    days = (str(friday(4)), str(monday(2)))
    assert [str(cell) for cell in row] == ["阶段一", "systems", days[0], "3", "3", "1", "1", "✕ 2 short", days[1]]
    assert (figure.value, figure.of) == ("1", "3")
    assert "✕ 1 phase goals fall" in [str(note) for note in figure.notes]


def test_slips_are_listed_the_worst_first_with_expected_and_actual_apart() -> None:
    rows = slips_table(under_way()).rows

    assert [(row[1], row[3], row[4], row[5]) for row in rows] == [
        ("乙", friday(6), None, 4),
        ("丙", friday(6), None, 2),
        ("甲", None, friday(2), 2),
    ]


def test_where_nothing_is_tracked_nothing_is_told_of_it() -> None:
    assert tables_of(None) == ()
