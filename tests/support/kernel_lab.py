"""Three network namespaces in a row, the middle one a router with packet filters: what passes is the kernel's word.

Frames go in at one end by a packet socket and come out, or not, at the other. Names are unique, and everything is
removed when the laboratory closes, whatever happened.
"""

import ctypes
import os
import secrets
import select
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

CLONE_NEWNET = 0x40000000
ALL_PROTOCOLS = 3
PACKET_QDISC_BYPASS, PACKET_IGNORE_OUTGOING, SOL_PACKET = 20, 23, 263
SO_RCVBUFFORCE = 33
IN, OUT = "zfa", "zfb"
"""The router's two interfaces."""
MAC = {"a": "02:00:00:00:0a:01", "fa": "02:00:00:00:0a:02", "fb": "02:00:00:00:0b:02", "b": "02:00:00:00:0b:01"}
MARK = b"QYKD"
ICMP, ICMPV6 = 1, 58
ERRORS = (1, 2, 3, 4, 5, 11, 12, 137)
"""Types of messages that carry the packet they speak of, in either version."""
SYSTEM_PATH = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin:/sbin"
DRAIN_EVERY = 64
SILENCE_S = 0.002
PATIENCE_S = 0.25

_LIBC = ctypes.CDLL(None, use_errno=True)

SYSCTLS = (
    "net.ipv4.ip_forward=1",
    "net.ipv6.conf.all.forwarding=1",
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.rp_filter=0",
    f"net.ipv4.conf.{IN}.rp_filter=0",
    f"net.ipv4.conf.{OUT}.rp_filter=0",
    "net.ipv4.conf.all.accept_local=1",
    "net.ipv4.conf.all.send_redirects=0",
    "net.ipv4.icmp_ratelimit=0",
    "net.ipv6.icmp.ratelimit=0",
)


class NotListedError(Exception):
    """The program of nftables fails at listing what it has loaded itself."""


class Out(NamedTuple):
    """A frame as it came out of the router.

    Attributes:
        leftwards: It came out on the left, where the near end is.
    """

    data: bytes
    leftwards: bool


