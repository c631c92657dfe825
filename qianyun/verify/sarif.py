"""A report for other programs: plain JSON of ours, and SARIF for code-scanning tools.

Source: OASIS SARIF 2.1.0; `https://docs.oasis-open.org/sarif/sarif/v2.1.0/`.
"""

from collections.abc import Iterator, Mapping, Sequence

from qianyun.verify.checks.audit import Result
from qianyun.verify.checks.wording import rules
from qianyun.verify.findings import Cited, Finding, Report, Severity
from qianyun.words import label

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(report: Report) -> dict[str, Json]:
    """Everything in the report, under the names of its attributes."""
    return {
        "firewall": report.firewall,
        "policy": report.policy,
        "on": report.on,
        "rules": report.rules,
        "exact": report.is_exact,
        "findings": [_finding(one) for one in report.findings],
        "unread": [_cited(one) for one in report.unread],
    }


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "check": finding.check,
        "clauses": list(finding.clauses),
        "origin": finding.origin,
        "target": finding.target,
        "sentence": finding.sentence,
        "packets": list(finding.packets),
        "more_packets": finding.more_packets,
        "witnesses": [str(packet) for packet in finding.witnesses],
        "rules": [_cited(one) for one in finding.rules],
        "offends": _cited(finding.offends),
        "waived_by": finding.waived_by,
    }


def _cited(cited: Cited) -> dict[str, Json]:
    return {"place": cited.place, "text": cited.text}


def as_sarif(report: Report) -> dict[str, Json]:
    """One run of one tool; each check is a rule, each finding a result with its lines as locations."""
    checks = sorted({finding.check for finding in report.findings})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "qianyun", "rules": [{"id": check} for check in checks]}},
                "results": [_result(finding, checks) for finding in report.findings],
                "properties": {"firewall": report.firewall, "policy": report.policy, "on": report.on},
            }
        ],
    }


def _result(finding: Finding, checks: Sequence[str]) -> dict[str, Json]:
    result: dict[str, Json] = {
        "ruleId": finding.check,
        "ruleIndex": checks.index(finding.check),
        "level": "error" if finding.severity is Severity.FAIL else "warning",
        "message": {"text": finding.sentence},
        "locations": [_location(one) for one in finding.rules if one.place],
        "relatedLocations": [_location(finding.offends)] if finding.offends.place else [],
        "properties": {
            "kind": label("FindingKind", finding.kind.value),
            "packets": list(finding.packets),
            "witnesses": [str(packet) for packet in finding.witnesses],
            "clauses": list(finding.clauses),
        },
    }
    if finding.waived_by:
        result["suppressions"] = [{"kind": "external", "justification": finding.waived_by}]
    return result


def audit_as_sarif(results: Sequence[Result]) -> dict[str, Json]:
    """All checks as rules, what offends them as results; where one could not be judged, what it lacks is open."""
    told = rules()
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "qianyun",
                        "rules": [
                            {"id": each.check.id, "shortDescription": {"text": told[each.check.id]}} for each in results
                        ],
                    }
                },
                "results": [entry for number, each in enumerate(results) for entry in _audited(number, each)],
            }
        ],
    }


def _audited(number: int, result: Result) -> Iterator[dict[str, Json]]:
    for missing in result.missing:
        yield {
            "ruleId": result.check.id,
            "ruleIndex": number,
            "kind": "open",
            "level": "none",
            "message": {"text": str(missing)},
        }
    for finding in result.findings:
        entry: dict[str, Json] = {
            "ruleId": finding.check,
            "ruleIndex": number,
            "level": "error" if finding.severity is Severity.FAIL else "warning",
            "message": {"text": f"{finding.subject}: {finding.observed}; {finding.expected}"},
            "locations": [_location(Cited(place=finding.place))] if finding.place else [],
            "properties": {"clauses": [str(clause) for clause in finding.clauses]},
        }
        if finding.waived_by:
            entry["suppressions"] = [{"kind": "external", "justification": finding.waived_by}]
        yield entry


def _location(cited: Cited) -> dict[str, Json]:
    name, _colon, line = cited.place.rpartition(":")
    place: dict[str, Json] = {"artifactLocation": {"uri": name or cited.place}}
    if line.isdecimal():
        place["region"] = {"startLine": int(line), "snippet": {"text": cited.text}}
    return {"physicalLocation": place}
