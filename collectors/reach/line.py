"""The line to a nats-server: mutual TLS, and trouble told in a few words."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

CONNECT_S, ANSWER_S = 5, 10
PATIENCE_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses between tries; the last one over and over."""

TROUBLE = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError, asyncio.TimeoutError, EOFError)
"""What a line does when it is down; trying again is the answer to each."""

logging.getLogger("nats").addHandler(logging.NullHandler())  # it would print to stderr what we tell in words
logging.getLogger("nats").propagate = False
logging.getLogger("asyncio").addFilter(lambda record: "eof_received" not in record.getMessage())
T = TypeVar("T")
Said = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How to reach a server on this machine.

    Attributes:
        folder: Holds `ca.pem`, and `NAME.pem` and `NAME.key` of who connects.
        server: Name in the server's certificate.
        user: Name in ours.
    """

    folder: Path
    server: str
    user: str
    port: int = 4222

    async def connect(self, inbox: str = "_INBOX") -> Client:
        """A connection; one that breaks is not mended but made anew, by `persist`.

        Raises:
            nats.errors.Error, OSError: The server cannot be reached.
        """
        line = Client()
        await line.connect(
            [f"tls://127.0.0.1:{self.port}"],
            tls=self.tls(),
            tls_hostname=self.server,
            name=self.user,
            inbox_prefix=inbox.encode(),
            connect_timeout=CONNECT_S,
            allow_reconnect=False,
            error_cb=_unheard,
        )
        return line

    def tls(self) -> ssl.SSLContext:
        """Our certificate, and the authority that the server's must be of.

        Raises:
            DeclarationError: They are not there, or cannot be read.
        """
        try:
            context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
            context.load_cert_chain(self.folder / f"{self.user}.pem", self.folder / f"{self.user}.key")
        except (OSError, ssl.SSLError) as error:
            what = _("no certificates for {name}: {why}").format(name=self.user, why=error)
            mend = _("qianyun collect configure makes them")
            raise DeclarationError(Fault(place=str(self.folder), what=what, mend=mend)) from error
        return context


async def _unheard(_error: Exception) -> None:
    """What goes wrong shows in the call that it makes fail."""


async def persist(work: Callable[[], Awaitable[T]], said: Said, what: str) -> T:
    """Do some work, again and again until the line lets it; tells once when it does not."""
    tries = 0
    while True:
        began = time.monotonic()
        try:
            return await work()
        except TROUBLE as error:
            if time.monotonic() - began > PATIENCE_S[-1]:
                tries = 0  # it held for a while, so this is a new break
            if tries == 0:
                said(
                    _("{what}: no line ({why}), trying again").format(what=what, why=str(error) or type(error).__name__)
                )
            await asyncio.sleep(PATIENCE_S[min(tries, len(PATIENCE_S) - 1)])
            tries += 1
