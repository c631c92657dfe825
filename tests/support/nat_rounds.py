"""Rounds with translation: the verdict, the header seen on the far side, and the reply seen on the near side.

Where the kernel may choose (an address of a range, a free port), the choice it made must be one that
the rules allow; what follows is held against the rules with that choice.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Interface, IPv6Interface

from frames import ICMP, ICMPV6, NET4, NET6, TCP, UDP, Frame, address, ends_of, frame
from kernel_lab import IN, OUT, Out
from nat_rules import NAT_CONSTRUCTS, Translating
from wire_rounds import Judge, Rounds, named, state_of, trackable
from wire_rules import constructs_in

from qianyun.verify.answering import Answered, answered
from qianyun.verify.chains import Hook, Ruleset
from qianyun.verify.connections import answer_to
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DST4,
    DST6,
    FIELDS,
    IN_INTERFACE,
    OUT_INTERFACE,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    STATUS,
    TURNED,
    VERSION,
    Field,
    State,
    interface_number,
)
from qianyun.verify.own_addresses import with_addresses
from qianyun.verify.reaching import Reaching
from qianyun.verify.space import PacketSet
from qianyun.verify.tracing import Bound, trace

OWN = {
    device: (IPv4Interface(f"10.255.{side}.1/24"), IPv6Interface(f"fd00:{side}::1/64"))
    for device, side in ((IN, 1), (OUT, 2))
}
CONFIRMED, SEEN_REPLY = 8, 2
SOURCE_CHANGED, TARGET_CHANGED = 16, 32
SYN, ACK = 2, 16
ERROR = {4: (ICMP, 3 << 8 | 3), 6: (ICMPV6, 1 << 8 | 4)}
Values = dict[Field, int]


class NatRounds(Rounds):
    """Rounds whose rulesets translate."""

    answers: Answered

    def known(self, ruleset: Ruleset) -> Ruleset:
        """With the router's own addresses."""
        return with_addresses(ruleset, OWN)

    def play(self, seed: int, frames: int, connections: int) -> None:
        """One ruleset: single frames that open connections, then connections there and back."""
        chance = random.Random(f"nat {seed}")  # noqa: S311 - a seeded trial
        text, listing = self._loaded(Translating(chance).text())
        judge = self._judge(text, listing, seed)
        self.tally.rulesets += 1
        before = self.tally.frames
        self.converse(judge, chance, frames, connections, f"nat seed {seed}\n{text}")
        self.tally.coverage.note(constructs_in(text, NAT_CONSTRUCTS), self.tally.frames - before)

    def converse(self, judge: Judge, chance: random.Random, frames: int, connections: int, what: str) -> None:
        """What is loaded: single frames, then connections."""
        self.answers = answered(judge.ruleset)
        self.lab.forget_connections()
        opened = [self._single(chance) for _number in range(frames)]
        sent = {each.identity: each.on_wire() for each, _values in opened}
        certain = {each.identity for each, values in opened if self._bounds(judge, values)[0]}
        seen = self.lab.passes(sent, expected=certain)
        for each, values in opened:
            self._first(judge, each, values, seen.get(each.identity), what)
        self.lab.forget_connections()
        for _number in range(connections):
            self._converse(judge, chance, what)

    def _single(self, chance: random.Random) -> tuple[Frame, Values]:
        each = trackable(frame(chance, self._next(), tracked=True), chance)
        if each.protocol in (TCP, UDP) and chance.random() < 0.1:
            each = replace(each, sport=each.identity % 16384, dport=chance.choice((40000, 65535, 80)))
        return each, each.values(state_of(each))

    def _bounds(self, judge: Judge, values: Values) -> tuple[bool, bool]:
        """Whether a packet must pass, and whether it may, wherever translation sends it."""
        before = trace(judge.ruleset, values, (Hook.PREROUTING,))
        out = _route(before.values)
        if not out or not before.passes:
            return False, judge.possible.holds(values) and bool(out)
        values[OUT_INTERFACE] = interface_number(out)
        return judge.certain.holds(values), judge.possible.holds(values)

    def _first(self, judge: Judge, each: Frame, values: Values, out: Out | None, what: str) -> Bound | None:
        """A packet that opens a connection, or belongs to none; what it has become."""
        must, may = self._bounds(judge, values)
        self.tally.frames += 1
        self.tally.passed += out is not None
        self.tally.undecided += must != may
        self.tally.states[State(values[STATE]).name.lower()] += 1
        if not must <= (out is not None) <= may:
            said = "must pass" if must else "must not pass"
            self._wrong(each, values, f"{said}, passed: {out is not None}", what)
        if out is None:
            return None
        seen = ends_of(out.data)
        self._count("first", values, seen)
        values[OUT_INTERFACE] = interface_number(_side(out))
        traced = trace(judge.ruleset, values, wanted=seen)
        if not traced.passes or not _agree(traced.values, seen) or _route(traced.values) != _side(out):
            self.tally.undecided += 1
            if not self._image(judge, values, seen):
                told = f"seen as {named(seen)} at {_side(out)}, expected {named(_ends(traced.values))}"
                self._wrong(each, values, told, what)
        return Bound(before=_ends(values), after=seen)

    def _image(self, judge: Judge, values: Values, seen: Values) -> bool:
        """Whether some choice of the kernel's makes this of the packet."""
        space = judge.certain.space
        alone = space.everything
        for axis in space.axes:
            if axis.field in FIELDS:
                code = axis.code(values.get(axis.field, 0))
                alone &= PacketSet(space, space.engine.interval(axis.number, code, code))
        return (
            Reaching(judge.ruleset, space, start=alone)
            .passing.forget(
                *(axis.field for axis in space.axes if axis.field not in seen and axis.field is not VERSION)
            )
            .holds(seen | {VERSION: values[VERSION]})
        )

    def _converse(self, judge: Judge, chance: random.Random, what: str) -> None:
        first = _opening(chance, self._next())
        values = first.values(State.NEW)
        out = self.lab.passes({first.identity: first.on_wire()}).get(first.identity)
        bound = self._first(judge, first, values, out, what)
        if bound is None or out is None:
            return
        after = trace(judge.ruleset, values, wanted=bound.after).values
        there = _as_seen(first, bound.after, out.data)
        again = replace(first, identity=self._next(), echo=_echo(first), flags=ACK, sequence=1001, acknowledged=5001)
        steps = [(_answer(there, self._next()), State.ESTABLISHED, True), (again, State.ESTABLISHED, False)]
        if first.protocol in (TCP, UDP):
            steps.append((_error(there, self._next()), State.RELATED, True))
        for each, state, reply in steps:
            if after.get(STATE) == State.UNTRACKED:
                break
            status = CONFIRMED | SEEN_REPLY | _changed(bound)
            later = _Later(judge, self.answers, values, bound, _side(out), status, after.get(CT_MARK, 0), what)
            after = self._later(later, each, state, reply=reply)

    def _later(self, later: "_Later", each: Frame, state: State, *, reply: bool) -> Mapping[Field, int]:
        """A packet of a connection: the way it goes, and what it looks like in the end."""
        values = each.values(state, reply=reply) | {STATUS: later.status, CT_MARK: later.mark}
        come = later.side if reply else IN
        values[IN_INTERFACE] = interface_number(come)
        go = _route(trace(later.judge.ruleset, values, (Hook.PREROUTING,), bound=later.bound).values)
        values[OUT_INTERFACE] = interface_number(go)
        traced = trace(later.judge.ruleset, values, bound=later.bound)
        passes = traced.passes and go != ""
        backwards = come == OUT
        sent = {each.identity: each.on_wire(backwards=backwards)}
        expected = {each.identity} if passes else set()
        out = self.lab.passes(sent, backwards=backwards, expected=expected).get(each.identity)
        self.tally.frames += 1
        self.tally.passed += out is not None
        kind = state.name.lower() if reply else "established, onward"
        self.tally.states[kind] += 1
        if state is State.ESTABLISHED and reply:
            self._answer(later, each, out)
        if each.protocol in (ICMP, ICMPV6) and _changed(later.bound) and "th " in later.what:
            self.tally.undecided += 1  # a rule asks for the checksum, which nobody follows
        elif (out is not None) != passes:
            self._wrong(each, values, f"{kind}: expected {passes}, passed: {out is not None}", later.what)
        elif out is not None:
            seen = ends_of(out.data)
            self._count(kind, values, seen)
            if not _agree(traced.values, seen) or _side(out) != go:
                told = f"{kind}: seen as {named(seen)} at {_side(out)}, expected {named(_ends(traced.values))}"
                self._wrong(each, values, told, later.what)
        return traced.values

    def _answer(self, later: "_Later", each: Frame, out: Out | None) -> None:
        """What the sets say of the connection, told by its first packet alone."""
        must, may = later.answers.must.holds(later.first), later.answers.may.holds(later.first)
        wanted = answer_to(later.first)
        home = out is not None and out.leftwards and _agree(_ends(wanted), ends_of(out.data))
        self.tally.states["answer foretold" if must == may else "answer not foretold"] += 1
        if not must <= home <= may:
            self._wrong(each, later.first, f"answer must {must}, may {may}, comes home: {home}", later.what)

    def _wrong(self, each: Frame, values: Values, why: str, what: str) -> None:
        self.tally.mismatches.append(f"{each} ({named(values)}): {why}\n{what}")

    def _count(self, kind: str, values: Mapping[Field, int], seen: Mapping[Field, int]) -> None:
        for of in seen:
            if seen[of] != values.get(of, 0):
                self.tally.states[f"{kind}: {of.name} translated"] += 1


