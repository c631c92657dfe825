"""Rooms that the centre does not reach, as their people meet them: keys, signatures, bundles, configurations."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collectors.agents.province import snmp_agents
from collectors.credentials import Secret, User
from collectors.reach.rooms import name_of
from qianyun.cli.app import app, command_tree, leaves
from qianyun.errors import DeclarationError
from qianyun.store import Store

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
SWITCH = PROVINCE / "devices" / "dsj-sw-01.snmprec"
ROOM, OTHER = "甲机房", "乙机房"
AUTH_WORD, PRIV_WORD = "canary-auth-3f1c9a", "canary-priv-77b2e0"
MANIFEST = """\
credentials:
  read: {{kind: snmp-v3, user: reader, auth_password: env:REACH_AUTH, priv_password: env:REACH_PRIV}}
rooms:
  - room: 甲机房
    targets:
      - {{name: sw-1, address: 127.0.0.1, port: {port}, transport: snmp, credential: read}}
  - room: 乙机房
    targets:
      - {{name: sw-2, address: 127.0.0.2, transport: snmp, credential: read}}
"""
NOTHING_ELSE = ("changed", "gone", "refused", "silent", "skipped")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANYUN_STORE", f"sqlite:///{tmp_path}/store.db")
    monkeypatch.setenv("REACH_AUTH", AUTH_WORD)
    monkeypatch.setenv("REACH_PRIV", PRIV_WORD)

    def call(*words: str | Path, code: int = 0) -> Result:
        result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture
def estate(run: Run, tmp_path: Path) -> Iterator[Path]:
    """An estate with two rooms and everybody's keys; a switch answers in the first room."""
    folder = tmp_path / "estate"
    folder.mkdir()
    publics = {
        name: run("collect", "key", tmp_path / name, "--for", purpose).stdout.strip()
        for name, purpose in (("signer", "signing"), ("agent", "signing"), ("centre", "opening"))
    }
    (folder / "trust.yml").write_text(
        f"manifest_signers: [{{key: '{publics['signer']}', name: 采集签发}}]\n"
        f"agents: [{{key: '{publics['agent']}', rooms: [甲机房]}}]\n"
        f"centre: {publics['centre']}\n"
    )
    reader = User(name="reader", auth_password=Secret(AUTH_WORD), priv_password=Secret(PRIV_WORD))
    with snmp_agents({"sw-1": (SWITCH, reader)}) as ports:
        (folder / "collect.yml").write_text(MANIFEST.format(port=ports["sw-1"]))
        yield folder


def bundled(run: Run, estate: Path, tmp_path: Path) -> Path:
    """Carry a manifest into the room, and a bundle out of it."""
    run("collect", "sign", estate, "--key", tmp_path / "signer", "--room", ROOM, "--out", tmp_path / "stick")
    words = ("--trust", estate / "trust.yml", "--key", tmp_path / "agent", "--out", tmp_path / "carried")
    return Path(run("collect", "bundle", tmp_path / "stick", *words).stdout.strip())


def ingested(run: Run, estate: Path, tmp_path: Path, *files: Path, code: int = 0) -> Result:
    words = ("--estate", estate, "--key", tmp_path / "centre", "--format", "json")
    return run("collect", "ingest", *files, *words, code=code)


def test_a_bundle_is_carried_and_taken_in_and_a_second_time_refused(run: Run, estate: Path, tmp_path: Path) -> None:
    path = bundled(run, estate, tmp_path)

    first = ingested(run, estate, tmp_path, path)
    second = ingested(run, estate, tmp_path, path, code=2)

    [row] = json.loads(first.stdout)
    assert row == {"room": ROOM, "found": 1, "new": 1, **dict.fromkeys(NOTHING_ELSE, 0)}
    assert f"{ROOM}: 2 letters with 45 observations, 0 that were known" in first.stderr
    assert "it was taken in on" in second.stderr
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        kept = store.latest(attribute="device.serial")
    assert [each.value for each in kept] == ["2102350000QY00000001"]


def test_a_changed_bundle_is_refused_and_the_good_one_beside_it_taken(run: Run, estate: Path, tmp_path: Path) -> None:
    path = bundled(run, estate, tmp_path)
    changed = tmp_path / "changed.parcel"
    changed.write_bytes(path.read_bytes()[:-1] + b"x")

    result = ingested(run, estate, tmp_path, changed, path, code=2)

    assert "changed.parcel: it was changed on its way" in result.stderr
    assert [row["room"] for row in json.loads(result.stdout)] == [ROOM]


def test_a_second_bundle_of_a_room_finds_nothing_new(run: Run, estate: Path, tmp_path: Path) -> None:
    for new in (1, 0):
        result = ingested(run, estate, tmp_path, bundled(run, estate, tmp_path))
        [row] = json.loads(result.stdout)

        assert (row["found"], row["new"], row["changed"], row["gone"]) == (1, new, 0, 0)


def test_a_stick_whose_manifest_was_changed_probes_nothing(run: Run, estate: Path, tmp_path: Path) -> None:
    bundled(run, estate, tmp_path)
    manifest = tmp_path / "stick" / "collect.yml"
    manifest.write_text(manifest.read_text().replace("127.0.0.1", "127.0.0.9"))
    words = ("--trust", estate / "trust.yml", "--key", tmp_path / "agent", "--out", tmp_path / "carried")

    with pytest.raises(DeclarationError, match=r"collect\.yml: it was changed after it was signed"):
        run("collect", "bundle", tmp_path / "stick", *words)


