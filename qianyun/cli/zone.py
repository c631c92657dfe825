"""`qianyun zone`: the declared policy in the words of devices and clouds."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, Estate, On, day
from qianyun.compile import cisco, huawei, nftables
from qianyun.compile.neutron import neutron_rules
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy

app = typer.Typer(help="The policy in the words of devices, and what they really do.", no_args_is_help=True)


class Target(StrEnum):
    """What `zone compile` can write."""

    NFTABLES = "nftables"
    NEUTRON = "neutron"
    IOS = "ios"
    ASA = "asa"
    VRP = "vrp"
    USG = "usg"
    COMWARE = "comware"


WITH_STATE: dict[Target, Callable[[Policy, date], str]] = {
    Target.NFTABLES: nftables.render,
    Target.NEUTRON: lambda policy, on: json.dumps(asdict(neutron_rules(policy, on)), indent=2, default=str) + "\n",
    Target.ASA: cisco.render_asa,
    Target.USG: huawei.render_usg,
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
