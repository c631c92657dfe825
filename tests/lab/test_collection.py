"""The modules of `qianyun.gov` on a host with its own kernel settings, packet filter and FRR."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qianyun.lab.running import up

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "tests" / "cases" / "playbooks" / "collection.yml"

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600), pytest.mark.usefixtures("root")]


def test_each_module_checks_changes_once_and_refuses_what_cannot_be(
    tmp_path: Path, needs: Callable[[str], str]
) -> None:
    needs("mmdebstrap")
    topology = tmp_path / "lab.yml"
    topology.write_text("networks: [lan]\nhosts:\n  - {name: alone, links: [{network: lan, interface: eth0}]}\n")
    lab = up(topology, tmp_path / "lab", lambda _sentence: None)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "PYTHONPATH": str(ROOT),
        "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg"),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }

    try:
        command = ["ansible-playbook", "-i", str(lab.folder / "hosts.json"), str(CASE)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    finally:
        lab.down()

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
