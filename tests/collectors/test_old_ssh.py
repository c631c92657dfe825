"""Devices that speak SHA-1 only: refused with words, or asked on written opt-in, and a finding either way."""

import asyncio
import getpass
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_sshd import sshd

from collectors import ssh
from collectors.agents.ssh import recorded_answers
from collectors.credentials import Login, Secret
from collectors.enrolment import shown_keys
from collectors.host_keys import HostKeys, host_name
from collectors.outcome import Outcome, Run, State
from collectors.ssh_offer import NoOfferError, offer, read_offer
from qianyun.estate.targets import Manifest, RoomTargets, Target
from qianyun.importers.collect_file import load_manifest

DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
Make = Callable[..., Target]
OLD = {
    "KexAlgorithms": "diffie-hellman-group14-sha1",
    "HostKeyAlgorithms": "ssh-rsa",
    "Ciphers": "aes128-cbc",
    "MACs": "hmac-sha1",
}
BROKEN = "diffie-hellman-group14-sha1, ssh-rsa, aes128-cbc, hmac-sha1"


@contextmanager
def old_sshd(program: str, folder: Path, **changes: str) -> Iterator[tuple[int, paramiko.PKey]]:
    """OpenSSH's own server, told to speak as a device of 2010 does."""
    with sshd(program, folder, ("rsa", "-b", "2048"), **{**OLD, **changes}) as shown:
        yield shown


@pytest.fixture(scope="module")
def old(needs: Callable[[str], str]) -> Iterator[tuple[int, paramiko.PKey, Login]]:
    """Port and host key of an old server, and a login that it takes."""
    with tempfile.TemporaryDirectory(prefix="old-sshd-") as scratch:
        folder = Path(scratch)
        with old_sshd(needs("sshd"), folder) as (port, key):
            yield port, key, Login(user=getpass.getuser(), key_file=folder / "user_key")


def asked(
    old: tuple[int, paramiko.PKey, Login], target: Target, run: Run, *, key: paramiko.PKey | None = None
) -> Outcome:
    port, shown, login = old
    return ssh.collect(target, login, HostKeys({host_name("127.0.0.1", port): (key or shown,)}), run)


def test_without_opt_in_it_is_refused_with_what_is_broken_and_what_to_do(
    old: tuple[int, paramiko.PKey, Login], target: Make, run: Run
) -> None:
    outcome = asked(old, target("old", "ssh", port=old[0]), run)

    finding = f"[127.0.0.1]:{old[0]}/tcp speaks only {BROKEN}, which is broken"
    assert (outcome.state, outcome.findings) == (State.REFUSED, (finding,))
    assert outcome.reasons == (f"{finding}; renew it, or write allows_sha1: true for it",)


def test_on_opt_in_it_is_asked_and_every_weakness_is_a_finding(
    old: tuple[int, paramiko.PKey, Login], target: Make, run: Run
) -> None:
    outcome = asked(old, replace(target("old", "ssh", port=old[0]), allows_sha1=True), run)

    facts = {each.attribute: each.value for each in outcome.observations}
    assert (outcome.state, facts["cpu.count"]) == (State.FOUND, os.cpu_count())
    assert outcome.findings == tuple(
        f"[127.0.0.1]:{old[0]}/tcp speaks only {weak}, which is broken" for weak in BROKEN.split(", ")
    )


def test_a_changed_host_key_stops_an_old_device_too_before_anything_of_the_login_is_touched(
    old: tuple[int, paramiko.PKey, Login], target: Make, run: Run
) -> None:
    other = paramiko.RSAKey.generate(2048)

    outcome = asked(old, replace(target("old", "ssh", port=old[0]), allows_sha1=True), run, key=other)

    assert outcome.state is State.REFUSED
    assert f"the host key of [127.0.0.1]:{old[0]}/tcp has changed: ssh-rsa SHA256:" in outcome.findings[0]


