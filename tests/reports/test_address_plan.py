from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from qianyun.importers.declaration import load_addresses, load_policy
from qianyun.policy.addresses import Plan
from reports.address_plan import address_report
from reports.content import Cell, Report
from reports.workbook import workbook

ROOT = Path(__file__).parent.parent.parent
COUNTY = ROOT / "tests/cases/profiles/county"
ESTATES = (ROOT / "inventory/province", COUNTY)
AS_OF = datetime(2026, 10, 1, tzinfo=UTC)


def report(estate: Path, **pools: tuple[IPv4Network, ...]) -> Report:
    policy = load_policy(estate)
    declaration = load_addresses(estate, policy)
    legacy = replace(declaration.legacy, **pools)  # type: ignore[arg-type]  # pools alone are replaced
    return address_report(policy, Plan(replace(declaration, legacy=legacy)), AS_OF, "internal")


def rows(said: Report, name: str) -> list[list[Cell]]:
    [table] = [table for table in said.tables if table.name == name]
    return [[cell if isinstance(cell, int | float) else str(cell) for cell in row] for row in table.rows]


@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_every_subnet_has_a_row(estate: Path) -> None:
    policy = load_policy(estate)

    count = sum(1 for _subnet in Plan(load_addresses(estate, policy)).subnets())

    assert len(rows(report(estate), "subnets")) == count


def test_a_block_without_anywhere_to_go_says_why() -> None:
    said = rows(report(COUNTY, renumber_into=()), "legacy")

    assert said[1][5:] == ["✕ renumber", "the space declared for it is used up"]


def test_a_site_is_shown_with_its_names_and_its_line() -> None:
    assert rows(report(COUNTY), "sites")[0] == [
        "North district", "Planning", "Town hall", "2001:db8:100::/52", "office", "addresses.yml:10",
    ]  # fmt: skip


def test_the_same_plan_gives_the_same_workbook() -> None:
    assert workbook(report(COUNTY)) == workbook(report(COUNTY))
