"""`qianyun estate import` and `export`, as a planner runs them."""

import json
from pathlib import Path

import pytest
from sheet_files import DEPARTMENTS, ROOMS, workbook
from typer.testing import CliRunner, Result

from qianyun.cli.app import app
from qianyun.store import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state/store.db"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return workbook(tmp_path / "台账.xlsx", 部门=DEPARTMENTS, 机房=ROOMS)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    return workbook(tmp_path / "台账.xlsx", 部门=DEPARTMENTS, 机房=[*ROOMS, ("第三机房", "公安厅", "借用")])


def run(*words: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def held(url: str) -> list[str]:
    with Store.open(url) as store:
        estate = store.estate()
    return [*(each.name for each in estate.departments), *(each.name for each in estate.rooms)]


EVERYTHING = ["某省公安厅", "某省民政厅", "公安厅机房", "民政厅机房"]


def test_clean_ledgers_are_stored_with_who_and_why(url: str, clean: Path) -> None:
    result = run("estate", "import", clean, "--store", url, "--who", "值班员", "--why", "季度报送")

    assert (result.stdout, result.stderr) == ("", "new 4, changed 0, same 0, conflict 0\n")
    assert held(url) == EVERYTHING
    with Store.open(url) as store:
        assert {(c.cause.who, c.cause.why, c.cause.source) for c in store.history()} == {
            ("值班员", "季度报送", "ledgers")
        }


def test_importing_again_changes_nothing(url: str, clean: Path) -> None:
    run("estate", "import", clean, "--store", url)

    again = run("estate", "import", clean, "--store", url)

    assert again.stderr == "new 0, changed 0, same 4, conflict 0\n"


def test_check_lists_what_would_change_and_makes_no_store(url: str, clean: Path, tmp_path: Path) -> None:
    result = run("estate", "import", clean, "--store", url, "--check", "--format", "json", code=1)

    assert [(row["verdict"], row["kind"], row["key"]) for row in json.loads(result.stdout)][:2] == [
        ("new", "department", "某省公安厅"),
        ("new", "department", "某省民政厅"),
    ]
    assert not (tmp_path / "state").exists()


def test_check_names_the_field_that_a_new_ledger_changes(url: str, clean: Path) -> None:
    run("estate", "import", clean, "--store", url)
    workbook(clean, 机房=[ROOMS[0], ("公安厅机房", "公安厅", "托管")])

    result = run("estate", "import", clean, "--store", url, "--check", "--format", "json", code=1)

    assert json.loads(result.stdout) == [
        {
            "verdict": "changed",
            "kind": "room",
            "key": "公安厅机房",
            "field": "kind",
            "before": "owned",
            "after": "hosted",
        }
    ]


def test_one_fault_keeps_everything_out(url: str, faulty: Path) -> None:
    result = run("estate", "import", faulty, "--store", url, "--format", "json", code=2)

    assert json.loads(result.stdout) == [
        {
            "file": "台账.xlsx",
            "sheet": "机房",
            "cell": "C4",
            "value": "借用",
            "what": "'借用' is not one of the words of this column",
            "right": "write one of 自建、租赁、托管",
        }
    ]
    assert held(url) == []
    assert "nothing was imported" in result.stderr


def test_good_rows_go_in_and_the_rest_comes_back(url: str, faulty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "back"

    result = run("estate", "import", faulty, "--store", url, "--good-rows", "--annotate", folder, code=1)

    assert held(url) == EVERYTHING
    assert sorted(path.name for path in folder.iterdir()) == ["台账_标注.xlsx", "台账_退回.xlsx"]
    assert "1 faults in 1 rows; 4 rows are right, 0 wait for a faulty one" in result.stderr


def test_a_mended_row_goes_in_from_the_file_that_came_back(url: str, faulty: Path, tmp_path: Path) -> None:
    run("estate", "import", faulty, "--store", url, "--good-rows", "--annotate", tmp_path / "back", code=1)
    again = run("estate", "import", tmp_path / "back/台账_退回.xlsx", "--store", url, "--format", "json", code=2)

    assert [(row["sheet"], row["value"]) for row in json.loads(again.stdout)] == [("机房", "借用")]


def test_a_hostile_file_is_refused_beside_good_ones(url: str, clean: Path, tmp_path: Path) -> None:
    (tmp_path / "宏.xlsm").write_bytes(b"PK")

    result = run("estate", "import", clean, tmp_path / "宏.xlsm", "--store", url, "--format", "csv", code=2)

    assert "宏.xlsm,,,,a .xlsm file can carry macros" in result.stdout


def test_export_then_import_is_all_the_same(url: str, clean: Path, tmp_path: Path) -> None:
    run("estate", "import", clean, "--store", url)

    run("estate", "export", tmp_path / "out/book.xlsx", "--store", url)
    result = run("estate", "import", tmp_path / "out/book.xlsx", "--store", url, "--check")

    assert result.stderr == "new 0, changed 0, same 4, conflict 0\n"


def test_aliases_of_the_estate_hold(url: str, clean: Path, tmp_path: Path) -> None:
    (tmp_path / "aliases.yml").write_text("departments: {某省公安厅: [老公安]}", encoding="utf-8")
    workbook(clean, 部门=DEPARTMENTS, 机房=[ROOMS[0], ("公安厅机房", "老公安", "自建")])

    run("estate", "import", clean, "--store", url, "--estate", tmp_path)

    with Store.open(url) as store:
        assert [room.department for room in store.estate().rooms] == ["某省公安厅"]


def test_a_folder_means_its_files(url: str, clean: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ledgers"
    folder.mkdir()
    clean.rename(folder / clean.name)
    (folder / "~$台账.xlsx").write_bytes(b"an editor's lock")

    run("estate", "import", folder, "--store", url)

    assert held(url) == EVERYTHING
