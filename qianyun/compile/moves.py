"""The moves as Ansible sees them: one entry of the inventory for each, with all that its playbooks are given.

A move is an entry of its own, in the groups `moves` and `wave_NUMBER`; its tasks are carried out
on the hosts that it names. Every variable comes from the declaration and from the plan, whose
digest goes along: a run whose plan is not the approved one is refused.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from qianyun.estate.facts import SystemKey
from qianyun.estate.moving import Addresses, Move, Moves, Part, Reached
from qianyun.policy.gateways import Gateway
from qianyun.policy.model import Policy

Value = str | int | list["Value"] | dict[str, "Value"]
FIRST_TUNNEL = 5441
"""Port on the loopback of both ends where a part finds the other's database; the next part has the next."""

LOCAL: Mapping[str, Value] = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}
"""A move is no host: what is not done on the hosts that it names is done by the controller."""


@dataclass(frozen=True, kw_only=True)
class Borders:
    """The policy, and the gateways that hold its zones apart."""

    policy: Policy
    gateways: tuple[Gateway, ...]

    def between(self, flows: Iterable[str]) -> tuple[str, ...]:
        """Gateways that stand between the two ends of any of these flows."""
        known = (self.policy.flow_by_name[name] for name in flows if name in self.policy.flow_by_name)
        ends = [{flow.origin.zone, flow.target.zone} for flow in known]
        return tuple(gateway.name for gateway in self.gateways if any(pair <= set(gateway.zones) for pair in ends))


def inventory_of_moves(
    moves: Moves, plan: str, wave_of: Mapping[SystemKey, int], borders: Borders, shared: Mapping[str, Value]
) -> dict[str, Value]:
    """An inventory for Ansible's plugin `yaml`.

    Args:
        moves: As declared.
        plan: Digest of the approved plan.
        wave_of: Its waves by system; a move whose system it does not hold is left out.
        borders: Where the rules of the moves' flows are.
        shared: Variables of all moves: where the estate and its store are.
    """
    planned = [move for move in moves.moves if move.system in wave_of]
    groups: dict[str, Value] = {"moves": _members(move.name for move in planned)}
    for wave in sorted({wave_of[move.system] for move in planned}):
        groups[f"wave_{wave}"] = _members(move.name for move in planned if wave_of[move.system] == wave)
    hosts: dict[str, Value] = {host.name: _reached(host) for host in moves.hosts}
    held = {move.name: borders.between((*move.old_flows, *move.new_flows)) for move in planned}
    groups["gateways_of_moves"] = _members(dict.fromkeys(gateway for names in held.values() for gateway in names))
    for move in planned:
        own: dict[str, Value] = {"move_plan": plan, "move_gateways": list(held[move.name])}
        hosts[move.name] = {**LOCAL, **shared, **own, **_variables(move)}
    return {"all": {"hosts": hosts, "children": groups}}


def _members(names: Iterable[str]) -> Value:
    return {"hosts": {name: {} for name in names}}


def _reached(host: Reached) -> Value:
    return {
        "ansible_connection": "ssh",
        "ansible_host": str(host.address),
        "ansible_user": host.user,
        "ansible_port": host.port,
    }


def _variables(move: Move) -> dict[str, Value]:
    service, record = move.service, move.record
    return {
        "move_name": move.name,
        "move_system": str(move.system),
        "move_downtime_s": move.downtime_s,
        "move_hosts": list(move.hosts()),
        "move_parts": [_part(part, FIRST_TUNNEL + place) for place, part in enumerate(move.parts)],
        "move_service": {
            "unit": service.unit,
            "source": service.source,
            "target": service.target,
            "port": service.port,
            "path": service.path,
            "callers": list(service.callers),
        },
        "move_leaves": _addresses(move.leaves),
        "move_takes": _addresses(move.takes),
        "move_record": {
            "server": record.server, "name": record.name, "zone": record.zone, "ttl_s": record.ttl_s,
        },
        "move_old_flows": list(move.old_flows),
        "move_disks": list(move.disks),
    }  # fmt: skip


def _part(part: Part, tunnel: int) -> Value:
    version, _slash, cluster = part.cluster.partition("/")
    said: dict[str, Value] = {
        "name": part.name, "kind": part.kind.value, "source": part.source, "target": part.target, "tunnel": tunnel,
        "path": part.path, "owner": part.owner, "version": version, "cluster": cluster,
        "write": part.write, "read": part.read, "tell": part.tell,
    }  # fmt: skip
    return {**{name: value for name, value in said.items() if value}, "databases": list(part.databases)}


def _addresses(held: Addresses) -> Value:
    return {
        "host": held.host,
        "interface": held.interface,
        "addresses": [str(each) for each in held.addresses],
        "bare": [str(each.ip) for each in held.addresses],
    }


def without(policy: Policy, gone: Collection[str]) -> Policy:
    """The policy after the flows of these names have lost their use; its digest says so."""
    flows = tuple(flow for flow in policy.flows if flow.name not in gone)
    names = sorted(flow.name for flow in policy.flows if flow.name in gone)
    if not names:
        return policy
    digest = hashlib.sha256("\n".join((policy.digest, *names)).encode()).hexdigest()
    return replace(policy, flows=flows, digest=f"sha256:{digest}")
