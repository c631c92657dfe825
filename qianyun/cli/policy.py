"""`qianyun policy`: the declared zones and the flow matrix."""

from datetime import date

import typer
from rich.console import Console

from qianyun.cli.listing import PROVINCE, Estate, Format, Listing, On, Printed, day, show
from qianyun.importers.declaration import (
    load_addresses,
    load_backups,
    load_egress,
    load_exchange,
    load_policy,
    load_waivers,
)
from qianyun.policy.model import Flow, Policy
from qianyun.policy.rules import covered_rules, expired_flows, rules_of
from qianyun.policy.waivers import expired_waivers
from qianyun.words import _, label

app = typer.Typer(no_args_is_help=True)
talk = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def check(estate: Estate = PROVINCE, on: On = "") -> None:
    """Check zones, flows, addresses, egress and waivers, and tell every fault with its line."""
    policy, today = load_policy(estate), day(on)
    sites = load_addresses(estate, policy).sites
    load_egress(estate, policy)
    load_exchange(estate, policy, today)
    load_backups(estate)
    waivers = expired_waivers(load_waivers(estate), today)
    for note in (*_notes(policy, today), *(_expired(each.source, f"{each.check} {each.subject}") for each in waivers)):
        talk.print(note, markup=False)
    typer.echo(_sum(policy, len(rules_of(policy, today)), len(sites)))


@app.command("show")
def matrix(estate: Estate = PROVINCE, form: Printed = Format.TABLE) -> None:
    """List the flow matrix: who may open connections to whom, with which services, and why."""
    show(Listing(titles=_titles(), rows=[_row(flow) for flow in load_policy(estate).flows]), form)


def _sum(policy: Policy, rules: int, sites: int) -> str:
    return _("{estate}: {zones} zones, {flows} flows, {rules} rules in force, {sites} sites; no fault").format(
        estate=policy.estate, zones=len(policy.zones), flows=len(policy.flows), rules=rules, sites=sites
    )


def _notes(policy: Policy, on: date) -> list[str]:
    covered = _("{place}: flow {flow!r} adds nothing to the flows before it on IPv{version}")
    return [
        *(_expired(flow.source, flow.name) for flow in expired_flows(policy, on)),
        *(covered.format(place=r.source, flow=r.flow, version=r.version) for r in covered_rules(policy, on)),
    ]


def _expired(place: str, name: str) -> str:
    return _("{place}: {name} has expired").format(place=place, name=name)


def _titles() -> dict[str, str]:
    return {
        "flow": _("flow"),
        "from": _("from"),
        "to": _("to"),
        "services": _("services"),
        "direction": _("direction"),
        "purpose": _("purpose"),
        "expires": _("expires"),
        "inspection": _("inspection"),
        "masking": _("masking"),
    }


def _row(flow: Flow) -> tuple[str | None, ...]:
    return (
        flow.name,
        flow.origin.name,
        flow.target.name,
        " ".join(service.name for service in flow.services),
        label("Direction", flow.direction),
        flow.purpose,
        str(flow.expires_on) if flow.expires_on else None,
        flow.exchange.inspection if flow.exchange else None,
        flow.exchange.masking if flow.exchange else None,
    )
