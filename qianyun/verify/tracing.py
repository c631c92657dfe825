"""One packet on its way: which rules it meets, and what becomes of it, straight from the rules.

No packet sets are involved: this follows the meaning of a ruleset rule by rule, as a kernel does,
so it is also a check on the sets. What cannot be known is taken not to hold, and a field that gets
a value we cannot know keeps its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qianyun.verify.chains import (
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
    Write,
)
from qianyun.verify.conditions import All, Condition, In, Not, Some
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    PORTED,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    TTL,
    VERSION,
    Field,
    State,
    Version,
)
from qianyun.verify.hooks import NO_CONNECTION, At, is_early, written_at

SOURCE_CHANGED, TARGET_CHANGED = 16, 32
SOURCE_ENDS, TARGET_ENDS = (SRC4, SRC6, SPORT), (DST4, DST6, DPORT)
NOTHING: Mapping[Field, int] = {}


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
        change: What the packet looked like before and after, where the rule has translated it.
    """

    chain: Chain
    rule: Rule | None
    verb: Verb
    number: int = -1
    change: tuple[Mapping[Field, int], Mapping[Field, int]] | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A connection whose first packet has been translated: what that looked like before and after."""

    before: Mapping[Field, int]
    after: Mapping[Field, int]

    @property
    def changed(self) -> int:
        """The bits of the connection's status that say which ends are translated."""
        return sum(
            bit
            for ends, bit in ((SOURCE_ENDS, SOURCE_CHANGED), (TARGET_ENDS, TARGET_CHANGED))
            if any(self.before.get(of, 0) != self.after.get(of, 0) for of in ends)
        )

    def of(self, hook: Hook, packet: Mapping[Field, int]) -> Iterator[tuple[Field, int]]:
        """What translation writes into a later packet of it at a hook, whichever way the packet goes."""
        target = hook in (Hook.PREROUTING, Hook.OUTPUT)
        replies = bool(packet.get(REPLY, 0))
        known = self.before if replies else self.after
        mine = TARGET_ENDS if target else SOURCE_ENDS
        theirs = SOURCE_ENDS if target else TARGET_ENDS
        for of, from_ in zip(mine, theirs if replies else mine, strict=True):
            if from_ in known and (of.version or packet.get(PROTOCOL, 0) in PORTED):
                yield of, known[from_]


def trace(
    ruleset: Ruleset,
    values: Mapping[Field, int],
    hooks: Sequence[Hook] = THROUGH,
    *,
    bound: Bound | None = None,
    wanted: Mapping[Field, int] = NOTHING,
) -> Trace:
    """Lead one packet through the entry chains of these hooks.

    Args:
        ruleset: The chains.
        values: The packet as it comes.
        hooks: In the order of its way.
        bound: The connection that it goes on with; without one, what translation does to it is not known.
        wanted: Values to take where a rule writes one of several.
    """
    packet, met = dict(values), list[Met]()
    for hook in hooks:
        translated = False
        for chain in ruleset.entries(hook):
            if chain.entry is None:
                continue
            translated = translated and chain.entry.only_new
            if bound and chain.entry.only_later and packet.get(STATE) != State.UNTRACKED:
                met += _as_bound(bound, chain, hook, packet)
            translated |= bool(bound) and (chain.entry.only_new or chain.entry.only_later)
            if translated or not _concerns(chain, chain.entry, packet):
                continue
            before = dict(packet) if chain.entry.only_new else packet
            verb = _walk(
                ruleset, chain, At(hook, early=is_early(chain), bridged=chain.entry.bridged), packet, met, wanted
            )
            if verb is Verb.TRANSLATED:
                translated, met[-1] = True, replace(met[-1], change=(before, dict(packet)))
            if verb is None:
                verb = Verb.ACCEPT if chain.entry.accepts else Verb.DROP
                met += () if chain.is_implied else (Met(chain=chain, rule=None, verb=verb),)
            if verb is Verb.DROP:
                return Trace(passes=False, met=tuple(met), values=packet)
    return Trace(passes=True, met=tuple(met), values=packet)


def _as_bound(bound: Bound, chain: Chain, hook: Hook, packet: dict[Field, int]) -> Iterator[Met]:
    """Translate a later packet as its connection is; say so where that changes it."""
    before = dict(packet)
    packet.update(bound.of(hook, packet))
    if packet != before:
        yield Met(chain=chain, rule=chain.rules[0], verb=Verb.TRANSLATED, change=(before, dict(packet)))


def _concerns(chain: Chain, entry: Entry, packet: Mapping[Field, int]) -> bool:
    version = 6 if packet.get(VERSION, 0) == Version.V6 else 4
    return chain.version in (0, version) and not (entry.only_new and packet.get(STATE, 0) != State.NEW)


def _walk(  # noqa: PLR0917 - a packet, where it is, and what is noted of it
    ruleset: Ruleset, chain: Chain, at: At, packet: dict[Field, int], met: list[Met], wanted: Mapping[Field, int]
) -> Verb | None:
    """Accept or drop, or `None` where the chain ends without either."""
    for number, rule in enumerate(chain.rules):
        for verb, target in _verdicts(rule, at, packet, wanted):
            met.append(Met(chain=chain, rule=rule, verb=verb, number=number))
            if verb in (Verb.ACCEPT, Verb.DROP, Verb.TRANSLATED):
                return verb
            if verb is Verb.RETURN:
                return None
            if verb in (Verb.JUMP, Verb.GOTO):
                inner = _walk(ruleset, ruleset.chains[target], at, packet, met, wanted)
                if inner is not None or verb is Verb.GOTO:
                    return inner
    return None


def _verdicts(rule: Rule, at: At, packet: dict[Field, int], wanted: Mapping[Field, int]) -> Iterator[tuple[Verb, str]]:
    """The verdict a rule ends with, if it does not run out first."""
    for step in rule.steps:
        seen = _seen(packet, at)
        if isinstance(step, Assign):
            packet[step.field] = written_at(at, step.field, step.value)
        elif isinstance(step, Choose):
            for write in next((writes for condition, writes in step.arms if true_of(condition, seen)), ()):
                packet[write.field] = _value_of(write, packet.get(write.field, 0), wanted.get(write.field))
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


def _value_of(write: Write, now: int, wanted: int | None) -> int:
    """The one that is wanted or the field's own where that is among them, else the first of them."""
    if write.source is not None:
        return now - write.source + write.ranges[0][0]
    for value in (wanted, now):
        if value is not None and any(first <= value <= last for first, last in write.ranges):
            return value
    return write.ranges[0][0]


def _seen(packet: Mapping[Field, int], at: At) -> Mapping[Field, int]:
    seen = {**packet, **at.seen}
    if at.early:
        taken_out = packet.get(STATE) == State.UNTRACKED
        seen |= {**NO_CONNECTION, STATE: State.UNTRACKED if taken_out else State.INVALID}
    if at.ages:
        seen[TTL] = max(0, seen.get(TTL, 0) - 1)
    return seen


def _first(step: Decide, values: Mapping[Field, int]) -> tuple[Verb, str] | None:
    for condition, verdict in step.arms:
        if true_of(condition, values):
            return verdict.verb, verdict.chain
    return None