@dataclass(frozen=True)
class _Later:
    """A connection that goes on."""

    judge: Judge
    answers: Answered
    first: Values
    bound: Bound
    side: str
    status: int
    mark: int
    what: str


def _opening(chance: random.Random, identity: int) -> Frame:
    version = chance.choice((4, 6))
    protocol = chance.choice((TCP, TCP, UDP, ICMP if version == 4 else ICMPV6))
    echo = 8 << 8 if version == 4 else 128 << 8
    return Frame(
        version=version,
        source=address(chance, version, "a"),
        target=address(chance, version, "b"),
        protocol=protocol,
        sport=echo if protocol in (ICMP, ICMPV6) else 20_000 + identity % 40_000,
        dport=chance.choice((22, 80, 443, 53, 8080)),
        identity=identity,
    )


def _echo(each: Frame) -> int:
    return each.identity & 0xFFFF if each.echo is None else each.echo


def _as_seen(each: Frame, seen: Mapping[Field, int], data: bytes) -> Frame:
    """The frame with the header that it has on the far side."""
    echo = int.from_bytes(data[-12:-10], "big")
    four = each.version == 4
    return replace(
        each,
        source=seen[SRC4 if four else SRC6],
        target=seen[DST4 if four else DST6],
        sport=seen.get(SPORT, each.sport),
        dport=seen.get(DPORT, each.dport),
        echo=echo if each.protocol in (ICMP, ICMPV6) else None,
    )


