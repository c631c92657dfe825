"""Which packets come where: the fixpoint of packet sets over the hops.

A packet in a set may take its way: where routes go side by side (ECMP) or a wire has several
boxes, one of the ways is meant. Where a box translates, packets arrive behind it as what they have
become. Every box tracks connections by itself, and the field `STATE` means what all of them say of
the packet; intersect with `IS_NEW` for packets that open a connection.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network

from qianyun.verify.acls.filters import Filter, Sets, is_unknown
from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import THROUGH, Hook
from qianyun.verify.conditions import IS_NEW, IS_V4, IS_V6, Condition, destination_in, is_
from qianyun.verify.fields import IN_INTERFACE, MARK, OUT_INTERFACE, STATUS, TURNED, Field, interface_number
from qianyun.verify.network.forwarding import Forwarding, forwarding_of
from qianyun.verify.network.model import Box, Network, NextHop, Port
from qianyun.verify.network.within import STAYING, Coming, Crossing, Sending, before_setting
from qianyun.verify.passing import Passing
from qianyun.verify.space import MakeEngine, PacketSet, Space

INTO = (Hook.PREROUTING, Hook.INPUT)
NODES = 1 << 22


@dataclass(frozen=True, slots=True)
class Step:
    """Packets that go from a box to the next one, and that its incoming filter lets in."""

    out: Port
    into: Port
    node: Port
    sending: Sending

    @property
    def packets(self) -> PacketSet:
        """Those that take it, as they came to the box."""
        return self.sending.packets


@dataclass(frozen=True, slots=True)
class Steps:
    """What a box does with packets that have come in.

    Attributes:
        onward: To other boxes.
        leaving: Out of the network, each with its interface.
        local: To the box itself.
        lost: Packets without a route, or that the box does not pass on at all.
        discarded: Dropped by a route that says so.
    """

    onward: tuple[Step, ...]
    leaving: tuple[tuple[Port, Sending], ...]
    local: PacketSet
    lost: PacketSet
    discarded: PacketSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where packets from one place come to.

    Attributes:
        arrived: By box (or by interface of a box with a ruleset): packets that come in there.
        leaving: By interface at the edge: packets that leave the network there, as they leave it.
        local: By box: packets that come to the box itself, as they come.
    """

    arrived: Mapping[Port, PacketSet]
    leaving: Mapping[Port, PacketSet]
    local: Mapping[str, PacketSet]


