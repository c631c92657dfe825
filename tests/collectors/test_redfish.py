"""Management controllers over Redfish: OpenStack's own emulator over TLS, and what four makers' controllers tell."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tls_servers import certificate, serving

from collectors import redfish
from collectors.credentials import Account, Secret
from collectors.enrolment import shown_keys
from collectors.host_keys import HostKeys, host_name
from collectors.https import Asking, NonsenseError, Round, over_https
from collectors.journal import FileJournal, NoJournal
from collectors.outcome import Outcome, Run, State
from collectors.run import collect, new_run
from qianyun.estate.targets import (
    CredentialKind,
    CredentialReference,
    Manifest,
    RoomTargets,
    Target,
    Transport,
)

Make = Callable[..., Target]
WORD = "canary-bmc-word-7"
ACCOUNT = Account(user="qianyun", password=Secret(WORD))


def enrolled(port: int, digest: str) -> HostKeys:
    return HostKeys({}, {host_name("127.0.0.1", port): frozenset({digest})})


def asked(target: Target, keys: HostKeys, run: Run, account: Account = ACCOUNT) -> Outcome:
    of = Round(keys=keys, run=run, journal=NoJournal(), wait=lambda: None)
    return over_https(redfish.ask, target, account, of)


def told(outcome: Outcome) -> Mapping[str, object]:
    return {each.attribute: each.value for each in outcome.observations}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """sushy-emulator with its fake driver, over TLS with a password; gives its port and certificate's digest."""
    folder = tmp_path_factory.mktemp("bmc")
    chain, key, digest = certificate(folder)
    words = b"qianyun:" + bcrypt.hashpw(WORD.encode(), bcrypt.gensalt(4))
    (folder / "words").write_bytes(words)
    (folder / "settings").write_text(f"SUSHY_EMULATOR_AUTH_FILE = {str(folder / 'words')!r}\n")
    command = [sys.executable, "-c", "from sushy_tools.emulator.main import main; main()", "--fake", "-i", "127.0.0.1"]
    files = ["--config", str(folder / "settings"), "--ssl-certificate", str(chain), "--ssl-key", str(key)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    for _attempt in range(5):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with subprocess.Popen(
            [*command, *files, "-p", str(port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment
        ) as process:
            try:
                if answers(port, process):
                    yield port, digest
                    return
            finally:
                process.terminate()
    pytest.fail("the emulator did not start")


def answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    for _moment in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            if process.poll() is not None:
                return False
            time.sleep(0.1)
        else:
            return True
    return False


def bmc(target: Make, port: int) -> Target:
    return replace(target("bmc-1", port=port), transport=Transport.REDFISH)


def test_an_emulated_controller_tells_its_system_ports_and_power(
    emulator: tuple[int, str], target: Make, run: Run
) -> None:
    port, digest = emulator

    outcome = asked(bmc(target, port), enrolled(port, digest), run)

    facts = told(outcome)
    assert (outcome.state, outcome.reasons, outcome.findings) == (State.FOUND, (), ())
    assert outcome.subject == "serial:Sushy Emulator/437XR1138R2"
    assert (facts["device.kind"], facts["device.family"]) == ("bmc", "redfish")
    assert (facts["power.state"], facts["device.version"]) == ("Off", "1.00")
    assert {each.source.split("/")[3] for each in outcome.observations} >= {"Systems"}
    assert {(len(each.raw_sha256), each.run) for each in outcome.observations} == {(64, run.id)}


def test_a_wrong_password_is_refused_without_telling_it(emulator: tuple[int, str], target: Make, run: Run) -> None:
    port, digest = emulator
    wrong = Account(user="qianyun", password=Secret("canary-wrong-word"))

    outcome = asked(bmc(target, port), enrolled(port, digest), run, wrong)

    assert (outcome.state, outcome.reasons) == (
        State.REFUSED,
        (f"[127.0.0.1]:{port}/https refused the credential",),
    )
    assert "canary" not in repr(outcome)


def test_another_certificate_stops_the_device_sends_no_credential_and_is_a_finding(
    target: Make, run: Run, tmp_path: Path
) -> None:
    with serving(tmp_path, {}) as server:
        outcome = asked(bmc(target, server.port), enrolled(server.port, "0" * 64), run)

    assert outcome.state is State.REFUSED
    assert outcome.findings == (
        f"the certificate of [127.0.0.1]:{server.port}/https has changed: x509-sha256 {server.digest}",
    )
    assert server.asked == []


def test_a_server_that_nobody_enrolled_is_not_even_connected_to(target: Make, run: Run, tmp_path: Path) -> None:
    with serving(tmp_path, {}) as server:
        outcome = asked(bmc(target, server.port), HostKeys({}), run)

    assert outcome.reasons == (f"nobody enrolled a certificate for [127.0.0.1]:{server.port}/https",)
    assert server.asked == []


def test_a_server_that_is_gone_is_silent(target: Make, run: Run, tmp_path: Path) -> None:
    with serving(tmp_path, {}) as server:
        port = server.port

    assert asked(bmc(target, port), enrolled(port, server.digest), run).state is State.SILENT


def link(path: str) -> dict[str, str]:
    return {"@odata.id": f"/redfish/v1{path}"}


def box(
    maker: Mapping[str, object], system: Mapping[str, object], manager: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    """A controller as DMTF's schemas have it, with what one maker says in it."""
    at = "/redfish/v1"
    roots = {name: link(f"/{name}") for name in ("Systems", "Chassis", "Managers")}
    return {
        f"{at}/": {"RedfishVersion": "1.9.0", **maker, **roots},
        f"{at}/Systems": {"Members": [link("/Systems/1")]},
        f"{at}/Systems/1": {
            "PowerState": "On",
            "ProcessorSummary": {"Count": 2, "Model": "Some Processor"},
            "MemorySummary": {"TotalSystemMemoryGiB": 256},
            "Links": {"Chassis": [link("/Chassis/1")]},
            "Memory": link("/Systems/1/Memory"),
            **system,
        },
        f"{at}/Systems/1/Memory": {"Members": [link("/Systems/1/Memory/1"), link("/Systems/1/Memory/2")]},
        f"{at}/Systems/1/Memory/1": {"Name": "DIMM A1", "SerialNumber": "M-1", "PartNumber": "P-1"},
        f"{at}/Systems/1/Memory/2": {"Name": "DIMM A2", "Status": {"State": "Absent"}},
        f"{at}/Chassis": {"Members": [link("/Chassis/1")]},
        f"{at}/Chassis/1": {"Power": link("/Chassis/1/Power"), "SerialNumber": "CHASSIS-1"},
        f"{at}/Chassis/1/Power": {
            "PowerControl": [{"PowerConsumedWatts": 312}],
            "PowerSupplies": [{"MemberId": "0", "Name": "PSU 1", "Model": "PS-900", "SerialNumber": "PSU-7"}],
        },
        f"{at}/Managers": {"Members": [link("/Managers/1")]},
        f"{at}/Managers/1": {"Id": "1", "EthernetInterfaces": link("/Managers/1/EthernetInterfaces"), **manager},
        f"{at}/Managers/1/EthernetInterfaces": {"Members": [link("/Managers/1/EthernetInterfaces/1")]},
        f"{at}/Managers/1/EthernetInterfaces/1": {
            "Id": "1",
            "MACAddress": "02:00:00:00:00:01",
            "IPv4Addresses": [{"Address": "198.51.100.77", "SubnetMask": "255.255.255.0"}],
            "IPv6Addresses": [{"Address": "3fff::77", "PrefixLength": 64}],
        },
    }


MAKERS = {
    "idrac": box(
        {"Vendor": "Dell", "Oem": {"Dell": {}}},
        {"Manufacturer": "Dell Inc.", "Model": "PowerEdge R740", "SKU": "TAG1234", "SerialNumber": "CNBOARD0001"},
        {"FirmwareVersion": "6.10.30.00", "Model": "14G Monolithic"},
    ),
    "ilo": box(
        {"Vendor": "HPE", "Oem": {"Hpe": {}}},
        {"Manufacturer": "HPE", "Model": "ProLiant DL380 Gen10", "SKU": "868703-B21", "SerialNumber": "CZTAG12345"},
        {"FirmwareVersion": "iLO 5 v2.78", "Model": "iLO 5"},
    ),
    "ibmc": box(
        {"Oem": {"Huawei": {}}},
        {"Manufacturer": "Huawei", "Model": "2288H V5", "SKU": "", "SerialNumber": "2102311XDG10J9000001"},
        {"FirmwareVersion": "3.65", "Model": "iBMC"},
    ),
    "xcc": box(
        {"Vendor": "Lenovo", "Oem": {"Lenovo": {}}},
        {"Manufacturer": "Lenovo", "Model": "ThinkSystem SR650", "SKU": "7X06CTO1WW", "SerialNumber": "J3012345"},
        {"FirmwareVersion": "CDI3A6N 9.40", "Model": "Lenovo XClarity Controller"},
    ),
}


@pytest.mark.parametrize(
    ("family", "subject", "version"),
    [
        ("idrac", "serial:Dell/TAG1234", "6.10.30.00"),
        ("ilo", "serial:HPE/CZTAG12345", "iLO 5 v2.78"),
        ("ibmc", "serial:Huawei/2102311XDG10J9000001", "3.65"),
        ("xcc", "serial:Lenovo/J3012345", "CDI3A6N 9.40"),
    ],
)
def test_a_makers_controller_is_told_by_the_serial_on_its_chassis(
    family: str, subject: str, version: str, *, target: Make, run: Run, tmp_path: Path
) -> None:
    with serving(tmp_path, MAKERS[family]) as server:
        outcome = asked(bmc(target, server.port), enrolled(server.port, server.digest), run)

    facts = told(outcome)
    assert (outcome.state, outcome.subject) == (State.FOUND, subject)
    assert (facts["device.family"], facts["device.version"]) == (family, version)
    assert (facts["power.state"], facts["power.consumed_w"], facts["memory.mib"]) == ("On", 312, 262144)
    assert facts["address.198.51.100.77"] == (24, "1")
    assert facts["address.3fff::77"] == (64, "1")
    assert [name for name in facts if name.startswith("part.Systems")] == ["part.Systems/1/Memory/1"]
    assert "PSU-7" in str(facts["part.Chassis/1/Power/0"])
    words = base64.b64encode(f"qianyun:{WORD}".encode()).decode()
    assert {header for _path, header in server.asked} == {f"Basic {words}"}
    assert WORD not in repr(outcome)
    assert words not in repr(outcome)


def test_a_killed_run_asks_only_what_is_missing(
    target: Make, run: Run, tmp_path: Path, killed: Callable[[Path], AbstractContextManager[FileJournal]]
) -> None:
    path = tmp_path / "journal"
    with serving(tmp_path, MAKERS["ilo"]) as server:
        keys, one = enrolled(server.port, server.digest), bmc(target, server.port)
        with killed(path) as journal:
            whole = over_https(redfish.ask, one, ACCOUNT, Round(keys=keys, run=run, journal=journal, wait=lambda: None))
        lines = path.read_text().splitlines()
        path.write_text("\n".join(line for line in lines if "Power" not in line.split("varbinds")[0]) + '\n{"tar')
        server.asked.clear()
        with FileJournal(path, "second", "manifest", resume=True) as journal:
            again = over_https(redfish.ask, one, ACCOUNT, Round(keys=keys, run=run, journal=journal, wait=lambda: None))

    assert [path for path, _header in server.asked] == ["/redfish/v1/Chassis/1/Power"]
    assert told(again) == told(whole)
    assert again.requests == 1


def test_links_that_lead_out_of_the_service_are_not_followed(target: Make, run: Run, tmp_path: Path) -> None:
    lured = {
        **MAKERS["xcc"],
        "/redfish/v1/Chassis/1": {"Power": {"@odata.id": "https://203.0.113.9/redfish/v1/Power"}},
        "/redfish/v1/Systems/1/Memory": {"Members": [{"@odata.id": "/redfish/v1/x HTTP/1.1\r\nX: y"}]},
    }
    with serving(tmp_path, lured) as server:
        outcome = asked(bmc(target, server.port), enrolled(server.port, server.digest), run)

    assert outcome.state is State.FOUND
    assert not any("Power" in path or " " in path for path, _header in server.asked)


def test_a_controller_that_names_members_without_end_is_cut(
    target: Make, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.https.MOST_REQUESTS", 40)

    class Endless(dict[str, object]):
        def get(self, path: str, default: object = None) -> object:
            known = super().get(path, default)
            return known or {
                "Members": [{"@odata.id": f"{path}/{n}"} for n in range(99)],
                "Memory": {"@odata.id": path},
            }

    with serving(tmp_path, Endless({"/redfish/v1/": MAKERS["xcc"]["/redfish/v1/"]})) as server:
        outcome = asked(bmc(target, server.port), enrolled(server.port, server.digest), run)

    assert outcome.state is State.PARTIAL
    assert outcome.requests == 40


NAMES = sorted({name for answers in MAKERS.values() for content in answers.values() for name in content})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(MAKERS)), st.dictionaries(st.sampled_from(sorted(MAKERS["ilo"])), JSON, min_size=1))
@settings(max_examples=150, deadline=None)
def test_nonsense_anywhere_is_never_taken_and_never_trips_the_reader(family: str, nonsense: dict[str, object]) -> None:
    contents = {path: json.dumps(content).encode() for path, content in {**MAKERS[family], **nonsense}.items()}

    class Told(Asking):
        def _fetched(self, path: str) -> bytes:
            self.may_ask()
            return contents.get(path, b"")

    one = Target(name="t", room="r", address="192.0.2.1", port=443, transport=Transport.REDFISH, credential="c")
    keys = HostKeys({}, {host_name("192.0.2.1", 443): frozenset({"0" * 64})})
    try:
        seen = redfish.ask(Told(one, ACCOUNT, keys, NoJournal(), lambda: None))
    except NonsenseError:
        return
    assert {each.subject.split(":")[0] for each in seen} <= {"serial", "uuid", "address"}


def test_a_whole_run_enrols_asks_and_paces_a_controller(tmp_path: Path, emulator: tuple[int, str]) -> None:
    port, digest = emulator
    one = Target(
        name="bmc-1", room="机房", address="127.0.0.1", port=port, transport=Transport.REDFISH, credential="bmc"
    )
    manifest = Manifest(
        folder=tmp_path,
        rooms=(RoomTargets(room="机房", targets=(one,)),),
        credentials={
            "bmc": CredentialReference(
                name="bmc", kind=CredentialKind.ACCOUNT, settings={"user": "qianyun"}, secrets={"password": "env:BMC"}
            )
        },
        known_hosts=tmp_path / "known_hosts",
    )
    lines, silent = shown_keys(manifest, manifest.rooms)
    (tmp_path / "known_hosts").write_text("\n".join(lines))
    found = collect(manifest, new_run(), environment={"BMC": WORD})

    assert (lines, silent) == ((f"[127.0.0.1]:{port} x509-sha256 {digest} bmc-1",), ())
    assert [outcome.state for outcome in found.outcomes] == [State.FOUND]
    assert shown_keys(manifest, manifest.rooms) == ((), ())
