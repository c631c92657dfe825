"""The rehearsal's hosts, up, and the playbooks as an operator runs them on it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from qianyun.lab.running import Lab, up

ROOT = Path(__file__).parent.parent.parent
ESTATE = ROOT / "inventory" / "rehearsal"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@contextmanager
def rehearsal(folder: Path) -> Iterator[Lab]:
    """All hosts of the rehearsal, up; one such lab at a time, since two want more inotify than machines hold."""
    with Path(tempfile.gettempdir(), "qianyun-rehearsal.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        lab = up(ESTATE / "lab.yml", folder / "rehearsal", _told)
        try:
            yield lab
        finally:
            lab.down()


def playbooks(lab: Lab) -> Run:
    """`run("zones", "egress", "--check", …)` runs playbooks by their names, with an operator's options."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "PYTHONPATH": str(ROOT),
        "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg"),
        "ANSIBLE_HOME": str(lab.folder / "ansible"),
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    inventories = ("-i", str(ESTATE / "qianyun.yml"), "-i", str(lab.folder / "hosts.json"))

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        known = [str(path) for word in words if (path := ROOT / "playbooks" / f"{word}.yml").exists()]
        options = [word for word in words if not (ROOT / "playbooks" / f"{word}.yml").exists()]
        command = ["ansible-playbook", *inventories, *known, *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def _told(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
