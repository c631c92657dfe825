"""The declared policy as Ansible sees it: groups of hosts, and each host's variables.

A gateway gets the ruleset that it has to carry, as text, with the digest of the declaration it
was made from; a broker of the exchange zone gets its legs and channels. Groups are `gateways`, `brokers`
and, for each zone that a gateway stands at, `zone_NAME`. A node of the network, where one is declared, gets
its bundle; the groups are `extranet` and `egress`, in which the last to hold virtual addresses comes first,
so that the others keep the way open.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from qianyun.compile.nftables import render
from qianyun.compile.nodes import EGRESS, EXTRANET, Bundled
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Server, SystemKey
from qianyun.policy.backups import BackupSet
from qianyun.policy.channels import Broker, ExchangePlan
from qianyun.policy.gateways import Gateway
from qianyun.policy.model import Policy

Variable = str | int | list[str] | list[dict[str, object]] | dict[str, object]
NOTHING_CROSSES = ExchangePlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Hosts and groups, in the order of the declaration.

    Attributes:
        groups: Names of hosts by group.
        hosts: Variables by host.
    """

    groups: Mapping[str, tuple[str, ...]]
    hosts: Mapping[str, Mapping[str, Variable]]


def inventory_of(
    policy: Policy,
    gateways: Iterable[Gateway],
    on: date,
    bundled: Iterable[Bundled] = (),
    exchange: ExchangePlan = NOTHING_CROSSES,
) -> Inventory:
    """The inventory of a day: flows that have expired by then are not in the rulesets."""
    held, ruleset, nodes = tuple(gateways), render(policy, on), tuple(bundled)
    zones = {zone for gateway in held for zone in gateway.zones}
    groups = {f"zone_{zone.name}": _at(held, zone.name) for zone in policy.zones if zone.name in zones}
    hosts: dict[str, Mapping[str, Variable]] = {gateway.name: _variables(policy, gateway, ruleset) for gateway in held}
    for each in nodes:
        hosts[each.node.name] = {**hosts.get(each.node.name, {}), f"{each.role}_bundle": each.text}
    hosts |= {broker.name: _of_broker(policy, broker, exchange) for broker in exchange.brokers}
    roles = {role: _in_turn(each for each in nodes if each.role == role) for role in (EXTRANET, EGRESS) if nodes}
    brokers = {"brokers": tuple(broker.name for broker in exchange.brokers)} if exchange.brokers else {}
    named = {"gateways": tuple(gateway.name for gateway in held), **brokers, **groups, **roles}
    return Inventory(groups=named, hosts=hosts)


def _in_turn(nodes: Iterable[Bundled]) -> tuple[str, ...]:
    return tuple(each.node.name for each in sorted(nodes, key=lambda each: each.node.priority))


def backed_up(sets: Iterable[BackupSet]) -> Inventory:
    """Hosts whose data the disaster-backup centre keeps, each with its sets; the group is `backed_up`."""
    hosts: dict[str, list[dict[str, object]]] = {}
    for each in sets:
        hosts.setdefault(each.host, []).append(_plain(asdict(each)))
    return Inventory(
        groups={"backed_up": tuple(hosts)} if hosts else {},
        hosts={name: {"backup_sets": held} for name, held in hosts.items()},
    )


def hosts_of(estate: Estate, waves: Mapping[SystemKey, int]) -> Inventory:
    """Servers of the departments: groups by zone, department, room, wave of their system, and role.

    A host is called by its name where no other server has it, else with its system and department.
    Roles are `database`, `middleware`, and `server` for all the rest; waves are numbers by system.
    """
    names = Counter(server.name for server in estate.servers)
    roles = _roles(estate)
    groups: dict[str, list[str]] = {}
    hosts: dict[str, Mapping[str, Variable]] = {}
    for server in estate.servers:
        parts = (server.name,) if names[server.name] == 1 else (server.name, server.system, server.department)
        name = ".".join(_word(part) for part in parts)
        wave = waves.get(SystemKey(department=server.department, name=server.system))
        hosts[name] = _of_server(server, wave)
        role = roles.get((server.department, server.system, server.name), "server")
        places = {"zone": server.zone, "department": server.department, "room": server.room, "wave": wave, "role": role}
        for kind, place in places.items():
            if place is not None:
                groups.setdefault(f"{kind}_{_group(str(place))}", []).append(name)
    return Inventory(groups={group: tuple(groups[group]) for group in sorted(groups)}, hosts=hosts)


def joined(one: Inventory, other: Inventory) -> Inventory:
    """Both: groups of one name hold the hosts of both; what `one` says of a host holds."""
    names = dict.fromkeys([*one.groups, *other.groups])
    groups = {name: tuple(dict.fromkeys([*one.groups.get(name, ()), *other.groups.get(name, ())])) for name in names}
    both = one.hosts.keys() & other.hosts.keys()
    hosts = {**other.hosts, **one.hosts, **{name: {**other.hosts[name], **one.hosts[name]} for name in both}}
    return Inventory(groups=groups, hosts=hosts)


def _roles(estate: Estate) -> Mapping[tuple[str, str, str], str]:
    middleware = {(each.department, each.system, each.server): "middleware" for each in estate.middleware}
    return middleware | {(each.department, each.system, each.server): "database" for each in estate.databases}


def _of_server(server: Server, wave: int | None) -> Mapping[str, Variable]:
    said: dict[str, Variable | None] = {
        "ansible_host": str(server.addresses[0]) if server.addresses else None,
        "qianyun_department": server.department,
        "qianyun_system": server.system,
        "qianyun_room": server.room,
        "qianyun_zone": server.zone,
        "qianyun_wave": wave,
    }
    return {name: value for name, value in said.items() if value is not None}


def _word(text: str) -> str:
    """A name as part of a host's: what Ansible's patterns mean something by becomes a hyphen."""
    return re.sub(r"[\s,:;!&~\[\]{}()*?/\\'\"|]+", "-", text.strip())


def _group(text: str) -> str:
    """A name as part of a group's: letters, digits and underscores, Chinese among them."""
    return re.sub(r"\W", "_", text.strip())


def _at(gateways: Iterable[Gateway], zone: str) -> tuple[str, ...]:
    return tuple(gateway.name for gateway in gateways if zone in gateway.zones)


def _of_broker(policy: Policy, broker: Broker, exchange: ExchangePlan) -> Mapping[str, Variable]:
    """What the role `exchange` lays on a broker's host."""
    return {
        "ansible_host": broker.address,
        "ansible_user": "root",
        "qianyun_estate": policy.estate,
        "exchange_declaration": exchange.digest,
        "exchange_legs": {str(side): _plain(asdict(leg)) for side, leg in broker.legs.items()},
        "exchange_channels": [_plain(asdict(channel)) for channel in exchange.channels],
    }


def _plain(fact: dict[str, object]) -> dict[str, object]:
    """As JSON has it, without where it is declared: a line further down changes nothing on a host."""
    plain: dict[str, object] = json.loads(json.dumps({name: fact[name] for name in fact if name != "source"}))
    return plain


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
