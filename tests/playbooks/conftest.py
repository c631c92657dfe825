"""Ansible as an operator runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
