"""Ledgers of progress: read as planners keep them, every fault at its cell, nothing told twice."""

from datetime import date
from pathlib import Path

import pytest
from moves import AT, ESTATE, HOST, LEDGER, LINE, PORTAL, ROOM, Teller
from sheet_files import Rows, delimited, workbook

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Department
from qianyun.estate.kinds import Level
from qianyun.importers.progress_file import ProgressFiles, read_progress
from qianyun.track.ledger import Taken, take_in
from qianyun.track.standing import Standing, standing_of
from qianyun.track.states import Tracked

HEADS = (
    "序号",
    "单位名称",
    "系统名称",
    "计划割接日期",
    "迁移状态",
    "调研日期",
    "实际割接日期",
    "回退日期",
    "状态日期",
    "责任人",
    "存在问题",
)
OFFICE = Department(name="甲厅", short_name="甲", level=Level.PROVINCE, region_code="990000")
DECLARED = Estate(
    departments=(OFFICE,), rooms=ESTATE.rooms, systems=ESTATE.systems, lines=ESTATE.lines, servers=ESTATE.servers
)
SURVEYED = (1, "甲厅", "门户", date(2026, 9, 4), "调研中", date(2026, 7, 6), None, None, None, "实施方", None)
MOVED = (2, "甲", "台账", date(2026, 9, 4), "观察", date(2026, 7, 6), "2026年9月4日", "", "2026-09-05", "", "无")


def read(tmp_path: Path, *rows: tuple[object, ...], **sheets: Rows) -> ProgressFiles:
    path = workbook(tmp_path / "推进表.xlsx", (), 进度=[("迁云推进表",), HEADS, *rows], **sheets)
    return read_progress([path], DECLARED)


def taken(found: ProgressFiles, teller: Teller | None = None) -> Taken:
    return take_in(found.ledger.rows, (teller or Teller(DECLARED)).world, AT)


def standings(found: ProgressFiles) -> dict[Tracked, Standing]:
    entries = taken(found).entries
    return {
        tracked: standing_of(tracked, [entry for entry in entries if entry.tracked == tracked])
        for tracked in {entry.tracked for entry in entries}
    }


def test_states_are_taken_with_their_days_and_who_answers(tmp_path: Path) -> None:
    found = read(tmp_path, SURVEYED, MOVED)

    portal, ledger = (standings(found)[Tracked.of(system)] for system in (PORTAL, LEDGER))

    assert (portal.state, portal.since, portal.who) == ("survey", date(2026, 7, 6), "实施方")
    assert [(each.state, each.on) for each in ledger.passed] == [
        ("survey", date(2026, 7, 6)),
        ("cutover", date(2026, 9, 4)),
        ("observation", date(2026, 9, 5)),
    ]
    assert (found.faults, dict(found.ledger.planned)) == (
        (),
        {PORTAL.key: date(2026, 9, 4), LEDGER.key: date(2026, 9, 4)},
    )


def test_the_place_of_the_row_is_kept_with_what_it_told(tmp_path: Path) -> None:
    [entry] = taken(read(tmp_path, SURVEYED)).entries

    assert entry.source == "推进表.xlsx 进度!C3"


def test_the_same_ledger_again_tells_nothing_new(tmp_path: Path) -> None:
    found, teller = read(tmp_path, SURVEYED, MOVED), Teller(DECLARED)
    for entry in taken(found, teller).entries:
        teller.logs.setdefault(entry.tracked, []).append(entry)

    assert taken(found, teller) == Taken(entries=(), faults=())


def test_a_ledger_that_goes_on_adds_what_is_new(tmp_path: Path) -> None:
    teller = Teller(DECLARED)
    for entry in taken(read(tmp_path, SURVEYED), teller).entries:
        teller.logs.setdefault(entry.tracked, []).append(entry)

    later = (*SURVEYED[:4], "试运行", *SURVEYED[5:8], date(2026, 8, 20), *SURVEYED[9:])
    found = taken(read(tmp_path, later), teller)

    assert [(entry.turn, entry.on) for entry in found.entries] == [(2, date(2026, 8, 20))]


