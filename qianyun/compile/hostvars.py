"""The declared policy as Ansible sees it: groups of hosts, and each host's variables.

A gateway gets the ruleset that it has to carry, as text, with the digest of the declaration it
was made from. Groups are `gateways` and, for each zone that a gateway stands at, `zone_NAME`. A node
of the network, where one is declared, gets its bundle; the groups are `extranet` and `egress`, in
which the last to hold virtual addresses comes first, so that the others keep the way open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from qianyun.compile.nftables import render
from qianyun.compile.nodes import EGRESS, EXTRANET, Bundled
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


def inventory_of(policy: Policy, gateways: Iterable[Gateway], on: date, bundled: Iterable[Bundled] = ()) -> Inventory:
    """The inventory of a day: flows that have expired by then are not in the rulesets."""
    held, ruleset, nodes = tuple(gateways), render(policy, on), tuple(bundled)
    zones = {zone for gateway in held for zone in gateway.zones}
    groups = {f"zone_{zone.name}": _at(held, zone.name) for zone in policy.zones if zone.name in zones}
    hosts: dict[str, Mapping[str, Variable]] = {gateway.name: _variables(policy, gateway, ruleset) for gateway in held}
    for each in nodes:
        hosts[each.node.name] = {**hosts.get(each.node.name, {}), f"{each.role}_bundle": each.text}
    roles = {role: _in_turn(each for each in nodes if each.role == role) for role in (EXTRANET, EGRESS) if nodes}
    return Inventory(groups={"gateways": tuple(gateway.name for gateway in held), **groups, **roles}, hosts=hosts)


def _in_turn(nodes: Iterable[Bundled]) -> tuple[str, ...]:
    return tuple(each.node.name for each in sorted(nodes, key=lambda each: each.node.priority))


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
