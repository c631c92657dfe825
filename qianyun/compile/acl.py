"""What the access lists of all vendors have in common: entries, groups of addresses, replies.

An access list of a router or switch keeps no state. Replies of TCP are then told by their flags,
those of ICMP by their types; those of other protocols only by the port they come from, which lets
more in than the flow says, so they are refused unless the caller allows it or the flow holds both ways.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from ipaddress import ip_network
from itertools import product

from qianyun.compile.entry import Entry
from qianyun.compile.permitted import Permitted
from qianyun.errors import CompileError, Fault
from qianyun.policy.intervals import subtract
from qianyun.policy.model import ICMP, ICMPV6, TCP, UDP, VERSION_OF, Endpoint, Policy, PortRange, Prefix, Rule
from qianyun.policy.rules import box_of, covered_rules, end_points, expired_flows, rules_of
from qianyun.words import _

REPLY_TYPES = {(ICMP, 8): 0, (ICMP, 13): 14, (ICMP, 15): 16, (ICMP, 17): 18, (ICMPV6, 128): 129, (ICMPV6, 139): 140}
"""What asks (echo, timestamp, information, mask, node) to what answers; other messages are not answered."""
ESSENTIAL: Mapping[int, Mapping[str, tuple[int, ...]]] = {
    4: {"icmp-errors": (3, 11, 12)},
    6: {"icmp-errors": (1, 2, 3, 4), "neighbour-discovery": (135, 136)},
}
"""ICMP types that a list without state must let through, or paths break and neighbours are lost."""
EVERYWHERE = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}


def entries(policy: Policy, on: date) -> Iterator[Entry]:
    """One entry for each rule and port range, for targets that keep state; none is idle."""
    names = end_points(policy)
    yield from _without_idle(entry for rule in rules_of(policy, on) for entry in _entries(rule, names))


def entries_with_replies(policy: Policy, on: date, *, target: str, loose_replies: bool) -> Iterator[Entry]:
    """Each rule, the replies to it, and the essentials, for targets that keep no state.

    Such targets know ports of TCP and UDP alone.

    Args:
        policy: What is to be written.
        on: The day.
        target: Whose list it is, for messages.
        loose_replies: Tell replies that carry no flags by the port they come from, though that
            lets strangers in who use this port.

    Raises:
        CompileError: Replies cannot be told apart, or a protocol's ports cannot be written; names
            every such flow.
    """
    rules = rules_of(policy, on)
    untold = [rule for rule in rules if not (loose_replies or _is_told(rule) or _is_answered(rule, rules))]
    unwritten = [rule for rule in rules if rule.ports and rule.protocol not in (TCP, UDP)]
    faults = {*map(_untold, untold), *(_unwritten(rule, target) for rule in unwritten)}
    if faults:
        raise CompileError(sorted(faults))
    names = end_points(policy)
    yield from _without_idle(line for rule in rules for line in _with_replies(rule, rules, names))
    yield from essentials()


def one_by_one(listed: Iterable[Entry]) -> Iterator[Entry]:
    """Entries of one source and one destination prefix each, for targets without groups; none is idle."""
    permitted = Permitted()
    for entry in listed:
        near = permitted.near(entry)
        for source, destination in product(entry.sources, entry.destinations):
            line = replace(entry, sources=(source,), destinations=(destination,))
            if near.lacks(line):
                yield line
        permitted.add(entry)


def _with_replies(
    rule: Rule, rules: tuple[Rule, ...], names: Mapping[tuple[int, tuple[Prefix, ...]], Endpoint]
) -> Iterator[Entry]:
    for entry in _entries(rule, names):
        yield entry
        if _has_reply(entry) and not _is_answered(rule, rules):
            yield _reply(entry)


def _without_idle(listed: Iterable[Entry]) -> Iterator[Entry]:
    """Entries that permit something which those before them do not."""
    permitted = Permitted()
    for entry in listed:
        if permitted.lacks(entry):
            permitted.add(entry)
            yield entry


def essentials() -> Iterator[Entry]:
    """What every list without state ends with: errors, which open no connection, and neighbour discovery.

    A device with state lets the errors of permitted traffic through by itself. An IOS list that
    ends in a written `deny` loses the two lines for neighbours that it has unwritten.

    Source: RFC 4890 sections 4.3.1 and 4.4.1; RFC 1812 section 4.3.2.
    """
    for version, kinds in ESSENTIAL.items():
        everywhere = (EVERYWHERE[version],)
        for name, types in kinds.items():
            for icmp_type in types:
                yield Entry(
                    flow=name,
                    version=version,
                    protocol=ICMP if version == VERSION_OF[ICMP] else ICMPV6,
                    sources=everywhere,
                    source_name="any",
                    destinations=everywhere,
                    destination_name="any",
                    icmp_type=icmp_type,
                )


def heading(policy: Policy, on: date, target: str) -> Iterator[str]:
    """What every text says first: its target, the declaration's digest, the day, what is not in it and why."""
    yield f"qianyun {target} {policy.digest} {on}"
    yield from (f"expired: {flow.name} {flow.expires_on}" for flow in expired_flows(policy, on))
    yield from sorted({f"covered by others: {rule.flow} IPv{rule.version}" for rule in covered_rules(policy, on)})


