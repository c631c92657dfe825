"""One device over SSH: our agent from recorded texts, and OpenSSH's own sshd running the real script."""

import getpass
import os
import socket
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import paramiko
import pytest
from real_sshd import sshd

from collectors import ssh
from collectors.agents.province import ed25519_key
from collectors.agents.ssh import answering, recorded_answers
from collectors.credentials import Login, Secret
from collectors.host_keys import HostKeys, host_name
from collectors.journal import FileJournal
from collectors.linux_script import SCRIPT, SECTIONS
from collectors.outcome import Outcome, Run, State
from qianyun.errors import DeclarationError
from qianyun.estate.targets import Target

DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
LOGIN = Login(user="qianyun", password=Secret("ssh-word-1234"))
KEY = ed25519_key()

Make = Callable[..., Target]


def enrolled(port: int, key: paramiko.PKey = KEY) -> HostKeys:
    return HostKeys({host_name("127.0.0.1", port): (key,)})


def told(outcome: Outcome) -> dict[str, object]:
    return {o.attribute: o.value for o in outcome.observations}


def test_a_linux_server_tells_what_it_is_and_what_listens(target: Make, run: Run) -> None:
    with answering(recorded_answers(DEVICES / "h0001-db01"), LOGIN, KEY) as port:
        outcome = ssh.collect(target("h0001-db01", "ssh", port=port), LOGIN, enrolled(port), run)

    facts = told(outcome)
    assert (outcome.state, outcome.subject) == (State.FOUND, "serial:云平台（样例）/QY-VM-000001")
    assert (facts["device.family"], facts["cpu.count"], facts["memory.mib"]) == ("openEuler", 4, 7820)
    assert facts["listening.tcp.5236.*"] == "dmserver"
    assert facts["address.10.16.0.3"] == (24, "eth0")
    assert "tcp dport 5236 accept" in str(facts["text.nft"])


def test_a_switch_tells_its_texts_without_the_secrets_in_them(target: Make, run: Run) -> None:
    answers = recorded_answers(DEVICES / "zfb-sw-01")
    with answering(answers, LOGIN, KEY, prompt="<zfb-sw-01>") as port:
        outcome = ssh.collect(target("zfb-sw-01", "ssh", "vrp", port), LOGIN, enrolled(port), run)

    facts = told(outcome)
    assert (outcome.state, outcome.subject) == (State.FOUND, "serial:Huawei/2102350000QY00000004")
    assert (facts["device.model"], facts["device.name"]) == ("S5735-L24T4S-A", "zfb-sw-01")
    assert "rule 10 deny ip" in str(facts["text.acl"])
    assert "not-a-secret" not in str(facts["text.configuration"])
    assert "snmp-agent community read cipher •••" in str(facts["text.configuration"])


def test_a_changed_host_key_stops_the_device_sends_no_credential_and_is_a_finding(target: Make, run: Run) -> None:
    said: list[str] = []

    class Listening(Login):
        def __getattribute__(self, name: str) -> object:
            said.append(name)
            return object.__getattribute__(self, name)

    ours = Listening(user="qianyun", password=Secret("ssh-word-1234"))
    with answering({}, LOGIN, KEY) as port:
        outcome = ssh.collect(target("h", "ssh", port=port), ours, enrolled(port, ed25519_key()), run)

    assert outcome.state is State.REFUSED
    assert len(outcome.findings) == 1
    assert f"the host key of [127.0.0.1]:{port}/tcp has changed: ssh-ed25519 SHA256:" in outcome.findings[0]
    assert said == []


def test_a_host_that_nobody_enrolled_is_not_even_connected_to(target: Make, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        port = listener.getsockname()[1]
        outcome = ssh.collect(target("h", "ssh", port=port), LOGIN, HostKeys({}), run)

        with pytest.raises(TimeoutError):
            listener.accept()

    assert outcome.reasons == (f"nobody enrolled a host key for [127.0.0.1]:{port}/tcp",)


def test_a_refused_password_is_told_in_words_that_do_not_hold_it(target: Make, run: Run) -> None:
    wrong = Login(user="qianyun", password=Secret("canary-word-99"))
    with answering({}, LOGIN, KEY) as port:
        outcome = ssh.collect(target("h", "ssh", port=port), wrong, enrolled(port), run)

    assert outcome.state is State.REFUSED
    assert "canary" not in repr(outcome)


def test_a_host_that_speaks_only_broken_ciphers_is_a_finding(
    target: Make, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paramiko.Transport, "_preferred_ciphers", ("aes128-cbc",))
    monkeypatch.setattr(paramiko.Transport, "_preferred_macs", ("hmac-sha1",))
    with answering(recorded_answers(DEVICES / "h0001-db01"), LOGIN, KEY) as port:
        outcome = ssh.collect(target("h", "ssh", port=port), LOGIN, enrolled(port), run)

    place = f"[127.0.0.1]:{port}/tcp speaks only"
    assert outcome.findings == (f"{place} aes128-cbc, which is broken", f"{place} hmac-sha1, which is broken")


def test_a_command_outside_the_allow_list_is_refused_by_the_agent() -> None:
    with answering({"display version": "x"}, LOGIN, KEY) as port, paramiko.Transport(("127.0.0.1", port)) as link:
        link.connect(username=LOGIN.user, password=LOGIN.password.reveal() if LOGIN.password else "")
        with link.open_session() as channel:
            channel.exec_command("reboot")

            assert channel.recv_exit_status() == 1


def test_an_answer_in_the_journal_is_not_asked_for_again(
    target: Make, run: Run, tmp_path: Path, killed: Callable[[Path], AbstractContextManager[FileJournal]]
) -> None:
    path = tmp_path / "journal"
    with killed(path) as journal, answering(recorded_answers(DEVICES / "h0001-db01"), LOGIN, KEY) as port:
        first = ssh.collect(target("h", "ssh", port=port), LOGIN, enrolled(port), run, journal)

    with FileJournal(path, "second", "manifest", resume=True) as journal:
        again = ssh.collect(target("h", "ssh", port=port), LOGIN, enrolled(port), run, journal)

    assert told(again) == told(first)
    assert not path.exists()


def test_all_lines_of_a_known_hosts_file_that_are_no_keys_are_told(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text("# enrolled\n10.0.0.1 ssh-ed25519 AAAA\n\n10.0.0.2 nonsense\n")

    with pytest.raises(DeclarationError) as caught:
        HostKeys.read(path)

    assert str(caught.value) == "known_hosts:2: is no host key\nknown_hosts:4: is no host key"


def test_the_script_only_reads() -> None:
    writing = {">", "rm", "mv", "cp", "tee", "dd", "sed", "kill", "reboot", "chmod", "chown", "mount", "umount"}
    words = {word for command in SECTIONS.values() for word in command.split()}

    assert not words & writing
    assert subprocess.run(["sh", "-n"], input=SCRIPT, text=True, check=False).returncode == 0


def test_a_real_sshd_runs_the_script_to_its_end(needs: Callable[[str], str], target: Make, run: Run) -> None:
    with tempfile.TemporaryDirectory(prefix="sshd-") as scratch:
        folder = Path(scratch)
        with sshd(needs("sshd"), folder) as (port, key):
            login = Login(user=getpass.getuser(), key_file=folder / "user_key")
            outcome = ssh.collect(target("h", "ssh", port=port), login, enrolled(port, key), run)

    facts = told(outcome)
    assert outcome.state is State.FOUND
    assert facts["cpu.count"] == os.cpu_count()
    assert str(facts["device.kernel"]).startswith("Linux")
    assert any(name.startswith(f"listening.tcp.{port}.") for name in facts)
