"""To NetBox and back: what its import forms ask for, and what its API gives."""

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.agents.recording import Replay, load
from collectors.asking import Conversation
from collectors.netbox import FILES, netbox_files, slug
from collectors.outcome import Run
from collectors.seen import Seen, devices
from collectors.snmp import collect
from qianyun.errors import ImportFileError
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Room
from qianyun.estate.kinds import ServerKind
from qianyun.estate.targets import Target, Transport
from qianyun.importers.netbox_file import Defaults, load_netbox

DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
RUN = Run(id="run", began_at=datetime(2026, 1, 1, tzinfo=UTC))
ESTATE = Estate(rooms=(Room(name="机房", department="省大数据局", address="某路 1 号"),))
DEFAULTS = Defaults(system="基础设施")
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}")
Rows = list[dict[str, str]]


async def seen_of(*names: str) -> tuple[Seen, ...]:
    outcomes = []
    for number, name in enumerate(names):
        target = Target(
            name=name, room="机房", address=f"192.0.2.{number + 1}", port=161, transport=Transport.SNMP, credential="c"
        )
        outcomes.append(await collect(target, Conversation(Replay(load(DEVICES / f"{name}.snmprec"))), RUN))
    return devices(observation for outcome in outcomes for observation in outcome.observations)


@pytest.fixture(scope="module")
def exported() -> Mapping[str, Rows]:
    import asyncio  # noqa: PLC0415 - the one place

    seen = asyncio.run(seen_of("dsj-sw-01", "dsj-fw-01", "dsj-ups-01"))
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in netbox_files(seen, ESTATE).items()}


def test_every_name_that_a_file_refers_to_was_brought_by_one_before_it(exported: Mapping[str, Rows]) -> None:
    def names(file: str, column: str = "name") -> set[str]:
        return {row[column] for row in exported[f"{file}.csv"]}

    assert names("2-sites", "tenant") <= names("1-tenants")
    assert names("5-device-types", "manufacturer") <= names("3-manufacturers")
    assert names("6-devices", "role") <= names("4-device-roles")
    assert names("6-devices", "site") <= names("2-sites")
    types = {(row["manufacturer"], row["model"]) for row in exported["5-device-types.csv"]}
    assert {(row["manufacturer"], row["device_type"]) for row in exported["6-devices.csv"]} <= types
    ports = {(row["device"], row["name"]) for row in exported["7-interfaces.csv"]}
    assert {(row["device"], row["interface"]) for row in exported["8-mac-addresses.csv"]} <= ports
    assert {(row["device"], row["interface"]) for row in exported["9-ip-addresses.csv"] if row["interface"]} <= ports
    assert len(ports) == len(exported["7-interfaces.csv"])


def test_devices_ports_and_addresses_are_all_there(exported: Mapping[str, Rows]) -> None:
    assert [(row["name"], row["manufacturer"], row["serial"]) for row in exported["6-devices.csv"]][1] == (
        "dsj-sw-01",
        "Huawei",
        "2102350000QY00000001",
    )
    assert {row["name"] for row in exported["4-device-roles.csv"]} == {"firewall", "switch", "ups"}
    assert "10gbase-x-sfpp" in {row["type"] for row in exported["7-interfaces.csv"]}
    assert any(row["interface"] for row in exported["9-ip-addresses.csv"])
    assert {row["slug"] for rows in exported.values() for row in rows if "slug" in row} == {
        row["slug"] for rows in exported.values() for row in rows if "slug" in row and SLUG.fullmatch(row["slug"])
    }


@given(st.text(min_size=1, max_size=150), st.text(min_size=1, max_size=150))
def test_a_slug_is_one_and_tells_names_apart(one: str, other: str) -> None:
    assert SLUG.fullmatch(slug(one))
    assert one.isascii() or other.isascii() or one == other or slug(one) != slug(other)


def test_what_is_exported_comes_back_as_hosts(exported: Mapping[str, Rows], tmp_path: Path) -> None:
    path = tmp_path / "6-devices.csv"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, FILES["6-devices"])
        writer.writeheader()
        writer.writerows(exported["6-devices.csv"])

    hosts = load_netbox(path, DEFAULTS)

    assert [(host.name, host.kind, host.room, host.department) for host in hosts] == [
        ("dsj-fw-01", ServerKind.SECURITY, "机房", "省大数据局"),
        ("dsj-sw-01", ServerKind.NETWORK, "机房", "省大数据局"),
    ]
    assert hosts[1].model == "Huawei S5735-S24T4X"
    assert {host.system for host in hosts} == {"基础设施"}


DEVICE = {
    "id": 7,
    "name": "core-1",
    "device_type": {"id": 1, "manufacturer": {"id": 1, "name": "H3C"}, "model": "S12508"},
    "role": {"id": 1, "name": "Core Switch"},
    "tenant": {"id": 1, "name": "省大数据局"},
    "platform": None,
    "serial": "210235A0001",
    "site": {"id": 1, "name": "中心机房"},
    "status": {"value": "active", "label": "Active"},
    "primary_ip4": {"id": 3, "address": "10.0.0.1/24"},
    "primary_ip6": {"id": 4, "address": "3fff::1/64"},
    "custom_fields": {"system": "骨干网"},
}
MACHINE = {
    "id": 9,
    "name": "web-1",
    "cluster": {"id": 1, "name": "云"},
    "role": {"id": 2, "name": "Server"},
    "tenant": {"id": 1, "name": "省大数据局"},
    "platform": {"id": 1, "name": "openEuler"},
    "vcpus": 4.0,
    "memory": 8192,
    "site": None,
    "custom_fields": {},
}


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False))
    return path


def test_devices_and_machines_of_the_api_become_hosts(tmp_path: Path) -> None:
    page = written(tmp_path / "devices.json", {"count": 1, "next": None, "results": [DEVICE]})
    listed = written(tmp_path / "machines.json", [MACHINE])

    [core], [web] = load_netbox(page, DEFAULTS), load_netbox(listed, DEFAULTS)

    assert (core.kind, core.model, core.serial, core.system) == (
        ServerKind.NETWORK,
        "H3C S12508",
        "210235A0001",
        "骨干网",
    )
    assert core.addresses == (ip_address("10.0.0.1"), ip_address("3fff::1"))
    assert (web.kind, web.vcpu, web.memory_gib, web.operating_system) == (
        ServerKind.VIRTUAL,
        4,
        Decimal(8),
        "openEuler",
    )
    assert (web.system, web.room) == ("基础设施", None)


def test_all_faults_are_told_with_their_places(tmp_path: Path) -> None:
    bad = [{**DEVICE, "tenant": None}, {**DEVICE, "name": ""}, {**DEVICE, "primary_ip4": {"address": "10.0.0.300/24"}}]

    with pytest.raises(ImportFileError) as caught:
        load_netbox(written(tmp_path / "devices.json", bad), DEFAULTS)

    assert [(fault.place, fault.what) for fault in caught.value.faults] == [
        ("devices.json:1", "core-1 has no tenant"),
        ("devices.json:2", "it has no name"),
        ("devices.json:3", "primary_ip4 '10.0.0.300/24' is no address"),
    ]


@pytest.mark.parametrize("content", ["{", '{"results": 3}', "[[1]]", '"x"'])
def test_what_is_no_page_of_netbox_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "devices.json"
    path.write_text(content)

    with pytest.raises(ImportFileError, match=r"devices\.json"):
        load_netbox(path, DEFAULTS)
