"""Ansible's inventory, as `ansible-inventory` itself tells it."""

import json
from collections.abc import Callable
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from shutil import copy
from subprocess import CompletedProcess

import pytest

from qianyun.compile.hostvars import hosts_of
from qianyun.compile.nftables import render
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Database, Server, SystemKey
from qianyun.importers.declaration import load_policy
from qianyun.store import Store
from reports.inventory import load_inventory

ROOT = Path(__file__).parent.parent.parent
PROVINCE = ROOT / "inventory" / "province"
REHEARSAL = ROOT / "inventory" / "rehearsal"
Ansible = Callable[..., CompletedProcess[str]]
SERVERS = (
    Server(
        department="甲局",
        system="申报系统",
        name="web01",
        room="甲局-1号机房",
        zone="extranet",
        addresses=(ip_address("10.1.0.9"),),
    ),
    Server(department="甲局", system="申报系统", name="db01"),
    Server(department="甲局", system="档案系统", name="db01"),
    Database(department="甲局", system="申报系统", server="db01", product="MySQL"),
)
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


def test_servers_of_the_store_are_grouped_by_zone_department_room_wave_and_role(
    ansible: Ansible, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(f"sqlite:///{estate / 'estate.db'}", create=True) as store:
        store.upsert(SERVERS, who="operator", why="test", source="test")
    monkeypatch.delenv("QIANYUN_STORE", raising=False)
    estate.joinpath("qianyun.yml").write_text(
        f"{estate.joinpath('qianyun.yml').read_text()}store: sqlite:///estate.db\n"
    )

    listed = json.loads(ansible("inventory", "-i", str(estate / "qianyun.yml"), "--list").stdout)

    twin = {"db01.申报系统.甲局", "db01.档案系统.甲局"}
    assert set(listed["department_甲局"]["hosts"]) == {*twin, "web01"}
    assert listed["role_database"]["hosts"] == ["db01.申报系统.甲局"]
    assert set(listed["role_server"]["hosts"]) == {"db01.档案系统.甲局", "web01"}
    assert listed["room_甲局_1号机房"]["hosts"] == ["web01"]
    assert "web01" in listed["zone_extranet"]["hosts"]
    assert _plain(listed["_meta"]["hostvars"]["web01"]["ansible_host"]) == "10.1.0.9"


def test_waves_are_groups_and_numbers() -> None:
    waves = {SystemKey(department="甲局", name="申报系统"): 3}

    found = hosts_of(Estate(servers=SERVERS[:3]), waves)

    assert found.groups["wave_3"] == ("web01", "db01.申报系统.甲局")
    assert found.hosts["web01"]["qianyun_wave"] == 3
    assert "qianyun_wave" not in found.hosts["db01.档案系统.甲局"]


def test_servers_that_change_in_the_store_change_in_the_inventory(estate: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{estate / 'estate.db'}"
    estate.joinpath("qianyun.yml").write_text(f"{estate.joinpath('qianyun.yml').read_text()}store: {url}\n")
    today, kept, path = date(2026, 11, 25), tmp_path / "kept", estate / "qianyun.yml"
    before = load_inventory(path, today, kept)
    with Store.open(url, create=True) as store:
        store.upsert(SERVERS[:1], who="operator", why="test", source="test")
    first = load_inventory(path, today, kept)
    with Store.open(url) as store:
        store.upsert(SERVERS, who="operator", why="test", source="test")

    second = load_inventory(path, today, kept)

    assert [len({*each.hosts} & {"web01"}) for each in (before, first, second)] == [0, 1, 1]
    assert len(second.hosts) - len(before.hosts) == 3
    assert load_inventory(path, today, kept) == second


def test_a_broker_gets_its_legs_and_channels(ansible: Ansible) -> None:
    listed = json.loads(ansible("inventory", "-i", str(REHEARSAL / "qianyun.yml"), "--host", "broker").stdout)

    assert set(listed["exchange_legs"]) == {"outer", "inner"}
    assert [channel["name"] for channel in listed["exchange_channels"]] == ["applications", "results"]


def _plain(value: str | dict[str, str]) -> str:
    """Ansible marks texts that must not be taken for templates."""
    return value if isinstance(value, str) else value["__ansible_unsafe"]
