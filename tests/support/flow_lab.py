"""Hosts in network namespaces with a real sshd each, a router that translates, a container, and real connections.

    client, centre ── left ── router ── right ── web1, web2, base (with a container behind it)

The router hands its virtual address 10.81.0.100:80 to web1 and web2 in turn, port 8080, and hides the client
there behind 10.82.0.1. Every host's sshd is in a process namespace of its own, so that it sees its own
containers and no other host's. All of it is gone when the block ends.
"""

import ctypes
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START_S = 60.0
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
HOSTS = {
    "client": ("left", "10.81.0.11", "2001:db8:81::11"),
    "centre": ("left", "10.81.0.250", "2001:db8:81::250"),
    "web1": ("right", "10.82.0.21", "2001:db8:82::21"),
    "web2": ("right", "10.82.0.22", "2001:db8:82::22"),
    "base": ("right", "10.82.0.31", "2001:db8:82::31"),
}
SIDES = {"left": ("10.81.0.1", "2001:db8:81::1"), "right": ("10.82.0.1", "2001:db8:82::1")}
VIRTUAL, CONTAINER = "10.81.0.100", "172.29.0.2"
SAMPLED = ("client", "web1", "web2", "base", "router")
ADDRESSES = {name: address for name, (_side, address, _v6) in HOSTS.items()} | {"router": "10.81.0.1"}

RULES = f"""
table ip translated {{
  chain incoming {{
    type nat hook prerouting priority dstnat
    ip daddr {VIRTUAL} tcp dport 80 dnat ip to numgen inc mod 2 map {{ 0 : 10.82.0.21 . 8080, 1 : 10.82.0.22 . 8080 }}
  }}
  chain outgoing {{
    type nat hook postrouting priority srcnat
    ct status dnat masquerade
  }}
}}
table ip6 watched {{
  chain through {{
    type filter hook forward priority 0
    ct state established accept
  }}
}}
"""
HIDING = """
table ip hidden {
  chain outgoing {
    type nat hook postrouting priority srcnat
    ip saddr 172.29.0.0/24 masquerade
  }
}
"""

SERVER = """
import socket, sys, threading
def tcp(family, address, port, closes):
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port)); listener.listen(128)
    ready.release()
    while True:
        link, _peer = listener.accept()
        threading.Thread(target=answer, args=(link, closes), daemon=True).start()
def answer(link, closes):
    with link:
        while said := link.recv(65536):
            link.sendall(b"answer")
            if closes:
                return
def udp(family, address, port):
    link = socket.socket(family, socket.SOCK_DGRAM); link.bind((address, port)); ready.release()
    while True:
        said, peer = link.recvfrom(65536); link.sendto(b"answer", peer)
ready = threading.Semaphore(0)
places = [word.split(",") for word in sys.argv[1:]]
for kind, address, port in places:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    work, more = (udp, ()) if kind == "udp" else (tcp, (kind == "closes",))
    threading.Thread(target=work, args=(family, address, int(port), *more), daemon=True).start()
for _place in places:
    ready.acquire()
print("ready", flush=True)
sys.stdin.read()
"""
CLIENT = """
import socket, sys
for word in sys.argv[1:]:
    kind, address, port, times = word.split(",")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for _time in range(int(times)):
        with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as link:
            link.settimeout(30)
            try:
                link.connect((address, int(port)))
                link.sendall(b"question")
                assert link.recv(100) == b"answer"
                if kind == "waits":
                    link.recv(100)
            except ConnectionRefusedError:
                assert kind == "refused"
"""