def groups(listed: Iterable[Entry], fewest: int = 2) -> dict[str, tuple[Prefix, ...]]:
    """Ends of entries that have so many prefixes or more, by name, sorted."""
    found: dict[str, tuple[Prefix, ...]] = {}
    for entry in listed:
        found[entry.source_name] = entry.sources
        found[entry.destination_name] = entry.destinations
    return {name: found[name] for name in sorted(found) if len(found[name]) >= fewest}


def said_ports(ports: PortRange, one: str, several: str) -> str:
    """One port or a range in a vendor's words."""
    return f"{one} {ports.first}" if ports.first == ports.last else f"{several} {ports.first} {ports.last}"


def _entries(rule: Rule, names: Mapping[tuple[int, tuple[Prefix, ...]], Endpoint]) -> Iterator[Entry]:
    choices: list[tuple[PortRange | None, int | None]] = [(ports, None) for ports in rule.ports]
    choices += [(None, kind) for kind in rule.icmp_types]
    for ports, icmp_type in choices or [(None, None)]:
        yield Entry(
            flow=rule.flow,
            version=rule.version,
            protocol=rule.protocol,
            sources=rule.sources,
            source_name=f"{names[rule.version, rule.sources].name}.v{rule.version}",
            destinations=rule.destinations,
            destination_name=f"{names[rule.version, rule.destinations].name}.v{rule.version}",
            ports=ports,
            icmp_type=icmp_type,
        )


def _is_answered(rule: Rule, rules: tuple[Rule, ...]) -> bool:
    """Whether the rules permit every packet from the rule's destinations back to its sources."""
    back = replace(rule, sources=rule.destinations, destinations=rule.sources, ports=(), icmp_types=())
    others = [box_of(each) for each in rules if (each.version, each.protocol) == (rule.version, rule.protocol)]
    return not subtract([box_of(back)], others)


def _is_told(rule: Rule) -> bool:
    """Whether its replies are known by their flags or types."""
    return rule.protocol == TCP or bool(rule.icmp_types)


def _has_reply(entry: Entry) -> bool:
    return entry.icmp_type is None or (entry.protocol, entry.icmp_type) in REPLY_TYPES


def _reply(entry: Entry) -> Entry:
    """What comes back."""
    return replace(
        entry,
        sources=entry.destinations,
        source_name=entry.destination_name,
        destinations=entry.sources,
        destination_name=entry.source_name,
        source_ports=entry.ports,
        ports=None,
        icmp_type=None if entry.icmp_type is None else REPLY_TYPES[entry.protocol, entry.icmp_type],
        is_established=entry.protocol == TCP,
    )


def _untold(rule: Rule) -> Fault:
    return Fault(
        place=rule.source,
        what=_("replies of flow {flow!r} (protocol {protocol}) cannot be told without state").format(
            flow=rule.flow, protocol=rule.protocol
        ),
        mend=_("allow loose replies, or filter it on a device that keeps state"),
    )


def _unwritten(rule: Rule, target: str) -> Fault:
    what = _("{target} has no ports for protocol {protocol} of flow {flow!r}")
    return Fault(place=rule.source, what=what.format(target=target, protocol=rule.protocol, flow=rule.flow))
