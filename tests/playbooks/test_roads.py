"""What an operator of the extranet and of the egress reads when something is not there."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Ansible = Callable[..., CompletedProcess[str]]
PLAYBOOKS = Path(__file__).parent.parent.parent / "playbooks"
roles = pytest.mark.parametrize("role", ["extranet", "egress"])


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port that is taken, so that nobody else answers there, and where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def listed(folder: Path, role: str, *variables: str) -> str:
    """An inventory of one node of a role."""
    hosts = folder / "hosts.yml"
    lines = [f"{role}:", "  hosts:", "    node-1:", *(f"      {each}" for each in variables)]
    hosts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(hosts)


@roles
def test_a_node_that_nothing_was_compiled_for_is_refused_by_the_name_of_what_it_lacks(
    ansible: Ansible, tmp_path: Path, role: str
) -> None:
    hosts = listed(tmp_path, role, "ansible_connection: local")

    done = ansible("playbook", "-i", hosts, str(PLAYBOOKS / f"{role}.yml"))

    assert done.returncode == 2
    assert f"missing required arguments: {role}_bundle" in done.stdout + done.stderr


@roles
def test_a_bundle_of_another_node_is_refused_with_its_first_line(ansible: Ansible, tmp_path: Path, role: str) -> None:
    stray = f"# qianyun bundle sha256:{'0' * 64} {role} node-2"
    hosts = listed(tmp_path, role, "ansible_connection: local", f'{role}_bundle: "{stray}\\n"')

    done = ansible("playbook", "-i", hosts, str(PLAYBOOKS / f"{role}.yml"))

    assert done.returncode == 2
    assert f"The bundle {role} of node-1 begins with {stray}" in done.stdout + done.stderr


@roles
def test_a_host_that_does_not_answer_is_told_by_name_and_nothing_else_is_changed(
    ansible: Ansible, tmp_path: Path, role: str, refusing: int
) -> None:
    bundle = f'{role}_bundle: "# qianyun bundle sha256:{"0" * 64} {role} node-1\\n"'
    hosts = listed(tmp_path, role, "ansible_host: 127.0.0.1", f"ansible_port: {refusing}", bundle)

    done = ansible("playbook", "-i", hosts, str(PLAYBOOKS / f"{role}.yml"))

    assert done.returncode == 4
    assert "node-1" in done.stdout
    assert "unreachable=1" in done.stdout
    assert "changed=0" in done.stdout
    assert "Connection refused" in done.stdout + done.stderr
