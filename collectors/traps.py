"""Hear traps and informs: only those of the manifest's devices, each with the credential that it is asked with.

A datagram from another address never reaches an engine. Each credential has an engine of its own, so that a
device is believed with its own credential and no other; v3 is believed when it is authenticated and encrypted.
What is heard is kept first and acknowledged after: an inform whose answer was lost comes again and is known. Each
device may tell so much a second and no more.
"""

import asyncio
import hashlib
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from collectors.credentials import Community, Credential, User
from collectors.gentle import TokenBucket
from collectors.notices import Notice, read_notice
from collectors.trap_engine import Dropped, Ear, Told
from qianyun.estate.targets import Manifest, Target, Transport

RATE_PER_S, BURST = 20.0, 100.0
REMEMBERED = 100_000
RECEIVE_BYTES = 4 << 20
ENGINE_ID_HEAD = b"\x80\x00\x4f\xb8\x04"
"""Engine id by text (RFC 3411 section 5, format 4) under the enterprise of the SNMP engine that is used."""

Keep = Callable[[Notice], None]


def engine_id_of(host: str) -> bytes:
    """The engine id of a receiver on this host: the same at every start."""
    return ENGINE_ID_HEAD + f"qianyun-{hashlib.sha256(host.encode()).hexdigest()[:12]}".encode()


class Receiver(asyncio.DatagramProtocol):
    """Takes in what the devices of a manifest tell; one socket, one engine a credential.

    Attributes:
        taken: Notices by target.
        dropped: Datagrams that were not taken, by reason.
    """

    def __init__(
        self,
        manifest: Manifest,
        credentials: Mapping[str, Credential],
        keep: Keep,
        *,
        engine_id: bytes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare engines.

        Args:
            manifest: Whose devices are heard.
            credentials: By the manifest's names.
            keep: Called with each notice before it is acknowledged; what it raises leaves the notice
                unacknowledged and ends the receiving.
            engine_id: Ours; by the name of the host when `None`.
            clock: For the pace of each device.
        """
        self._targets = _by_address(manifest)
        self._engine_id = engine_id or engine_id_of(socket.gethostname())
        self._engines = {
            name: Ear(credential, self._engine_id, self._heard)
            for name, credential in credentials.items()
            if isinstance(credential, Community | User)
        }
        self._keep = keep
        self._clock = clock
        self._paces: dict[str, TokenBucket] = {}
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._sender: Target | None = None
        self.taken: Counter[str] = Counter()
        self.dropped: Counter[Dropped] = Counter()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def engine_id(self) -> str:
        """Ours, in hexadecimal, as devices are told it."""
        return self._engine_id.hex()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let every engine answer over the socket."""
        for ear in self._engines.values():
            ear.channel.link = transport  # type: ignore[assignment]  # a datagram endpoint's is a DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one datagram, or drop and count it."""
        if self.failed.done():
            return
        try:
            why = self._take(data, addr)
        except Exception as error:  # noqa: BLE001 - nothing that was sent to us ends us, but a store that fails does
            self.failed.set_exception(error)
            return
        if why:
            self.dropped[why] += 1

    def _take(self, data: bytes, addr: tuple[str, int]) -> Dropped | None:
        targets = self._targets.get(_plain(addr[0]), ())
        if len(targets) != 1:
            return Dropped.AMBIGUOUS if targets else Dropped.STRANGER
        [target] = targets
        ear = self._engines[target.credential]
        pace = self._paces.setdefault(target.name, TokenBucket(RATE_PER_S, self._clock, burst=BURST))
        if not pace.takes():
            return Dropped.TOO_MUCH
        self._sender = target
        return ear.hear(data, addr)

    def _heard(self, told: Told) -> Dropped | None:
        """Keep what an engine believes; a second time it is only acknowledged."""
        target = self._sender
        digest = hashlib.sha256(told.raw).hexdigest()
        if target is None or told.varbinds is None:
            return Dropped.MALFORMED
        if (target.name, digest) in self._known:
            return Dropped.REPEATED
        self._keep(read_notice(told.varbinds, target, datetime.now(UTC), digest, told.engine))
        self._known[target.name, digest] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        self.taken[target.name] += 1
        return None

    def close(self) -> None:
        """Let go of the engines."""
        for ear in self._engines.values():
            ear.close()


def _by_address(manifest: Manifest) -> Mapping[IPv4Address | IPv6Address, Sequence[Target]]:
    """The devices that are asked over SNMP, by where their packets come from."""
    found: dict[IPv4Address | IPv6Address, list[Target]] = {}
    for target in manifest.targets:
        if target.transport is Transport.SNMP:
            found.setdefault(_plain(target.endpoint[0]), []).append(target)
    return found


def _plain(address: str) -> IPv4Address | IPv6Address:
    """An address without its zone; one of IPv4 as such, however the socket writes it."""
    parsed = ip_address(address.partition("%")[0])
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


@asynccontextmanager
async def listening(receiver: Receiver, address: str, port: int) -> AsyncIterator[int]:
    """Let a receiver hear on an address while the block runs; gives the port.

    Raises:
        OSError: The address or port cannot be had.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        bound.setblocking(False)  # noqa: FBT003 - the standard library has it so
        bound.bind((address, port))
        transport, _protocol = await asyncio.get_running_loop().create_datagram_endpoint(lambda: receiver, sock=bound)
    except OSError:
        bound.close()
        raise
    try:
        yield int(bound.getsockname()[1])
    finally:
        transport.close()
        receiver.close()
