from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from qianyun.policy.intervals import Box, Intervals, difference, intersection, merged, subtract

SPACE = range(16)

pairs = st.tuples(st.integers(0, 15), st.integers(0, 15)).map(lambda pair: (min(pair), max(pair)))
sets = st.lists(pairs, max_size=4).map(merged)
boxes = st.builds(Box, sets.filter(bool), sets.filter(bool), sets.filter(bool))


def numbers(intervals: Intervals) -> set[int]:
    return {number for first, last in intervals for number in range(first, last + 1)}


@given(sets, sets)
def test_intervals_obey_the_algebra_of_sets(one: Intervals, other: Intervals) -> None:
    assert numbers(intersection(one, other)) == numbers(one) & numbers(other)
    assert numbers(difference(one, other)) == numbers(one) - numbers(other)
    assert numbers(merged((*one, *other))) == numbers(one) | numbers(other)


@given(sets, sets)
def test_results_are_as_short_as_they_can_be(one: Intervals, other: Intervals) -> None:
    for result in (intersection(one, other), difference(one, other)):
        assert result == merged(result)


@given(st.lists(boxes, max_size=2), st.lists(boxes, max_size=3))
def test_subtracting_boxes_leaves_what_none_of_them_holds(ours: list[Box], theirs: list[Box]) -> None:
    left = subtract(ours, theirs)

    for packet in product(range(0, 16, 3), repeat=3):
        ours_hold = any(box.holds(*packet) for box in ours)
        theirs_hold = any(box.holds(*packet) for box in theirs)
        assert any(box.holds(*packet) for box in left) == (ours_hold and not theirs_hold)
