"""A sender gets the own file back with its faults marked, and the rows that wait, ready to mend."""

import io
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.workbook.workbook import Workbook
from sheet_files import DEPARTMENTS, ROOMS, delimited, workbook

from qianyun.importers.ledgers import Ledgers, read_ledgers
from qianyun.importers.returning import annotated_files, returned_files

FAULTY = (*ROOMS, ("三号机房", "公安庁", "借用"))
TITLED = (("机房台账",), ("填报单位：公安厅",), ("机房信息", None, None), *FAULTY)


def read(folder: Path, *, merged: tuple[str, ...] = (), **more: tuple[tuple[object, ...], ...]) -> Ledgers:
    path = workbook(folder / "台账.xlsx", merged=merged, **{"机房": TITLED, "部门": DEPARTMENTS, **more})
    return read_ledgers([path])


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_faulty_cells_are_coloured_and_noted(tmp_path: Path) -> None:
    [(name, content)] = annotated_files(read(tmp_path)).items()

    book = opened(content)
    cell = book["机房"]["C7"]
    assert name == "台账_标注.xlsx"
    assert cell.fill.start_color.rgb == "00FAE7E5"
    assert cell.comment is not None
    assert cell.comment.text == "'借用' is not one of the words of this column\nwrite one of 自建、租赁、托管"
    assert book["机房"]["C6"].comment is None


def test_a_list_names_every_fault_with_a_link_to_its_cell(tmp_path: Path) -> None:
    [content] = annotated_files(read(tmp_path)).values()

    rows = list(opened(content)["Faults"].iter_rows(min_row=2))
    assert [[cell.value for cell in row[1:3]] for row in rows] == [["机房!B7", "公安庁"], ["机房!C7", "借用"]]
    assert [link.location for row in rows if (link := row[1].hyperlink)] == ["'机房'!B7", "'机房'!C7"]


def test_the_rest_of_the_senders_workbook_stays(tmp_path: Path) -> None:
    [content] = annotated_files(read(tmp_path, merged=("A1:C1",))).values()

    book = opened(content)
    assert book.sheetnames == ["机房", "部门", "Faults"]
    assert [str(area) for area in book["机房"].merged_cells.ranges] == ["A1:C1"]
    assert [cell.value for cell in book["部门"][2]] == list(DEPARTMENTS[1])


def test_nothing_that_goes_back_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("机房")
        for y, row in enumerate(ROOMS):
            sheet.write_row(y, 0, row)
        sheet.write_row(3, 0, ("=cmd|' /C calc'!A0", "公安庁", "借用"), book.add_format({"quote_prefix": True}))
        sheet.write_formula("C2", '="自"&"建"', None, "自建")
        sheet.write_string("A4", "=1+1")

    ledgers = read_ledgers([path, workbook(tmp_path / "部门.xlsx", 部门=DEPARTMENTS)])

    for content in (*annotated_files(ledgers).values(), *returned_files(ledgers).values()):
        cells = [cell for sheet in opened(content) for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} & {"f"} == set()


@pytest.mark.parametrize("code", ["utf-8", "gb18030"])
def test_a_csv_comes_back_as_a_workbook(tmp_path: Path, code: str) -> None:
    register = workbook(tmp_path / "部门.xlsx", 部门=DEPARTMENTS)
    ledgers = read_ledgers([register, delimited(tmp_path / "机房.csv", FAULTY, code)])

    [(name, content)] = annotated_files(ledgers).items()

    assert name == "机房_标注.xlsx"
    assert opened(content)["CSV"]["A4"].value == "三号机房"
    assert opened(content)["CSV"]["C4"].comment is not None


def test_rows_that_wait_come_back_under_their_own_header(tmp_path: Path) -> None:
    [(name, content)] = returned_files(read(tmp_path)).items()

    sheet = opened(content)["机房"]
    assert name == "台账_退回.xlsx"
    assert [[cell.value for cell in row if cell.value] for row in sheet.iter_rows()] == [
        ["机房台账"],
        ["填报单位：公安厅"],
        ["机房信息"],
        list(ROOMS[0]),
        ["三号机房", "公安庁", "借用"],
    ]


def test_what_comes_back_is_read_like_what_was_sent(tmp_path: Path) -> None:
    ledgers = read(tmp_path)
    [content] = returned_files(ledgers).values()
    (tmp_path / "again.xlsx").write_bytes(content)

    again = read_ledgers([tmp_path / "again.xlsx"], ledgers.facts)

    assert [(f.value, f.what) for f in again.faults] == [(f.value, f.what) for f in ledgers.faults]


def test_a_row_that_says_as_above_comes_back_saying_what_that_was(tmp_path: Path) -> None:
    rows = (*ROOMS, ("三号机房", "同上", "借用"))
    ledgers = read_ledgers([workbook(tmp_path / "a.xlsx", 机房=rows, 部门=DEPARTMENTS)])

    [content] = returned_files(ledgers).values()

    assert [cell.value for cell in opened(content)["机房"][2]] == ["三号机房", "民政厅", "借用"]


def test_a_held_row_comes_back_with_what_it_waits_for(tmp_path: Path) -> None:
    system = (("单位名称", "系统名称", "部署位置", "等保级别"), ("公安厅", "户籍系统", "三号机房", "三级"))
    ledgers = read(tmp_path, 系统=system)

    [content] = returned_files(ledgers).values()

    note = opened(content)["系统"]["A2"].comment
    assert note is not None
    assert note.text.startswith("this row is right, but 三号机房 that it refers to is not")


def test_clean_ledgers_send_nothing_back(tmp_path: Path) -> None:
    ledgers = read_ledgers([workbook(tmp_path / "a.xlsx", 部门=DEPARTMENTS, 机房=ROOMS)])

    assert (annotated_files(ledgers), returned_files(ledgers)) == ({}, {})
