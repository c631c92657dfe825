"""What a report is made from: the results of the other rooms, gathered once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from qianyun.estate.calendar import Calendar
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Pool, SystemKey
from qianyun.policy.model import Policy
from qianyun.track.forecast import Forecast
from qianyun.track.withdrawal import LineWithdrawal, RoomWithdrawal, withdraw_lines, withdraw_rooms
from reports.gantt import WaveState
from reports.timeline import Span
from reports.tones import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One system's place in the plan.

    Attributes:
        wave: Number of the wave; `None` where the plan leaves the system out.
        on: Day of the cut-over; `None` with `wave`.
        why: Why then, or why not at all, in words.
        cause: The same without its particulars, so that many can be counted.
        zone: Zone of the cloud whose pool it fills; `None` when it takes nothing there.
        leaves_room: Whether its room is empty of it afterwards.
        is_fault: It has no day and somebody must mend something before it can have one.
    """

    system: SystemKey
    wave: int | None
    on: date | None
    why: str = ""
    cause: str = ""
    zone: str | None = None
    vcpu: int = 0
    leaves_room: bool = True
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWave:
    """One wave (批次) of the plan.

    Attributes:
        span: The stretch of weeks that it takes.
        baseline: As first approved; `None` before any approval.
        forecast: As it will be, or was; `None` while nothing but the plan is known.
        why: Why it stands where it stands.
    """

    number: int
    span: Span
    baseline: Span | None = None
    forecast: Span | None = None
    state: WaveState = WaveState.PLANNED
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePlan:
    """The plan, as reports need it.

    Attributes:
        status: What the planner says of it, in words.
        gap_percent: How far it may be from the best; `None` while no bound is known.
        waves: In order.
        moves: One for every system of the estate that the planner looked at.
    """

    digest: str
    status: str
    gap_percent: float | None = None
    waves: tuple[PlannedWave, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One finding of the verifier or of a check.

    Attributes:
        origin: Also `target`: zones between which it lies; empty where it lies between none.
        packet: The witness; empty where no packet can prove it.
        place: Where: device and rule, file and line.
    """

    tone: Tone
    title: str
    origin: str = ""
    target: str = ""
    packet: str = ""
    place: str = ""
    clause: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was proved about the rules that run.

    Attributes:
        broken_flows: Names of declared flows that the rules do not permit whole.
    """

    breaches: tuple[Breach, ...] = ()
    broken_flows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSeen:
    """One device that a collector asked.

    Attributes:
        seen_at: When it answered; `None` when it did not.
        facts: How many attributes it gave.
    """

    name: str
    model: str = ""
    way: str = ""
    seen_at: datetime | None = None
    facts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFault:
    """One fault of a ledger, at its cell."""

    file: str
    sheet: str
    cell: str
    value: str
    what: str
    mend: str


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything a report can speak of.

    Attributes:
        label: Name of the estate as a person says it.
        as_of: How far the data goes, with its time zone.
        plan: `None` while none was made; likewise `verification`.
        forecast: `None` where nothing is tracked, or no plan was approved.
        faults: Of the ledgers; `None` where no import was looked at.
        audit_head: Digest at the head of the audit chain; `None` where none is kept.
    """

    label: str
    as_of: datetime
    classification: str
    estate: Estate
    policy: Policy
    calendar: Calendar
    pools: tuple[Pool, ...] = ()
    plan: MovePlan | None = None
    forecast: Forecast | None = None
    verification: Verification | None = None
    devices: tuple[DeviceSeen, ...] = ()
    faults: tuple[LedgerFault, ...] | None = None
    audit_head: str | None = None

    @cached_property
    def moves(self) -> Mapping[SystemKey, Move]:
        """The plan's moves by system."""
        return {move.system: move for move in self.plan.moves} if self.plan else {}

    @cached_property
    def cutovers(self) -> Mapping[SystemKey, date]:
        """Cut-over days of the systems that have one."""
        return {key: move.on for key, move in self.moves.items() if move.on}

    @cached_property
    def leaving(self) -> Mapping[SystemKey, date]:
        """Cut-over days of the systems that leave their rooms."""
        return {key: day for key, day in self.cutovers.items() if self.moves[key].leaves_room}

    @cached_property
    def rooms(self) -> tuple[RoomWithdrawal, ...]:
        """What becomes of each room under the plan."""
        return withdraw_rooms(self.estate, self.leaving, self.calendar.observation_days)

    @cached_property
    def lines(self) -> tuple[LineWithdrawal, ...]:
        """What becomes of each line under the plan."""
        return withdraw_lines(self.estate, self.leaving, self.rooms, self.calendar.observation_days)
