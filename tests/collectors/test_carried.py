"""Hosts that Ansible reaches for us: only those of the manifest, and read as if we had asked ourselves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.carried import carried, may_ask
from collectors.outcome import State
from collectors.run import new_run
from qianyun.errors import DeclarationError
from qianyun.importers.collect_file import load_manifest

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MANIFEST = """\
credentials: {ops: {kind: ssh, user: ops, key_file: key}, read: {kind: snmp-v2c, community: 'env:C'}}
rooms:
  - room: 一号机房
    allows_v2c: true
    do_not_touch: [192.0.2.9]
    window: {from: "22:00", to: "23:00"}
    targets:
      - {name: server, address: 192.0.2.1, transport: ssh, credential: ops, profile: linux}
      - {name: vault, address: 192.0.2.9, transport: ssh, credential: ops, profile: linux}
      - {name: switch, address: 192.0.2.2, transport: snmp, credential: read}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.joinpath("collect.yml").write_text(MANIFEST)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("stranger", "the manifest does not name 'stranger'; hosts that may be asked: server, vault"),
        ("server", "server: the room is asked between 22:00:00 and 23:00:00"),
        ("vault", "vault: lies in a network that is not to be touched"),
        ("switch", "switch: is asked over snmp as linux, not by the script for Linux hosts"),
    ],
)
def test_a_host_that_may_not_be_asked_is_refused_by_name(folder: Path, name: str, fault: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        may_ask(load_manifest(folder), name, NOON)

    assert fault in str(caught.value)


def test_a_host_of_the_manifest_may_be_asked_in_its_time(folder: Path) -> None:
    assert may_ask(load_manifest(folder), "server", NOON.replace(hour=22, minute=30)).address == "192.0.2.1"


def test_what_came_back_is_read_as_if_we_had_asked(tmp_path: Path) -> None:
    manifest = load_manifest(PROVINCE)
    said = (PROVINCE / "devices" / "h0001-db01" / "script.txt").read_text()
    tmp_path.joinpath("h0001-db01.txt").write_text(said)
    tmp_path.joinpath("h0002-db01.txt").write_text(said[:200])

    found = {each.target.name: each for each in carried(manifest, tmp_path, new_run())}

    assert {name: each.state for name, each in found.items()} == {
        "h0001-db01": State.FOUND,
        "h0002-db01": State.PARTIAL,
    }
    assert {each.attribute for each in found["h0001-db01"].observations} >= {"device.name", "memory.mib"}