def _answer(there: Frame, identity: int) -> Frame:
    one = replace(there, source=there.target, target=there.source, identity=identity, echo=_echo(there))
    if there.protocol in (ICMP, ICMPV6):
        return replace(one, sport=0 if there.protocol == ICMP else 129 << 8)
    return replace(
        one, sport=there.dport, dport=there.sport, flags=SYN | ACK, sequence=5000, acknowledged=there.sequence + 1
    )


def _error(there: Frame, identity: int) -> Frame:
    """The far end says that it cannot be reached."""
    protocol, word = ERROR[there.version]
    inner = replace(there, identity=identity, flags=ACK, sequence=1001, acknowledged=5001)
    return Frame(
        version=there.version,
        source=there.target,
        target=there.source,
        protocol=protocol,
        sport=word,
        identity=identity,
        inner=inner.packet(),
    )


def _ends(values: Mapping[Field, int]) -> Values:
    return {of: values[of] for of in (SRC4, SRC6, SPORT, DST4, DST6, DPORT) if of in values}


def _agree(values: Mapping[Field, int], seen: Mapping[Field, int]) -> bool:
    return all(values.get(of, 0) == value for of, value in seen.items())


def _changed(bound: Bound) -> int:
    source = any(bound.after[of] != bound.before[of] for of in (SRC4, SRC6, SPORT) if of in bound.after)
    target = any(bound.after[of] != bound.before[of] for of in (DST4, DST6, DPORT) if of in bound.after)
    return SOURCE_CHANGED * source | TARGET_CHANGED * target


def _side(out: Out) -> str:
    return IN if out.leftwards else OUT


def _route(values: Mapping[Field, int]) -> str:
    """Where the router sends a packet; nowhere if it keeps it."""
    if values.get(TURNED):
        return ""
    for of, nets, width in ((DST4, NET4, 16), (DST6, NET6, 80)):
        if of in values:
            return {nets["a"] >> width: IN, nets["b"] >> width: OUT}.get(values[of] >> width, "")
    return ""
