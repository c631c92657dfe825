"""Days on an axis."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.timeline import Span, Timeline, whole_quarters

DATES = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 1, 1))


@given(st.lists(DATES, min_size=1, max_size=5))
def test_quarters_hold_all_days_and_begin_and_end_whole(days: list[date]) -> None:
    span = whole_quarters(days)

    assert span.first <= min(days)
    assert max(days) <= span.last
    assert span.first.day == 1
    assert (span.first.month - 1) % 3 == 0
    assert (span.last.month, span.last.day) in {(3, 31), (6, 30), (9, 30), (12, 31)}


@given(st.lists(DATES, min_size=1, max_size=5), st.floats(min_value=100, max_value=1400))
def test_names_of_quarters_never_touch(days: list[date], width: float) -> None:
    line = Timeline(span=whole_quarters(days), left=0, right=width)

    ticks = line.ticks(10)

    assert ticks
    assert not any(one.box.overlaps(other.box) for one, other in pairwise(ticks))


def test_a_span_that_runs_backwards_cannot_be() -> None:
    with pytest.raises(ValueError, match="runs backwards"):
        Span(first=date(2026, 2, 1), last=date(2026, 1, 1))
