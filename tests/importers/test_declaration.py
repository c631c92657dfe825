from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError, Fault
from qianyun.estate.facts import Pool
from qianyun.importers.calendar_file import calendar_strangers
from qianyun.importers.declaration import load_calendar, load_pools

ROOT = Path(__file__).parent.parent.parent
ERRORS = ROOT / "tests/cases/errors"
PROVINCE = ROOT / "inventory/province"


@pytest.mark.parametrize(
    ("case", "read"), [("calendar", load_calendar), ("calendar_syntax", load_calendar), ("cloud", load_pools)]
)
def test_every_fault_of_a_declaration_is_told_with_its_line(case: str, read: Callable[[Path], object]) -> None:
    expected = (ERRORS / case / "expected.txt").read_text(encoding="utf-8")

    with pytest.raises(DeclarationError) as caught:
        read(ERRORS / case)

    assert f"{caught.value}\n" == expected


def test_a_missing_declaration_is_named_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as caught:
        load_calendar(tmp_path)

    assert str(caught.value) == f"{tmp_path}/calendar.yml: there is no such file"


def test_the_sample_calendar_leaves_time_to_move_everything() -> None:
    calendar = load_calendar(PROVINCE)

    weeks = calendar.cutover_weeks(calendar.first, calendar.last)

    assert 70 <= len(weeks) <= 95


def test_the_sample_calendar_knows_the_working_days_moved_in_2026() -> None:
    calendar = load_calendar(PROVINCE)

    assert calendar.is_working_day(date(2026, 2, 28))
    assert calendar.is_working_day(date(2026, 10, 10))
    assert not calendar.is_working_day(date(2026, 2, 23))


def test_holidays_not_yet_announced_are_marked_as_expected() -> None:
    calendar = load_calendar(PROVINCE)

    assert {holiday.is_expected for holiday in calendar.holidays if holiday.first.year == 2026} == {False}
    assert {holiday.is_expected for holiday in calendar.holidays if holiday.first.year > 2026} == {True}


def test_a_department_has_the_window_it_declares() -> None:
    calendar = load_calendar(PROVINCE)

    assert calendar.window_of("省政务服务管理局").opens == time(23, 30)
    assert calendar.window_of("省教育厅") == calendar.window


def test_departments_that_the_calendar_names_and_nobody_declared_are_told() -> None:
    calendar = load_calendar(PROVINCE)
    named = {*calendar.windows, *(name for blackout in calendar.blackouts for name in blackout.departments)}

    faults = calendar_strangers(calendar, frozenset(named - {"省公安厅"}))

    assert [str(fault) for fault in faults] == [
        f"{calendar.windows['省公安厅'].source}: names the department '省公安厅', which nobody declared"
    ]


def test_pools_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    tmp_path.joinpath("cloud.yml").write_text(
        "pools:\n"
        "  extranet:\n"
        "    - {from: 2026-07-01, vcpu: 10, memory_gib: 20, storage_gib: 30, safety_percent: 80}\n"
        "    - {from: 2027-01-01, vcpu: 20, memory_gib: 40, storage_gib: 60}\n"
    )

    assert load_pools(tmp_path) == (
        Pool(zone="extranet", starts_on=date(2026, 7, 1), vcpu=10, memory_gib=20, storage_gib=30, safety_percent=80),
        Pool(zone="extranet", starts_on=date(2027, 1, 1), vcpu=20, memory_gib=40, storage_gib=60),
    )


def test_aliases_that_multiply_themselves_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    tmp_path.joinpath("cloud.yml").write_text("\n".join(lines))

    with pytest.raises(DeclarationError) as caught:
        load_pools(tmp_path)

    assert caught.value.faults[0] == Fault(place=caught.value.faults[0].place, what="more than 200000 values")