def test_a_first_attempt_that_was_rolled_back_is_part_of_the_history(tmp_path: Path) -> None:
    again = (1, "甲厅", "门户", None, "割接", date(2026, 7, 6), date(2026, 9, 18), date(2026, 9, 4), None, None, None)

    portal = standings(read(tmp_path, again))[Tracked.of(PORTAL)]

    assert ([each.state for each in portal.passed], portal.rollbacks) == (
        ["survey", "cutover", "rolled_back", "test_migration", "cutover"],
        1,
    )


def test_a_history_with_a_first_attempt_again_tells_nothing_new(tmp_path: Path) -> None:
    again = (1, "甲厅", "门户", None, "割接", date(2026, 7, 6), date(2026, 9, 18), date(2026, 9, 4), None, None, None)
    found, teller = read(tmp_path, again), Teller(DECLARED)
    for entry in taken(found, teller).entries:
        teller.logs.setdefault(entry.tracked, []).append(entry)

    assert taken(found, teller) == Taken(entries=(), faults=())


def test_rooms_lines_and_incidents_have_sheets_of_their_own(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        MOVED,
        机房=[("机房名称", "撤并状态", "状态日期"), ("甲厅机房", "腾空", date(2026, 9, 20))],
        专线=[("专线编号", "退租日期"), ("L1", date(2026, 9, 30))],
        故障=[
            ("工单编号", "单位名称", "系统名称", "发生日期", "严重程度", "响应(分钟)", "解决(分钟)", "责任厂商"),
            ("G1", "甲厅", "台账", date(2026, 9, 6), "较重", 12, 90, "乙公司"),
        ],
    )

    held = standings(found)

    assert found.faults == ()
    assert [held[Tracked.of(fact)].state for fact in (ROOM, LINE)] == ["emptying", "cancelled"]
    [incident] = held[Tracked.of(LEDGER)].incidents
    assert (incident.number, incident.responded_minutes, incident.vendor) == ("G1", 12, "乙公司")


@pytest.mark.parametrize(
    ("row", "cell", "what"),
    [
        ((1, "甲厅", "门护", None, "调研"), "C3", "'门护' is no system that anybody declared"),
        ((1, "乙厅", "门户", None, "调研"), "B3", "'乙厅' is no department that anybody declared"),
        (
            (1, "甲厅", "门户", None, "调妍"),
            "E3",
            "'调妍' is not one of the words of this column; write one of 未启动、调研",
        ),
        ((1, "甲厅", "门户", None, "调研"), "E3", "has no day; give 状态日期, or the day of each stage"),
        ((1, "甲厅", "门户", "九月初", "未启动"), "D3", "九月初"),
        ((1, "甲厅", "门户", None, None, date(2026, 7, 6)), "E3", "is blank; fill it in"),
        (
            (1, "甲厅", "门户", None, "割接", date(2026, 9, 6), date(2026, 9, 4)),
            "G3",
            "2026-09-04 lies before 2026-09-06, the day of the stage before",
        ),
        (
            (1, "甲厅", "门户", None, "调研", date(2026, 7, 6), date(2026, 9, 4)),
            "E3",
            "stands before a stage that has a day",
        ),
    ],
)
def test_a_fault_is_told_with_its_cell(tmp_path: Path, row: tuple[object, ...], cell: str, what: str) -> None:
    found = read(tmp_path, row)

    assert [fault.place for fault in found.faults] == [f"推进表.xlsx 进度!{cell}"]
    assert what in str(found.faults[0])
    assert found.ledger.rows == ()


def test_a_system_that_is_told_twice_is_named_at_its_second_row(tmp_path: Path) -> None:
    found = read(tmp_path, SURVEYED, SURVEYED)

    assert [str(fault) for fault in found.faults] == [
        "推进表.xlsx 进度!C4: 甲厅/门户 is told already at 推进表.xlsx 进度!C3; keep one row"
    ]


