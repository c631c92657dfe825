"""Ansible's list of ten thousand hosts, whole processes: our plug-in, and the same hosts as static YAML.

Both list what the plug-in lists, with the same groups and variables, in the same run. The store has been
listed once before, as on any controller that works with it.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from qianyun.estate.facts import Server
from qianyun.importers.declaration import load_policy
from qianyun.store import Store

ROOT = Path(__file__).parent.parent.parent
REHEARSAL = ROOT / "inventory" / "rehearsal"
HOSTS, SYSTEMS, DEPARTMENTS, ROOMS = 10_000, 800, 45, 120
ZONES = ("internet", "extranet", "exchange", "department")


def estate(folder: Path) -> Path:
    """A folder with the rehearsal's declaration and a store of ten thousand servers; gives its inventory file."""
    for path in REHEARSAL.glob("*.yml"):
        folder.joinpath(path.name).write_text(path.read_text())
    file = folder / "qianyun.yml"
    file.write_text(f"{file.read_text()}store: sqlite:///hosts.db\n")
    load_policy(folder)
    with Store.open(f"sqlite:///{folder / 'hosts.db'}", create=True) as store:
        store.upsert(servers(), who="operator", why="benchmark", source="benchmark")
    return file


def servers() -> list[Server]:
    """Servers of systems of departments, in rooms."""
    systems = [(f"单位{number % DEPARTMENTS}", f"系统{number}") for number in range(SYSTEMS)]
    return [_server(number, *systems[number % SYSTEMS], f"机房{number % ROOMS}") for number in range(HOSTS)]


def _server(number: int, department: str, system: str, room: str) -> Server:
    zone = ZONES[number % len(ZONES)]
    return Server(department=department, system=system, name=f"h{number:05d}", room=room, zone=zone)


def listed(inventory: Path, home: Path) -> tuple[float, Mapping[str, object]]:
    """CPU seconds of one `ansible-inventory --list`, and what it said."""
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg"),
        "ANSIBLE_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    command = [str(Path(sys.executable).with_name("ansible-inventory")), "-i", str(inventory), "--list"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said: Mapping[str, object] = json.loads(done.stdout)
    return spent, said


def ours() -> float:
    """The plug-in."""
    with tempfile.TemporaryDirectory() as folder:
        file = estate(Path(folder))
        listed(file, Path(folder) / "home")
        spent, said = listed(file, Path(folder) / "home")
        if len(hostvars(said)) < HOSTS:
            raise SystemExit("hosts are missing")
        return spent


def static() -> float:
    """The same hosts, groups and variables as YAML."""
    with tempfile.TemporaryDirectory() as folder:
        _spent, said = listed(estate(Path(folder)), Path(folder) / "home")
        groups: Mapping[str, object] = {
            name: {"hosts": {host: {} for host in group["hosts"]}}
            for name, group in said.items()
            if isinstance(group, dict) and "hosts" in group
        }
        written = Path(folder) / "static.yml"
        text = yaml.safe_dump({"all": {"hosts": hostvars(said), "children": groups}}, allow_unicode=True)
        written.write_text(text, encoding="utf-8")
        spent, again = listed(written, Path(folder) / "home")
        if len(hostvars(again)) != len(hostvars(said)):
            raise SystemExit("the two lists differ")
        return spent


def hostvars(said: Mapping[str, object]) -> Mapping[str, object]:
    """Variables by host."""
    meta = said["_meta"]
    if not isinstance(meta, dict):
        raise SystemExit("no variables")
    found: Mapping[str, object] = meta["hostvars"]
    return found


BENCHMARKS = {
    "inventory-10k": {
        "ours": ours,
        "peer": static,
        "peer_name": "static YAML",
        "unit": "CPU s",
        "goal": "ours <= 4",
    },
}
