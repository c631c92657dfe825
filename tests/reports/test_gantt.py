"""The wave chart: nothing leaves the frame, no two names touch, shapes say the state."""

from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from reports.gantt import Blackout, GanttView, WaveBar, WaveState, gantt, layout, say_slip
from reports.timeline import Span

SPANS = st.builds(
    lambda start, days: Span(
        first=date(2026, 1, 1) + timedelta(start), last=date(2026, 1, 1) + timedelta(start + days)
    ),
    st.integers(min_value=0, max_value=1200),
    st.integers(min_value=0, max_value=500),
)
WAVES = st.builds(
    WaveBar,
    name=st.sampled_from(["第01批", "Wave 1", "第128批"]),
    note=st.sampled_from(["", "25 个系统", "1,204 systems"]),
    state=st.sampled_from(WaveState),
    planned=SPANS,
    forecast=st.none() | SPANS,
    baseline=st.none() | SPANS,
    rooms=st.lists(st.sampled_from(["甲厅机房", "乙局机房"]), max_size=3).map(tuple),
)
VIEWS = st.builds(
    GanttView,
    waves=st.lists(WAVES, min_size=1, max_size=12).map(tuple),
    blackouts=st.lists(
        st.builds(Blackout, name=st.sampled_from(["春节", "两会", "year end"]), span=SPANS), max_size=12
    ).map(tuple),
    today=st.none() | st.dates(min_value=date(2025, 6, 1), max_value=date(2030, 1, 1)),
)


@given(VIEWS)
def test_everything_stays_inside_the_frame(view: GanttView) -> None:
    plan = layout(view)
    boxes = [box for row in plan.rows for box in (row.bar, row.baseline, row.filled, row.diamond) if box]
    boxes += [band for _blackout, band in plan.bands]
    boxes += [label.box for label in (*plan.labels, *(label for row in plan.rows for label in row.labels))]

    assert all(plan.frame.holds(box) for box in boxes)


@given(VIEWS)
def test_no_two_names_touch(view: GanttView) -> None:
    plan = layout(view)
    labels = [*plan.labels, *(label for row in plan.rows for label in row.labels)]

    assert [(one.text, other.text) for one, other in combinations(labels, 2) if one.box.overlaps(other.box)] == []


@given(VIEWS)
def test_a_slip_and_a_diamond_never_lie_on_their_bar(view: GanttView) -> None:
    for row in layout(view).rows:
        beside = [label.box for label in row.labels if label.class_ == "slip"] + ([row.diamond] if row.diamond else [])

        assert not any(box.overlaps(row.bar) for box in beside)


@given(VIEWS)
def test_a_bar_is_filled_up_to_today_and_no_further(view: GanttView) -> None:
    plan = layout(view)

    for row in plan.rows:
        if row.filled and row.wave.state is WaveState.RUNNING:
            assert view.today
            assert row.filled.right <= plan.timeline.x(view.today) + 0.01
            assert row.bar.holds(row.filled)


@given(VIEWS)
def test_a_later_day_stands_further_right(view: GanttView) -> None:
    rows = sorted(layout(view).rows, key=lambda row: row.wave.shown.first)

    assert all(one.bar.x <= other.bar.x for one, other in pairwise(rows))


def test_every_blackout_of_the_axis_is_drawn_and_named(gantt_view: GanttView) -> None:
    shown = BeautifulSoup(gantt(gantt_view), "html.parser")

    bands = [title.get_text() for title in shown.select("rect.blackout > title")]
    names = [text.get_text() for text in shown.select("text.blackout-name")]
    assert len(bands) == 10
    assert sorted(names) == sorted(band.split()[0] for band in bands)


def test_states_are_told_by_shape(gantt_view: GanttView) -> None:
    shown = BeautifulSoup(gantt(gantt_view), "html.parser")

    assert len(shown.select("rect.bar.done")) == 13
    assert len(shown.select("rect.bar.running")) == 1
    assert len(shown.select("rect.bar.moved")) == 2
    assert len(shown.select("rect.bar.planned")) == 8
    assert len(shown.select("rect.baseline")) == 24


def test_a_slip_is_said_in_words(gantt_view: GanttView) -> None:
    shown = BeautifulSoup(gantt(gantt_view), "html.parser")

    assert [text.get_text() for text in shown.select("text.slip")] == [
        "▲ 2-week slip",
        "▲ 2-week slip expected",
        "▲ 2-week slip expected",
        "▲ 3-day slip expected",
    ]


@pytest.mark.parametrize(
    ("days", "words"), [(-3, ""), (0, ""), (5, "5-day slip"), (7, "1-week slip"), (21, "3-week slip")]
)
def test_lateness_is_counted_in_whole_weeks_or_days(days: int, words: str) -> None:
    assert say_slip(days, WaveState.DONE) == words


def test_hostile_names_stay_text() -> None:
    span = Span(first=date(2026, 1, 1), last=date(2026, 2, 1))
    wave = WaveBar(name="<script>alert(1)</script>", note='"&\x00', planned=span, href='#"><img src=x>')

    shown = BeautifulSoup(gantt(GanttView(waves=(wave,))), "html.parser")

    assert shown.select("script, img") == []
    assert shown.select_one("text.name").get_text() == "<script>alert(1)</script>"  # type: ignore[union-attr] # it is there


def test_a_chart_without_waves_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one wave"):
        layout(GanttView(waves=()))
