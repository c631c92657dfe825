"""From the flow matrix to neutral rules: what each flow means in packets on a day.

The rules permit exactly what the flows say, family by family; a flow whose last day has passed
permits nothing and is listed by `expired_flows`. The same policy and day give the same rules in
the same order: that of the flows, then IPv4 before IPv6, then by protocol.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from qianyun.policy.intervals import Box, Interval, Intervals, merged, merged_prefixes, of_prefixes, rest, subtract
from qianyun.policy.model import (
    VERSION_OF,
    Direction,
    Endpoint,
    Flow,
    Policy,
    PortRange,
    Prefix,
    Rule,
    Service,
    ZoneKind,
)

ALL_PORTS: Intervals = ((0, 0xFFFF),)
ALL_ICMP_TYPES: Intervals = ((0, 0xFF),)


def rules_of(policy: Policy, on: date) -> tuple[Rule, ...]:
    """The rules in force on a day, as few as the flows allow.

    A rule whose every packet an earlier one already permits is left out: it would never match.
    `covered_rules` gives those, so that nothing disappears unseen.
    """
    return _split(policy, on)[0]


def covered_rules(policy: Policy, on: date) -> tuple[Rule, ...]:
    """Rules that `rules_of` leaves out because the rules before them permit all their packets."""
    return _split(policy, on)[1]


def expired_flows(policy: Policy, on: date) -> tuple[Flow, ...]:
    """Flows whose last day lies before this day."""
    return tuple(flow for flow in policy.flows if flow.expires_on and flow.expires_on < on)


def box_of(rule: Rule) -> Box:
    """The packets that a rule permits, within its family and protocol."""
    ports: Iterable[Interval] = ((ports.first, ports.last) for ports in rule.ports)
    types: Iterable[Interval] = ((kind, kind) for kind in rule.icmp_types)
    whole = ALL_ICMP_TYPES if rule.protocol in VERSION_OF else ALL_PORTS
    return Box(of_prefixes(rule.sources), of_prefixes(rule.destinations), merged([*ports, *types]) or whole)


def prefixes_of(endpoint: Endpoint, policy: Policy, version: int) -> tuple[Prefix, ...]:
    """An endpoint's addresses of a family, merged; the outside is everything that no zone owns."""
    if not endpoint.prefixes and policy.zone_by_name[endpoint.zone].kind is ZoneKind.OUTSIDE:
        return rest((prefix for zone in policy.zones for prefix in zone.prefixes), version)
    return merged_prefixes(prefix for prefix in endpoint.prefixes if prefix.version == version)


def end_points(policy: Policy) -> dict[tuple[int, tuple[Prefix, ...]], Endpoint]:
    """Which endpoint a rule's prefixes are, by family and prefixes; whole zones before their parts."""
    whole = (Endpoint(name=zone.name, zone=zone.name, prefixes=zone.prefixes) for zone in policy.zones)
    named = (end for flow in policy.flows for end in (flow.origin, flow.target))
    found: dict[tuple[int, tuple[Prefix, ...]], Endpoint] = {}
    for end in (*whole, *named):
        for version in (4, 6):
            found.setdefault((version, prefixes_of(end, policy, version)), end)
    return found


def rules_of_flow(flow: Flow, policy: Policy) -> Iterator[Rule]:
    """What one flow permits, whatever its last day."""
    ends = [(flow.origin, flow.target)]
    if flow.direction is Direction.BOTH:
        ends.append((flow.target, flow.origin))
    for origin, target in ends:
        for version in (4, 6):
            sources = prefixes_of(origin, policy, version)
            destinations = prefixes_of(target, policy, version)
            if sources and destinations:
                yield from _by_protocol(flow, version, sources, destinations)


def _by_protocol(
    flow: Flow, version: int, sources: tuple[Prefix, ...], destinations: tuple[Prefix, ...]
) -> Iterator[Rule]:
    services = sorted(flow.services, key=lambda service: service.protocol)
    for protocol, group in groupby(services, key=lambda service: service.protocol):
        if VERSION_OF.get(protocol, version) != version:
            continue
        together = tuple(group)
        yield Rule(
            flow=flow.name,
            version=version,
            sources=sources,
            destinations=destinations,
            protocol=protocol,
            ports=_ports(together),
            icmp_types=_icmp_types(together),
            source=flow.source,
        )


def _ports(services: tuple[Service, ...]) -> tuple[PortRange, ...]:
    """The ports of services of one protocol; none, which means all, as soon as one has none."""
    if any(not service.ports for service in services):
        return ()
    ports = merged((ports.first, ports.last) for service in services for ports in service.ports)
    return () if ports == ALL_PORTS else tuple(PortRange(first=first, last=last) for first, last in ports)


def _icmp_types(services: tuple[Service, ...]) -> tuple[int, ...]:
    if any(not service.icmp_types for service in services):
        return ()
    return tuple(sorted({kind for service in services for kind in service.icmp_types}))


def _split(policy: Policy, on: date) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Rules that permit something new, and rules that do not, each in order."""
    expired = {flow.name for flow in expired_flows(policy, on)}
    kept: list[Rule] = []
    covered: list[Rule] = []
    taken: dict[tuple[int, int], list[Box]] = {}
    for flow in policy.flows:
        if flow.name in expired:
            continue
        for rule in rules_of_flow(flow, policy):
            box = box_of(rule)
            earlier = taken.setdefault((rule.version, rule.protocol), [])
            if subtract([box], earlier):
                kept.append(rule)
                earlier.append(box)
            else:
                covered.append(rule)
    return tuple(kept), tuple(covered)