@dataclass(frozen=True, kw_only=True)
class FlowLab:
    """The hosts, as long as the block runs.

    Attributes:
        folder: Keys, and the manifest's folder `estate`.
        names: Namespace by host.
    """

    folder: Path
    names: Mapping[str, str]
    stack: ExitStack

    def command(self, host: str, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.names[host], *words]

    def serve(self, host: str, *places: str) -> None:
        """Serve at `stays|closes|udp,address,port`: who closes first is the server where it says so."""
        server = subprocess.Popen(
            self.command(host, sys.executable, "-c", SERVER, *places), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.stack.callback(_end, server)
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"

    def connect(self, host: str, *places: str) -> None:
        """Connect to `tcp|waits|udp|refused,address,port,times`, each time for as long as an answer takes."""
        subprocess.run(self.command(host, sys.executable, "-c", CLIENT, *places), check=True, timeout=120)

    def qianyun(self, *words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """The command line, at the centre."""
        return subprocess.run(
            self.command("centre", sys.executable, "-m", "qianyun", "--lang", "en", *words),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread in a namespace; what it opens or starts meanwhile stays there."""
    home, there = (os.open(path, os.O_RDONLY) for path in ("/proc/thread-self/ns/net", f"/run/netns/{name}"))
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


def _enter(space: int) -> None:
    if LIBC.setns(space, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def flow_lab(folder: Path) -> Iterator[FlowLab]:
    """Bring all hosts up; needs root."""
    tag = f"q{secrets.token_hex(3)}"
    names = {name: f"{tag}-{name}" for name in (*HOSTS, "router", "inner")}
    with ExitStack() as stack:
        for name in names.values():
            _run("ip", "netns", "add", name)
            stack.callback(_run, "ip", "netns", "delete", name)
        _wire(names)
        for part in ("host_key", "user_key"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / part))
        lab = FlowLab(folder=folder, names=names, stack=stack)
        for host in SAMPLED:
            _sshd(lab, host)
        for host in SAMPLED:
            _wait_for(lab, host)
        yield lab


def _wire(names: Mapping[str, str]) -> None:
    router = names["router"]
    for side, (address, address6) in SIDES.items():
        _in(router, "link", "add", side, "type", "bridge")
        _address(router, side, address, address6)
    _in(router, "addr", "add", f"{VIRTUAL}/32", "dev", "left")
    for number, (host, (side, address, address6)) in enumerate(HOSTS.items()):
        there = f"port{number}"
        _run("ip", "link", "add", "eth0", "netns", names[host], "type", "veth", "peer", "name", there, "netns", router)
        _in(router, "link", "set", there, "master", side, "up")
        _address(names[host], "eth0", address, address6)
        gateway, gateway6 = SIDES[side]
        _in(names[host], "route", "add", "default", "via", gateway)
        _in(names[host], "-6", "route", "add", "default", "via", gateway6)
    _run(
        "ip",
        "link",
        "add",
        "eth0",
        "netns",
        names["inner"],
        "type",
        "veth",
        "peer",
        "name",
        "c0",
        "netns",
        names["base"],
    )
    _address(names["base"], "c0", "172.29.0.1", "")
    _address(names["inner"], "eth0", CONTAINER, "")
    _in(names["inner"], "route", "add", "default", "via", "172.29.0.1")
    for name in names.values():
        _in(name, "link", "set", "lo", "up")
    for name in (router, names["base"]):
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            _run("ip", "netns", "exec", name, "sysctl", "-q", "-w", setting)
    for name, rules in ((router, RULES), (names["base"], HIDING)):
        subprocess.run(["ip", "netns", "exec", name, "nft", "-f", "-"], input=rules, text=True, check=True)


def _address(name: str, link: str, address: str, address6: str) -> None:
    _in(name, "addr", "add", f"{address}/24", "dev", link)
    if address6:
        _in(name, "-6", "addr", "add", f"{address6}/64", "dev", link, "nodad")
    _in(name, "link", "set", link, "up")


def _in(name: str, *words: str) -> None:
    _run("ip", "-n", name, *words)


def _run(*words: str) -> None:
    subprocess.run(words, check=True)


def _sshd(lab: FlowLab, host: str) -> None:
    """The host's first process, with sshd and, on the base, a process in the container's network."""
    Path("/run/sshd").mkdir(exist_ok=True)
    authorized = lab.folder / "authorized"
    authorized.write_text((lab.folder / "user_key.pub").read_text())
    options = {
        "HostKey": lab.folder / "host_key",
        "AuthorizedKeysFile": authorized,
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "UseDNS": "no",
    }
    told = " ".join(f"-o {name}={value}" for name, value in options.items())
    inside = f"nsenter --net=/run/netns/{lab.names['inner']} sleep 600 & " if host == "base" else ""
    script = f"{inside}{shutil.which('sshd') or '/usr/sbin/sshd'} -D -f /dev/null {told} & wait"
    words = lab.command(host, "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script)
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    lab.stack.callback(_end, process)


def _wait_for(lab: FlowLab, host: str) -> None:
    asks = f"import socket; socket.create_connection(({ADDRESSES[host]!r}, 22), timeout=2).close()"
    until = time.monotonic() + START_S
    while subprocess.run(
        lab.command("centre", sys.executable, "-c", asks), check=False, capture_output=True
    ).returncode:
        if time.monotonic() > until:
            raise TimeoutError(host)
        time.sleep(0.2)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """At once: the first process of a namespace takes all others with it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def manifest(hosts: Sequence[str] = SAMPLED) -> str:
    """`collect.yml` of these hosts."""
    targets = "".join(
        f"      - {{name: {host}, address: {ADDRESSES[host]}, transport: ssh, credential: ops, profile: linux}}\n"
        for host in hosts
    )
    return (
        "known_hosts: known_hosts\ncredentials:\n  ops: {kind: ssh, user: root, key_file: ../user_key}\n"
        f"rooms:\n  - room: 甲机房\n    targets:\n{targets}"
    )
