"""Deeds: everything that can be told of a move, as entries of a log that only grows.

An entry says what was done, on which day, who answers for it and why, and when it was written
down. Nothing is overwritten: what was told wrongly is set right by a further entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from qianyun.track.states import Tracked


class EvidenceKind(StrEnum):
    """Papers and files that show what was done."""

    SURVEY_FORM = "survey_form"
    ASSESSMENT_REPORT = "assessment_report"
    REVIEW_MINUTES = "review_minutes"
    RESOURCE_GRANT = "resource_grant"
    DEPLOYMENT_RECORD = "deployment_record"
    TEST_REPORT = "test_report"
    TRIAL_REPORT = "trial_report"
    CUTOVER_PLAN = "cutover_plan"
    CUTOVER_RECORD = "cutover_record"
    OBSERVATION_RECORD = "observation_record"
    ACCEPTANCE = "acceptance"
    RETIREMENT_RECORD = "retirement_record"
    ROLLBACK_REPORT = "rollback_report"
    DEFERRAL_REQUEST = "deferral_request"
    INVENTORY = "inventory"
    RETENTION_GROUND = "retention_ground"
    CONVERSION_PLAN = "conversion_plan"
    CLOSURE_RECORD = "closure_record"
    CANCELLATION = "cancellation"
    WIPING_CERTIFICATE = "wiping_certificate"
    REUSE_RECORD = "reuse_record"
    SCRAP_RECORD = "scrap_record"


class CheckName(StrEnum):
    """Checks whose result must be green before a step."""

    FLOWS = "flows"
    """What runs permits exactly the flow matrix."""
    SYNC = "sync"
    """Source and target hold the same data."""
    PRECHECK = "precheck"
    BACKUP = "backup"
    """A backup was restored, not only made."""
    REHEARSAL = "rehearsal"
    """The way back was walked."""
    VERIFY = "verify"
    """The system does in the cloud what it did before."""


class Step(StrEnum):
    """Steps of one move's runbook, in their order."""

    PRECHECK = "precheck"
    SYNC = "sync"
    CUTOVER = "cutover"
    VERIFY = "verify"
    ROLLBACK = "rollback"
    OBSERVE = "observe"
    RETIRE = "retire"


class StepState(StrEnum):
    """Where a step of a runbook stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """How bad an incident is."""

    MINOR = "minor"
    MAJOR = "major"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """From one state to another.

    Attributes:
        owed: Gates that were passed on somebody's word: what a ledger tells of the past.
    """

    before: str
    after: str
    owed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A paper, by what it shows.

    Attributes:
        digest: `sha256:` of its bytes.
        name: Of the file, or where it lies.
    """

    kind: EvidenceKind
    digest: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of a check; `digest` is that of its report, empty where there is none."""

    name: CheckName
    is_green: bool
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person agrees that a state may be entered."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStep:
    """What became of one step of the runbook."""

    step: Step
    state: StepState
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something went wrong after or around a cut-over.

    Attributes:
        number: Of the ticket; told again with it, an incident is brought up to date.
        responded_minutes: From the report to the first answer; `None` while nobody answered.
        solved_minutes: From the report to the end; `None` while it is open.
        vendor: Who had to answer; empty for the team itself.
    """

    number: str
    severity: Severity
    responded_minutes: int | None = None
    solved_minutes: int | None = None
    vendor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An earlier entry of the same log was wrong.

    Attributes:
        turn: The entry.
        on: The day on which it really happened; `None` leaves it.
        is_void: It did not happen at all.
    """

    turn: int
    on: date | None = None
    is_void: bool = False


Deed = Advance | Evidence | Check | Approval | RunbookStep | Incident | Correction


class DeedKind(StrEnum):
    """Kinds of deeds, by the word that the store keeps."""

    ADVANCE = "advance"
    EVIDENCE = "evidence"
    CHECK = "check"
    APPROVAL = "approval"
    RUNBOOKSTEP = "runbookstep"
    INCIDENT = "incident"
    CORRECTION = "correction"


DEEDS: Mapping[DeedKind, type[Deed]] = {
    DeedKind(kind.__name__.lower()): kind
    for kind in (Advance, Evidence, Check, Approval, RunbookStep, Incident, Correction)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a log.

    Attributes:
        turn: Place in the log of this one thing; 1 is the first, none is left out.
        on: The day on which it was done; `at` is when it was written down.
        source: The file and cell that told it; empty where a person told it here.
    """

    tracked: Tracked
    turn: int
    deed: Deed
    on: date
    at: datetime
    who: str
    why: str = ""
    source: str = ""

    @property
    def kind(self) -> DeedKind:
        """What kind of deed it tells."""
        return DeedKind(type(self.deed).__name__.lower())
