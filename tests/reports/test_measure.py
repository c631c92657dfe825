"""Widths of text on paper and in a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from reports.measure import balance, columns, ems, pad, shorten, wrap

TEXT = st.text(alphabet=st.sampled_from("ab mW1.迁云分区、 →"), max_size=40)


@given(TEXT, st.integers(min_value=1, max_value=30))
def test_shortened_text_fits_its_columns(text: str, width: int) -> None:
    assert columns(shorten(text, width)) <= width


@given(TEXT, st.integers(min_value=0, max_value=60), st.booleans())
def test_padded_text_fills_its_columns_and_stays_whole(text: str, width: int, right: bool) -> None:  # noqa: FBT001 - drawn
    padded = pad(text, width, right=right)

    assert columns(padded) == max(width, columns(text))
    assert text in padded


@given(TEXT, st.floats(min_value=1, max_value=20))
def test_wrapping_loses_nothing_but_blanks(text: str, width: float) -> None:
    assert "".join(wrap(text, width)).replace(" ", "") == text.replace(" ", "")


@given(TEXT, st.floats(min_value=1, max_value=20))
def test_only_a_single_word_is_wider_than_a_line(text: str, width: float) -> None:
    assert all(ems(line) <= width or len(line.split()) == 1 for line in wrap(text, width))


@given(TEXT, st.floats(min_value=1, max_value=20))
def test_balanced_lines_are_as_few_as_wrapped_ones(text: str, width: float) -> None:
    assert len(balance(text, width)) == len(wrap(text, width))


def test_no_last_character_is_left_alone() -> None:
    assert balance("数据交换安全区", 6) == ("数据交换", "安全区")
