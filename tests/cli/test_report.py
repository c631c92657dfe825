from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from typer.testing import CliRunner, Result

from qianyun.cli.app import app
from qianyun.estate.facts import Department, Room, System
from qianyun.estate.kinds import Level, RoomOutcome
from qianyun.estate.observation import Observation
from qianyun.importers.declaration import load_calendar, load_policy, load_pools, load_wishes
from qianyun.plan.builder import build_problem
from qianyun.plan.solve import solve
from qianyun.store import Store

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
OFFICE = Department(name="甲厅", level=Level.PROVINCE, region_code="990000")
ROOM = Room(name="甲厅机房", department="甲厅", outcome=RoomOutcome.CLOSE)
SYSTEMS = tuple(
    System(department="甲厅", name=f"系统{n}", room="甲厅机房", zone="extranet", vcpu=8, ready_on=date(2026, 9, n))
    for n in range(1, 6)
)
AT = datetime(2026, 8, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    place = f"sqlite:///{tmp_path}/store.db"
    with Store.open(place, create=True) as store:
        store.upsert([OFFICE, ROOM, *SYSTEMS], who="值班员", why="报送", source="甲厅.xlsx", at=AT)
        store.begin_run("r1", "snmp", AT)
        for attribute, value in (("device.name", "core1"), ("device.vendor", "H3C"), ("device.model", "S12508")):
            seen = {"source": "1.3.6", "raw_sha256": "0" * 64, "seen_at": AT, "run": "r1"}
            store.record([Observation(subject="serial:1", attribute=attribute, value=value, **seen)])  # type: ignore[arg-type] # one of each
    return place


def plan(url: str) -> None:
    facts = load_calendar(PROVINCE), load_pools(PROVINCE), load_policy(PROVINCE), load_wishes(PROVINCE)
    with Store.open(url) as store:
        problem = build_problem(store.estate(), *facts)
        body = solve(problem, work=0).to_text()
        store.save_plan(body, problem_digest=problem.digest, who="规划员", at=AT)


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def make(url: str, out: Path, *more: str) -> tuple[str, BeautifulSoup]:
    told = run("report", "make", str(PROVINCE), "--store", url, "--out", str(out), *more).stdout
    return told, BeautifulSoup((out / "report.html").read_text(encoding="utf-8"), "html.parser")


def test_it_writes_both_files_and_says_where_they_lie(url: str, tmp_path: Path) -> None:
    told, _shown = make(url, tmp_path / "out")

    assert told.splitlines()[-2:] == [f"→ {tmp_path}/out/report.html", f"→ {tmp_path}/out/report.xlsx"]
    assert (tmp_path / "out" / "report.xlsx").read_bytes()[:2] == b"PK"


def test_without_a_plan_the_report_says_how_to_make_one(url: str, tmp_path: Path) -> None:
    _told, shown = make(url, tmp_path)

    assert "qianyun plan make" in shown.get_text()
    assert shown.select("svg.gantt") == []


def test_with_a_plan_every_wave_is_drawn_and_every_system_listed(url: str, tmp_path: Path) -> None:
    plan(url)

    _told, shown = make(url, tmp_path)

    assert len(shown.select("svg.gantt g.wave")) == len(shown.select("#waves tbody tr")) > 0
    assert len(shown.select("#systems tbody tr")) == len(SYSTEMS)
    assert "甲厅机房" in shown.select_one("#rooms").get_text()  # type: ignore[union-attr] # the page has it


def test_a_plan_made_for_other_facts_says_so(url: str, tmp_path: Path) -> None:
    plan(url)
    with Store.open(url) as store:
        store.edit(SYSTEMS[0], replace(SYSTEMS[0], vcpu=16), who="规划员", why="扩容", at=AT)

    told, _shown = make(url, tmp_path)

    assert "the facts have changed since" in told


def test_collected_devices_are_listed_with_how_they_were_asked(url: str, tmp_path: Path) -> None:
    _told, shown = make(url, tmp_path)

    cells = [cell.get_text() for cell in shown.select("#devices tbody td")]
    assert cells == ["core1", "H3C S12508", "snmp", "2026-08-02 09:30", "3"]


def test_the_same_store_gives_the_same_files(url: str, tmp_path: Path) -> None:
    plan(url)
    make(url, tmp_path / "a")
    make(url, tmp_path / "b")

    for name in ("report.html", "report.xlsx"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_mark_that_is_given_stands_on_the_page(url: str, tmp_path: Path) -> None:
    _told, shown = make(url, tmp_path, "--mark", "秘密")

    assert "秘密" in shown.select_one(".bar dl").get_text()  # type: ignore[union-attr] # the page has it


def test_the_report_comes_in_the_language_asked_for(url: str, tmp_path: Path) -> None:
    _told, shown = make(url, tmp_path, "--lang", "zh_CN")

    assert shown.html is not None
    assert shown.html["lang"] == "zh-CN"
    run("report", "make", "--lang", "fr", code=2)
