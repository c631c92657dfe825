from hypothesis import given
from hypothesis import strategies as st

from inventory.generator.draw import Draw, apportioned

weights = st.lists(st.floats(0.01, 100), min_size=1, max_size=30)


@given(weights, st.integers(0, 3), st.integers(0, 500))
def test_a_total_is_shared_out_to_the_last_one_and_nobody_goes_without(
    shares: list[float], least: int, spare: int
) -> None:
    total = least * len(shares) + spare

    counts = apportioned(total, shares, least)

    assert sum(counts) == total
    assert min(counts) >= least


@given(st.integers(), st.text())
def test_the_same_seed_and_topic_draw_the_same(seed: int, topic: str) -> None:
    one, other = Draw(seed, topic), Draw(seed, topic)

    assert [one.between(0, 10**9) for _n in range(5)] == [other.between(0, 10**9) for _n in range(5)]


def test_topics_of_one_seed_draw_apart() -> None:
    rooms, lines = Draw(1, "rooms"), Draw(1, "lines")

    assert [rooms.between(0, 10**9) for _n in range(5)] != [lines.between(0, 10**9) for _n in range(5)]


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 20), max_size=5), st.integers())
def test_what_is_dealt_comes_as_often_as_stated(counts: dict[str, int], seed: int) -> None:
    dealt = Draw(seed, "deal").dealt(counts)

    assert {choice: dealt.count(choice) for choice in counts} == counts
