"""The audit: every check of the catalogue on one dossier, with clauses, severities and waivers."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qianyun.errors import DeclarationError, Fault
from qianyun.policy.profile import Clause, Profile
from qianyun.policy.waivers import Waiver, expired_waivers
from qianyun.verify.checks.catalogue import CHECK_BY_ID, CHECKS, Check
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told, no_data_on
from qianyun.verify.findings import Severity
from qianyun.words import _


class AuditVerdict(StrEnum):
    """What came of one check."""

    OK = "ok"
    FINDINGS = "findings"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One offence as an auditor reads it.

    Attributes:
        place: `file:line` where there is one.
        clauses: What the profile says the check cites.
        waived_by: Who answers for it, by which waiver; empty where nobody does.
    """

    check: str
    severity: Severity
    subject: str
    observed: str
    expected: str
    place: str = ""
    clauses: tuple[Clause, ...] = ()
    waived_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something must be done."""
        return self.severity is Severity.FAIL and not self.waived_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one check.

    Attributes:
        missing: What it could not judge, and why; with findings beside it, these are not all.
    """

    check: Check
    severity: Severity
    clauses: tuple[Clause, ...]
    findings: tuple[AuditFinding, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def verdict(self) -> AuditVerdict:
        """OK only when everything was judged."""
        if self.findings:
            return AuditVerdict.FINDINGS
        return AuditVerdict.NO_DATA if self.missing else AuditVerdict.OK


def audit(dossier: Dossier) -> tuple[Result, ...]:
    """Every check of the catalogue, in its order.

    Raises:
        DeclarationError: A waiver names a check that there is not.
    """
    strays = [waiver for waiver in dossier.waivers if waiver.check not in CHECK_BY_ID]
    if strays:
        what = _("there is no check {check}")
        raise DeclarationError([Fault(place=each.source, what=what.format(check=each.check)) for each in strays])
    return tuple(judged(check, dossier) for check in CHECKS)


def judged(check: Check, dossier: Dossier) -> Result:
    """One check."""
    profile = dossier.policy.profile
    lacking = [Missing(what=no_data_on(need)) for need in check.needs if dossier.lacks(need)]
    told: list[Told] = [*lacking] if lacking else list(check.judge(dossier))
    findings = [_finding(check, dossier, each) for each in told if isinstance(each, Offence)]
    findings += _expired(check, dossier)
    return Result(
        check=check,
        severity=severity_of(check, profile),
        clauses=profile.cited_by(check.id),
        findings=tuple(findings),
        missing=tuple(each for each in told if isinstance(each, Missing)),
    )


def severity_of(check: Check, profile: Profile) -> Severity:
    """What the profile says, else the catalogue."""
    return Severity(profile.severity_of_check.get(check.id, check.severity))


def _finding(check: Check, dossier: Dossier, offence: Offence) -> AuditFinding:
    profile = dossier.policy.profile
    return AuditFinding(
        check=check.id,
        severity=Severity.WARN if offence.is_mild else severity_of(check, profile),
        subject=offence.subject,
        observed=offence.observed,
        expected=offence.expected,
        place=offence.place,
        clauses=profile.cited_by(check.id),
        waived_by=offence.waived_by or _waived_by(check.id, dossier, offence),
    )


def _waived_by(check: str, dossier: Dossier, offence: Offence) -> str:
    for waiver in dossier.waivers:
        if any(waiver.covers(check, subject, dossier.on) for subject in (offence.subject, *offence.known_as)):
            return f"{waiver.source} {waiver.who}: {waiver.why}".strip()
    return ""


def _expired(check: Check, dossier: Dossier) -> Iterator[AuditFinding]:
    """Waivers that have run out are findings of the check they silenced, and none may silence them."""
    for waiver in expired_waivers(dossier.waivers, dossier.on):
        if waiver.check == check.id:
            yield _ran_out(check, dossier, waiver)


def _ran_out(check: Check, dossier: Dossier, waiver: Waiver) -> AuditFinding:
    return AuditFinding(
        check=check.id,
        severity=Severity.FAIL,
        subject=waiver.subject,
        observed=_("the waiver of {who} ran out on {until}").format(who=waiver.who, until=waiver.until),
        expected=_("renewed, or the cause mended"),
        place=waiver.source,
        clauses=dossier.policy.profile.cited_by(check.id),
    )
