"""The one process that is a lab: `python -m qianyun.lab.keeper FOLDER LAB.YML IMAGE CGROUP`, PID 1 of its namespaces.

It lays the cables, starts every host, says in `FOLDER/running.json` how they are reached, and then
only reaps. Whoever ends it ends the lab.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from qianyun.errors import LabError, QianyunError
from qianyun.estate.topology import Host, Topology
from qianyun.importers.lab_file import load_topology
from qianyun.lab import cables, layer
from qianyun.words import _

HOST = Path(__file__).with_name("host.sh")
ENOUGH_S = 120
"""A host that does not answer by then never will."""


class Keeper:
    """Builds one lab.

    Attributes:
        folder: The lab's folder; its `tree` holds the hosts' files, in memory.
        cgroup: The group below which every host has its own.
    """

    def __init__(self, folder: Path, topology: Topology, image: Path, cgroup: Path) -> None:
        self.folder, self.topology, self.image, self.cgroup = folder, topology, image, cgroup
        self.tree = folder / "tree"
        self._shells: dict[str, subprocess.Popen[str]] = {}
        self._told: dict[str, int] = {}

    def build(self) -> Mapping[str, int]:
        """Start everything; gives the PID of each host's outermost process.

        Raises:
            LabError: A cable could not be laid, or a host does not answer.
        """
        subprocess.run(["mount", "-t", "tmpfs", "-o", "nosuid,mode=755", "tmpfs", str(self.tree)], check=True)
        layer.lay(self.tree / "layer", self.image, self.folder / "key")
        cables.run(cables.management())
        fabric = Path(f"/proc/{self._fabric()}/ns/net")
        cables.run(cables.bridges(self.topology), fabric)
        known = "".join(self._start(host) for host in self.topology.hosts)
        (self.folder / "known_hosts").write_text(known)
        for number, host in enumerate(self.topology.hosts):
            self._plug(host, number, fabric)
        for host in self.topology.hosts:
            self._wait(host)
        return {name: shell.pid for name, shell in self._shells.items()}

    def _fabric(self) -> int:
        """A process that holds the networks, apart from the controller's bridge."""
        held = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo unshared; exec sleep infinity"], stdout=subprocess.PIPE, text=True
        )
        _heard(held)
        return held.pid

    def _start(self, host: Host) -> str:
        place, group = self.tree / host.name, self.cgroup / host.name
        for folder in (place / "root", place / "work", place / "upper", group):
            folder.mkdir(parents=True)
        known = layer.furnish(place / "upper", host, self.topology.management(host.name))
        heard, self._told[host.name] = os.pipe()
        self._shells[host.name] = subprocess.Popen(
            ["unshare", "--net", "--uts", "--ipc", "sh", HOST, "plug", host.name, place, group],
            env={**os.environ, "LAB_LAYER": str(self.tree / "layer"), "LAB_IMAGE": str(self.image)},
            stdin=heard,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.close(heard)
        return known

    def _plug(self, host: Host, number: int, fabric: Path) -> None:
        shell = self._shells[host.name]
        _heard(shell)
        network = Path(f"/proc/{shell.pid}/ns/net")
        cables.run(cables.to_management(number, shell.pid))
        cables.run(cables.to_networks(host, number, shell.pid, self.topology), fabric)
        cables.set_all(cables.settings(host), network)
        cables.run(cables.inside(host, self.topology), network)
        os.write(self._told[host.name], b"plugged\n")
        os.close(self._told.pop(host.name))

    def _wait(self, host: Host) -> None:
        address, end = str(self.topology.management(host.name)), time.monotonic() + ENOUGH_S
        while time.monotonic() < end:
            if self._shells[host.name].poll() is not None:
                raise LabError(_("the host {name} did not boot; see {log}").format(name=host.name, log="lab.log"))
            with suppress(OSError), socket.create_connection((address, 22), timeout=1) as asked:
                if asked.recv(4) == b"SSH-":
                    return
            time.sleep(0.02)
        raise LabError(_("the host {name} does not answer on {address}").format(name=host.name, address=address))


def _heard(process: "subprocess.Popen[str]") -> None:
    if process.stdout is None or process.stdout.readline() != "unshared\n":
        raise LabError(_("this machine does not let us make namespaces; run as root"))


def main(folder: Path, declared: Path, image: Path, cgroup: Path) -> None:
    """Build a lab, say how it went, then reap for ever."""
    began = time.monotonic()
    try:
        hosts = Keeper(folder, load_topology(declared), image, cgroup).build()
        said: dict[str, object] = {"hosts": hosts, "seconds": round(time.monotonic() - began, 2)}
    except (QianyunError, OSError, subprocess.CalledProcessError) as error:
        said = {"error": str(error)}
    draft = folder / "running.json.new"
    draft.write_text(json.dumps(said))
    draft.replace(folder / "running.json")
    while "error" not in said:
        with suppress(ChildProcessError):
            os.wait()
        time.sleep(0.01)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
