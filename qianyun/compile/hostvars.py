"""The declared policy as Ansible sees it: groups of hosts, and each host's variables.

A gateway gets the ruleset that it has to carry, as text, with the digest of the declaration it
was made from. Groups are `gateways` and, for each zone that a gateway stands at, `zone_NAME`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from qianyun.compile.nftables import render
from qianyun.policy.gateways import Gateway
from qianyun.policy.model import Policy

Variable = str | int | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Hosts and groups, in the order of the declaration.

    Attributes:
        groups: Names of hosts by group.
        hosts: Variables by host.
    """

    groups: Mapping[str, tuple[str, ...]]
    hosts: Mapping[str, Mapping[str, Variable]]


def inventory_of(policy: Policy, gateways: Iterable[Gateway], on: date) -> Inventory:
    """The inventory of a day: flows that have expired by then are not in the rulesets."""
    held, ruleset = tuple(gateways), render(policy, on)
    zones = {zone for gateway in held for zone in gateway.zones}
    groups = {f"zone_{zone.name}": _at(held, zone.name) for zone in policy.zones if zone.name in zones}
    return Inventory(
        groups={"gateways": tuple(gateway.name for gateway in held), **groups},
        hosts={gateway.name: _variables(policy, gateway, ruleset) for gateway in held},
    )


def _at(gateways: Iterable[Gateway], zone: str) -> tuple[str, ...]:
    return tuple(gateway.name for gateway in gateways if zone in gateway.zones)


def _variables(policy: Policy, gateway: Gateway, ruleset: str) -> Mapping[str, Variable]:
    return {
        "ansible_host": str(gateway.address),
        "ansible_port": gateway.port,
        "ansible_user": gateway.user,
        "qianyun_estate": policy.estate,
        "qianyun_zones": list(gateway.zones),
        "zone_firewall_digest": policy.digest,
        "zone_firewall_ruleset": ruleset,
    }
