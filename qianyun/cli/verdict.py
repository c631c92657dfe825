"""What verification found, for a person at a terminal and for other programs."""

import json
from collections.abc import Iterator
from enum import StrEnum

from qianyun.cli.exits import Exit
from qianyun.verify.citing import told as translated
from qianyun.verify.explaining import Explanation
from qianyun.verify.findings import Cited, Finding, Report, Severity
from qianyun.verify.sarif import as_json, as_sarif
from qianyun.verify.tracing import Trace
from qianyun.words import _, label

SIGN = {Severity.FAIL: "✕", Severity.WARN: "!"}


class Form(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"


def printed(report: Report, form: Form) -> str:
    """The report as text."""
    match form:
        case Form.JSON:
            return json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n"
        case Form.SARIF:
            return json.dumps(as_sarif(report), ensure_ascii=False, indent=2) + "\n"
        case Form.TABLE:
            return "\n".join(_lines(report)) + "\n"


def exit_code(report: Report) -> Exit:
    """Whether something must be done."""
    open_ = any(each.severity is Severity.FAIL and not each.waived_by for each in report.findings)
    return Exit.FINDINGS if open_ else Exit.DONE


def _lines(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield from _finding(finding)
    for unread in report.unread:
        yield "? " + _("{place}: not understood: {text}").format(place=unread.place, text=unread.text)
    said = (
        _("{firewall}: exactly the flow matrix passes ({rules} rules, {on})")
        if report.is_exact
        else _("{firewall}: not what the flow matrix says ({rules} rules, {on})")
    )
    yield said.format(firewall=report.firewall, rules=report.rules, on=report.on)
    yield _("policy {digest}").format(digest=report.policy)


def _finding(finding: Finding) -> Iterator[str]:
    kind = label("FindingKind", finding.kind.value)
    yield f"{SIGN[finding.severity]} {finding.check} {kind}: {finding.sentence}"
    yield from (f"    {line}" for line in finding.packets)
    if finding.more_packets:
        yield "    " + _("and {count} more").format(count=finding.more_packets)
    yield from (f"    ← {_cited(each)}" for each in finding.rules)
    if finding.offends.place:
        yield "    " + _("against {line}").format(line=_cited(finding.offends))
    if finding.waived_by:
        yield "    " + _("waived: {reason}").format(reason=finding.waived_by)
    if finding.clauses:
        yield "    " + "; ".join(finding.clauses)


def _cited(cited: Cited) -> str:
    return f"{cited.place} {cited.text}".strip()


def explained(told: Explanation) -> Iterator[str]:
    """One packet's way, line by line."""
    yield f"{told.packet}"
    yield _("from {origin} to {target}").format(origin=told.origin, target=told.target)
    for flow, place in told.flows:
        yield _("permitted by flow {flow} ({place})").format(flow=flow, place=place)
    if not told.flows:
        yield _("permitted by no flow")
    yield from _way(told.trace)
    yield _("it passes") if told.trace.passes else _("it does not pass")
    if told.answer is not None and told.back is not None:
        yield _("answer: {packet}").format(packet=told.answer)
        yield from _way(told.back)
        yield _("the answer passes") if told.back.passes else _("the answer does not pass")


def _way(trace: Trace) -> Iterator[str]:
    for met in trace.met:
        line = (
            Cited(place=met.rule.place, text=met.rule.text) if met.rule else Cited(place=met.chain.place, text="policy")
        )
        yield f"  {label('Verb', met.verb.value)}  {_cited(line)}"
        yield from (f"    {change}" for change in translated(met))
