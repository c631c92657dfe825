"""A room and a centre on loopback: switches that answer, keys, a signed manifest, nats-servers and the line between.

Everything runs in processes of its own, forked from one that has no threads, so that each can be killed.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from collectors.agents.recording import Recording, load
from collectors.agents.swarm import swarm
from collectors.ber import Varbind
from collectors.credentials import Secret, User
from collectors.reach.approval import sign
from collectors.reach.certificates import Authority
from collectors.reach.keys import OpeningKey, SigningKey
from collectors.reach.servers import FILE, Machine, write_hub, write_room
from qianyun.cli.app import run as qianyun

ROOT = Path(__file__).parent.parent.parent
SWITCH = ROOT / "inventory" / "province" / "devices" / "dsj-sw-01.snmprec"
SERIAL = b"2102350000QY00000001"
ROOM = "甲机房"
HERE = "127.0.0.1"
START_S = 60.0
LOG = "server.log"

MANIFEST = """\
credentials:
  read:
    kind: snmp-v3
    user: reader
    auth_password: env:REACH_AUTH
    priv_password: env:REACH_PRIV
rooms:
  - room: {room}
    rate_per_s: {rate}
    targets:
{targets}"""
TRUST = """\
manifest_signers:
  - {{key: "{signer}", name: 采集签发}}
agents:
  - {{key: "{agent}", rooms: [{room}]}}
centre: {centre}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Files of a room and a centre.

    Attributes:
        manifest: The room's folder, signed.
        requests: Log of every request that a switch understood: name and first OID.
        words: The secrets of the manifest, by variable.
    """

    folder: Path
    manifest: Path
    requests: Path
    words: dict[str, str]

    @property
    def trust(self) -> Path:
        return self.folder / "trust.yml"

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder}/store.db"

    def key(self, name: str) -> Path:
        return self.folder / "keys" / name


@contextmanager
def child(work: Callable[[], object], log: Path) -> Iterator[int]:
    """Work in a process of its own; it is killed when the block ends."""
    started = fork(work, log)
    try:
        yield started
    finally:
        kill(started)


def fork(work: Callable[[], object], log: Path) -> int:
    started = os.fork()
    if started == 0:
        with log.open("a") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        code = 1
        try:
            work()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        finally:
            sys.stdout.flush()
            os._exit(code)
    return started


def kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)


def finished(process: int) -> int:
    """The exit code of a process that is left to its end."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def command(words: Sequence[str], environment: dict[str, str]) -> Callable[[], None]:
    """`qianyun` with these words, for a forked child."""

    def work() -> None:
        os.environ.update(environment)
        sys.argv = ["qianyun", *words]
        qianyun()

    return work


def switches(count: int) -> list[tuple[str, Recording]]:
    """So many switches, each with a serial of its own."""
    one = load(SWITCH)
    return [(f"sw-{n:03}", _numbered(one, f"{n:08}".encode())) for n in range(count)]


def _numbered(recording: Recording, number: bytes) -> Recording:
    def renamed(varbind: Varbind) -> Varbind:
        return Varbind(varbind.oid, varbind.tag, varbind.value.replace(SERIAL, SERIAL[:-8] + number))

    return Recording(recording.names, tuple(map(renamed, recording.varbinds)))


@contextmanager
def site(folder: Path, count: int, rate: int) -> Iterator[Site]:
    """Switches that answer, and everything that an agent and a centre need of files."""
    words = {"REACH_AUTH": f"canary-{secrets.token_hex(12)}", "REACH_PRIV": f"canary-{secrets.token_hex(12)}"}
    made = Site(folder=folder, manifest=folder / "manifest", requests=folder / "requests", words=words)
    made.manifest.mkdir(parents=True)
    ports = folder / "ports.json"
    with child(lambda: asyncio.run(_answer(made, count, ports)), folder / "switches.log"):
        until(ports.is_file, "the switches answer")
        write_manifest(made, json.loads(ports.read_text()), rate)
        yield made


def write_manifest(made: Site, ports: dict[str, int], rate: int) -> None:
    signer, agent = SigningKey.make(made.key("signer")), SigningKey.make(made.key("agent"))
    centre = OpeningKey.make(made.key("centre"))
    lines = (
        f"      - {{name: {name}, address: {HERE}, port: {port}, transport: snmp, credential: read}}\n"
        for name, port in ports.items()
    )
    text = MANIFEST.format(room=ROOM, rate=rate, targets="".join(lines))
    (made.manifest / "collect.yml").write_text(text)
    made.trust.write_text(TRUST.format(signer=signer.public, agent=agent.public, room=ROOM, centre=centre.public))
    (made.manifest / "trust.yml").write_text(made.trust.read_text())
    sign(made.manifest, signer, 1)


