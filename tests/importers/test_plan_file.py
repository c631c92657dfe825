from datetime import date
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.estate.facts import SystemKey
from qianyun.importers.declaration import load_wishes
from qianyun.plan.wishes import Deadline, Hold, Pin, Subject, VendorLimit, Wishes

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "tests/cases/errors/plan"
BUDGET = SystemKey(department="财政局", name="预算系统")
DEMANDS = """
deadlines: [{room: 中心机房, by: 2027-06-30, reason: 租约到期}]
vendors: [{name: 某厂商, per_week: 2, from: 2027-01-01}]
pins: [{system: 财政局/预算系统, on: 2027-04-10, frozen: true}]
holds: [{system: 财政局/预算系统, not_before: 2027-03-01, reason: 方案评审}]
waves: {weeks: 1, systems: 20, ramp_up: [5, 10]}
"""


def test_every_fault_of_the_wishes_is_told_with_its_line() -> None:
    with pytest.raises(DeclarationError) as caught:
        load_wishes(CASE)

    assert f"{caught.value}\n" == (CASE / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["province", "city"])
def test_the_samples_write_down_the_defaults(name: str) -> None:
    assert load_wishes(ROOT / "inventory" / name) == Wishes()


def test_an_estate_without_wishes_has_the_defaults(tmp_path: Path) -> None:
    assert load_wishes(tmp_path) == Wishes()


def test_demands_are_read_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text(DEMANDS, encoding="utf-8")

    assert load_wishes(tmp_path) == Wishes(
        wave_weeks=1,
        wave_systems=20,
        ramp_up=(5, 10),
        deadlines=(
            Deadline(
                subject=Subject.ROOM, name="中心机房", by=date(2027, 6, 30), reason="租约到期", source="plan.yml:2"
            ),
        ),
        vendor_limits=(VendorLimit(vendor="某厂商", per_week=2, first=date(2027, 1, 1), source="plan.yml:3"),),
        pins=(Pin(system=BUDGET, on=date(2027, 4, 10), is_frozen=True, source="plan.yml:4"),),
        holds=(Hold(system=BUDGET, not_before=date(2027, 3, 1), reason="方案评审", source="plan.yml:5"),),
    )
