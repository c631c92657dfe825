"""Rooms and lines go when what needs them has gone, and not before."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, Room, System, SystemKey
from qianyun.estate.kinds import Network, RoomOutcome
from qianyun.track.withdrawal import LineFate, saved_by_month, withdraw_lines, withdraw_rooms

DAY = date(2026, 9, 4)
ROOM = Room(name="甲厅机房", department="甲厅", outcome=RoomOutcome.CLOSE, withdraw_by=date(2026, 9, 30))
KEPT = Room(name="乙局机房", department="乙局", outcome=RoomOutcome.RETAIN_SPECIAL, outcome_reason="气象观测数据")
SYSTEMS = tuple(System(department="甲厅", name=f"系统{n}", room="甲厅机房") for n in range(3))


def moves(*offsets: int) -> dict[SystemKey, date]:
    return {system.key: DAY + timedelta(offset) for system, offset in zip(SYSTEMS, offsets, strict=False)}


def line(
    network: Network, room: str | None = "甲厅机房", systems: tuple[str, ...] = (), cost: int | None = 800
) -> Line:
    monthly = None if cost is None else Decimal(cost)
    return Line(
        number=f"{network}{room}",
        department="甲厅",
        room=room,
        network=network,
        systems=systems,
        monthly_cost_yuan=monthly,
    )


@given(
    st.lists(st.integers(min_value=0, max_value=400), min_size=3, max_size=3), st.integers(min_value=0, max_value=60)
)
def test_a_room_is_free_only_after_every_system_has_left_and_been_observed(offsets: list[int], observed: int) -> None:
    estate = Estate(rooms=(ROOM,), systems=SYSTEMS)

    (withdrawal,) = withdraw_rooms(estate, moves(*offsets), observed)

    assert withdrawal.free_on == DAY + timedelta(days=max(offsets) + observed + 1)


def test_one_system_that_stays_keeps_the_room() -> None:
    (withdrawal,) = withdraw_rooms(Estate(rooms=(ROOM,), systems=SYSTEMS), moves(0, 7), 14)

    assert (withdrawal.free_on, withdrawal.left_on, withdrawal.staying) == (None, None, (SYSTEMS[2].key,))


def test_a_room_that_is_kept_is_never_free() -> None:
    system = System(department="乙局", name="系统", room="乙局机房")

    (withdrawal,) = withdraw_rooms(Estate(rooms=(KEPT,), systems=(system,)), {system.key: DAY}, 14)

    assert (withdrawal.left_on, withdrawal.free_on, withdrawal.is_wanted) == (DAY, None, False)


def test_a_room_that_is_free_too_late_says_by_how_many_days() -> None:
    (withdrawal,) = withdraw_rooms(Estate(rooms=(ROOM,), systems=SYSTEMS), moves(0, 0, 14), 14)

    assert withdrawal.late_days == (DAY + timedelta(29) - date(2026, 9, 30)).days


def test_a_private_line_goes_with_the_systems_that_need_it_before_the_room() -> None:
    estate = Estate(rooms=(ROOM,), systems=SYSTEMS, lines=(line(Network.DEPARTMENT_PRIVATE, systems=("系统0",)),))
    rooms = withdraw_rooms(estate, moves(0, 7, 70), 14)

    (withdrawal,) = withdraw_lines(estate, moves(0, 7, 70), rooms, 14)

    assert (withdrawal.fate, withdrawal.goes_on) == (LineFate.SYSTEMS_MOVED, DAY + timedelta(15))


def test_an_extranet_line_goes_only_with_its_room() -> None:
    estate = Estate(rooms=(ROOM,), systems=SYSTEMS, lines=(line(Network.EXTRANET), line(Network.EXTRANET, room=None)))
    rooms = withdraw_rooms(estate, moves(0, 7, 70), 14)

    first, second = withdraw_lines(estate, moves(0, 7, 70), rooms, 14)

    assert (first.fate, first.goes_on) == (LineFate.ROOM_CLOSES, DAY + timedelta(85))
    assert (second.fate, second.goes_on, second.saves_yuan) == (LineFate.KEPT, None, Decimal(0))


def test_a_line_waits_while_a_system_that_needs_it_has_no_day() -> None:
    estate = Estate(rooms=(ROOM,), systems=SYSTEMS, lines=(line(Network.INTERNET),))
    rooms = withdraw_rooms(estate, moves(0, 7), 14)

    (withdrawal,) = withdraw_lines(estate, moves(0, 7), rooms, 14)

    assert (withdrawal.fate, withdrawal.goes_on) == (LineFate.WAITS, None)


def test_savings_add_up_from_the_month_after() -> None:
    lines = (line(Network.INTERNET, systems=("系统0",)), line(Network.INTERNET, None, ("系统1",), cost=200))
    estate = Estate(rooms=(ROOM,), systems=SYSTEMS, lines=lines)

    withdrawn = withdraw_lines(estate, moves(0, 60), withdraw_rooms(estate, moves(0, 60), 14), 14)

    assert saved_by_month(withdrawn) == (
        (date(2026, 10, 1), Decimal(800)),
        (date(2026, 11, 1), Decimal(800)),
        (date(2026, 12, 1), Decimal(1000)),
    )


def test_a_line_of_unknown_cost_saves_an_unknown_sum() -> None:
    estate = Estate(rooms=(ROOM,), systems=SYSTEMS, lines=(line(Network.INTERNET, systems=("系统0",), cost=None),))

    (withdrawal,) = withdraw_lines(estate, moves(0), withdraw_rooms(estate, moves(0), 14), 14)

    assert withdrawal.saves_yuan is None
    assert saved_by_month((withdrawal,)) == ()
