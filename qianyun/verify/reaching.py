"""Which packets reach each rule, and what they meet there: the way forward through the chains.

`Passing` computes backwards what passes; this goes the way of the packets, so that each rule's
own share is known, and both must come to the same result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qianyun.verify.chains import CHANGES, THROUGH, Assign, Blur, Choose, Hook, Match, Rule, Ruleset, Verb
from qianyun.verify.conditions import IS_NEW, IS_V4, IS_V6, Condition, is_
from qianyun.verify.fields import Field
from qianyun.verify.passing import seen_at
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
    ended: PacketSet


@dataclass(slots=True)
class Reaching:
    """The shares of all rules of one ruleset.

    Attributes:
        shares: By chain and number of the rule in it; a rule never reached has none.
        passing: What passes in the end.
        unnamed: What passes although no rule has accepted it.
    """

    ruleset: Ruleset
    space: Space
    hooks: Sequence[Hook] = THROUGH
    shares: dict[tuple[str, int], Share] = field(default_factory=dict)

    passing: PacketSet = field(init=False)
    unnamed: PacketSet = field(init=False)

    def __post_init__(self) -> None:
        live = unnamed = self.space.everything
        for hook in self.hooks:
            for chain in self.ruleset.entries(hook):
                if chain.entry is None:
                    continue
                seen = live
                if chain.version:
                    seen = seen & self.space.packets(IS_V4 if chain.version == 4 else IS_V6)  # noqa: PLR2004
                if chain.entry.only_new:
                    seen = seen & self.space.packets(IS_NEW)
                out = self._chain(chain.name, hook, seen)
                ended = out.ended if chain.entry.accepts else self.space.nothing
                unnamed = unnamed & ((live - seen) | ended)
                live = (live - seen) | out.accepted | ended
        self.passing, self.unnamed = live, unnamed

    def _chain(self, name: str, hook: Hook, live: PacketSet) -> _Out:
        accepted = back = self.space.nothing
        for number, rule in enumerate(self.ruleset.chains[name].rules):
            if not live:
                break
            hit, live, returned = self._rule(rule, hook, live, (name, number))
            accepted, back = accepted | hit, back | returned
        return _Out(accepted=accepted, ended=live | back)

    def _rule(
        self, rule: Rule, hook: Hook, live: PacketSet, key: tuple[str, int]
    ) -> tuple[PacketSet, PacketSet, PacketSet]:
        """Accepted, going on to the next rule, sent back."""
        nothing = self.space.nothing
        accepted = back = after = matched = nothing
        for step in rule.steps:
            if isinstance(step, Match):
                held = self._packets(step.condition, hook)
                after, live = after | (live - held), live & held
                continue
            if isinstance(step, CHANGES):
                live = self._changed(step, hook, live)
                continue
            going_on = nothing
            for condition, verdict in step.arms:
                hit = live & self._packets(condition, hook)
                live = live - hit
                if not hit:
                    continue
                if verdict.verb is Verb.CONTINUE:
                    going_on = going_on | hit
                    continue
                matched = matched | hit
                if verdict.verb is Verb.ACCEPT:
                    accepted = accepted | hit
                elif verdict.verb is Verb.RETURN:
                    back = back | hit
                elif verdict.verb in (Verb.JUMP, Verb.GOTO):
                    out = self._chain(verdict.chain, hook, hit)
                    accepted = accepted | out.accepted
                    after, back = (after | out.ended, back) if verdict.verb is Verb.JUMP else (after, back | out.ended)
            after, live = after | live, going_on
        self._note(key, matched | live, accepted)
        return accepted, after | live, back

    def _changed(self, step: Assign | Choose | Blur, hook: Hook, live: PacketSet) -> PacketSet:
        """The packets as the step leaves them."""
        if isinstance(step, Assign):
            return self._set(live, step.field, step.value)
        if isinstance(step, Blur):
            return live.forget(step.field)
        done = self.space.nothing
        for condition, values in step.arms:
            hit = live & self._packets(condition, hook)
            live = live - hit
            for of, value in values:
                hit = self._set(hit, of, value)
            done = done | hit
        return done | live

    def _set(self, packets: PacketSet, of: Field, value: int) -> PacketSet:
        return packets.forget(of) & self.space.packets(is_(of, value))

    def _packets(self, condition: Condition, hook: Hook) -> PacketSet:
        return self.space.packets(seen_at(hook, condition))

    def _note(self, key: tuple[str, int], matched: PacketSet, accepted: PacketSet) -> None:
        share = self.shares.setdefault(key, Share(self.space.nothing, self.space.nothing))
        share.matched, share.accepted = share.matched | matched, share.accepted | accepted
