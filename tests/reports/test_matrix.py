"""The zone matrix: sign and count, and only trouble is filled."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from reports.matrix import MatrixCell, MatrixView, MatrixZone, layout, matrix
from reports.tones import Tone

NAMES = st.lists(
    st.sampled_from(["外部", "互联网区", "数据交换安全区", "extranet", "government department networks"]),
    min_size=1,
    max_size=5,
    unique=True,
)


@given(NAMES)
def test_cells_tile_the_matrix_and_names_stay_out_of_them(names: list[str]) -> None:
    view = MatrixView(zones=tuple(MatrixZone(zone=name, label=name) for name in names), cells=())

    plan = layout(view)

    assert len(plan.cells) == len(names) ** 2
    area = sum(box.width * box.height for _cell, box, _text in plan.cells)
    first = plan.cells[0][1]
    assert area == pytest.approx((plan.frame.width - first.x) * (plan.frame.height - first.y))
    assert all(plan.frame.holds(box) and box.holds(text.box) for _cell, box, text in plan.cells)


@pytest.mark.parametrize(
    ("cell", "text", "tone"),
    [
        (MatrixCell(origin="a", target="b"), "–", None),
        (MatrixCell(origin="a", target="b", declared=6, kept=6), "✔ 6", Tone.DONE),
        (MatrixCell(origin="a", target="b", declared=6), "○ 6", Tone.REST),
        (MatrixCell(origin="a", target="b", declared=6, kept=4), "▲ 2", Tone.WARN),
        (MatrixCell(origin="a", target="b", declared=6, kept=6, warnings=1), "▲ 1", Tone.WARN),
        (MatrixCell(origin="a", target="b", declared=6, kept=5, violations=3, warnings=1), "✕ 3", Tone.BAD),
    ],
)
def test_a_cell_shows_the_worst_it_holds(cell: MatrixCell, text: str, tone: Tone | None) -> None:
    assert (cell.text, cell.tone) == (text, tone)


def test_only_trouble_is_filled(matrix_view: MatrixView) -> None:
    shown = BeautifulSoup(matrix(matrix_view), "html.parser")

    assert [rect["class"] for rect in shown.select("rect.cell")] == [["cell", "bad"], ["cell", "warn"]]


def test_each_zone_has_its_chip_at_its_row_and_its_column(matrix_view: MatrixView) -> None:
    shown = BeautifulSoup(matrix(matrix_view), "html.parser")

    assert len(shown.select("rect.chip.zone-extranet")) == 2
    assert len(shown.select("rect.chip.zone-other")) == 4
