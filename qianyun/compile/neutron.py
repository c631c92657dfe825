"""The flow matrix as Neutron security groups and address groups, plain facts for whoever builds them.

Each endpoint of the cloud that a flow names gets one group; a server's port takes all groups
whose endpoint holds its address. A flow becomes ingress rules at its target and egress rules at
its origin, as far as these are in the cloud; Neutron keeps the state, so replies need none. A new
group must lose the two rules that let everything out before these mean what they say.

Source: OpenStack Networking API v2, security groups and address groups.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address

from qianyun.policy.model import VERSION_OF, Endpoint, Policy, Prefix, Rule, ZoneKind
from qianyun.policy.rules import end_points, prefixes_of, rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGroup:
    """Addresses that rules name together."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityRule:
    """One rule; its fields are those of the API.

    Attributes:
        direction: ingress or egress.
        ethertype: IPv4 or IPv6.
        protocol: Its number as text.
        port_range_min: The first port, or the ICMP type; `None` for all.
        address_group: Name of the group with the addresses at the other end.
        description: Name of the flow.
    """

    direction: str
    ethertype: str
    protocol: str
    port_range_min: int | None
    port_range_max: int | None
    address_group: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """What may reach an endpoint's servers, and what they may reach."""

    name: str
    prefixes: tuple[Prefix, ...]
    rules: tuple[SecurityRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeutronRules:
    """All groups, in the order of the zones and then of the flows."""

    digest: str
    address_groups: tuple[AddressGroup, ...]
    security_groups: tuple[SecurityGroup, ...]

    def groups_of(self, address: str) -> tuple[str, ...]:
        """Names of the security groups that a port with this address takes."""
        own = ip_address(address)
        return tuple(
            group.name
            for group in self.security_groups
            if any(prefix.version == own.version and own in prefix for prefix in group.prefixes)
        )


def neutron_rules(policy: Policy, on: date) -> NeutronRules:
    """The groups on a day."""
    ends = end_points(policy)
    rules = rules_of(policy, on)
    groups: dict[str, list[SecurityRule]] = {}
    named: dict[str, AddressGroup] = {}
    for rule in rules:
        origin, target = ends[rule.version, rule.sources], ends[rule.version, rule.destinations]
        for direction, own, other in (("ingress", target, origin), ("egress", origin, target)):
            if policy.zone_by_name[own.zone].kind is ZoneKind.CLOUD:
                name = f"{other.name}.v{rule.version}"
                addresses = rule.sources if direction == "ingress" else rule.destinations
                named[name] = AddressGroup(name=name, addresses=tuple(map(str, addresses)))
                groups.setdefault(own.name, []).extend(_rules(rule, direction, name))
    return NeutronRules(
        digest=policy.digest,
        address_groups=tuple(named[name] for name in sorted(named)),
        security_groups=tuple(
            SecurityGroup(name=end.name, prefixes=_prefixes(end, policy), rules=tuple(groups[end.name]))
            for end in _in_order(ends.values())
            if end.name in groups
        ),
    )


def _in_order(ends: Iterable[Endpoint]) -> list[Endpoint]:
    return sorted({end.name: end for end in ends}.values(), key=lambda end: end.name)


def _prefixes(end: Endpoint, policy: Policy) -> tuple[Prefix, ...]:
    return (*prefixes_of(end, policy, 4), *prefixes_of(end, policy, 6))


def _rules(rule: Rule, direction: str, address_group: str) -> Iterator[SecurityRule]:
    ranges: list[tuple[int | None, int | None]] = [(ports.first, ports.last) for ports in rule.ports]
    if rule.protocol in VERSION_OF:
        ranges = [(kind, None) for kind in rule.icmp_types]
    for first, last in ranges or [(None, None)]:
        yield SecurityRule(
            direction=direction,
            ethertype=f"IPv{rule.version}",
            protocol=str(rule.protocol),
            port_range_min=first,
            port_range_max=last,
            address_group=address_group,
            description=rule.flow,
        )
