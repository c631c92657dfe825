"""The main job, whole, as a new user runs it."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from qianyun.plan.plan import Plan
from qianyun.store import Store
from qianyun.track.progress import cut_over_on
from qianyun.track.states import TrackedKind

ROOT = Path(__file__).parent.parent.parent
PLANTED = ("203.0.113.33:50000 → 172.17.128.1:1521", "[3fff:c01:0:11::1]:50000 → [3fff:c02:c::1]:1521")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "QIANYUN_LANG": "zh_CN"}
    command = [sys.executable, "-m", "qianyun", "demo", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=True)
    return out, done


def test_the_demo_tells_each_step_and_says_where_the_report_lies(
    demo: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = demo

    assert [line.split()[3] for line in done.stderr.splitlines() if line.startswith("✔")] == [
        "导入", "采集", "声明", "编译", "证明", "网络", "进度", "计划", "报告",
    ]  # fmt: skip
    assert done.stdout.splitlines()[-1] == f"用任意浏览器打开 {out / 'report.html'}"


def test_the_demo_counts_what_the_ledgers_hold(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _out, done = demo

    assert "58 个文件，导入 7652 行，按单元格报出 95 处问题" in done.stderr
    assert "放行的恰好是访问矩阵" in done.stderr


def test_the_past_is_as_it_was_told_and_the_plan_goes_on_from_there(
    demo: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = demo
    text = BeautifulSoup((out / "report.html").read_text(encoding="utf-8"), "html.parser").get_text(" ")

    assert "2026-11-20 18:00" in text
    assert "第四阶段 收尾与评估：差 203 个专线" in done.stderr
    with Store.open(f"sqlite:///{out}/store.db") as store:
        plan = Plan.from_text(store.plan().body)
        actual = [cut_over_on(standing) for standing in store.standings(TrackedKind.SYSTEM)]
    assert plan.begins == date(2026, 11, 20)
    assert sum(day < plan.begins for day in plan.days.values()) == sum(
        day is not None and day < plan.begins for day in actual
    )


def test_the_report_shows_the_packets_of_the_planted_rule(
    demo: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, _done = demo
    text = BeautifulSoup((out / "report.html").read_text(encoding="utf-8"), "html.parser").get_text(" ")

    assert [packet in text for packet in PLANTED] == [True, True]


def test_the_demo_leaves_report_rules_and_store_and_nothing_else(
    demo: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, _done = demo

    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.xlsx", "store.db", "zones.nft"]
