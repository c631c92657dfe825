"""What people write in cells is read as they mean it, or refused with what would be right."""

from datetime import date, datetime
from decimal import Decimal
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianyun.importers import measures as m
from qianyun.importers.choices import Choice
from qianyun.importers.days import first_day, last_day
from qianyun.importers.sheets import Cell
from qianyun.importers.values import (
    Wrong,
    addresses,
    contact,
    fold,
    name,
    names,
    phone,
    port,
    ports,
    prose,
    region_code,
)
from qianyun.importers.vocabulary import LEVEL, MLPS, NETWORK, SCOPE, YES_NO


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("2020-12-31", date(2020, 12, 31)),
        ("2020/1/5", date(2020, 1, 5)),
        ("2020.12", date(2020, 12, 1)),
        ("2020.12.31", date(2020, 12, 31)),
        ("2020年12月", date(2020, 12, 1)),
        ("２０２０年１２月３１日", date(2020, 12, 31)),
        ("2020年", date(2020, 1, 1)),
        ("2020-12-31 08:30:00", date(2020, 12, 31)),
        ("20201231", date(2020, 12, 31)),
        ("202012", date(2020, 12, 1)),
        (20201231.0, date(2020, 12, 31)),
        (2020.12, date(2020, 12, 1)),
        (2020.0, date(2020, 1, 1)),
        (44196.0, date(2020, 12, 31)),
        ("44196", date(2020, 12, 31)),
        (datetime(2020, 12, 31, 8, 30), date(2020, 12, 31)),  # noqa: DTZ001 - a sheet's dates have no zone
        (date(2020, 12, 31), date(2020, 12, 31)),
    ],
)
def test_a_day_is_read_in_every_way_it_is_written(cell: Cell, first: date) -> None:
    assert first_day(cell) == first


@pytest.mark.parametrize(
    ("cell", "last"),
    [
        ("2020.2", date(2020, 2, 29)),
        ("2021年", date(2021, 12, 31)),
        ("2020-12-01", date(2020, 12, 1)),
        (2020.2, date(2020, 2, 29)),
    ],
)
def test_an_end_is_the_last_day_of_its_month_or_year(cell: Cell, last: date) -> None:
    assert last_day(cell) == last


def test_a_number_that_lost_its_zero_is_not_guessed() -> None:
    assert first_day(2020.1) == Wrong(
        "2020.1 may be January or October: a number drops its last zero", "write 2020-01 or 2020-10, as text"
    )


@pytest.mark.parametrize("cell", ["2020.13", "2020-12-31-1", "去年", 12.0, "1899-01-01", "2020-00-10", "长期"])
def test_what_is_no_day_is_refused_with_an_example(cell: Cell) -> None:
    wrong = first_day(cell)

    assert isinstance(wrong, Wrong)
    assert wrong.mend == "write it as 2020-12-31"


def test_a_day_that_its_month_lacks_is_refused_with_the_last_one() -> None:
    assert first_day("2021-02-29") == Wrong("'2021-02-29' is no day: that month has 28 days", "write it as 2021-02-28")


@pytest.mark.parametrize("cell", ["", "--", "/", "无", "N/A", " — ", "／", "ｎ／ａ", "暂无"])
def test_the_ways_to_say_nothing_are_nothing_in_every_reader(cell: str) -> None:
    read = [
        first_day(cell),
        m.STORAGE.read(cell, unit="g"),
        name(cell),
        prose(cell),
        phone(cell),
        port(cell),
        m.percent(cell),
    ]

    assert read == [None] * 7
    assert (addresses(cell), ports(cell), names(cell), contact(cell)) == ((), (), (), (None, None))
    assert LEVEL.read(cell) is None


