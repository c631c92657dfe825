from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.importers.declaration import load_policy, load_pools
from qianyun.policy.rules import expired_flows

ROOT = Path(__file__).parent.parent.parent
ERRORS = ROOT / "tests/cases/errors"
PROVINCE = ROOT / "inventory/province"


@pytest.mark.parametrize("case", ["policy", "policy_words"])
def test_every_fault_of_a_policy_is_told_with_its_line(case: str, matches: Callable[[Path, str], None]) -> None:
    with pytest.raises(DeclarationError) as caught:
        load_policy(ERRORS / case)

    matches(ERRORS / case / "expected.txt", f"{caught.value}\n")


def test_the_digest_does_not_depend_on_comments_or_layout(tmp_path: Path) -> None:
    for name in ("profile.yml", "zones.yml", "flows.yml"):
        text = (PROVINCE / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(f"# another comment\n\n{text}", encoding="utf-8")

    assert load_policy(tmp_path).digest == load_policy(PROVINCE).digest


def test_the_digest_changes_with_one_port(tmp_path: Path) -> None:
    for name in ("profile.yml", "zones.yml", "flows.yml"):
        text = (PROVINCE / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("ports: [2022]", "ports: [2023]"), encoding="utf-8")

    assert load_policy(tmp_path).digest != load_policy(PROVINCE).digest


def test_the_sample_province_has_no_flow_between_the_two_isolated_zones() -> None:
    policy = load_policy(PROVINCE)

    pairs = {frozenset((flow.origin.zone, flow.target.zone)) for flow in policy.flows}

    assert frozenset(("internet", "extranet")) not in pairs
    assert frozenset(("internet", "exchange")) in pairs


def test_the_sample_province_has_a_flow_that_expired() -> None:
    policy = load_policy(PROVINCE)

    assert [flow.name for flow in expired_flows(policy, date(2026, 10, 1))] == ["pilot-copy"]


def test_a_check_cites_its_clauses_with_how_sure_we_are() -> None:
    profile = load_policy(PROVINCE).profile

    cited = [(str(clause), str(clause.confidence)) for clause in profile.cited_by("B08")]

    assert cited == [("GB/T 22239-2019 8.2.3.1 b", "V")]


@pytest.mark.parametrize("estate", ["province", "city"])
def test_every_pool_of_a_sample_cloud_is_in_a_declared_zone(estate: str) -> None:
    folder = ROOT / "inventory" / estate

    zones = {pool.zone for pool in load_pools(folder)}

    assert zones <= set(load_policy(folder).zone_by_name)
