"""What a firewall without state lets in because it cannot tell: answers, errors, later fragments.

Such a firewall knows a packet by its form alone. A segment with ACK or RST, an ICMP answer or
error and a later fragment open no connection by themselves, whoever sends them; a datagram that
comes from a service's port may, for nothing in it says who asked.

Source: RFC 9293 section 3.10.7.1 (a segment without a connection); RFC 4890 section 4.3.1; RFC 1858.
"""

from collections.abc import Iterable

from qianyun.policy.model import Rule
from qianyun.verify.acls.matches import ESTABLISHED, LATER
from qianyun.verify.conditions import Condition, all_of, any_of, destination_in, icmp_is, is_, source_in
from qianyun.verify.declared import answers_to
from qianyun.verify.fields import ICMP, ICMPV6, PROTOCOL, TCP

ESSENTIAL = any_of(
    icmp_is(4, ((3, 3), (11, 12))),
    icmp_is(6, ((1, 4), (135, 136))),
    all_of(LATER, is_(PROTOCOL, ICMP, ICMPV6)),
)
"""Errors, and the discovery of neighbours: they belong to whatever connection they speak of."""
OPENS_NOTHING = any_of(
    all_of(is_(PROTOCOL, TCP), ESTABLISHED),
    ESSENTIAL,
    icmp_is(4, ((0, 0), (14, 14), (16, 16), (18, 18))),
    icmp_is(6, ((129, 129), (133, 137), (140, 140))),
    LATER,
)
"""Packets that open no connection, whoever sends them."""


def parts(rule: Rule) -> Condition:
    """Later fragments of what a rule lets pass, and of the answers to it: they show no ports."""
    there = all_of(source_in(rule.sources), destination_in(rule.destinations))
    back = all_of(source_in(rule.destinations), destination_in(rule.sources))
    return all_of(LATER, is_(PROTOCOL, rule.protocol), any_of(there, back))


def untold(rules: Iterable[Rule]) -> Condition:
    """Whatever looks as if it belonged to a connection that these rules permit."""
    return any_of(*(each for rule in rules for each in (answers_to(rule), parts(rule))))
