from collections.abc import Callable
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.estate.targets import CredentialKind, FlowExports, Profile, Transport
from qianyun.importers.collect_file import load_manifest

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "tests" / "cases" / "errors" / "collect"


def test_the_sample_manifest_names_devices_rooms_and_credentials() -> None:
    manifest = load_manifest(ROOT / "inventory" / "province")

    assert [(t.name, t.transport, t.port) for t in manifest.targets if t.profile is not Profile.LINUX] == [
        (name, Transport.SSH, 22)
        for name in ("zfb-sw-01", "core-internet", "sw-exchange", "core-extranet", "core-department")
    ]
    assert {c.kind for c in manifest.credentials.values()} == set(CredentialKind) - {CredentialKind.ACCOUNT}
    assert set(manifest.credentials["snmp-read"].secrets.values()) == {
        "env:QIANYUN_SNMP_AUTH",
        "env:QIANYUN_SNMP_PRIV",
    }
    assert manifest.targets[0].source == "collect.yml:27"


def test_all_faults_of_a_manifest_are_told_and_a_secret_in_it_is_not_repeated(
    matches: Callable[[Path, str], None],
) -> None:
    with pytest.raises(DeclarationError) as caught:
        load_manifest(CASE)

    told = "\n".join(str(fault) for fault in caught.value.faults) + "\n"
    assert "hunter2" not in told
    assert "calvin" not in told
    matches(CASE / "expected.txt", told)


def test_who_exports_flows_stands_at_the_room_and_every_fault_in_it_is_told(tmp_path: Path) -> None:
    head = "credentials: {}\nrooms:\n  - room: 甲机房\n    targets: []\n"
    good = '    flows: {listen: ["0.0.0.0:2055"], exporters: [{name: rt-01, address: 198.51.100.1}]}\n'
    (tmp_path / "collect.yml").write_text(head + good)
    [room] = load_manifest(tmp_path).rooms
    (tmp_path / "collect.yml").write_text(
        head
        + '    flows:\n      listen: ["2055", "0.0.0.0:70000"]\n      exporters:\n'
        + "        - {name: rt-01, address: 198.51.100.1}\n"
        + "        - {name: rt-02, address: 198.51.100.1}\n"
        + "        - {name: rt-03, address: rt}\n"
    )

    with pytest.raises(DeclarationError) as caught:
        load_manifest(tmp_path)

    assert room.flows == FlowExports(listen=(("0.0.0.0", 2055),), exporters={"198.51.100.1": "rt-01"})  # noqa: S104 - read, not bound
    assert [str(fault) for fault in caught.value.faults] == [
        "collect.yml:6: '0.0.0.0:70000' is no place to listen; an address:port belongs here",
        "collect.yml:6: '2055' is no place to listen; an address:port belongs here",
        "collect.yml:9: the exporter 198.51.100.1 is named before as 'rt-01'",
        "collect.yml:10: 'rt' is no address",
    ]
