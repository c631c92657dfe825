"""A lab from outside: bring it up, run a command in it, take it down."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qianyun.errors import LabError
from qianyun.estate.topology import Topology
from qianyun.importers.lab_file import load_topology
from qianyun.lab.image import image
from qianyun.words import _

PROGRAMS = ("unshare", "nsenter", "ip", "mount", "ssh", "ssh-keygen", "nft")
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
A_HOST_WATCHES = 4
"""Instances of inotify that a host's systemd and its services hold."""

SSH = """\
#!/bin/sh
# ssh from inside the lab: its hosts are reached over a bridge that only the lab sees.
exec nsenter --target {pid} --net --pid -- ssh "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A lab that runs.

    Attributes:
        folder: Its key, known hosts, log, and the `ssh` that leads into it.
        pid: The process that is the lab, seen from this machine.
        hosts: Each host's outermost process, seen from inside the lab.
        seconds: How long it took to come up.
    """

    folder: Path
    topology: Topology
    pid: int
    hosts: Mapping[str, int]
    seconds: float

    def command(self, host: str | None, words: Sequence[str]) -> list[str]:
        """The command that runs `words` on a host, or beside the controller's bridge when `host` is `None`.

        Raises:
            LabError: There is no such host, or it is not up.
        """
        if host is None:
            return ["nsenter", "--target", str(self.pid), "--net", "--", *words]
        return ["nsenter", "--target", str(self.init(host)), "--all", "--", *words]

    def init(self, host: str) -> int:
        """The PID of a host's systemd, seen from this machine; another one after each reboot.

        Raises:
            LabError: There is no such host, or it is not up.
        """
        if host not in self.hosts:
            known = ", ".join(self.hosts)
            raise LabError(_("{host!r} is no host of this lab; there are {names}").format(host=host, names=known))
        shells = [pid for pid in _children(self.pid) if _inner(pid) == self.hosts[host]]
        inits = [init for shell in shells for entering in _children(shell) for init in _children(entering)]
        if not inits:
            raise LabError(_("the host {host} is not up").format(host=host))
        return inits[0]

    def inventory(self) -> Mapping[str, object]:
        """How Ansible reaches every host: an inventory that lies over the declared one.

        Hosts of two labs have the same addresses, so each lab's connections are kept under its own name.
        """
        hosts = {host.name: {"ansible_host": str(self.topology.management(host.name))} for host in self.topology.hosts}
        options = f"-o UserKnownHostsFile={self.folder / 'known_hosts'} -o StrictHostKeyChecking=yes"
        shared = {
            "ansible_user": "root",
            "ansible_port": 22,
            "ansible_ssh_executable": str(self.folder / "ssh"),
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_transfer_method": "piped",
            "ansible_ssh_common_args": options,
            "ansible_control_path": f"{tempfile.gettempdir()}/qianyun-{self.pid}-%%h",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        groups = sorted({group for host in self.topology.hosts for group in host.groups})
        members: Mapping[str, object] = {
            group: {"hosts": {host.name: {} for host in self.topology.hosts if group in host.groups}}
            for group in groups
        }
        return {"all": {"hosts": {name: {**shared, **own} for name, own in hosts.items()}, "children": members}}

    def down(self) -> None:
        """End it: every process, mount and link of it goes with its one process."""
        _end(self.pid)
        _sweep(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def up(declared: Path, folder: Path, told: Callable[[str], None]) -> Lab:
    """Build a lab.

    Args:
        declared: Its `lab.yml`.
        folder: Where it keeps its key and log; must not hold a lab that runs.
        told: Takes a sentence on each step that takes long.

    Raises:
        DeclarationError: `lab.yml` is faulty.
        LabError: This machine cannot hold it, it runs already, or a host does not boot.
    """
    topology = load_topology(declared)
    _can_hold(len(topology.hosts))
    if folder.exists():
        _clear(folder)
    base = image(told)
    (folder / "tree").mkdir(parents=True, mode=0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", folder / "key"], check=True)
    shutil.copy(declared, folder / "lab.yml")
    told(_("starting {count} hosts").format(count=len(topology.hosts)))
    keeper = _keeper(folder, base)
    said = _heard(folder, keeper)
    pid = _children(keeper)[0]
    (folder / "ssh").write_text(SSH.format(pid=pid))
    (folder / "ssh").chmod(0o700)
    (folder / "lab.json").write_text(json.dumps({"pid": pid, "started": _started(pid), **said}))
    lab = found(folder)
    (folder / "hosts.json").write_text(json.dumps(lab.inventory(), indent=2))
    return lab


def found(folder: Path) -> Lab:
    """The lab that runs from a folder.

    Raises:
        LabError: None does.
    """
    noted = folder / "lab.json"
    said = json.loads(noted.read_text()) if noted.exists() else None
    if said is None or _started(said["pid"]) != said["started"]:
        raise LabError(_("no lab runs from {folder}; bring it up first").format(folder=folder))
    topology = load_topology(folder / "lab.yml")
    return Lab(folder=folder, topology=topology, pid=said["pid"], hosts=said["hosts"], seconds=said["seconds"])


def _clear(folder: Path) -> None:
    """Remove what a lab left that was ended by other means."""
    try:
        found(folder)
    except LabError:
        _sweep(folder)
        shutil.rmtree(folder)
    else:
        raise LabError(_("a lab runs from {folder} already; take it down first").format(folder=folder))


def _can_hold(hosts: int) -> None:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise LabError(_("this machine lacks {programs}").format(programs=", ".join(missing)))
    if os.geteuid():
        raise LabError(_("a lab needs root, to make namespaces; run it with sudo"))
    held, wanted = int(INSTANCES.read_text()), hosts * A_HOST_WATCHES
    if held < wanted:
        what = _("fs.inotify.max_user_instances is {held}, {hosts} hosts need {wanted}; sysctl -w {name}={wanted}")
        name = "fs.inotify.max_user_instances"
        raise LabError(what.format(held=held, hosts=hosts, wanted=wanted, name=name))


def _keeper(folder: Path, base: Path) -> int:
    """Start the lab's process in a session of its own, since it outlives the command that started it."""
    own = ["--pid", "--mount", "--mount-proc", "--net", "--ipc"]
    ours = [sys.executable, "-m", "qianyun.lab.keeper", folder, folder / "lab.yml", base, _cgroup(folder)]
    command = ["unshare", *own, "--fork", "--kill-child=KILL", *ours]
    log, kind, mode = folder / "lab.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
    opened = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        *((os.POSIX_SPAWN_OPEN, number, str(log), kind, mode) for number in (1, 2)),
    ]
    return os.posix_spawnp("unshare", [str(word) for word in command], os.environ, file_actions=opened, setsid=True)


def _heard(folder: Path, keeper: int) -> Mapping[str, object]:
    said = folder / "running.json"
    while not said.exists() and os.waitpid(keeper, os.WNOHANG) == (0, 0):
        time.sleep(0.05)
    heard = json.loads(said.read_text()) if said.exists() else {"error": (folder / "lab.log").read_text()[-2000:]}
    if "error" in heard:
        _end(keeper)
        _sweep(folder)
        raise LabError(_("the lab did not come up: {why}").format(why=heard["error"]))
    return heard


def _end(pid: int) -> None:
    """Kill a process, wait until it is gone, and reap it if it is ours."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], 30)
        os.close(handle)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _cgroup(folder: Path) -> Path:
    """The lab's control group; named after its folder, so that what a killed lab left is found again."""
    base = next((path for path in CGROUPS if (path / "cgroup.procs").exists()), None)
    if base is None:
        raise LabError(_("this machine has no unified control groups (cgroup v2)"))
    return base / f"qianyun-lab-{str(folder).strip('/').replace('/', '-')}"


def _sweep(folder: Path) -> None:
    """Remove the lab's control groups, which the kernel keeps when their processes are gone."""
    group = _cgroup(folder)
    for below, _folders, _files in os.walk(group, topdown=False):
        for _attempt in range(500):
            try:
                Path(below).rmdir()
                break
            except OSError:  # the last process is still leaving
                time.sleep(0.02)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []


def _inner(pid: int) -> int:
    """What a process is called where it lives: the second of its PIDs, the lab being one namespace down."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("NSpid:"))
    return int(line.split()[2])


def _started(pid: int) -> str:
    """When a process began, in ticks since boot; a PID that was given out again has another. Empty if it is dead."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return "" if state in "ZX" else fields[18]
    except (FileNotFoundError, ProcessLookupError):
        return ""
