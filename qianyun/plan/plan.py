"""The plan: waves of move groups, what it costs by term, and how far from the best it may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import cached_property

from qianyun.estate.facts import SystemKey
from qianyun.plan.canonical import digest_of, from_text, to_text
from qianyun.plan.problem import InForce
from qianyun.plan.wishes import Pin


class Status(StrEnum):
    """What is known of a plan."""

    OPTIMAL = "optimal"
    """No plan is better."""
    FEASIBLE = "feasible"
    """It keeps every demand; the bound says how much better another could be."""
    INTERRUPTED = "interrupted"
    """Likewise, but somebody stopped the search."""
    EDITED = "edited"
    """A person made it or changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a plan costs, in whole yuan, by term.

    Attributes:
        late: Systems after their day.
        goals: Systems short of a phase's share.
        rooms: Rooms open until their last system leaves.
        lines: Lines paid until the systems that need them have moved.
        kit: Freed kit that comes too late for those who wait for it.
        cuts: Dependencies whose ends move in different weeks.
        early: Systems that are not moved yet.
        load: Weeks in which the team has more than a calm week's work; `risk` likewise.
        egress: Use of the internet egress above what is comfortable.
        changes: Systems that left their week of the plan in force.
    """

    late: int = 0
    goals: int = 0
    rooms: int = 0
    lines: int = 0
    kit: int = 0
    cuts: int = 0
    early: int = 0
    load: int = 0
    risk: int = 0
    egress: int = 0
    changes: int = 0

    @property
    def total(self) -> int:
        """All terms."""
        return sum(getattr(self, field.name) for field in fields(self))

    def terms(self) -> Iterator[tuple[str, int]]:
        """Names and values, in the order in which they are read."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One system's day."""

    system: SystemKey
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedGroup:
    """A move group in its week.

    Attributes:
        number: `MoveGroup.number` of the problem.
        week: Monday of the week.
    """

    number: int
    week: date
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A batch (批次): what is cut over in one stretch of weeks.

    Attributes:
        number: 1 is the first that holds anything.
        first: Monday of the stretch's first week; `last` the Sunday of its last.
    """

    number: int
    first: date
    last: date
    groups: tuple[PlacedGroup, ...]

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All its systems, by day and name."""
        placed = [placement for group in self.groups for placement in group.placements]
        return tuple(sorted(placed, key=lambda p: (p.on, p.system.department, p.system.name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote beside a system."""

    system: SystemKey
    text: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan for the problem with `problem_digest`.

    Attributes:
        cost: As computed from the facts.
        floor: What no plan can save: every group in its earliest week, as if it were alone.
        bound: No plan costs less; `None` while that is unknown.
        seed: Also `work`: what the search was given; the same give the same plan.
        in_force: The plan that it was to change little, if any.
        notes: What people wrote; planning again keeps them.
        pins: Weeks that were frozen or set by a person, beside those of `plan.yml`.
        begins: What was cut over before this day is taken as it happened; `None` plans everything.
    """

    problem_digest: str
    status: Status
    waves: tuple[Wave, ...]
    cost: Cost
    floor: int = 0
    bound: int | None = None
    seed: int = 0
    work: int = 0
    in_force: tuple[InForce, ...] = ()
    pins: tuple[Pin, ...] = ()
    notes: tuple[Note, ...] = ()
    begins: date | None = None

    @cached_property
    def days(self) -> Mapping[SystemKey, date]:
        """Cut-over days by system."""
        return {placed.system: placed.on for wave in self.waves for placed in wave.placements}

    @cached_property
    def weeks(self) -> Mapping[int, date]:
        """Mondays by group."""
        return {group.number: group.week for wave in self.waves for group in wave.groups}

    @cached_property
    def wave_of(self) -> Mapping[SystemKey, int]:
        """Wave numbers by system."""
        return {placed.system: wave.number for wave in self.waves for placed in wave.placements}

    @property
    def gap_percent(self) -> float | None:
        """How far above the bound it lies, in percent of the bound."""
        if self.bound is None or self.bound <= 0:
            return None
        return 100 * (self.cost.total - self.bound) / self.bound

    @property
    def savable_gap_percent(self) -> float | None:
        """The same on what can be saved at all: the part above `floor`."""
        if self.bound is None or self.bound <= self.floor:
            return None
        return 100 * (self.cost.total - self.bound) / (self.bound - self.floor)

    @cached_property
    def digest(self) -> str:
        """`sha256:` of the plan."""
        return digest_of(self)

    def to_text(self) -> str:
        """Canonical JSON."""
        return to_text(self)

    @classmethod
    def from_text(cls, text: str) -> "Plan":
        """What `to_text` wrote."""
        return from_text(cls, text)
