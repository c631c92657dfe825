"""The problem: everything a plan must respect and what it is judged by, without any solver.

A problem is frozen, goes to canonical JSON and back, and has a digest. Weeks are named by their
Monday; a system that is placed in a week is cut over on the first day of that week on which its
department's window opens, and the later days of the window are kept for a second attempt.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from qianyun.errors import Fault
from qianyun.estate.calendar import Calendar
from qianyun.estate.facts import Pool, SystemKey
from qianyun.estate.kinds import Disposition
from qianyun.plan.canonical import digest_of, from_text, to_text
from qianyun.plan.opening import Opening
from qianyun.plan.wishes import Wishes

SIZES = ("vcpu", "memory_gib", "storage_gib", "egress_mbps", "addresses")
"""What pools have and moves take."""
GIB_A_WEEK_PER_MBPS = Decimal(604_800) / 8 / Decimal("1073.741824")
"""What a line of one megabit a second carries in a week, in GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A vendor that works on a move.

    Attributes:
        weeks: How many weeks, the week of the cut-over being the last of them.
    """

    vendor: str
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a move takes of another zone than its own: the front of a system, its exchange jobs."""

    name: str
    zone: str
    vcpu: int = 0
    memory_gib: int = 0
    storage_gib: int = 0
    egress_mbps: int = 0
    addresses: int = 0


class Lapse(StrEnum):
    """What ends on a day after which a system may not be cut over any more."""

    CONTRACT = "contract"
    ASSESSMENT = "assessment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """The last day on which a system may be cut over, and what ends then."""

    kind: Lapse
    by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One system as the planner sees it, or a part of one that is cut over by itself.

    Attributes:
        of: The system that it is a part of; `None` for a whole system and for its main part.
        zone: Zone of the cloud whose pool it fills; `None` when it takes nothing of the cloud.
        vcpu: Also `memory_gib`, `storage_gib`, `egress_mbps`, `addresses`: what it takes there, rounded up.
        parts: What it takes of other zones on the same day.
        copy_gib: What is copied over the room's lines in each of `copy_weeks` weeks, the last of
            which is the week of the cut-over.
        lead_weeks: Weeks of the programme that must have passed before its cut-over.
        ready_on: First day on which it may be cut over; `None` while nothing speaks against any.
        filed_on: Day on which its grading is filed with the police; it may not be cut over before.
        until: Days after which it may not be cut over.
        is_assessed: It is assessed again some weeks after its cut-over.
        due_on: Day after which it is late; `None` when it cannot be.
        late_yuan: What a week of being late costs.
        leaves_room: Whether its room is empty of it afterwards.
        is_counted: Whether it counts for the share of systems that a phase wants moved.
        is_classified: It may never take anything of the cloud.
        level: Protection level; 0 when not graded.
    """

    system: SystemKey
    disposition: Disposition
    of: SystemKey | None = None
    room: str | None = None
    zone: str | None = None
    vcpu: int = 0
    memory_gib: int = 0
    storage_gib: int = 0
    egress_mbps: int = 0
    addresses: int = 0
    parts: tuple[Part, ...] = ()
    copy_gib: int = 0
    copy_weeks: int = 1
    lead_weeks: int = 0
    crews: tuple[Crew, ...] = ()
    effort: int = 1
    risk: int = 0
    ready_on: date | None = None
    filed_on: date | None = None
    until: tuple[Until, ...] = ()
    is_assessed: bool = False
    due_on: date | None = None
    late_yuan: int = 0
    leaves_room: bool = True
    is_counted: bool = True
    is_classified: bool = False
    level: int = 0

    @property
    def whole(self) -> SystemKey:
        """The system that it is, or is a part of."""
        return self.of or self.system

    def takes(self) -> Iterator[tuple[str, str, int]]:
        """Zone, size and amount of everything that it takes of the cloud."""
        for size in SIZES if self.zone else ():
            yield self.zone or "", size, getattr(self, size)
        for part in self.parts:
            for size in SIZES:
                yield part.zone, size, getattr(part, size)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveGroup:
    """Systems that move in one week (迁移组), in the order of their names.

    Attributes:
        number: Unique within the problem; 1 is the first.
        why: What ties them; empty for a single system.
    """

    number: int
    systems: tuple[SystemKey, ...]
    why: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: its first system and how many others."""
        more = len(self.systems) - 1
        return f"{self.systems[0]} +{more}" if more else str(self.systems[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """One system is cut over on the day of another or before it."""

    before: SystemKey
    after: SystemKey
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A dependency that costs `yuan_per_week` for each week between the cut-overs of its ends."""

    one: SystemKey
    other: SystemKey
    yuan_per_week: int