async def _answer(made: Site, count: int, ports: Path) -> None:
    reader = User(
        name="reader",
        auth_password=Secret(made.words["REACH_AUTH"]),
        priv_password=Secret(made.words["REACH_PRIV"]),
    )
    with made.requests.open("a", buffering=1) as log:

        def heard(name: str, asked: Sequence[tuple[int, ...]]) -> None:
            log.write(f"{name} {'.'.join(map(str, asked[0]))}\n")

        with swarm(switches(count), reader, heard=heard) as running:
            unfinished = ports.with_suffix(".part")
            unfinished.write_text(json.dumps(dict(running)))
            unfinished.replace(ports)
            await asyncio.Event().wait()


def until(holds: Callable[[], bool], what: str, patience_s: float = START_S) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {patience_s:.0f} s it does not hold that {what}")
        time.sleep(0.05)


@dataclass(slots=True, kw_only=True)
class Servers:
    """The hub, the room's leaf, and the line between them, which can be cut."""

    folder: Path
    program: str
    hub_port: int
    leaf_port: int
    line: tuple[int, int]
    """Where the leaf dials, and where the hub listens."""
    wire: int = 0

    def mend(self) -> None:
        """Let bytes through."""
        self.wire = fork(lambda: asyncio.run(_carry(*self.line)), self.folder / "wire.log")

    def cut(self) -> None:
        """End what is under way, and let nothing through."""
        kill(self.wire)

    def certificates(self, of: str) -> Path:
        return self.folder / of

    @contextmanager
    def room(self) -> Iterator[None]:
        """The room's server, once it has dialled in."""
        before = self._dialled_in()
        with server(self.program, self.folder / "room" / FILE):
            until(lambda: _listens(self.leaf_port), f"the room's server listens on {self.leaf_port}")
            until(lambda: self._dialled_in() > before, "the room has dialled in")
            yield

    def _dialled_in(self) -> int:
        return (self.folder / "hub" / LOG).read_text().count("Leafnode connection created")


@contextmanager
def servers(
    folder: Path, program: str, rooms: Sequence[str] = (ROOM,), *, wired: bool = True, dialled_in: bool = True
) -> Iterator[Servers]:
    """nats-servers of the centre and of the first room, configured as `collect configure` does.

    Wired, the line between them runs through a process of its own and can be cut. Not dialled in, the
    room's server is left to `Servers.room`.
    """
    hub_port, leaf_port, dialled, listening = free_ports(4)
    authority = Authority.at(folder / "authority")
    hub = Machine(folder=folder / "hub", place=str(folder / "hub"), clients=hub_port, leaves=listening)
    room = Machine(folder=folder / "room", place=str(folder / "room"), data=str(folder / "room"), clients=leaf_port)
    hub_file = write_hub(hub, HERE, rooms, authority)
    write_room(room, f"{HERE}:{dialled if wired else listening}", rooms[0], authority)
    running = Servers(folder=folder, program=program, hub_port=hub_port, leaf_port=leaf_port, line=(dialled, listening))
    with ExitStack() as stack:
        if wired:
            stack.callback(running.cut)
            running.mend()
        stack.enter_context(server(program, hub_file))
        until(lambda: _listens(hub_port), f"the hub listens on {hub_port}")
        if dialled_in:
            stack.enter_context(running.room())
        yield running


@contextmanager
def server(program: str, configuration: Path) -> Iterator[None]:
    log = configuration.parent / LOG
    process = subprocess.Popen([program, "-c", str(configuration), "-l", str(log)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_server((HERE, 0))) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in held]


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HERE, port), timeout=1).close()
    except OSError:
        return False
    return True


async def _carry(dialled: int, listening: int) -> None:
    """Carry bytes between whoever dials and the hub, until killed."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while octets := await source.read(1 << 16):
                target.write(octets)
                await target.drain()
        target.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HERE, listening)
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))

    async with await asyncio.start_server(connect, HERE, dialled) as served:
        await served.serve_forever()


def agent_words(made: Site, running: Servers) -> list[str]:
    """One run of the agent, or the rest of one."""
    return [
        *("collect", "agent", str(made.manifest), "--every", "0", "--port", str(running.leaf_port)),
        *("--trust", str(made.trust), "--key", str(made.key("agent"))),
        *("--certificates", str(running.certificates("room")), "--state", str(made.folder / "state")),
    ]


def hub_words(made: Site, running: Servers, *more: str) -> list[str]:
    """The centre's end."""
    return [
        *("collect", "hub", str(made.manifest), "--port", str(running.hub_port), "--store", made.store),
        *("--trust", str(made.trust), "--key", str(made.key("centre"))),
        *("--certificates", str(running.certificates("hub")), *more),
    ]
