"""The page of text."""

import re

from reports.content import Report
from reports.measure import columns
from reports.terminal import demo_summary

PATHS = ("build/demo/report.html", "build/demo/report.xlsx")


def test_the_last_lines_say_where_the_results_lie(report: Report) -> None:
    assert demo_summary(report, PATHS).splitlines()[-2:] == [f"→ {path}" for path in PATHS]


def test_no_line_is_wider_than_a_screen(report: Report) -> None:
    assert max(map(columns, demo_summary(report, PATHS).splitlines())) <= 100


def test_it_is_one_page(report: Report) -> None:
    assert len(demo_summary(report, PATHS).splitlines()) <= 50


def test_columns_are_aligned_whatever_the_script(report: Report) -> None:
    lines = [line for line in demo_summary(report, PATHS).splitlines() if " / " in line]

    assert len({columns(line[: line.index(" / ")]) for line in lines}) == 1


def test_colour_comes_only_when_asked_for_and_changes_no_word(report: Report) -> None:
    plain, coloured = demo_summary(report, PATHS), demo_summary(report, PATHS, colour=True)

    assert "\x1b" not in plain
    assert "\x1b[31m✕ 2 严重\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
