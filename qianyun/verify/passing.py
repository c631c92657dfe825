"""Which packets a ruleset lets pass, exactly: computed backwards from the end of their way.

For every point of the way we know the set of packets that pass from there on; the set before a
rule follows from the set behind it. Chains that change nothing about a packet are summed up once
(`Summary`) by halves, so that ten thousand rules cost what an access list of that length costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qianyun.errors import ReadError
from qianyun.verify.chains import (
    AGED,
    CHANGES,
    THROUGH,
    Assign,
    Blur,
    Chain,
    Choose,
    Decide,
    Hook,
    Match,
    Rule,
    Ruleset,
    Step,
    Verb,
    Verdict,
    Write,
)
from qianyun.verify.conditions import (
    IS_NEW,
    IS_V4,
    IS_V6,
    Condition,
    In,
    leaves,
)
from qianyun.verify.fields import HOOK, TTL
from qianyun.verify.hooks import UNSEEN, At, is_early, seen_at, written_at
from qianyun.verify.space import PacketSet, Space
from qianyun.words import _


@dataclass(frozen=True, slots=True)
class Summary:
    """What some rules do with packets: accept, drop, send back to the caller; the rest goes on."""

    accepted: PacketSet
    dropped: PacketSet
    back: PacketSet

    def then(self, later: "Summary") -> "Summary":
        """These rules, and for what goes on the later ones."""
        decided = self.accepted | self.dropped | self.back
        return Summary(
            decided.choose(self.accepted, later.accepted),
            decided.choose(self.dropped, later.dropped),
            decided.choose(self.back, later.back) if self.back or later.back else self.back,
        )


@dataclass(frozen=True, slots=True)
class Ahead:
    """What passes after an entry chain's verdicts: accepted, translated, or sent back to the caller."""

    accept: PacketSet
    translated: PacketSet
    back: PacketSet


