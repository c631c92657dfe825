"""What became of asking one device; a device that does not answer is a value, not an exception."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qianyun.estate.observation import Observation
from qianyun.estate.targets import Target


class State(StrEnum):
    """How far a device answered."""

    FOUND = "found"
    """It answered everything that was asked."""
    PARTIAL = "partial"
    """It answered, and something was cut or fell silent."""
    SILENT = "silent"
    """Nothing came back."""
    REFUSED = "refused"
    """It, or its host key, or our own manifest said no."""
    SKIPPED = "skipped"
    """It was not asked: do-not-touch, outside the window, or the room's breaker is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One device of one run.

    Attributes:
        reasons: Why it is not simply found; never with a secret in them.
        findings: What somebody must look at, for example a changed host key.
        requests: How many requests it took.
    """

    target: Target
    state: State
    subject: str = ""
    observations: tuple[Observation, ...] = field(default=(), repr=False)
    reasons: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    requests: int = 0
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run that asks: every observation names it."""

    id: str
    began_at: datetime
