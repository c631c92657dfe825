"""States: where a system, a room, a line or a piece of kit stands on its way.

The values are what the store, JSON and CSV hold; `qianyun.words` gives their names in the user's
language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from qianyun.estate.facts import Line, Room, Server, System
from qianyun.estate.identity import key_of


class SystemState(StrEnum):
    """Where the move of a system stands."""

    NOT_STARTED = "not_started"
    SURVEY = "survey"
    ASSESSMENT = "assessment"
    REVIEW = "review"
    RESOURCES = "resources"
    DEPLOYMENT = "deployment"
    TEST_MIGRATION = "test_migration"
    TRIAL = "trial"
    CUTOVER = "cutover"
    OBSERVATION = "observation"
    CONFIRMED = "confirmed"
    SOURCE_RETIRED = "source_retired"
    BLOCKED = "blocked"
    ROLLED_BACK = "rolled_back"
    DEFERRED = "deferred"


class RoomState(StrEnum):
    """Where the withdrawal of a room stands."""

    IN_USE = "in_use"
    COUNTING = "counting"
    EMPTYING = "emptying"
    CONVERTED = "converted"
    RETAINED = "retained"
    CLOSED = "closed"


class LineState(StrEnum):
    """Whether a leased line is still paid for."""

    ACTIVE = "active"
    CANCELLED = "cancelled"


class KitState(StrEnum):
    """What became of a physical server and its disks."""

    IN_USE = "in_use"
    WIPED = "wiped"
    REUSED = "reused"
    SCRAPPED = "scrapped"


class TrackedKind(StrEnum):
    """What is tracked."""

    SYSTEM = "system"
    ROOM = "room"
    LINE = "line"
    SERVER = "server"


State = SystemState | RoomState | LineState | KitState

STATES: Mapping[TrackedKind, tuple[State, ...]] = {
    TrackedKind.SYSTEM: tuple(SystemState),
    TrackedKind.ROOM: tuple(RoomState),
    TrackedKind.LINE: tuple(LineState),
    TrackedKind.SERVER: tuple(KitState),
}
"""States by kind; the first of each is where everything begins."""

PATH: tuple[SystemState, ...] = tuple(SystemState)[: tuple(SystemState).index(SystemState.BLOCKED)]
"""The way of a system that moves, from first to last."""
MOVED = frozenset({SystemState.OBSERVATION, SystemState.CONFIRMED, SystemState.SOURCE_RETIRED})
"""States in which a system runs where it was to go."""
BEFORE_CUTOVER = PATH[: PATH.index(SystemState.CUTOVER)]
HALTED = frozenset({SystemState.BLOCKED, SystemState.DEFERRED})
"""States that are left for the one in which they were entered."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tracked:
    """One thing that is tracked, by kind and natural key."""

    kind: TrackedKind
    key: str

    @classmethod
    def of(cls, fact: System | Room | Line | Server) -> Self:
        """The thing that a fact declares."""
        return cls(kind=TrackedKind(type(fact).__name__.lower()), key=key_of(fact))

    @property
    def first_state(self) -> State:
        """Where it stands before anything is told of it."""
        return STATES[self.kind][0]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
