"""One packet on its way: which rules it meets, and what becomes of it, straight from the rules.

No packet sets are involved: this follows the meaning of a ruleset rule by rule, as a kernel does,
so it is also a check on the sets. What cannot be known is taken not to hold, and a field that gets
a value we cannot know keeps its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qianyun.verify.chains import (
    AGED,
    THROUGH,
    Assign,
    Blur,
    Chain,
    Choose,
    Decide,
    Entry,
    Hook,
    Match,
    Rule,
    Ruleset,
    Verb,
)
from qianyun.verify.conditions import All, Condition, In, Not, Some
from qianyun.verify.fields import STATE, TTL, VERSION, Field, State, Version
from qianyun.verify.passing import UNSEEN


def true_of(condition: Condition, values: Mapping[Field, int]) -> bool:
    """Whether a condition holds for one packet; a field not given is 0."""
    match condition:
        case In(field, ranges):
            if field.version and (field.version == 6) != (values.get(VERSION, 0) == Version.V6):  # noqa: PLR2004
                return False
            value = values.get(field, 0)
            return any(first <= value <= last for first, last in ranges)
        case Not(part):
            return not true_of(part, values)
        case All(parts):
            return all(true_of(part, values) for part in parts)
        case Some(parts):
            return any(true_of(part, values) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A rule that gave a packet a verdict, or the policy of an entry chain.

    Attributes:
        rule: `None` for the policy.
        number: Of the rule in its chain.
    """

    chain: Chain
    rule: Rule | None
    verb: Verb
    number: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A packet's whole way.

    Attributes:
        met: What decided about it, in order: jumps, verdicts, policies.
        values: What it looks like in the end, after what rules set.
    """

    passes: bool
    met: tuple[Met, ...]
    values: Mapping[Field, int]


def trace(ruleset: Ruleset, values: Mapping[Field, int], hooks: Sequence[Hook] = THROUGH) -> Trace:
    """Lead one packet through the entry chains of these hooks."""
    packet, met = dict(values), list[Met]()
    for hook in hooks:
        for chain in ruleset.entries(hook):
            if chain.entry is None or not _concerns(chain, chain.entry, packet):
                continue
            verb = _walk(ruleset, chain, hook, packet, met)
            if verb is None:
                verb = Verb.ACCEPT if chain.entry.accepts else Verb.DROP
                met.append(Met(chain=chain, rule=None, verb=verb))
            if verb is Verb.DROP:
                return Trace(passes=False, met=tuple(met), values=packet)
    return Trace(passes=True, met=tuple(met), values=packet)


def _concerns(chain: Chain, entry: Entry, packet: Mapping[Field, int]) -> bool:
    version = 6 if packet.get(VERSION, 0) == Version.V6 else 4
    return chain.version in (0, version) and not (entry.only_new and packet.get(STATE, 0) != State.NEW)


def _walk(ruleset: Ruleset, chain: Chain, hook: Hook, packet: dict[Field, int], met: list[Met]) -> Verb | None:
    """Accept or drop, or `None` where the chain ends without either."""
    for number, rule in enumerate(chain.rules):
        for verb, target in _verdicts(rule, hook, packet):
            met.append(Met(chain=chain, rule=rule, verb=verb, number=number))
            if verb in (Verb.ACCEPT, Verb.DROP):
                return verb
            if verb is Verb.RETURN:
                return None
            if verb in (Verb.JUMP, Verb.GOTO):
                inner = _walk(ruleset, ruleset.chains[target], hook, packet, met)
                if inner is not None or verb is Verb.GOTO:
                    return inner
    return None


def _verdicts(rule: Rule, hook: Hook, packet: dict[Field, int]) -> Iterator[tuple[Verb, str]]:
    """The verdict a rule ends with, if it does not run out first."""
    for step in rule.steps:
        seen = _seen(packet, hook)
        if isinstance(step, Assign):
            packet[step.field] = step.value
        elif isinstance(step, Choose):
            packet.update(next((values for condition, values in step.arms if true_of(condition, seen)), ()))
        elif isinstance(step, Blur):
            continue
        elif isinstance(step, Match):
            if not true_of(step.condition, seen):
                return
        else:
            verdict = _first(step, seen)
            if verdict is None:
                return
            if verdict[0] is not Verb.CONTINUE:
                yield verdict
                return


def _seen(packet: Mapping[Field, int], hook: Hook) -> Mapping[Field, int]:
    seen = {**packet, **UNSEEN.get(hook, {})}
    if hook in AGED:
        seen[TTL] = max(0, seen.get(TTL, 0) - 1)
    return seen


def _first(step: Decide, values: Mapping[Field, int]) -> tuple[Verb, str] | None:
    for condition, verdict in step.arms:
        if true_of(condition, values):
            return verdict.verb, verdict.chain
    return None
