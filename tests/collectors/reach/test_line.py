"""Agent, leaf, hub and centre over real nats-servers, and what each of them may not do."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Timer

import nats.errors
import pytest
from reach_keys import Keys
from reach_rooms import Servers, servers

from collectors.agents.province import Devices
from collectors.reach.agent import Agent
from collectors.reach.certificates import Authority
from collectors.reach.hub import Hub
from collectors.reach.intake import Taken
from collectors.reach.keys import SigningKey
from collectors.reach.letters import Letter
from collectors.reach.line import Line
from collectors.reach.parcel import pack
from collectors.reach.rooms import name_of
from collectors.reach.servers import CENTRE, HUB, inbox_of, stream_of, subject_of
from qianyun.errors import DeclarationError
from qianyun.estate.targets import Manifest
from qianyun.store import Store

ROOM, OTHER = "省大数据局中心机房", "乙机房"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, needs: Callable[[str], str]) -> Iterator[Servers]:
    with servers(tmp_path_factory.mktemp("servers"), needs("nats-server"), (ROOM, OTHER), wired=False) as started:
        Authority.at(started.folder / "authority").issue(started.folder / "hub", name_of(OTHER), [])
        yield started


@pytest.fixture
def leaf(running: Servers) -> Line:
    name = name_of(ROOM)
    return Line(folder=running.certificates("room"), server=name, user=name, port=running.leaf_port)


@pytest.fixture
def manifest(devices: Devices) -> Manifest:
    return replace(devices.manifest, rooms=tuple(room for room in devices.manifest.rooms if room.room == ROOM))


@pytest.fixture
def agent(leaf: Line, keys: Keys, tmp_path: Path) -> Agent:
    return Agent(room=ROOM, folder=tmp_path / "outbox", line=leaf, signer=keys.agent, recipient=keys.centre.public)


class Centre:
    """The centre's end with a store of its own, and what it told."""

    def __init__(self, running: Servers, keys: Keys, folder: Path) -> None:
        self.taken = taken = list[Taken]()
        self.said = said = list[str]()
        self.store = Store.open(f"sqlite:///{folder}/store.db", create=True)
        self.refused = folder / "refused"
        self.hub = Hub(
            line=Line(folder=running.certificates("hub"), server=HUB, user=CENTRE, port=running.hub_port),
            trust=keys.trust(ROOM),
            key=keys.centre,
            store=self.store,
            refused=self.refused,
            told=taken.append,
            said=said.append,
        )


@pytest.fixture
def centre(running: Servers, keys: Keys, tmp_path: Path) -> Iterator[Centre]:
    found = Centre(running, keys, tmp_path)
    yield found
    found.store.close()


def test_what_an_agent_collects_arrives_once_with_the_runs_end(
    agent: Agent, centre: Centre, manifest: Manifest, devices: Devices, running: Servers
) -> None:
    environment = devices.environment or {}
    agent.run(manifest, environment=environment)
    written = b"".join(path.read_bytes() for path in running.folder.rglob("*") if path.is_file())

    assert centre.hub.drain([ROOM]) == ()
    first = len(centre.taken)
    assert centre.hub.drain([ROOM]) == ()

    assert (first, len(centre.taken)) == (6, 6)
    [run] = centre.store.runs()
    assert (run.ended_at is not None, run.summary["found"], run.summary["skipped"]) == (True, 5, 1)
    assert {each.value for each in centre.store.latest(attribute="device.target")} == {
        *("dsj-sw-01", "dsj-fw-01", "dsj-ups-01", "h0001-db01", "h0002-db01"),
    }
    assert [name for name, secret in environment.items() if secret.encode() in written] == []
    assert b"S5735" not in written, "the queue on disk shows nothing of a letter"


@pytest.fixture
def queue(agent: Agent, manifest: Manifest) -> Line:
    """The line to the room's server, with a queue that holds the end of a run of no device."""
    agent.run(replace(manifest, rooms=(replace(manifest.rooms[0], targets=()),)))
    return agent.line


def hand_in(leaf: Line, parcels: list[bytes]) -> None:
    async def publish() -> None:
        client = await leaf.connect()
        for parcel in parcels:
            await client.jetstream().publish(subject_of(leaf.server), parcel)
        await client.close()

    asyncio.run(publish())


def test_letters_that_cannot_be_believed_are_kept_aside_and_the_good_one_behind_them_is_taken(
    queue: Line, centre: Centre, keys: Keys, letters: list[Letter]
) -> None:
    [last] = [replace(each, room=ROOM, name=f"{each.run.id}/{ROOM}/end") for each in letters if each.is_end]

    def packed(signer: SigningKey) -> bytes:
        return pack(ROOM, [last], signer, keys.centre.public, last.run.began_at)

    hand_in(queue, [b"rubbish", packed(keys.stranger), packed(keys.agent)])

    assert centre.hub.drain([ROOM]) == ()

    assert last.run.id in {each.run for each in centre.taken}
    assert len(list(centre.refused.iterdir())) == 2
    assert "it is no parcel of ours" in centre.said[0]
    assert f"it is signed by {keys.stranger.public}" in centre.said[1]


