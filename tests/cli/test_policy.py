import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qianyun.cli.app import app

ROOT = Path(__file__).parent.parent.parent
PROVINCE, COUNTY = ROOT / "inventory/province", ROOT / "tests/cases/profiles/county"


def run(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_policy_check_says_what_is_in_force_and_names_what_expired() -> None:
    result = run("policy", "check", COUNTY, "--on", "2026-10-01")

    assert result.stdout == "Sample county: 4 zones, 4 flows, 10 rules in force, 3 sites; no fault\n"
    assert result.stderr == "waivers.yml:3: Z03 Depot has expired\n"


def test_policy_show_lists_the_flow_matrix_with_stable_keys() -> None:
    rows = json.loads(run("policy", "show", COUNTY, "--format", "json").stdout)

    assert [(row["flow"], row["from"], row["to"]) for row in rows][:2] == [
        ("residents", "world", "public.website"),
        ("browsing", "office", "world"),
    ]
    assert rows[3]["expires"] == "2030-03-31"


def test_policy_show_as_csv_is_read_by_a_spreadsheet() -> None:
    text = run("policy", "show", COUNTY, "--format", "csv").stdout

    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[0] for row in rows] == ["flow", "residents", "browsing", "editing", "planning-cases"]


@pytest.mark.parametrize("part", ["levels", "sites", "subnets", "legacy", "reverse"])
def test_address_show_lists_each_part_of_the_plan(part: str) -> None:
    lines = run("address", "show", PROVINCE, "--part", part).stdout.splitlines()

    assert len(lines) > 3


def test_address_show_proposes_where_overlapping_blocks_go() -> None:
    rows = json.loads(run("address", "show", COUNTY, "--part", "legacy", "--format", "json").stdout)

    assert [(row["prefix"], row["into"]) for row in rows] == [
        ("10.20.0.0/20", None),
        ("10.20.8.0/22", "10.20.64.0/22"),
        ("10.20.12.0/24", "10.20.128.0/24"),
    ]


def test_address_next_says_a_number_and_the_prefix_that_comes_with_it() -> None:
    assert run("address", "next", COUNTY, "--region", "1", "--department", "0").stdout == "1 2001:db8:108::/52\n"


def test_address_next_skips_what_a_widened_site_has_grown_over() -> None:
    assert run("address", "next", COUNTY, "--region", "2", "--department", "0").stdout == "1 2001:db8:208::/52\n"


def test_address_plan_writes_a_workbook_with_a_sheet_for_each_list(tmp_path: Path) -> None:
    output = tmp_path / "addresses.xlsx"

    run("address", "plan", PROVINCE, "--output", output, "--on", "2026-10-01")

    names = zipfile.ZipFile(output).namelist()
    assert sum(name.startswith("xl/worksheets/sheet") for name in names) == 6


@pytest.mark.parametrize("target", ["nftables", "neutron", "asa", "usg", "ios", "vrp", "comware"])
def test_zone_compile_writes_every_target(target: str) -> None:
    text = run("zone", "compile", COUNTY, "--target", target, "--on", "2026-10-01", "--loose-replies").stdout

    assert "residents" in text


def test_zone_compile_is_the_same_on_every_run() -> None:
    runs = {run("zone", "compile", PROVINCE, "--on", "2026-10-01").stdout for _ in range(2)}

    assert len(runs) == 1
