"""Traps and informs, as net-snmp's own programs send them over loopback."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.ber import OBJECT, Varbind, encode_integer, encode_oid, frame, parse_oid, write_varbinds
from collectors.credentials import Community, Credential, Secret, User
from collectors.hearing import Heard, Place, hear, of_those_that_told
from collectors.messages import Engine, write_v2c, write_v3
from collectors.notices import COMMUNITY, KINDS, TRAP_OID, Notice, NoticeKind, observe_notice, read_notice, told_since
from collectors.outcome import Run
from collectors.run import new_run
from collectors.trap_engine import Dropped
from collectors.traps import BURST, Receiver, engine_id_of, listening
from collectors.usm import Keys
from qianyun.estate.observation import Observation
from qianyun.estate.targets import CredentialKind, CredentialReference, Manifest, RoomTargets, Target, Transport
from qianyun.store import Store

Needs = Callable[[str], str]
WORDS = {"V2C": "canary-community-7", "AUTH": "canary-auth-word-7", "PRIV": "canary-priv-word-7"}
USER = User(name="qianyun", auth_password=Secret(WORDS["AUTH"]), priv_password=Secret(WORDS["PRIV"]))
LINK_DOWN = ("1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.7", "i", "7", "1.3.6.1.2.1.31.1.1.1.1.7", "s", "GE0/0/7")
V2C = ("-v2c", "-c", WORDS["V2C"])
V3 = ("-v3", "-u", "qianyun", "-l", "authPriv", "-a", "SHA-256", "-A", WORDS["AUTH"], "-x", "AES", "-X", WORDS["PRIV"])


def device(name: str, address: str, credential: str) -> Target:
    return Target(name=name, room="机房", address=address, port=161, transport=Transport.SNMP, credential=credential)


MANIFEST = Manifest(
    folder=Path(),
    credentials={
        "old": CredentialReference(
            name="old", kind=CredentialKind.SNMP_V2C, secrets={"community": "env:V2C"}, source="collect.yml:1"
        ),
        "new": CredentialReference(
            name="new",
            kind=CredentialKind.SNMP_V3,
            settings={"user": "qianyun"},
            secrets={"auth_password": "env:AUTH", "priv_password": "env:PRIV"},
            source="collect.yml:5",
        ),
    },
    rooms=(
        RoomTargets(
            room="机房",
            targets=(
                device("ups", "127.0.0.2", "old"),
                device("switch", "127.0.0.3", "new"),
                device("a", "127.0.0.5", "old"),
                device("b", "127.0.0.5", "old"),
            ),
            allows_v2c=True,
        ),
    ),
)


@dataclass
class Ears:
    """A receiver that hears in a thread, and what it has heard so far."""

    engine: str = ""
    port: int = 0
    notices: list[Notice] = field(default_factory=list)
    heard: Heard | None = None
    ready: Event = field(default_factory=Event)

    def is_ready(self, engine: str, port: int) -> None:
        self.engine, self.port = engine, port
        self.ready.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/store.db", create=True) as opened:
        yield opened


def send(program: str, source: str, port: int, credential: Sequence[str], *rest: str) -> int:
    """Send with net-snmp from an address of loopback; its exit code."""
    done = subprocess.run(
        [program, "--clientaddr=" + source, "-t", "2", "-r", "2", *credential, f"127.0.0.1:{port}", "", *rest],
        check=False,
        capture_output=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "MIBS": "", "SNMP_PERSISTENT_DIR": "/nonexistent", "HOME": "/nonexistent"},
    )
    return done.returncode


def heard_of(sends: Callable[[int], None], until: int = 1) -> tuple[list[Notice], Receiver]:
    """What a receiver takes while these are sent; it listens until enough datagrams came in and were judged."""
    notices: list[Notice] = []

    async def hearing() -> Receiver:
        credentials: dict[str, Credential] = {"old": Community(community=Secret(WORDS["V2C"])), "new": USER}
        receiver = Receiver(MANIFEST, credentials, notices.append)
        async with listening(receiver, "127.0.0.1", 0) as port:
            await asyncio.to_thread(sends, port)
            for _moment in range(600):
                if receiver.taken.total() + receiver.dropped.total() >= until:
                    break
                await asyncio.sleep(0.1)
        return receiver

    return notices, asyncio.run(hearing())


@pytest.mark.parametrize(("source", "credential", "name"), [("127.0.0.2", V2C, "ups"), ("127.0.0.3", V3, "switch")])
def test_a_trap_of_net_snmp_is_heard(needs: Needs, source: str, credential: Sequence[str], name: str) -> None:
    snmptrap = needs("snmptrap")

    notices, receiver = heard_of(lambda port: assert_sent(send(snmptrap, source, port, credential, *LINK_DOWN)))

    [notice] = notices
    assert (notice.target.name, notice.kind, notice.where) == (name, NoticeKind.LINK_DOWN, "GE0/0/7")
    assert notice.details[0] == ("1.3.6.1.2.1.2.2.1.1.7", "7")
    assert notice.subject.startswith("engine:80001f88" if name == "switch" else "address:127.0.0.2")
    assert receiver.dropped == {}


def assert_sent(code: int) -> None:
    assert code == 0


@pytest.mark.parametrize(("source", "credential"), [("127.0.0.2", V2C), ("127.0.0.3", V3)])
def test_an_inform_of_net_snmp_is_acknowledged(needs: Needs, source: str, credential: Sequence[str]) -> None:
    snmpinform = needs("snmpinform")

    notices, _receiver = heard_of(
        lambda port: assert_sent(send(snmpinform, source, port, credential, "1.3.6.1.2.1.33.2.1"))
    )

    assert [notice.kind for notice in notices] == [NoticeKind.ON_BATTERY]


def test_a_v1_trap_of_an_old_management_card_is_understood(needs: Needs) -> None:
    def sends(port: int) -> None:
        words = ["-v1", "-c", WORDS["V2C"], f"127.0.0.1:{port}", "1.3.6.1.4.1.318", "127.0.0.2", "6", "5", "1"]
        subprocess.run([needs("snmptrap"), "--clientaddr=127.0.0.2", *words], check=True, timeout=60)

    notices, _receiver = heard_of(sends)

    assert [(notice.kind, notice.name) for notice in notices] == [(NoticeKind.ON_BATTERY, "1.3.6.1.4.1.318.0.5")]


@pytest.mark.parametrize(
    ("source", "credential", "why"),
    [
        pytest.param("127.0.0.9", V2C, Dropped.STRANGER, id="an address that the manifest lacks"),
        pytest.param("127.0.0.5", V2C, Dropped.AMBIGUOUS, id="an address of two devices"),
        pytest.param("127.0.0.2", ("-v2c", "-c", "public"), Dropped.REFUSED, id="another community"),
        pytest.param("127.0.0.2", V3, Dropped.REFUSED, id="another device's credential"),
        pytest.param("127.0.0.3", V2C, Dropped.NOT_PRIVATE, id="a community where v3 is asked for"),
        pytest.param("127.0.0.3", (*V3[:4], "noAuthNoPriv"), Dropped.NOT_PRIVATE, id="v3 in clear"),
        pytest.param("127.0.0.3", (*V3[:4], "authNoPriv", *V3[5:9]), Dropped.NOT_PRIVATE, id="v3 without encryption"),
        pytest.param("127.0.0.3", (*V3[:8], "other-word-1234", *V3[9:]), Dropped.REFUSED, id="a wrong password"),
        pytest.param("127.0.0.3", (*V3[:2], "stranger", *V3[3:]), Dropped.REFUSED, id="a user that nobody knows"),
    ],
)
def test_what_is_not_to_be_believed_is_counted_and_dropped(
    needs: Needs, source: str, credential: Sequence[str], why: Dropped
) -> None:
    snmptrap = needs("snmptrap")

    notices, receiver = heard_of(lambda port: assert_sent(send(snmptrap, source, port, credential, *LINK_DOWN)))

    assert (notices, receiver.dropped) == ([], {why: 1})


@contextmanager
def hearing(store: Store, run: Run) -> Iterator[Ears]:
    """A receiver on a free port that writes into a store; the block's end is its end."""
    ears = Ears()
    over = Event()

    async def until_over() -> None:
        await asyncio.to_thread(over.wait)

    def listens() -> None:
        ears.heard = hear(
            MANIFEST,
            store,
            run,
            Place(address="127.0.0.1", port=0),
            environment=WORDS,
            told=ears.notices.append,
            ready=ears.is_ready,
            over=until_over,
        )

    thread = Thread(target=listens)
    thread.start()
    try:
        assert ears.ready.wait(60)
        yield ears
    finally:
        over.set()
        thread.join(60)


