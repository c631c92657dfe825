"""The flow matrix as nftables text: one table of ours, loaded as a whole or not at all.

The text permits exactly what `rules_of` says, for IPv4 and IPv6 alike, and what belongs to a
permitted connection; the rest is dropped and counted by the zone it came from. It is the same,
byte for byte, whenever the declaration and the day are the same. No rule in it is idle.

What appears in it, and nothing else:

- comment lines; the first holds the declaration's digest and the day
- `table inet qianyun`, then `delete table inet qianyun`, then `table inet qianyun { … }`
- `set NAME { type ipv4_addr|ipv6_addr; flags interval; elements = { PREFIX, … } }`
- `map zones4|zones6 { type ipv4_addr|ipv6_addr : verdict; flags interval; elements = { PREFIX :
  goto from_ZONE, … } }`
- `chain forward` with `type filter hook forward priority filter; policy drop;`, and one
  `chain from_ZONE` for each zone
- rules of these matches, in this order, then `counter`, a verdict and `comment "WORD"`:
  `ct state WORD`, `meta nfproto ipv4|ipv6`, `ip|ip6 saddr @SET`, `ip|ip6 daddr @SET` or `!= @SET`,
  `tcp|udp|sctp dport PORT`, `FIRST-LAST` or `{ … }`, `icmp|icmpv6 type NUMBER` or `{ … }`,
  `meta l4proto NUMBER`; the verdicts are `accept`, `drop`, `goto CHAIN`
- `ip|ip6 saddr vmap @zones4|@zones6`

Comments of rules are names of flows; `established`, `related`, `invalid`, `default-deny` and
`deny-ZONE` are ours.

Source: nft(8); RFC 4890 section 4.3.1 (ICMPv6 that must not be dropped: errors of permitted
traffic pass as `related`; a flow declares echo where it is wanted).
"""

from collections.abc import Iterable, Iterator
from datetime import date

from qianyun.policy.intervals import merged_prefixes
from qianyun.policy.model import ICMP, ICMPV6, SCTP, TCP, UDP, Endpoint, Policy, Prefix, Rule, Zone, ZoneKind
from qianyun.policy.rules import covered_rules, end_points, expired_flows, rules_of

TABLE = "qianyun"
FAMILY = {4: "ip", 6: "ip6"}
KEY_TYPE = {4: "ipv4_addr", 6: "ipv6_addr"}
PORTS_OF = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}
TYPES_OF = {ICMP: "icmp", ICMPV6: "icmpv6"}
ERRORS = {"icmp": (3, 11, 12), "icmpv6": (1, 2, 3, 4)}
"""Destination unreachable, packet too big, time exceeded, parameter problem."""


def render(policy: Policy, on: date) -> str:
    """The ruleset for `nft -f -` on a day."""
    return "\n".join(_Ruleset(policy, on).lines()) + "\n"


