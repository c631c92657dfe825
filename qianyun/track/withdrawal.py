"""Withdrawal (撤并): which rooms close and which lines go once systems have moved.

A room that is to be closed or converted is free when its last system has left and the
observation after that cut-over is over. A line goes when its room closes; on the internet or on
a department's private network it goes as soon as the systems that need it have moved, because
one egress serves everyone and private networks merge into the extranet by cut-over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, Room, System, SystemKey
from qianyun.estate.kinds import LEAVING, MERGED

CutoverDays = Mapping[SystemKey, date]


class LineFate(StrEnum):
    """Why a line goes, or does not."""

    ROOM_CLOSES = "room_closes"
    SYSTEMS_MOVED = "systems_moved"
    WAITS = "waits"
    """Something that needs it has no day yet."""
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWithdrawal:
    """What becomes of one room, and when.

    Attributes:
        systems: What stands in it.
        staying: Those of them that no plan moves.
        left_on: Day of the last cut-over out of it; `None` when something stays or nothing stood there.
        free_on: First day after the observation; `None` when it is not to be withdrawn or something stays.
    """

    room: Room
    systems: tuple[SystemKey, ...]
    staying: tuple[SystemKey, ...]
    left_on: date | None
    free_on: date | None

    @property
    def is_wanted(self) -> bool:
        """Whether the room is to be closed or converted at all."""
        return self.room.outcome in LEAVING

    @property
    def late_days(self) -> int:
        """Days by which it is free after the day it should be; 0 when in time or unknown."""
        if self.free_on is None or self.room.withdraw_by is None:
            return 0
        return max(0, (self.free_on - self.room.withdraw_by).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWithdrawal:
    """What becomes of one leased line.

    Attributes:
        goes_on: The day from which it is needless; `None` when it is kept or waits.
    """

    line: Line
    fate: LineFate
    goes_on: date | None

    @property
    def saves_yuan(self) -> Decimal | None:
        """What it no longer costs each month; `None` when that is unknown, 0 when it stays."""
        return self.line.monthly_cost_yuan if self.goes_on else Decimal(0)


def withdraw_rooms(estate: Estate, moves: CutoverDays, observation_days: int) -> tuple[RoomWithdrawal, ...]:
    """Every room in the order of the estate.

    Args:
        estate: Rooms and systems.
        moves: Cut-over days of the systems that move, retire or are merged.
        observation_days: How long a source is kept for a way back.
    """
    inside: dict[str, list[System]] = {room.name: [] for room in estate.rooms}
    for system in estate.systems:
        if system.room in inside:
            inside[system.room].append(system)
    return tuple(_room(room, inside[room.name], moves, observation_days) for room in estate.rooms)


def _room(room: Room, systems: Iterable[System], moves: CutoverDays, observation_days: int) -> RoomWithdrawal:
    keys = tuple(system.key for system in systems)
    staying = tuple(key for key in keys if key not in moves)
    left_on = None if staying else max((moves[key] for key in keys), default=None)
    wanted = room.outcome in LEAVING and left_on is not None
    free_on = left_on + timedelta(days=observation_days + 1) if wanted and left_on else None
    return RoomWithdrawal(room=room, systems=keys, staying=staying, left_on=left_on, free_on=free_on)


def withdraw_lines(
    estate: Estate, moves: CutoverDays, rooms: Iterable[RoomWithdrawal], observation_days: int
) -> tuple[LineWithdrawal, ...]:
    """Every line in the order of the estate; it goes on the earlier of the days its reasons give."""
    by_room = {withdrawal.room.name: withdrawal for withdrawal in rooms}
    return tuple(_line(line, moves, by_room, observation_days) for line in estate.lines)


def _line(line: Line, moves: CutoverDays, rooms: Mapping[str, RoomWithdrawal], observation_days: int) -> LineWithdrawal:
    room = rooms.get(line.room or "")
    days: list[tuple[date, LineFate]] = []
    if room and room.free_on:
        days.append((room.free_on, LineFate.ROOM_CLOSES))
    if line.network in MERGED:
        needing = _needing(line, room)
        if needing and all(key in moves for key in needing):
            last = max(moves[key] for key in needing)
            days.append((last + timedelta(days=observation_days + 1), LineFate.SYSTEMS_MOVED))
    if days:
        goes_on, fate = min(days)
        return LineWithdrawal(line=line, fate=fate, goes_on=goes_on)
    waits = line.network in MERGED or bool(room and room.is_wanted)
    return LineWithdrawal(line=line, fate=LineFate.WAITS if waits else LineFate.KEPT, goes_on=None)


def _needing(line: Line, room: RoomWithdrawal | None) -> tuple[SystemKey, ...]:
    """The systems named with the line, else those of its department in its room."""
    if line.systems:
        return tuple(SystemKey(department=line.department, name=name) for name in line.systems)
    return tuple(key for key in room.systems if key.department == line.department) if room else ()


def saved_by_month(lines: Iterable[LineWithdrawal]) -> tuple[tuple[date, Decimal], ...]:
    """First days of months with what all lines gone by then save in that month.

    Months run from the first line that goes to the last; a line saves from the month after.
    """
    starts: dict[date, Decimal] = {}
    for withdrawal in lines:
        if withdrawal.goes_on and withdrawal.saves_yuan:
            month = _next_month(withdrawal.goes_on)
            starts[month] = starts.get(month, Decimal(0)) + withdrawal.saves_yuan
    saved, total = [], Decimal(0)
    for month in _months(starts):
        total += starts.get(month, Decimal(0))
        saved.append((month, total))
    return tuple(saved)


def _months(some: Iterable[date]) -> Iterator[date]:
    known = sorted(some)
    month = known[0] if known else date.max
    while known and month <= known[-1]:
        yield month
        month = _next_month(month)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
