from collections.abc import Callable
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.estate.targets import CredentialKind, Profile, Transport
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
