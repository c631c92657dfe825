"""The table of transitions: from which state to which, and what must be shown before.

A gate is a paper, a check that is green, the consent of a second person, or a fact of the estate.
Going back is never held up: a rolled back cut-over needs nothing but a reason, and its report is
asked for when the next attempt begins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qianyun.track.deeds import CheckName, EvidenceKind
from qianyun.track.states import (
    BEFORE_CUTOVER,
    HALTED,
    KitState,
    LineState,
    RoomState,
    State,
    SystemState,
    TrackedKind,
)


class Ground(StrEnum):
    """Facts that a gate asks for; `qianyun.track.grounds` judges them."""

    CLOUD_ALLOWED = "cloud_allowed"
    """Not classified, and not above the platform's level."""
    RETIRES = "retires"
    """The system is to be retired and not moved."""
    MOVES = "moves"
    """Some disposition moves it."""
    WINDOW = "window"
    """The day is one on which its department's window opens."""
    NEEDED_ARE_THERE = "needed_are_there"
    """What it cannot run without has been cut over."""
    IN_APPROVED_PLAN = "in_approved_plan"
    RUNBOOK_DONE = "runbook_done"
    """The steps of the cut-over are done, none failed."""
    OBSERVED = "observed"
    """The observation is over."""
    SEPARATE = "separate"
    """Who accepts is not who ran it (管运分离)."""
    REASON = "reason"
    """A reason is given."""
    NOTHING_OWED = "nothing_owed"
    """Gates passed on a ledger's word were made good."""
    TO_WITHDRAW = "to_withdraw"
    """The room's outcome is to close or to convert."""
    TO_CONVERT = "to_convert"
    TO_CLOSE = "to_close"
    TO_RETAIN = "to_retain"
    """The room's outcome is to stay, for a stated reason."""
    NO_SYSTEM = "no_system"
    """The last system has left the room."""
    NO_LINE = "no_line"
    """No line of the room is active."""
    DISKS_WIPED = "disks_wiped"
    """Every disk of the room was wiped, with a certificate."""
    LINE_NEEDLESS = "line_needless"
    """No system needs the line where it ends."""
    KIT_FREE = "kit_free"
    """What ran on the kit has left it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What must be shown before a state is entered from another.

    Attributes:
        evidence: Papers that must be held.
        checks: Checks whose latest result must be green.
        is_approved: A second person must have agreed, in the state before.
        grounds: Facts that must hold.
    """

    evidence: tuple[EvidenceKind, ...] = ()
    checks: tuple[CheckName, ...] = ()
    is_approved: bool = False
    grounds: tuple[Ground, ...] = ()


Table = Mapping[tuple[State, State], Gate]
S, R, L, K = SystemState, RoomState, LineState, KitState
E, C, G = EvidenceKind, CheckName, Ground


def _halts() -> Iterator[tuple[tuple[State, State], Gate]]:
    """Whatever is under way may be blocked; before its cut-over it may be deferred."""
    for state in (*BEFORE_CUTOVER, S.CUTOVER, S.OBSERVATION, S.CONFIRMED, S.ROLLED_BACK):
        yield (state, S.BLOCKED), Gate(grounds=(G.REASON,))
        yield (S.BLOCKED, state), Gate(grounds=(G.REASON,))
    for state in (*BEFORE_CUTOVER, S.ROLLED_BACK):
        yield (state, S.DEFERRED), Gate(evidence=(E.DEFERRAL_REQUEST,), is_approved=True, grounds=(G.REASON,))
        yield (S.DEFERRED, state), Gate(grounds=(G.REASON,))


