"""The workbook, read back by two other programs."""

import io
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from reports.content import Column, Kind, Report, Table
from reports.workbook import workbook

TITLES = ["Overview", "批次计划", "系统清单", "违规", "机房撤并台账", "采集设备", "导入问题"]


@pytest.fixture
def opened(report: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook(report)))


def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    assert workbook(report) == workbook(report)


def test_each_table_is_a_sheet_after_the_overview(opened: openpyxl.Workbook) -> None:
    assert opened.sheetnames == TITLES


def test_every_sheet_of_a_table_filters_and_keeps_its_head(opened: openpyxl.Workbook) -> None:
    for name in TITLES[1:]:
        sheet = opened[name]

        assert (sheet.freeze_panes, sheet.print_title_rows) == ("B5", "$4:$4")
        assert str(sheet.auto_filter.ref).startswith("A4:")


def test_every_sheet_carries_the_head_line_and_the_mark(opened: openpyxl.Workbook, report: Report) -> None:
    for sheet in opened.worksheets:
        head = sheet.oddHeader
        assert head is not None
        assert "sha256:9f2c…e1a7" in str(head.left.text)
        assert str(head.right.text).endswith(report.head.classification)


def test_values_come_back_with_their_types(opened: openpyxl.Workbook) -> None:
    row = [cell.value for cell in opened["批次计划"][5]]

    assert [value.date() if isinstance(value, datetime) else value for value in row] == [
        "第01批",
        "✔ 完成",
        date(2026, 1, 12),
        date(2026, 2, 9),
        25,
        0,
        "–",
        "与统一身份认证同组,须先迁",
    ]


def test_unknown_is_a_word_and_never_zero(opened: openpyxl.Workbook) -> None:
    assert opened["系统清单"]["D5"].value == "unknown"


def test_columns_fit_chinese(opened: openpyxl.Workbook) -> None:
    width = opened["批次计划"].column_dimensions["H"].width

    assert width >= 2 * len("与统一身份认证同组,须先迁")


@pytest.mark.parametrize("text", ["=1+1", "{=1}", "http://192.0.2.1/", "@SUM(1)", "0012", "-5"])
def test_no_text_becomes_a_formula_a_link_or_a_number(report: Report, text: str) -> None:
    table = Table(name="t", title="t", columns=(Column(title=text),), rows=((text,),))

    data = workbook(replace(report, tables=(table,)))

    cell = openpyxl.load_workbook(io.BytesIO(data))["t"]["A5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert not any(
        b"<f>" in zipfile.ZipFile(io.BytesIO(data)).read(name) for name in zipfile.ZipFile(io.BytesIO(data)).namelist()
    )


def test_a_row_is_as_high_as_its_longest_cell_needs(report: Report) -> None:
    table = Table(name="t", title="t", columns=(Column(title="c", width=20),), rows=(("机房" * 40,), ("机房",)))

    sheet = openpyxl.load_workbook(io.BytesIO(workbook(replace(report, tables=(table,)))))["t"]

    lines = 160 / (sheet.column_dimensions["A"].width - 3)
    assert sheet.row_dimensions[5].height >= lines * 14
    assert sheet.row_dimensions[6].height < 2 * 14


def test_an_empty_table_says_so(report: Report) -> None:
    table = Table(name="t", title="t/[x]", columns=(Column(title="c", kind=Kind.DATE),), empty="没有问题")

    data = workbook(replace(report, tables=(table,)))

    assert openpyxl.load_workbook(io.BytesIO(data))["t  x "]["A5"].value == "没有问题"


def test_a_day_in_a_sheet_is_a_day(report: Report) -> None:
    table = Table(name="t", title="t", columns=(Column(title="c", kind=Kind.DATE),), rows=((date(2026, 2, 28),),))

    cell = openpyxl.load_workbook(io.BytesIO(workbook(replace(report, tables=(table,)))))["t"]["A5"]

    assert (cell.is_date, cell.number_format) == (True, "yyyy-mm-dd")


def test_libreoffice_prints_it_with_its_head_line(report: Report, needs: Callable[[str], str], tmp_path: Path) -> None:
    soffice, reader = needs("soffice"), needs("pdftotext")
    (tmp_path / "report.xlsx").write_bytes(workbook(replace(report, tables=report.tables[:1])))

    home = f"-env:UserInstallation=file://{tmp_path}/home"
    convert = [
        soffice,
        home,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "report.xlsx"),
    ]
    subprocess.run(convert, check=True, capture_output=True, timeout=400)
    text = subprocess.run(
        [reader, "-layout", str(tmp_path / "report.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout

    pages = text.rstrip("\f").split("\f")
    assert all("sha256:9f2c…e1a7" in page and report.head.classification in page for page in pages)
    assert "第24批" in text
    assert "###" not in text
