"""Rooms on their way out: what is left in each, when it is free, and what goes with it.

What happened counts before what is expected: a line that was cancelled saves from that day, and a
room that was closed is closed, whatever a plan says.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from qianyun.errors import Fault
from qianyun.estate.facts import Line, Room, Server, SystemKey
from qianyun.estate.kinds import RoomOutcome
from qianyun.track.forecast import GoalKind, GoalOutlook, goal_of
from qianyun.track.grounds import Asked, judged
from qianyun.track.states import LineState, RoomState, SystemState, Tracked
from qianyun.track.transitions import ROOM, Ground
from qianyun.track.withdrawal import CutoverDays, LineFate, LineWithdrawal, withdraw_lines, withdraw_rooms
from qianyun.track.world import World

GONE = frozenset({RoomState.CLOSED, RoomState.CONVERTED})
HOLDING = (Ground.NO_SYSTEM, Ground.NO_LINE, Ground.DISKS_WIPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOutlook:
    """One room that is to be closed, converted or kept.

    Attributes:
        systems: How many stood in it at the beginning.
        left: Those that have not left it for good.
        last_out: The system whose cut-over is the last out of it, with its day; `None` while that
            is unknown, or where something stays.
        free_on: The day from which it is or will be free; the day it was closed, where it was.
        is_over: Whether it is closed or converted.
        lines: Lines of it that are still paid for.
        unwiped: Kit whose disks nobody wiped.
    """

    room: Room
    state: str
    systems: int
    left: tuple[SystemKey, ...]
    last_out: tuple[SystemKey, date] | None
    free_on: date | None
    is_over: bool
    lines: tuple[Line, ...]
    unwiped: tuple[Server, ...]

    @property
    def late_days(self) -> int:
        """Days by which it is free after the day it should be; 0 when in time or unknown."""
        if self.free_on is None or self.room.withdraw_by is None:
            return 0
        return max(0, (self.free_on - self.room.withdraw_by).days)


def room_outlooks(world: World, days: CutoverDays) -> tuple[RoomOutlook, ...]:
    """Every room in the order of the estate.

    Args:
        world: Where everything stands.
        days: Actual and expected cut-over days of systems that leave their rooms.
    """
    withdrawals = withdraw_rooms(world.estate, days, world.calendar.observation_days)
    return tuple(_outlook(world, each.room, each.systems, days, each.free_on) for each in withdrawals)


def _outlook(
    world: World, room: Room, systems: tuple[SystemKey, ...], days: CutoverDays, free_on: date | None
) -> RoomOutlook:
    standing = world.standing(Tracked.of(room))
    dated = [(days[key], str(key), key) for key in systems if key in days]
    last = max(dated)[2] if dated and len(dated) == len(systems) else None
    is_over = standing.state in GONE
    return RoomOutlook(
        room=room,
        state=standing.state,
        systems=len(systems),
        left=tuple(system.key for system in world.systems_left(room)),
        last_out=(last, days[last]) if last else None,
        free_on=standing.since if is_over else free_on,
        is_over=is_over,
        lines=world.lines_left(room),
        unwiped=world.unwiped(room),
    )


def what_holds(world: World, room: Room, today: date) -> tuple[Fault, ...]:
    """Everything that keeps a room from being closed, by name, with what to do."""
    target = RoomState.CONVERTED if room.outcome is RoomOutcome.CONVERT_AGGREGATION else RoomState.CLOSED
    asked = Asked(tracked=Tracked.of(room), target=target, on=today, who="")
    asks = ROOM[RoomState.EMPTYING, target].grounds
    return tuple(
        Fault(place=room.name, what=what, mend=mend)
        for ground in HOLDING
        if ground in asks
        for what, mend in judged(ground, asked, world)
    )


def line_outlooks(world: World, days: CutoverDays) -> tuple[LineWithdrawal, ...]:
    """Every line in the order of the estate: cancelled as it was, or going as expected."""
    observation = world.calendar.observation_days
    rooms = withdraw_rooms(world.estate, days, observation)
    return tuple(_as_it_was(world, each) for each in withdraw_lines(world.estate, days, rooms, observation))


def _as_it_was(world: World, each: LineWithdrawal) -> LineWithdrawal:
    standing = world.standing(Tracked.of(each.line))
    if standing.state != LineState.CANCELLED:
        return each
    fate = LineFate.SYSTEMS_MOVED if each.fate in (LineFate.WAITS, LineFate.KEPT) else each.fate
    return replace(each, fate=fate, goes_on=standing.since)


def retired_on(world: World, days: CutoverDays) -> Mapping[SystemKey, date]:
    """When the source of each system is or can be retired: as it was, or after its observation."""
    return dict(_retirements(world, days))


def _retirements(world: World, days: CutoverDays) -> Iterator[tuple[SystemKey, date]]:
    for system in world.estate.systems:
        retired = world.standing(Tracked.of(system)).entered(SystemState.SOURCE_RETIRED)
        if retired:
            yield system.key, retired.on
        elif system.key in days:
            yield system.key, days[system.key] + timedelta(days=world.calendar.observation_days + 1)


def withdrawal_goals(
    world: World, approved: CutoverDays, expected: CutoverDays, weeks: Sequence[date]
) -> Iterator[GoalOutlook]:
    """What becomes of each phase's share of rooms withdrawn and lines cancelled.

    Args:
        world: Where everything stands.
        approved: Approved days of systems that leave their rooms.
        expected: Their actual and expected days.
        weeks: Mondays of the programme.
    """
    rooms = _paired_rooms(world, approved, expected)
    lines = _paired_lines(world, approved, expected)
    closed = sum(world.standing(Tracked.of(room)).state in GONE for room in world.estate.rooms)
    cancelled = sum(world.standing(Tracked.of(line)).state == LineState.CANCELLED for line in world.estate.lines)
    for phase in world.calendar.phases:
        if phase.rooms_percent:
            need = math.ceil(len(rooms) * phase.rooms_percent / 100)
            yield goal_of(GoalKind.ROOMS, phase, need, pairs=rooms, done=closed, weeks=weeks)
        if phase.lines_percent:
            need = math.ceil(len(lines) * phase.lines_percent / 100)
            yield goal_of(GoalKind.LINES, phase, need, pairs=lines, done=cancelled, weeks=weeks)


def _paired_rooms(world: World, approved: CutoverDays, expected: CutoverDays) -> list[tuple[date | None, date | None]]:
    """Approved and expected day of every room that is to be closed or converted."""
    planned = withdraw_rooms(world.estate, approved, world.calendar.observation_days)
    now = room_outlooks(world, expected)
    return [(before.free_on, after.free_on) for before, after in zip(planned, now, strict=True) if before.is_wanted]


def _paired_lines(world: World, approved: CutoverDays, expected: CutoverDays) -> list[tuple[date | None, date | None]]:
    """Approved and expected day of every line that is to go."""
    observation = world.calendar.observation_days
    rooms = withdraw_rooms(world.estate, approved, observation)
    planned = withdraw_lines(world.estate, approved, rooms, observation)
    now = line_outlooks(world, expected)
    pairs = zip(planned, now, strict=True)
    return [(before.goes_on, after.goes_on) for before, after in pairs if before.fate is not LineFate.KEPT]
