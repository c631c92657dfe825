"""There and back: for which connections what answers their first packet comes home, through all boxes.

A connection is told by its first packet as its host sends it. On the way there it is remembered
which boxes keep its connection, and as what it went through them. What a box on the way back asks of
the answer is asked of that packet (`Mirror`, `Answers`): a box that has kept the connection takes the
answer as part of it and undoes its translation, any other one has never seen it. A packet that is
translated on its way, and back to what it was by another box, counts as another one; what comes
to be translated by one box a second time is taken to go round.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from qianyun.verify.answering import Answers, Through
from qianyun.verify.chains import Assign, Ruleset
from qianyun.verify.conditions import Condition, is_
from qianyun.verify.connections import AGREED, ANSWERED
from qianyun.verify.fields import (
    CT_MARK,
    FRAGMENT,
    MARK,
    PROTOCOL,
    REPLY,
    STATE,
    STATUS,
    TCP,
    TCP_FLAGS,
    TURNED,
    UDP,
    Field,
    State,
)
from qianyun.verify.network.mirrored import Mirror, mirrored
from qianyun.verify.network.model import Box, Interface, Network, Port
from qianyun.verify.network.reaching import Hops, Steps
from qianyun.verify.network.within import Crossing, Sending, before_setting
from qianyun.verify.space import PacketSet

NOWHERE = Through("", "")
IS_CHANGED = is_(STATUS, (16, 63))
KNOWN: dict[Field, int] = {STATE: State.ESTABLISHED, REPLY: 1, STATUS: ANSWERED}
STRANGE: dict[Field, int] = {REPLY: 0, STATUS: 0}
PLAIN: dict[Field, int] = {STATE: State.NEW, REPLY: 0, STATUS: 0}
ALL_ANSWERS: dict[Field, int] = {MARK: 0, CT_MARK: 0, FRAGMENT: 0, TURNED: 0}


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Packets become others: one box's translation, between two of its interfaces."""

    crossing: Crossing


@dataclass(frozen=True, slots=True)
class Met:
    """A box that keeps the connection.

    Attributes:
        came: How often the packet had been translated when it came, by its place among all changes.
        left: The same when it left.
        by: The interfaces it went through.
    """

    box: str
    came: int
    left: int
    by: Through


@dataclass(frozen=True, slots=True)
class Past:
    """What has happened to a packet on its way there."""

    changes: tuple[Change, ...] = ()
    met: tuple[Met, ...] = ()

    def after(self, box: Box, by: Through, change: Change | None) -> "Past":
        """With one box more; the interfaces only where it asks for them."""
        changes = (*self.changes, change) if change else self.changes
        met = Met(box.name, len(self.changes), len(changes), by)
        return Past(changes, self.met if not box.tracks or met in self.met else (*self.met, met))


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a box.

    Attributes:
        into: Where they come to; `None` where they leave the network.
        packets: Those that take it, as they come to the box.
        change: What they become; `None` where they stay as they are.
    """

    port: Port
    into: Port | None
    packets: PacketSet
    change: Change | None = None


@dataclass(slots=True)
class There:
    """Packets that leave the network at an interface, as they were sent.

    Attributes:
        passing: All of them.
        answered: Those that some answer comes home to.
        astray: Those whose answer may end elsewhere, on one of its ways.
    """

    passing: PacketSet
    answered: PacketSet
    astray: PacketSet


@dataclass(slots=True)
class WayBack:
    """The question for one network; a space that is to tell must know `conditions`."""

    network: Network
    _asked: dict[str, Answers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for box in self.network.boxes:
            if box.ruleset is not None and _is_deep(box.ruleset):
                self._asked[box.name] = Answers(box.ruleset)

    def conditions(self) -> Iterator[Condition]:
        """What a space must know besides the network's own."""
        yield from mirrored(self.network.conditions())
        yield from (is_(PROTOCOL, TCP), is_(PROTOCOL, UDP), is_(TCP_FLAGS, AGREED), is_(TCP_FLAGS, 0), IS_CHANGED)
        for of, value in (*KNOWN.items(), *PLAIN.items(), *ALL_ANSWERS.items(), (STATE, State.INVALID)):
            yield is_(of, value)
        for asked in self._asked.values():
            yield from asked.conditions()

    def within(self, hops: Hops) -> "ThereAndBack":
        """The answers, with these sets."""
        return ThereAndBack(hops, self._asked)


