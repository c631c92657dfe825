"""Rounds of the differential test: one random ruleset, many frames, the kernel's word against ours.

A frame that the engines call undecided (a rate, for example) may go either way; every other must
go the way that the packet sets say, and the text and the bytecode must say the same.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from frames import DESTINATION, FRAGMENTED, ICMP, ICMPV6, SCTP, TCP, Frame, frame
from kernel_coverage import Coverage
from kernel_lab import Lab
from wire_connections import Connection
from wire_fragments import can_part, in_parts, tracked_families
from wire_rules import Random, constructs_in

from qianyun.verify.acls.matches import NOT_LATER
from qianyun.verify.bits import BitEngine
from qianyun.verify.boxes import boxes, readable
from qianyun.verify.chains import Ruleset
from qianyun.verify.conditions import ALWAYS, Condition
from qianyun.verify.fields import FIELDS, STATE, Field, Fragment, State
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_json import read_nft_json
from qianyun.verify.nft_text import read_nft
from qianyun.verify.passing import Passing
from qianyun.verify.space import PacketSet, Space
from qianyun.verify.tracing import trace

SPOILED = 0.05
"""Share of frames with a wrong checksum."""
LISTED = 3
"""One of so many rulesets is read from JSON, too."""
PARTED, IN_PARTS = 0.12, "datagram in two parts"
FAULTY_LINE = re.compile(r":(\d+):\d+-\d+: Error")


@dataclass
class Tally:
    """What was tried.

    Attributes:
        coverage: What the rulesets consist of, and before how many frames.
        listed: Rulesets whose JSON left nothing to doubt.
        mismatches: Each with the ruleset and the frame that show it.
    """

    rulesets: int = 0
    frames: int = 0
    passed: int = 0
    undecided: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    states: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def told(self) -> str:
        """How much was tried, and how often each construct and state occurred."""
        head = (
            f"{self.frames} frames through {self.rulesets} rulesets, {self.passed} passed, {self.undecided} undecided"
        )
        return "\n".join((head, *(f"{name:32}{count:9}" for name, count in self.states.items()))) + "\n"


@dataclass
class Judge:
    """A loaded ruleset as packet sets."""

    ruleset: Ruleset
    certain: PacketSet
    possible: PacketSet


class Rounds:
    """Rounds in one lab, repeatable by their seed.

    Attributes:
        alike: The packets of which a text that is understood tells as much as the bytecode.
        compared: The packets of which any text tells nothing that the bytecode does not.
    """

    alike: Condition = NOT_LATER
    compared: Condition = ALWAYS

    def __init__(self, lab: Lab, tally: Tally) -> None:
        self.lab, self.tally = lab, tally
        self.identity = 1
        self.interfaces = lab.interfaces()
        self.forbidden: dict[int, str] = {}

    def play(self, seed: int, frames: int, connections: int) -> None:
        """One ruleset: single frames first, then connections that go back and forth."""
        chance = random.Random(seed)  # noqa: S311 - a seeded trial
        made = Random(chance)
        text, listing = self._loaded(made.text())
        judge = self._judge(text, listing, seed)
        self.tally.rulesets += 1
        before = self.tally.frames
        self._singles(judge, chance, frames, f"seed {seed}\n{text}")
        if judge.ruleset.tracks:
            self._connections(judge, chance, connections, f"seed {seed}\n{text}")
        self.tally.coverage.note(constructs_in(text), self.tally.frames - before)
        self._settle()

    def _settle(self) -> None:
        """Wait for what is late."""
        self.lab.passes({})
        self.tally.mismatches += [self.forbidden[one] for one in self.lab.late if one in self.forbidden]
        self.forbidden.clear()
        self.lab.late.clear()

    def _loaded(self, text: str) -> tuple[str, str]:
        """The text without the lines that nft refuses, and the kernel's listing."""
        while said := self.lab.load(text):
            faulty = {int(number) - 2 for number in FAULTY_LINE.findall(said)}
            assert faulty, said
            text = "\n".join(line for at, line in enumerate(text.splitlines()) if at not in faulty) + "\n"
        return text, self.lab.listing()

    def _judge(self, text: str, listing: str, seed: int) -> Judge:
        kernels = self.known(read_nft_bytecode(listing, "kernel", self.interfaces))
        if kernels.unread:
            self.tally.mismatches.append(f"seed {seed}: not understood: {kernels.unread}\n{text}")
        judge = self._same(kernels, self.known(read_nft(text, "text")), f"seed {seed}: text\n{text}")
        if self.tally.rulesets % LISTED == 0:
            listed = self.known(read_nft_json(self.lab.json(), "json"))
            self._same(kernels, listed, f"seed {seed}: JSON\n{text}")
            self.tally.listed += not listed.unread
        return judge

    def _same(self, kernels: Ruleset, ours: Ruleset, what: str) -> Judge:
        """Another reading says what the bytecode says; where it doubts more, at least nothing that is wrong.

        Later fragments that nobody puts together are left to chance by either, each in its own way.
        """
        space = Space([*kernels.conditions(), *ours.conditions(), self.alike, self.compared], engine=BitEngine)
        certain, possible = bounds(kernels, space)
        sure, maybe = bounds(ours, space)
        strict = space.packets(self.alike)
        differ = ((sure ^ certain) | (maybe ^ possible)) & strict
        wrong = ((sure - certain) | (possible - maybe)) & space.packets(self.compared)
        if wrong or (not ours.unread and differ):
            shown = _difference(differ or wrong)
            self.tally.mismatches.append(f"differs from the bytecode for {shown}, {what}")
        self.tally.unread.update(unread.why for unread in ours.unread)
        return Judge(kernels, certain, possible)

    def known(self, ruleset: Ruleset) -> Ruleset:
        """The ruleset, with what else is known of the router."""
        return ruleset

    def _next(self) -> int:
        self.identity = self.identity % 0xFFFFFFF0 + 1
        return self.identity

    def _singles(self, judge: Judge, chance: random.Random, count: int, what: str) -> None:
        sent: dict[int, tuple[Frame, dict[Field, int]]] = {}
        for _number in range(count):
            each = frame(chance, self._next(), tracked=judge.ruleset.tracks)
            if judge.ruleset.tracks:
                each = trackable(each, chance)
            sent[each.identity] = (each, each.values(state_of(each)))
        if judge.ruleset.tracks:
            self.lab.forget_connections()
        must = {identity for identity, (_each, values) in sent.items() if judge.certain.holds(values)}
        wires = self._wires(judge, chance, [each for each, _values in sent.values()])
        seen = self.lab.passes(wires, expected=must)
        for identity, (each, values) in sent.items():
            self._compare(judge, values, each, what, passed=identity in seen)

    def _wires(self, judge: Judge, chance: random.Random, frames: Sequence[Frame]) -> dict[int, bytes]:
        """Frames by their numbers; where the kernel puts datagrams together, some go in two parts."""
        families = tracked_families(judge.ruleset) if judge.ruleset.tracks else frozenset()
        wires: dict[int, bytes] = {}
        for each in frames:
            if each.version in families and can_part(each) and chance.random() < PARTED:
                wires[-each.identity], wires[each.identity] = in_parts(each)
            else:
                wires[each.identity] = each.on_wire()
        parted = len(wires) - len(frames)
        self.tally.coverage.note({IN_PARTS: parted}, parted)
        return wires

    def _compare(self, judge: Judge, values: dict[Field, int], each: Frame, what: str, *, passed: bool) -> None:
        must, may = judge.certain.holds(values), judge.possible.holds(values)
        self.tally.frames += 1
        self.tally.passed += passed
        self.tally.undecided += must != may
        self.tally.states[State(values[STATE]).name.lower()] += 1
        if not may:
            self.forbidden[each.identity] = f"{each} ({named(values)}) passed late\n{what}"
        if not (must <= passed <= may):
            said = "must pass" if must else "must not pass" if not may else "may pass"
            self.tally.mismatches.append(f"{each} ({named(values)}): {said}, passed: {passed}\n{what}")

    def _connections(self, judge: Judge, chance: random.Random, count: int, what: str) -> None:
        self.lab.forget_connections()
        for _number in range(count):
            connection = Connection.by_chance(chance, self._next)
            for each, values, backwards in connection.steps(chance):
                expected = {each.identity} if judge.certain.holds(values) else set()
                seen = self.lab.passes(
                    {each.identity: each.on_wire(backwards=backwards)}, backwards=backwards, expected=expected
                )
                passed = each.identity in seen
                self._compare(judge, values, each, what, passed=passed)
                connection.went(passed=passed, after=trace(judge.ruleset, values).values)


