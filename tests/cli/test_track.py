"""`qianyun track`: what people tell, and what they are told."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moves import ESTATE
from typer.testing import CliRunner, Result

from qianyun.cli.app import app
from qianyun.cli.ledger_files import facts_of
from qianyun.errors import ProgressError
from qianyun.store import Store

AT = datetime(2026, 7, 2, 1, 30, tzinfo=UTC)
PROVINCE = str(Path(__file__).parent.parent.parent / "inventory" / "province")


@pytest.fixture
def url(tmp_path: Path) -> str:
    place = f"sqlite:///{tmp_path}/store.db"
    with Store.open(place, create=True) as store:
        facts = facts_of(ESTATE)
        store.upsert(facts, who="值班员", why="报送", source="台账", at=AT)
    return place


def run(url: str, *words: str, code: int = 0) -> Result:
    command = ["track", *words, "--estate", PROVINCE, "--store", url]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def told(url: str, verb: str, *words: str, who: str = "实施方", on: str = "2026-09-04") -> Result:
    return run(url, verb, *words, "--who", who, "--on", on)


def test_everything_begins_where_nothing_was_told(url: str) -> None:
    rows = json.loads(run(url, "show", "--format", "json").stdout)

    assert [(row["key"], row["state"], row["since"]) for row in rows] == [
        ("甲厅/台账", "not_started", None),
        ("甲厅/门户", "not_started", None),
    ]


def test_a_step_is_taken_with_its_paper_and_is_on_the_record(url: str, tmp_path: Path) -> None:
    paper = tmp_path / "调研表.pdf"
    paper.write_bytes(b"%PDF")
    told(url, "set", "甲厅/门户", "survey")
    told(url, "evidence", "甲厅/门户", "survey_form", str(paper))
    told(url, "set", "甲厅/门户", "assessment")

    rows = json.loads(run(url, "show", "甲厅/门户", "--format", "json").stdout)

    assert [(row["turn"], row["on"], row["who"], row["deed"]) for row in rows] == [
        (1, "2026-09-04", "实施方", "advance"),
        (2, "2026-09-04", "实施方", "evidence"),
        (3, "2026-09-04", "实施方", "advance"),
    ]


def test_one_thing_is_shown_with_what_its_next_state_lacks(url: str) -> None:
    told(url, "set", "甲厅机房", "counting")

    said = run(url, "show", "甲厅机房").stderr

    assert "→ emptying (emptying)\n    ✕ lacks the evidence inventory; bring it: qianyun track evidence" in said


def test_a_step_that_is_refused_leaves_the_log_as_it_was(url: str) -> None:
    told(url, "set", "甲厅/门户", "survey")
    with pytest.raises(ProgressError, match="lacks the evidence"):
        told(url, "set", "甲厅/门户", "assessment")

    assert len(json.loads(run(url, "show", "甲厅/门户", "--format", "json").stdout)) == 1


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("门户", "门户: nothing that is tracked has this key; did you mean '甲厅/门户'"),
        ("无", "无: nothing that is tracked has this key; qianyun estate show lists what there is"),
    ],
)
def test_a_key_that_nothing_has_is_refused(url: str, key: str, what: str) -> None:
    with pytest.raises(ProgressError, match=what):
        told(url, "set", key, "survey")


def test_a_paper_that_is_empty_or_absent_is_no_evidence(url: str, tmp_path: Path) -> None:
    empty = tmp_path / "空.pdf"
    empty.touch()

    for path, what in ((empty, "is empty and shows nothing"), (tmp_path / "无.pdf", "cannot be read: No such file")):
        with pytest.raises(ProgressError, match=what):
            told(url, "evidence", "甲厅/门户", "survey_form", str(path))