class ThereAndBack:
    """Follows packets there and their answers back."""

    def __init__(self, hops: Hops, asked: dict[str, Answers]) -> None:
        """`hops` in a space that knows what `WayBack` says."""
        self.hops, self.asked, self.network, self.space = hops, asked, hops.network, hops.space
        self.mirror = Mirror(hops.space)
        self.back = Hops(_opened(self.network, incoming=True), self.mirror)
        self.roads = Hops(_opened(self.network, incoming=True, rules=True), self.mirror)
        self.bare = Hops(_opened(self.network, incoming=True, rules=True, outgoing=True), self.mirror)
        self.doors = Hops(self.network, self.mirror)
        self._exits: dict[Port, tuple[Exit, ...]] = {}
        self._pulled: dict[tuple[tuple[Change, ...], PacketSet], PacketSet] = {}
        self._routes: dict[str, dict[str, PacketSet]] = {}
        self._doors: dict[tuple[Port, bool], PacketSet] = {}
        self._ways_back: dict[tuple[Port, bool, Through | None], tuple[Exit, ...]] = {}

    def follow(self, start: Port, packets: PacketSet, home: Collection[Port]) -> dict[Port, There]:
        """What becomes of packets that open connections, and of the answers.

        Args:
            start: Where their hosts stand.
            packets: What they send.
            home: Interfaces at which an answer comes to these hosts; what leaves there has gone nowhere.
        """
        found: dict[Port, There] = {}
        for (past, out), sent in self._there(start, packets).items():
            if out in home:
                continue
            answered, astray = self._back(past, out, sent, home)
            held = found.setdefault(out, There(*[self.space.nothing] * 3))
            held.passing, held.answered = held.passing | sent, held.answered | answered
            held.astray = held.astray | astray
        return found

    def _there(self, start: Port, packets: PacketSet) -> dict[tuple[Past, Port], PacketSet]:
        """By past and interface: the packets that leave, as they were sent."""
        left: dict[tuple[Past, Port], PacketSet] = {}
        arrived: dict[tuple[Past, Port], PacketSet] = {}
        fresh = {(Past(), self.hops.node(start)): packets & self.hops.entering(start)}
        while fresh:
            coming: dict[tuple[Past, Port], PacketSet] = {}
            for (past, node), here in fresh.items():
                arrived[past, node] = arrived.get((past, node), self.space.nothing) | here
                for out in self._exits_of(node):
                    if out.change in past.changes:
                        continue
                    if gone := here & self._pull(past.changes, out.packets):
                        after = self._after(past, node, out)
                        into = left if out.into is None else coming
                        key = after, out.port if out.into is None else self.hops.node(out.into)
                        into[key] = into.get(key, self.space.nothing) | gone
            fresh = {key: new for key, here in coming.items() if (new := here - arrived.get(key, self.space.nothing))}
        return left

    def _after(self, past: Past, node: Port, out: Exit) -> Past:
        by = Through(node.interface, out.port.interface) if node.box in self.asked else NOWHERE
        return past.after(self.network.by_name[node.box], by, out.change)

    def _back(self, past: Past, out: Port, packets: PacketSet, home: Collection[Port]) -> tuple[PacketSet, PacketSet]:
        """Those whose answer comes home by some way, and those whose answer ends elsewhere by some way."""
        nothing = self.space.nothing
        arrived: dict[tuple[Port, int], PacketSet] = {}
        fresh = {(out, len(past.changes)): packets}
        came = astray = nothing
        while fresh:
            coming: dict[tuple[Port, int], PacketSet] = {}
            for (port, at), here in fresh.items():
                arrived[port, at] = arrived.get((port, at), nothing) | here
                enters = here & self._pull(past.changes[:at], self._entering(past, port, at))
                astray = astray | (here - enters)
                sent = dict[str, PacketSet]()
                for each, then in self._exits_back(past, port, at) if enters else ():
                    gone = enters & self._pull(past.changes[:then], each.packets)
                    sent[each.port.interface] = sent.get(each.port.interface, nothing) | gone
                    if each.into is not None:
                        key = each.into, then
                        coming[key] = coming.get(key, nothing) | gone
                    elif each.port in home and then == 0:
                        came = came | gone
                    else:
                        astray = astray | gone
                astray = astray | (self._stopped(past, port, at, enters, sent) if enters else nothing)
            fresh = {key: new for key, here in coming.items() if (new := here - arrived.get(key, nothing))}
        return came, astray

    def _stopped(self, past: Past, port: Port, at: int, here: PacketSet, sent: Mapping[str, PacketSet]) -> PacketSet:
        """What a route says is to go by an interface and does not, and what no route holds."""
        box = self.network.by_name[port.box]
        kept = _kept(past, box, at)
        then = kept.came if kept is not None and box.name in self.asked else at
        stopped, rest = self.space.nothing, here
        for out, packets in self._routed(box.name).items():
            routed = here & self._pull(past.changes[:then], packets)
            stopped, rest = stopped | (routed - sent.get(out, self.space.nothing)), rest - routed
        return stopped | rest

    def _routed(self, box: str) -> Mapping[str, PacketSet]:
        """By interface: answers that routes send there."""
        found = self._routes.get(box)
        if found is None:
            found = self._routes[box] = {}
            for out, _into, sending in _ways(self.bare.steps(Port(box))):
                found[out.interface] = found.get(out.interface, self.mirror.nothing) | sending.packets
        return found

    def _exits_of(self, node: Port) -> tuple[Exit, ...]:
        found = self._exits.get(node)
        if found is None:
            ways = _ways(self.hops.steps(node))
            found = self._exits[node] = tuple(each for way in ways for each in self._parted(*way))
        return found

    def _parted(self, port: Port, into: Port | None, sending: Sending) -> Iterator[Exit]:
        """What goes a way as it came, and what becomes another packet."""
        if sending.crossing is None:
            yield Exit(port, into, sending.packets)
            return
        changed = self.space.packets(IS_CHANGED)
        for let, differs in ((~changed, False), (changed, True)):
            crossing = replace(sending.crossing, let=sending.crossing.let & let)
            if packets := crossing.before(self.space.everything):
                yield Exit(port, into, packets, Change(crossing) if differs else None)

    def _pull(self, changes: tuple[Change, ...], packets: PacketSet) -> PacketSet:
        """The packets, as they were sent, that have become some of these by changes."""
        if not changes:
            return PacketSet(self.space, packets.diagram)
        found = self._pulled.get((changes, packets))
        if found is None:
            last = changes[-1].crossing.before(PacketSet(self.space, packets.diagram))
            found = self._pulled[changes, packets] = self._pull(changes[:-1], last)
        return found

    def _entering(self, past: Past, port: Port, at: int) -> PacketSet:
        """Answers that the interface lets in."""
        box = self.network.by_name[port.box]
        key = port, _kept(past, box, at) is not None
        found = self._doors.get(key)
        if found is None:
            found = self._doors[key] = self._told(self.doors.entering(port), box, is_known=key[1])
        return found

    def _told(self, answers: PacketSet, box: Box, *, is_known: bool) -> PacketSet:
        """Answers with what is known of every one of them, and with what this box says of their connection."""
        for of, value in ALL_ANSWERS.items():
            answers = before_setting(answers, of, value)
        agreed, other = (before_setting(answers, TCP_FLAGS, flags) for flags in (AGREED, 0))
        answers = self.mirror.packets(is_(PROTOCOL, TCP)).choose(agreed, other)
        for of, value in (KNOWN if is_known else STRANGE if box.tracks else PLAIN).items():
            answers = before_setting(answers, of, value)
        if is_known or not box.tracks:
            return answers
        new, invalid = (before_setting(answers, STATE, state) for state in (State.NEW, State.INVALID))
        return self.mirror.packets(is_(PROTOCOL, UDP)).choose(new, invalid)

    def _exits_back(self, past: Past, port: Port, at: int) -> Iterator[tuple[Exit, int]]:
        """Ways out for answers, told as the packets they answer; and how often those had been translated by then."""
        box = self.network.by_name[port.box]
        kept = _kept(past, box, at)
        by = kept.by if kept is not None and box.name in self.asked else None
        key = port, kept is not None, by
        found = self._ways_back.get(key)
        if found is None:
            ways = self._strange(port, is_known=kept is not None) if by is None else self._undone(port, by)
            found = self._ways_back[key] = tuple(ways)
        for out in found:
            yield out, at if by is None or kept is None else kept.came

    def _strange(self, port: Port, *, is_known: bool) -> Iterator[Exit]:
        """Out of a box that has translated nothing of the connection; what it would make another packet is lost."""
        box = self.network.by_name[port.box]
        for out, into, sending in _ways(self.back.steps(self.back.node(port))):
            packets = sending.packets
            if sending.crossing is not None:
                let = sending.crossing.let - self.mirror.packets(IS_CHANGED)
                packets = replace(sending.crossing, let=let).before(self.mirror.everything)
            yield Exit(out, into, self._told(packets, box, is_known=is_known))

    def _undone(self, port: Port, by: Through) -> Iterator[Exit]:
        """Out of a box that asks how the connection came, and translates its answer back."""
        box = self.network.by_name[port.box]
        passing: dict[str, PacketSet] = {}
        for out, into, sending in _ways(self.roads.steps(self.roads.node(port))):
            if out.interface not in passing:
                back = Through(port.interface, out.interface)
                passing[out.interface] = self.asked[box.name].between(self.space, by, back)
            routed = self.mirror.seen(self._told(sending.packets, box, is_known=True))
            yield Exit(out, into, passing[out.interface] & routed)


def _opened(network: Network, *, incoming: bool = False, outgoing: bool = False, rules: bool = False) -> Network:
    """A network without some of its filters."""

    def face(each: Interface) -> Interface:
        return replace(each, incoming=() if incoming else each.incoming, outgoing=() if outgoing else each.outgoing)

    return replace(
        network,
        boxes=tuple(
            replace(box, interfaces=tuple(map(face, box.interfaces)), ruleset=None if rules else box.ruleset)
            for box in network.boxes
        ),
    )


def _kept(past: Past, box: Box, at: int) -> Met | None:
    """What a box remembers of a connection that left it as what is answered."""
    return next((met for met in past.met if met.box == box.name and met.left == at), None)


def _ways(steps: Steps) -> Iterator[tuple[Port, Port | None, Sending]]:
    yield from ((step.out, step.into, step.sending) for step in steps.onward)
    yield from ((out, None, sending) for out, sending in steps.leaving)


def _is_deep(ruleset: Ruleset) -> bool:
    """Whether what it says of an answer hangs on more than that it knows the connection."""
    steps = (step for chain in ruleset.chains.values() for rule in chain.rules for step in rule.steps)
    return ruleset.translates or any(isinstance(step, Assign) and step.field is CT_MARK for step in steps)
