"""Cells, figures and the head line, as a person reads them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from reports.content import UNKNOWN, Cell, Column, Head, Mark, Table, say, short_digest
from reports.tones import Tone


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "–"),
        ("", "–"),
        (UNKNOWN, "unknown"),
        (0, "0"),
        (1064, "1,064"),
        (Decimal("38.60"), "38.6"),
        (Decimal("1200.00"), "1,200"),
        (2.0, "2"),
        (True, "yes"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), "2026-11-23 08:00"),
        (Mark(tone=Tone.BAD, text="严重"), "✕ 严重"),
    ],
)
def test_a_cell_is_said_in_one_way(cell: Cell, text: str) -> None:
    assert say(cell) == text


def test_the_head_line_is_honest_about_what_is_not_there(head: Head) -> None:
    bare = replace(head, plan_digest=None, audit_head=None)

    assert dict(bare.facts())["plan"] == "–"
    assert dict(bare.facts())["audit chain"] == "–"


def test_the_head_line_carries_digests_state_and_gap(head: Head) -> None:
    assert head.line() == (
        "data as of 2026-11-23 08:00   policy sha256:9f2c…e1a7   plan sha256:17aa…0b21 可行 gap 8.2 %   "
        "audit chain –   classification 内部"
    )


def test_short_digests_stay_whole() -> None:
    assert short_digest("sha256:abc") == "sha256:abc"


def test_a_table_with_a_ragged_row_cannot_be() -> None:
    with pytest.raises(ValueError, match="waves: a row has 2 cells for 1 columns"):
        Table(name="waves", title="批次", columns=(Column(title="批次"),), rows=(("a", "b"),))


def test_a_table_with_too_few_anchors_cannot_be() -> None:
    with pytest.raises(ValueError, match="1 anchors for 2 rows"):
        Table(name="waves", title="批次", columns=(Column(title="批次"),), rows=(("a",), ("b",)), anchors=("a",))
