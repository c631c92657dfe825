"""Plans go out as workbooks, JSON and Microsoft Project XML and come back; nothing that a person set is lost."""

import io
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from plan_worlds import FREE, friday, key, nothing_moves, pool, problem, room, system
from plan_worlds import needs as depends
from typer.testing import CliRunner

from qianyun.cli.app import app
from qianyun.cli.plan_files import content_of, taken
from qianyun.errors import ImportFileError
from qianyun.estate.facts import Department, System
from qianyun.estate.kinds import Level
from qianyun.importers.plan_edits import SPACE
from qianyun.plan.peers import Condition
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.replan import replan
from qianyun.plan.solve import solve
from qianyun.plan.wishes import Order, Parts, PartWish
from qianyun.store import Store

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
SUFFIXES = (".xlsx", ".json", ".xml")


@pytest.fixture(scope="module")
def given() -> Problem:
    front = PartWish(name="前端", zone="internet", vcpu=1)
    return problem(
        [system("甲", room="机房一"), system("乙", room="机房一"), system("丙"), system("丁")],
        replace(FREE, parts=(Parts(system=key("丙"), parts=(front,), order=Order.SEQUENCE),)),
        dependencies=[depends(key("乙"), key("甲")), depends(key("丙"), key("丁"), hard=False, close=True)],
        rooms=[room()],
        pools=(pool(), pool(zone="internet")),
        blackouts=[nothing_moves(5)],
    )


@pytest.fixture(scope="module")
def plan(given: Problem) -> Plan:
    return solve(given, work=1)


def written(folder: Path, given: Problem, plan: Plan, suffix: str) -> Path:
    file = folder / f"计划{suffix}"
    file.write_bytes(content_of(given, plan, file, "样例"))
    return file


def edited_book(file: Path, change: Callable[[Worksheet], None]) -> Path:
    book = openpyxl.load_workbook(file)
    change(book["批次计划"])
    book.save(file)
    return file


def row_of(sheet: Worksheet, name: str) -> int:
    return next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 2).value == name)


def put(name: str, column: int, value: object) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet.cell(row_of(sheet, name), column).value = value  # type: ignore[assignment] # nonsense on purpose

    return change


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_plan_comes_back_as_it_went(tmp_path: Path, given: Problem, plan: Plan, suffix: str) -> None:
    _pinned, back = taken(written(tmp_path, given, plan, suffix), given, plan)

    assert (back.waves, back.cost, back.pins, back.notes) == (plan.waves, plan.cost, plan.pins, plan.notes)


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path, given: Problem, plan: Plan) -> None:
    assert len({content_of(given, plan, tmp_path / "a.xlsx", "") for _time in range(2)}) == 1


def test_a_week_changed_in_the_workbook_is_pinned_priced_and_kept_by_planning_again(
    tmp_path: Path, given: Problem, plan: Plan
) -> None:
    file = edited_book(written(tmp_path, given, plan, ".xlsx"), put("乙", 3, friday(6)))

    pinned, made = taken(file, given, plan)
    again = replan(given, made, frozen_until=friday(0), work=1).plan

    assert made.days[key("乙")] == friday(6)
    assert [(pin.system, pin.on) for pin in made.pins] == [(key("乙"), friday(6))]
    assert made.cost.rooms > plan.cost.rooms
    assert made.problem_digest == pinned.digest
    assert again.days[key("乙")] == friday(6)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pins_and_notes_survive_each_format_and_planning_again(
    tmp_path: Path, given: Problem, plan: Plan, suffix: str
) -> None:
    def change(sheet: Worksheet) -> None:
        put("甲", 4, "是")(sheet)
        put("丁", 5, "与处室商定 <周五>")(sheet)

    pinned, made = taken(edited_book(written(tmp_path, given, plan, ".xlsx"), change), given, plan)
    _again, back = taken(written(tmp_path, pinned, made, suffix), pinned, made)
    later = replan(given, back, frozen_until=friday(0), work=1).plan

    for held in (made, back, later):
        assert [pin.system for pin in held.pins] == [key("甲")]
        assert [(note.system, note.text) for note in held.notes] == [(key("丁"), "与处室商定 <周五>")]