class _Ruleset:
    """One text in the making: rules name their sets, and the sets are written before them."""

    def __init__(self, policy: Policy, on: date) -> None:
        self._policy = policy
        self._on = on
        self._rules = rules_of(policy, on)
        self._sets: dict[str, tuple[int, tuple[Prefix, ...]]] = {}
        self._endpoint = end_points(policy)

    def lines(self) -> Iterator[str]:
        chains = [line for zone in self._policy.zones for line in self._zone_chain(zone)]
        yield f"# qianyun nftables {self._policy.digest} {self._on}"
        yield from (f"# expired: {flow.name} {flow.expires_on}" for flow in expired_flows(self._policy, self._on))
        yield from sorted(
            {f"# covered by others: {r.flow} IPv{r.version}" for r in covered_rules(self._policy, self._on)}
        )
        yield f"table inet {TABLE}"
        yield f"delete table inet {TABLE}"
        yield f"table inet {TABLE} {{"
        body = [*self._set_blocks(), *self._maps(), *_forward(self._policy), *chains]
        yield from (f"\t{line}" for line in body)
        yield "}"

    def _zone_chain(self, zone: Zone) -> Iterator[str]:
        yield f"chain from_{zone.name} {{"
        for rule in self._rules:
            origin = self._endpoint[rule.version, rule.sources]
            if origin.zone == zone.name:
                yield f"\t{self._rule(rule, origin)}"
        yield f'\tcounter drop comment "deny-{zone.name}"'
        yield "}"

    def _rule(self, rule: Rule, origin: Endpoint) -> str:
        family = FAMILY[rule.version]
        # the chain is reached from the whole zone only, so a rule of the whole zone need not look again
        source = [] if origin.name == origin.zone else [f"{family} saddr @{self._set(rule.version, rule.sources)}"]
        matches = [*source, self._destination(rule), _protocol(rule)]
        return f'{" ".join(matches)} counter accept comment "{rule.flow}"'

    def _destination(self, rule: Rule) -> str:
        family = FAMILY[rule.version]
        target = self._endpoint[rule.version, rule.destinations]
        if target.name != _outside(self._policy).name:
            return f"{family} daddr @{self._set(rule.version, rule.destinations)}"
        owned = merged_prefixes(p for zone in self._policy.zones for p in zone.prefixes if p.version == rule.version)
        if not owned:
            return f"meta nfproto ipv{rule.version}"
        self._sets[f"_owned.v{rule.version}"] = (rule.version, owned)
        return f"{family} daddr != @_owned.v{rule.version}"

    def _set(self, version: int, prefixes: tuple[Prefix, ...]) -> str:
        name = f"{self._endpoint[version, prefixes].name}.v{version}"
        self._sets[name] = (version, prefixes)
        return name

    def _set_blocks(self) -> Iterator[str]:
        for name, (version, prefixes) in sorted(self._sets.items()):
            yield f"set {name} {{"
            yield from _interval_block(KEY_TYPE[version], map(str, prefixes))

    def _maps(self) -> Iterator[str]:
        """Which chain judges a packet, by the zone that owns its source."""
        for version in FAMILY:
            entries = [
                f"{prefix} : goto from_{zone.name}"
                for zone in self._policy.zones
                for prefix in merged_prefixes(p for p in zone.prefixes if p.version == version)
            ]
            if entries:
                yield f"map zones{version} {{"
                yield from _interval_block(f"{KEY_TYPE[version]} : verdict", entries)


def _outside(policy: Policy) -> Zone:
    return next(zone for zone in policy.zones if zone.kind is ZoneKind.OUTSIDE)


def _interval_block(key: str, elements: Iterable[str]) -> Iterator[str]:
    yield f"\ttype {key}"
    yield "\tflags interval"
    yield "\telements = {"
    listed = list(elements)
    yield from (f"\t\t{element}{',' if position < len(listed) else ''}" for position, element in enumerate(listed, 1))
    yield "\t}"
    yield "}"


def _forward(policy: Policy) -> Iterator[str]:
    yield "chain forward {"
    yield "\ttype filter hook forward priority filter; policy drop;"
    yield '\tct state established counter accept comment "established"'
    for protocol, types in ERRORS.items():
        yield f'\tct state related {protocol} type {_braced(map(str, types))} counter accept comment "related"'
    yield '\tct state invalid counter drop comment "invalid"'
    for version, family in FAMILY.items():
        if any(prefix.version == version for zone in policy.zones for prefix in zone.prefixes):
            yield f"\t{family} saddr vmap @zones{version}"
    yield f"\tgoto from_{_outside(policy).name}"
    yield "}"


def _protocol(rule: Rule) -> str:
    if rule.ports:
        ports = (str(p.first) if p.first == p.last else f"{p.first}-{p.last}" for p in rule.ports)
        return f"{PORTS_OF[rule.protocol]} dport {_braced(ports)}"
    if rule.icmp_types:
        return f"{TYPES_OF[rule.protocol]} type {_braced(map(str, rule.icmp_types))}"
    return f"meta l4proto {rule.protocol}"


def _braced(values: Iterable[str]) -> str:
    """One value as it is, several in braces."""
    listed = list(values)
    return listed[0] if len(listed) == 1 else f"{{ {', '.join(listed)} }}"