@pytest.mark.usefixtures("queue")
def test_a_room_that_is_not_there_is_named_and_the_others_are_read(centre: Centre) -> None:
    assert replace(centre.hub, patience_s=1.0).drain([ROOM, OTHER]) == (OTHER,)
    assert any(each.room == ROOM for each in centre.taken)
    assert centre.said[-1].startswith(f"{OTHER}: not reached")


def test_a_room_that_dials_in_while_it_is_asked_for_is_read(
    tmp_path: Path, keys: Keys, manifest: Manifest, needs: Callable[[str], str]
) -> None:
    name = name_of(ROOM)
    empty = replace(manifest, rooms=(replace(manifest.rooms[0], targets=()),))
    with servers(tmp_path, needs("nats-server"), (ROOM,), wired=False, dialled_in=False) as running, ExitStack() as up:
        line = Line(folder=running.certificates("room"), server=name, user=name, port=running.leaf_port)
        with running.room():
            Agent(
                room=ROOM, folder=tmp_path / "outbox", line=line, signer=keys.agent, recipient=keys.centre.public
            ).run(empty)
        centre = Centre(running, keys, tmp_path)
        late = Timer(1.0, up.enter_context, [running.room()])
        late.start()

        unreached = replace(centre.hub, patience_s=60.0).drain([ROOM])

        late.join()
        centre.store.close()
    assert (unreached, [each.room for each in centre.taken]) == ((), [ROOM])


def refused(line: Line, inbox: str, subject: str) -> bool:
    """Whether the server leaves a request without an answer."""

    async def attempt() -> bool:
        client = await line.connect(inbox)
        try:
            await client.request(subject, b"", 1)
        except (nats.errors.Error, TimeoutError):
            return True
        finally:
            await client.close()
        return False

    return asyncio.run(attempt())


def held(queue: Line) -> int:
    """Letters in the room's queue."""

    async def ask() -> int:
        client = await queue.connect()
        found = await client.jetstream().stream_info(stream_of(queue.server))
        await client.close()
        return found.state.messages

    return asyncio.run(ask())


@pytest.mark.parametrize("user", [name_of(OTHER), CENTRE])
@pytest.mark.parametrize("verb", ["STREAM.PURGE", "STREAM.DELETE"])
def test_neither_another_room_nor_the_centre_can_empty_a_rooms_queue(
    queue: Line, running: Servers, user: str, verb: str
) -> None:
    line = Line(folder=running.certificates("hub"), server=HUB, user=user, port=running.hub_port)
    before = held(queue)

    refused(line, inbox_of(queue.server), f"$JS.{queue.server}.API.{verb}.{stream_of(queue.server)}")

    assert held(queue) == before > 0


def test_the_centre_may_ask_for_a_rooms_queue_and_another_room_may_not(queue: Line, running: Servers) -> None:
    centre = Line(folder=running.certificates("hub"), server=HUB, user=CENTRE, port=running.hub_port)
    question = f"$JS.{queue.server}.API.STREAM.INFO.{stream_of(queue.server)}"

    assert not refused(centre, inbox_of(queue.server), question)
    assert refused(replace(centre, user=name_of(OTHER)), inbox_of(name_of(OTHER)), question)


def test_a_room_does_not_answer_into_another_rooms_inbox(queue: Line, running: Servers) -> None:
    centre = Line(folder=running.certificates("hub"), server=HUB, user=CENTRE, port=running.hub_port)
    question = f"$JS.{queue.server}.API.STREAM.INFO.{stream_of(queue.server)}"

    assert refused(centre, inbox_of(name_of(OTHER)), question)


@pytest.mark.parametrize("verb", ["PURGE", "DELETE", "MSG.DELETE", "MSG.GET"])
def test_an_agent_can_hand_in_and_ask_how_full_its_queue_is_and_nothing_else(queue: Line, verb: str) -> None:
    assert not refused(queue, "_INBOX", f"$JS.API.STREAM.INFO.{stream_of(queue.server)}")
    assert refused(queue, "_INBOX", f"$JS.API.STREAM.{verb}.{stream_of(queue.server)}")


def test_who_has_no_certificate_of_ours_is_not_let_in(running: Servers, tmp_path: Path) -> None:
    Authority.at(tmp_path / "authority").issue(tmp_path / "hub", CENTRE, [])
    (tmp_path / "hub" / "ca.pem").write_bytes((running.folder / "hub" / "ca.pem").read_bytes())
    stranger = Line(folder=tmp_path / "hub", server=HUB, user=CENTRE, port=running.hub_port)

    with pytest.raises((nats.errors.Error, OSError, ssl.SSLError)):
        asyncio.run(stranger.connect())


@pytest.mark.usefixtures("running")
def test_an_agent_does_not_talk_to_a_server_it_does_not_know(leaf: Line) -> None:
    with pytest.raises((nats.errors.Error, OSError, ssl.SSLError)):
        asyncio.run(replace(leaf, server="elsewhere").connect())


def test_certificates_that_are_not_there_are_told_with_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"no certificates for centre: .*; qianyun collect configure makes them"):
        asyncio.run(Line(folder=tmp_path, server=HUB, user="centre").connect())