def test_what_was_acknowledged_is_in_the_store_with_source_time_run_and_digest(needs: Needs, store: Store) -> None:
    run = new_run()
    with hearing(store, run) as ears:
        for words in (LINK_DOWN, ("1.3.6.1.6.3.1.1.5.5",)):
            assert_sent(send(needs("snmpinform"), "127.0.0.2", ears.port, V2C, *words))
        kept = store.latest(attribute="notice.")

    assert [each.value[0] for each in kept if isinstance(each.value, tuple)] == ["link_down", "authentication_failure"]
    assert {(each.subject, each.run) for each in kept} == {("address:127.0.0.2", run.id)}
    assert [each.source for each in kept] == ["1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.5"]
    assert {len(each.raw_sha256) for each in kept} == {64}
    assert dict(store.runs()[0].summary) == {"taken": 2}


def test_a_notice_is_told_of_the_device_as_the_store_knows_it_and_calls_for_asking_it_again(
    needs: Needs, store: Store
) -> None:
    earlier = datetime.now(UTC) - timedelta(hours=1)
    store.begin_run("before", "collect", earlier)
    store.record([told_of("serial:Huawei/21023", "device.target", "switch", earlier)])
    with hearing(store, new_run()) as ears:
        assert_sent(send(needs("snmpinform"), "127.0.0.3", ears.port, V3, *LINK_DOWN))
        [kept] = store.latest(attribute="notice.")
        again = of_those_that_told(MANIFEST, store)

    assert kept.subject == "serial:Huawei/21023"
    assert [target.name for target in again.targets] == ["switch"]


