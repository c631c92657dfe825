"""SSH to devices that speak SHA-1 only, on written opt-in: asyncssh, since paramiko has dropped these algorithms.

As strict as the other way: the host key is compared with the enrolled one before anything of a
credential is sent. The loop runs in a thread of its own; what it gives is read as a socket is.
"""

import asyncio
import queue
import threading
import warnings
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import asyncssh
import paramiko

from collectors.credentials import Login
from collectors.host_keys import ChangedHostKeyError
from qianyun.estate.targets import Target

CONNECT_S, ANSWER_S = 10.0, 30.0
KEX = (
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
HOST_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
CIPHERS = ("aes256-ctr", "aes128-ctr", "aes256-cbc", "aes128-cbc", "3des-cbc")
MACS = ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha1", "hmac-sha1-96")
T = TypeVar("T")

warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields")  # these devices have no other key exchange


class Channel(asyncssh.SSHClientSession[bytes]):
    """A channel that is read from another thread than the loop's, as paramiko's is."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._opened: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Take the channel to write to."""
        self._opened = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Take what came; what is said on stderr is left out, as it is elsewhere."""
        if datatype is None:
            self._parts.put(data)

    def eof_received(self) -> bool:
        """Nothing more comes."""
        self._parts.put(b"")
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the interface's
        """Nothing more comes."""
        self._parts.put(b"")

    def recv(self, _size: int) -> bytes:
        """The next that came; empty at the end.

        Raises:
            TimeoutError: Nothing came for long.
        """
        try:
            return self._parts.get(timeout=ANSWER_S)
        except queue.Empty:
            raise TimeoutError from None

    def recv_ready(self) -> bool:
        """Whether something came that is not read yet."""
        return not self._parts.empty()

    def sendall(self, content: bytes) -> None:
        """Send."""
        if self._opened is not None:
            self._loop.call_soon_threadsafe(self._opened.write, content)

    def shutdown_write(self) -> None:
        """Say that nothing more will be sent."""
        if self._opened is not None:
            self._loop.call_soon_threadsafe(self._opened.write_eof)


class Session:
    """An authenticated connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: asyncssh.SSHClientConnection) -> None:
        self._loop = loop
        self._connection = connection

    def shell(self) -> Channel:
        """A channel to the device's CLI."""
        return self._open(None)

    def run(self, command: str) -> Channel:
        """A channel to a command."""
        return self._open(command)

    def _open(self, command: str | None) -> Channel:
        async def open_channel() -> Channel:
            channel = Channel(self._loop)
            is_cli = command is None
            await self._connection.create_session(
                lambda: channel,
                command,
                encoding=None,
                request_pty=is_cli,
                term_type="vt100" if is_cli else None,
                term_size=(512, 0) if is_cli else None,
            )
            return channel

        return _wait(self._loop, open_channel())


class _Door(asyncssh.SSHClient):
    """Lets in the enrolled keys only, and remembers the one that was shown."""

    def __init__(self, enrolled: Sequence[paramiko.PKey]) -> None:
        self._enrolled = {key.asbytes() for key in enrolled}
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - the interface's
        self.shown = f"{key.get_algorithm()} {key.get_fingerprint()}"
        return key.public_data in self._enrolled


@contextmanager
def session(target: Target, login: Login, enrolled: Sequence[paramiko.PKey]) -> Iterator[Session]:
    """An authenticated connection to a host that showed its enrolled key.

    Raises:
        ChangedHostKeyError: It shows another one; nothing was sent.
        paramiko.AuthenticationException: It refused the credential.
        OSError: The connection failed.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="old-ssh", daemon=True)
    thread.start()
    try:
        connection = _wait(loop, _connect(target, login, enrolled))
        try:
            yield Session(loop, connection)
        finally:
            loop.call_soon_threadsafe(connection.abort)
            _wait(loop, connection.wait_closed())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _wait(loop: asyncio.AbstractEventLoop, work: Coroutine[object, object, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result(CONNECT_S + ANSWER_S)


async def _connect(target: Target, login: Login, enrolled: Sequence[paramiko.PKey]) -> asyncssh.SSHClientConnection:
    door = _Door(enrolled)
    address, port = target.endpoint
    keys = [asyncssh.read_private_key(login.key_file, _phrase(login))] if login.key_file else []
    try:
        connection, _client = await asyncssh.create_connection(
            lambda: door,
            address,
            port,
            username=login.user,
            password=login.password.reveal() if login.password else None,
            client_keys=keys or None,
            agent_path=None,
            config=None,
            known_hosts=([], [], []),
            kex_algs=KEX,
            server_host_key_algs=HOST_KEYS,
            encryption_algs=CIPHERS,
            mac_algs=MACS,
            connect_timeout=CONNECT_S,
            login_timeout=ANSWER_S,
        )
    except asyncssh.HostKeyNotVerifiable:
        raise ChangedHostKeyError(door.shown) from None
    except asyncssh.PermissionDenied:
        raise paramiko.AuthenticationException from None
    except asyncssh.Error as error:
        raise OSError(error.reason) from None
    return connection


def _phrase(login: Login) -> str | None:
    return login.passphrase.reveal() if login.passphrase else None


def shown_key(target: Target) -> paramiko.PKey:
    """The key that an old host shows; nothing of a credential is sent.

    Raises:
        OSError: The connection failed, or it shows none.
    """
    address, port = target.endpoint

    async def ask() -> asyncssh.SSHKey | None:
        try:
            algorithms = asyncssh.SSHClientConnectionOptions(
                kex_algs=KEX, server_host_key_algs=HOST_KEYS, encryption_algs=CIPHERS, mac_algs=MACS, config=None
            )
            return await asyncssh.get_server_host_key(address, port, options=algorithms)
        except asyncssh.Error as error:
            raise OSError(error.reason) from None

    key = asyncio.run(asyncio.wait_for(ask(), CONNECT_S))
    if key is None:
        raise OSError("it shows no host key")
    return paramiko.PKey.from_type_string(key.get_algorithm(), key.public_data)