def test_a_login_that_an_old_device_refuses_is_told_without_it(
    old: tuple[int, paramiko.PKey, Login], target: Make, run: Run
) -> None:
    wrong = Login(user=getpass.getuser(), password=Secret("canary-word-77"))

    outcome = asked((old[0], old[1], wrong), replace(target("old", "ssh", port=old[0]), allows_sha1=True), run)

    assert outcome.reasons == (f"[127.0.0.1]:{old[0]}/tcp refused the credential",)
    assert "canary" not in repr(outcome)


def test_an_old_devices_key_can_be_enrolled(
    old: tuple[int, paramiko.PKey, Login], target: Make, tmp_path: Path
) -> None:
    port, key, _login = old
    one = replace(target("old", "ssh", port=port), allows_sha1=True)
    rooms = (RoomTargets(room="机房", targets=(one,)),)

    lines, silent = shown_keys(Manifest(folder=tmp_path, rooms=rooms, credentials={}), rooms)

    assert silent == ()
    assert lines[0].startswith(f"[127.0.0.1]:{port} ssh-rsa {key.get_base64()} old ")


@contextmanager
def old_switch(answers: Mapping[str, str], prompt: str) -> Iterator[tuple[int, paramiko.PKey, Login]]:
    """A switch's CLI over SHA-1, answering from recorded texts."""
    login = Login(user="qianyun", password=Secret("ssh-word-1234"))
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)

    class Door(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return username == login.user

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, Secret(password)) == (login.user, login.password)

    async def talk(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"\r\n{prompt}")
        async for line in process.stdin:
            said = line.strip()
            process.stdout.write(f"{said}\r\n{answers.get(said, '')}{prompt}".replace("\n", "\r\n"))

    loop = asyncio.new_event_loop()

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            Door,
            "127.0.0.1",
            0,
            server_host_keys=[key],
            process_factory=talk,
            kex_algs=["diffie-hellman-group1-sha1"],
            signature_algs=["ssh-rsa"],
            encryption_algs=["3des-cbc"],
            mac_algs=["hmac-sha1"],
            line_editor=False,
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    try:
        yield (
            listening.get_port(),
            paramiko.PKey.from_type_string("ssh-rsa", key.convert_to_public().public_data),
            login,
        )
    finally:
        loop.call_soon_threadsafe(listening.close)
        asyncio.run_coroutine_threadsafe(listening.wait_closed(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_an_old_switch_tells_over_its_cli_what_a_new_one_tells(target: Make, run: Run) -> None:
    with old_switch(recorded_answers(DEVICES / "zfb-sw-01"), "<zfb-sw-01>") as switch:
        outcome = asked(switch, replace(target("zfb-sw-01", "ssh", "vrp", switch[0]), allows_sha1=True), run)

    facts = {each.attribute: each.value for each in outcome.observations}
    assert (outcome.state, facts["device.model"]) == (State.FOUND, "S5735-L24T4S-A")
    assert "rule 10 deny ip" in str(facts["text.acl"])


def test_a_device_that_offers_something_better_beside_is_not_called_broken(
    needs: Callable[[str], str], tmp_path: Path
) -> None:
    better = {"KexAlgorithms": "diffie-hellman-group14-sha1,curve25519-sha256"}
    with old_sshd(needs("sshd"), tmp_path, **better) as (port, _key):
        found = offer(("127.0.0.1", port), 5)

    assert found.broken == ("ssh-rsa", "aes128-cbc", "hmac-sha1")


@given(st.binary(max_size=300))
def test_an_offer_that_is_none_is_told_as_such(packet: bytes) -> None:
    try:
        read_offer(packet)
    except NoOfferError:
        return
    assert packet[1] == 20


def test_opting_in_is_written_at_the_device(tmp_path: Path) -> None:
    (tmp_path / "collect.yml").write_text(
        "credentials: {ops: {kind: ssh, user: a, password: env:WORD}}\n"
        "rooms:\n"
        "  - room: 甲机房\n"
        "    targets:\n"
        "      - {name: a, address: 10.0.0.1, transport: ssh, credential: ops, profile: ios, allows_sha1: true}\n"
        "      - {name: b, address: 10.0.0.2, transport: ssh, credential: ops, profile: ios}\n"
    )

    assert [each.allows_sha1 for each in load_manifest(tmp_path).targets] == [True, False]
