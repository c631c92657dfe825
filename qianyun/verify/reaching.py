"""Which packets reach each rule, and what they meet there: the way forward through the chains.

`Passing` computes backwards what passes; this goes the way of the packets, so that each rule's
own share is known, and both must come to the same result.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qianyun.verify.chains import CHANGES, THROUGH, Assign, Blur, Choose, Hook, Match, Rule, Ruleset, Verb, Verdict
from qianyun.verify.conditions import IS_NEW, IS_V4, IS_V6, Condition, In
from qianyun.verify.fields import Field, Ranges
from qianyun.verify.hooks import At, is_early, seen_at, written_at
from qianyun.verify.passing import Passing
from qianyun.verify.space import PacketSet, Space


@dataclass(slots=True)
class Share:
    """What one rule got to see in the end, over all ways that lead to it.

    Attributes:
        matched: Packets for which it ran to a verdict, or to its end.
        accepted: Those that it accepted.
    """

    matched: PacketSet
    accepted: PacketSet


@dataclass(frozen=True, slots=True, kw_only=True)
class _Out:
    """Where packets are after some rules."""

    accepted: PacketSet
    translated: PacketSet
    ended: PacketSet


@dataclass(slots=True)
class Reaching:
    """The shares of all rules of one ruleset.

    Attributes:
        start: The packets to follow; all by default.
        shares: By chain and number of the rule in it; a rule never reached has none.
        passing: What passes in the end.
        unnamed: What passes although no rule has accepted it.
    """

    ruleset: Ruleset
    space: Space
    hooks: Sequence[Hook] = THROUGH
    start: PacketSet | None = None
    shares: dict[tuple[str, int], Share] = field(default_factory=dict)

    passing: PacketSet = field(init=False)
    unnamed: PacketSet = field(init=False)

    def __post_init__(self) -> None:
        nothing = self.space.nothing
        live = unnamed = self.space.everything if self.start is None else self.start
        for hook in self.hooks:
            translated = nothing
            for chain in self.ruleset.entries(hook):
                if chain.entry is None:
                    continue
                if not chain.entry.only_new:
                    live, translated = live | translated, nothing
                seen = live
                if chain.version:
                    seen = seen & self.space.packets(IS_V4 if chain.version == 4 else IS_V6)  # noqa: PLR2004
                if chain.entry.only_new:
                    seen = seen & self.space.packets(IS_NEW)
                out = self._chain(chain.name, At(hook, early=is_early(chain), bridged=chain.entry.bridged), seen)
                ended = out.ended if chain.entry.accepts else nothing
                unnamed = unnamed & ((live - seen) | translated | ended)
                live, translated = (live - seen) | out.accepted | ended, translated | out.translated
            live = live | translated
        self.passing, self.unnamed = live, unnamed

    def _chain(self, name: str, at: At, live: PacketSet) -> _Out:
        accepted = translated = back = self.space.nothing
        for number, rule in enumerate(self.ruleset.chains[name].rules):
            if not live:
                break
            out, live = self._rule(rule, at, live, (name, number))
            accepted, translated, back = accepted | out.accepted, translated | out.translated, back | out.ended
        return _Out(accepted=accepted, translated=translated, ended=live | back)

    def _rule(self, rule: Rule, at: At, live: PacketSet, key: tuple[str, int]) -> tuple[_Out, PacketSet]:
        """Where packets are that are done with the chain, and those that go on to the next rule."""
        went = dict.fromkeys(Verb, self.space.nothing)
        matched = self.space.nothing
        for step in rule.steps:
            if isinstance(step, Match):
                held = self._packets(step.condition, at)
                went[Verb.JUMP], live = went[Verb.JUMP] | (live - held), live & held
                continue
            if isinstance(step, CHANGES):
                live = self._changed(step, at, live)
                continue
            went[Verb.CONTINUE] = self.space.nothing
            for condition, verdict in step.arms:
                hit = live & self._packets(condition, at)
                live = live - hit
                if hit:
                    for verb, packets in self._went(verdict, at, hit):
                        went[verb] = went[verb] | packets
                    matched = matched if verdict.verb is Verb.CONTINUE else matched | hit
            went[Verb.JUMP], live = went[Verb.JUMP] | live, went[Verb.CONTINUE]
        accepted, translated = went[Verb.ACCEPT], went[Verb.TRANSLATED]
        self._note(key, matched | live, accepted | translated)
        return _Out(accepted=accepted, translated=translated, ended=went[Verb.RETURN]), went[Verb.JUMP] | live

    def _went(self, verdict: Verdict, at: At, hit: PacketSet) -> Iterator[tuple[Verb, PacketSet]]:
        """Where a verdict takes packets; those that come back to the next rule stand under `jump`."""
        if verdict.verb not in (Verb.JUMP, Verb.GOTO):
            yield verdict.verb, hit
            return
        out = self._chain(verdict.chain, at, hit)
        yield Verb.ACCEPT, out.accepted
        yield Verb.TRANSLATED, out.translated
        yield (Verb.JUMP if verdict.verb is Verb.JUMP else Verb.RETURN), out.ended

    def _changed(self, step: Assign | Choose | Blur, at: At, live: PacketSet) -> PacketSet:
        """The packets as the step leaves them."""
        if isinstance(step, Assign):
            value = written_at(at, step.field, step.value)
            return self._set(live, step.field, ((value, value),))
        if isinstance(step, Blur):
            return live.forget(step.field)
        done = self.space.nothing
        for condition, writes in step.arms:
            hit = live & self._packets(condition, at)
            live = live - hit
            for write in writes:
                hit = hit.moved(write.image) if write.image else self._set(hit, write.field, write.ranges)
            done = done | hit
        return done | live

    def _set(self, packets: PacketSet, of: Field, ranges: Ranges) -> PacketSet:
        return packets.forget(of) & self.space.packets(In(of, ranges))

    def _packets(self, condition: Condition, at: At) -> PacketSet:
        return self.space.packets(seen_at(at, condition))

    def _note(self, key: tuple[str, int], matched: PacketSet, accepted: PacketSet) -> None:
        share = self.shares.setdefault(key, Share(self.space.nothing, self.space.nothing))
        share.matched, share.accepted = share.matched | matched, share.accepted | accepted


class Following(Reaching):
    """What packets become, without asking which rule saw them: chains that change nothing are taken at once.

    Attributes:
        found: What passes in the end.
    """

    def __init__(self, passing: Passing, hooks: Sequence[Hook], start: PacketSet) -> None:
        """Follow these packets through the entry chains of these hooks."""
        self._by = passing
        super().__init__(passing.ruleset, passing.space, hooks, start)
        self.found = self.passing

    def _chain(self, name: str, at: At, live: PacketSet) -> _Out:
        if not self._by.changes_nothing(name):
            return super()._chain(name, at, live)
        known = self._by.summary(name, at)
        accepted = live & known.accepted
        return _Out(accepted=accepted, translated=self.space.nothing, ended=live - known.accepted - known.dropped)
