"""A time of hearing: what the manifest's devices tell goes into the store, one run from begin to end."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from collectors.notices import Notice, NoticeKind, observe_notice, told_since
from collectors.outcome import Run
from collectors.run import choose_rooms, resolve_credentials
from collectors.trap_engine import Dropped
from collectors.traps import Receiver, listening
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.targets import CredentialKind, Manifest
from qianyun.store import Store
from qianyun.words import _

COLLECTOR = "traps"
OF_SNMP = (CredentialKind.SNMP_V2C, CredentialKind.SNMP_V3)
ENDINGS = (signal.SIGINT, signal.SIGTERM)
LOOK_AGAIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a time of hearing brought.

    Attributes:
        told: How often each device told what: by target and kind.
        dropped: Datagrams that were not taken, by reason.
    """

    told: Mapping[tuple[str, NoticeKind], int]
    dropped: Mapping[Dropped, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where we listen."""

    address: str
    port: int


class _Book:
    """Writes notices into the store, under what their devices are known by there."""

    def __init__(self, store: Store, run: Run, told: Callable[[Notice], None]) -> None:
        self._store = store
        self._run = run
        self._told = told
        self._subjects: Mapping[str, str] = {}
        self._looked_at = -LOOK_AGAIN_S
        self.counts: dict[tuple[str, NoticeKind], int] = {}

    def keep(self, notice: Notice) -> None:
        """Keep one notice; it is on disk when this returns."""
        if time.monotonic() - self._looked_at >= LOOK_AGAIN_S:
            known = self._store.latest(attribute="device.target")
            self._subjects = {str(each.value): each.subject for each in sorted(known, key=lambda o: o.seen_at)}
            self._looked_at = time.monotonic()
        subject = self._subjects.get(notice.target.name) or notice.subject
        self._store.record([observe_notice(notice, subject, self._run)])
        key = (notice.target.name, notice.kind)
        self.counts[key] = self.counts.get(key, 0) + 1
        self._told(notice)


async def interrupted() -> None:
    """Come back when somebody interrupts or ends the process."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in ENDINGS:
        loop.add_signal_handler(ending, over.set)
    try:
        await over.wait()
    finally:
        for ending in ENDINGS:
            loop.remove_signal_handler(ending)


def hear(
    manifest: Manifest,
    store: Store,
    run: Run,
    place: Place,
    *,
    environment: Mapping[str, str] | None = None,
    told: Callable[[Notice], None] = lambda _notice: None,
    ready: Callable[[str, int], None] = lambda _engine_id, _port: None,
    over: Callable[[], Awaitable[None]] = interrupted,
) -> Heard:
    """Hear until it is over.

    Args:
        manifest: Whose devices are heard.
        store: Where it goes.
        run: The run that the observations name.
        place: Where to listen.
        environment: Instead of the process's own, for credentials.
        told: Called for each notice that is kept.
        ready: Called with our engine id and port as soon as we hear.
        over: What ends it by coming back; by default an interruption.

    Raises:
        DeclarationError: Credentials cannot be resolved, or the port cannot be had.
    """
    rooms = choose_rooms(manifest, ())
    snmp = {name for name, each in manifest.credentials.items() if each.kind in OF_SNMP}
    of_snmp = tuple(room.only(lambda target: target.credential in snmp) for room in rooms)
    credentials = resolve_credentials(manifest, of_snmp, environment)
    book = _Book(store, run, told)

    async def until_over() -> Mapping[Dropped, int]:
        receiver = Receiver(manifest, credentials, book.keep)
        async with listening(receiver, place.address, place.port) as port:
            ready(receiver.engine_id, port)
            ending = asyncio.ensure_future(over())
            await asyncio.wait({ending, receiver.failed}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
        if receiver.failed.done():
            receiver.failed.result()
        return receiver.dropped

    store.begin_run(run.id, COLLECTOR, run.began_at)
    try:
        dropped = asyncio.run(until_over())
    except OSError as error:
        what = _("port {port} cannot be had: {why}").format(port=place.port, why=error.strerror or error)
        mend = _("below 1024 it needs root or CAP_NET_BIND_SERVICE; snmptrapd or another receiver may hold it")
        raise DeclarationError(Fault(place=place.address, what=what, mend=mend)) from None
    counts = {str(why): count for why, count in sorted(dropped.items())}
    store.end_run(run.id, {"taken": sum(book.counts.values()), **counts})
    return Heard(told=book.counts, dropped=dropped)


def of_those_that_told(manifest: Manifest, store: Store) -> Manifest:
    """The manifest with the devices that told of a change since they were asked last, and no others."""
    told = told_since([*store.latest(attribute="device.target"), *store.latest(attribute="notice.")])
    return replace(manifest, rooms=tuple(room.only(lambda target: target.name in told) for room in manifest.rooms))
