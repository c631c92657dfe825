"""The centre's end: reads every room's queue and takes each letter into the store, once.

A letter is taken off a room's queue only after the store has it on disk. So nothing is lost when
either end dies, and what is delivered again is known by its name.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nats.errors
import nats.js.api
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.client import JetStreamContext

from collectors.reach.intake import Taken, take_in
from collectors.reach.keys import OpeningKey, write_private
from collectors.reach.line import ANSWER_S, TROUBLE, Line, Said, persist
from collectors.reach.parcel import unpack
from collectors.reach.rooms import name_of
from collectors.reach.servers import inbox_of, stream_of, subject_of
from qianyun.errors import DeclarationError, ReadError, StoreError
from qianyun.estate.trust import Trust
from qianyun.store import Store
from qianyun.words import _

DURABLE = "centre"
AT_ONCE = 20
REDELIVER_S = 30
WAIT_S = 5.0
LAST_LOOK_S = 1.0
REDIAL_S = 10.0
"""Within this time a room that is up has dialled in again: its server tries every 2 s, and TLS takes its own."""
AGAIN_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What the centre's end is made of.

    Attributes:
        refused: Folder for letters that cannot be believed; they are kept for whoever looks into it.
        patience_s: How long `drain` asks for a room that does not answer before it calls it not reached.
        told: Told of every letter.
        said: Told what is worth a line.
    """

    line: Line
    trust: Trust
    key: OpeningKey
    store: Store
    refused: Path
    patience_s: float = REDIAL_S
    told: Callable[[Taken], None] = field(default=lambda _taken: None)
    said: Said = field(default=lambda _words: None)

    def drain(self, rooms: Sequence[str]) -> tuple[str, ...]:
        """Take in what waits in these rooms now; the rooms that could not be reached."""
        return asyncio.run(self._drain(rooms))

    def serve(self, rooms: Sequence[str]) -> None:
        """Take in what comes from these rooms, until interrupted."""
        asyncio.run(self._serve(rooms))

    async def _drain(self, rooms: Sequence[str]) -> tuple[str, ...]:
        reached = await asyncio.gather(*(self._drain_room(room) for room in rooms))
        return tuple(room for room, is_reached in zip(rooms, reached, strict=True) if not is_reached)

    async def _drain_room(self, room: str) -> bool:
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                await self._read(room, until_empty=True)
            except TROUBLE as error:
                if time.monotonic() < deadline:
                    await asyncio.sleep(AGAIN_S)
                    continue
                self.said(_("{room}: not reached ({why})").format(room=room, why=str(error) or type(error).__name__))
                return False
            return True

    async def _serve(self, rooms: Sequence[str]) -> None:
        await asyncio.gather(*map(self._serve_room, rooms))

    async def _serve_room(self, room: str) -> None:
        while True:
            await persist(lambda: self._read(room, until_empty=False), self.said, room)

    async def _read(self, room: str, *, until_empty: bool) -> None:
        """Read a room's queue over a connection and an inbox of its own.

        Raises:
            nats.errors.Error, OSError: The hub, or the room behind it, cannot be reached any more.
        """
        name = name_of(room)
        client = await self.line.connect(inbox_of(name))
        try:
            queue = client.jetstream(domain=name, timeout=ANSWER_S)
            reading = await queue.pull_subscribe(
                subject_of(name), DURABLE, stream_of(name), config=_consumer(subject_of(name))
            )
            while True:
                messages = await _next(reading, LAST_LOOK_S if until_empty else WAIT_S)
                if messages:
                    await self._take(room, messages)
                elif not await _left(queue, name) and until_empty:
                    return
        finally:
            await _close(client)

    async def _take(self, room: str, messages: Sequence[Msg]) -> None:
        for message in messages:
            try:
                parcel = unpack(message.data, self.trust, self.key, room)
                taken = await asyncio.to_thread(take_in, self.store, parcel, "agent")
            except ReadError as error:
                await self._refuse(room, message, error)
                continue
            except StoreError as error:
                self.said(_("{room}: not taken in, it stays in the room's queue: {why}").format(room=room, why=error))
                await message.nak(delay=REDELIVER_S)
                continue
            self.told(taken)
            await message.ack_sync(timeout=ANSWER_S)

    async def _refuse(self, room: str, message: Msg, error: ReadError) -> None:
        """Keep what cannot be believed out of the store and out of the way, and tell it."""
        path = self.refused / f"{name_of(room)}-{hashlib.sha256(message.data).hexdigest()[:16]}.parcel"
        try:
            write_private(path, message.data)
        except DeclarationError:
            self.said(_("{path} is there already").format(path=path))
        for fault in error.faults:
            self.said(_("refused, kept as {path}: {why}").format(path=path, why=fault))
        await message.term()


async def _left(queue: JetStreamContext, name: str) -> int:
    """Letters in a room's queue, those too that a reader who died has not acknowledged and that come again.

    Raises:
        nats.errors.Error: The room is gone, so nobody answers.
    """
    return (await queue.stream_info(stream_of(name))).state.messages


async def _next(reading: JetStreamContext.PullSubscription, wait_s: float) -> list[Msg]:
    try:
        return await reading.fetch(AT_ONCE, timeout=wait_s)
    except (TimeoutError, nats.errors.TimeoutError):
        return []


async def _close(client: Client) -> None:
    if client.is_connected:
        await client.close()


def _consumer(subject: str) -> nats.js.api.ConsumerConfig:
    return nats.js.api.ConsumerConfig(
        durable_name=DURABLE,
        ack_policy=nats.js.api.AckPolicy.EXPLICIT,
        ack_wait=REDELIVER_S,
        max_deliver=-1,
        filter_subject=subject,
    )
