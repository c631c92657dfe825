"""A whole collection of the sample province from agents on loopback, and its manners."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, time
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.agents.province import Devices, answering
from collectors.compare import Difference, DifferenceKind, compare, is_same_version
from collectors.gentle import CONSECUTIVE_SILENCES, Breaker, Pace, TokenBucket
from collectors.journal import FileJournal
from collectors.keeping import Keeper
from collectors.outcome import Outcome, State
from collectors.run import IN_ONE_ROOM, Collection, collect, new_run
from collectors.seen import devices as devices_of
from collectors.seen import summarise
from qianyun.errors import DeclarationError
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Server
from qianyun.estate.kinds import CpuArch
from qianyun.estate.targets import Manifest, RoomTargets, Target, Transport, Window
from qianyun.importers.collect_file import load_manifest
from qianyun.store import Store

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
Killed = Callable[[Path], AbstractContextManager[FileJournal]]

ROOM = "省大数据局中心机房"


@pytest.fixture(scope="module")
def devices() -> Iterator[Devices]:
    with answering(load_manifest(PROVINCE)) as running:
        yield running


@pytest.fixture(scope="module")
def collection(devices: Devices) -> Collection:
    return collect(devices.manifest, new_run(), environment=devices.environment)


def changed(manifest: Manifest, change: Callable[[RoomTargets], RoomTargets]) -> Manifest:
    return replace(manifest, rooms=tuple(map(change, manifest.rooms)))


def test_every_device_of_the_sample_is_found_and_the_one_not_to_touch_is_not(collection: Collection) -> None:
    assert {o.target.name: str(o.state) for o in collection.outcomes} == {
        "dsj-sw-01": "found",
        "dsj-fw-01": "found",
        "dsj-ups-01": "found",
        "dsj-hsm-01": "skipped",
        "h0001-db01": "found",
        "h0002-db01": "found",
        "zfb-sw-01": "found",
        "zfb-rt-01": "found",
        "gw-egress-1": "found",
        "fw-exchange-outer": "found",
        "fw-exchange-inner": "found",
        "gw-extranet-1": "found",
        "core-internet": "found",
        "sw-exchange": "found",
        "core-extranet": "found",
        "core-department": "found",
    }


def test_one_room_can_be_asked_alone(devices: Devices) -> None:
    found = collect(devices.manifest, new_run(), rooms=["省政府办公厅中心机房"], environment=devices.environment)

    assert [o.target.name for o in found.outcomes] == ["zfb-sw-01", "zfb-rt-01"]


def test_a_room_that_the_manifest_lacks_is_named(devices: Devices) -> None:
    with pytest.raises(DeclarationError, match="there is no room '别处机房'"):
        collect(devices.manifest, new_run(), rooms=["别处机房"], environment=devices.environment)


def test_credentials_that_are_not_there_are_all_named_at_once(devices: Devices) -> None:
    with pytest.raises(DeclarationError) as caught:
        collect(devices.manifest, new_run(), environment={"QIANYUN_SNMP_AUTH": "word"})

    assert [fault.what for fault in caught.value.faults] == [
        "the environment variable QIANYUN_SNMP_PRIV is not set",
        "the environment variable QIANYUN_UPS_COMMUNITY is not set",
        "the environment variable QIANYUN_SSH_PASSWORD is not set",
    ]


def test_outside_its_window_a_room_is_left_alone(devices: Devices) -> None:
    night = Window(begin=time(22), end=time(6))
    manifest = changed(devices.manifest, lambda room: replace(room, window=night))

    found = collect(
        manifest,
        new_run(),
        environment=devices.environment,
        now=lambda: datetime(2026, 3, 1, 12, 0),  # noqa: DTZ001 - local time is meant
    )

    assert {o.state for o in found.outcomes} == {State.SKIPPED}


def test_no_packet_goes_to_what_is_not_to_be_touched(devices: Devices) -> None:
    manifest = changed(
        devices.manifest, lambda room: replace(room, do_not_touch=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    )

    found = collect(manifest, new_run(), environment=devices.environment)

    assert {(o.state, o.requests) for o in found.outcomes} == {(State.SKIPPED, 0)}


def test_what_is_collected_is_kept_and_a_second_run_finds_nothing_new(
    devices: Devices, collection: Collection, tmp_path: Path
) -> None:
    with Store.open(f"sqlite:///{tmp_path}/store.db", create=True) as store:
        first = summarise(collection.outcomes, store.latest(attribute="device."))
        with Keeper(store, collection.run) as keeper:
            for outcome in collection.outcomes:
                keeper.keep(outcome)
        again = collect(devices.manifest, new_run(), environment=devices.environment)
        second = summarise(again.outcomes, store.latest(attribute="device."))

        kept = store.latest(subject="serial:Huawei/2102350000QY00000001", attribute="device.model")
        runs = store.runs()

    assert [(s.room, s.found, s.new, s.changed, s.gone, s.skipped) for s in first] == [
        (ROOM, 5, 5, 0, 0, 1),
        ("省政府办公厅中心机房", 2, 2, 0, 0, 0),
        ("省政务云节点边界间", 8, 8, 0, 0, 0),
    ]
    assert [(s.new, s.changed, s.gone) for s in second] == [(0, 0, 0)] * 3
    assert [o.value for o in kept] == ["S5735-S24T4X"]
    assert runs[0].summary["found"] == 15


def test_one_device_reached_over_two_targets_is_one(devices: Devices, tmp_path: Path) -> None:
    def twice(room: RoomTargets) -> RoomTargets:
        first = room.targets[0]
        return replace(room, targets=(first, replace(first, name="again", address="198.51.100.99")))

    found = collect(changed(devices.manifest, twice), new_run(), rooms=[ROOM], environment=devices.environment)
    with Store.open(f"sqlite:///{tmp_path}/store.db", create=True) as store:
        with Keeper(store, found.run) as keeper:
            for outcome in found.outcomes:
                keeper.keep(outcome)
        kept = store.latest(attribute="device.")

    assert {o.subject for o in kept} == {"serial:Huawei/2102350000QY00000001"}
    assert {o.attribute for o in kept if o.attribute.startswith("device.also.")} <= {
        "device.also.again",
        "device.also.dsj-sw-01",
    }


def test_no_secret_of_the_run_is_in_its_result_its_journal_or_its_store(
    devices: Devices, tmp_path: Path, killed: Killed
) -> None:
    run, path, environment = new_run(), tmp_path / "journal", devices.environment or {}
    assert len(environment) == 4
    with (
        Store.open(f"sqlite:///{tmp_path}/store.db", create=True) as store,
        Keeper(store, run) as keeper,
        killed(path) as journal,
    ):
        found = collect(devices.manifest, run, journal=journal, environment=environment, told=keeper.keep)
    told = repr(found).encode() + b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert [name for name, secret in environment.items() if secret.encode() in told] == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_killed_run_that_is_resumed_asks_only_what_is_missing(
    devices: Devices, tmp_path: Path, killed: Killed
) -> None:
    path = tmp_path / "journal"
    with killed(path) as journal:
        whole = collect(devices.manifest, new_run(), journal=journal, environment=devices.environment)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([line for line in lines if '"entity"' not in line]) + '\n{"target": "dsj-sw-01", "ta')

    with FileJournal(path, "second", "manifest", resume=True) as journal:
        again = collect(devices.manifest, new_run(), journal=journal, environment=devices.environment)

    assert {o.target.name: o.requests for o in again.outcomes if o.target.name.startswith("dsj-")} == {
        "dsj-sw-01": 1,
        "dsj-fw-01": 1,
        "dsj-ups-01": 1,
        "dsj-hsm-01": 0,
    }
    assert values(again) == values(whole)


def values(found: Collection) -> list[tuple[str, str, object]]:
    return [(o.subject, o.attribute, o.value) for outcome in found.outcomes for o in outcome.observations]


def test_a_journal_of_another_manifest_is_not_resumed(tmp_path: Path, killed: Killed) -> None:
    path = tmp_path / "journal"
    with killed(path) as journal:
        journal.keep("a", "system", [])

    with FileJournal(path, "second", "other manifest", resume=True) as journal:
        assert journal.recall("a", "system") is None


def server(name: str, address: str, **more: object) -> Server:
    facts: dict[str, object] = {"department": "省大数据局", "system": "样例系统", "room": ROOM, **more}
    return Server(name=name, addresses=(ip(address),), **facts)  # type: ignore[arg-type]  # fields as the test gives them


def ip(address: str) -> object:
    from ipaddress import ip_address  # noqa: PLC0415 - the one place

    return ip_address(address)


def test_ledger_and_room_are_compared_line_by_line(collection: Collection) -> None:
    estate = Estate(
        servers=(
            server("h0001-db01", "10.16.0.3", operating_system="openEuler", vcpu=4, cpu_arch=CpuArch.X86_64),
            server("h0002-db01", "10.16.0.4", operating_system="Kylin", vcpu=2, cpu_arch=CpuArch.AARCH64),
            server("renamed", "198.51.100.11"),
            server("h0099-app01", "10.16.0.99"),
            server("dsj-hsm-01", "198.51.100.250"),
            server("h0003-app01", "10.16.0.5"),
            server("elsewhere", "10.17.0.1", room="别处机房"),
        )
    )

    seen = devices_of(observation for outcome in collection.outcomes for observation in outcome.observations)
    asked = [outcome.target for outcome in collection.outcomes if outcome.state is not State.SKIPPED]
    silent = replace(asked[0], name="h0003-app01", address="10.16.0.5")

    found = compare(estate, seen, [*asked, silent])

    assert {(d.name, d.kind) for d in found} == {
        ("h0002-db01", DifferenceKind.OTHER_SYSTEM),
        ("h0002-db01", DifferenceKind.OTHER_ARCH),
        ("renamed", DifferenceKind.OTHER_NAME),
        ("h0099-app01", DifferenceKind.NOT_ASKED),
        ("dsj-hsm-01", DifferenceKind.NOT_ASKED),
        ("h0003-app01", DifferenceKind.NOT_IN_ROOM),
        ("dsj-fw-01", DifferenceKind.NOT_IN_LEDGER),
        ("dsj-ups-01", DifferenceKind.NOT_IN_LEDGER),
        ("zfb-sw-01", DifferenceKind.NOT_IN_LEDGER),
        ("zfb-rt-01", DifferenceKind.NOT_IN_LEDGER),
        ("gw-egress-1", DifferenceKind.NOT_IN_LEDGER),
        ("fw-exchange-outer", DifferenceKind.NOT_IN_LEDGER),
        ("fw-exchange-inner", DifferenceKind.NOT_IN_LEDGER),
        ("gw-extranet-1", DifferenceKind.NOT_IN_LEDGER),
        ("core-internet", DifferenceKind.NOT_IN_LEDGER),
        ("sw-exchange", DifferenceKind.NOT_IN_LEDGER),
        ("core-extranet", DifferenceKind.NOT_IN_LEDGER),
        ("core-department", DifferenceKind.NOT_IN_LEDGER),
    }
    assert list(found) == sorted(found)
    assert (
        Difference(
            room=ROOM,
            department="省大数据局",
            system="样例系统",
            name="h0002-db01",
            kind=DifferenceKind.OTHER_ARCH,
            declared="aarch64",
            observed="x86_64",
            subject="serial:云平台（样例）/QY-VM-000002",
        )
        in found
    )


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        pytest.param({"model": "HUAWEI CloudEngine S5735-S24T4X"}, {}, id="the maker's name before it"),
        pytest.param({"model": "s5735 s24t4x", "serial": "2102350000qy00000001"}, {}, id="as people type"),
        pytest.param({"model": "S6730-H24X6C"}, {"other_model": ("S6730-H24X6C", "Huawei S5735-S24T4X")}, id="model"),
        pytest.param({"serial": "21023X"}, {"other_serial": ("21023X", "2102350000QY00000001")}, id="serial"),
        pytest.param({"operating_system_version": "V200R019"}, {}, id="a shorter version"),
        pytest.param({"operating_system_version": "5.170"}, {}, id="the version's other name"),
        pytest.param({"operating_system_version": "V200R022"}, {"other_version": None}, id="another version"),
        pytest.param({"operating_system_version": "最新"}, {}, id="no number"),
    ],
)
def test_model_serial_and_version_of_every_kind_are_compared(
    collection: Collection, declared: dict[str, str], told: dict[str, tuple[str, str] | None]
) -> None:
    switch = collection.outcomes[0]
    estate = Estate(servers=(server("dsj-sw-01", "198.51.100.11", **declared),))

    found = compare(estate, devices_of(switch.observations), [switch.target])

    assert {str(d.kind) for d in found} == told.keys()
    assert all(told[d.kind] in (None, (d.declared, d.observed)) for d in found)


@given(st.text(alphabet="0123456789.VRC ", max_size=12), st.text(alphabet="0123456789.VRC ", max_size=12))
def test_versions_are_the_same_both_ways(one: str, other: str) -> None:
    assert is_same_version(one, other) == is_same_version(other, one)
    assert is_same_version(one, one)
    assert is_same_version(one, f"{one}.7")


def test_a_room_gets_no_more_requests_a_second_than_it_agreed_to() -> None:
    clock = iter([0.0, *([0.0] * 30)])
    bucket = TokenBucket(10, clock=lambda: next(clock))

    waits = [bucket.reserve() for _ in range(21)]

    assert waits[0] == 0
    assert waits[20] == pytest.approx(2.0)


def test_no_device_gets_more_requests_a_second_than_its_share(devices: Devices) -> None:
    slow = changed(devices.manifest, lambda room: replace(room, device_rate_per_s=10))

    found = collect(slow, new_run(), rooms=[ROOM], environment=devices.environment)

    asked = [outcome for outcome in found.outcomes if outcome.target.name in ("dsj-sw-01", "dsj-fw-01", "dsj-ups-01")]
    assert [o.target.name for o in asked if o.took_s < (o.requests - 5) / 10 * 0.95] == []
    assert min(outcome.requests for outcome in asked) > 10


def test_a_device_that_waits_for_its_own_share_holds_nothing_of_the_rooms() -> None:
    now = [0.0]
    room = TokenBucket(10, lambda: now[0], burst=2)
    slow, quick = (Pace(device=TokenBucket(rate, lambda: now[0], burst=1), room=room) for rate in (0.001, 100))

    async def ask() -> None:
        await slow.take()
        waiting = asyncio.ensure_future(slow.take())
        await asyncio.sleep(0)
        await quick.take()
        waiting.cancel()

    asyncio.run(ask())

    assert not room.takes()


def test_a_room_that_falls_silent_in_a_run_is_left_alone(devices: Devices, tmp_path: Path) -> None:
    key = (devices.manifest.known_hosts or tmp_path).read_text().split(" ", 1)[1]
    (tmp_path / "known_hosts").write_text(f"[127.0.0.99]:9 {key}")

    def dead(room: RoomTargets) -> RoomTargets:
        host = next(target for target in room.targets if target.transport is Transport.SSH)
        many = tuple(replace(host, name=f"dead-{n}", dialled=("127.0.0.99", 9)) for n in range(200))
        return replace(room, targets=many, rate_per_s=2000)

    manifest = replace(changed(devices.manifest, dead), known_hosts=tmp_path / "known_hosts")
    found = collect(manifest, new_run(), rooms=[ROOM], environment=devices.environment)

    states = Counter(outcome.state for outcome in found.outcomes)
    assert CONSECUTIVE_SILENCES <= states[State.SILENT] <= CONSECUTIVE_SILENCES + IN_ONE_ROOM
    assert states[State.SKIPPED] == 200 - states[State.SILENT]
    assert {o.reasons for o in found.outcomes if o.state is State.SKIPPED} == {
        ("the room does not answer, so the rest of it was left alone",)
    }


def test_a_room_that_stays_silent_is_left_alone_and_tried_once_after_a_rest() -> None:
    now = [0.0]
    breaker = Breaker(limit=2, rest_s=30, clock=lambda: now[0])
    breaker.heard(is_silent=True)
    breaker.heard(is_silent=True)

    before = breaker.allows()
    now[0] = 31.0
    trial, others = breaker.allows(), breaker.allows()
    breaker.heard(is_silent=False)

    assert (before, trial, others, breaker.allows()) == (False, True, False, True)


def test_trouble_with_one_device_stays_with_it(devices: Devices, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(target: Target, *_rest: object) -> Outcome:
        raise ZeroDivisionError(target.name)

    monkeypatch.setattr("collectors.ssh.collect", broken)

    found = collect(devices.manifest, new_run(), environment=devices.environment)

    states = {o.target.name: o.state for o in found.outcomes}
    assert (states["dsj-sw-01"], states["h0001-db01"]) == (State.FOUND, State.PARTIAL)
