"""What planners want and demand beyond the facts: `plan.yml` of an estate's folder.

Weights are money, so that the objective reads as a bill: what a week of an open room, a late
system or a link across waves costs in yuan. Demands are hard and carry names; when they
contradict each other, the planner answers with those names.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qianyun.errors import FactError, Fault
from qianyun.estate.facts import SystemKey
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each term of the objective costs, in whole yuan.

    Attributes:
        late_yuan: A system of level 2 or below that moves a week after its day; level 3 counts threefold.
        goal_yuan: A system short of a phase's share on the phase's last day.
        room_percent: Share of a room's real monthly cost that counts while it is open.
        line_percent: Share of a line's real monthly cost that counts until it is cancelled.
        cut_yuan: A dependency whose ends move a week apart.
        cut_gib_yuan: Beside that, for each GiB a day that crosses.
        early_yuan: A system that is not moved yet, each week: two platforms are kept running.
        change_yuan: A system whose week differs from the plan in force.
    """

    late_yuan: int = 20_000
    goal_yuan: int = 50_000
    room_percent: int = 100
    line_percent: int = 100
    cut_yuan: int = 50
    cut_gib_yuan: int = 20
    early_yuan: int = 100
    change_yuan: int = 20_000

    def __post_init__(self) -> None:
        below = [name for name in self.__slots__ if getattr(self, name) < 0]
        if below:
            raise FactError([Fault(place="weights", what=_("{name} is below zero").format(name=n)) for n in below])


class Subject(StrEnum):
    """What a deadline binds."""

    SYSTEM = "system"
    ROOM = "room"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Everything of a system, room or department is moved by a day.

    Attributes:
        name: `department/system`, the room's or the department's name.
        source: `file:line` of the declaration, for messages.
    """

    subject: Subject
    name: str
    by: date
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorLimit:
    """A vendor works on at most this many systems in a week.

    Attributes:
        first: Also `last`: days between which it holds; always by default.
    """

    vendor: str
    per_week: int
    first: date | None = None
    last: date | None = None
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A system moves in the week that holds this day, whatever else.

    Attributes:
        is_frozen: The week was frozen or is over, rather than wished for.
    """

    system: SystemKey
    on: date
    is_frozen: bool = False
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A system does not move before a day: approval, re-assessment, a contract."""

    system: SystemKey
    not_before: date
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """All wishes and demands of one estate.

    Attributes:
        wave_weeks: Weeks that make one wave.
        wave_systems: Most systems in one wave; `None` for no limit.
        ramp_up: Most systems in the first waves, one after the other, before `wave_systems` holds.
        team_points: Effort the migration team can give in a week; `None` lets `team_slack_percent` say.
        risk_points: Risk that may be taken in a week; `None` likewise.
        team_slack_percent: The team's limit in percent of the mean over all open weeks.
        copy_percent: Share of a room's lines that copying may fill.
        delta_percent: Share of the volume that changes between the copy and the cut-over.
        interface_weeks: Weeks by which an interface is open before a system is taken over.
        platform_level: Protection level of the cloud; systems above it cannot come.
        default_zone: Where systems go that name no zone; empty leaves them out by name.
    """

    weights: Weights = Weights()
    wave_weeks: int = 2
    wave_systems: int | None = None
    ramp_up: tuple[int, ...] = ()
    team_points: int | None = None
    risk_points: int | None = None
    team_slack_percent: int = 170
    copy_percent: int = 50
    delta_percent: int = 2
    interface_weeks: int = 4
    platform_level: int = 3
    default_zone: str = ""
    deadlines: tuple[Deadline, ...] = ()
    vendor_limits: tuple[VendorLimit, ...] = ()
    pins: tuple[Pin, ...] = ()
    holds: tuple[Hold, ...] = ()

    def __post_init__(self) -> None:
        least = {"wave_weeks": 1, "team_slack_percent": 100, "copy_percent": 1, "delta_percent": 0}
        small = [name for name, value in least.items() if getattr(self, name) < value]
        if small:
            what = _("{name} {value} is below {least}")
            raise FactError(
                [
                    Fault(place="wishes", what=what.format(name=name, value=getattr(self, name), least=least[name]))
                    for name in small
                ]
            )
