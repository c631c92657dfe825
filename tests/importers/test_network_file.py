"""`network.yml`: every fault at once with its line, first of the file, then of what it says."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest

from qianyun.errors import DeclarationError
from qianyun.importers.declaration import load_policy, load_whole_network

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "tests/cases/errors/network"
REHEARSAL = ROOT / "inventory/rehearsal"


def rehearsed(folder: Path, old: str, new: str) -> Path:
    """The rehearsal's declaration with one place of its network changed."""
    for path in REHEARSAL.glob("*.yml"):
        copy(path, folder)
    text = (folder / "network.yml").read_text(encoding="utf-8")
    assert old in text
    (folder / "network.yml").write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_every_fault_of_the_file_is_told_with_its_line(matches: Callable[[Path, str], None]) -> None:
    with pytest.raises(DeclarationError) as caught:
        load_whole_network(CASE, load_policy(CASE))

    matches(CASE / "expected.txt", f"{caught.value}\n")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("172.30.2.20/24", "172.30.2.10/24", "172.30.2.10 on extranet is held by app already"),
        ("203.0.113.4/27", "203.0.113.1/27", "203.0.113.1 on internet is held by the pair already"),
        ("203.0.113.4/27", "203.0.113.40/27", "gw-egress-1 holds 203.0.113.40/27 on internet, whose prefixes are"),
        ("segment: exchange-outer,", "segment: otter,", "stands on segment 'otter', which is declared nowhere"),
        ("    router_id: 172.30.0.12\n", "", "office-b takes part in routing and has no router_id"),
    ],
)
def test_a_contradiction_of_the_network_is_told_with_both_sides(tmp_path: Path, old: str, new: str, told: str) -> None:
    folder = rehearsed(tmp_path, old, new)

    with pytest.raises(DeclarationError, match=told.replace("(", r"\(")):
        load_whole_network(folder, load_policy(folder))


def test_a_segment_takes_its_prefix_from_the_address_plan() -> None:
    declared = load_whole_network(REHEARSAL, load_policy(REHEARSAL))
    assert declared is not None
    network, _egress, plan = declared

    planned = {str(subnet.prefix) for subnet in plan.subnets()}

    assert {str(network.segment[name].prefixes[0]) for name in ("terminals", "office-a")} == planned


def test_an_estate_without_a_network_has_none() -> None:
    county = ROOT / "tests/cases/profiles/county"

    assert load_whole_network(county, load_policy(county)) is None
