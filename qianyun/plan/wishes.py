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
        load_yuan: A point of the team's effort above a calm week's, each week: nights and hired hands.
        risk_yuan: A point of risk above a calm week's: more that can go wrong in one night.
        egress_yuan: Each Mbit/s of the internet egress above the comfortable share, each week.
        change_yuan: A system whose week differs from the plan in force.
    """

    late_yuan: int = 20_000
    goal_yuan: int = 50_000
    room_percent: int = 100
    line_percent: int = 100
    cut_yuan: int = 50
    cut_gib_yuan: int = 20
    early_yuan: int = 100
    load_yuan: int = 0
    risk_yuan: int = 0
    egress_yuan: int = 0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a system takes of the internet egress and of the addresses, where that is known better than by rule."""

    system: SystemKey
    egress_mbps: int | None = None
    addresses: int | None = None
    source: str = ""


class Order(StrEnum):
    """How the parts of a system move."""

    TOGETHER = "together"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWish:
    """One part of a system.

    Attributes:
        is_main: What the other parts leave, in the system's own zone; it takes the system's place.
        zone: Also the sizes: what the part takes of another zone.
    """

    name: str
    is_main: bool = False
    zone: str = ""
    vcpu: int = 0
    memory_gib: int = 0
    storage_gib: int = 0
    egress_mbps: int = 0
    addresses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a system over the zones: they move together, or one after the other as they stand here."""

    system: SystemKey
    parts: tuple[PartWish, ...]
    order: Order = Order.TOGETHER
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """Kit that a room frees and that somebody waits for, rather than buying.

    Attributes:
        room: Whose kit is freed when its last system leaves.
        used_for: Who waits for it.
        by: Day from which on it is missed.
        yuan_per_week: What renting or going without costs.
    """

    room: str
    used_for: str
    by: date
    yuan_per_week: int
    source: str = ""


class Sharing(StrEnum):
    """What joins systems into one move group beyond their dependencies."""

    SERVER = "server"
    DATABASE = "database"
    OFFICE = "office"
    DEPARTMENT = "department"
    ROOM = "room"
    VENDOR = "vendor"


class Difference(StrEnum):
    """What keeps systems apart that a joiner would put together."""

    ENVIRONMENT = "environment"
    OWNER = "owner"
    ZONE = "zone"


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Joiner and splitter rules.

    Attributes:
        joins: What systems may share to move together, the first rule first.
        apart: What must not differ within what the rules join; dependencies join all the same.
        most_systems: So many systems the rules join at most; `None` for no limit; `most_vcpu` likewise.
    """

    joins: tuple[Sharing, ...] = ()
    apart: tuple[Difference, ...] = ()
    most_systems: int | None = None
    most_vcpu: int | None = None


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
        calm_percent: A calm week's effort and risk in percent of the mean over all open weeks.
        egress_percent: Share of the egress that is comfortable.
        egress_kbps_a_user: What one user of a system takes of the egress, where no need is declared.
        wants_filing: Systems of level 2 and above are cut over only once they are filed with the police.
        assessment_months: How long an assessment lasts; a system is cut over before it lapses. 0 asks nothing.
        reassess_weeks: Weeks after the cut-over in which a system of level 3 is assessed again.
        reassess_per_week: How many of those assessments a week bears; `None` asks for none.
        keeps_contracts: A system is cut over while its maintenance contract lasts, and copies go over lines
            whose contract lasts; a line that ends later is paid until its contract ends.
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
    calm_percent: int = 120
    egress_percent: int = 70
    egress_kbps_a_user: int = 0
    wants_filing: bool = False
    assessment_months: int = 0
    reassess_weeks: int = 8
    reassess_per_week: int | None = None
    keeps_contracts: bool = False
    platform_level: int = 3
    default_zone: str = ""
    deadlines: tuple[Deadline, ...] = ()
    vendor_limits: tuple[VendorLimit, ...] = ()
    pins: tuple[Pin, ...] = ()
    holds: tuple[Hold, ...] = ()
    needs: tuple[Need, ...] = ()
    parts: tuple[Parts, ...] = ()
    reuses: tuple[Reuse, ...] = ()
    grouping: Grouping = Grouping()

    def __post_init__(self) -> None:
        least = {
            "wave_weeks": 1,
            "team_slack_percent": 100,
            "copy_percent": 1,
            "delta_percent": 0,
            "calm_percent": 1,
            "egress_percent": 1,
            "reassess_weeks": 1,
            "assessment_months": 0,
            "egress_kbps_a_user": 0,
        }
        small = [name for name, value in least.items() if getattr(self, name) < value]
        if small:
            what = _("{name} {value} is below {least}")
            raise FactError(
                [
                    Fault(place="wishes", what=what.format(name=name, value=getattr(self, name), least=least[name]))
                    for name in small
                ]
            )
