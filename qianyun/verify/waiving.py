"""Waivers over findings: who answers for one, until when; one that has run out is a finding itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qianyun.policy.waivers import Waiver, expired_waivers
from qianyun.verify.findings import Cited, Finding, Kind, Report, in_order
from qianyun.words import _


def waived(report: Report, waivers: Sequence[Waiver], on: date) -> Report:
    """The report once waivers are looked at: what one covers is marked, never left out."""
    findings = [_marked(finding, waivers, on) for finding in report.findings]
    findings.extend(_expired(report, waiver) for waiver in expired_waivers(tuple(waivers), on))
    return replace(report, findings=in_order(findings))


def _marked(finding: Finding, waivers: Sequence[Waiver], on: date) -> Finding:
    for waiver in waivers:
        if any(waiver.covers(finding.check, subject, on) for subject in finding.subjects):
            return replace(finding, waived_by=f"{waiver.source} {waiver.who}: {waiver.why}".strip())
    return finding


def _expired(report: Report, waiver: Waiver) -> Finding:
    return Finding(
        kind=Kind.EXPIRED_WAIVER,
        check=waiver.check,
        firewall=report.firewall,
        sentence=_("the waiver of {check} for {subject} ran out on {until}").format(
            check=waiver.check, subject=waiver.subject, until=waiver.until
        ),
        offends=Cited(place=waiver.source, text=waiver.subject),
    )
