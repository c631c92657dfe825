"""Where one thing stands: its log folded into one fact.

The log is the truth. A standing that is kept beside it is a copy for quick reading and equals, at
any time, what folding the log gives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from qianyun.track.deeds import (
    Advance,
    Approval,
    Check,
    CheckName,
    Correction,
    Entry,
    Evidence,
    EvidenceKind,
    Incident,
    RunbookStep,
    Step,
    StepState,
)
from qianyun.track.states import HALTED, SystemState, Tracked

T = TypeVar("T")
OF_THE_ATTEMPT = frozenset(
    {
        EvidenceKind.TEST_REPORT,
        EvidenceKind.TRIAL_REPORT,
        EvidenceKind.CUTOVER_PLAN,
        EvidenceKind.CUTOVER_RECORD,
        EvidenceKind.OBSERVATION_RECORD,
        EvidenceKind.ACCEPTANCE,
    }
)
"""Evidence that a rolled back cut-over makes worthless; the next attempt brings its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A state that was entered."""

    state: str
    on: date
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Evidence that is held."""

    kind: EvidenceKind
    digest: str
    name: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The latest result of a check."""

    name: CheckName
    is_green: bool
    on: date
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Who agrees to which state."""

    target: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The latest word on a step of the runbook."""

    step: Step
    state: StepState
    who: str
    on: date
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one thing stands.

    Attributes:
        turn: Of the last entry; 0 where nothing was told yet.
        resumes: The state to which it goes back when it is no longer blocked or deferred.
        passed: States in the order in which they were entered, each time anew.
        approvals: Given since the state was entered.
        owed: Gates passed on somebody's word, as `state: gate`.
    """

    tracked: Tracked
    state: str
    turn: int = 0
    resumes: str = ""
    passed: tuple[Passed, ...] = ()
    evidence: tuple[Brought, ...] = ()
    checks: tuple[Checked, ...] = ()
    approvals: tuple[Approved, ...] = ()
    steps: tuple[Ran, ...] = ()
    incidents: tuple[Incident, ...] = ()
    rollbacks: int = 0
    owed: tuple[str, ...] = ()

    @property
    def since(self) -> date | None:
        """The day on which it entered its state."""
        return self.passed[-1].on if self.passed else None

    @property
    def who(self) -> str:
        """Who brought it where it stands."""
        return self.passed[-1].who if self.passed else ""

    def entered(self, state: str) -> Passed | None:
        """When and by whom a state was entered last."""
        return next((each for each in reversed(self.passed) if each.state == state), None)

    def holds(self, kind: EvidenceKind) -> bool:
        """Whether there is evidence of a kind."""
        return any(each.kind is kind for each in self.evidence)

    def result(self, name: CheckName) -> Checked | None:
        """The latest result of a check."""
        return next((each for each in self.checks if each.name is name), None)

    def step(self, step: Step) -> Ran | None:
        """The latest word on a step."""
        return next((each for each in self.steps if each.step is step), None)


def fresh(tracked: Tracked) -> Standing:
    """Where a thing stands of which nothing was told."""
    return Standing(tracked=tracked, state=tracked.first_state)


def standing_of(tracked: Tracked, log: Sequence[Entry]) -> Standing:
    """The whole log, corrections and all, folded from its beginning."""
    fixes = {entry.deed.turn: entry.deed for entry in log if isinstance(entry.deed, Correction)}
    standing = fresh(tracked)
    for entry in log:
        fix = fixes.get(entry.turn)
        if isinstance(entry.deed, Correction) or (fix and fix.is_void):
            standing = replace(standing, turn=entry.turn)
        else:
            standing = after(standing, replace(entry, on=fix.on or entry.on) if fix else entry)
    return standing


def after(standing: Standing, entry: Entry) -> Standing:
    """A standing after one more entry that is no correction."""
    standing = replace(standing, turn=entry.turn)
    match entry.deed:
        case Advance() as deed:
            return _advanced(standing, deed, entry)
        case Evidence(kind=kind, digest=digest, name=name):
            new = Brought(kind=kind, digest=digest, name=name, who=entry.who)
            return replace(standing, evidence=(*_others(standing.evidence, "kind", kind), new))
        case Check(name=check, is_green=is_green):
            result = Checked(name=check, is_green=is_green, on=entry.on, who=entry.who)
            return replace(standing, checks=(*_others(standing.checks, "name", check), result))
        case Approval(target=target):
            approval = Approved(target=target, who=entry.who)
            return replace(standing, approvals=(*(a for a in standing.approvals if a != approval), approval))
        case RunbookStep(step=step, state=state, digest=digest):
            ran = Ran(step=step, state=state, who=entry.who, on=entry.on, digest=digest)
            return replace(standing, steps=(*_others(standing.steps, "step", step), ran))
        case Incident(number=number) as incident:
            return replace(standing, incidents=(*_others(standing.incidents, "number", number), incident))
        case Correction():
            raise ValueError("a correction changes what was told before: fold the whole log")


def _others(held: Iterable[T], name: str, value: object) -> tuple[T, ...]:
    return tuple(each for each in held if getattr(each, name) != value)


def _advanced(standing: Standing, deed: Advance, entry: Entry) -> Standing:
    is_back = deed.after == SystemState.ROLLED_BACK
    passed = Passed(state=deed.after, on=entry.on, who=entry.who, why=entry.why)
    return replace(
        standing,
        state=deed.after,
        resumes=deed.before if deed.after in HALTED else "",
        passed=(*standing.passed, passed),
        approvals=(),
        evidence=tuple(e for e in standing.evidence if not (is_back and e.kind in OF_THE_ATTEMPT)),
        checks=() if is_back else standing.checks,
        rollbacks=standing.rollbacks + is_back,
        owed=(*standing.owed, *(f"{deed.after}: {gate}" for gate in deed.owed)),
    )
