"""Each check of the catalogue: content with a clean estate, not with a broken one; or it says which data is missing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from ipaddress import ip_address, ip_network

import pytest
from dossiers import (
    ADDRESSES,
    CALENDAR,
    CONTENT,
    DISKS,
    EGRESS,
    ESTATE,
    FLOWS,
    MOVED,
    POLICY,
    PORTAL,
    RECORDS,
    WAITING,
    WHOLE,
    but,
    but_in_estate,
    but_in_policy,
    but_moved,
    but_recorded,
    but_zone,
)

from qianyun.estate.facts import Server
from qianyun.estate.kinds import Disposition, MlpsLevel, Secrecy
from qianyun.policy.addresses import Region
from qianyun.verify.checks.audit import AuditVerdict, audit, judged
from qianyun.verify.checks.catalogue import CHECK_BY_ID, CHECKS
from qianyun.verify.checks.dossier import Dossier
from qianyun.verify.checks.wording import rules, unseen_parts
from qianyun.verify.findings import Cited, Finding, Kind, Report

SERVER = ESTATE.servers[0]
EXTRANET, INTERNET, PRIVATE = ESTATE.lines


def proved(check: str, kind: Kind = Kind.FORBIDDEN) -> Dossier:
    finding = Finding(
        kind=kind,
        check=check,
        firewall="fw",
        origin="world",
        target="inner",
        sentence="a packet passes",
        rules=(Cited(place="fw.nft:7"),),
    )
    return but(verdicts=(replace(CONTENT.verdicts[0], findings=(finding,)),))


def with_server(server: Server, *, beside: bool = False) -> Dossier:
    return but_in_estate(servers=(SERVER, server) if beside else (server,))


BROKEN: Mapping[str, Callable[[], tuple[Dossier, str]]] = {
    "Z01": lambda: (but_moved(zone="nowhere"), "甲局/门户"),
    "Z02": lambda: (but_zone("inner", prefixes=(ip_network("10.2.5.0/24"), ip_network("fd00::/48"))), "gate→inner"),
    "Z03": lambda: (with_server(replace(SERVER, addresses=(ip_address("10.4.0.1"),))), "甲局/门户/a1"),
    "Z04": lambda: (proved("Z04"), "world→inner"),
    "Z05": lambda: (but_zone("web", borders=("world", "gate", "inner")), "web→inner"),
    "Z06": lambda: (
        with_server(replace(SERVER, addresses=(*SERVER.addresses, ip_address("192.0.2.9")))),
        "甲局/门户/a1",
    ),
    "Z07": lambda: (but_in_policy(flows=(FLOWS[0], replace(FLOWS[1], exchange=None))), "request"),
    "Z09": lambda: (with_server(replace(SERVER, zone="web")), "甲局/门户/a1/GaussDB"),
    "Z10": lambda: (
        but_moved(secrecy=Secrecy.CLASSIFIED, disposition=Disposition.INTRANET, zone="inner"),
        "甲局/门户",
    ),
    "Z11": lambda: (but_zone("inner", borders=("gate", "office", "world")), "inner"),
    "B01": lambda: (proved("B01", Kind.NO_DEFAULT_DENY), "world→inner"),
    "B02": lambda: (proved("B02", Kind.NEVER_MATCHES), "world→inner"),
    "B03": lambda: (proved("B03", Kind.ANY_ANY), "world→inner"),
    "B05": lambda: (proved("B05", Kind.RISKY_PORT), "world→inner"),
    "B06": lambda: (proved("B06"), "world→inner"),
    "B07": lambda: (proved("B07", Kind.REFUSED), "world→inner"),
    "B08": lambda: (
        replace(
            but_moved(),
            estate=replace(
                ESTATE,
                systems=(MOVED, replace(WAITING, mlps_level=MlpsLevel.TWO)),
                servers=(
                    SERVER,
                    replace(SERVER, department="乙局", system="审批", addresses=(ip_address("2001:db8:3::11"),)),
                ),
            ),
        ),
        "2001:db8:3::/64",
    ),
    "B10": lambda: (proved("B10", Kind.DISPARITY), "world→inner"),
    "E01": lambda: (but_in_estate(lines=(replace(INTERNET, department="甲局"),)), "L2"),
    "E03": lambda: (but(egress=replace(EGRESS, publications=())), "web.portal"),
    "E04": lambda: (but_in_estate(lines=(replace(INTERNET, bandwidth_mbps=Decimal(1401)),)), "2026-12-18"),
    "E05": lambda: (but(egress=replace(EGRESS, links=EGRESS.links[:1])), "egress"),
    "E06": lambda: (but_in_estate(lines=(replace(EXTRANET, bandwidth_mbps=Decimal(999)),)), "440000"),
    "L01": lambda: (but_moved(filing_number=""), "甲局/门户"),
    "L02": lambda: (but_moved(mlps_level=MlpsLevel.FOUR), "甲局/门户"),
    "L03": lambda: (but_moved(assessed_on=date(2025, 10, 31)), "甲局/门户"),
    "L05": lambda: (but_moved(crypto_assessed_on=None), "甲局/门户"),
    "L06": lambda: (but_moved(mlps_level=MlpsLevel.FOUR), "甲局/门户"),
    "C05": lambda: (but_moved(vcpu=83), "inner vcpu"),
    "M01": lambda: (but(cutovers={MOVED.key: date(2026, 9, 4)}), "乙局/审批"),
    "L04": lambda: (but_moved(assessed_on=date(2026, 8, 1)), "甲局/门户"),
    "M02": lambda: (but_recorded(rehearsed_on=None, tested_on=date(2026, 9, 5)), "甲局/门户"),
    "M03": lambda: (but_recorded(compared_on=None), "甲局/门户"),
    "M04": lambda: (but_recorded(retired_on=date(2026, 9, 17)), "甲局/门户"),
    "M05": lambda: (but(records=replace(RECORDS, disks=(replace(DISKS, is_wiped=False),))), "甲局/门户 a0"),
    "D01": lambda: (but_recorded(restored_on=None), "甲局/门户"),
    "M06": lambda: (but(cutovers={MOVED.key: date(2026, 12, 25)}), "甲局/门户"),
    "R01": lambda: (but_in_estate(rooms=(replace(ESTATE.rooms[0], outcome=None),)), "旧机房"),
    "R02": lambda: (but_in_estate(rooms=(replace(ESTATE.rooms[0], withdraw_by=date(2026, 10, 1)),)), "旧机房"),
    "R03": lambda: (
        but_in_estate(systems=(MOVED, replace(WAITING, live_on=date(2026, 7, 1)))),
        "乙局/审批",
    ),
    "R04": lambda: (but_in_estate(lines=(replace(PRIVATE, systems=()),)), "L3"),
    "V01": lambda: (
        but(addresses=replace(ADDRESSES, regions=(region("440000", "a.yml:1"), region("440100", "a.yml:2")))),
        "a.yml:2",
    ),
    "V02": lambda: (
        but_in_policy(endpoints=(replace(PORTAL, prefixes=(ip_network("2001:db8:1:1::/80"),)),)),
        "web.portal",
    ),
    "V03": lambda: (but(addresses=replace(ADDRESSES, reserve_percent=0)), "2001:db8::/32"),
    "V04": lambda: (proved("V04", Kind.REFUSED), "world→inner"),
    "N01": lambda: (proved("N01", Kind.ROUTE_LOOP), "world→inner"),
    "N02": lambda: (proved("N02", Kind.BLACK_HOLE), "world→inner"),
    "N03": lambda: (proved("N03", Kind.UNANSWERED), "world→inner"),
    "V05": lambda: (
        but(
            egress=replace(
                EGRESS, publications=(replace(EGRESS.publications[0], prefixes=(ip_network("192.0.2.0/28"),)),)
            )
        ),
        "web.portal",
    ),
}  # fmt: skip


def region(code: str, place: str) -> Region:
    return Region(code=code, name="", number=1, source=place)


def test_the_catalogue_has_58_checks_and_a_sentence_for_each() -> None:
    assert len(CHECK_BY_ID) == len(CHECKS) == 58
    assert list(rules()) == [check.id for check in CHECKS]
    assert unseen_parts().keys() <= BROKEN.keys()


def test_every_check_that_sees_data_has_a_failing_case_here() -> None:
    assert {check.id for check in CHECKS if check.sees_data} == BROKEN.keys()


@pytest.mark.parametrize("check", BROKEN)
def test_a_check_is_content_with_a_clean_estate(check: str) -> None:
    result = judged(CHECK_BY_ID[check], CONTENT)

    assert (result.verdict, result.findings, result.missing) == (AuditVerdict.OK, (), ())


@pytest.mark.parametrize("check", BROKEN)
def test_a_check_names_what_breaks_it(check: str) -> None:
    dossier, subject = BROKEN[check]()

    result = judged(CHECK_BY_ID[check], dossier)

    assert result.verdict is AuditVerdict.FINDINGS
    assert subject in [finding.subject for finding in result.findings]
    assert all(finding.observed and finding.expected for finding in result.findings)


@pytest.mark.parametrize("check", [check.id for check in CHECKS if not check.sees_data])
def test_a_check_without_data_says_which(check: str) -> None:
    result = judged(CHECK_BY_ID[check], CONTENT)

    assert result.verdict is AuditVerdict.NO_DATA
    assert [each for each in result.missing if each.what]


@pytest.mark.parametrize("check", [check.id for check in CHECKS if check.needs])
def test_a_check_whose_data_is_not_there_does_not_pass(check: str) -> None:
    nothing = Dossier(policy=replace(POLICY, flows=()), on=CONTENT.on)

    assert judged(CHECK_BY_ID[check], nothing).verdict is AuditVerdict.NO_DATA


@pytest.mark.parametrize("check", ["Z04", "Z05", "B01", "B02", "B03", "B05", "B06", "B07", "B10"])
def test_what_is_unproven_on_a_firewall_passes_no_check_of_its_rules(check: str) -> None:
    assert judged(CHECK_BY_ID[check], proved("B06", Kind.UNPROVEN)).verdict is AuditVerdict.NO_DATA


@pytest.mark.parametrize("check", ["L02", "L03", "L05", "L06"])
def test_an_ungraded_system_is_no_silent_pass(check: str) -> None:
    result = judged(CHECK_BY_ID[check], but_moved(mlps_level=None))

    assert result.verdict is AuditVerdict.NO_DATA
    assert [each.subject for each in result.missing] == ["甲局/门户"]


def test_an_audit_answers_every_check_in_the_order_of_the_catalogue() -> None:
    assert [result.check.id for result in audit(CONTENT)] == [check.id for check in CHECKS]


def test_a_move_in_a_blackout_of_the_calendar_cites_its_line() -> None:
    [finding] = judged(CHECK_BY_ID["M06"], BROKEN["M06"]()[0]).findings

    assert finding.place == CALENDAR.blackouts[0].source


def test_a_finding_of_verification_keeps_its_line() -> None:
    [finding] = judged(CHECK_BY_ID["B05"], proved("B05")).findings

    assert (finding.place, finding.observed) == ("fw.nft:7", "fw: a packet passes")


def test_a_flow_that_has_run_out_is_an_idle_rule() -> None:
    expired = replace(FLOWS[0], expires_on=date(2026, 10, 31))

    [finding] = judged(CHECK_BY_ID["B02"], but_in_policy(flows=(expired,))).findings

    assert finding.subject == "portal"


@pytest.mark.parametrize(
    ("check", "kind"), [("Z06", Kind.ADJACENT_ZONES), ("E01", Kind.OFF_EGRESS), ("Z04", Kind.FORBIDDEN)]
)
def test_what_the_whole_network_shows_is_held_against_the_check(check: str, kind: Kind) -> None:
    [report] = proved(check, kind).verdicts
    network = replace(report, firewall="network")

    found = judged(CHECK_BY_ID[check], but(network=network))

    assert [finding.subject for finding in found.findings] == ["world→inner"]


def test_a_published_endpoint_in_an_inner_zone_is_named() -> None:
    published = replace(EGRESS.publications[0], endpoint=WHOLE["inner"].name)

    found = judged(CHECK_BY_ID["E03"], but(egress=replace(EGRESS, publications=(*EGRESS.publications, published))))

    assert [finding.subject for finding in found.findings] == ["inner"]


def test_a_report_of_another_firewall_changes_nothing() -> None:
    clean = Report(firewall="other", policy="", on="", rules=1, findings=())

    assert audit(but(verdicts=(*CONTENT.verdicts, clean))) == audit(CONTENT)


def test_a_system_that_merges_into_another_takes_no_processors_of_a_pool() -> None:
    merging = but_moved(vcpu=1000, disposition=Disposition.MERGE)

    assert judged(CHECK_BY_ID["C05"], merging).verdict is AuditVerdict.OK


@pytest.mark.parametrize("check", ["M02", "M03", "M04"])
def test_what_was_not_cut_over_yet_owes_no_record(check: str) -> None:
    assert judged(CHECK_BY_ID[check], but_recorded(moved_on=None)).verdict is AuditVerdict.OK


def test_nobody_asks_for_an_assessment_while_the_observation_lasts() -> None:
    old = replace(but_moved(assessed_on=date(2026, 8, 1)), on=date(2026, 9, 18))

    assert judged(CHECK_BY_ID["L04"], old).verdict is AuditVerdict.OK


def test_a_system_of_which_no_backup_was_told_is_no_silent_pass() -> None:
    untold = but(records=replace(RECORDS, trails={MOVED.key: RECORDS.trails[MOVED.key]}))

    result = judged(CHECK_BY_ID["D01"], untold)

    assert (result.verdict, [each.subject for each in result.missing]) == (AuditVerdict.NO_DATA, ["乙局/审批"])


def test_wiping_without_a_certificate_is_none() -> None:
    bare = but(records=replace(RECORDS, disks=(replace(DISKS, is_certified=False),), closed={}))

    assert [each.subject for each in judged(CHECK_BY_ID["M05"], bare).findings] == ["甲局/门户 a0"]
