"""Sheets as departments send them become facts, and every fault is told with its cell, in order."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path

import pytest
import xlsxwriter
from sheet_files import DEPARTMENTS, ROOMS, Rows, delimited, workbook

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Department, Room, SystemKey
from qianyun.estate.kinds import Disposition, Level, MlpsLevel, Network, Operator, Origin, Scope
from qianyun.importers.ledgers import Ledgers, read_ledgers
from qianyun.importers.register import Aliases

PUBLIC, CIVIL = "某省公安厅", "某省民政厅"
KNOWN = Estate(
    departments=tuple(
        Department(name=name, short_name=name[2:], level=Level.PROVINCE, region_code="990000")
        for name in (PUBLIC, CIVIL)
    ),
    rooms=(Room(name="公安厅机房", department=PUBLIC), Room(name="民政厅机房", department=CIVIL)),
)
HEADINGS = ("单位名称", "系统名称", "使用范围", "系统来源", "等保级别", "部署位置")
UNKNOWN = "is no {kind} that anybody declared; did you mean {near}? Otherwise declare it in its own ledger"
ROW = ("公安厅", "户籍系统", "单位内部", "自建", "三级", "公安厅机房")


def read(folder: Path, *rows: Iterable[object], merged: tuple[str, ...] = ()) -> Ledgers:
    """Read one workbook with one sheet, against the two known departments."""
    return read_ledgers([workbook(folder / "a.xlsx", 表=[tuple(row) for row in rows], merged=merged)], KNOWN)


def told(ledgers: Ledgers) -> list[str]:
    return [str(fault) for fault in ledgers.all_faults()]


def test_a_plain_sheet_becomes_a_system(tmp_path: Path) -> None:
    ledgers = read(tmp_path, HEADINGS, ROW)

    [system] = ledgers.facts.systems
    assert told(ledgers) == []
    assert (system.key, system.scope, system.origin, system.mlps_level, system.room) == (
        SystemKey(department=PUBLIC, name="户籍系统"),
        Scope.UNIT,
        Origin.SELF_BUILT,
        MlpsLevel.THREE,
        "公安厅机房",
    )


def test_titles_merged_groups_sections_totals_and_notes_are_no_data(tmp_path: Path) -> None:
    ledgers = read(
        tmp_path,
        ("政务信息系统调查表",),
        ("序号", "系统基本信息", None, "系统情况", None, None, "信息安全登保级别"),
        (None, "所属单位", "系统名称", "使用范围", "国垂/省垂/自建", "部署地点", None),
        (1, 2, 3, 4, 5, 6, 7),
        ("一、省直单位",),
        (1, "公安厅", "户籍系统", "单位内部", "自建", "公安厅机房", "登保三级"),
        (2, "同上", "视频平台", 2, 3, "同上", "S2A2G2"),
        ("合计", None, 2),
        ("备注：由各单位填报",),
        merged=("A1:G1", "A2:A3", "B2:C2", "D2:F2", "G2:G3"),
    )

    assert told(ledgers) == []
    assert [(s.name, s.scope, s.mlps_level, s.room) for s in ledgers.facts.systems] == [
        ("户籍系统", Scope.UNIT, 3, "公安厅机房"),
        ("视频平台", Scope.NATIONAL, 2, "公安厅机房"),
    ]


def test_a_merged_cell_holds_for_every_row_it_spans(tmp_path: Path) -> None:
    ledgers = read(tmp_path, HEADINGS, ROW, (None, "视频平台", *ROW[2:]), merged=("A2:A3",))

    assert [system.department for system in ledgers.facts.systems] == [PUBLIC, PUBLIC]


def test_every_fault_is_told_at_once_in_the_order_of_file_sheet_row_and_column(tmp_path: Path) -> None:
    first = workbook(
        tmp_path / "b.xlsx",
        一=[
            HEADINGS,
            ("公安庁", "甲系统", "全球", "自建", "三级", "公安厅机房"),
            ("公安厅", "乙系统", "省市", "自建", None, "公安厅机旁"),
        ],
        二=[HEADINGS, ("公安厅", None, *ROW[2:])],
    )
    second = workbook(tmp_path / "a.xlsx", 表=[HEADINGS, (*ROW[:4], "五级", ROW[5])])

    ledgers = read_ledgers([first, second], KNOWN)

    assert [(fault.path.name, fault.sheet, fault.cell, fault.value) for fault in ledgers.faults] == [
        ("b.xlsx", "一", "A2", "公安庁"),
        ("b.xlsx", "一", "C2", "全球"),
        ("b.xlsx", "一", "E3", ""),
        ("b.xlsx", "一", "F3", "公安厅机旁"),
        ("b.xlsx", "二", "B2", ""),
        ("a.xlsx", "表", "E2", "五级"),
    ]


def test_a_fault_says_where_what_and_what_would_be_right(tmp_path: Path) -> None:
    ledgers = read(tmp_path, HEADINGS, (*ROW[:3], None, "五级", "公安厅机旁"))

    assert told(ledgers) == [
        "a.xlsx 表!D2: is blank; fill it in, or write / where there is none",
        "a.xlsx 表!E2: '五级' is not one of the words of this column; write one of 一级、二级、三级、四级、未定级",
        f"a.xlsx 表!F2: '公安厅机旁' {UNKNOWN.format(kind='room', near='公安厅机房')}",
    ]


def test_a_fault_carries_its_value_and_place(tmp_path: Path) -> None:
    [fault] = read(tmp_path, HEADINGS, (*ROW[:4], "五级", ROW[5])).faults

    assert (fault.path.name, fault.sheet, fault.cell, fault.value) == ("a.xlsx", "表", "E2", "五级")


def test_blanks_are_allowed_for_zombies_alone(tmp_path: Path) -> None:
    ledgers = read(
        tmp_path,
        (*HEADINGS, "是否为僵尸信息系统"),
        ("公安厅", "旧系统", None, None, None, None, "是（如是僵尸系统下表内容无需填写）"),
        ("公安厅", "新系统", None, None, None, None, "否"),
    )

    assert [system.name for system in ledgers.facts.systems] == ["旧系统"]
    assert [fault.cell for fault in ledgers.faults] == ["C3", "D3", "E3", "F3"]


@pytest.mark.parametrize("nothing", ["--", "/", "无", "N/A"])
def test_saying_that_there_is_none_is_an_answer(tmp_path: Path, nothing: str) -> None:
    ledgers = read(tmp_path, HEADINGS, (*ROW[:5], nothing))

    assert (told(ledgers), ledgers.facts.systems[0].room) == ([], None)


def test_the_unit_of_a_heading_a_unit_row_or_a_title_holds(tmp_path: Path) -> None:
    in_heading = read(tmp_path, (*HEADINGS, "存储(TB)", "内存GB"), (*ROW, 2, "0.5T")).facts.systems[0]
    in_row = read(tmp_path, (*HEADINGS, "存储"), (None,) * 6 + ("(TB)",), (*ROW, 2)).facts.systems[0]
    in_title = read(tmp_path, ("金额单位：元",), (*HEADINGS, "建设金额"), (*ROW, 50000)).facts.systems[0]

    assert (in_heading.storage_gib, in_heading.memory_gib) == (Decimal(2048), Decimal(512))
    assert (in_row.storage_gib, in_title.build_cost_wan_yuan) == (Decimal(2048), Decimal(5))


def test_hardware_contact_and_addresses_share_cells(tmp_path: Path) -> None:
    ledgers = read(
        tmp_path,
        (*HEADINGS, "硬件配置（CPU/内存/磁盘）", "联系人（姓名/手机）", "内网IP", "公网IP"),
        (*ROW, "8C / 32G / 1T", "联系人甲 00012345678", "10.1.1.1-2", "192.0.2.1；192.0.2.2"),
    )

    [system] = ledgers.facts.systems
    assert (system.vcpu, system.memory_gib, system.storage_gib) == (8, Decimal(32), Decimal(1024))
    assert (system.contact_name, system.contact_phone) == ("联系人甲", "00012345678")
    assert system.addresses == tuple(map(ip_address, ("10.1.1.1", "10.1.1.2", "192.0.2.1", "192.0.2.2")))


WIDE: Rows = (
    ("单位名称", "互联网", None, None, "政务外网", None, None, "业务专网", None, "政务内网", None),
    (
        None,
        "有无接入",
        "线路带宽",
        "接入运营商",
        "有无接入",
        "带宽(G)",
        "业务系统名称",
        "有无接入",
        "线路带宽",
        "有无接入",
        "线路带宽",
    ),
    ("公安厅", "有", "100M", "电信", "有", 1, "户籍系统、视频平台", None, "2M", "无", None),
    ("民政厅", "无", None, None, "否", None, None, "/", None, None, None),
)


def test_a_wide_sheet_becomes_one_line_for_each_network(tmp_path: Path) -> None:
    ledgers = read(tmp_path, *WIDE, merged=("A1:A2", "B1:D1", "E1:G1", "H1:I1", "J1:K1"))

    assert told(ledgers) == []
    assert [(line.department, line.network, line.bandwidth_mbps, line.systems) for line in ledgers.facts.lines] == [
        (PUBLIC, Network.INTERNET, Decimal(100), ()),
        (PUBLIC, Network.DEPARTMENT_PRIVATE, Decimal(2), ()),
        (PUBLIC, Network.EXTRANET, Decimal(1000), ("户籍系统", "视频平台")),
    ]
    assert ledgers.facts.lines[0].operator is Operator.TELECOM


def test_a_wide_sheet_as_csv_spreads_its_groups_itself(tmp_path: Path) -> None:
    ledgers = read_ledgers([delimited(tmp_path / "a.csv", WIDE, "gb18030")], KNOWN)

    assert (told(ledgers), len(ledgers.facts.lines)) == ([], 3)


def test_a_line_that_is_described_though_there_is_no_access_is_a_fault(tmp_path: Path) -> None:
    rows = [*WIDE[:3], ("民政厅", "无", "10M")]

    ledgers = read(tmp_path, *rows, merged=("A1:A2", "B1:D1", "E1:G1", "H1:I1", "J1:K1"))

    assert [fault.cell for fault in ledgers.faults] == ["C4"]


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_every_encoding_that_occurs(tmp_path: Path, code: str) -> None:
    ledgers = read_ledgers([delimited(tmp_path / "a.csv", (HEADINGS, ROW), code)], KNOWN)

    assert [system.name for system in ledgers.facts.systems] == ["户籍系统"]


def test_a_csv_in_no_encoding_we_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("单位名称".encode() + b"\xff\xff")

    assert "neither UTF-8 nor GB18030 at byte" in told(read_ledgers([tmp_path / "a.csv"], KNOWN))[0]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_csv_may_be_split_by_other_marks(tmp_path: Path, mark: str) -> None:
    (tmp_path / "a.csv").write_text("\n".join(mark.join(row) for row in (HEADINGS, ROW)), encoding="utf-8")

    assert len(read_ledgers([tmp_path / "a.csv"], KNOWN).facts.systems) == 1


def test_several_tables_of_a_sheet_are_all_read(tmp_path: Path) -> None:
    ledgers = read(
        tmp_path,
        HEADINGS,
        ROW,
        (),
        ("机房信息",),
        ("机房名称", "所属单位", "机房面积(㎡)"),
        ("三号机房", "公安厅", 60),
        (),
        ("单位名称", "系统名称", "主机名", "CPU核数", "数据库类型", "操作系统"),
        ("公安厅", "户籍系统", "db-1", "2*8", "达梦8", "麒麟V10"),
    )

    assert told(ledgers) == []
    assert (len(ledgers.facts.systems), ledgers.facts.rooms[0].area_m2) == (1, Decimal(60))
    assert (ledgers.facts.servers[0].vcpu, ledgers.facts.servers[0].operating_system) == (16, "Kylin")
    assert (ledgers.facts.databases[0].product, ledgers.facts.databases[0].version) == ("DM", "8")


def test_the_department_may_stand_in_a_title(tmp_path: Path) -> None:
    ledgers = read(tmp_path, ("填报单位：公安厅（盖章）", "填报时间：2026年3月"), HEADINGS[1:], ROW[1:])

    assert [system.department for system in ledgers.facts.systems] == [PUBLIC]


def test_an_unknown_column_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    ledgers = read(tmp_path, (*HEADINGS, "上线时问", "食堂"), (*ROW, "2020.12", "有"))

    assert [(notice.place, notice.what) for notice in ledgers.notices] == [
        ("a.xlsx 表!G1", "the column '上线时问' is unknown and was not read; the nearest known one is 上线时间"),
        ("a.xlsx 表!H1", "the column '食堂' is unknown and was not read"),
    ]
    assert told(ledgers) == []


def test_a_file_without_a_ledger_is_a_fault_and_a_sheet_without_one_is_not(tmp_path: Path) -> None:
    letter = workbook(tmp_path / "a.xlsx", 函=[("关于报送台账的函",), ("请于月底前报送",)])
    both = workbook(tmp_path / "b.xlsx", 说明=[("填表说明",)], 表=[HEADINGS, ROW])

    ledgers = read_ledgers([letter, both], KNOWN)

    assert [fault.place for fault in ledgers.all_faults()] == ["a.xlsx"]
    assert [notice.place for notice in ledgers.notices] == ["a.xlsx 函", "b.xlsx 说明"]


def test_a_key_declared_twice_is_a_fault_of_the_second_row_and_names_the_first(tmp_path: Path) -> None:
    first = workbook(tmp_path / "a.xlsx", 表=[HEADINGS, ROW])
    second = workbook(tmp_path / "b.xlsx", 表=[HEADINGS, (ROW[0], "户籍　系统", *ROW[2:])])

    ledgers = read_ledgers([first, second], KNOWN)

    assert told(ledgers) == [
        "b.xlsx 表!B2: '户籍系统' is declared before, in row 2 of 表 in a.xlsx; keep one of the two rows"
    ]


def test_a_row_that_refers_to_a_faulty_one_is_held_and_not_blamed(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        机房=[*ROOMS, ("三号机房", "公安厅", "借用")],
        系统=[HEADINGS, (*ROW[:5], "三号机房")],
        主机=[("单位名称", "系统名称", "主机名"), ("公安厅", "户籍系统", "db-1")],
    )

    ledgers = read_ledgers([path], Estate(departments=KNOWN.departments))

    assert [fault.cell for fault in ledgers.faults] == ["C4"]
    assert [(row.table.sheet.name, row.waits_for) for row in ledgers.held] == [
        ("主机", f"{PUBLIC}/户籍系统"),
        ("系统", "三号机房"),
    ]
    assert (ledgers.facts.systems, ledgers.facts.servers, len(ledgers.facts.rooms)) == ((), (), 2)


def test_whoever_refers_to_a_system_of_a_misspelt_department_is_not_blamed(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        系统=[HEADINGS, ("公安庁", *ROW[1:])],
        主机=[("单位名称", "系统名称", "主机名"), ("公安厅", "户籍系统", "db-1")],
    )

    ledgers = read_ledgers([path], KNOWN)

    assert [(fault.sheet, fault.cell) for fault in ledgers.faults] == [("系统", "A2")]
    assert [row.table.sheet.name for row in ledgers.held] == ["主机"]


def test_without_any_department_one_fault_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 表=[HEADINGS[:5], ROW[:5], ("民政厅", "社保系统", *ROW[2:5])])

    [fault] = read_ledgers([path]).faults

    assert (fault.cell, fault.what) == ("A1", "no department is known yet, so none can be checked")


def test_a_ledger_may_refer_to_what_another_file_declares_later(tmp_path: Path) -> None:
    systems = workbook(tmp_path / "a.xlsx", 表=[HEADINGS, ROW])
    register = workbook(tmp_path / "b.xlsx", 部门=DEPARTMENTS, 机房=ROOMS)

    ledgers = read_ledgers([systems, register])

    assert (told(ledgers), len(ledgers.facts.departments), len(ledgers.facts.systems)) == ([], 2, 1)


def test_systems_named_in_a_column_become_dependencies(tmp_path: Path) -> None:
    ledgers = read(
        tmp_path,
        (*HEADINGS, "对接其它系统名称"),
        (*ROW, "视频平台、户籍系统"),
        ("公安厅", "视频平台", *ROW[2:], "无"),
        ("民政厅", "社保系统", *ROW[2:], "户藉系统"),
    )

    assert told(ledgers) == [f"a.xlsx 表!G4: '户藉系统' {UNKNOWN.format(kind='system', near='户籍系统')}"]
    assert [str(dependency.target) for dependency in ledgers.facts.dependencies] == [f"{PUBLIC}/视频平台"]


def test_a_dependency_with_several_ports_is_one_for_each(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        系统=[HEADINGS, ROW, ("民政厅", "社保系统", *ROW[2:])],
        依赖=[
            ("单位名称", "系统名称", "对接单位", "对接系统名称", "协议", "端口", "置信度"),
            ("公安厅", "户籍系统", "民政厅", "社保系统", "tcp", "8080/8443", "80%"),
        ],
    )

    found = read_ledgers([path], KNOWN).facts.dependencies

    assert [(d.port, d.confidence) for d in found] == [(8080, 0.8), (8443, 0.8)]


def test_a_system_that_needs_itself_is_a_fault(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        系统=[HEADINGS, ROW],
        依赖=[("单位名称", "系统名称", "对接系统名称", "端口"), ("公安厅", "户籍系统", "户籍系统", 80)],
    )

    assert told(read_ledgers([path], KNOWN)) == [
        "a.xlsx 依赖!C2: a system does not depend on itself; name another system"
    ]


@pytest.mark.parametrize(
    ("headings", "cells", "place", "what"),
    [
        (("是否涉密", "迁移方式"), ("是", "迁移"), "H2", "a classified system never goes to this cloud"),
        (("是否申请暂缓整合", "暂缓整合原因说明"), ("是", None), "H2", "a system waits for a stated reason only"),
        (("数据库类型", "备注"), (None, None), None, ""),
    ],
)
def test_what_contradicts_itself_is_a_fault(
    tmp_path: Path, headings: tuple[str, ...], cells: tuple[str | None, ...], place: str | None, what: str
) -> None:
    ledgers = read(tmp_path, (*HEADINGS, *headings), (*ROW, *cells))

    assert [(fault.cell, fault.what) for fault in ledgers.faults] == ([(place, what)] if place else [])


def test_a_classified_system_goes_to_the_intranet_unless_told_otherwise(tmp_path: Path) -> None:
    ledgers = read(tmp_path, (*HEADINGS, "涉密分类"), (*ROW, "涉密"))

    assert ledgers.facts.systems[0].disposition is Disposition.INTRANET


def test_a_slip_in_a_products_name_is_told_and_an_unknown_product_kept(tmp_path: Path) -> None:
    servers = ("单位名称", "系统名称", "主机名", "数据库类型")
    path = workbook(
        tmp_path / "a.xlsx",
        系统=[HEADINGS, ROW],
        主机=[servers, ("公安厅", "户籍系统", "a", "Orcale 11g"[:6]), ("公安厅", "户籍系统", "b", "自研库")],
    )

    ledgers = read_ledgers([path], KNOWN)

    assert told(ledgers) == ["a.xlsx 主机!D2: 'Orcale' is no product we know; did you mean Oracle?"]
    assert [database.product for database in ledgers.facts.databases] == ["自研库"]


def test_a_vendor_that_nobody_declared_is_declared_by_its_system(tmp_path: Path) -> None:
    ledgers = read(tmp_path, (*HEADINGS, "承建单位", "运维厂商"), (*ROW, "某科技公司", "某科技公司"))

    assert [(v.name, [role.value for role in v.roles]) for v in ledgers.facts.vendors] == [
        ("某科技公司", ["development", "maintenance"])
    ]


def test_aliases_lead_to_the_names_that_facts_hold(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 表=[HEADINGS, ("省厅", "老户籍", *ROW[2:5], "一号机房")])
    aliases = Aliases(
        departments={"省厅": PUBLIC}, rooms={"一号机房": "公安厅机房"}, systems={(PUBLIC, "老户籍"): "户籍系统"}
    )

    [system] = read_ledgers([path], KNOWN, aliases=aliases).facts.systems

    assert (system.department, system.name, system.room) == (PUBLIC, "户籍系统", "公安厅机房")


def test_dates_as_text_number_and_day_are_alike(tmp_path: Path) -> None:
    rows = [
        (*ROW[:1], f"系统{n}", *ROW[2:], day)
        for n, day in enumerate(("2020.12", 44166, date(2020, 12, 1), "2020年12月"))
    ]

    ledgers = read(tmp_path, (*HEADINGS, "建成时间"), *rows)

    assert {system.live_on for system in ledgers.facts.systems} == {date(2020, 12, 1)}


def test_a_ledger_without_the_column_that_tells_rows_apart_is_a_fault_with_a_guess(tmp_path: Path) -> None:
    ledgers = read(tmp_path, ("单位名称", "系统称呼", *HEADINGS[2:]), ROW)

    [fault] = ledgers.faults
    assert (fault.cell, fault.what, fault.mend) == (
        "A1",
        "this looks like the ledger 业务系统 but lacks the column 系统名称",
        "rename 系统称呼 to that",
    )


def test_a_sheet_of_labels_and_values_side_by_side_is_no_ledger(tmp_path: Path) -> None:
    ledgers = read(tmp_path, ("系统名称", "户籍系统", "单位名称", "公安厅"), ("建成时间", "2018.9", "等保级别", "三级"))

    assert [str(fault) for fault in ledgers.refused] == [
        "a.xlsx: no sheet has the headings of a ledger; put the headings in one row, for example 单位名称 and 系统名称"
    ]


def test_the_error_of_a_formula_is_a_fault_and_no_blank(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明")
        sheet = book.add_worksheet("R&D")
        sheet.write_row(0, 0, (*HEADINGS, "用户数"))
        sheet.write_row(1, 0, ROW)
        sheet.write_formula("G2", "=1/0", None, "#DIV/0!")

    [fault] = read_ledgers([path], KNOWN).faults

    assert (fault.sheet, fault.cell, fault.what) == ("R&D", "G2", "'#DIV/0!' is the error of a formula")


def test_a_csv_may_say_its_own_mark(tmp_path: Path) -> None:
    rows = "\n".join(";".join(row) for row in (HEADINGS, (*ROW[:1], "甲,乙,丙,丁,戊系统", *ROW[2:])))
    (tmp_path / "a.csv").write_text(f"sep=;\n{rows}", encoding="utf-8")

    assert [system.name for system in read_ledgers([tmp_path / "a.csv"], KNOWN).facts.systems] == ["甲,乙,丙,丁,戊系统"]