@pytest.mark.parametrize(
    ("measure", "cell", "quantity"),
    [
        (m.CORES, "8C", 8),
        (m.CORES, "16核", 16),
        (m.CORES, "2*8", 16),
        (m.CORES, "2路×8核", 16),
        (m.CORES, "８ｖＣＰＵ", 8),
        (m.CORES, 8.0, 8),
        (m.STORAGE, "32G", Decimal(32)),
        (m.STORAGE, "0.5T", Decimal(512)),
        (m.STORAGE, "500G+2T", Decimal(2548)),
        (m.STORAGE, "4块*1.5TB", Decimal(6144)),
        (m.STORAGE, "512 MB", Decimal("0.5")),
        (m.BANDWIDTH, "1G", Decimal(1000)),
        (m.BANDWIDTH, "100Mbps", Decimal(100)),
        (m.BANDWIDTH, "2*10M", Decimal(20)),
        (m.WAN_YUAN, "12.50万元", Decimal("12.5")),
        (m.WAN_YUAN, "50000元", Decimal(5)),
        (m.WAN_YUAN, "1,200", Decimal(1200)),
        (m.WAN_YUAN, "1.2亿元", Decimal(12000)),
        (m.YUAN_A_MONTH, "¥3,000元/月", Decimal(3000)),
        (m.YUAN_A_MONTH, "0.3万", Decimal(3000)),
        (m.AREA, "60㎡", Decimal(60)),
        (m.AREA, "约60平方米", Decimal(60)),
        (m.POWER, "4500W", Decimal("4.5")),
        (m.COUNT, "1.2万", 12000),
        (m.COUNT, "3000余人", None),
        (m.COUNT, "约5000人", 5000),
        (m.HOURS, "90分钟", Decimal("1.5")),
        (m.HOURS, "2天", Decimal(48)),
    ],
)
def test_a_quantity_is_worked_out_in_the_unit_of_its_field(
    measure: m.Measure, cell: Cell, quantity: Decimal | int | None
) -> None:
    read = measure.read(cell, unit=measure.unit)

    if quantity is None:
        assert isinstance(read, Wrong)
    else:
        assert read == quantity


@pytest.mark.parametrize(
    ("measure", "unit", "cell", "quantity"),
    [
        (m.STORAGE, "tb", 2.0, Decimal(2048)),
        (m.STORAGE, "tb", "500G", Decimal(500)),
        (m.BANDWIDTH, "g", "10", Decimal(10000)),
        (m.WAN_YUAN, "元", 50000.0, Decimal(5)),
    ],
)
def test_the_unit_of_the_heading_holds_where_the_cell_names_none(
    measure: m.Measure, unit: str, cell: Cell, quantity: Decimal
) -> None:
    assert measure.reader(unit)(cell) == quantity


@pytest.mark.parametrize(
    ("measure", "cell", "what"),
    [
        (m.CORES, "八核", "'八核' is no quantity"),
        (m.CORES, "8.5", "8.5 is not a whole number"),
        (m.CORES, -4.0, "-4 is below zero"),
        (m.STORAGE, "32GHz", "'32GHz' is no quantity"),
        (m.STORAGE, "1T/2T", "'1T/2T' is no quantity"),
        (m.STORAGE, "9" * 40, f"{'9' * 40} is larger than anything here"),
        (m.YUAN_A_MONTH, "36000元/年", "'36000元/年' is no quantity"),
    ],
)
def test_what_is_no_quantity_is_refused(measure: m.Measure, cell: Cell, what: str) -> None:
    wrong = measure.read(cell, unit=measure.unit)

    assert wrong == Wrong(what, f"write it as {measure.example}")


@pytest.mark.parametrize(
    ("cell", "share"),
    [("35%", 35), (0.35, 35), (35.0, 35), ("0.5%", Decimal("0.5")), ("0.35", 35), ("约80%", 80), (1.0, 100), (0.0, 0)],
)
def test_a_share_is_read_as_percent_or_fraction(cell: Cell, share: Decimal | int) -> None:
    assert m.percent(cell) == share


@pytest.mark.parametrize("cell", ["135%", "高", -0.1, "nan"])
def test_what_is_no_share_is_refused(cell: Cell) -> None:
    assert isinstance(m.percent(cell), Wrong)


@pytest.mark.parametrize("cell", ["8C / 32G / 1T", "8核、32GB、1TB", "CPU:8C 内存:32G 硬盘:1T", "8／32／1024"])
def test_hardware_in_one_cell_is_three_values(cell: str) -> None:
    assert m.hardware(cell) == (8, Decimal(32), Decimal(1024))


def test_hardware_that_lacks_a_part_is_refused() -> None:
    assert m.hardware("8C/32G") == Wrong("'8C/32G' is not cores, memory and disk", "write it as 8C / 32G / 1T")


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("10.1.2.3", ["10.1.2.3"]),
        ("10.1.2.3、10.1.2.4\n10.1.2.5", ["10.1.2.3", "10.1.2.4", "10.1.2.5"]),
        ("10.1.2.3-5", ["10.1.2.3", "10.1.2.4", "10.1.2.5"]),
        ("10.1.2.3:8080", ["10.1.2.3"]),
        ("10.1.2.0/24", ["10.1.2.0"]),
        ("10.1.2.3/10.1.2.4", ["10.1.2.3", "10.1.2.4"]),
        ("１０．１．２．３", ["10.1.2.3"]),
        ("3FFF:0:0::1/64", ["3fff::1"]),
        ("[2001:db8::1]", ["2001:db8::1"]),
        ("10.1.2.3；10.1.2.3", ["10.1.2.3"]),
    ],
)
def test_addresses_are_split_and_written_one_way(cell: str, found: list[str]) -> None:
    assert addresses(cell) == tuple(map(ip_address, found))


