"""Which packets a ruleset lets pass, exactly: computed backwards from the end of their way.

For every point of the way we know the set of packets that pass from there on; the set before a
rule follows from the set behind it. Chains that change nothing about a packet are summed up once
(`Summary`) by halves, so that ten thousand rules cost what an access list of that length costs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qianyun.errors import ReadError
from qianyun.verify.chains import (
    AGED,
    CHANGES,
    THROUGH,
    Assign,
    Blur,
    Chain,
    Choose,
    Hook,
    Match,
    Rule,
    Ruleset,
    Verb,
    Verdict,
    aged,
)
from qianyun.verify.conditions import (
    ALWAYS,
    IS_NEW,
    IS_V4,
    IS_V6,
    NEVER,
    All,
    Condition,
    In,
    Not,
    Some,
    all_of,
    any_of,
    leaves,
    negated,
)
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE, TTL, Field
from qianyun.verify.space import PacketSet, Space
from qianyun.words import _

UNSEEN: Mapping[Hook, Mapping[Field, int]] = {
    Hook.PREROUTING: {OUT_INTERFACE: 0},
    Hook.INPUT: {OUT_INTERFACE: 0},
    Hook.OUTPUT: {IN_INTERFACE: 0},
}
"""Interfaces that a packet does not have yet, or no more, read as an empty name."""


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


def seen_at(hook: Hook, condition: Condition) -> Condition:
    """A condition of a rule at a hook, as one on the packet that came in."""
    return given(condition, UNSEEN.get(hook, {}), age=hook in AGED)


def given(condition: Condition, known: Mapping[Field, int], *, age: bool = False) -> Condition:
    """The condition once some fields are known, and (`age`) the hops to live counted down."""
    match condition:
        case In(field, ranges):
            if age and field is TTL:
                return aged(condition)
            if field not in known:
                return condition
            return ALWAYS if any(first <= known[field] <= last for first, last in ranges) else NEVER
        case Not(part):
            return negated(given(part, known, age=age))
        case All(parts):
            return all_of(*(given(part, known, age=age) for part in parts))
        case Some(parts):
            return any_of(*(given(part, known, age=age) for part in parts))


class Passing:
    """Answers for one ruleset in one space, each chain's summary computed once.

    Raises:
        ReadError: A chain is jumped to that is not there, or chains jump in a circle.
    """

    def __init__(self, ruleset: Ruleset, space: Space) -> None:
        """`space` must know `ruleset.conditions()`."""
        self.ruleset, self.space = ruleset, space
        self._summaries: dict[tuple[str, Hook], Summary] = {}
        self._pure: dict[str, bool] = {}
        ages = any(leaf.field is TTL for condition in ruleset.conditions() for leaf in leaves(condition))
        self._changing = (*UNSEEN, *(AGED if ages else ()))
        for name in ruleset.chains:
            self._is_pure(name, ())

    def through(self, hooks: Sequence[Hook] = THROUGH) -> PacketSet:
        """The packets that pass the entry chains of these hooks, one after the other."""
        passing = self.space.everything
        for hook in reversed(hooks):
            for chain in reversed(self.ruleset.entries(hook)):
                passing = self._entry(chain, hook, passing)
        return passing

    def summary(self, chain: str, hook: Hook) -> Summary:
        """What a chain that changes no packet does with packets at a hook."""
        found = self._summaries.get((chain, hook))
        if found is None:
            rules = self.ruleset.chains[chain].rules
            nothing = self.space.nothing
            parts = [self._of_rule(rule, hook) for rule in rules] or [Summary(nothing, nothing, nothing)]
            while len(parts) > 1:
                pairs = zip(parts[::2], parts[1::2], strict=False)
                parts = [a.then(b) for a, b in pairs] + ([parts[-1]] if len(parts) % 2 else [])
            found = self._summaries[chain, hook] = parts[0]
        return found

    def _packets(self, condition: Condition, hook: Hook) -> PacketSet:
        return self.space.packets(seen_at(hook, condition) if hook in self._changing else condition)

    def _of_rule(self, rule: Rule, hook: Hook) -> Summary:
        """Step by step: `live` is what the rule still holds."""
        live, nothing = self.space.everything, self.space.nothing
        accepted = dropped = back = nothing
        for step in rule.steps:
            if isinstance(step, Match):
                live = live & self._packets(step.condition, hook)
                continue
            if isinstance(step, CHANGES):
                raise TypeError(rule.place)
            going_on = nothing
            for condition, verdict in step.arms:
                hit = live & self._packets(condition, hook)
                live = live - hit
                if verdict.verb is Verb.CONTINUE:
                    going_on = going_on | hit
                elif verdict.verb in (Verb.JUMP, Verb.GOTO):
                    inner = self.summary(verdict.chain, hook)
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

    def _entry(self, chain: Chain, hook: Hook, later: PacketSet) -> PacketSet:
        if chain.entry is None:
            return later
        end = later if chain.entry.accepts else self.space.nothing
        passing = self._through_chain(chain.name, hook, later, end)
        if chain.version:
            passing = self.space.packets(IS_V4 if chain.version == 4 else IS_V6).choose(passing, later)  # noqa: PLR2004
        return self.space.packets(IS_NEW).choose(passing, later) if chain.entry.only_new else passing

    def _through_chain(self, name: str, hook: Hook, accept: PacketSet, back: PacketSet) -> PacketSet:
        """What passes from the head of a chain, where `accept` and `back` pass after its verdicts."""
        if self._pure[name]:
            known = self.summary(name, hook)
            return known.accepted.choose(accept, back - known.dropped)
        passing = back
        for rule in reversed(self.ruleset.chains[name].rules):
            passing = self._through_rule(rule, hook, accept, back, passing)
        return passing

    def _through_rule(self, rule: Rule, hook: Hook, accept: PacketSet, back: PacketSet, after: PacketSet) -> PacketSet:
        passing = after
        for step in reversed(rule.steps):
            if isinstance(step, Match):
                passing = self._packets(step.condition, hook).choose(passing, after)
            elif isinstance(step, Assign):
                passing = passing.before_setting(step.field, step.value)
            elif isinstance(step, Choose):
                passing = self._chosen(step, hook, passing)
            elif isinstance(step, Blur):
                passing = self._packets(step.doubt, hook).choose(passing.forget(step.field), passing.always(step.field))
            else:
                otherwise = after
                for condition, verdict in reversed(step.arms):
                    ahead = self._ahead(verdict, hook, accept, back, after, passing)
                    otherwise = self._packets(condition, hook).choose(ahead, otherwise)
                passing = otherwise
        return passing

    def _chosen(self, step: Choose, hook: Hook, passing: PacketSet) -> PacketSet:
        before = passing
        for condition, values in reversed(step.arms):
            once_set = passing
            for field, value in values:
                once_set = once_set.before_setting(field, value)
            before = self._packets(condition, hook).choose(once_set, before)
        return before

    def _ahead(  # noqa: PLR0917 - one packet's futures, in the order of the verbs
        self, verdict: Verdict, hook: Hook, accept: PacketSet, back: PacketSet, after: PacketSet, rest: PacketSet
    ) -> PacketSet:
        match verdict.verb:
            case Verb.ACCEPT:
                return accept
            case Verb.DROP:
                return self.space.nothing
            case Verb.RETURN:
                return back
            case Verb.CONTINUE:
                return rest
            case Verb.JUMP:
                return self._through_chain(verdict.chain, hook, accept, after)
            case Verb.GOTO:
                return self._through_chain(verdict.chain, hook, accept, back)

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
            known = not any(isinstance(step, CHANGES) for rule in self._chain(name, path).rules for step in rule.steps)
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
