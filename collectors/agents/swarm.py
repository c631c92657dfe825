"""Many SNMP agents in one process: all recordings at once, or hundreds of devices over a bad line.

They answer GET, GETNEXT and GETBULK over v2c and v3 with the same message code as the collector; that
both sides share it is why the collector is also held against pysnmp's and net-snmp's agents. Datagrams
can be lost, by a seeded dice, and answers can be late.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from collectors.agents.recording import Recording
from collectors.ber import (
    COUNTER32,
    GET,
    GET_BULK,
    GET_NEXT,
    INTEGER,
    NO_SUCH_INSTANCE,
    OCTETS,
    REPORT,
    RESPONSE,
    SEQUENCE,
    MalformedError,
    Oid,
    Varbind,
    decode_oid,
    encode_integer,
    encode_oid,
    expect,
    frame,
    open_frame,
    write_varbinds,
)
from collectors.credentials import Community, User
from collectors.messages import AUTHENTICATED, Engine, Pdu, Secured, open_v3, read_pdu, read_v3, write_v2c, write_v3
from collectors.usm import Keys

Heard = Callable[[str, Sequence[Oid]], None]

LARGEST_ANSWER = 1400
"""Bytes of varbinds in one answer: what fits a frame of Ethernet, as most agents have it."""

LARGEST_DATAGRAM = 65535
UNKNOWN_ENGINE = "1.3.6.1.6.3.15.1.1.4.0"
WRONG_DIGEST = "1.3.6.1.6.3.15.1.1.5.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How good the line to the agents is.

    Attributes:
        lost: Share of datagrams that are lost, each way.
        late_s: How long an answer takes.
        seed: Of the dice.
    """

    lost: float = 0.0
    late_s: float = 0.0
    seed: int = 1


@dataclass(slots=True)
class _Agent:
    """One agent on its own socket."""

    name: str
    socket: socket.socket
    recording: Recording
    credential: Community | User
    engine: Engine
    keys: Keys | None
    began: float = field(default_factory=time.monotonic)


@contextmanager
def swarm(
    recordings: Sequence[tuple[str, Recording]],
    credential: Community | User,
    line: Line | None = None,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    heard: Heard = lambda _name, _asked: None,
) -> Iterator[Mapping[str, int]]:
    """Agents that answer while the block runs, in the running event loop; gives their ports by name.

    Args:
        recordings: What they answer from, by name.
        credential: What they let in.
        line: How good the line to them is; perfect when `None`.
        address: Where they listen, of either family.
        port: Where a single agent listens; free ones when 0.
        heard: Told of every request that was understood: the agent's name, and the names it was asked for.
    """
    loop = asyncio.get_running_loop()
    answering = _Answering(loop, line or Line(), heard)
    agents = {name: _agent(name, recording, credential, (address, port)) for name, recording in recordings}
    for agent in agents.values():
        loop.add_reader(agent.socket, answering.drain, agent)
    try:
        yield {name: int(agent.socket.getsockname()[1]) for name, agent in agents.items()}
    finally:
        for agent in agents.values():
            loop.remove_reader(agent.socket)
            agent.socket.close()


def _agent(name: str, recording: Recording, credential: Community | User, place: tuple[str, int]) -> _Agent:
    opened = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)  # noqa: FBT003 - the standard library has it so
    opened.bind(place)
    engine = Engine(id=b"\x80\x00\x7f\xff\x04" + name.encode()[-24:], boots=1)
    keys = None
    if isinstance(credential, User):
        passwords = credential.auth_password.reveal(), credential.priv_password.reveal()
        keys = Keys.of(credential.auth, *passwords, engine.id)
    return _Agent(name, opened, recording, credential, engine, keys)