def told_of(subject: str, attribute: str, value: str, at: datetime) -> Observation:
    return Observation(
        subject=subject, attribute=attribute, value=value, source="x", raw_sha256="0" * 64, seen_at=at, run="before"
    )


def test_no_secret_is_in_the_store_or_in_what_is_told(needs: Needs, store: Store, tmp_path: Path) -> None:
    with hearing(store, new_run()) as ears:
        carried = (
            COMMUNITY,
            "s",
            WORDS["V2C"],
            "1.3.6.1.4.1.9.2.1.1.0",
            "s",
            f"snmp-server community {WORDS['V2C']} RO",
        )
        assert_sent(send(needs("snmpinform"), "127.0.0.2", ears.port, V2C, "1.3.6.1.6.3.1.1.5.1", *carried))
        assert_sent(send(needs("snmpinform"), "127.0.0.3", ears.port, V3, "1.3.6.1.6.3.1.1.5.1"))
    told = (repr(ears.notices) + repr(ears.heard)).encode() + b"".join(p.read_bytes() for p in tmp_path.iterdir())

    assert len(ears.notices) == 2
    assert [name for name, word in WORDS.items() if word.encode() in told] == []
    assert "snmp-server community •••" in told.decode("utf-8", "replace")


def test_an_inform_that_comes_again_is_acknowledged_again_and_kept_once() -> None:
    notices: list[Notice] = []
    message = write_v2c(WORDS["V2C"].encode(), inform(7))

    async def twice() -> tuple[list[bytes], Receiver]:
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        class Sender(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                del addr
                answers.put_nowait(data)

        receiver = Receiver(MANIFEST, {"old": Community(community=Secret(WORDS["V2C"]))}, notices.append)
        async with listening(receiver, "127.0.0.1", 0) as port:
            link, _ = await loop.create_datagram_endpoint(
                Sender, local_addr=("127.0.0.2", 0), remote_addr=("127.0.0.1", port)
            )
            got = []
            for _time in range(2):
                link.sendto(message)
                got.append(await answers.get())
            link.close()
        return got, receiver

    answers, receiver = asyncio.run(asyncio.wait_for(twice(), 60))

    assert answers[0] == answers[1]
    assert (len(notices), receiver.dropped) == (1, {Dropped.REPEATED: 1})


INFORM, TRAP = 0xA6, 0xA7


def inform(number: int, tag: int = INFORM) -> bytes:
    told = Varbind(encode_oid(parse_oid(TRAP_OID)), OBJECT, encode_oid(parse_oid("1.3.6.1.6.3.1.1.5.1")))
    return frame(tag, encode_integer(number) + encode_integer(0) * 2 + write_varbinds([told]))


def judged(datagrams: Sequence[bytes], keep: Callable[[Notice], None], source: str = "127.0.0.2") -> Receiver:
    """A receiver that was handed these datagrams."""

    async def hand() -> Receiver:
        receiver = Receiver(
            MANIFEST, {"old": Community(community=Secret(WORDS["V2C"])), "new": USER}, keep, clock=lambda: 0.0
        )
        for datagram in datagrams:
            receiver.datagram_received(datagram, (source, 4000))
        receiver.close()
        if receiver.failed.done():
            receiver.failed.exception()
        return receiver

    return asyncio.run(hand())


@given(st.lists(st.binary(max_size=200), max_size=40), st.sampled_from(["127.0.0.2", "127.0.0.3"]))
@settings(max_examples=8, deadline=None)
def test_whatever_comes_is_counted_and_ends_nothing(datagrams: list[bytes], source: str) -> None:
    notices: list[Notice] = []

    receiver = judged(datagrams, notices.append, source)

    assert notices == []
    assert receiver.dropped.total() == len(datagrams)
    assert not receiver.failed.done()


def test_an_inform_cut_or_changed_at_any_byte_is_never_told_as_something_else() -> None:
    whole = write_v2c(WORDS["V2C"].encode(), inform(7))
    notices: list[Notice] = []

    cut = judged([whole[:size] for size in range(len(whole))], notices.append)

    assert (notices, cut.dropped.total()) == ([], len(whole))


def test_a_copy_of_v3_that_is_sent_later_is_not_believed() -> None:
    keys = Keys.of("sha256", WORDS["AUTH"], WORDS["PRIV"], b"\x80\x00\x1f\x88\x04switch")

    def trap(boots: int, seconds: int, number: int) -> bytes:
        engine = Engine(id=b"\x80\x00\x1f\x88\x04switch", boots=boots, seconds=seconds)
        return write_v3(number, inform(number, TRAP), engine, b"qianyun", keys)

    notices: list[Notice] = []
    sent = [trap(7, 1000, 1), trap(7, 900, 2), trap(7, 800, 3), trap(6, 5000, 4), trap(8, 1, 5)]

    receiver = judged(sent, notices.append, "127.0.0.3")

    assert (len(notices), receiver.dropped) == (3, {Dropped.REPLAYED: 2})


def test_a_device_that_tells_without_end_fills_nothing() -> None:
    notices: list[Notice] = []
    many = [write_v2c(WORDS["V2C"].encode(), inform(number)) for number in range(1, 2 * int(BURST) + 1)]

    receiver = judged(many, notices.append)

    assert (len(notices), receiver.dropped) == (int(BURST), {Dropped.TOO_MUCH: int(BURST)})


def test_a_store_that_fails_ends_the_hearing_and_acknowledges_nothing() -> None:
    def fails(notice: Notice) -> None:
        raise OSError(f"no space for {notice.kind}")

    receiver = judged([write_v2c(WORDS["V2C"].encode(), inform(number)) for number in (1, 2)], fails)

    assert str(receiver.failed.exception()) == "no space for cold_start"
    assert (receiver.taken.total(), receiver.dropped.total()) == (0, 0)


def test_the_engine_id_is_the_same_at_every_start_and_another_on_another_host() -> None:
    assert engine_id_of("centre") == engine_id_of("centre")
    assert engine_id_of("centre") != engine_id_of("elsewhere")
    assert len(engine_id_of("centre")) <= 32


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_known_notification_is_told_by_its_kind(name: str, kind: NoticeKind) -> None:
    assert notice_of(name).kind is kind


@pytest.mark.parametrize(
    ("name", "alarm", "kind"),
    [("3", "2", "on_battery"), ("4", "2", "power_restored"), ("3", "3", "battery_low"), ("3", "9", "other")],
)
def test_an_alarm_of_a_ups_is_told_by_what_it_is(name: str, alarm: str, kind: str) -> None:
    which = Varbind(
        encode_oid(parse_oid("1.3.6.1.2.1.33.1.6.2.1.2.1")),
        OBJECT,
        encode_oid(parse_oid(f"1.3.6.1.2.1.33.1.6.3.{alarm}")),
    )

    assert notice_of(f"1.3.6.1.2.1.33.2.{name}", which).kind == kind


def notice_of(name: str, *carried: Varbind) -> Notice:
    told = Varbind(encode_oid(parse_oid(TRAP_OID)), OBJECT, encode_oid(parse_oid(name)))
    return read_notice([told, *carried], MANIFEST.targets[0], datetime(2026, 1, 1, tzinfo=UTC), "0" * 64)


def test_only_what_was_told_after_a_device_was_asked_calls_for_asking_it_again(run: Run) -> None:
    notice = notice_of("1.3.6.1.6.3.1.1.5.3")
    told = observe_notice(notice, "serial:x", run)
    asked = [told_of("serial:x", "device.target", "ups", notice.received_at + timedelta(hours=h)) for h in (-1, 1)]
    refused = observe_notice(notice_of("1.3.6.1.6.3.1.1.5.5"), "serial:x", run)

    assert told_since([told]) == {"ups": NoticeKind.LINK_DOWN}
    assert told_since([asked[0], told]) == {"ups": NoticeKind.LINK_DOWN}
    assert told_since([asked[1], told]) == {}
    assert told_since([asked[0], refused]) == {}
