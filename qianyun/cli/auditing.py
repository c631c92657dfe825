"""The dossier of an estate for `qianyun zone audit`, and its results as text."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from qianyun.cli.exits import Exit
from qianyun.cli.listing import Format, Listing
from qianyun.cli.listing import printed as listed
from qianyun.errors import StoreError
from qianyun.estate.estate import Estate
from qianyun.estate.facts import SystemKey
from qianyun.importers.configuration_file import read_configuration
from qianyun.importers.declaration import (
    load_addresses,
    load_calendar,
    load_egress,
    load_policy,
    load_pools,
    load_waivers,
)
from qianyun.plan.plan import Plan
from qianyun.policy.model import Policy
from qianyun.store import Store
from qianyun.track.records import records_of
from qianyun.verify.checks.audit import AuditVerdict, Result
from qianyun.verify.checks.catalogue import Check
from qianyun.verify.checks.dossier import Dossier, Need
from qianyun.verify.checks.records import Records
from qianyun.verify.checks.wording import rules, unseen_parts
from qianyun.verify.findings import Report
from qianyun.verify.judging import verify
from qianyun.verify.network.matrix import verify_network
from qianyun.verify.nft_text import read_nft
from qianyun.verify.sarif import audit_as_sarif
from qianyun.words import _, label
from reports.surveying import surveyed

Read = TypeVar("Read")
talk = Console(stderr=True, highlight=False, soft_wrap=True)


class AuditForm(StrEnum):
    """How the results are printed."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"


def dossier_of(folder: Path, store: str, rulesets: Sequence[Path], on: date) -> Dossier:
    """All that is declared in a folder and held in its store; what is not there is left unknown."""
    policy = load_policy(folder)
    estate, cutovers, network, records = _held(store, folder, policy, on)
    return Dossier(
        policy=policy,
        on=on,
        estate=estate,
        cutovers=cutovers,
        addresses=_there(folder, "addresses.yml", lambda: load_addresses(folder, policy)),
        egress=_there(folder, "egress.yml", lambda: load_egress(folder, policy)),
        calendar=_there(folder, "calendar.yml", lambda: load_calendar(folder)),
        pools=_there(folder, "cloud.yml", lambda: load_pools(folder)) or (),
        verdicts=tuple(verify(policy, read_nft(read_configuration(path), str(path)), on) for path in rulesets),
        network=network,
        records=records,
        waivers=load_waivers(folder),
    )


def _there(folder: Path, name: str, read: Callable[[], Read]) -> Read | None:
    return read() if (folder / name).exists() else None


Held = tuple[Estate, Mapping[SystemKey, date] | None, Report | None, Records | None]


def _held(store: str, folder: Path, policy: Policy, on: date) -> Held:
    """Facts, days of the newest plan, the network that was collected, what was told of moves; else nothing."""
    try:
        with Store.open(store or f"sqlite:///state/{folder.name}.db") as opened:
            survey = surveyed(folder, opened, policy)
            network = verify_network(survey, policy, on) if survey.network.boxes else None
            estate, standings = opened.estate(), opened.standings()
            records = records_of(estate, standings) if standings else None
            return estate, _cutovers(opened), network, records
    except StoreError as error:
        if store:
            raise
        talk.print(_("the facts are left out: {error}").format(error=error), markup=False)
        return Estate(), None, None, None


def _cutovers(store: Store) -> Mapping[SystemKey, date] | None:
    if not store.plans():
        return None
    plan = Plan.from_text(store.plan(None).body)
    return {placed.system: placed.on for wave in plan.waves for placed in wave.placements}


def exit_code(results: Sequence[Result]) -> Exit:
    """Whether something must be done."""
    return Exit.FINDINGS if any(each.is_open for result in results for each in result.findings) else Exit.DONE


def printed(results: Sequence[Result], form: AuditForm) -> str:
    """The results as text."""
    if form is AuditForm.JSON:
        return json.dumps([_entry(result) for result in results], ensure_ascii=False, indent=2) + "\n"
    if form is AuditForm.SARIF:
        return json.dumps(audit_as_sarif(results), ensure_ascii=False, indent=2) + "\n"
    titles = {
        "check": _("check"),
        "severity": _("severity"),
        "verdict": _("verdict"),
        "count": _("count"),
        "first": _("first"),
        "rule": _("rule"),
    }
    return listed(Listing(titles=titles, rows=[_row(result) for result in results]), Format.TABLE)


def _row(result: Result) -> tuple[str, str, str, int | None, str, str]:
    told = [each.subject for each in result.findings] or [str(each) for each in result.missing]
    return (
        result.check.id,
        label("Severity", result.severity.value),
        label("AuditVerdict", result.verdict.value),
        None if result.verdict is AuditVerdict.OK else len(told),
        told[0] if told else "",
        rules()[result.check.id],
    )


def _not_judged(check: Check) -> list[str]:
    parts = [unseen_parts().get(check.id, "")]
    if Need.VERDICTS in check.needs:
        parts.append(_("firewalls whose rulesets were not given"))
    return [part for part in parts if part]


def _entry(result: Result) -> dict[str, object]:
    return {
        "check": result.check.id,
        "rule": rules()[result.check.id],
        "severity": result.severity.value,
        "verdict": result.verdict.value,
        "clauses": [{"clause": str(each), "confidence": each.confidence.value} for each in result.clauses],
        "findings": [
            {
                "severity": each.severity.value,
                "subject": each.subject,
                "observed": each.observed,
                "expected": each.expected,
                "place": each.place,
                "waived_by": each.waived_by,
            }
            for each in result.findings
        ],
        "missing": [{"subject": each.subject, "what": each.what} for each in result.missing],
        "not_judged": _not_judged(result.check),
    }