def test_a_ledger_that_goes_back_or_has_other_days_is_refused_row_by_row(tmp_path: Path) -> None:
    teller = Teller(DECLARED)
    for entry in taken(read(tmp_path, SURVEYED, MOVED), teller).entries:
        teller.logs.setdefault(entry.tracked, []).append(entry)
    other_day = (*SURVEYED[:5], date(2026, 7, 7), *SURVEYED[6:])
    back = (2, "甲", "台账", None, "部署", None, None, None, date(2026, 9, 20), None, None)

    found = taken(read(tmp_path, other_day, back), teller)

    assert found.entries == ()
    assert [fault.place for fault in found.faults] == ["推进表.xlsx 进度!C3", "推进表.xlsx 进度!C4"]
    assert "the ledger has it enter survey on 2026-07-07, the log on 2026-07-06" in str(found.faults[0])
    assert "the ledger puts it back to deployment" in str(found.faults[1])


def test_a_day_to_come_is_no_progress(tmp_path: Path) -> None:
    found = taken(read(tmp_path, (1, "甲厅", "门户", None, "调研", date(2028, 1, 1))))

    assert [fault.what for fault in found.faults] == [
        "system 甲厅/门户: is told for 2028-01-01, which is still to come"
    ]


def test_a_file_that_is_no_ledger_of_progress_is_said_to_be_none(tmp_path: Path) -> None:
    found = read_progress([delimited(tmp_path / "别的.csv", [("机房", "面积"), ("甲", 3)])], DECLARED)

    assert [str(fault) for fault in found.faults] == [
        "别的.csv: no sheet has the headings of a ledger of progress; put 单位名称, 系统名称 and 迁移状态 in one row"
    ]


def test_totals_notes_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    found = read(tmp_path, SURVEYED, (None,), ("合计", "", 1), ("填表人：值班员",))

    assert (len(found.ledger.rows), found.faults) == (1, ())


KIT_HEADS = ("单位名称", "系统名称", "主机名称", "擦除日期", "利旧日期", "报废日期", "证书编号")


def test_kit_is_told_wiped_and_used_again_with_its_certificate(tmp_path: Path) -> None:
    row = ("甲厅", "门户", "web01", date(2026, 10, 9), date(2026, 11, 2), None, "XH1")

    kit = standings(read(tmp_path, SURVEYED, 设备=[KIT_HEADS, row]))[Tracked.of(HOST)]

    assert [(each.state, each.on, each.why) for each in kit.passed] == [
        ("wiped", date(2026, 10, 9), "XH1"),
        ("reused", date(2026, 11, 2), "XH1"),
    ]


@pytest.mark.parametrize(
    ("row", "cell", "what"),
    [
        (("甲厅", "门户", "web02", date(2026, 10, 9)), "C2", "'web02' is no physical server of 甲厅/门户"),
        (("甲厅", "门户", "web01", date(2026, 10, 9), date(2026, 9, 9)), "D2", "is wiped only after it left"),
        (
            ("甲厅", "门户", "web01", date(2026, 9, 9), date(2026, 9, 9), date(2026, 9, 10)),
            "F2",
            "is both used again and scrapped",
        ),
    ],
)
def test_kit_that_cannot_be_so_is_told_with_its_cell(
    tmp_path: Path, row: tuple[object, ...], cell: str, what: str
) -> None:
    found = read(tmp_path, SURVEYED, 设备=[KIT_HEADS, row])

    assert [(fault.place, fault.what) for fault in found.faults] == [(f"推进表.xlsx 设备!{cell}", what)]


def test_a_column_that_is_not_read_is_told_with_the_nearest_known_heading(tmp_path: Path) -> None:
    heads = ("序号", "单位名称", "系统名称", "迁移状态", "状态日期", "存在问提", "迁移批次")
    path = workbook(tmp_path / "推进表.xlsx", (), 进度=[heads, (1, "甲厅", "门户", "调研", date(2026, 7, 6), "无", 3)])

    found = read_progress([path], DECLARED)

    assert [str(notice) for notice in found.notices] == [
        "推进表.xlsx 进度!F1: the column '存在问提' is unknown and was not read; did you mean '存在问题'"
    ]
