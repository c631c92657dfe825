"""The catalogue: every check with its id, how bad an offence is, the data it needs, and its function.

The profile may say another severity, and says which clauses are cited.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qianyun.verify.checks import addressing, cloud, levels, moves, networks, rooms, rulesets, uplinks, zones
from qianyun.verify.checks.dossier import Judge, Need
from qianyun.verify.findings import Severity

FAIL, WARN = Severity.FAIL, Severity.WARN


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        severity: Where the profile does not say.
        needs: Data without which it cannot begin.
        sees_data: Whether the facts can answer it at all; one that does not says what is missing.
    """

    id: str
    severity: Severity
    needs: tuple[Need, ...]
    judge: Judge
    sees_data: bool = True


def _check(name: str, severity: Severity, judge: Judge, *needs: Need) -> Check:
    return Check(id=name, severity=severity, needs=needs, judge=judge)


def _unseen(name: str, severity: Severity, judge: Judge) -> Check:
    return Check(id=name, severity=severity, needs=(), judge=judge, sees_data=False)


CHECKS: tuple[Check, ...] = (
    _check("Z01", FAIL, zones.one_zone, Need.SYSTEMS),
    _check("Z02", FAIL, zones.own_prefixes),
    _check("Z03", FAIL, zones.addresses_in_zone, Need.SERVERS, Need.CUTOVERS),
    _check("Z04", FAIL, zones.no_adjacency, Need.VERDICTS),
    _check("Z05", FAIL, zones.exchange_between, Need.VERDICTS),
    _check("Z06", FAIL, zones.one_homed, Need.SERVERS),
    _check("Z07", FAIL, zones.exchange_described, Need.FLOWS),
    _unseen("Z08", FAIL, zones.sensitive_inside),
    _check("Z09", WARN, zones.split_tiers, Need.DATABASES),
    _check("Z10", FAIL, zones.classified_stay_out, Need.SYSTEMS),
    _check("Z11", WARN, zones.inner_zones, Need.EGRESS),
    _check("B01", FAIL, rulesets.default_deny, Need.VERDICTS),
    _check("B02", WARN, rulesets.no_idle_rule, Need.VERDICTS),
    _check("B03", FAIL, rulesets.no_any_any, Need.VERDICTS),
    _unseen("B04", WARN, rulesets.application_control),
    _check("B05", FAIL, rulesets.risky_ports, Need.VERDICTS),
    _check("B06", FAIL, rulesets.flows_covered, Need.VERDICTS),
    _check("B07", FAIL, rulesets.rules_follow, Need.VERDICTS),
    _check("B08", FAIL, rulesets.levels_apart, Need.SERVERS),
    _unseen("B09", WARN, rulesets.boundary_devices),
    _check("B10", FAIL, rulesets.versions_alike, Need.VERDICTS),
    _check("E01", FAIL, uplinks.one_egress, Need.LINES, Need.SYSTEMS, Need.EGRESS, Need.CUTOVERS),
    _unseen("E02", FAIL, uplinks.no_new_line),
    _check("E03", FAIL, uplinks.published_at_egress, Need.EGRESS),
    _check("E04", WARN, uplinks.egress_wide_enough, Need.LINES, Need.EGRESS, Need.CUTOVERS),
    _check("E05", WARN, uplinks.egress_twofold, Need.EGRESS),
    _check("E06", WARN, uplinks.link_class, Need.LINES),
    _check("L01", FAIL, levels.graded_and_filed, Need.SYSTEMS),
    _check("L02", FAIL, levels.platform_level, Need.SYSTEMS),
    _check("L03", FAIL, levels.assessed_in_time, Need.SYSTEMS),
    _check("L04", FAIL, levels.assessed_again, Need.RECORDS, Need.SYSTEMS),
    _check("L05", WARN, levels.cryptography_assessed, Need.SYSTEMS),
    _check("L06", WARN, levels.own_pool, Need.SYSTEMS),
    _unseen("C01", FAIL, cloud.reviewed),
    _unseen("C02", FAIL, cloud.within_the_country),
    _unseen("C03", FAIL, cloud.tenants_apart),
    _unseen("C04", WARN, cloud.management_apart),
    _check("C05", FAIL, cloud.pools_suffice, Need.SYSTEMS, Need.POOLS, Need.CUTOVERS),
    _check("M01", FAIL, moves.planned, Need.SYSTEMS, Need.CALENDAR, Need.CUTOVERS),
    _check("M02", FAIL, moves.rehearsed, Need.RECORDS),
    _check("M03", FAIL, moves.unharmed, Need.RECORDS),
    _check("M04", FAIL, moves.source_kept, Need.RECORDS, Need.CALENDAR),
    _check("M05", FAIL, moves.wiped, Need.RECORDS),
    _check("M06", WARN, moves.outside_blackouts, Need.CALENDAR, Need.CUTOVERS),
    _check("D01", FAIL, moves.backed_up, Need.RECORDS, Need.SYSTEMS),
    _check("R01", FAIL, rooms.decided, Need.ROOMS),
    _check("R02", FAIL, rooms.closed_rooms_empty, Need.ROOMS),
    _check("R03", FAIL, rooms.new_systems_in_cloud, Need.SYSTEMS, Need.CALENDAR),
    _check("R04", WARN, rooms.private_networks_merge, Need.LINES, Need.CUTOVERS),
    _check("V01", FAIL, addressing.hierarchical, Need.ADDRESSES),
    _check("V02", FAIL, addressing.subnet_lengths),
    _check("V03", WARN, addressing.room_to_grow, Need.ADDRESSES, Need.EGRESS),
    _check("V04", FAIL, addressing.icmpv6_filtered, Need.NETWORK),
    _check("V05", FAIL, addressing.published_on_both, Need.EGRESS),
    _unseen("V06", WARN, addressing.ready_for_ipv6),
    _check("N01", FAIL, networks.no_loop, Need.NETWORK),
    _check("N02", FAIL, networks.no_black_hole, Need.NETWORK),
    _check("N03", FAIL, networks.answers_come_home, Need.NETWORK),
)
"""All 58, in the catalogue's order."""

CHECK_BY_ID: Mapping[str, Check] = {check.id: check for check in CHECKS}
