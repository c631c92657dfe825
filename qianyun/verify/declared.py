"""The declared policy as packet sets: what may pass, and which packets a verdict is about."""

from collections.abc import Iterable, Mapping, Sequence

from qianyun.policy.model import Endpoint, Policy, Rule
from qianyun.policy.rules import prefixes_of
from qianyun.verify.acls.matches import ESTABLISHED
from qianyun.verify.conditions import (
    ALWAYS,
    IS_NEW,
    NEVER,
    Condition,
    In,
    all_of,
    any_of,
    destination_in,
    icmp_is,
    is_,
    source_in,
)
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    FRAGMENT,
    ICMP,
    ICMPV6,
    MARK,
    PROTOCOL,
    REPLY,
    SPORT,
    STATE,
    STATUS,
    TCP,
    Fragment,
    State,
    merged,
)

OPENING = all_of(IS_NEW, is_(REPLY, 0), is_(CT_MARK, 0), is_(STATUS, 0))
UNTRUSTED = any_of(OPENING, is_(STATE, State.INVALID, State.UNTRACKED))
"""Packets that belong to no permitted connection: each must be permitted by itself."""

ANSWERED: Mapping[int, Mapping[int, int]] = {ICMP: {8: 0, 13: 14, 15: 16, 17: 18}, ICMPV6: {128: 129, 139: 140}}
"""Types of ICMP that ask, and the types that answer them."""


def arriving(*, whole: bool) -> Condition:
    """Packets as they come from a wire: unmarked, and whole where connection tracking joins fragments."""
    return all_of(is_(MARK, 0), is_(FRAGMENT, Fragment.WHOLE) if whole else ALWAYS)


def permitted_by(rule: Rule) -> Condition:
    """The packets with which a rule lets connections be opened."""
    if rule.protocol in (ICMP, ICMPV6):
        service = icmp_is(4 if rule.protocol == ICMP else 6, [(kind, kind) for kind in rule.icmp_types])
    else:
        ports = merged((ports.first, ports.last) for ports in rule.ports)
        service = all_of(is_(PROTOCOL, rule.protocol), In(DPORT, ports) if ports else ALWAYS)
    return all_of(service, destination_in(rule.destinations), source_in(rule.sources))


def answers_to(rule: Rule) -> Condition:
    """The packets that come back.

    Every segment of TCP but the first carries ACK or RST; ICMP answers with types of its own, and some
    messages are not answered.
    """
    ends = (destination_in(rule.sources), source_in(rule.destinations))
    if rule.protocol in (ICMP, ICMPV6):
        known = ANSWERED[rule.protocol]
        types = [(known[kind],) * 2 for kind in rule.icmp_types if kind in known] if rule.icmp_types else [(0, 255)]
        return all_of(icmp_is(4 if rule.protocol == ICMP else 6, types), *ends) if types else NEVER
    ports = merged((ports.first, ports.last) for ports in rule.ports)
    asked = [is_(PROTOCOL, rule.protocol), *ends, *([In(SPORT, ports)] if ports else [])]
    return all_of(*asked, ESTABLISHED) if rule.protocol == TCP else all_of(*asked)


def permitted(rules: Iterable[Rule]) -> Condition:
    """The packets with which any of the rules lets connections be opened."""
    return any_of(*(permitted_by(rule) for rule in rules))


def from_zone(policy: Policy, zone: str) -> Condition:
    """Packets whose source lies in a zone."""
    return any_of(*(source_in(prefixes_of(whole(policy, zone), policy, version)) for version in (4, 6)))


def to_zone(policy: Policy, zone: str) -> Condition:
    """Packets whose destination lies in a zone."""
    return any_of(*(destination_in(prefixes_of(whole(policy, zone), policy, version)) for version in (4, 6)))


def versions_of(policy: Policy, zone: str) -> Sequence[int]:
    """IP versions of which a zone has addresses."""
    return [version for version in (4, 6) if prefixes_of(whole(policy, zone), policy, version)]


def whole(policy: Policy, zone: str) -> Endpoint:
    """The zone as an endpoint."""
    found = policy.zone_by_name[zone]
    return Endpoint(name=zone, zone=zone, prefixes=found.prefixes)
