"""What leaves with the systems: rooms, lines, kit, and what is bought no more."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from moves import CALENDAR, DAY, ESTATE, HOST, LEDGER, LINE, PORTAL, ROOM, Teller, independent

from qianyun.estate.calendar import Phase
from qianyun.estate.facts import Pool, Server, SystemKey
from qianyun.estate.kinds import CpuArch, RoomOutcome, ServerKind
from qianyun.track.kit import LEAD, FreedKit, KitNeed, freed_kit, is_fit, matched, needs_of
from qianyun.track.rooms import line_outlooks, room_outlooks, what_holds, withdrawal_goals
from qianyun.track.withdrawal import saved_by_month

LATER = DAY + timedelta(weeks=3)
DAYS = {PORTAL.key: DAY, LEDGER.key: LATER}
PRICED = replace(LINE, monthly_cost_yuan=Decimal(800))


def test_the_last_system_out_is_named_with_its_day() -> None:
    [room] = room_outlooks(Teller().world, DAYS)

    assert room.last_out == (LEDGER.key, LATER)
    assert room.free_on == LATER + timedelta(days=CALENDAR.observation_days + 1)


def test_a_room_from_which_something_has_no_day_has_no_last_system() -> None:
    [room] = room_outlooks(Teller().world, {PORTAL.key: DAY})

    assert (room.last_out, room.free_on, room.left) == (None, None, (PORTAL.key, LEDGER.key))


def test_a_closed_room_is_free_on_the_day_it_was_closed() -> None:
    teller = Teller(independent())
    for system in (PORTAL, LEDGER):
        teller.walk(system, "source_retired")
    for fact, state in ((LINE, "cancelled"), (HOST, "wiped"), (ROOM, "counting"), (ROOM, "emptying"), (ROOM, "closed")):
        teller.bring(fact, state)
        teller.enter(fact, state)

    [room] = room_outlooks(teller.world, DAYS)

    assert (room.is_over, room.free_on, room.left, room.lines, room.unwiped) == (True, teller.today, (), (), ())
    assert what_holds(teller.world, ROOM, teller.today) == ()


def test_everything_that_holds_a_room_is_named_with_what_to_do() -> None:
    held = what_holds(Teller().world, ROOM, DAY)

    assert [str(fault).replace("_", " ") for fault in held] == [
        "甲厅机房: the system 甲厅/门户 is left in it, at not started; retire its source",
        "甲厅机房: the system 甲厅/台账 is left in it, at not started; retire its source",
        "甲厅机房: the line L1 of 甲厅 is still active; cancel it",
        "甲厅机房: the disks of web01 of 甲厅/门户 are not wiped; wipe them and bring the certificate",
    ]


def test_lines_do_not_hold_a_room_that_becomes_a_node_of_the_network() -> None:
    node = replace(ROOM, outcome=RoomOutcome.CONVERT_AGGREGATION, outcome_reason="区域汇聚")
    teller = Teller(replace(ESTATE, rooms=(node,)))

    assert not [fault for fault in what_holds(teller.world, node, DAY) if "line" in fault.what]


def test_a_cancelled_line_saves_from_the_day_it_was_cancelled() -> None:
    teller = Teller(replace(independent(), lines=(PRICED,)))
    teller.walk(PORTAL, "observation")
    teller.today = date(2026, 11, 20)
    teller.bring(PRICED, "cancelled")
    teller.enter(PRICED, "cancelled")

    lines = line_outlooks(teller.world, DAYS)

    assert ([line.goes_on for line in lines], saved_by_month(lines)) == (
        [date(2026, 11, 20)],
        ((date(2026, 12, 1), Decimal(800)),),
    )


def test_kit_is_free_when_the_source_of_its_system_is_or_can_be_retired() -> None:
    expected = freed_kit(Teller().world, DAYS)
    teller = Teller(independent())
    teller.walk(PORTAL, "source_retired")

    actual = freed_kit(teller.world, DAYS)

    assert [kit.free_on for kit in expected] == [DAY + timedelta(days=15)]
    assert [kit.free_on for kit in actual] == [teller.today]


def test_a_phase_that_wants_rooms_falls_with_the_last_system_of_one() -> None:
    phase = Phase(name="阶段一", first=DAY, deadline=date(2026, 10, 31), rooms_percent=100, lines_percent=100)
    world = Teller(independent()).world
    world = replace(world, calendar=replace(CALENDAR, phases=(phase,)))
    weeks = [date(2026, 8, 31) + timedelta(weeks=n) for n in range(12)]
    late = {**DAYS, LEDGER.key: date(2026, 10, 30)}

    rooms, lines = withdrawal_goals(world, DAYS, late, weeks)

    assert (rooms.need, rooms.approved, rooms.forecast, rooms.short) == (1, 1, 0, 1)
    assert (lines.need, lines.approved, lines.forecast, lines.short) == (1, 1, 1, 0)
    assert rooms.falls_from == date(2026, 10, 5)  # the week in which the room was to be free


def kit(vcpu: int, free_on: date, state: str = "in_use", arch: CpuArch = CpuArch.X86_64) -> FreedKit:
    server = Server(
        department="甲厅",
        system="门户",
        name=f"h{vcpu}-{free_on}",
        kind=ServerKind.PHYSICAL,
        vcpu=vcpu,
        memory_gib=Decimal(vcpu * 4),
        cpu_arch=arch,
    )
    return FreedKit(server=server, free_on=free_on, state=state)


def test_needs_are_the_steps_of_the_pools_that_are_still_to_come() -> None:
    pools = [
        Pool(zone=zone, starts_on=date(2026, month, 1), vcpu=100 * month, memory_gib=400 * month, storage_gib=1)
        for zone in ("internet", "extranet")
        for month in (7, 9, 11)
    ]

    assert [(need.zone, need.by, need.vcpu) for need in needs_of(pools, date(2026, 9, 15))] == [
        ("extranet", date(2026, 11, 1), 200),
        ("internet", date(2026, 11, 1), 200),
    ]


def test_kit_that_is_too_small_or_of_another_kind_or_gone_is_no_host() -> None:
    assert [is_fit(each) for each in (kit(8, DAY), kit(4, DAY), kit(8, DAY, "reused"))] == [True, False, False]
    assert not is_fit(kit(16, DAY, arch=CpuArch.SW64))


@given(
    st.lists(st.builds(kit, st.integers(1, 64), st.integers(0, 200).map(lambda n: DAY + timedelta(days=n)))),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 200)), max_size=4),
)
def test_no_server_is_given_twice_too_late_or_beyond_need(kits: list[FreedKit], wanted: list[tuple[int, int]]) -> None:
    needs = [
        KitNeed(zone="extranet", by=DAY + timedelta(days=after), vcpu=vcpu, memory_gib=4 * vcpu)
        for after, vcpu in wanted
    ]

    found = matched(kits, needs)

    given_out = [id(each) for match in found for each in match.kit]
    assert len(set(given_out)) == len(given_out)
    assert all(each.free_on + LEAD <= match.need.by for match in found for each in match.kit)
    for match in found:
        assert match.vcpu + match.vcpu_to_buy == match.need.vcpu
        before_last = sum(each.server.vcpu or 0 for each in match.kit[:-1])
        memory = sum(int(each.server.memory_gib or 0) for each in match.kit[:-1])
        assert not match.kit or before_last < match.need.vcpu or memory < match.need.memory_gib


def test_what_ran_on_kit_is_known() -> None:
    assert kit(8, DAY).system == SystemKey(department="甲厅", name="门户")