class Saving(StrEnum):
    """What ends with the last of some cut-overs."""

    ROOM = "room"
    LINE = "line"
    KIT = "kit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A room, lines or kit that cost money each week until the last of some systems has moved.

    Attributes:
        names: The room's name, or the numbers of the lines; for kit its room and who waits for it.
        systems: The systems that hold it.
        since: Day from which on it costs anything: a line under contract is paid anyway, kit is
            missed from the day on which somebody needs it; `None` for the first day.
    """

    kind: Saving
    names: tuple[str, ...]
    yuan_per_week: int
    systems: tuple[SystemKey, ...]
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A room's lines carry less from a day on, because contracts end.

    Attributes:
        after: The last day on which they carry what they did.
        gib_a_week: What copying may carry over the others.
    """

    room: str
    after: date
    gib_a_week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of something a week bears: a vendor's hands, a room's lines.

    Attributes:
        declared: As declared; below `per_week` when one move group alone needs more.
    """

    name: str
    per_week: int
    declared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A system that no plan moves, and why.

    Attributes:
        is_fault: Somebody must mend something; deferred and integrated ones are none.
    """

    system: SystemKey
    why: str
    is_fault: bool = False


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All of it.

    Attributes:
        moves: What is to be placed, in the order of department and name.
        groups: Every move stands in one of them.
        vendors: Also `rooms`: limits by name; a room's is GiB a week of copying.
        ended: What a room's lines still carry once contracts have ended.
        assessors: Assessments after a move in a week; `None` where that is no limit.
        team: Effort of the migration team in a week; `risk` likewise.
        calm_team: Effort in a week above which each point costs; `calm_risk` likewise.
        notices: What the planner had to change or leave out to come to a problem at all.
    """

    calendar: Calendar
    pools: tuple[Pool, ...] = ()
    moves: tuple[Move, ...] = ()
    groups: tuple[MoveGroup, ...] = ()
    precedences: tuple[Precedence, ...] = ()
    ties: tuple[Tie, ...] = ()
    releases: tuple[Release, ...] = ()
    vendors: tuple[Limit, ...] = ()
    rooms: tuple[Limit, ...] = ()
    ended: tuple[Ended, ...] = ()
    assessors: Limit | None = None
    team: int
    risk: int
    calm_team: int = 0
    calm_risk: int = 0
    wishes: Wishes
    unplanned: tuple[Unplanned, ...] = ()
    notices: tuple[Fault, ...] = ()
    in_force: tuple["InForce", ...] = ()

    @property
    def weeks(self) -> tuple[date, ...]:
        """Mondays of the programme's weeks."""
        return self.calendar.weeks

    @cached_property
    def move_of(self) -> Mapping[SystemKey, Move]:
        """Moves by system."""
        return {move.system: move for move in self.moves}

    @cached_property
    def group_of(self) -> Mapping[SystemKey, MoveGroup]:
        """Groups by system."""
        return {key: group for group in self.groups for key in group.systems}

    @cached_property
    def digest(self) -> str:
        """`sha256:` of everything that can change a plan."""
        return digest_of(self)

    def goals(self) -> Iterator[tuple[str, date, int]]:
        """Phases with their last day and how many systems they want moved by then."""
        counted = sum(move.is_counted for move in self.moves)
        for phase in self.calendar.phases:
            if phase.systems_percent:
                yield phase.name, phase.deadline, math.ceil(counted * phase.systems_percent / 100)

    @cached_property
    def opening(self) -> Opening:
        """When the windows of the departments that move anything open."""
        return Opening(self.calendar, (move.system.department for move in self.moves))

    def day_in(self, system: SystemKey, monday: date) -> date | None:
        """The day on which a system would be cut over in a week; `None` when its department may not."""
        return self.opening.days[system.department].get(monday)

    def since_of(self, release: Release) -> int:
        """Number of the week from which on a release costs, from 0."""
        return max(0, (release.since - self.weeks[0]).days // 7) if release.since else 0

    def wave_of(self, monday: date) -> int:
        """Which stretch of `wave_weeks` weeks a week lies in, from 0."""
        return (monday - self.weeks[0]).days // 7 // self.wishes.wave_weeks

    def wave_limit(self, stretch: int) -> int | None:
        """Most systems that a stretch bears; `None` for no limit."""
        ramp = self.wishes.ramp_up
        return ramp[stretch] if stretch < len(ramp) else self.wishes.wave_systems

    def to_text(self) -> str:
        """Canonical JSON."""
        return to_text(self)

    @classmethod
    def from_text(cls, text: str) -> "Problem":
        """What `to_text` wrote."""
        return from_text(cls, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Where the plan in force has a system: what a new plan should change little."""

    system: SystemKey
    week: date
