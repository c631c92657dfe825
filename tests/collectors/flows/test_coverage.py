"""How many relations are unseen: on worlds whose truth is known, within the error that is stated."""

from collections.abc import Callable
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.flows.coverage import Coverage, coverage

RELATIONS, WORLDS = 200, 60


def thrown() -> Random:
    return Random(7)  # noqa: S311 - dice, not keys


def world(dice: Random, chance: Callable[[Random], float], occasions: int) -> tuple[Coverage, float]:
    """An estimate, and the true share of what happens that was seen."""
    chances = [chance(dice) for _ in range(RELATIONS)]
    counts = [sum(dice.random() < each for _ in range(occasions)) for each in chances]
    true = sum(each for each, count in zip(chances, counts, strict=True) if count) / sum(chances)
    return coverage(counts, occasions), true


@pytest.mark.parametrize(("chance", "occasions"), [(0.05, 20), (0.05, 50), (0.1, 20), (0.1, 50)])
def test_where_all_are_alike_the_interval_holds_the_truth_in_nine_worlds_of_ten(chance: float, occasions: int) -> None:
    dice = thrown()

    found = [world(dice, lambda _dice: chance, occasions)[0] for _ in range(WORLDS)]

    assert sum(each.low <= RELATIONS <= each.high for each in found) >= 0.9 * WORLDS
    assert abs(fmean(each.total for each in found) - RELATIONS) <= 0.06 * RELATIONS


def unlike(dice: Random) -> float:
    """Some in every occasion, most rarely, as between systems."""
    return dice.betavariate(0.5, 5)


@pytest.mark.parametrize("occasions", [50, 100])
def test_where_some_are_much_rarer_the_total_is_a_bound_from_below(occasions: int) -> None:
    dice = thrown()

    found = [world(dice, unlike, occasions)[0] for _ in range(WORLDS)]

    assert fmean(each.seen for each in found) < fmean(each.total for each in found) < RELATIONS
    assert sum(each.total <= RELATIONS for each in found) >= 0.9 * WORLDS


@pytest.mark.parametrize("occasions", [50, 100])
def test_the_known_share_of_what_happens_is_right_within_two_points(occasions: int) -> None:
    dice = thrown()

    found = [world(dice, unlike, occasions) for _ in range(WORLDS)]

    assert fmean(abs(each.share - true) for each, true in found) <= 0.02
    assert max(abs(each.share - true) for each, true in found) <= 0.06


def test_looking_on_for_as_long_as_was_said_shows_what_was_said() -> None:
    dice = thrown()
    chances = [0.05] * RELATIONS
    counts = [sum(dice.random() < each for _ in range(30)) for each in chances]
    said = coverage(counts, 30)
    assert said.further is not None

    later = [count + sum(dice.random() < 0.05 for _ in range(said.further)) for count in counts]

    assert sum(each > 0 for each in later) / RELATIONS >= 0.97


def test_when_everything_was_seen_often_one_may_stop() -> None:
    found = coverage([5, 9, 20], 20)

    assert (found.is_enough, found.total, found.low, found.high, found.share) == (True, 3, 3, 3, 1.0)


def test_one_occasion_tells_nothing_of_the_next() -> None:
    found = coverage([1, 1, 1], 1)

    assert (found.seen, found.further, found.is_enough) == (3, None, False)


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(30, 60))
def test_an_estimate_never_falls_below_what_was_seen(counts: list[int], occasions: int) -> None:
    found = coverage(counts, occasions)

    assert found.seen <= found.low <= found.high
    assert found.seen <= found.total
    assert 0 <= found.share <= 1
    assert found.further is None or found.further >= 0
