"""A small world whose moves tests tell of, and a teller who brings whatever a gate asks for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from qianyun.estate.calendar import Blackout, Calendar, CutoverWindow
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Dependency, Line, Room, Server, System
from qianyun.estate.kinds import BlackoutKind, Network, RoomOutcome, ServerKind
from qianyun.track.deeds import Approval, Check, Deed, Entry, Evidence, RunbookStep, Step, StepState
from qianyun.track.grounds import Asked
from qianyun.track.recording import advance, note, unmet
from qianyun.track.standing import Standing, standing_of
from qianyun.track.states import PATH, Tracked
from qianyun.track.transitions import gate_of
from qianyun.track.world import World

AT = datetime(2027, 6, 1, 8, tzinfo=UTC)
DAY = date(2026, 9, 4)
DIGEST = "sha256:" + "0" * 64
ROOM = Room(name="甲厅机房", department="甲厅", outcome=RoomOutcome.CLOSE)
PORTAL = System(department="甲厅", name="门户", room="甲厅机房")
LEDGER = System(department="甲厅", name="台账", room="甲厅机房")
LINE = Line(number="L1", department="甲厅", room="甲厅机房", network=Network.INTERNET, systems=("门户",))
HOST = Server(department="甲厅", system="门户", name="web01", kind=ServerKind.PHYSICAL, room="甲厅机房")
NEEDS = Dependency(source=PORTAL.key, target=LEDGER.key, is_hard=True)
ESTATE = Estate(rooms=(ROOM,), systems=(PORTAL, LEDGER), lines=(LINE,), servers=(HOST,), dependencies=(NEEDS,))
GUARDED = Blackout(
    name="封网", kind=BlackoutKind.GUARDED, first=date(2026, 10, 1), last=date(2026, 10, 7), reason="保障"
)
CALENDAR = Calendar(
    first=date(2026, 7, 1),
    last=date(2027, 6, 30),
    window=CutoverWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), wants_rest=False),
    blackouts=(GUARDED,),
    observation_days=14,
)


class Teller:
    """Tells of moves in memory, as the store does in a database."""

    def __init__(self, estate: Estate = ESTATE) -> None:
        self.estate = estate
        self.logs: dict[Tracked, list[Entry]] = {}
        self.today = DAY

    @property
    def world(self) -> World:
        standings = {tracked: standing_of(tracked, log) for tracked, log in self.logs.items()}
        planned = {system.key: DAY for system in self.estate.systems}
        return World(estate=self.estate, calendar=CALENDAR, standings=standings, planned=planned)

    def standing(self, fact: System | Room | Line | Server) -> Standing:
        return self.world.standing(Tracked.of(fact))

    def asked(self, fact: System | Room | Line | Server, target: str = "", who: str = "实施方") -> Asked:
        return Asked(tracked=Tracked.of(fact), target=target, on=self.today, who=who, why="按计划")

    def say(self, fact: System | Room | Line | Server, deed: Deed, who: str = "实施方") -> Entry:
        log = self.logs.setdefault(Tracked.of(fact), [])
        log.append(note(self.asked(fact, who=who), deed, self.world, tuple(log), AT))
        return log[-1]

    def enter(self, fact: System | Room | Line | Server, target: str, who: str = "实施方") -> Entry:
        entry = advance(self.asked(fact, target, who), self.world, AT)
        self.logs.setdefault(Tracked.of(fact), []).append(entry)
        return entry

    def lacks(self, fact: System | Room | Line | Server, target: str, who: str = "实施方") -> list[str]:
        return [spaced(fault.what) for fault in unmet(self.asked(fact, target, who), self.world)]

    def bring(self, fact: System | Room | Line | Server, target: str) -> None:
        """Everything that paper, checks and people can do for a state."""
        standing = self.standing(fact)
        gate = gate_of(standing.tracked.kind, standing.state, target, standing.resumes)
        assert gate is not None
        for kind in gate.evidence:
            self.say(fact, Evidence(kind=kind, digest=DIGEST, name=f"{kind}.pdf"))
        for name in gate.checks:
            self.say(fact, Check(name=name, is_green=True))
        if target == "observation":
            for step in (Step.PRECHECK, Step.SYNC, Step.CUTOVER, Step.VERIFY):
                self.say(fact, RunbookStep(step=step, state=StepState.DONE))
        if gate.is_approved:
            self.say(fact, Approval(target=target), who="管理方")

    def walk(self, system: System, target: str) -> None:
        """Bring a system along the path, days passing."""
        for state in PATH[PATH.index(self.standing(system).state) + 1 : PATH.index(target) + 1]:
            if state == "confirmed":
                self.today += timedelta(days=CALENDAR.observation_days)
            self.bring(system, state)
            self.enter(system, state, who="业务方" if state == "confirmed" else "实施方")


def spaced(text: str) -> str:
    """Words of closed kinds as they are said: `trial_report` is a trial report."""
    return text.replace("_", " ")


def independent(estate: Estate = ESTATE) -> Estate:
    """Without dependencies."""
    return replace(estate, dependencies=())