class Lab(AbstractContextManager["Lab"]):
    """The laboratory; use it in a `with` statement."""

    def __init__(self) -> None:
        tag = secrets.token_hex(3)
        self.names = {role: f"qy{tag}{role}" for role in ("a", "f", "b")}
        self._home = -1
        self._spaces: dict[str, int] = {}
        self._near: socket.socket | None = None
        self._far: socket.socket | None = None
        self.late: set[int] = set()
        """Numbers of frames that came out after nobody waited for them any more."""

    def __enter__(self) -> Self:
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def _build(self) -> None:
        near, router, far = self.names["a"], self.names["f"], self.names["b"]
        for name in self.names.values():
            _ip("netns", "add", name)
        for role, name in self.names.items():
            self._spaces[role] = os.open(f"/var/run/netns/{name}", os.O_RDONLY)
        _ip("link", "add", IN, "address", MAC["fa"], "netns", router, "type", "veth",
            "peer", "name", "zva", "address", MAC["a"], "netns", near)  # fmt: skip
        _ip("link", "add", OUT, "address", MAC["fb"], "netns", router, "type", "veth",
            "peer", "name", "zvb", "address", MAC["b"], "netns", far)  # fmt: skip
        for name, device in ((near, "zva"), (far, "zvb")):
            self.run(name, "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1")
        for device in (IN, OUT):
            self.run(router, "sysctl", "-qw", f"net.ipv6.conf.{device}.accept_dad=0")
        for name, device in ((near, "zva"), (router, IN), (router, OUT), (router, "lo"), (far, "zvb")):
            _ip("-n", name, "link", "set", device, "up")
        self._route(router)
        self.run(router, "sysctl", "-qw", *SYSCTLS)
        self._near, self._far = self._socket("a", "zva"), self._socket("b", "zvb")

    def _route(self, router: str) -> None:
        for side, device, peer in (("1", IN, "a"), ("2", OUT, "b")):
            _ip("-n", router, "addr", "add", f"10.255.{side}.1/24", "dev", device)
            _ip("-n", router, "-6", "addr", "add", f"fd00:{side}::1/64", "dev", device, "nodad")
            for address in (f"10.255.{side}.2", f"fd00:{side}::2"):
                _ip("-n", router, "neigh", "replace", address, "lladdr", MAC[peer], "dev", device, "nud", "permanent")
            _ip("-n", router, "route", "add", f"10.{side}.0.0/16", "via", f"10.255.{side}.2")
            _ip("-n", router, "-6", "route", "add", f"2001:db8:{side}::/48", "via", f"fd00:{side}::2")

    def _socket(self, role: str, device: str) -> socket.socket:
        with self.inside(role):
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
            made.bind((device, ALL_PROTOCOLS))
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        made.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        made.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        made.setblocking(False)  # noqa: FBT003 - the library's own signature
        return made

    @contextmanager
    def inside(self, role: str) -> Iterator[None]:
        """This thread stands in the namespace `a`, `f` (the router) or `b`."""
        _enter(self._spaces[role])
        try:
            yield
        finally:
            _enter(self._home)

    @staticmethod
    def run(name: str, *command: str) -> str:
        """Run a program in a namespace by its full name."""
        return _run(["ip", "netns", "exec", name, *command])

    def router(self, *command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program on the router."""
        program = shutil.which(command[0], path=SYSTEM_PATH) or command[0]
        with self.inside("f"):
            return subprocess.run([program, *command[1:]], input=given, capture_output=True, text=True, check=False)

    def load(self, ruleset: str) -> str:
        """Put a ruleset in place of whatever runs; what nft has to say against it, or nothing."""
        done = self.router("nft", "-f", "-", given=f"flush ruleset\n{ruleset}")
        return done.stderr if done.returncode else ""

    def listing(self) -> str:
        """The bytecode and the text of what runs."""
        done = self.router("nft", "-a", "--debug=netlink", "list", "ruleset")
        if "Assertion" in done.stderr:
            raise NotListedError(done.stderr)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self) -> str:
        """What runs, as JSON."""
        done = self.router("nft", "-j", "-a", "list", "ruleset")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def interfaces(self) -> dict[int, str]:
        """Names of the router's interfaces by their numbers."""
        with self.inside("f"):
            return dict(socket.if_nameindex())

    def forget_connections(self) -> None:
        """Empty the router's table of connections."""
        done = self.router("conntrack", "-F")
        assert done.returncode == 0, done.stderr

    def passes(
        self,
        frames: Mapping[int, bytes],
        *,
        silence_s: float = SILENCE_S,
        backwards: bool = False,
        expected: AbstractSet[int] = frozenset(),
    ) -> dict[int, Out]:
        """Send frames, each with its number in its last four bytes; what comes out, by these numbers.

        Args:
            frames: By their numbers.
            silence_s: For how long nothing must come any more.
            backwards: Send from the far end to the near one.
            expected: Numbers worth waiting for, should the machine be slow.
        """
        assert self._near is not None
        assert self._far is not None
        near, far = (self._far, self._near) if backwards else (self._near, self._far)
        out: dict[int, Out] = {}

        def drain() -> None:
            for each, leftwards in ((far, backwards), (near, not backwards)):
                for number, data in _drain(each):
                    if number in frames and _icmp_type(data) == _icmp_type(frames[number]):
                        out[number] = Out(data, leftwards)

        for each in (near, far):
            self.late |= {number for number, data in _drain(each) if _icmp_type(data) not in ERRORS}
        for count, frame in enumerate(frames.values(), 1):
            _send(near, frame)
            if count % DRAIN_EVERY == 0:
                drain()
        while select.select([near, far], [], [], silence_s)[0]:
            drain()
        while not expected <= out.keys() and select.select([near, far], [], [], PATIENCE_S)[0]:
            drain()
        return out

    def _remove(self) -> None:
        for made in (self._near, self._far):
            if made is not None:
                made.close()
        for space in self._spaces.values():
            os.close(space)
        for name in self.names.values():
            if Path(f"/var/run/netns/{name}").exists():
                _ip("netns", "del", name)
        os.close(self._home)


def _send(near: socket.socket, frame: bytes) -> None:
    while True:
        try:
            near.send(frame)
        except (BlockingIOError, OSError) as error:
            if isinstance(error, BlockingIOError) or error.errno == 105:  # ENOBUFS
                select.select([], [near], [], PATIENCE_S)
                continue
            raise
        return


def _icmp_type(frame: bytes) -> int:
    """By it a frame is told from the router's own answer to it, which carries what it answers."""
    if frame[12:14] == b"\x08\x00":
        return frame[14 + (frame[14] & 15) * 4] if frame[23] == ICMP else -1
    return frame[54] if frame[20] == ICMPV6 else -1


def _drain(far: socket.socket) -> Iterator[tuple[int, bytes]]:
    with suppress(BlockingIOError):
        while True:
            frame = far.recv(4096)
            if frame[-8:-4] == MARK:
                yield struct.unpack("!I", frame[-4:])[0], frame


def _enter(space: int) -> None:
    if _LIBC.setns(space, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*words: str) -> None:
    _run(["ip", *words])


def _run(command: Sequence[str]) -> str:
    program = shutil.which(command[0], path=SYSTEM_PATH) or command[0]
    done = subprocess.run(
        [program, *command[1:]], capture_output=True, text=True, check=False, env={**os.environ, "PATH": SYSTEM_PATH}
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
