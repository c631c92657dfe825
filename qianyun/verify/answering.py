"""The way back: for which connections what answers their first packet passes, too.

A connection is told by its first packet. Whatever a rule on the way back asks of the answer is
asked here of that packet: its source is where the answer goes, its target, once translated, is
where the answer comes from. So no set is ever mirrored, and chains are read as they stand.

Source: Linux `nf_nat_core.c` (`nf_nat_packet`): what comes back is translated where the same hook
translated the other end, before rules see it (target) or after (source).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import THROUGH, Assign, Blur, Chain, Hook, Ruleset
from qianyun.verify.conditions import ALWAYS, NEVER, All, Condition, In, Not, cannot_tell, is_, leaves
from qianyun.verify.connections import AGREED, ANSWERED, OPPOSITE, requests
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    FIELDS,
    HEADER,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    MARK,
    OUT_INTERFACE,
    PORTED,
    PROTOCOL,
    REPLY,
    SPORT,
    STATE,
    STATUS,
    TCP,
    TCP_FLAGS,
    TURNED,
    Field,
    State,
    interface_number,
    merged,
)
from qianyun.verify.hooks import At, seen_at
from qianyun.verify.packets import SYN
from qianyun.verify.passing import Passing
from qianyun.verify.space import MakeEngine, PacketSet, Space
from qianyun.verify.translations import CHOICES

SWAPPED: Mapping[Field, Field] = {**OPPOSITE, IN_INTERFACE: OUT_INTERFACE, OUT_INTERFACE: IN_INTERFACE}
OPENING: Mapping[Field, int] = {STATE: State.NEW, REPLY: 0, STATUS: 0, CT_MARK: 0, MARK: 0, TURNED: 0}
"""What a packet that opens a connection has when it comes."""
HAS_PORTS, IS_ECHO = is_(PROTOCOL, *PORTED), is_(PROTOCOL, ICMP, ICMPV6)
SOURCE_CHANGED, TARGET_CHANGED, BOTH_CHANGED = 16, 32, 48


@dataclass(frozen=True, slots=True)
class Answered:
    """Connections of one firewall, each as its first packet.

    Attributes:
        opened: Their first packet passes.
        may: Its answer may pass, too, and come back as one.
        must: It does for certain.
    """

    opened: PacketSet
    may: PacketSet
    must: PacketSet


class Through(NamedTuple):
    """The interfaces by which a packet comes into a box and leaves it."""

    into: str
    out: str


class Answers:
    """The question of what is answered, for one firewall; a space that is to tell must know its conditions."""

    def __init__(self, ruleset: Ruleset) -> None:
        """Name what may be in doubt: each question of a rule, wherever on the way it is asked."""
        self.ruleset = ruleset
        asked = {leaf for condition in ruleset.conditions() for leaf in leaves(condition) if leaf.field in OPPOSITE}
        self.leaves = sorted(asked, key=lambda leaf: (leaf.field.name, leaf.ranges))
        self.doubts = {
            (leaf, far): cannot_tell(f"the answer: {leaf.field} {leaf.ranges} after {far} hooks")
            for leaf in self.leaves
            for far in (0, 1, len(THROUGH))
        }
        self.status, self.mark = cannot_tell("the answer's status"), cannot_tell("the answer's mark")

    def conditions(self) -> Iterator[Condition]:
        """What a space must know."""
        yield from self.ruleset.conditions()
        yield from (HAS_PORTS, IS_ECHO, is_(PROTOCOL, TCP), is_(REPLY, 1), self.status, self.mark)
        yield from (is_(STATUS, (16, top)) for top in (31, 47, 63))
        yield from (is_(STATUS, ANSWERED | bits) for bits in (0, 16, 32, 48))
        yield from (is_(STATE, state) for state in (State.ESTABLISHED, State.UNTRACKED))
        yield from (is_(TCP_FLAGS, flags) for flags in (0, SYN, AGREED))
        yield from (is_(of, value) for of, value in OPENING.items())
        yield from self.doubts.values()
        for condition in self.ruleset.conditions():
            for leaf in leaves(condition):
                if leaf.field in SWAPPED:
                    yield In(SWAPPED[leaf.field], leaf.ranges)
                if leaf.field is SPORT:
                    yield from (In(SPORT, asked) for asked in requests(leaf.ranges).values() if asked)

    def within(self, space: Space) -> Answered:
        """For which connections the answer passes; it is like their packet in length, hops to live and class."""
        return _Answering(self, space).answered()

    def between(self, space: Space, first: Through, back: Through) -> PacketSet:
        """The same for a connection that goes through by two interfaces, and an answer that may take two others.

        Returns:
            The first packets as they come in, with whatever is in doubt of them.
        """
        answering = _Answering(self, space, back)
        found = answering.back(_opening(answering.there.through()))
        for of, name in ((IN_INTERFACE, first.into), (OUT_INTERFACE, first.out)):
            found = found.before_setting(of, interface_number(name)) if of in space.axis_of else found
        return found


def answered(ruleset: Ruleset, engine: MakeEngine = BitEngine) -> Answered:
    """For which connections of a firewall the answer passes, in a space of their own."""
    answers = Answers(ruleset)
    return answers.within(Space(answers.conditions(), spare_bits=0, engine=engine))


class _Answering(Passing):
    def __init__(self, asked: Answers, space: Space, by: Through | None = None) -> None:
        """Without interfaces of its own the answer takes those of the first packet, the other way round."""
        super().__init__(asked.ruleset, space)
        self.by = {} if by is None else {IN_INTERFACE: by.into, OUT_INTERFACE: by.out}
        self.asked, self.there = asked, Passing(asked.ruleset, space)
        self.doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
        self.choices = [of for of in self.doubts if of.name.removeprefix("?") in CHOICES]
        self.translated = space.nothing
        self.marks = sorted({*_marks(self.ruleset.chains.values())} - {0})

    def answered(self) -> Answered:
        opened = _opening(self.there.through())
        back = self.back(opened)
        return Answered(opened=opened, may=back.forget(*self.doubts), must=back.always(*self.doubts))

    def back(self, opened: PacketSet) -> PacketSet:
        """Those of the connections whose answer passes, by what is in doubt."""
        source, target = (self._view(THROUGH, In(STATUS, ranges)) for ranges in (((16, 31), (48, 63)), ((32, 63),)))
        self.translated = source | target
        back = self.through()
        for of, value in ((MARK, 0), (REPLY, 1), (STATE, State.ESTABLISHED), (TURNED, 0)):
            back = back.before_setting(of, value)
        agreed = back.before_setting(TCP_FLAGS, AGREED)
        back = self.space.packets(is_(PROTOCOL, TCP)).choose(agreed, back.before_setting(TCP_FLAGS, 0))
        status = {SOURCE_CHANGED: source - target, TARGET_CHANGED: target - source, BOTH_CHANGED: source & target}
        status = {ANSWERED | bits: self._told(when, self.asked.status) for bits, when in status.items()}
        back = _once_set(back, STATUS, {ANSWERED: self.space.everything, **status})
        marks = {value: self._told(self._view(THROUGH, is_(CT_MARK, value)), self.asked.mark) for value in self.marks}
        known = self._view(THROUGH, In(CT_MARK, merged((value, value) for value in (0, *self.marks))))
        strange = (back.forget(CT_MARK) ^ back.always(CT_MARK)) & (opened - known)
        back = _once_set(back, CT_MARK, {0: self.space.everything, **marks})
        back = strange.choose(self.space.packets(self.asked.mark), back) & opened
        if any(_writes_headers(chain) for chain in self.ruleset.chains.values()):
            back = opened & self.space.packets(self.asked.status)
        return back

    def _told(self, held: PacketSet, doubt: Condition) -> PacketSet:
        """A set, where it does not matter which of several values the kernel has chosen; else it may be so or not.

        What it may be is asked alone: one choice for all rules would take two that exclude each other to be both so.
        """
        unsure = held.forget(*self.choices) - held.always(*self.choices)
        return unsure.choose(self.space.packets(doubt), held) if unsure else held

    def _entry(self, chain: Chain, at: At, later: PacketSet, translated: PacketSet) -> PacketSet:
        """Chains of type `nat` see no answer; one that nothing tracks is not translated back."""
        if chain.entry is None or chain.entry.only_new:
            return later
        if chain.entry.only_later:
            lost = self.space.packets(is_(STATE, State.UNTRACKED)) & self.translated
            return later - lost if at.hook is Hook.PREROUTING else later
        return super()._entry(chain, at, later, translated)

    def _packets(self, condition: Condition, at: At) -> PacketSet:
        return self._seen(seen_at(at, condition), at)

    def _seen(self, condition: Condition, at: At) -> PacketSet:
        if isinstance(condition, In):
            return self._leaf(condition, at)
        if isinstance(condition, Not):
            return ~self._seen(condition.part, at)
        every = isinstance(condition, All)
        held = self.space.everything if every else self.space.nothing
        for part in condition.parts:
            holds = self._seen(part, at)
            held = held & holds if every else held | holds
        return held

    def _leaf(self, leaf: In, at: At) -> PacketSet:
        of = SWAPPED.get(leaf.field)
        if of is None:
            return self.space.packets(leaf)
        asked = In(of, leaf.ranges)
        if leaf.field in self.by:
            number = interface_number(self.by[leaf.field])
            return self.space.packets(ALWAYS if any(a <= number <= b for a, b in leaf.ranges) else NEVER)
        if of in (IN_INTERFACE, OUT_INTERFACE):
            return self.space.packets(asked)
        hooks = _stage(leaf.field, at)
        doubt = self.asked.doubts[leaf, len(hooks)]
        held = self._told(self._view(hooks, asked), doubt)
        if of not in (SPORT, DPORT):
            return held
        return self.space.packets(HAS_PORTS).choose(held, self._without_ports(leaf, doubt))

    def _without_ports(self, leaf: In, doubt: Condition) -> PacketSet:
        """An echo is answered by a reply; of other first bytes, and of checksums, nothing is known."""
        if leaf.field is not SPORT:
            return self.space.packets(doubt)
        found = self.space.nothing
        for protocol, asked in requests(leaf.ranges).items():
            found = found | (self.space.packets(is_(PROTOCOL, protocol)) & self.space.packets(In(SPORT, asked)))
        return self.space.packets(IS_ECHO).choose(found, self.space.packets(doubt))

    def _view(self, hooks: Sequence[Hook], asked: Condition) -> PacketSet:
        """The first packets that look like this once they have gone through some hooks."""
        packets = self.space.packets(asked)
        return _opening(self.there.through(hooks, packets)) if hooks else packets


def _once_set(back: PacketSet, of: Field, cases: Mapping[int, PacketSet]) -> PacketSet:
    """What passes once a field has the value of the last case that holds."""
    found = back.space.nothing
    for value, when in cases.items():
        found = when.choose(back.before_setting(of, value), found)
    return found


def _stage(of: Field, at: At) -> Sequence[Hook]:
    """How far the first packet has gone when it shows what the answer shows here."""
    if OPPOSITE[of].name.startswith("s"):  # where the answer goes: the source as it left, then as it came
        return THROUGH if at.hook is Hook.PREROUTING and not at.later else ()
    return () if at.hook is Hook.POSTROUTING and at.later else (Hook.PREROUTING,)


def _opening(packets: PacketSet) -> PacketSet:
    """The packets of a set as they open a connection, whatever its other axes then say."""
    for of, value in OPENING.items():
        if of in packets.space.axis_of:
            packets = packets.before_setting(of, value)
    syn = packets.before_setting(TCP_FLAGS, SYN)
    return packets.space.packets(is_(PROTOCOL, TCP)).choose(syn, packets.before_setting(TCP_FLAGS, 0))


def _marks(chains: Iterable[Chain]) -> Iterator[int]:
    for chain in chains:
        for rule in chain.rules:
            yield from (step.value for step in rule.steps if isinstance(step, Assign) and step.field is CT_MARK)


def _writes_headers(chain: Chain) -> bool:
    """Whether rules change ends of packets by themselves, which no connection remembers."""
    steps = (step for rule in chain.rules for step in rule.steps if isinstance(step, Assign | Blur))
    return any(step.field in HEADER for step in steps)