class Passing:
    """Answers for one ruleset in one space, each chain's summary computed once.

    Raises:
        ReadError: A chain is jumped to that is not there, or chains jump in a circle.
    """

    def __init__(self, ruleset: Ruleset, space: Space) -> None:
        """`space` must know `ruleset.conditions()`."""
        self.ruleset, self.space = ruleset, space
        self._summaries: dict[tuple[str, At], Summary] = {}
        self._pure: dict[str, bool] = {}
        asked = {leaf.field for condition in ruleset.conditions() for leaf in leaves(condition)}
        self._changing = tuple(Hook) if HOOK in asked else (*UNSEEN, *(AGED if TTL in asked else ()))
        for name in ruleset.chains:
            self._is_pure(name, ())

    def through(self, hooks: Sequence[Hook] = THROUGH, passing: PacketSet | None = None) -> PacketSet:
        """The packets that pass the entry chains of these hooks, one after the other, and then are in `passing`."""
        passing = self.space.everything if passing is None else passing
        for hook in reversed(hooks):
            translated, in_group, later = passing, False, True
            for chain in reversed(self.ruleset.entries(hook)):
                if chain.entry is None:
                    continue
                if not (in_group and chain.entry.only_new):
                    translated = passing
                in_group = chain.entry.only_new
                later = later and not (chain.entry.only_new or chain.entry.only_later)
                at = At(hook, later, is_early(chain), chain.entry.bridged)
                passing = self._entry(chain, at, passing, translated)
        return passing

    def changes_nothing(self, chain: str) -> bool:
        """Whether packets leave a chain, and all it jumps to, as they came."""
        return self._pure[chain]

    def summary(self, chain: str, at: At) -> Summary:
        """What a chain that changes no packet does with packets at a hook."""
        found = self._summaries.get((chain, at))
        if found is None:
            rules = self.ruleset.chains[chain].rules
            nothing = self.space.nothing
            parts = [self._of_rule(rule, at) for rule in rules] or [Summary(nothing, nothing, nothing)]
            while len(parts) > 1:
                pairs = zip(parts[::2], parts[1::2], strict=False)
                parts = [a.then(b) for a, b in pairs] + ([parts[-1]] if len(parts) % 2 else [])
            found = self._summaries[chain, at] = parts[0]
        return found

    def _packets(self, condition: Condition, at: At) -> PacketSet:
        return self.space.packets(seen_at(at, condition) if at.hook in self._changing or at.bridged else condition)

    def _of_rule(self, rule: Rule, at: At) -> Summary:
        """Step by step: `live` is what the rule still holds."""
        live, nothing = self.space.everything, self.space.nothing
        accepted = dropped = back = nothing
        for step in rule.steps:
            if isinstance(step, Match):
                live = live & self._packets(step.condition, at)
                continue
            if isinstance(step, CHANGES):
                raise TypeError(rule.place)
            going_on = nothing
            for condition, verdict in step.arms:
                hit = live & self._packets(condition, at)
                live = live - hit
                if verdict.verb is Verb.CONTINUE:
                    going_on = going_on | hit
                elif verdict.verb in (Verb.JUMP, Verb.GOTO):
                    inner = self.summary(verdict.chain, at)
                    accepted, dropped = accepted | (hit & inner.accepted), dropped | (hit & inner.dropped)
                    if verdict.verb is Verb.GOTO:
                        back = back | (hit - inner.accepted - inner.dropped)
                elif verdict.verb is Verb.ACCEPT:
                    accepted = accepted | hit
                elif verdict.verb is Verb.DROP:
                    dropped = dropped | hit
                else:
                    back = back | hit
            live = going_on
        return Summary(accepted, dropped, back)

    def _entry(self, chain: Chain, at: At, later: PacketSet, translated: PacketSet) -> PacketSet:
        if chain.entry is None:
            return later
        end = later if chain.entry.accepts else self.space.nothing
        passing = self._through_chain(chain.name, at, Ahead(later, translated, end))
        if chain.version:
            passing = self.space.packets(IS_V4 if chain.version == 4 else IS_V6).choose(passing, later)  # noqa: PLR2004
        return self.space.packets(IS_NEW).choose(passing, later) if chain.entry.only_new else passing

    def _through_chain(self, name: str, at: At, ahead: Ahead) -> PacketSet:
        """What passes from the head of a chain."""
        if self._pure[name]:
            known = self.summary(name, at)
            return known.accepted.choose(ahead.accept, ahead.back - known.dropped)
        passing = ahead.back
        for rule in reversed(self.ruleset.chains[name].rules):
            passing = self._through_rule(rule, at, ahead, passing)
        return passing

    def _through_rule(self, rule: Rule, at: At, ahead: Ahead, after: PacketSet) -> PacketSet:
        passing = after
        for step in reversed(rule.steps):
            if isinstance(step, Match):
                passing = self._packets(step.condition, at).choose(passing, after)
            elif isinstance(step, Assign):
                passing = passing.before_setting(step.field, written_at(at, step.field, step.value))
            elif isinstance(step, Choose):
                passing = self._chosen(step, at, passing)
            elif isinstance(step, Blur):
                passing = self._packets(step.doubt, at).choose(passing.forget(step.field), passing.always(step.field))
            else:
                otherwise = after
                for condition, verdict in reversed(step.arms):
                    onward = self._onward(verdict, at, ahead, after, passing)
                    otherwise = self._packets(condition, at).choose(onward, otherwise)
                passing = otherwise
        return passing

    def _chosen(self, step: Choose, at: At, passing: PacketSet) -> PacketSet:
        before = passing
        for condition, writes in reversed(step.arms):
            written = passing
            for write in reversed(writes):
                written = self._written(write, at, written)
            before = self._packets(condition, at).choose(written, before)
        return before

    def _written(self, write: Write, at: At, passing: PacketSet) -> PacketSet:
        if write.value is not None:
            return passing.before_setting(write.field, write.value)
        if write.image is not None:
            return passing.before_moving(write.image)
        values = self.space.packets(In(write.field, write.ranges))
        some, all_ = (passing & values).forget(write.field), (passing | ~values).always(write.field)
        return self._packets(write.doubt, at).choose(some, all_)

    def _onward(self, verdict: Verdict, at: At, ahead: Ahead, after: PacketSet, rest: PacketSet) -> PacketSet:
        if verdict.verb in (Verb.JUMP, Verb.GOTO):
            back = after if verdict.verb is Verb.JUMP else ahead.back
            return self._through_chain(verdict.chain, at, replace(ahead, back=back))
        return {
            Verb.ACCEPT: ahead.accept,
            Verb.TRANSLATED: ahead.translated,
            Verb.RETURN: ahead.back,
            Verb.CONTINUE: rest,
        }.get(verdict.verb, self.space.nothing)

    def _is_pure(self, name: str, path: tuple[str, ...]) -> bool:
        """Whether a chain and all it jumps to change no packet; circles and gaps are found here."""
        if name in path:
            raise ReadError(
                _("{name}: chains jump in a circle: {circle}").format(
                    name=self.ruleset.name, circle=" → ".join((*path[path.index(name) :], name))
                )
            )
        known = self._pure.get(name)
        if known is None:
            known = not any(_changes(step) for rule in self._chain(name, path).rules for step in rule.steps)
            for target in self._chain(name, path).targets():
                known &= self._is_pure(target, (*path, name))
            self._pure[name] = known
        return known

    def _chain(self, name: str, path: tuple[str, ...]) -> Chain:
        chain = self.ruleset.chains.get(name)
        if chain is None:
            raise ReadError(
                _("{name}: chain {chain!r} is jumped to from {caller!r}, but is not there").format(
                    name=self.ruleset.name, chain=name, caller=path[-1]
                )
            )
        return chain


def _changes(step: Step) -> bool:
    """Whether a step does what a summary does not know of."""
    return isinstance(step, CHANGES) or (
        isinstance(step, Decide) and any(verdict.verb is Verb.TRANSLATED for _, verdict in step.arms)
    )
