"""From the verifier's findings to what reports say of them."""

from collections.abc import Iterable

from qianyun.policy.model import Policy
from qianyun.verify.findings import Cited, Finding, Kind, Severity
from qianyun.verify.findings import Report as FirewallReport
from qianyun.words import _, label, language
from reports.results import Breach, Verification
from reports.tones import Tone


def verification_of(policy: Policy, reports: Iterable[FirewallReport]) -> Verification:
    """All firewalls together, violations first, in the language in force."""
    findings = [finding for report in reports for finding in report.findings]
    breaches = [_breach(policy, finding) for finding in findings]
    return Verification(
        breaches=tuple(sorted(breaches, key=lambda breach: breach.tone is not Tone.BAD)),
        broken_flows=frozenset(finding.offends.text for finding in findings if finding.kind is Kind.REFUSED),
    )


def zone_name(policy: Policy, name: str) -> str:
    """A zone as a reader of this language knows it: declarations name zones in Chinese."""
    zone = policy.zone_by_name.get(name)
    return zone.label if zone and language() == "zh_CN" else name


def _breach(policy: Policy, finding: Finding) -> Breach:
    is_open = finding.severity is Severity.FAIL and not finding.waived_by
    return Breach(
        tone=Tone.BAD if is_open else Tone.WARN,
        title=_title(policy, finding),
        origin=finding.origin,
        target=finding.target,
        packet="; ".join(map(str, finding.witnesses)),
        place=_place(finding),
        clause="; ".join(filter(None, (finding.check, *finding.clauses))),
        note=_note(finding),
    )


def _title(policy: Policy, finding: Finding) -> str:
    """The pair of zones where there is one, since the packet is told beside it; else the sentence."""
    if not (finding.origin and finding.target and finding.witnesses):
        return finding.sentence
    return _("{origin} → {target}: {kind}").format(
        origin=zone_name(policy, finding.origin),
        target=zone_name(policy, finding.target),
        kind=label("FindingKind", finding.kind),
    )


def _place(finding: Finding) -> str:
    """The line that decides; its place names the firewall already."""
    return _cited(finding.rules[-1]) if finding.rules else finding.firewall


def _note(finding: Finding) -> str:
    if finding.waived_by:
        return _("waived: {reason}").format(reason=finding.waived_by)
    return _("against {line}").format(line=_cited(finding.offends)) if finding.offends.place else ""


def _cited(cited: Cited) -> str:
    return f"{cited.place} {cited.text}".strip()