@pytest.mark.parametrize("verb", ["run", "enrol"])
def test_an_unsigned_manifest_is_not_asked_from_the_centre_either(run: Run, estate: Path, verb: str) -> None:
    with pytest.raises(DeclarationError, match=r"collect\.sig: the manifest is not signed"):
        run("collect", verb, estate)


def test_a_manifest_of_many_rooms_is_no_rooms_manifest(run: Run, estate: Path, tmp_path: Path) -> None:
    run("collect", "sign", estate, "--key", tmp_path / "signer")

    with pytest.raises(DeclarationError, match="the manifest names 2 rooms; who stands in a room"):
        run("collect", "bundle", estate, "--trust", estate / "trust.yml", "--key", tmp_path / "agent")


def test_a_key_is_not_overwritten_and_shows_itself_to_its_owner_only(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "key"
    run("collect", "key", path, "--for", "opening")

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(DeclarationError, match="is there already; keys are not overwritten"):
        run("collect", "key", path, "--for", "signing")


def test_no_secret_is_in_what_was_carried_written_or_said(run: Run, estate: Path, tmp_path: Path) -> None:
    path = bundled(run, estate, tmp_path)
    result = ingested(run, estate, tmp_path, path)
    agent_key, centre_key = ((tmp_path / name).read_text().strip() for name in ("agent", "centre"))
    secrets = [AUTH_WORD, PRIV_WORD, agent_key.splitlines()[1], centre_key]

    written = {
        file: file.read_bytes()
        for file in tmp_path.rglob("*")
        if file.is_file() and file.name not in ("agent", "centre", "signer")
    }

    assert [file for file, octets in written.items() if any(each.encode() in octets for each in secrets)] == []
    assert not any(each in result.output for each in secrets)


def test_no_secret_is_in_an_argument_or_in_the_trace_of_a_crash(run: Run, estate: Path, tmp_path: Path) -> None:
    run("collect", "sign", estate, "--key", tmp_path / "signer")
    (tmp_path / "state").write_text("a file where a folder belongs makes it crash")
    script = "from qianyun.cli import main; print(open('/proc/self/cmdline').read()); main()"
    words = ["collect", "run", str(estate), "--room", ROOM]

    crashed = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "PYTHONPATH": str(PROVINCE.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" in crashed.stderr
    assert words[-1] in crashed.stdout, "the arguments were read"
    assert not any(word in crashed.stdout + crashed.stderr for word in (AUTH_WORD, PRIV_WORD))


def test_without_certificates_nobody_is_asked_and_nothing_served(run: Run, estate: Path, tmp_path: Path) -> None:
    run("collect", "sign", estate, "--key", tmp_path / "signer", "--room", ROOM, "--out", tmp_path / "stick")
    common = ("--trust", estate / "trust.yml", "--certificates", tmp_path / "nowhere", "--port", "1")
    agent = ("agent", tmp_path / "stick", "--key", tmp_path / "agent", "--every", "0")
    hub = ("hub", estate, "--key", tmp_path / "centre")

    for words in (agent, hub, (*hub, "--once")):
        with pytest.raises(DeclarationError, match="no certificates for"):
            run("collect", *words, *common)
    assert not list((tmp_path / "state").rglob("*.letters"))


def test_the_servers_configurations_are_what_nats_server_accepts(
    run: Run, estate: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    out = tmp_path / "servers"
    for name in ("hub", name_of(ROOM)):
        run("collect", "configure", estate, "--hub", "centre.example", "--out", out, "--place", out / name)

        tried = subprocess.run(
            [needs("nats-server"), "-t", "-c", str(out / name / "nats-server.conf")], capture_output=True, check=False
        )

        assert tried.returncode == 0, tried.stderr
    assert {path.name for path in out.iterdir()} == {"hub", "authority", name_of(ROOM), name_of(OTHER)}
    assert [path for path in out.rglob("*.key") if path.stat().st_mode & 0o077] == []


def test_the_units_start_commands_that_there_are(run: Run, estate: Path, tmp_path: Path) -> None:
    run("collect", "configure", estate, "--hub", "192.0.2.1", "--out", tmp_path / "servers")
    units = sorted((tmp_path / "servers").rglob("*.service"))
    started = [line.split()[2:] for unit in units for line in unit.read_text().splitlines() if "ExecStart" in line]

    assert [words[:2] for words in started] == [["collect", "hub"], ["collect", "agent"], ["collect", "agent"]]
    known = dict(leaves(command_tree()))
    for noun, verb, *options in started:
        with known[noun, verb].make_context(verb, options) as context:
            assert context.params["certificates"] == Path("/etc/qianyun")


def test_configuring_again_keeps_the_certificates_that_last(run: Run, estate: Path, tmp_path: Path) -> None:
    out = tmp_path / "servers"
    words = ("collect", "configure", estate, "--hub", "192.0.2.1", "--out", out)
    run(*words)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    run(*words)

    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