def test_a_pin_that_is_taken_out_is_no_longer_kept(tmp_path: Path, given: Problem, plan: Plan) -> None:
    pinned, made = taken(edited_book(written(tmp_path, given, plan, ".xlsx"), put("甲", 4, "是")), given, plan)
    file = edited_book(written(tmp_path, pinned, made, ".xlsx"), put("甲", 4, None))

    assert taken(file, pinned, made)[1].pins == ()


def faults_of(file: Path, given: Problem, plan: Plan) -> list[str]:
    with pytest.raises(ImportFileError) as caught:
        taken(file, given, plan)
    return [str(fault) for fault in caught.value.faults]


def nonsense(sheet: Worksheet) -> None:
    put("甲", 3, "下辈子")(sheet)
    put("乙", 3, "2031-01-03")(sheet)
    put("丁", 4, "也许")(sheet)
    put("丙", 2, "丙丙")(sheet)
    sheet.cell(20, 1).value = "数据局"
    sheet.cell(20, 2).value = "丁"


def test_a_workbook_edited_into_nonsense_tells_every_cell_and_comes_back_marked(
    tmp_path: Path, given: Problem, plan: Plan
) -> None:
    file = edited_book(written(tmp_path, given, plan, ".xlsx"), nonsense)
    before = file.read_bytes()

    told = faults_of(file, given, plan)

    for part in ("下辈子", "2031-01-03 lies outside", "neither yes nor no", "丙丙 is no system", "stands in row"):
        assert any(part in each for each in told), (part, told)
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "计划_标注.xlsx").read_bytes()))
    sheet = book["批次计划"]
    assert sum(cell.comment is not None for row in sheet.iter_rows() for cell in row) == len(told)
    assert sheet.cell(row_of(sheet, "甲"), 3).value == "下辈子"
    assert file.read_bytes() == before


def test_an_edit_that_breaks_a_demand_is_told_at_its_cell(tmp_path: Path, given: Problem, plan: Plan) -> None:
    file = edited_book(written(tmp_path, given, plan, ".xlsx"), put("乙", 3, friday(5)))

    told = faults_of(file, given, plan)

    assert any("in the blackout 两会保障" in each for each in told)
    book = openpyxl.load_workbook(tmp_path / "计划_标注.xlsx")
    sheet = book["批次计划"]
    comment = sheet.cell(row_of(sheet, "乙"), 3).comment
    assert comment is not None
    assert "blackout" in comment.text


def test_two_of_one_group_in_different_weeks_are_told(tmp_path: Path, given: Problem, plan: Plan) -> None:
    def change(sheet: Worksheet) -> None:
        put("丙", 3, friday(6))(sheet)
        put("丁", 3, friday(7))(sheet)

    told = faults_of(edited_book(written(tmp_path, given, plan, ".xlsx"), change), given, plan)

    assert sum("moves together with" in each for each in told) == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_plan_for_other_facts_is_refused_by_name(tmp_path: Path, given: Problem, plan: Plan, suffix: str) -> None:
    file = written(tmp_path, given, plan, suffix)
    other = replace(given, team=given.team + 1)

    [told] = faults_of(file, other, plan)

    assert told.startswith(f"计划{suffix}: was made for other facts ({plan.problem_digest[:15]}, not")


@pytest.mark.parametrize("suffix", [".xlsx", ".xml"])
def test_a_file_of_another_plan_is_refused_by_name(tmp_path: Path, given: Problem, plan: Plan, suffix: str) -> None:
    file = written(tmp_path, given, plan, suffix)

    [told] = faults_of(file, given, replace(plan, seed=99))

    assert f"was made from plan {plan.digest[:15]}" in told


@pytest.mark.parametrize("content", [b"", b"<Project/>", b"<!DOCTYPE x><Project/>", b"\x00\xff", b"<a><b></a>"])
def test_xml_that_is_no_plan_is_refused(tmp_path: Path, given: Problem, plan: Plan, content: bytes) -> None:
    file = tmp_path / "坏.xml"
    file.write_bytes(content)

    assert len(faults_of(file, given, plan)) == 1