@dataclass(slots=True)
class Hops:
    """A network as packet sets: what each box does, and what follows from all of them together.

    Attributes:
        space: One for all boxes.
    """

    network: Network
    space: Space
    _forwarding: dict[str, Forwarding] = field(default_factory=dict)
    _filters: dict[int, PacketSet] = field(default_factory=dict)
    _rulesets: dict[tuple[str, tuple[Hook, ...]], PacketSet] = field(default_factory=dict)
    _rules: dict[str, Passing] = field(default_factory=dict)
    _steps: dict[Port, Steps] = field(default_factory=dict)

    def node(self, port: Port) -> Port:
        """What has to be known of where a packet came in: the interface only where rules ask for it."""
        return port if self.network.by_name[port.box].ruleset is not None else Port(port.box)

    def entering(self, port: Port) -> PacketSet:
        """The packets that an interface lets in."""
        return self._passing(self.network.interfaces[port].incoming) if port.interface else self.space.everything

    def steps(self, node: Port) -> Steps:
        """What the box does with packets at a node."""
        found = self._steps.get(node)
        if found is None:
            found = self._steps[node] = self._steps_from(node)
        return found

    def reach(self, start: Port, packets: PacketSet | None = None) -> Reach:
        """Follow packets that come in at an interface, or that start in a box.

        Args:
            start: An interface, or a box.
            packets: Those to follow; all by default.
        """
        return self.reach_from({start: self.space.everything if packets is None else packets})

    def reach_from(self, starts: Mapping[Port, PacketSet]) -> Reach:
        """Follow packets that come in at several places."""
        fresh: dict[Port, PacketSet] = {}
        for start, packets in starts.items():
            _add(fresh, self.node(start), packets & self.entering(start))
        arrived: dict[Port, PacketSet] = {}
        while fresh:
            for node, packets in fresh.items():
                _add(arrived, node, packets)
            coming: dict[Port, PacketSet] = {}
            for node, packets in fresh.items():
                for step in self.steps(node).onward:
                    _add(coming, step.node, step.sending.after(packets))
            fresh = {
                node: new
                for node, packets in coming.items()
                if (new := packets - arrived[node] if node in arrived else packets)
            }
        return self._outcome(arrived)

    def _outcome(self, arrived: dict[Port, PacketSet]) -> Reach:
        leaving: dict[Port, PacketSet] = {}
        local: dict[str, PacketSet] = {}
        for node, packets in arrived.items():
            steps = self.steps(node)
            for port, sending in steps.leaving:
                _add(leaving, port, sending.after(packets))
            if here := packets & steps.local:
                local[node.box] = local[node.box] | here if node.box in local else here
        return Reach(arrived=arrived, leaving=leaving, local=local)

    def may(self, packets: PacketSet) -> PacketSet:
        """The packets of a set, whatever the lines that were not understood do."""
        return packets.forget(*self._unknown())

    def must(self, packets: PacketSet) -> PacketSet:
        """Those that are in it for certain."""
        return packets.always(*self._unknown())

    def _unknown(self) -> tuple[Field, ...]:
        return tuple(axis.field for axis in self.space.axes if is_unknown(axis.field))

    def leading_to(self, reach: Reach, out: Port) -> dict[Port, PacketSet]:
        """By node: packets that may leave the network at an interface in the end, as they are there."""
        leading: dict[Port, PacketSet] = {}
        while True:
            longer = {node: self._leads(node, out, leading) for node in reach.arrived}
            if longer == leading:
                return leading
            leading = longer

    def _leads(self, node: Port, out: Port, leading: Mapping[Port, PacketSet]) -> PacketSet:
        steps = self.steps(node)
        found = self.space.nothing
        for port, sending in steps.leaving:
            found = found | sending.packets if port == out else found
        for step in steps.onward:
            found = found | step.sending.before(leading[step.node]) if step.node in leading else found
        return found

    @property
    def translates(self) -> bool:
        """Whether packets may leave the network as others than they came."""
        return any(box.ruleset is not None and box.ruleset.translates for box in self.network.boxes)

    def _steps_from(self, node: Port) -> Steps:
        box = self.network.by_name[node.box]
        known = self._forwarding.get(node.box)
        if known is None:
            known = self._forwarding[node.box] = forwarding_of(box, self.space)
        passed_on = self.space.everything
        for version, family in ((4, IS_V4), (6, IS_V6)):
            if version not in box.forwards:
                passed_on = passed_on - self.space.packets(family)
        coming = self._coming(node, box)
        onward: list[Step] = []
        leaving: list[tuple[Port, Sending]] = []
        for hop, packets in known.hops.items():
            out = Port(node.box, hop.interface)
            let = self._passing(self.network.interfaces[out].outgoing)
            sending = Sending(packets & passed_on & let)
            if coming is not None:
                crossing = Crossing(coming, hop.interface, (packets & passed_on) - self._turned(), let)
                sending = Sending(crossing.before(self.space.everything), crossing)
            elif box.ruleset is not None:
                sending = sending.only(self._through(node, THROUGH, hop.interface))
            self._send(out, hop, sending, onward, leaving)
        lost = known.unrouted | ((~known.local - known.discarded) - passed_on)
        if coming is not None:
            stays = coming.passing.through(STAYING, self.space.everything)
            local = coming.before((known.local | self._turned()) & before_setting(stays, OUT_INTERFACE, 0))
            away, discarded = coming.before(lost - self._turned()), coming.before(known.discarded - self._turned())
            return Steps(tuple(onward), tuple(leaving), local=local, lost=away, discarded=discarded)
        local = known.local if box.ruleset is None else known.local & self._through(node, INTO, "")
        return Steps(tuple(onward), tuple(leaving), local=local, lost=lost, discarded=known.discarded)

    def _coming(self, node: Port, box: Box) -> Coming | None:
        if box.ruleset is None or not box.ruleset.translates:
            return None
        passing = self._rules.get(node.box)
        if passing is None:
            passing = self._rules[node.box] = Passing(box.ruleset, self.space)
        return Coming(passing, node.interface)

    def _turned(self) -> PacketSet:
        return self.space.packets(is_(TURNED, 1))

    def _send(
        self, out: Port, hop: NextHop, sending: Sending, onward: list[Step], leaving: list[tuple[Port, Sending]]
    ) -> None:
        there = self.network.next_ports(out.box, hop)
        for into in there:
            self._step(out, into, sending, onward)
        for address, into in self.network.attached_boxes(out.box, hop):
            to_box = self.space.packets(destination_in([ip_network(address)]))
            self._step(out, into, sending.only(to_box), onward)
            sending = sending.only(~to_box)
        if not there and sending.packets:
            leaving.append((out, sending))

    def _step(self, out: Port, into: Port, sending: Sending, onward: list[Step]) -> None:
        let_in = sending.only(self.entering(into))
        if let_in.packets:
            onward.append(Step(out, into, self.node(into), let_in))

    def _passing(self, filters: Iterable[Filter]) -> PacketSet:
        result = self.space.everything
        for filter_ in filters:
            found = self._filters.get(id(filter_))
            if found is None:
                found = Sets(filter_, self.space).passing
                if filter_.version:
                    found = found | ~self.space.packets(IS_V4 if filter_.version == 4 else IS_V6)  # noqa: PLR2004
                self._filters[id(filter_)] = found
            result = result & found
        return result

    def _through(self, node: Port, hooks: tuple[Hook, ...], out: str) -> PacketSet:
        """What a box's ruleset passes between two interfaces; marks do not outlive a box."""
        found = self._rulesets.get((node.box, hooks))
        if found is None:
            ruleset = self.network.by_name[node.box].ruleset
            if ruleset is None:
                return self.space.everything
            found = self._rulesets[node.box, hooks] = Passing(ruleset, self.space).through(hooks)
        for asked, value in (
            (IN_INTERFACE, interface_number(node.interface)),
            (OUT_INTERFACE, interface_number(out)),
            (MARK, 0),
        ):
            found = found.before_setting(asked, value)
        return found


def hops_of(network: Network, more: Iterable[Condition] = (), engine: MakeEngine | None = None) -> Hops:
    """A network in a space of its own.

    Args:
        network: The boxes and links.
        more: Further conditions that questions will ask about, such as the prefixes of zones.
        engine: Another engine, for a second opinion.
    """
    conditions = [IS_NEW, *network.conditions(), *_set_by_boxes(network), *more]
    return Hops(network, Space(conditions, spare_bits=0, engine=engine or partial(BitEngine, nodes=NODES)))


def _set_by_boxes(network: Network) -> Iterator[Condition]:
    """What rulesets see of the boxes themselves."""
    for box in network.boxes:
        if box.ruleset is not None:
            numbers = [interface_number(name) for name in ("", *(each.name for each in box.interfaces))]
            yield from (is_(asked, *numbers) for asked in (IN_INTERFACE, OUT_INTERFACE))
            yield is_(MARK, 0)
            if box.ruleset.translates:
                yield from (is_(TURNED, 0), is_(STATUS, 0))


def _add(sets: dict[Port, PacketSet], port: Port, packets: PacketSet) -> None:
    if port in sets:
        sets[port] = sets[port] | packets
    elif packets:
        sets[port] = packets
