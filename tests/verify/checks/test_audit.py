"""What surrounds a check: the profile's severity and clauses, and waivers."""

from dataclasses import replace
from datetime import date

import pytest
from dossiers import CONTENT, ON, PROFILE, but, but_moved

from qianyun.errors import DeclarationError
from qianyun.policy.waivers import Waiver
from qianyun.verify.checks.audit import AuditVerdict, Result, audit, judged
from qianyun.verify.checks.catalogue import CHECK_BY_ID
from qianyun.verify.checks.dossier import Dossier
from qianyun.verify.checks.levels import months_before
from qianyun.verify.findings import Severity

UNFILED = but_moved(filing_number="")


def waiver(subject: str, until: date, check: str = "L01") -> Waiver:
    return Waiver(check=check, subject=subject, who="网信办", why="正在备案", until=until, source="waivers.yml:2")


def unfiled(*waivers: Waiver) -> Result:
    return judged(CHECK_BY_ID["L01"], replace(UNFILED, waivers=waivers))


def with_severity(dossier: Dossier, **severities: str) -> Dossier:
    profile = replace(PROFILE, severity_of_check=severities)
    return replace(dossier, policy=replace(dossier.policy, profile=profile))


def test_clauses_come_from_the_profile_with_their_confidence() -> None:
    [finding] = unfiled().findings

    assert [(str(clause), clause.confidence.value) for clause in finding.clauses] == [("Handbook 1", "H")]


def test_the_profile_may_say_another_severity() -> None:
    milder = judged(CHECK_BY_ID["L01"], with_severity(UNFILED, L01="warn"))

    assert unfiled().severity is Severity.FAIL
    assert milder.severity is milder.findings[0].severity is Severity.WARN
    assert not milder.findings[0].is_open


def test_an_ungraded_system_is_a_warning_of_a_failing_check() -> None:
    [finding] = judged(CHECK_BY_ID["L01"], but_moved(mlps_level=None)).findings

    assert finding.severity is Severity.WARN


@pytest.mark.parametrize("subject", ["甲局/门户", "*"])
def test_a_waiver_marks_its_finding_and_leaves_it_in_sight(subject: str) -> None:
    [finding] = unfiled(waiver(subject, ON)).findings

    assert finding.waived_by == "waivers.yml:2 网信办: 正在备案"
    assert not finding.is_open


def test_a_waiver_of_another_subject_silences_nothing() -> None:
    [finding] = unfiled(waiver("乙局/审批", ON)).findings

    assert finding.is_open


def test_a_waiver_that_ran_out_silences_nothing_and_is_a_finding_itself() -> None:
    found = unfiled(waiver("甲局/门户", date(2026, 10, 31))).findings

    assert [(finding.subject, finding.place, finding.is_open) for finding in found] == [
        ("甲局/门户", "", True),
        ("甲局/门户", "waivers.yml:2", True),
    ]


def test_a_waiver_that_ran_out_shows_even_where_its_cause_is_mended() -> None:
    result = judged(CHECK_BY_ID["L01"], but(waivers=(waiver("甲局/门户", date(2026, 10, 31)),)))

    assert result.verdict is AuditVerdict.FINDINGS


def test_a_waiver_of_a_check_that_there_is_not_is_refused_with_its_line() -> None:
    with pytest.raises(DeclarationError, match=r"waivers\.yml:2.*Q99"):
        audit(replace(CONTENT, waivers=(waiver("*", ON, "Q99"),)))


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2026, 11, 1), 12, date(2025, 11, 1)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
    ],
)
def test_months_are_counted_back_to_a_day_that_exists(day: date, months: int, earlier: date) -> None:
    assert months_before(day, months) == earlier
