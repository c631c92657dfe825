"""The whole network against the flow matrix: zone to zone through every box, both families, and the way back.

Hosts stand where the routes say: behind the interfaces by which packets to them leave the network.
So packets of a source start there, and a flow is kept if it comes through from everywhere its
sources may stand. What box after box lets pass and no flow says is a finding with the lines on
every box of the way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from qianyun.policy.model import Policy, Prefix, Rule, ZoneKind
from qianyun.policy.rules import rules_of
from qianyun.verify import declared
from qianyun.verify.conditions import IS_V4, IS_V6, Condition, In, all_of, any_of, destination_in, icmp_is, is_, leaves
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
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
from qianyun.verify.network.adjacency import feet_of
from qianyun.verify.network.judging import judge_network
from qianyun.verify.network.model import Port, table_of
from qianyun.verify.network.reaching import Reach, hops_of
from qianyun.verify.network.standing import attached
from qianyun.verify.network.surveying import Survey
from qianyun.verify.network.walking import Ending, Walker, Way
from qianyun.verify.packets import Packet, witness
from qianyun.verify.passing import Passing
from qianyun.verify.space import PacketSet
from qianyun.words import _, label

FAMILIES = (IS_V4, IS_V6)
SOURCES, DESTINATIONS = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}
ESSENTIAL = (1, 4)
"""Types of ICMPv6: unreachable, too big, time exceeded, parameter problem."""
TOLD = (VERSION, SRC4, SRC6, DST4, DST6, PROTOCOL, DPORT, SPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An interface behind which hosts stand.

    Attributes:
        sent: What they send.
        reach: Where it comes.
    """

    port: Port
    sent: PacketSet
    reach: Reach


def _in(fields: Mapping[int, Field], ranges: Mapping[int, Ranges]) -> Condition:
    return any_of(*(In(fields[version], spans) for version, spans in ranges.items() if spans))


def verify_network(survey: Survey, policy: Policy, on: date) -> Report:
    """Judge the network of collected boxes.

    Raises:
        DiagramTooLarge: The packet sets do not fit.
    """
    return NetworkJudgement(survey, policy, on).report()


