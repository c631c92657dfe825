"""Ansible as an operator runs it, on hosts that live on loopback."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback import Loopback

ROOT = Path(__file__).parent.parent.parent
Ansible = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def operators(tmp_path: Path) -> dict[str, str]:
    """An operator's environment: our configuration, our programs, a home of the test's own."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "PYTHONPATH": str(ROOT),
        "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg"),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def ansible(tmp_path: Path, operators: dict[str, str]) -> Ansible:
    """`ansible("playbook", "--check", …)` runs the program of that name."""

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [f"ansible-{program}", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=operators, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def loopback(tmp_path: Path, needs: Callable[[str], str]) -> Iterator[Loopback]:
    """A real sshd, as the current user, with keys made for the test and a host key that is known."""
    folder = tmp_path / "sshd"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        command = [needs("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "yes",
        "Subsystem": "sftp internal-sftp",
    }
    folder.joinpath("config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    host = folder.joinpath("host.pub").read_text().split()
    folder.joinpath("known").write_text(f"[127.0.0.1]:{port} {host[0]} {host[1]}\n")
    with folder.joinpath("log").open("w") as log:
        server = subprocess.Popen([needs("sshd"), "-D", "-e", "-f", str(folder / "config")], stderr=log)
        try:
            _wait(port, server, folder / "log")
            yield Loopback(port=port, key=folder / "user", known_hosts=folder / "known")
        finally:
            server.terminate()
            server.wait(10)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(100):
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(log.read_text())
