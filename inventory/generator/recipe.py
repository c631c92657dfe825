"""Recipes: how large each sample estate is, and what shares things have in it."""

from dataclasses import dataclass
from datetime import date

from qianyun.estate.kinds import Disposition, Origin, RoomOutcome

FILLED_IN = date(2026, 6, 15)
"""The day on which departments are said to have filled in their forms."""
PROGRAMME = (date(2026, 7, 1), date(2028, 6, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Sizes and shares of one sample estate.

    Attributes:
        largest: Systems of the department that has most of them.
        origins: How many systems of each origin; the sum is the number of systems.
        dispositions: How many systems of each disposition other than migrating.
        room_outcomes: How many rooms of each outcome; the sum is the number of rooms.
        final_capacity: vCPU, GiB of memory, GiB of storage in the end; `None` for what fits.
        fill: Share of the final capacity that all moving systems take.
    """

    name: str
    seed: int
    largest: int
    origins: dict[Origin, int]
    dispositions: dict[Disposition, int]
    zombies: int
    room_outcomes: dict[RoomOutcome, int]
    lines: int
    developers: int
    maintainers: int
    final_capacity: tuple[int, int, int] | None = None
    fill: float = 0.87

    @property
    def systems(self) -> int:
        """How many systems there are."""
        return sum(self.origins.values())

    @property
    def rooms(self) -> int:
        """How many rooms there are."""
        return sum(self.room_outcomes.values())


PROVINCE = Recipe(
    name="province",
    seed=20260701,
    largest=120,
    origins={Origin.NATIONAL: 109, Origin.PROVINCIAL: 257, Origin.SELF_BUILT: 414},
    dispositions={
        Disposition.INTEGRATE: 50,
        Disposition.TAKE_OVER: 45,
        Disposition.MERGE: 44,
        Disposition.RETIRE: 58,
        Disposition.INTRANET: 24,
        Disposition.DEFER: 20,
    },
    zombies=36,
    room_outcomes={
        RoomOutcome.CLOSE: 88,
        RoomOutcome.CONVERT_AGGREGATION: 14,
        RoomOutcome.RETAIN_LOCAL_DATA: 10,
        RoomOutcome.RETAIN_SPECIAL: 8,
    },
    lines=2500,
    developers=440,
    maintainers=200,
)

CITY = Recipe(
    name="city",
    seed=20260702,
    largest=58,
    origins={Origin.NATIONAL: 108, Origin.PROVINCIAL: 164, Origin.SELF_BUILT: 225},
    dispositions={
        Disposition.INTEGRATE: 34,
        Disposition.TAKE_OVER: 28,
        Disposition.MERGE: 26,
        Disposition.RETIRE: 30,
        Disposition.INTRANET: 12,
        Disposition.DEFER: 12,
    },
    zombies=16,
    room_outcomes={
        RoomOutcome.CLOSE: 48,
        RoomOutcome.CONVERT_AGGREGATION: 11,
        RoomOutcome.RETAIN_LOCAL_DATA: 4,
        RoomOutcome.RETAIN_SPECIAL: 3,
    },
    lines=1600,
    developers=280,
    maintainers=130,
    final_capacity=(3372, 16079, 943 * 1024),
)