@pytest.mark.parametrize(
    ("cell", "piece"), [("10.1.2.300", "10.1.2.300"), ("10.1.2.3、待分配", "待分配"), ("10.1.2", "10.1.2")]
)
def test_a_bad_address_is_named_among_the_good(cell: str, piece: str) -> None:
    wrong = addresses(cell)

    assert isinstance(wrong, Wrong)
    assert wrong.what == f"{piece!r} is no IP address"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("联系人甲 00012345678", ("联系人甲", "00012345678")),
        ("联系人甲（00012345678）", ("联系人甲", "00012345678")),
        ("联系人甲/000-12345678", ("联系人甲", "000-12345678")),
        ("值班员\n电话：00012345678", ("值班员", "00012345678")),
        ("00012345678", (None, "00012345678")),
        ("值班员", ("值班员", None)),
    ],
)
def test_name_and_phone_in_one_cell_are_two(cell: str, found: tuple[str | None, str | None]) -> None:
    assert contact(cell) == found


def test_a_phone_kept_as_a_number_keeps_its_digits() -> None:
    assert phone(10012345678.0) == "10012345678"


@pytest.mark.parametrize(
    ("choice", "cell", "meaning"),
    [
        (LEVEL, "省级", "province"),
        (LEVEL, 2.0, "city"),
        (LEVEL, "3", "county"),
        (LEVEL, "1.省级", "province"),
        (SCOPE, "（2）国家垂直", "national"),
        (YES_NO, "是（如是僵尸系统下表内容无需填写）", True),
        (YES_NO, "√", True),
        (YES_NO, "TRUE", True),
        (YES_NO, 2.0, False),
        (MLPS, "三级", 3),
        (MLPS, "第三级", 3),
        (MLPS, "S3A3G3", 3),
        (MLPS, "登保二级", 2),
        (MLPS, 2.0, 2),
        (MLPS, "未定级", None),
        (NETWORK, "外网", "extranet"),
        (NETWORK, "extranet", "extranet"),
    ],
)
def test_a_word_is_known_by_label_alias_or_number(choice: Choice, cell: Cell, meaning: object) -> None:
    assert choice.read(cell) == meaning


def test_an_unknown_word_is_refused_with_the_nearest_and_all_right_ones() -> None:
    assert LEVEL.read("县及") == Wrong(
        "'县及' is not one of the words of this column",
        "did you mean 县? It must be one of 省级、市级、县级、镇级、村级",
    )


def test_several_words_in_a_cell_are_all_read() -> None:
    assert NETWORK.read_several("互联网、政务外网;专网") == ("internet", "extranet", "department_private")


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("A系统、B系统；C系统", ("A系统", "B系统", "C系统")),
        ("A系统\nB、C系统", ("A系统", "B、C系统")),
        ("A系统，A系统，无", ("A系统",)),
    ],
)
def test_a_list_of_names_is_split_at_lines_or_else_at_commas(cell: str, found: tuple[str, ...]) -> None:
    assert names(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"), [("1521", (1521,)), (1521.0, (1521,)), ("tcp/8080、8443", (8080, 8443)), ("80/443", (80, 443))]
)
def test_ports_are_listed(cell: Cell, found: tuple[int, ...]) -> None:
    assert ports(cell) == found


@pytest.mark.parametrize("cell", ["70000", "http", 0.0])
def test_what_is_no_port_is_refused(cell: Cell) -> None:
    assert isinstance(ports(cell), Wrong)


def test_a_region_code_kept_as_a_number_is_read() -> None:
    assert (region_code(440800.0), region_code("440800001")) == ("440800", "440800001")


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


ANY_CELL = st.one_of(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.datetimes())


@given(ANY_CELL)
def test_no_cell_breaks_a_reader(cell: Cell) -> None:
    for read in (
        first_day,
        last_day,
        name,
        prose,
        phone,
        port,
        ports,
        names,
        contact,
        addresses,
        region_code,
        m.hardware,
    ):
        read(cell)
    for measure in (m.STORAGE, m.CORES, m.WAN_YUAN, m.BANDWIDTH):
        measure.read(cell, unit=measure.unit)
    for choice in (LEVEL, MLPS, YES_NO):
        choice.read(cell)
        choice.read_several(cell)
    m.percent(cell)