def test_a_workbook_saved_by_an_office_program_comes_back(
    tmp_path: Path, given: Problem, plan: Plan, needs: Callable[[str], str]
) -> None:
    file, out = written(tmp_path, given, plan, ".xlsx"), tmp_path / "out"
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    command = [needs("soffice"), home, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=400)

    _pinned, back = taken(out / file.name, given, plan)

    assert (back.waves, back.cost, back.notes) == (plan.waves, plan.cost, plan.notes)


@pytest.fixture
def url(tmp_path: Path) -> str:
    place = f"sqlite:///{tmp_path}/store.db"
    office = Department(name="甲厅", level=Level.PROVINCE, region_code="990000")
    with Store.open(place, create=True) as store:
        systems = [
            System(department="甲厅", name=f"系统{n}", zone="extranet", vcpu=8, ready_on=date(2026, 9, n))
            for n in range(1, 4)
        ]
        store.upsert(
            [office, *systems], who="值班员", why="报送", source="甲厅.xlsx", at=datetime(2026, 8, 2, tzinfo=UTC)
        )
    return place


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def test_a_plan_goes_through_the_store_and_a_workbook_and_is_ranked_beside_others(url: str, tmp_path: Path) -> None:
    file, estate = tmp_path / "计划.xlsx", ["--estate", str(PROVINCE), "--store", url]
    run("plan", "make", str(PROVINCE), "--store", url, "--work", "0")
    run("plan", "export", str(file), *estate)
    edited_book(file, put("系统2", 3, date(2026, 11, 20)))

    told = run("plan", "import", str(file), *estate)
    shown = run("plan", "show", str(PROVINCE), "--store", url, "--format", "csv")
    with pytest.raises(ImportFileError, match="was made from plan"):
        run("plan", "import", str(file), *estate)
    ranked = run("plan", "rank", str(PROVINCE), "--store", url, "--like", "azure", "--format", "csv")

    assert "1 systems and 0 rooms have another day" in told
    assert "2026-11-20,甲厅,系统2" in shown
    assert len(ranked.splitlines()) >= len(Condition)


# The elements of a task, in the order of Microsoft's schema
ORDER = (
    "UID", "ID", "Name", "Type", "IsNull", "WBS", "OutlineNumber", "OutlineLevel", "Priority", "Start", "Finish",
    "Duration", "DurationFormat", "Milestone", "Summary", "ConstraintType", "CalendarUID", "ConstraintDate", "Notes",
    "PredecessorLink", "ExtendedAttribute",
)  # fmt: skip


def tasks_of(given: Problem, plan: Plan) -> list[ET.Element]:
    return list(ET.fromstring(content_of(given, plan, Path("p.xml"), "样例")).iter(f"{SPACE}Task"))  # noqa: S314 - ours


def test_a_task_has_its_elements_in_the_order_of_the_schema(given: Problem, plan: Plan) -> None:
    for task in tasks_of(given, plan):
        places = [ORDER.index(child.tag.removeprefix(SPACE)) for child in task]
        assert places == sorted(places)


def test_tasks_are_outlined_numbered_and_linked(given: Problem, plan: Plan) -> None:
    tasks = tasks_of(given, plan)
    uids = [task.findtext(f"{SPACE}UID") for task in tasks]
    links = {
        (task.findtext(f"{SPACE}Name"), link.findtext(f"{SPACE}PredecessorUID"), link.findtext(f"{SPACE}Type"))
        for task in tasks
        for link in task.iter(f"{SPACE}PredecessorLink")
    }
    names = {task.findtext(f"{SPACE}Name"): task for task in tasks}

    assert uids == [str(n) for n in range(1, len(tasks) + 1)]
    assert ("数据局/乙", names["数据局/甲"].findtext(f"{SPACE}UID"), "3") in links
    assert ("room 机房一 is empty", names["数据局/乙"].findtext(f"{SPACE}UID"), "1") in links
    assert names["room 机房一 is empty"].findtext(f"{SPACE}Milestone") == "1"
    assert names["wave 1"].findtext(f"{SPACE}Summary") == "1"
    for task, following in pairwise(tasks):
        level, next_level = (int(each.findtext(f"{SPACE}OutlineLevel") or 0) for each in (task, following))
        assert next_level <= level + 1
        assert (next_level == level + 1) == (task.findtext(f"{SPACE}Summary") == "1")
