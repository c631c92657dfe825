"""What an operator of exchange, backup, harden and collect reads when something is not there; no host is changed."""

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Ansible = Callable[..., CompletedProcess[str]]
PLAYBOOKS = Path(__file__).parent.parent.parent / "playbooks"
LOCAL = ("ansible_connection: local", f"ansible_python_interpreter: {sys.executable}")
LEG = "{interface: eth0, addresses: [192.0.2.1/24], routes: []}"


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port that is taken, so that nobody else answers there, and where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def run(ansible: Ansible, folder: Path, playbook: str, group: str, *variables: str) -> CompletedProcess[str]:
    """A playbook on one host of a group, with these variables."""
    hosts = folder / "hosts.yml"
    lines = [f"{group}:", "  hosts:", "    node-1:", *(f"      {each}" for each in variables)]
    hosts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ansible("playbook", "-i", str(hosts), str(PLAYBOOKS / f"{playbook}.yml"))


@pytest.mark.parametrize(
    ("playbook", "group", "missing"),
    [
        ("exchange", "brokers", "exchange_channels, exchange_declaration, exchange_legs"),
        ("backup", "backed_up", "backup_passwords, backup_sets"),
        ("collect", "collected", "collect_estate, collect_folder"),
    ],
)
def test_a_variable_that_is_missing_is_told_by_name(
    ansible: Ansible, tmp_path: Path, playbook: str, group: str, missing: str
) -> None:
    done = run(ansible, tmp_path, playbook, group, *LOCAL)

    assert done.returncode == 2
    assert f"missing required arguments: {missing}" in done.stdout + done.stderr


def test_a_broker_with_one_leg_is_refused(ansible: Ansible, tmp_path: Path) -> None:
    legs = (f"exchange_legs: {{outer: {LEG}}}", "exchange_channels: []", "exchange_declaration: sha256:x")

    done = run(ansible, tmp_path, "exchange", "brokers", *LOCAL, *legs)

    assert done.returncode == 2
    assert "exchange_legs of node-1 must hold `outer` and `inner` on two interfaces" in done.stdout + done.stderr


def test_a_controller_with_a_password_is_not_locked_out(ansible: Ansible, tmp_path: Path) -> None:
    done = run(ansible, tmp_path, "harden", "gateways", *LOCAL, "ansible_password: x")

    assert done.returncode == 2
    assert "node-1 is reached with a password, and passwords are no longer taken after this" in done.stdout
    assert "changed=0" in done.stdout


@pytest.mark.parametrize(
    ("played", "variables"),
    [
        (("exchange", "brokers"), (f"exchange_legs: {{outer: {LEG}, inner: {LEG.replace('eth0', 'eth1')}}}",)),
        (("harden", "gateways"), ()),
    ],
)
def test_a_host_that_does_not_answer_is_told_by_name(
    ansible: Ansible, tmp_path: Path, refusing: int, played: tuple[str, str], variables: tuple[str, ...]
) -> None:
    where = ("ansible_host: 127.0.0.1", f"ansible_port: {refusing}")
    rest = ("exchange_channels: []", "exchange_declaration: sha256:x")

    done = run(ansible, tmp_path, *played, *where, *rest, *variables)

    assert done.returncode == 4
    assert "unreachable=1" in done.stdout
    assert "changed=0" in done.stdout
    assert "Connection refused" in done.stdout + done.stderr
