"""Waivers (豁免): findings that somebody answers for, with the reason, until a day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One waiver.

    Attributes:
        check: Id of the check it silences, for example `B05`.
        subject: What the finding is about: a flow, rule, line, system or endpoint; `*` for all.
        who: The office or role that answers for it.
        until: Its last day; afterwards the finding returns, and the waiver is one itself.
    """

    check: str
    subject: str
    who: str
    why: str
    until: date
    granted_on: date | None = None
    source: str = ""

    def covers(self, check: str, subject: str, on: date) -> bool:
        """Whether it silences a finding on a day."""
        return self.check == check and self.subject in (subject, "*") and on <= self.until


def expired_waivers(waivers: tuple[Waiver, ...], on: date) -> tuple[Waiver, ...]:
    """Waivers whose last day lies before this day."""
    return tuple(waiver for waiver in waivers if waiver.until < on)
