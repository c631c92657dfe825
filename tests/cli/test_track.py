"""`qianyun track`: what people tell, and what they are told."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from moves import ESTATE
from sheet_files import workbook
from typer.testing import CliRunner, Result

from inventory.generator.estate import province
from inventory.generator.ledgers import province_ledgers
from qianyun.cli.app import app
from qianyun.cli.ledger_files import facts_of
from qianyun.errors import ProgressError
from qianyun.estate.facts import Department
from qianyun.estate.kinds import Level
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


# ── The sample province, as of 2026-11-20 ───────────────────────────────────

DAY = "2026-11-20"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The province with its ledger of progress taken in and its planned days approved."""
    place = f"sqlite:///{tmp_path_factory.mktemp('sample')}/store.db"
    with Store.open(place, create=True) as store:
        store.upsert(facts_of(province_ledgers(province()).facts), who="值班员", why="报送", source="台账", at=AT)
    done = run(place, "import", f"{PROVINCE}/progress", "--who", "规划员", "--approved-by", "主管")
    assert "1707 entries added, 0 faults" in done.stderr
    return place


def test_the_same_ledger_of_progress_again_adds_nothing(sample: str) -> None:
    assert "0 entries added, 0 faults" in run(sample, "import", f"{PROVINCE}/progress").stderr


def test_approved_expected_and_actual_stand_side_by_side(sample: str) -> None:
    rows = json.loads(run(sample, "report", "--on", DAY, "--format", "json").stdout)

    done = [row for row in rows if row["actual"]]
    assert (len(rows), len(done)) == (759, 161)
    assert all(row["forecast"] is None and row["actual"] <= DAY for row in done)
    assert all(row["forecast"] >= DAY for row in rows if not row["actual"])
    assert all(row["why"] for row in rows if not row["actual"] and (row["slip_weeks"] or 0) > 0)


def test_goals_that_hold_and_goals_that_fall_are_told_and_no_lever_where_the_plan_itself_falls_short(
    sample: str,
) -> None:
    told_ = run(sample, "forecast", "--on", DAY, "--format", "json", code=1)

    assert json.loads(told_.stdout) == []
    assert "✔ 第一阶段 摸底与试点: 103 systems by 2026-12-31, 98 are needed" in told_.stderr
    assert (
        "✕ 第四阶段 收尾与评估: 2136 of 2339 lines by 2028-06-30, 203 short; not even the approved plan reaches it"
        in told_.stderr
    )


def test_a_plan_made_now_takes_the_past_as_it_was(sample: str) -> None:
    command = ["plan", "make", PROVINCE, "--store", sample, "--on", DAY, "--work", "0", "--format", "json"]
    rows = json.loads(CliRunner().invoke(app, command, catch_exceptions=False).stdout)
    reported = json.loads(run(sample, "report", "--on", DAY, "--format", "json").stdout)

    past = {f"{row['department']}/{row['system']}" for row in rows if row["on"] < "2026-11-16"}
    assert past == {row["system"] for row in reported if row["actual"] and row["actual"] < "2026-11-16"}


def test_a_room_is_told_with_everything_that_holds_it(sample: str) -> None:
    rows = json.loads(run(sample, "room", "省人大办公厅中心机房", "--on", DAY, "--format", "json", code=1).stdout)

    assert {row["mend"] for row in rows} == {"retire its source", "cancel it"}


@pytest.mark.parametrize("what", ["rooms", "reuse"])
def test_what_leaves_is_listed_in_every_way(sample: str, what: str) -> None:
    assert json.loads(run(sample, "room", "--list", what, "--on", DAY, "--format", "json").stdout)


def test_an_unknown_room_is_refused_with_the_nearest(sample: str) -> None:
    with pytest.raises(ProgressError, match="is no room that anybody declared; did you mean '省人大办公厅中心机房'"):
        run(sample, "room", "省人大办公厅", "--on", DAY)


def test_departments_are_assessed_over_what_was_due(sample: str) -> None:
    rows = json.loads(run(sample, "kpi", "--on", DAY, "--of", "department", "--format", "json").stdout)

    assert sum(row["due"] for row in rows) == 177
    assert all(0 <= row["on_time_percent"] <= 100 for row in rows if row["due"])


def test_what_an_import_would_add_is_told_and_not_added(url: str, tmp_path: Path) -> None:
    ledger = workbook(
        tmp_path / "推进表.xlsx",
        进度=[("单位名称", "系统名称", "迁移状态", "状态日期"), ("甲厅", "门户", "调研", date(2026, 9, 4))],
    )
    with Store.open(url) as store:
        store.upsert(
            [Department(name="甲厅", level=Level.PROVINCE, region_code="990000")], who="a", why="b", source="c"
        )

    seen = json.loads(run(url, "import", str(ledger), "--check", "--format", "json").stdout)

    assert [(row["key"], row["on"]) for row in seen] == [("甲厅/门户", "2026-09-04")]
    with Store.open(url) as store:
        assert store.log() == ()


def test_without_an_approved_plan_there_is_nothing_to_forecast(url: str) -> None:
    with pytest.raises(ProgressError, match="plan: no plan is approved; qianyun plan freeze approves one"):
        run(url, "forecast", "--on", DAY)
