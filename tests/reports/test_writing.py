"""Files in a folder."""

from pathlib import Path

import pytest

from qianyun.errors import ReportError
from reports.content import Report
from reports.page import page
from reports.workbook import workbook
from reports.writing import write_report


def test_page_and_workbook_are_written_whole_and_nothing_else(report: Report, tmp_path: Path) -> None:
    paths = write_report(report, tmp_path / "new" / "folder")

    assert [path.name for path in paths] == ["report.html", "report.xlsx"]
    assert paths[0].read_text(encoding="utf-8") == page(report)
    assert paths[1].read_bytes() == workbook(report)
    assert sorted(path.name for path in paths[0].parent.iterdir()) == ["report.html", "report.xlsx"]


def test_a_folder_that_is_a_file_is_told_with_what_to_do(report: Report, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(ReportError, match=r"taken: cannot be written: .*; give another folder with --out"):
        write_report(report, tmp_path / "taken")