SYSTEM: Table = {
    (S.NOT_STARTED, S.SURVEY): Gate(),
    (S.SURVEY, S.ASSESSMENT): Gate(evidence=(E.SURVEY_FORM,)),
    (S.ASSESSMENT, S.REVIEW): Gate(evidence=(E.ASSESSMENT_REPORT,)),
    (S.REVIEW, S.RESOURCES): Gate(
        evidence=(E.REVIEW_MINUTES,), is_approved=True, grounds=(G.MOVES, G.CLOUD_ALLOWED, G.SEPARATE)
    ),
    (S.REVIEW, S.SOURCE_RETIRED): Gate(
        evidence=(E.REVIEW_MINUTES, E.RETIREMENT_RECORD), is_approved=True, grounds=(G.RETIRES, G.SEPARATE)
    ),
    (S.RESOURCES, S.DEPLOYMENT): Gate(evidence=(E.RESOURCE_GRANT,), grounds=(G.CLOUD_ALLOWED,)),
    (S.DEPLOYMENT, S.TEST_MIGRATION): Gate(evidence=(E.DEPLOYMENT_RECORD,), checks=(C.FLOWS,)),
    (S.TEST_MIGRATION, S.TRIAL): Gate(evidence=(E.TEST_REPORT,), checks=(C.SYNC,)),
    (S.TRIAL, S.CUTOVER): Gate(
        evidence=(E.TRIAL_REPORT, E.CUTOVER_PLAN),
        checks=(C.PRECHECK, C.BACKUP, C.REHEARSAL),
        is_approved=True,
        grounds=(G.CLOUD_ALLOWED, G.IN_APPROVED_PLAN, G.WINDOW, G.NEEDED_ARE_THERE, G.SEPARATE),
    ),
    (S.CUTOVER, S.OBSERVATION): Gate(
        evidence=(E.CUTOVER_RECORD,), checks=(C.FLOWS, C.VERIFY), grounds=(G.RUNBOOK_DONE,)
    ),
    (S.OBSERVATION, S.CONFIRMED): Gate(
        evidence=(E.OBSERVATION_RECORD, E.ACCEPTANCE), is_approved=True, grounds=(G.OBSERVED, G.SEPARATE)
    ),
    (S.CONFIRMED, S.SOURCE_RETIRED): Gate(
        evidence=(E.RETIREMENT_RECORD,), is_approved=True, grounds=(G.NOTHING_OWED, G.SEPARATE)
    ),
    (S.CUTOVER, S.ROLLED_BACK): Gate(grounds=(G.REASON,)),
    (S.OBSERVATION, S.ROLLED_BACK): Gate(grounds=(G.REASON,)),
    (S.ROLLED_BACK, S.TEST_MIGRATION): Gate(evidence=(E.ROLLBACK_REPORT,), is_approved=True, grounds=(G.SEPARATE,)),
    **dict(_halts()),
}

ROOM: Table = {
    (R.IN_USE, R.COUNTING): Gate(),
    (R.COUNTING, R.EMPTYING): Gate(evidence=(E.INVENTORY,), grounds=(G.TO_WITHDRAW,)),
    (R.COUNTING, R.RETAINED): Gate(evidence=(E.RETENTION_GROUND,), is_approved=True, grounds=(G.TO_RETAIN, G.SEPARATE)),
    (R.RETAINED, R.COUNTING): Gate(grounds=(G.REASON,)),
    (R.EMPTYING, R.CONVERTED): Gate(
        evidence=(E.CONVERSION_PLAN,),
        is_approved=True,
        grounds=(G.TO_CONVERT, G.NO_SYSTEM, G.DISKS_WIPED, G.SEPARATE),
    ),
    (R.EMPTYING, R.CLOSED): Gate(
        evidence=(E.CLOSURE_RECORD,),
        is_approved=True,
        grounds=(G.TO_CLOSE, G.NO_SYSTEM, G.NO_LINE, G.DISKS_WIPED, G.SEPARATE),
    ),
}

LINE: Table = {
    (L.ACTIVE, L.CANCELLED): Gate(evidence=(E.CANCELLATION,), grounds=(G.LINE_NEEDLESS,)),
    (L.CANCELLED, L.ACTIVE): Gate(grounds=(G.REASON,)),
}

SERVER: Table = {
    (K.IN_USE, K.WIPED): Gate(evidence=(E.WIPING_CERTIFICATE,), is_approved=True, grounds=(G.KIT_FREE, G.SEPARATE)),
    (K.WIPED, K.REUSED): Gate(evidence=(E.REUSE_RECORD,)),
    (K.WIPED, K.SCRAPPED): Gate(evidence=(E.SCRAP_RECORD,), is_approved=True, grounds=(G.SEPARATE,)),
}

TRANSITIONS: Mapping[TrackedKind, Table] = {
    TrackedKind.SYSTEM: SYSTEM,
    TrackedKind.ROOM: ROOM,
    TrackedKind.LINE: LINE,
    TrackedKind.SERVER: SERVER,
}


def next_states(kind: TrackedKind, state: str, resumes: str = "") -> tuple[State, ...]:
    """States that may follow, in the order of the table; what halts is left for where it was entered only."""
    return tuple(
        target for origin, target in TRANSITIONS[kind] if origin == state and (state not in HALTED or target == resumes)
    )


def gate_of(kind: TrackedKind, origin: str, target: str, resumes: str = "") -> Gate | None:
    """What must be shown; `None` where no such transition is known."""
    if origin in HALTED and target != resumes:
        return None
    return next((g for (a, b), g in TRANSITIONS[kind].items() if (a, b) == (origin, target)), None)
