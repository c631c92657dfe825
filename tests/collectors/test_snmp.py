"""One device over real sockets: our agent from a recording, and net-snmp's own snmpd."""

import asyncio
import re
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from reach_rooms import until

from collectors import snmp
from collectors.agents.recording import Recording, load
from collectors.agents.snmp import answering
from collectors.asking import Conversation
from collectors.credentials import Community, Secret, User
from collectors.fast_asker import FastEngine
from collectors.outcome import Outcome, Run, State
from qianyun.estate.targets import Target

ROOT = Path(__file__).parent.parent.parent
SWITCH = ROOT / "inventory" / "province" / "devices" / "dsj-sw-01.snmprec"
V2C = Community(community=Secret("read-only-word"))
V3 = User(name="qianyun", auth_password=Secret("auth-word-1234"), priv_password=Secret("priv-word-1234"))
WRONG = User(name="qianyun", auth_password=Secret("other-word-123"), priv_password=Secret("priv-word-1234"))

Make = Callable[..., Target]


async def ask(target: Target, credential: Community | User, run: Run) -> Outcome:
    with FastEngine(credential) as engine:
        conversation = Conversation(await engine.asker(*target.endpoint), first_wait_s=0.05)
        return await snmp.collect(target, conversation, run)


def ask_agent(recording: Recording, theirs: Community | User, ours: Community | User, make: Make, run: Run) -> Outcome:
    async def both() -> Outcome:
        with answering(recording, theirs) as port:
            return await ask(make("dsj-sw-01", port=port), ours, run)

    return asyncio.run(both())


def told(outcome: Outcome) -> dict[str, object]:
    return {o.attribute: o.value for o in outcome.observations}


@pytest.mark.parametrize("credential", [V2C, V3], ids=["v2c", "v3"])
def test_a_switch_tells_who_it_is_and_what_it_is_connected_with(
    credential: Community | User, target: Make, run: Run
) -> None:
    outcome = ask_agent(load(SWITCH), credential, credential, target, run)

    facts = told(outcome)
    assert (outcome.state, outcome.subject) == (State.FOUND, "serial:Huawei/2102350000QY00000001")
    assert (facts["device.model"], facts["device.version"]) == ("S5735-S24T4X", "5.170 (V200R019C10SPC500)")
    assert facts["device.location"] == "省大数据局中心机房 A01 柜"
    assert facts["address.198.51.100.11"] == (24, 40)
    assert facts["interface.29"] == (
        "XGigabitEthernet0/0/1",
        "XGigabitEthernet0/0/1",
        "上联政务外网汇聚",
        6,
        1500,
        10000,
        "00:1a:2b:00:01:01",
        True,
        "up",
    )


def test_every_observation_names_its_source_and_its_run(target: Make, run: Run) -> None:
    outcome = ask_agent(load(SWITCH), V2C, V2C, target, run)

    assert {o.run for o in outcome.observations} == {"run"}
    assert {bool(re.match(r"1\.[03]\.[\d.]+$", o.source)) for o in outcome.observations} == {True}
    assert {len(o.raw_sha256) for o in outcome.observations} == {64}


def test_a_wrong_password_is_refused_in_words_that_hold_no_secret(target: Make, run: Run) -> None:
    outcome = ask_agent(load(SWITCH), V3, WRONG, target, run)

    assert outcome.state is State.REFUSED
    assert "-word-" not in repr(outcome)


def test_a_device_that_does_not_answer_is_silent_and_nothing_is_raised(target: Make, run: Run) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]

        outcome = asyncio.run(ask(target(port=port), V2C, run))

    assert (outcome.state, outcome.reasons) == (State.SILENT, (f"no answer on [127.0.0.1]:{port}/udp",))
    assert outcome.observations == ()


@contextmanager
def real_snmpd(program: str) -> Iterator[int]:
    """net-snmp's agent with one v3 user, on a free port, everything it keeps in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="snmpd-") as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        s.close()
        config, log = Path(folder) / "snmpd.conf", Path(folder) / "log"
        config.write_text(
            "createUser qianyun SHA-256 auth-word-1234 AES priv-word-1234\n"
            "rouser qianyun authpriv\nsysName snmpd-host\nsysLocation 机房\n"
        )
        process = subprocess.Popen(
            [
                program,
                "-f",
                "-C",
                "-c",
                str(config),
                "-Lf",
                str(log),
                "-p",
                f"{folder}/pid",
                f"udp:127.0.0.1:{port}",
            ],
            env={"SNMP_PERSISTENT_DIR": folder, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        try:
            until(lambda: log.exists() and "NET-SNMP version" in log.read_text(), "snmpd answers")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=60)


def test_a_real_snmpd_is_known_by_its_engine_id(needs: Callable[[str], str], target: Make, run: Run) -> None:
    with real_snmpd(needs("snmpd")) as port:
        outcome = asyncio.run(ask(target(port=port), V3, run))

    facts = told(outcome)
    assert outcome.state is State.FOUND
    assert outcome.subject.startswith("engine:80001f88")
    assert (facts["device.family"], facts["device.name"], facts["device.location"]) == ("linux", "snmpd-host", "机房")
    assert facts["address.127.0.0.1"] == (8, 1)
