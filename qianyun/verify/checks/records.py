"""What was recorded of moves: days on which things were shown, disks that were wiped, rooms that were closed.

Whoever keeps the log of moves fills this; a day that is `None` was not recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from qianyun.estate.facts import SystemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One system's move.

    Attributes:
        moved_on: It was cut over.
        rehearsed_on: The way back was walked.
        tested_on: A test migration was passed.
        compared_on: Source and target held the same data.
        restored_on: A backup was restored.
        retired_on: Its source was retired.
    """

    moved_on: date | None = None
    rehearsed_on: date | None = None
    tested_on: date | None = None
    compared_on: date | None = None
    restored_on: date | None = None
    retired_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disks:
    """The disks of one physical server.

    Attributes:
        server: Its system and name, for messages.
        is_wiped: They were wiped, whatever became of the server then.
        is_certified: There is a certificate of that.
    """

    server: str
    department: str
    room: str
    is_wiped: bool = False
    is_certified: bool = False


@dataclass(frozen=True, kw_only=True)
class Records:
    """Everything that was recorded.

    Attributes:
        trails: By system; one without a trail has not begun.
        closed: Rooms that were given up, with the day.
    """

    trails: Mapping[SystemKey, Trail] = field(default_factory=dict)
    disks: tuple[Disks, ...] = ()
    closed: Mapping[str, date] = field(default_factory=dict)
