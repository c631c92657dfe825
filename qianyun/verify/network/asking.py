"""What a network is asked: its boxes and the flow matrix in one space, who stands where, what comes where.

Hosts stand where the routes say: behind the interfaces by which packets to them leave the network.
So packets of a source start there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from qianyun.policy.model import Policy, Prefix, ZoneKind
from qianyun.policy.rules import rules_of
from qianyun.verify import declared
from qianyun.verify.conditions import IS_V4, IS_V6, Condition, In, all_of, any_of, destination_in, icmp_is, is_, leaves
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    PROTOCOL,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    VERSION,
    Field,
    Ranges,
    State,
)
from qianyun.verify.findings import Cited, Finding, Kind, shown
from qianyun.verify.network.adjacency import feet_of
from qianyun.verify.network.coming_back import There, WayBack
from qianyun.verify.network.model import Port, table_of
from qianyun.verify.network.reaching import Reach, hops_of
from qianyun.verify.network.standing import attached
from qianyun.verify.network.surveying import Survey
from qianyun.verify.network.walking import Ending, Walker, Way
from qianyun.verify.packets import Packet, witness
from qianyun.verify.space import PacketSet

FAMILIES = (IS_V4, IS_V6)
SOURCES, DESTINATIONS = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}
ESSENTIAL = all_of(is_(STATE, State.RELATED), icmp_is(6, [(1, 4)]))
"""ICMPv6 that connections need: unreachable, too big, time exceeded, parameter problem."""
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


class Asked:
    """One network and one policy on one day."""

    def __init__(self, survey: Survey, policy: Policy, on: date) -> None:
        """Build the space that both can be told in."""
        self.survey, self.policy, self.on = survey, policy, on
        self.rules = rules_of(policy, on)
        self.behind = {port: attached(survey, port) for port in survey.network.interfaces}
        way_back = WayBack(survey.network)
        self.hops = hops_of(survey.network, [*self._questions(), *way_back.conditions()])
        self.space = self.hops.space
        self.walker = Walker(survey.network)
        self.there_and_back = way_back.within(self.hops)
        self.outside = next(zone.name for zone in policy.zones if zone.kind is ZoneKind.OUTSIDE)
        self.opening = self.space.packets(declared.OPENING)
        self.permitted = self.space.packets(declared.permitted(self.rules))
        self._quiet = tuple(axis.field for axis in self.space.axes if axis.field not in TOLD)
        self._followed: dict[Port, Mapping[Port, There]] = {}

    def _questions(self) -> Iterator[Condition]:
        yield from (ESSENTIAL, declared.arriving(whole=True), declared.OPENING)
        for rule in self.rules:
            yield declared.permitted_by(rule)
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

    def came(self, start: Start, out: Port) -> PacketSet:
        """What a start's hosts send that may leave by an interface, as they send it."""
        seen = start.reach.leaving.get(out)
        if not seen or out == start.port:
            return self.space.nothing
        if not self.hops.translates:
            return seen
        node = self.hops.node(start.port)
        return self.hops.leading_to(start.reach, out)[node] & start.reach.arrived[node]

    @cached_property
    def wires(self) -> tuple[tuple[Start, ...], ...]:
        """Starts on one wire together: hosts there choose one of its boxes."""
        by_wire: dict[str, list[Start]] = {}
        for start in self.starts:
            by_wire.setdefault(self.wire_of[start.port], []).append(start)
        return tuple(map(tuple, by_wire.values()))

    @cached_property
    def wire_of(self) -> Mapping[Port, str]:
        """The wire that each interface stands on."""
        return {Port(foot.owner, foot.interface): foot.segment for foot in feet_of(self.survey.network)}

    def home(self, start: Port) -> frozenset[Port]:
        """All interfaces on the wire that a start stands at."""
        return frozenset(port for port, wire in self.wire_of.items() if wire == self.wire_of[start])

    def followed(self, start: Start) -> Mapping[Port, There]:
        """What becomes of the connections that flows let a start's hosts open, by interface at the far end."""
        found = self._followed.get(start.port)
        if found is None:
            sent = start.sent & self.opening & self.permitted
            found = self.there_and_back.follow(start.port, sent, self.home(start.port))
            self._followed[start.port] = found
        return found

    def sent(self, start: Start, asked: PacketSet) -> PacketSet:
        """What hosts send from here: everybody else stands behind the egress, and nobody else does."""
        sent = start.sent & asked
        if not sent or start.port in self.survey.uplinks - self.survey.egress:
            return self.space.nothing
        return sent & self.everybody if start.port in self.survey.egress else sent - self.everybody

    @cached_property
    def to_outside(self) -> PacketSet:
        """Packets whose destination is outside."""
        return self.space.packets(declared.to_zone(self.policy, self.outside))

    @cached_property
    def everybody(self) -> PacketSet:
        """Packets whose source is outside."""
        return self.space.packets(declared.from_zone(self.policy, self.outside))

    def sent_on(self, start: Start) -> PacketSet:
        """What hosts would hand to this box: it has a way for it, and not back to where they stand."""
        onward = _onward(start.port, self.survey)
        return self.space.packets(destination_in(onward)) if onward else self.space.nothing

    def zones(self, packets: PacketSet) -> Iterator[str]:
        """Zones that sources of these packets lie in."""
        for zone in self.policy.zones:
            if packets & self.space.packets(declared.from_zone(self.policy, zone.name)):
                yield zone.name

    def witnesses(self, packets: PacketSet) -> tuple[Packet, ...]:
        """A packet of each version."""
        found = (witness(packets & self.space.packets(family)) for family in FAMILIES)
        return tuple(packet for packet in found if packet is not None)

    def way(self, start: Port, packet: Packet, out: Port) -> Way:
        """The way a packet takes to an interface, or else any."""
        ways = list(self.walker.ways(start, packet.values))
        return next((way for way in ways if way.ending is Ending.LEAVES and way.last == out), ways[0])

    def finding(self, kind: Kind, check: str, packets: PacketSet, **said: object) -> Finding:
        """A finding about these packets; `said` are attributes of it, by name."""
        lines, more = shown(packets.forget(*self._quiet), self.names)
        found = Finding(kind=kind, check=check, clauses=self.clauses(check), firewall="", sentence="")
        return replace(found, packets=lines, more_packets=more, **said)  # type: ignore[arg-type] # attributes of Finding, by name

    def clauses(self, check: str) -> tuple[str, ...]:
        """What a check cites."""
        return tuple(str(clause) for clause in self.policy.profile.cited_by(check))


def chain(ways: Iterable[Way]) -> tuple[Cited, ...]:
    """The lines on every box, of a packet of each family, each once."""
    return tuple(dict.fromkeys(line for way in ways for line in way.cited()))


def boxes_of(way: Way) -> tuple[str, ...]:
    """The boxes on a way."""
    return tuple(hop.box for hop in way.hops)


def _onward(port: Port, survey: Survey) -> list[Prefix]:
    """Destinations that a box has a route for, to elsewhere than where packets came in."""
    table = table_of(survey.network.by_name[port.box])
    return [
        prefix
        for prefix, routes in table.items()
        if any(hop.interface != port.interface for route in routes for hop in route.hops)
    ]
