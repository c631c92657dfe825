"""Flows seen against flows declared: what the gateways tracked towards a moved system.

Both ways: every connection that was seen must be permitted by a declared flow to the system's new
addresses, and every declared flow with services of TCP must have been seen.

Source: conntrack(8); a line holds the original direction first, then the reply's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address

from qianyun.estate.facts import Address
from qianyun.estate.moving import Move
from qianyun.policy.model import TCP, Policy, Rule
from qianyun.policy.rules import rules_of_flow

LINE = re.compile(r"\b(tcp|udp)\s.*?\bsrc=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)")
NUMBERS = {"tcp": 6, "udp": 17}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Connection:
    """One connection, as its opener sent it."""

    protocol: int
    source: Address
    target: Address
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was seen beside what is declared.

    Attributes:
        counts: Connections by flow.
        unseen: Flows of which no connection was seen.
        undeclared: Connections that no declared flow permits.
    """

    counts: Mapping[str, int]
    unseen: tuple[str, ...]
    undeclared: tuple[Connection, ...]

    @property
    def is_equal(self) -> bool:
        """Whether what was seen is what is declared."""
        return not self.unseen and not self.undeclared

    def told(self) -> dict[str, object]:
        """As JSON."""
        strange = [f"{c.source} → {c.target} {c.protocol}/{c.port}" for c in self.undeclared]
        return {"seen": dict(self.counts), "unseen": list(self.unseen), "undeclared": strange}


def compared(text: str, move: Move, policy: Policy, on: date) -> Comparison:
    """Compare what gateways list with the flows that are declared to a system's new addresses."""
    new = {interface.ip for interface in move.takes.addresses}
    seen = {each for each in connections(text) if each.target in new}
    flows = [flow for flow in policy.flows if not (flow.expires_on and flow.expires_on < on)]
    permits = {flow.name: tuple(rules_of_flow(flow, policy)) for flow in flows}
    counts = {name: _count(seen, permits.get(name, ())) for name in move.new_flows}
    wanted = [n for n in move.new_flows if any(rule.protocol == TCP for rule in permits.get(n, ()))]
    every = tuple(rule for rules in permits.values() for rule in rules)
    return Comparison(
        counts=counts,
        unseen=tuple(name for name in wanted if not counts[name]),
        undeclared=tuple(sorted((c for c in seen if not any(_holds(rule, c) for rule in every)), key=str)),
    )


def connections(text: str) -> Iterator[Connection]:
    """What `conntrack -L` lists, one line each; other lines are left out."""
    for protocol, source, target, _sport, dport in LINE.findall(text):
        yield Connection(
            protocol=NUMBERS[protocol], source=ip_address(source), target=ip_address(target), port=int(dport)
        )


def _count(seen: Iterable[Connection], rules: Iterable[Rule]) -> int:
    held = tuple(rules)
    return sum(any(_holds(rule, each) for rule in held) for each in seen)


def _holds(rule: Rule, seen: Connection) -> bool:
    return (
        rule.version == seen.target.version
        and rule.protocol == seen.protocol
        and any(seen.source in prefix for prefix in rule.sources)
        and any(seen.target in prefix for prefix in rule.destinations)
        and (not rule.ports or any(ports.first <= seen.port <= ports.last for ports in rule.ports))
    )
