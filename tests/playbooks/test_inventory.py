"""Ansible's inventory, as `ansible-inventory` itself tells it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copy
from subprocess import CompletedProcess

import pytest

from qianyun.compile.nftables import render
from qianyun.importers.declaration import load_policy

ROOT = Path(__file__).parent.parent.parent
PROVINCE = ROOT / "inventory" / "province"
Ansible = Callable[..., CompletedProcess[str]]
FAULTY = """\
plugin: qianyun
gateways:
  - {name: gw_1, zones: [internet], address: 3fff::1}
  - {name: gw-2, zones: [internet, extranett], address: 3fff::g, port: 70000}
  - {name: gw-3, zone: [internet, extranet], address: 3fff::3}
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "estate"
    folder.mkdir()
    for name in ("zones.yml", "flows.yml", "profile.yml", "qianyun.yml"):
        copy(PROVINCE / name, folder)
    return folder


def test_gateways_are_grouped_by_the_zones_they_stand_at(ansible: Ansible) -> None:
    listed = json.loads(ansible("inventory", "-i", str(PROVINCE / "qianyun.yml"), "--list", "--export").stdout)

    assert listed["gateways"]["hosts"] == [
        "gw-egress-1", "gw-egress-2", "fw-exchange-outer", "fw-exchange-inner", "gw-extranet-1", "gw-extranet-2",
    ]  # fmt: skip
    assert listed["zone_exchange"]["hosts"] == ["fw-exchange-outer", "fw-exchange-inner"]
    assert set(listed["zone_internet"]["hosts"]) & set(listed["zone_extranet"]["hosts"]) == set()


def test_a_gateway_carries_the_ruleset_of_its_declaration(ansible: Ansible) -> None:
    policy = load_policy(PROVINCE)

    host = json.loads(ansible("inventory", "-i", str(PROVINCE / "qianyun.yml"), "--host", "gw-extranet-1").stdout)

    assert _plain(host["zone_firewall_ruleset"]) == render(policy, date.today())  # noqa: DTZ011 - as the inventory does
    assert _plain(host["zone_firewall_digest"]) == policy.digest


def test_every_fault_of_the_inventory_is_told_with_its_line(ansible: Ansible, estate: Path) -> None:
    estate.joinpath("qianyun.yml").write_text(FAULTY)

    done = ansible("inventory", "-i", str(estate / "qianyun.yml"), "--list")

    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    for fault in (
        "qianyun.yml:3: 'gw_1' is no host name; use a-z, 0-9 and hyphens",
        "qianyun.yml:3: a gateway stands between two zones at least",
        "qianyun.yml:4: zone 'extranett' is declared nowhere; did you mean 'extranet'",
        "qianyun.yml:4: '3fff::g' is no address",
        "qianyun.yml:4: 70000 is no port; ports are 1 to 65535",
        "qianyun.yml:5: lacks 'zones'",
        "qianyun.yml:5: the key 'zone' is unknown; did you mean 'zones'",
    ):
        assert fault in said


def test_a_gateway_named_twice_is_refused(ansible: Ansible, estate: Path) -> None:
    text = estate.joinpath("qianyun.yml").read_text().replace("gw-egress-2", "gw-egress-1")
    estate.joinpath("qianyun.yml").write_text(text)

    done = ansible("inventory", "-i", str(estate / "qianyun.yml"), "--list")

    assert "gateway 'gw-egress-1' stands there already (qianyun.yml:5)" in " ".join(done.stderr.split())


def _plain(value: str | dict[str, str]) -> str:
    """Ansible marks texts that must not be taken for templates."""
    return value if isinstance(value, str) else value["__ansible_unsafe"]
