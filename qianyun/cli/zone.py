"""`qianyun zone`: the declared policy in the words of devices and clouds."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli import auditing, journeys, verdict
from qianyun.cli.exits import Exit
from qianyun.cli.listing import PROVINCE, Estate, On, StoreUrl, day
from qianyun.compile import cisco, fortinet, huawei, nftables
from qianyun.compile.neutron import neutron_rules
from qianyun.importers.configuration_file import read_configuration
from qianyun.importers.declaration import load_policy, load_waivers
from qianyun.policy.model import Policy
from qianyun.verify.chains import Ruleset
from qianyun.verify.checks.audit import audit
from qianyun.verify.explaining import explain, packet_of
from qianyun.verify.judging import verify
from qianyun.verify.network.journey import journey_of
from qianyun.verify.network.matrix import verify_network
from qianyun.verify.nft_text import read_nft
from qianyun.verify.reading import read_firewall
from qianyun.verify.waiving import waived
from reports.surveying import survey_of

app = typer.Typer(no_args_is_help=True)


class Target(StrEnum):
    """What `zone compile` can write."""

    NFTABLES = "nftables"
    NEUTRON = "neutron"
    IOS = "ios"
    ASA = "asa"
    VRP = "vrp"
    USG = "usg"
    COMWARE = "comware"
    FORTIOS = "fortios"


WITH_STATE: dict[Target, Callable[[Policy, date], str]] = {
    Target.NFTABLES: nftables.render,
    Target.NEUTRON: lambda policy, on: json.dumps(asdict(neutron_rules(policy, on)), indent=2, default=str) + "\n",
    Target.ASA: cisco.render_asa,
    Target.USG: huawei.render_usg,
    Target.FORTIOS: fortinet.render_fortios,
}


@app.command("compile")
def compile_(
    estate: Estate = PROVINCE,
    target: Annotated[Target, typer.Option(help="What to write the policy for.")] = Target.NFTABLES,
    on: On = "",
    *,
    loose_replies: Annotated[
        bool, typer.Option("--loose-replies", help="Let lists without state tell replies by their port alone.")
    ] = False,
) -> None:
    """Write the flow matrix for nftables, for Neutron, or as a vendor's access list, on stdout."""
    sys.stdout.write(_text(load_policy(estate), target, day(on), loose_replies=loose_replies))


def _text(policy: Policy, target: Target, on: date, *, loose_replies: bool) -> str:
    match target:
        case Target.IOS:
            return cisco.render_ios(policy, on, loose_replies=loose_replies)
        case Target.VRP:
            return huawei.render_vrp(policy, on, loose_replies=loose_replies)
        case Target.COMWARE:
            return huawei.render_comware(policy, on, loose_replies=loose_replies)
        case _:
            return WITH_STATE[target](policy, on)


RulesetFile = Annotated[
    Path | None,
    typer.Option(
        "--ruleset",
        help="Text of nftables, iptables-save or a vendor to judge; the compiled policy if not given.",
        dir_okay=False,
    ),
]


WholeNetwork = Annotated[
    bool,
    typer.Option("--network", help="Judge the whole network of boxes that were collected, not one ruleset."),
]


@app.command("verify")
def verify_(
    estate: Estate = PROVINCE,
    ruleset: RulesetFile = None,
    on: On = "",
    store: StoreUrl = "",
    form: Annotated[
        verdict.Form, typer.Option("--format", help="How to print the report: table, json or sarif.")
    ] = verdict.Form.TABLE,
    *,
    network: WholeNetwork = False,
) -> None:
    """Prove that a ruleset, or the whole network, lets pass exactly the flow matrix; every finding shows a packet."""
    policy = load_policy(estate)
    if network:
        found = verify_network(survey_of(estate, store, policy), policy, day(on))
    else:
        found = verify(policy, _ruleset(policy, ruleset, day(on)), day(on))
    report = waived(found, load_waivers(estate), day(on))
    sys.stdout.write(verdict.printed(report, form))
    raise typer.Exit(verdict.exit_code(report))


@app.command("explain")
def explain_(  # noqa: PLR0917 - one option each
    packet: Annotated[str, typer.Argument(help="The packet, such as 'tcp 10.1.0.5:50000 > 192.0.2.7:443'.")],
    estate: Estate = PROVINCE,
    ruleset: RulesetFile = None,
    on: On = "",
    store: StoreUrl = "",
    form: Annotated[
        verdict.Form, typer.Option("--format", help="How to print the way: table, json or sarif.")
    ] = verdict.Form.TABLE,
    *,
    network: WholeNetwork = False,
) -> None:
    """Follow one packet: the flows that permit it, and every line that decides about it, on every box of its way."""
    policy = load_policy(estate)
    if network:
        walked = journey_of(survey_of(estate, store, policy), policy, packet_of(packet), day(on))
        sys.stdout.write(journeys.printed(walked, form))
        raise typer.Exit(Exit.DONE if walked.agrees else Exit.FINDINGS)
    told = explain(policy, _ruleset(policy, ruleset, day(on)), packet_of(packet), day(on))
    sys.stdout.write("\n".join(verdict.explained(told)) + "\n")
    raise typer.Exit(Exit.DONE if told.trace.passes == bool(told.flows) else Exit.FINDINGS)


@app.command("audit")
def audit_(
    estate: Estate = PROVINCE,
    store: StoreUrl = "",
    rulesets: Annotated[
        list[Path] | None,
        typer.Option("--ruleset", help="nftables text of a running firewall; may be given often.", dir_okay=False),
    ] = None,
    on: On = "",
    form: Annotated[
        auditing.AuditForm, typer.Option("--format", help="How to print the results: table, json or sarif.")
    ] = auditing.AuditForm.TABLE,
) -> None:
    """Run every check of the catalogue; one that lacks data says which."""
    results = audit(auditing.dossier_of(estate, store, rulesets or (), day(on)))
    sys.stdout.write(auditing.printed(results, form))
    raise typer.Exit(auditing.exit_code(results))


def _ruleset(policy: Policy, path: Path | None, on: date) -> Ruleset:
    if path is None:
        return read_nft(nftables.render(policy, on), "compiled.nft")
    return read_firewall(read_configuration(path), str(path))
