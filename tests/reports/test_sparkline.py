"""The line under a figure."""

import re

from hypothesis import given
from hypothesis import strategies as st

from reports.sparkline import HEIGHT, WIDTH, Trend, sparkline

NUMBERS = st.floats(min_value=-1e6, max_value=1e6)


@given(st.lists(NUMBERS, min_size=2, max_size=40), st.none() | NUMBERS)
def test_the_line_stays_inside_its_box(values: list[float], goal: float | None) -> None:
    drawn = sparkline(Trend(values=tuple(values), goal=goal, says="x"))

    points = [tuple(map(float, point.split(","))) for point in re.findall(r'points="([^"]+)"', drawn)[0].split()]
    assert len(points) == len(values)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


@given(st.lists(st.integers(min_value=0, max_value=1000), min_size=2, max_size=20, unique=True))
def test_more_stands_higher(values: list[int]) -> None:
    drawn = sparkline(Trend(values=(*map(float, sorted(values)),), says="x"))

    heights = [float(point.split(",")[1]) for point in re.findall(r'points="([^"]+)"', drawn)[0].split()]
    assert heights == sorted(heights, reverse=True)


def test_one_value_has_no_line() -> None:
    assert sparkline(Trend(values=(1.0,), says="x")) == ""
