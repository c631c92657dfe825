"""CSV that a spreadsheet opens as it is and never runs."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.content import UNKNOWN, Column, Table
from reports.delimited import FORMULA_STARTS, csv_text


def table(*cells: str | int | Decimal | None) -> Table:
    return Table(name="t", title="t", columns=tuple(Column(title=f"c{i}") for i in range(len(cells))), rows=(cells,))


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1, max_size=5
    )
)
def test_no_text_reaches_a_spreadsheet_as_a_formula(cells: list[str]) -> None:
    row = read(csv_text(table(*cells)))[1]

    assert not any(cell.startswith(FORMULA_STARTS) for cell in row)
    assert [cell.removeprefix("'") if cell != given else cell for cell, given in zip(row, cells, strict=True)] == cells


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1"])
def test_what_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert read(csv_text(table(text)))[1] == [f"'{text}"]


def test_numbers_stay_numbers_and_empty_stays_empty() -> None:
    assert read(csv_text(table(-5, Decimal("-1.50"), None, "")))[1] == ["-5", "-1.50", "", ""]


def test_unknown_is_not_empty() -> None:
    unknown = Table(name="t", title="t", columns=(Column(title="c"),), rows=((UNKNOWN,),))

    assert read(csv_text(unknown))[1] == ["unknown"]


def test_the_file_begins_with_its_mark_and_ends_lines_as_windows_does() -> None:
    assert csv_text(table("甲")) == "\ufeffc0\r\n甲\r\n"
