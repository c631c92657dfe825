"""Requests over our own small engine: SNMP v2c, and v3 with SHA-1/SHA-2 and AES-128.

One socket a family and credential carries all devices of it; nothing is decoded that nobody reads. An
answer counts only when it comes from the address that was asked and carries the number of a request
that waits; v3 answers must carry the right digest.
"""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from collectors.asking import NoAnswerError, RefusedError, TooBigError
from collectors.ber import REPORT, RESPONSE, MalformedError, Oid, Varbind, decode_oid, encode_oid
from collectors.credentials import Community, User
from collectors.messages import (
    AUTHENTICATED,
    Engine,
    Pdu,
    open_v3,
    read_v2c,
    read_v3,
    request_pdu,
    write_discovery,
    write_v2c,
    write_v3,
)
from collectors.usm import MAC_BYTES, Keys

RECEIVE_BUFFER = 4 << 20
AT_A_TIME = 128
LARGEST_DATAGRAM = 65535
LARGEST_NUMBER = (1 << 31) - 1
TOO_BIG = 1
STATUSES = {
    2: "noSuchName",
    3: "badValue",
    5: "genErr",
    6: "noAccess",
    13: "resourceUnavailable",
    16: "authorizationError",
}

USM_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
LEVEL, WINDOW, USER, ENGINE, DIGEST, DECRYPTION = 1, 2, 3, 4, 5, 6
REPORTS = {
    LEVEL: "the agent does not offer this user authentication and privacy",
    USER: "the agent does not know this user",
    DIGEST: "the agent says that the authentication password is wrong",
    DECRYPTION: "the agent says that the privacy password is wrong",
}

Address = tuple[str, int]


class _ReportedError(Exception):
    """The engine reports a counter of USM instead of an answer."""

    def __init__(self, counter: int, engine: Engine) -> None:
        super().__init__(counter)
        self.counter = counter
        self.engine = engine


@dataclass(slots=True)
class _Waiting:
    """A request that waits for its answer."""

    address: Address
    answer: "asyncio.Future[Pdu]"
    keys: Keys | None
    engine_id: bytes = b""


@dataclass(slots=True)
class _Link:
    """A socket of one family, and who waits on it."""

    socket: socket.socket
    waiting: dict[int, _Waiting] = field(default_factory=dict)


def can_ask(credential: Community | User) -> bool:
    """Whether this engine knows the credential's algorithms."""
    return isinstance(credential, Community) or (credential.auth in MAC_BYTES and credential.priv == "aes128")


