"""Our own SNMP engine beside pysnmp, and over bad lines: the same varbinds, and no walk that fails."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from collectors import snmp
from collectors.agents.recording import Recording, load
from collectors.agents.snmp import answering
from collectors.agents.swarm import Line, swarm
from collectors.asking import Conversation, RefusedError
from collectors.ber import INTEGER, OCTETS, Varbind, encode_oid, parse_oid
from collectors.credentials import Community, Secret, User
from collectors.fast_asker import FastEngine, can_ask
from collectors.oids import FIRST, TABLES, Table
from collectors.outcome import Outcome, Run, State
from collectors.pysnmp_asker import PysnmpEngine
from qianyun.estate.targets import Target

DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
V2C = Community(community=Secret("read-only-word"))


def user(auth: str = "sha256", priv: str = "aes128", auth_word: str = "auth-word-1234", context: str = "") -> User:
    return User(
        name="qianyun",
        auth=auth,
        auth_password=Secret(auth_word),
        priv=priv,
        priv_password=Secret("priv-word-1234"),
        context=context,
    )


async def everything(engine: FastEngine | PysnmpEngine, port: int) -> list[Varbind]:
    conversation = Conversation(await engine.asker("127.0.0.1", port))
    found = await conversation.get([parse_oid(name) for name in FIRST])
    for table in TABLES:
        found += (await conversation.walk(table)).varbinds
    return found


def both(recording: Recording, credential: Community | User) -> tuple[list[Varbind], list[Varbind]]:
    async def ask() -> tuple[list[Varbind], list[Varbind]]:
        with (
            answering(recording, credential) as port,
            FastEngine(credential) as ours,
            PysnmpEngine(credential) as theirs,
        ):
            return await everything(ours, port), await everything(theirs, port)

    return asyncio.run(ask())


@pytest.mark.parametrize("auth", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_pysnmp_as_agent_and_as_asker_agrees_with_us_on_every_hash(auth: str) -> None:
    ours, theirs = both(load(DEVICES / "dsj-fw-01.snmprec"), user(auth))

    assert ours == theirs
    assert len(ours) > 50


@pytest.mark.parametrize("name", ["stoneos", "drac_r640", "linux_xcp-ng", "vrp_ar169sfp", "apc_ats"])
def test_pysnmp_finds_the_same_varbinds_in_recordings(
    name: str, shared: Callable[[str], Path], recorded: Callable[[Path], Recording]
) -> None:
    ours, theirs = both(recorded(shared("snmp") / f"{name}.snmprec"), V2C)

    assert ours == theirs


@pytest.mark.parametrize("priv", ["des", "3des", "aes192", "aes256"])
def test_what_our_engine_cannot_do_is_left_to_pysnmp(priv: str, target: Callable[..., Target], run: Run) -> None:
    credential = user("sha256", priv)

    async def ask() -> Outcome:
        with answering(load(DEVICES / "dsj-ups-01.snmprec"), credential) as port, PysnmpEngine(credential) as engine:
            conversation = Conversation(await engine.asker("127.0.0.1", port))
            return await snmp.collect(target("dsj-ups-01", port=port), conversation, run)

    assert not can_ask(credential)
    assert asyncio.run(ask()).state is State.FOUND


def test_a_wrong_password_is_told_at_once() -> None:
    async def ask() -> None:
        agents = swarm([("a", load(DEVICES / "dsj-ups-01.snmprec"))], user())
        with agents as ports, FastEngine(user(auth_word="other-word-1234")) as engine:
            asker = await engine.asker("127.0.0.1", ports["a"])
            await asker.get([parse_oid(FIRST[0])], 2.0)

    with pytest.raises(RefusedError, match="the authentication password is wrong"):
        asyncio.run(ask())


def collect_swarm(
    recordings: Sequence[tuple[str, Recording]],
    credential: Community | User,
    make: Callable[..., Target],
    run: Run,
    line: Line | None = None,
) -> list[Outcome]:
    async def ask() -> list[Outcome]:
        with swarm(recordings, credential, line) as ports, FastEngine(credential) as engine:
            free = asyncio.Semaphore(64)

            async def one(name: str, port: int) -> Outcome:
                async with free:
                    conversation = Conversation(await engine.asker("127.0.0.1", port))
                    return await snmp.collect(make(name, port=port), conversation, run)

            return list(await asyncio.gather(*(one(name, port) for name, port in ports.items())))

    return asyncio.run(ask())


def told(outcome: Outcome) -> list[tuple[str, str, object]]:
    return [(o.subject, o.attribute, o.value) for o in outcome.observations]


@pytest.mark.parametrize("credential", [V2C, user()], ids=["v2c", "v3"])
def test_all_recordings_served_on_loopback_tell_what_they_tell_in_memory(
    credential: Community | User,
    *,
    shared: Callable[[str], Path],
    recorded: Callable[[Path], Recording],
    replayed: Callable[[Path], Outcome],
    target: Callable[..., Target],
    run: Run,
) -> None:
    paths = sorted(shared("snmp").glob("*.snmprec"))

    outcomes = collect_swarm([(path.stem, recorded(path)) for path in paths], credential, target, run)

    assert [o.target.name for o in outcomes if o.state is not State.FOUND] == []
    assert [o.target.name for o, path in zip(outcomes, paths, strict=True) if told(o) != told(replayed(path))] == []


@pytest.mark.parametrize("lost", [0.01, 0.05])
def test_over_a_line_that_loses_datagrams_every_device_is_found_whole(
    lost: float, target: Callable[..., Target], run: Run
) -> None:
    switch = load(DEVICES / "dsj-sw-01.snmprec")

    outcomes = collect_swarm([(f"s{n}", switch) for n in range(60)], V2C, target, run, Line(lost=lost, late_s=0.02))

    assert {o.state for o in outcomes} == {State.FOUND}
    assert {len(o.observations) for o in outcomes} == {len(outcomes[0].observations)}


def test_an_agent_that_was_started_anew_is_followed() -> None:
    recording = load(DEVICES / "dsj-ups-01.snmprec")
    name = [parse_oid(FIRST[0])]

    async def ask() -> list[Varbind]:
        with FastEngine(user()) as engine:
            with swarm([("first", recording)], user()) as ports:
                asker = await engine.asker("127.0.0.1", ports["first"])
                await asker.get(name, 2.0)
            with swarm([("second", recording)], user(), port=ports["first"]):
                return await asker.get(name, 2.0)

    assert len(asyncio.run(ask())) == 1


def test_an_answer_from_another_address_or_to_another_number_is_dropped() -> None:
    row = Varbind(encode_oid((1, 3, 6, 1, 9, 1)), INTEGER, b"\x01")
    table = Table(name="t", first=(1, 3, 6, 1, 9), stop=(1, 3, 6, 1, 10))
    name = Varbind(encode_oid((1, 3, 6, 1, 9, 2)), OCTETS, b"x")

    async def ask() -> int:
        agents = swarm([("a", Recording.of([((1, 3, 6, 1, 9, 1), row), ((1, 3, 6, 1, 9, 2), name)]))], V2C)
        with agents as ports, FastEngine(V2C) as engine:
            loop = asyncio.get_running_loop()
            conversation = Conversation(await engine.asker("127.0.0.1", ports["a"]))
            await conversation.walk(table)
            [link] = engine._links.values()  # noqa: SLF001 - to speak to the socket as a stranger
            stranger, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=("127.0.0.1", link.socket.getsockname()[1])
            )
            for junk in (b"", b"\x30", b"\x30\x80", bytes(range(200))):
                stranger.sendto(junk)
            walked = await conversation.walk(table)
            stranger.close()
            return len(walked.varbinds)

    assert asyncio.run(ask()) == 2


def test_an_ipv6_address_written_at_length_is_the_same_device() -> None:
    async def ask() -> list[Varbind]:
        agents = swarm([("a", load(DEVICES / "dsj-ups-01.snmprec"))], V2C, address="::1")
        with agents as ports, FastEngine(V2C) as engine:
            asker = await engine.asker("0:0:0:0:0:0:0:1", ports["a"])
            return await asker.get([parse_oid(FIRST[0])], 2.0)

    assert len(asyncio.run(ask())) == 1
