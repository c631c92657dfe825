from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.importers.declaration import load_addresses, load_egress, load_policy, load_waivers
from qianyun.policy.address_use import level_use
from qianyun.policy.addresses import Plan
from qianyun.policy.legacy import proposals
from qianyun.policy.waivers import expired_waivers

ROOT = Path(__file__).parent.parent.parent
ERRORS = ROOT / "tests/cases/errors"
PROVINCE, CITY, COUNTY = ROOT / "inventory/province", ROOT / "inventory/city", ROOT / "tests/cases/profiles/county"
READERS: dict[str, Callable[[Path], object]] = {
    "addresses": lambda folder: load_addresses(folder, load_policy(folder)),
    "egress": lambda folder: load_egress(folder, load_policy(folder)),
    "waivers": load_waivers,
}
estates = pytest.mark.parametrize("estate", [PROVINCE, COUNTY], ids=lambda path: path.name)


@pytest.mark.parametrize("case", READERS)
def test_every_fault_of_a_declaration_is_told_with_its_line(case: str, matches: Callable[[Path, str], None]) -> None:
    with pytest.raises(DeclarationError) as caught:
        READERS[case](ERRORS / case)

    matches(ERRORS / case / "expected.txt", f"{caught.value}\n")


@estates
def test_every_subnet_of_an_estate_lies_in_its_aggregate(estate: Path) -> None:
    declaration = load_addresses(estate, load_policy(estate))

    prefixes = [subnet.prefix for subnet in Plan(declaration).subnets()]

    assert prefixes
    assert all(prefix.subnet_of(declaration.aggregate) for prefix in prefixes)


@estates
def test_every_overlap_of_an_estates_old_space_has_somewhere_to_go(estate: Path) -> None:
    declaration = load_addresses(estate, load_policy(estate))

    found = proposals(declaration.legacy)

    assert found
    assert all(proposal.into is not None for proposal in found)


def test_a_widened_site_holds_subnets_beyond_its_first_block() -> None:
    plan = Plan(load_addresses(COUNTY, load_policy(COUNTY)))

    prefixes = [str(subnet.prefix) for subnet in plan.subnets() if subnet.site.name == "South annexe"]

    assert prefixes == ["2001:db8:200:200::/64", "2001:db8:200:201::/64", "2001:db8:200:214::/64"]


def test_the_citys_three_thousand_units_fit_their_numbers() -> None:
    plan = Plan(load_addresses(CITY, load_policy(CITY)))

    use = {level.level: level for level in level_use(plan)}

    assert use["site"].given == 3119
    assert use["site"].fullest_percent < 80


def test_the_egress_grows_with_its_links() -> None:
    egress = load_egress(CITY, load_policy(CITY))

    assert egress.capacity_mbps(date(2026, 10, 1)) == 1700
    assert egress.capacity_mbps(date(2027, 1, 1)) == 11700
    assert egress.usable_mbps(date(2026, 10, 1)) == 1190


def test_a_waiver_covers_its_finding_until_its_last_day() -> None:
    waiver = load_waivers(COUNTY)[0]

    assert waiver.covers("B05", "residents", date(2027, 3, 31))
    assert not waiver.covers("B05", "residents", date(2027, 4, 1))
    assert not waiver.covers("B05", "browsing", date(2026, 10, 1))


def test_an_expired_waiver_is_listed() -> None:
    found = expired_waivers(load_waivers(COUNTY), date(2026, 10, 1))

    assert [(waiver.check, waiver.subject) for waiver in found] == [("Z03", "Depot")]


def test_an_estate_without_waivers_has_none() -> None:
    assert load_waivers(PROVINCE) == ()