class FastEngine:
    """One engine for all devices that share a credential; use in a `with`, inside an event loop."""

    def __init__(self, credential: Community | User) -> None:
        self.credential = credential
        self._links: dict[socket.AddressFamily, _Link] = {}
        self._number = secrets.randbits(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for link in self._links.values():
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(link.socket)
            link.socket.close()

    async def asker(self, address: str, port: int) -> "FastAsker":
        """An asker of the agent at an address."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return FastAsker(self, family, (str(ip_address(address)), port))  # as the kernel writes it in an answer

    def number(self) -> int:
        """A number that no waiting request has."""
        self._number = self._number % LARGEST_NUMBER + 1
        return self._number

    def _link(self, family: socket.AddressFamily) -> _Link:
        link = self._links.get(family)
        if link is None:
            opened = socket.socket(family, socket.SOCK_DGRAM)
            opened.setblocking(False)  # noqa: FBT003 - the standard library has it so
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            link = self._links[family] = _Link(opened)
            asyncio.get_running_loop().add_reader(opened, self._drain, link)
        return link

    async def exchange(
        self,
        family: socket.AddressFamily,
        number: int,
        message: bytes,
        waiting: Callable[["asyncio.Future[Pdu]"], _Waiting],
        timeout_s: float,
    ) -> Pdu:
        """Send a message and wait for what answers its number."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Pdu] = loop.create_future()
        link = self._link(family)
        entry = link.waiting[number] = waiting(answer)
        timer = loop.call_later(timeout_s, _give_up, answer)
        try:
            link.socket.sendto(message, entry.address)
            return await answer
        except OSError as error:  # the kernel has no way there, or its buffer is full
            raise NoAnswerError from error
        finally:
            timer.cancel()
            del link.waiting[number]

    def _drain(self, link: _Link) -> None:
        """Take what has come in; what is no answer to anybody is dropped."""
        take = link.socket.recvfrom
        heard = self._heard_v2c if isinstance(self.credential, Community) else self._heard_v3
        for _datagram in range(AT_A_TIME):
            try:
                message, address = take(LARGEST_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # an error that came back for an earlier datagram
                continue
            with contextlib.suppress(MalformedError):
                heard(link, message, address[:2])

    def _heard_v2c(self, link: _Link, message: bytes, address: Address) -> None:
        pdu = read_v2c(message)
        entry = link.waiting.get(pdu.request)
        if entry is not None and entry.address == address and pdu.tag == RESPONSE and not entry.answer.done():
            entry.answer.set_result(pdu)

    def _heard_v3(self, link: _Link, message: bytes, address: Address) -> None:
        opened = open_v3(message)
        entry = link.waiting.get(opened.message)
        if entry is None or entry.address != address or entry.answer.done():
            return
        pdu = read_v3(message, opened, entry.keys)
        if pdu.tag == REPORT:
            name = decode_oid(pdu.varbinds[0].oid) if pdu.varbinds else ()
            counter = name[len(USM_STATS)] if name[: len(USM_STATS)] == USM_STATS and len(name) > len(USM_STATS) else 0
            entry.answer.set_exception(_ReportedError(counter, opened.engine))
        elif opened.flags & AUTHENTICATED and opened.engine.id == entry.engine_id and pdu.tag == RESPONSE:
            entry.answer.set_result(pdu)


def _give_up(answer: "asyncio.Future[Pdu]") -> None:
    if not answer.done():
        answer.set_exception(NoAnswerError())


class FastAsker:
    """Asks one agent through an engine."""

    def __init__(self, engine: FastEngine, family: socket.AddressFamily, address: Address) -> None:
        self._engine = engine
        self._family = family
        self._address = address
        self._remote: Engine | None = None
        self._heard_at = 0.0
        self._keys: Keys | None = None

    async def get(self, names: Sequence[Oid], timeout_s: float) -> list[Varbind]:
        """The values of exactly these names."""
        return await self._ask([encode_oid(name) for name in names], 0, timeout_s)

    async def bulk(self, after: Oid, repetitions: int, timeout_s: float) -> list[Varbind]:
        """At most `repetitions` values that follow a name."""
        return await self._ask([encode_oid(after)], repetitions, timeout_s)

    async def _ask(self, names: Sequence[bytes], repetitions: int, timeout_s: float) -> list[Varbind]:
        credential = self._engine.credential
        if isinstance(credential, Community):
            number = self._engine.number()
            message = write_v2c(credential.community.reveal().encode(), request_pdu(number, names, repetitions))
            pdu = await self._engine.exchange(
                self._family, number, message, lambda answer: _Waiting(self._address, answer, None), timeout_s
            )
        else:
            pdu = await self._ask_v3(credential, names, repetitions, timeout_s)
        if pdu.status:
            if pdu.status == TOO_BIG:
                raise TooBigError
            raise RefusedError(STATUSES.get(pdu.status, f"error status {pdu.status}"))
        return pdu.varbinds

    async def _ask_v3(self, user: User, names: Sequence[bytes], repetitions: int, timeout_s: float) -> Pdu:
        """Ask; an engine that was started anew, or whose clock ran away, is followed once."""
        if self._remote is None:
            await self._discover(user, timeout_s)
        for is_second in (False, True):
            try:
                return await self._secured(user, names, repetitions, timeout_s)
            except _ReportedError as report:
                if is_second or report.counter not in (WINDOW, ENGINE):
                    words = REPORTS.get(report.counter, "the agent's security says no")
                    raise RefusedError(words) from None
                self._follow(user, report.engine)
        raise NoAnswerError

    async def _discover(self, user: User, timeout_s: float) -> None:
        number = self._engine.number()
        try:
            await self._engine.exchange(
                self._family,
                number,
                write_discovery(number),
                lambda answer: _Waiting(self._address, answer, None),
                timeout_s,
            )
        except _ReportedError as report:
            self._follow(user, report.engine)

    def _follow(self, user: User, engine: Engine) -> None:
        """Take an engine's id, boots and time as it tells them."""
        if self._keys is None or self._remote is None or self._remote.id != engine.id:
            self._keys = Keys.of(user.auth, user.auth_password.reveal(), user.priv_password.reveal(), engine.id)
        self._remote = engine
        self._heard_at = time.monotonic()

    async def _secured(self, user: User, names: Sequence[bytes], repetitions: int, timeout_s: float) -> Pdu:
        remote, keys = self._remote, self._keys
        if remote is None or keys is None:
            raise NoAnswerError
        number = self._engine.number()
        now = replace(remote, seconds=remote.seconds + int(time.monotonic() - self._heard_at))
        message = write_v3(
            number,
            request_pdu(number, names, repetitions),
            now,
            user.name.encode(),
            keys,
            context=user.context.encode(),
        )
        return await self._engine.exchange(
            self._family, number, message, lambda answer: _Waiting(self._address, answer, keys, remote.id), timeout_s
        )