class NetworkJudgement:
    """One network against one policy on one day."""

    def __init__(self, survey: Survey, policy: Policy, on: date) -> None:
        """Build the space that both can be told in."""
        self.survey, self.policy, self.on = survey, policy, on
        self.rules = rules_of(policy, on)
        self.behind = {port: attached(survey, port) for port in survey.network.interfaces}
        self.hops = hops_of(survey.network, self._questions())
        self.space = self.hops.space
        self.walker = Walker(survey.network)
        self.outside = next(zone.name for zone in policy.zones if zone.kind is ZoneKind.OUTSIDE)
        self.opening = self.space.packets(declared.OPENING)
        self.permitted = self.space.packets(declared.permitted(self.rules))
        self._quiet = tuple(axis.field for axis in self.space.axes if axis.field not in TOLD)

    def _questions(self) -> Iterator[Condition]:
        yield all_of(is_(STATE, State.RELATED), icmp_is(6, [ESSENTIAL]))
        yield from (declared.arriving(whole=True), declared.OPENING, is_(STATE, State.ESTABLISHED), is_(REPLY, 1))
        for rule in self.rules:
            yield declared.permitted_by(rule)
            yield declared.answers_to(rule)
        for zone in self.policy.zones:
            yield declared.from_zone(self.policy, zone.name)
            yield declared.to_zone(self.policy, zone.name)
        for ranges in self.behind.values():
            yield _in(SOURCES, ranges)
            yield _in(DESTINATIONS, ranges)

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """Everywhere that hosts stand, with all that they can send and where it comes."""
        whole = self.space.packets(declared.arriving(whole=True))
        found = []
        for port, ranges in self.behind.items():
            if any(ranges.values()):
                here = self.space.packets(_in(DESTINATIONS, ranges))
                sent = whole & self.space.packets(_in(SOURCES, ranges)) - here
                found.append(Start(port=port, sent=sent, reach=self.hops.reach(port, sent)))
        return tuple(found)

    @cached_property
    def names(self) -> Mapping[Ranges, str]:
        """Zones by all their addresses of one family."""
        return {
            ranges: zone.name
            for zone in self.policy.zones
            for leaf in leaves(declared.from_zone(self.policy, zone.name))
            if (ranges := leaf.ranges)
        }

    def report(self) -> Report:
        """All findings."""
        survey = self.survey
        found = [
            *self.forbidden(),
            *self.lacking(),
            *self.astray(),
            *self.unseen(),
            *self.essential_icmpv6(),
            *judge_network(
                self.hops,
                lambda a, b: b in self.policy.zone_by_name[a].borders,
                feet=survey.feet,
                guards=survey.guards,
                starts=self._all_opening(),
                promised=self.permitted,
                names=self.names,
                clauses=self.policy.profile.cited_by,
            ),
        ]
        return Report(
            firewall=_("network of {count} boxes").format(count=len(survey.network.boxes)),
            policy=self.policy.digest,
            on=self.on.isoformat(),
            rules=survey.rules,
            findings=in_order(found),
            unread=survey.notes,
        )

    def _all_opening(self) -> Mapping[Port, PacketSet]:
        return {start.port: start.sent & self.opening for start in self.starts}

    def came(self, start: Start, out: Port) -> PacketSet:
        """What a start's hosts send that may leave by an interface, as they send it."""
        seen = start.reach.leaving.get(out)
        if not seen or out == start.port:
            return self.space.nothing
        if not self.hops.translates:
            return seen
        node = self.hops.node(start.port)
        return self.hops.leading_to(start.reach, out)[node] & start.reach.arrived[node]

    def _crossing(self) -> Iterator[tuple[str, str, Start, Port, PacketSet]]:
        """What may go from zone to zone, start by start."""
        names = [zone.name for zone in self.policy.zones]
        sources = {name: self.space.packets(declared.from_zone(self.policy, name)) for name in names}
        targets = {name: self.space.packets(declared.to_zone(self.policy, name)) for name in names}
        for start in self.starts:
            for out in start.reach.leaving:
                passing = self.came(start, out) & self.opening
                for origin in names if passing else ():
                    here = passing & sources[origin]
                    for target in names if here else ():
                        if self._borders(origin, target, start.port, out) and (pair := here & targets[target]):
                            yield origin, target, start, out, pair

    def _borders(self, origin: str, target: str, start: Port, out: Port) -> bool:
        """Whether this is a pair of zones; beyond an uplink there is none but the outside."""
        beyond = ((start, origin), (out, target))
        return origin != target and all(zone == self.outside for port, zone in beyond if port in self.survey.uplinks)

    def forbidden(self) -> Iterator[Finding]:
        """What passes from zone to zone, or may, and no flow says so."""
        sure: dict[tuple[str, str, str, str], tuple[PacketSet, Start, Port]] = {}
        open_: dict[tuple[str, str, str, str], tuple[PacketSet, Start, Port]] = {}
        first: dict[tuple[str, str], tuple[str, str]] = {}
        for origin, target, start, out, pair in self._crossing():
            beyond = pair - self.permitted
            certain = self.hops.must(beyond)
            key = origin, target, start.port.box, out.box
            _gather(sure, key, certain, start, out)
            if doubtful := self.hops.may(beyond) - certain:
                pair_of_zones = first.setdefault((start.port.box, out.box), (origin, target))
                _gather(open_, (*pair_of_zones, start.port.box, out.box), doubtful, start, out)
        for (origin, target, _here, _there), (packets, start, out) in sure.items():
            borders = target in self.policy.zone_by_name[origin].borders
            sentence = _("{origin} → {target}: {packet} passes through {boxes}, and no flow says so")
            yield self._crossed(
                Kind.FORBIDDEN, "B06" if borders else "Z04", (origin, target), packets, start, out, sentence
            )
        for (origin, target, _here, _there), (packets, start, out) in open_.items():
            sentence = _("{origin} → {target}: whether {packet} passes through {boxes} is unproven")
            yield self._crossed(Kind.UNPROVEN, "B06", (origin, target), packets, start, out, sentence)

    def _crossed(  # noqa: PLR0917 - what crossed, from where to where, and what is to be said
        self, kind: Kind, check: str, pair: tuple[str, str], packets: PacketSet, start: Start, out: Port, sentence: str
    ) -> Finding:
        witnesses = self._witnesses(packets & self.came(start, out) & start.sent) or self._witnesses(packets)
        ways = [self._way(start.port, packet, out) for packet in witnesses]
        zone = self.policy.zone_by_name[pair[1]]
        return self._finding(
            kind,
            check,
            packets,
            witnesses=witnesses,
            firewall=out.box,
            origin=pair[0],
            target=pair[1],
            rules=_chain(ways),
            offends=Cited(place=zone.source, text=zone.name),
            sentence=sentence.format(
                origin=pair[0], target=pair[1], packet=witnesses[0], boxes=" > ".join(_boxes(ways[0]))
            ),
        )

    def lacking(self) -> Iterator[Finding]:
        """Flows that do not come through, or whose answers do not come back."""
        for name, rules in _by_flow(self.rules):
            yield from self._promised(name, rules)

    def _promised(self, name: str, rules: list[Rule]) -> Iterator[Finding]:
        opens = self.space.packets(declared.permitted(rules)) & self.opening
        for wire in self._wires:
            if found := self._missed(name, wire, opens, back=False):
                yield found
                return
        if not self.hops.translates:
            answer = self.space.packets(is_(STATE, State.ESTABLISHED)) & self.space.packets(is_(REPLY, 1))
            back = self.space.packets(any_of(*(declared.answers_to(rule) for rule in rules))) & answer
            for wire in self._wires:
                if found := self._missed(name, wire, back, back=True):
                    yield found
                    return
        for wire in self._wires:
            if lost := self._unanswered(name, wire, opens):
                yield lost
                return

    @cached_property
    def _wires(self) -> tuple[tuple[Start, ...], ...]:
        """Starts on one wire together: hosts there choose one of its boxes."""
        by_wire: dict[str, list[Start]] = {}
        for start in self.starts:
            by_wire.setdefault(self._wire_of[start.port], []).append(start)
        return tuple(map(tuple, by_wire.values()))

    @cached_property
    def _wire_of(self) -> Mapping[Port, str]:
        return {Port(foot.owner, foot.interface): foot.segment for foot in feet_of(self.survey.network)}

    def _comes_home(self, reply: Way, start: Port, way: Way) -> bool:
        """Whether an answer ends on the wire that the first packet came from."""
        ports = [port for port, wire in self._wire_of.items() if wire == self._wire_of[start]]
        return any(self.walker.comes_home(reply, port, way) for port in ports)

    def _sent(self, start: Start, asked: PacketSet) -> PacketSet:
        """What hosts send from here: everybody else stands behind the egress, and nobody else does."""
        sent = start.sent & asked
        if not sent or start.port in self.survey.uplinks - self.survey.egress:
            return self.space.nothing
        return sent & self.everybody if start.port in self.survey.egress else sent - self.everybody

    @cached_property
    def everybody(self) -> PacketSet:
        """Packets whose source is outside."""
        return self.space.packets(declared.from_zone(self.policy, self.outside))

    def _unanswered(self, name: str, wire: tuple[Start, ...], opens: PacketSet) -> Finding | None:
        """A packet that comes through whose answer does not come home: a box on its way never saw the connection."""
        sent = self.space.nothing
        for start in wire:
            mine = self._sent(start, opens)
            for out in start.reach.leaving if mine else ():
                sent = sent | (mine & self.came(start, out))
        for packet in self._witnesses(sent):
            told = [
                (start, way, list(self.walker.replies(way)))
                for start in wire
                for way in self.walker.ways(start.port, packet.values)
                if way.ending is Ending.LEAVES and self._wire_of[way.last] != self._wire_of[start.port]
            ]
            if told and not any(
                self._comes_home(each, start.port, way) for start, way, every in told for each in every
            ):
                reply = told[0][2][0]
                return self._lost(name, reply, Packet(values=reply.hops[0].before), sent, back=True)
        return None

    def _missed(self, name: str, wire: tuple[Start, ...], asked: PacketSet, *, back: bool) -> Finding | None:
        """What is sent from a wire and comes nowhere, whichever of its boxes takes it."""
        sent = {start.port: self._sent(start, asked) for start in wire}
        missing = self.space.nothing
        for start in wire:
            missing = missing | sent[start.port] & self._sent_on(start) if sent[start.port] else missing
        for start in wire:
            for out in start.reach.leaving:
                missing = missing - self.hops.may(self.came(start, out)) if missing else missing
            for local in start.reach.local.values():
                missing = missing - local
        for start in wire:
            packet = witness(missing & sent[start.port] & self._sent_on(start)) if missing else None
            if packet is not None:
                way = next(iter(self.walker.ways(start.port, packet.values)))
                return self._lost(name, way, packet, missing, back=back)
        return None

    def _lost(self, name: str, way: Way, packet: Packet, missing: PacketSet, *, back: bool) -> Finding:
        sentence = _("{origin} → {target}: {packet} of flow {flow} does not come through: {end} at {box}")
        if back:
            sentence = _("{origin} → {target}: the answer {packet} of flow {flow} does not come back: {end} at {box}")
        doubtful = bool(set(_boxes(way)) & {doubt.box for doubt in self.survey.doubts if doubt.shuts})
        flow = self.policy.flow_by_name[name]
        return self._finding(
            Kind.UNPROVEN if doubtful else Kind.REFUSED,
            "B07",
            missing,
            witnesses=self._witnesses(missing),
            firewall=way.last.box,
            origin=flow.origin.zone,
            target=flow.target.zone,
            rules=way.cited(),
            offends=Cited(place=flow.source, text=flow.name),
            sentence=sentence.format(
                origin=flow.origin.zone,
                target=flow.target.zone,
                packet=packet,
                flow=name,
                end=label("Ending", way.ending.value),
                box=way.last,
            ),
        )

    def _sent_on(self, start: Start) -> PacketSet:
        """What hosts would hand to this box: it has a way for it, and not back to where they stand."""
        onward = _onward(start.port, self.survey)
        return self.space.packets(destination_in(onward)) if onward else self.space.nothing

    def astray(self) -> Iterator[Finding]:
        """What leaves for the outside elsewhere than at the unified egress, or is not meant for the outside at all."""
        everybody = self.space.packets(declared.to_zone(self.policy, self.outside))
        for out in sorted(self.survey.uplinks):
            leaving = [(start, self.came(start, out) & self.opening) for start in self.starts]
            for start, packets in leaving:
                wrong = packets - everybody if out in self.survey.egress else packets
                certain = self.hops.must(wrong)
                if certain:
                    yield self._astray(start, out, certain)
                    break
            else:
                yield from self._idle_uplink(out)

    def _astray(self, start: Start, out: Port, packets: PacketSet) -> Finding:
        witnesses = self._witnesses(packets)
        ways = [self._way(start.port, packet, out) for packet in witnesses]
        origin = next(iter(self._zones(packets)), "")
        sentence = _("packets of {origin} leave at {port}, which is not the unified egress ({egress})")
        if out in self.survey.egress:
            sentence = _("packets of {origin} for addresses inside leave at {port} ({egress})")
        egress = ", ".join(map(str, sorted(self.survey.egress))) or "–"
        return self._finding(
            Kind.OFF_EGRESS,
            "E01",
            packets,
            severity=Severity.WARN if out in self.survey.egress else Severity.FAIL,
            witnesses=witnesses,
            firewall=out.box,
            origin=origin,
            target=self.outside,
            rules=_chain(ways),
            sentence=sentence.format(origin=origin, port=out, egress=egress),
        )

    def _idle_uplink(self, out: Port) -> Iterator[Finding]:
        """A default route out by another way, though no packet gets there now."""
        box = self.survey.network.by_name[out.box]
        defaults = [
            route
            for route in box.routes
            if route.prefix.prefixlen == 0 and any(hop.interface == out.interface for hop in route.hops)
        ]
        if out in self.survey.egress or not defaults:
            return
        sentence = _("{port} has a default route to the outside beside the unified egress, though nothing passes now")
        yield Finding(
            kind=Kind.OFF_EGRESS,
            check="E01",
            clauses=self._clauses("E01"),
            severity=Severity.WARN,
            firewall=out.box,
            target=self.outside,
            sentence=sentence.format(port=out),
            rules=tuple(Cited(place=route.place, text=route.text) for route in defaults),
        )

    def essential_icmpv6(self) -> Iterator[Finding]:
        """ICMPv6 of connections that pass must pass too, on every box that forwards IPv6 (RFC 4890 section 4.3.1)."""
        related = all_of(is_(STATE, State.RELATED), icmp_is(6, [ESSENTIAL]))
        asked = self.space.packets(related) & self.space.packets(declared.arriving(whole=True))
        for box in self.survey.network.boxes:
            if box.ruleset is None or 6 not in box.forwards:  # noqa: PLR2004 - IP version
                continue
            passing = self.hops.may(Passing(box.ruleset, self.space).through()).forget(IN_INTERFACE, OUT_INTERFACE)
            lost = asked - passing
            packet = witness(lost)
            if packet is not None:
                yield self._finding(
                    Kind.REFUSED,
                    "V04",
                    lost,
                    witnesses=(packet,),
                    firewall=box.name,
                    sentence=_("{box} drops ICMPv6 that connections need: {packet}").format(
                        box=box.name, packet=packet
                    ),
                )

    def unseen(self) -> Iterator[Finding]:
        """Borders whose gateway was not collected: nothing is proved of what passes there."""
        for gateway in self.survey.missing:
            yield Finding(
                kind=Kind.UNPROVEN,
                check="B06",
                clauses=self._clauses("B06"),
                firewall=gateway.name,
                origin=gateway.zones[0],
                target=gateway.zones[-1],
                sentence=_("what passes at {gateway} is unproven: nothing of it was collected").format(
                    gateway=gateway.name
                ),
                rules=(Cited(place=gateway.source, text=gateway.name),),
            )

    def _zones(self, packets: PacketSet) -> Iterator[str]:
        for zone in self.policy.zones:
            if packets & self.space.packets(declared.from_zone(self.policy, zone.name)):
                yield zone.name

    def _witnesses(self, packets: PacketSet) -> tuple[Packet, ...]:
        found = (witness(packets & self.space.packets(family)) for family in FAMILIES)
        return tuple(packet for packet in found if packet is not None)

    def _way(self, start: Port, packet: Packet, out: Port) -> Way:
        ways = list(self.walker.ways(start, packet.values))
        return next((way for way in ways if way.ending is Ending.LEAVES and way.last == out), ways[0])

    def _finding(self, kind: Kind, check: str, packets: PacketSet, **said: object) -> Finding:
        lines, more = shown(packets.forget(*self._quiet), self.names)
        found = Finding(kind=kind, check=check, clauses=self._clauses(check), firewall="", sentence="")
        return replace(found, packets=lines, more_packets=more, **said)  # type: ignore[arg-type] # attributes of Finding, by name

    def _clauses(self, check: str) -> tuple[str, ...]:
        return tuple(str(clause) for clause in self.policy.profile.cited_by(check))


def _gather(
    found: dict[tuple[str, str, str, str], tuple[PacketSet, Start, Port]],
    key: tuple[str, str, str, str],
    packets: PacketSet,
    start: Start,
    out: Port,
) -> None:
    """Add what goes from one box to another, with the first place where it does."""
    if packets:
        held = found.get(key)
        found[key] = (held[0] | packets, *held[1:]) if held else (packets, start, out)


def _chain(ways: Iterable[Way]) -> tuple[Cited, ...]:
    """The lines on every box, of a packet of each family, each once."""
    return tuple(dict.fromkeys(line for way in ways for line in way.cited()))


def _boxes(way: Way) -> tuple[str, ...]:
    return tuple(hop.box for hop in way.hops)


def _onward(port: Port, survey: Survey) -> list[Prefix]:
    """Destinations that a box has a route for, to elsewhere than where packets came in."""
    table = table_of(survey.network.by_name[port.box])
    return [
        prefix
        for prefix, routes in table.items()
        if any(hop.interface != port.interface for route in routes for hop in route.hops)
    ]


def _by_flow(rules: Iterable[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    flows: dict[str, list[Rule]] = {}
    for rule in rules:
        flows.setdefault(rule.flow, []).append(rule)
    yield from flows.items()
