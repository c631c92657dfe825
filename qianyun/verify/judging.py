"""Does a firewall let pass exactly what the policy says? Every "no" shows a packet.

The verdict is over all packets at once. What a ruleset asks that we cannot know (a rate, the
time, a statement we do not model) may hold or not: what passes either way is certain, what
passes one way only is reported as unproven, never as a pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from qianyun.policy.model import Policy, Rule, ZoneKind
from qianyun.policy.rules import rules_of
from qianyun.verify import declared, stateless
from qianyun.verify.acls.matches import LATER
from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import Rule as Line
from qianyun.verify.chains import Ruleset
from qianyun.verify.citing import cited
from qianyun.verify.conditions import IS_V4, IS_V6, NEVER, Condition, all_of, any_of, is_, leaves
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    FIELDS,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    OUT_INTERFACE,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    VERSION,
    Field,
    Ranges,
    State,
)
from qianyun.verify.findings import Cited, Finding, Kind, Report, Severity, in_order, shown
from qianyun.verify.packets import Packet, witness
from qianyun.verify.passing import Passing
from qianyun.verify.reaching import Reaching
from qianyun.verify.space import MakeEngine, PacketSet, Space
from qianyun.verify.tracing import Trace, trace
from qianyun.words import _

NOWHERE = Cited(place="")
MOST_LINES = 50
"""Findings of one zone pair; a firewall that is wide open needs no more to be told so."""
ENDS = (VERSION, SRC4, SRC6, DST4, DST6)
TOLD = (*ENDS, IN_INTERFACE, OUT_INTERFACE, PROTOCOL, DPORT, SPORT, STATE)
OF_VERSION = {4: IS_V4, 6: IS_V6}


def verify(policy: Policy, firewall: Ruleset, on: date, *, engine: MakeEngine = BitEngine) -> Report:
    """Judge one firewall that stands between all zones.

    Raises:
        ReadError: The ruleset's chains cannot be followed.
        DiagramTooLarge: The packet sets do not fit.
    """
    return Judgement(policy, firewall, on, engine).report()


class Judgement:
    """One firewall against one policy on one day."""

    def __init__(self, policy: Policy, firewall: Ruleset, on: date, engine: MakeEngine = BitEngine) -> None:
        """Build the space that both can be told in."""
        self.policy, self.firewall, self.on = policy, firewall, on
        self.rules = rules_of(policy, on)
        self.space = Space([*firewall.conditions(), *self._questions()], engine=engine)
        self.unknown = tuple(axis.field for axis in self.space.axes if axis.field not in FIELDS)
        self._quiet = tuple(axis.field for axis in self.space.axes if axis.field not in TOLD)
        arriving = all_of(declared.arriving(whole=firewall.tracks), firewall.concerns)
        self.arriving = self.space.packets(arriving)
        self.untrusted = self.arriving & self.space.packets(declared.UNTRUSTED)
        self.asking = self.arriving & self.space.packets(declared.OPENING)
        self.opening = self.asking - self.space.packets(NEVER if firewall.tracks else stateless.OPENS_NOTHING)
        self.passing = Passing(firewall, self.space).through()
        self.permitted = self.space.packets(declared.permitted(self.rules))

    def _questions(self) -> Iterator[Condition]:
        """Everything we ask, so that the axes are cut where it matters."""
        yield from (declared.arriving(whole=True), declared.UNTRUSTED, is_(STATE, State.ESTABLISHED), is_(REPLY, 1))
        yield is_(PROTOCOL, ICMP, ICMPV6)
        for rule in self.rules:
            yield declared.permitted_by(rule)
            yield declared.answers_to(rule)
            if not self.firewall.tracks:
                yield stateless.untold([rule])
        yield from (stateless.ESSENTIAL, stateless.OPENS_NOTHING)
        for zone in self.policy.zones:
            yield declared.from_zone(self.policy, zone.name)
            yield declared.to_zone(self.policy, zone.name)
        for port in self.policy.profile.risky_ports:
            yield all_of(is_(PROTOCOL, port.protocol), is_(DPORT, port.port))

    @cached_property
    def certain(self) -> PacketSet:
        """What passes whatever we cannot know, by some pair of interfaces."""
        return self.passing.always(*self.unknown).forget(IN_INTERFACE, OUT_INTERFACE)

    @cached_property
    def possible(self) -> PacketSet:
        """What may pass."""
        return self.passing.forget(*self.unknown, IN_INTERFACE, OUT_INTERFACE)

    @cached_property
    def leak(self) -> PacketSet:
        """What passes for certain, of no permitted connection, and should not."""
        return (self.certain & self.untrusted) - self.permitted - self.untold

    @cached_property
    def untold(self) -> PacketSet:
        """What the firewall, for want of state, cannot tell from packets of a permitted connection."""
        if self.firewall.tracks:
            return self.space.nothing
        return self.space.packets(any_of(stateless.ESSENTIAL, stateless.untold(self.rules)))

    @cached_property
    def _zone_names(self) -> Mapping[Ranges, str]:
        """Zones by all their addresses of one family, for whoever reads sets."""
        return {
            ranges: zone.name
            for zone in self.policy.zones
            for leaf in leaves(declared.from_zone(self.policy, zone.name))
            if (ranges := leaf.ranges)
        }

    @cached_property
    def reaching(self) -> Reaching:
        """Each line's share."""
        return Reaching(self.firewall, self.space)

    def report(self) -> Report:
        """All findings."""
        found = [
            *self.forbidden(),
            *self.refused(),
            *self.loose(),
            *self.unproven(),
            *self.default_deny(),
            *self.risky_ports(),
            *self.any_any(),
            *self.disparity(),
            *self.idle_lines(),
        ]
        return Report(
            firewall=self.firewall.name,
            policy=self.policy.digest,
            on=self.on.isoformat(),
            rules=sum(not rule.is_implied for chain in self.firewall.chains.values() for rule in chain.rules),
            findings=in_order(found),
            unread=tuple(Cited(place=one.place, text=f"{one.text} ({one.why})") for one in self.firewall.unread),
        )

    def _pairs(self) -> Iterator[tuple[str, str, PacketSet]]:
        names = [zone.name for zone in self.policy.zones]
        targets = {name: self.space.packets(declared.to_zone(self.policy, name)) for name in names}
        for origin in names:
            source = self.space.packets(declared.from_zone(self.policy, origin))
            for target in names:
                yield origin, target, source & targets[target]

    def forbidden(self) -> Iterator[Finding]:
        """Packets of no permitted connection that pass and should not."""
        if not self.leak:
            return
        for origin, target, pair in self._pairs():
            rest = self.leak & pair
            for _number in range(MOST_LINES):
                packet = witness(rest)
                if packet is None:
                    break
                way = self._trace(packet)
                mine = rest & self._matched_by(way)
                mine = mine or rest
                rest = rest - mine
                yield self._forbidden(origin, target, mine, way)

    def _forbidden(self, origin: str, target: str, packets: PacketSet, way: Trace) -> Finding:
        borders = target in self.policy.zone_by_name[origin].borders or origin == target
        return self._finding(
            Kind.FORBIDDEN,
            "B06" if borders else "Z04",
            packets,
            origin=origin,
            target=target,
            rules=_lines(way),
            offends=self._offended(way, target),
            sentence=_("{origin} → {target}: {packet} is permitted, and no flow says so"),
        )

    def _offended(self, way: Trace, target: str) -> Cited:
        """The flow that the deciding line names, if it is one, or the zone that is entered."""
        for met in reversed(way.met):
            flow = self.policy.flow_by_name.get(met.rule.comment) if met.rule else None
            if flow is not None:
                return Cited(place=flow.source, text=flow.name)
        zone = self.policy.zone_by_name[target]
        return Cited(place=zone.source, text=zone.name)

    def refused(self) -> Iterator[Finding]:
        """Flows that do not pass, or whose connections do not go on."""
        for flow, missing, sentence in self.lacking():
            yield self._refused(flow, missing, sentence)

    def lacking(self) -> Iterator[tuple[str, PacketSet, str]]:
        """Each flow that cannot pass, with the packets that do not and what is to be said of them."""
        going_on = self.arriving & self.space.packets(is_(STATE, State.ESTABLISHED))
        replies = going_on & self.space.packets(is_(REPLY, 1))
        for flow, rules in _by_flow(self.rules):
            opens = self.space.packets(declared.permitted(rules))
            back = self.space.packets(any_of(*(declared.answers_to(rule) for rule in rules)))
            asked = (
                (opens & self.asking, _("{origin} → {target}: {packet} is refused, and flow {flow} promises it")),
                (opens & going_on, _("{origin} → {target}: {packet} is refused within a connection of flow {flow}")),
                (back & replies, _("{origin} → {target}: the answer {packet} of flow {flow} is refused")),
            )
            for packets, sentence in asked:
                missing = packets - self.possible
                if missing:
                    yield flow, missing, sentence
                    break

    def _refused(self, name: str, missing: PacketSet, sentence: str) -> Finding:
        flow = self.policy.flow_by_name[name]
        packet = witness(missing)
        return self._finding(
            Kind.REFUSED,
            "B07",
            missing,
            origin=flow.origin.zone,
            target=flow.target.zone,
            rules=_lines(self._trace(packet)) if packet else (),
            offends=Cited(place=flow.source, text=flow.name),
            sentence=sentence,
            flow=name,
        )

    def loose(self) -> Iterator[Finding]:
        """What passes because it looks like an answer, or like a part of something permitted; by flow."""
        loose = (self.certain & self.untrusted & self.untold) - self.permitted
        if not loose:
            return
        essential = loose & self.space.packets(stateless.ESSENTIAL)
        if essential:
            yield self._finding(
                Kind.LOOSE_REPLY,
                "B06",
                essential,
                severity=Severity.WARN,
                sentence=_("without state, errors and neighbour discovery pass that nobody asked for: {packet}"),
            )
        harmless = self.space.packets(stateless.OPENS_NOTHING)
        for name, rules in _by_flow(self.rules):
            mine = (loose & self.space.packets(stateless.untold(rules))) - essential
            flow = self.policy.flow_by_name[name]
            for packets, severity, sentence in (
                (mine - harmless, Severity.FAIL, _("without state, {packet} passes as an answer of flow {flow}")),
                (
                    mine & harmless,
                    Severity.WARN,
                    _("without state, {packet} passes with flow {flow}; it opens nothing"),
                ),
            ):
                if packets:
                    yield self._finding(
                        Kind.LOOSE_REPLY,
                        "B06",
                        packets,
                        severity=severity,
                        origin=flow.target.zone,
                        target=flow.origin.zone,
                        offends=Cited(place=flow.source, text=name),
                        sentence=sentence,
                        flow=name,
                    )

    def unproven(self) -> Iterator[Finding]:
        """Where what we could not know would change the verdict."""
        doubt = self.possible - self.certain
        later = self.space.packets(LATER)
        for origin, target, pair in self._pairs():
            here = doubt & pair
            may_leak = (here & self.untrusted) - self.permitted - self.untold
            may_fail = here & self.permitted & self.asking
            packets = may_leak | may_fail
            if packets:
                sentence = _("{origin} → {target}: whether {packet} passes is unproven")
                if packets <= later:
                    sentence = _("{origin} → {target}: whether later fragments such as {packet} pass is unproven")
                yield self._finding(
                    Kind.UNPROVEN,
                    "B06",
                    packets,
                    origin=origin,
                    target=target,
                    rules=self._doubted(packets),
                    sentence=sentence,
                )

    def _doubted(self, packets: PacketSet) -> tuple[Cited, ...]:
        """Lines that ask what we cannot know and that these packets reach."""
        lines: list[Cited] = []
        for (chain, number), share in self.reaching.shares.items():
            rule = self.firewall.chains[chain].rules[number]
            if self._asks_unknown(rule) and share.matched.forget(*self.unknown) & packets:
                lines.append(Cited(place=rule.place, text=rule.text))
        return tuple(lines)

    def _asks_unknown(self, rule: Line) -> bool:
        return any(leaf.field in self.unknown for condition in rule.conditions() for leaf in leaves(condition))

    def default_deny(self) -> Iterator[Finding]:
        """What no line names must not pass."""
        packets = self.reaching.unnamed.always(*self.unknown) & self.opening
        if packets:
            yield self._finding(
                Kind.NO_DEFAULT_DENY, "B01", packets, sentence=_("{packet} passes although no rule names it")
            )

    def risky_ports(self) -> Iterator[Finding]:
        """Ports that stay closed to the outside, of either family, whoever declared otherwise."""
        outside = [zone.name for zone in self.policy.zones if zone.kind is ZoneKind.OUTSIDE]
        opened = self.certain & self.opening
        for port in self.policy.profile.risky_ports:
            to_port = self.space.packets(all_of(is_(PROTOCOL, port.protocol), is_(DPORT, port.port)))
            for origin, target, pair in self._pairs():
                packets = opened & to_port & pair
                if origin in outside and target not in outside and packets:
                    packet = witness(packets)
                    yield self._finding(
                        Kind.RISKY_PORT,
                        "B05",
                        packets,
                        origin=origin,
                        target=target,
                        rules=_lines(self._trace(packet)) if packet else (),
                        offends=Cited(place=port.source, text=port.name),
                        sentence=_("{origin} → {target}: {name} (port {port}) is open to the outside: {packet}"),
                        name=port.name,
                        port=port.port,
                    )

    def any_any(self) -> Iterator[Finding]:
        """Lines that accept whoever comes, wherever he goes."""
        others = [axis.field for axis in self.space.axes if axis.field not in ENDS]
        for (chain, number), share in self.reaching.shares.items():
            ends = (share.accepted & self.opening).forget(*others)
            wide = [version for version, of in OF_VERSION.items() if self.space.packets(of) <= ends]
            if wide:
                rule = self.firewall.chains[chain].rules[number]
                yield self._finding(
                    Kind.ANY_ANY,
                    "B03",
                    share.accepted & self.opening,
                    rules=(Cited(place=rule.place, text=rule.text),),
                    sentence=_("{place} accepts from every source to every destination"),
                    place=rule.place,
                )

    def disparity(self) -> Iterator[Finding]:
        """Services that one family may reach between two zones and the other may not."""
        others = [axis.field for axis in self.space.axes if axis.field not in (PROTOCOL, DPORT)]
        opened = (self.certain & self.opening) - self.space.packets(is_(PROTOCOL, ICMP, ICMPV6))
        for origin, target, pair in self._pairs():
            both = {4, 6} <= set(declared.versions_of(self.policy, origin)) & set(
                declared.versions_of(self.policy, target)
            )
            here = opened & pair
            if not both or not here:
                continue
            reach = {version: (here & self.space.packets(of)).forget(*others) for version, of in OF_VERSION.items()}
            for version, other in ((4, 6), (6, 4)):
                packets = here & self.space.packets(OF_VERSION[version]) & (reach[version] - reach[other])
                if packets:
                    yield self._finding(
                        Kind.DISPARITY,
                        "B10",
                        packets,
                        origin=origin,
                        target=target,
                        sentence=_("{origin} → {target}: IPv{version} passes and IPv{other} does not: {packet}"),
                        version=version,
                        other=other,
                    )

    def _is_met(self, matched: PacketSet) -> bool:
        """Whether a packet from a zone is among those a rule sees; behind a translation it looks like another."""
        return bool(matched if self.firewall.translates else matched & self.arriving)

    def idle_lines(self) -> Iterator[Finding]:
        """Lines that no packet reaches or matches."""
        used = {chain for chain, _number in self.reaching.shares}
        for chain in self.firewall.chains.values():
            for number, rule in enumerate(chain.rules):
                share = self.reaching.shares.get((chain.name, number))
                if (share is not None and self._is_met(share.matched)) or rule.is_implied:
                    continue
                why = (
                    _("chain {chain} is reached by no packet").format(chain=chain.name)
                    if chain.name not in used
                    else _("the rules before it leave it nothing")
                )
                yield Finding(
                    kind=Kind.NEVER_MATCHES,
                    check="B02",
                    clauses=self._clauses("B02"),
                    severity=Severity.WARN,
                    firewall=self.firewall.name,
                    sentence=_("{place} never matches: {why}").format(place=rule.place, why=why),
                    rules=(Cited(place=rule.place, text=rule.text),),
                )

    def _finding(
        self,
        kind: Kind,
        check: str,
        packets: PacketSet,
        *,
        sentence: str,
        origin: str = "",
        target: str = "",
        severity: Severity = Severity.FAIL,
        rules: tuple[Cited, ...] = (),
        offends: Cited = NOWHERE,
        **words: object,
    ) -> Finding:
        lines, more = shown(packets.forget(*self._quiet), self._zone_names)
        witnesses = tuple(
            packet for of in (IS_V4, IS_V6) if (packet := witness(packets & self.space.packets(of))) is not None
        )
        told = sentence.format(origin=origin, target=target, packet=witnesses[0] if witnesses else "", **words)
        return Finding(
            kind=kind,
            check=check,
            clauses=self._clauses(check),
            severity=severity,
            firewall=self.firewall.name,
            origin=origin,
            target=target,
            sentence=told,
            packets=lines,
            more_packets=more,
            witnesses=witnesses,
            rules=rules,
            offends=offends,
        )

    def _clauses(self, check: str) -> tuple[str, ...]:
        return tuple(str(clause) for clause in self.policy.profile.cited_by(check))

    def _trace(self, packet: Packet) -> Trace:
        """Its way, by interfaces and unknowns that lead it through where there are such."""
        loose = {IN_INTERFACE, OUT_INTERFACE, *self.unknown}
        exactly = self.passing
        for field, value in packet.values.items():
            if field not in loose:
                exactly = exactly & self._at(field, value)
        found = witness(exactly)
        by = {field: value for field, value in found.values.items() if field in loose} if found else {}
        return trace(self.firewall, {**packet.values, **by})

    def _at(self, field: Field, value: int) -> PacketSet:
        """The packets that no set can tell from those with this value."""
        axis = self.space.axis_of[field]
        code = axis.code(value)
        return self.space.packets(is_(field, axis.values_of((code, code))))

    def _matched_by(self, way: Trace) -> PacketSet:
        """The packets that match every line that decided on this way."""
        matched = self.space.everything
        for met in way.met:
            share = self.reaching.shares.get((met.chain.name, met.number))
            if share is not None:
                matched = matched & share.matched
        return matched.forget(*self.unknown, IN_INTERFACE, OUT_INTERFACE)


def _lines(way: Trace) -> tuple[Cited, ...]:
    return tuple(cited(met) for met in way.met)


def _by_flow(rules: Sequence[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    flows: dict[str, list[Rule]] = {}
    for rule in rules:
        flows.setdefault(rule.flow, []).append(rule)
    yield from flows.items()
