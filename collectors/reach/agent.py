"""The agent in a room: asks what its manifest names and hands every letter to the room's own server.

It dials nobody but that server, which dials the centre. The outbox on disk is the truth: a letter
leaves it when the server has it on disk, under a name by which it is kept once however often it is sent.
"""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import nats.js.api
from nats.aio.client import Client

from collectors.flows.sampling import Schedule
from collectors.reach.keys import SigningKey
from collectors.reach.line import ANSWER_S, Line, Said, persist
from collectors.reach.outbox import Outbox, Settled
from collectors.reach.parcel import pack
from collectors.reach.rooms import ask_room
from collectors.reach.servers import stream_of, subject_of
from collectors.run import Told
from qianyun.estate.targets import Manifest

REMEMBERED_S = 24 * 3600
"""How long a room's server knows a letter again; the centre's store knows it for ever."""
LOOK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What an agent is made of.

    Attributes:
        room: Whose it is.
        folder: Its outbox.
        recipient: The centre's age recipient.
        said: Told what is worth a line.
    """

    room: str
    folder: Path
    line: Line
    signer: SigningKey
    recipient: str
    said: Said = field(default=lambda _words: None)

    def run(
        self,
        manifest: Manifest,
        *,
        environment: Mapping[str, str] | None = None,
        told: Told = lambda _outcome: None,
        now: Callable[[], datetime] = datetime.now,
        flows: Schedule | None = None,
    ) -> tuple[Settled, ...]:
        """One run, or the rest of one that was cut off, until the room's server has every letter of it.

        Returns:
            What became of every device of the run.
        """
        self.line.tls()  # told before anybody is asked, not after
        with Outbox(self.folder, self.room) as outbox:
            with self._handing_in(outbox):
                ask_room(manifest, outbox, environment=environment, told=told, now=now, flows=flows)
            outbox.clear()
            return outbox.settled

    @contextmanager
    def _handing_in(self, outbox: Outbox) -> Iterator[None]:
        """Hand in beside the asking; when the block ends, wait for the rest."""
        over, failed = threading.Event(), list[BaseException]()

        def hand_in() -> None:
            try:
                asyncio.run(self._hand_in(outbox, over))
            except BaseException as error:  # noqa: BLE001 - it is raised where the thread is waited for
                failed.append(error)

        thread = threading.Thread(target=hand_in, name="handing-in", daemon=True)
        thread.start()
        yield
        over.set()
        thread.join()
        if failed:
            raise failed[0]

    async def _hand_in(self, outbox: Outbox, over: threading.Event) -> None:
        while not (over.is_set() and not outbox.waiting()):
            if outbox.waiting():
                await persist(lambda: self._send_all(outbox, over), self.said, self.line.server)
            else:
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _send_all(self, outbox: Outbox, over: threading.Event) -> None:
        """Send until nothing is left and nothing will come, over one connection."""
        client = await self.line.connect()
        try:
            await self._make_queue(client)
            while True:
                for path in outbox.waiting():
                    await self._send(client, outbox, path)
                if over.is_set() and not outbox.waiting():
                    return
                await asyncio.sleep(LOOK_AGAIN_S)
        finally:
            await client.close()

    async def _make_queue(self, client: Client) -> None:
        name = self.line.server
        await client.jetstream(timeout=ANSWER_S).add_stream(
            nats.js.api.StreamConfig(
                name=stream_of(name),
                subjects=[subject_of(name)],
                retention=nats.js.api.RetentionPolicy.WORK_QUEUE,
                discard=nats.js.api.DiscardPolicy.NEW,
                storage=nats.js.api.StorageType.FILE,
                duplicate_window=REMEMBERED_S,
            )
        )

    async def _send(self, client: Client, outbox: Outbox, path: Path) -> None:
        """A device's letters; it has left when the server said of each that it is on disk."""
        queue = client.jetstream(timeout=ANSWER_S)
        for letter in outbox.letters(path):
            parcel = pack(self.room, [letter], self.signer, self.recipient, datetime.now(UTC))
            headers = {"Nats-Msg-Id": hashlib.sha256(letter.name.encode()).hexdigest()}
            await queue.publish(subject_of(self.line.server), parcel, timeout=ANSWER_S, headers=headers)
        outbox.left(path)