class _Answering:
    """Answers what comes in, or loses it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, line: Line, heard: Heard) -> None:
        self._loop = loop
        self._line = line
        self._heard = heard
        self._dice = random.Random(line.seed)  # noqa: S311 - a line's dice, no secret

    def drain(self, agent: _Agent) -> None:
        """Take all that has come in."""
        while True:
            try:
                message, peer = agent.socket.recvfrom(LARGEST_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                continue
            if self._is_lost():
                continue
            with contextlib.suppress(MalformedError):
                answer = _answer(agent, message, self._heard)
                if answer and not self._is_lost():
                    self._send(agent, answer, peer)

    def _is_lost(self) -> bool:
        return self._line.lost > 0 and self._dice.random() < self._line.lost

    def _send(self, agent: _Agent, answer: bytes, peer: tuple[str, int]) -> None:
        if self._line.late_s:
            self._loop.call_later(self._line.late_s, _send_now, agent, answer, peer)
        else:
            _send_now(agent, answer, peer)


def _send_now(agent: _Agent, answer: bytes, peer: tuple[str, int]) -> None:
    with contextlib.suppress(OSError):
        agent.socket.sendto(answer, peer)


def _answer(agent: _Agent, message: bytes, heard: Heard) -> bytes | None:
    if isinstance(agent.credential, Community):
        begin, end = expect(message, 0, len(message), SEQUENCE)
        _version, version_end = expect(message, begin, end, INTEGER)
        community, stop = expect(message, version_end, end, OCTETS)
        if message[community:stop] != agent.credential.community.reveal().encode():
            return None
        pdu = _respond(agent, message, stop, end, heard)
        return write_v2c(message[community:stop], pdu) if pdu else None
    return _answer_v3(agent, message, open_v3(message), heard)


def _answer_v3(agent: _Agent, message: bytes, opened: Secured, heard: Heard) -> bytes | None:
    now = Engine(id=agent.engine.id, boots=1, seconds=int(time.monotonic() - agent.began))
    if not opened.flags & AUTHENTICATED or opened.engine.id != agent.engine.id or agent.keys is None:
        return _report(opened.message, now, UNKNOWN_ENGINE)
    if not agent.keys.is_right(message, *opened.digest):
        return _report(opened.message, now, WRONG_DIGEST)
    asked = read_v3(message, opened, agent.keys)
    pdu = _answered(agent, asked, heard)
    return write_v3(opened.message, pdu, now, opened.user, agent.keys)


def _report(message: int, engine: Engine, name: str) -> bytes:
    """An unauthenticated report of one of USM's counters."""
    counter = Varbind(encode_oid(tuple(map(int, name.split(".")))), COUNTER32, b"\x01")
    pdu = frame(REPORT, encode_integer(0) * 3 + write_varbinds([counter]))
    ages = encode_integer(engine.boots) + encode_integer(engine.seconds)
    security = frame(SEQUENCE, frame(OCTETS, engine.id) + ages + frame(OCTETS, b"") * 3)
    head = frame(SEQUENCE, encode_integer(message) + encode_integer(65507) + b"\x04\x01\x00" + encode_integer(3))
    scoped = frame(SEQUENCE, frame(OCTETS, engine.id) + frame(OCTETS, b"") + pdu)
    return frame(SEQUENCE, encode_integer(3) + head + frame(OCTETS, security) + scoped)


def _respond(agent: _Agent, octets: bytes, at: int, end: int, heard: Heard) -> bytes | None:
    tag, _begin, _stop = open_frame(octets, at, end)
    return _answered(agent, read_pdu(octets, at, end), heard) if tag in (GET, GET_NEXT, GET_BULK) else None


def _answered(agent: _Agent, asked: Pdu, heard: Heard) -> bytes:
    """The response to a request; the third number of a GETBULK is its repetitions."""
    recording, names = agent.recording, [decode_oid(varbind.oid) for varbind in asked.varbinds]
    heard(agent.name, names)
    if asked.tag == GET:
        found = [recording.get(n) or Varbind(encode_oid(n), NO_SUCH_INSTANCE, b"") for n in names]
    else:
        count = asked.extra if asked.tag == GET_BULK else 1
        found = [varbind for name in names for varbind in _fitting(recording.following(name, count))]
    return frame(RESPONSE, encode_integer(asked.request) + encode_integer(0) * 2 + write_varbinds(found))


def _fitting(varbinds: list[Varbind]) -> list[Varbind]:
    """As many as fit a message, at least one."""
    size = 0
    for count, varbind in enumerate(varbinds):
        size += len(varbind.oid) + len(varbind.value) + 8
        if size > LARGEST_ANSWER and count:
            return varbinds[:count]
    return varbinds