def bounds(ruleset: Ruleset, space: Space) -> tuple[PacketSet, PacketSet]:
    """The packets that must pass, and those that may."""
    passing = Passing(ruleset, space).through()
    unknown = [axis.field for axis in space.axes if axis.field not in FIELDS]
    return passing.always(*unknown), passing.forget(*unknown)


def _difference(packets: PacketSet) -> list[str]:
    return [readable(box) for box in islice(boxes(packets), 4)]


def trackable(each: Frame, chance: random.Random) -> Frame:
    """A frame whose connection no other of the round touches, now and then one that is spoiled."""
    return replace(
        each,
        sport=each.sport if each.protocol in (ICMP, ICMPV6) else 20_000 + each.identity % 40_000,
        spoiled=each.protocol != SCTP and chance.random() < SPOILED,
        extension=DESTINATION if each.extension == FRAGMENTED else each.extension,
    )


VALID_FLAGS = {2, 18, 4, 20, 17, 16, 48}
SYN, RST, FIN, ACK = 2, 4, 1, 16


def state_of(each: Frame) -> State:
    """What connection tracking says of a frame that belongs to nothing before it.

    Source: Linux `nf_conntrack_proto_tcp.c` (`tcp_error`, `tcp_new`), `_icmp.c`, `_icmpv6.c`, `_sctp.c`.
    """
    if each.spoiled or each.fragment is Fragment.LATER:
        return State.INVALID
    if each.protocol == TCP:
        flags = each.flags & ~(8 | 64 | 128)
        opens = flags in VALID_FLAGS and not flags & (RST | FIN) and flags & (SYN | ACK) != SYN | ACK
        return State.NEW if opens else State.INVALID
    if each.protocol == ICMP:
        return State.NEW if each.sport >> 8 in (8, 13, 15, 17) else State.INVALID
    if each.protocol == ICMPV6:
        return State.NEW if each.sport >> 8 == 128 else State.INVALID
    return State.INVALID if each.protocol == SCTP else State.NEW


def named(values: dict[Field, int]) -> str:
    return ", ".join(f"{name.name}={value}" for name, value in values.items() if value and name.top < 1 << 33)
