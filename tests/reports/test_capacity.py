"""The capacity chart: curves, the safety line, what bends them."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from reports.capacity import CapacityView, Curve, Expansion, capacity, first_breach, layout
from reports.timeline import Span

DAYS = st.integers(min_value=0, max_value=900).map(lambda days: date(2026, 1, 1) + timedelta(days))
CURVES = st.builds(
    Curve,
    zone=st.sampled_from(["internet", "exchange", "extranet"]),
    label=st.sampled_from(["互联网区 vCPU", "government extranet"]),
    points=st.lists(st.tuples(DAYS, st.floats(min_value=0, max_value=140)), min_size=1, max_size=20).map(
        lambda points: tuple(sorted(points))
    ),
)
VIEWS = st.builds(
    CapacityView,
    curves=st.lists(CURVES, min_size=1, max_size=5).map(tuple),
    expansions=st.lists(st.builds(Expansion, day=DAYS, text=st.just("+480 vCPU")), max_size=3).map(tuple),
    span=st.none() | st.just(Span(first=date(2026, 7, 1), last=date(2027, 6, 30))),
)


@given(VIEWS)
def test_curves_and_names_stay_inside_the_frame(view: CapacityView) -> None:
    plan = layout(view)

    assert all(plan.axes.plot.x - 0.05 <= x <= plan.axes.plot.right + 0.05 for _c, line in plan.lines for x, _y in line)
    assert all(
        plan.axes.plot.y - 0.05 <= y <= plan.axes.plot.bottom + 0.05 for _c, line in plan.lines for _x, y in line
    )
    assert all(plan.frame.holds(label.box) for label in (*plan.ticks, *plan.names))


@given(VIEWS)
def test_every_curve_that_reaches_the_axis_is_named(view: CapacityView) -> None:
    plan = layout(view)
    names = [label.text for label in plan.names]

    assert all(names.count(curve.label) >= 1 for curve, _line in plan.lines)


@given(CURVES, st.integers(min_value=1, max_value=100))
def test_the_first_breach_is_the_first_and_a_breach(curve: Curve, safety: int) -> None:
    breach = first_breach(curve, safety)

    above = [point for point in curve.points if point[1] > safety]
    assert breach == (above[0] if above else None)


def test_names_of_the_sample_touch_neither_each_other_nor_the_axis(capacity_view: CapacityView) -> None:
    plan = layout(capacity_view)
    labels = [*plan.ticks, *plan.names]

    touching = [(a.text, b.text) for i, a in enumerate(labels) for b in labels[i + 1 :] if a.box.overlaps(b.box)]
    assert touching == []


def test_the_safety_line_says_its_value_and_the_breach_its_month(capacity_view: CapacityView) -> None:
    shown = BeautifulSoup(capacity(capacity_view), "html.parser")

    assert [text.get_text() for text in shown.select("text.safety-name")] == ["safety line 90%"]
    assert [text.get_text() for text in shown.select("text.breach-name")] == ["✕ 政务外网区 vCPU 2027-10"]
    assert [text.get_text() for text in shown.select("text.event-name")] == ["扩容 +480 vCPU 2026-12"]


def test_a_chart_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        layout(CapacityView(curves=()))
