"""Requests over pysnmp: what the hot path cannot do (DES, contexts, AES-192/256), and the oracle it is held against.

One engine a credential; at most 40 requests in flight, since pysnmp counts the delay of the event
loop as time-out. No MIB is looked up.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from pyasn1.codec.ber import encoder
from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC96_SHA,
    USM_AUTH_HMAC128_SHA224,
    USM_AUTH_HMAC192_SHA256,
    USM_AUTH_HMAC256_SHA384,
    USM_AUTH_HMAC384_SHA512,
    USM_PRIV_CBC56_DES,
    USM_PRIV_CBC168_3DES,
    USM_PRIV_CFB128_AES,
    USM_PRIV_CFB192_AES,
    USM_PRIV_CFB256_AES,
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
)

from collectors.asking import NoAnswerError, RefusedError, TooBigError
from collectors.ber import Oid, Varbind, encode_oid, open_frame
from collectors.credentials import Community, User

IN_FLIGHT = 40
AUTH: Mapping[str, object] = {
    "sha1": USM_AUTH_HMAC96_SHA,
    "sha224": USM_AUTH_HMAC128_SHA224,
    "sha256": USM_AUTH_HMAC192_SHA256,
    "sha384": USM_AUTH_HMAC256_SHA384,
    "sha512": USM_AUTH_HMAC384_SHA512,
}
PRIV: Mapping[str, object] = {
    "des": USM_PRIV_CBC56_DES,
    "3des": USM_PRIV_CBC168_3DES,
    "aes128": USM_PRIV_CFB128_AES,
    "aes192": USM_PRIV_CFB192_AES,
    "aes256": USM_PRIV_CFB256_AES,
}
TOO_BIG = 1
WAITS_S = (1, 2, 5)
"""pysnmp remembers a target by its time-out for ever, so there are only these."""


class PysnmpEngine:
    """One engine for all devices that share a credential; use in a `with`."""

    def __init__(self, credential: Community | User) -> None:
        self._engine = SnmpEngine()
        self._free = asyncio.Semaphore(IN_FLIGHT)
        if isinstance(credential, Community):
            self._auth = CommunityData(credential.community.reveal(), mpModel=1)  # noqa: S508 - a room opts in to v2c in its manifest
            self._context = ContextData()
        else:
            self._auth = UsmUserData(
                credential.name,
                authKey=credential.auth_password.reveal(),
                authProtocol=AUTH[credential.auth],
                privKey=credential.priv_password.reveal(),
                privProtocol=PRIV[credential.priv],
            )
            self._context = ContextData(contextName=credential.context.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._engine.close_dispatcher()

    async def asker(self, address: str, port: int) -> "PysnmpAsker":
        """An asker of the agent at an address."""
        target = Udp6TransportTarget if ":" in address else UdpTransportTarget
        return PysnmpAsker(self, await target.create((address, port), timeout=1, retries=0))

    async def ask(
        self, names: Sequence[Oid], target: UdpTransportTarget, repetitions: int, timeout_s: float
    ) -> list[Varbind]:
        """One GET, or a GETBULK where repetitions are given."""
        target.timeout = next((wait for wait in WAITS_S if wait >= timeout_s), WAITS_S[-1])
        asked = [ObjectType(ObjectIdentity(name)) for name in names]
        command = (bulk_cmd, 0, repetitions) if repetitions else (get_cmd,)
        async with self._free:
            call, *numbers = command
            error, status, _index, found = await call(
                self._engine, self._auth, target, self._context, *numbers, *asked, lookupMib=False
            )
        if error:
            words = str(error)
            raise NoAnswerError if "timeout" in words.lower() else RefusedError(words)
        if status:
            raise TooBigError if int(status) == TOO_BIG else RefusedError(status.prettyPrint())
        return [varbind_of(name, value) for name, value in found]


class PysnmpAsker:
    """Asks one agent through an engine."""

    def __init__(self, engine: PysnmpEngine, target: UdpTransportTarget) -> None:
        self._engine = engine
        self._target = target

    async def get(self, names: Sequence[Oid], timeout_s: float) -> list[Varbind]:
        """The values of exactly these names."""
        return await self._engine.ask(names, self._target, 0, timeout_s)

    async def bulk(self, after: Oid, repetitions: int, timeout_s: float) -> list[Varbind]:
        """At most `repetitions` values that follow a name."""
        return await self._engine.ask([after], self._target, repetitions, timeout_s)


def varbind_of(name: Iterable[int], value: object) -> Varbind:
    """A varbind of pysnmp's as the bytes that it was on the wire."""
    encoded = encoder.encode(value)
    tag, begin, end = open_frame(encoded, 0, len(encoded))
    return Varbind(encode_oid(tuple(name)), tag, encoded[begin:end])
