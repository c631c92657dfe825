"""Chains of the bridge family beside those of IP: where a frame meets which.

A frame between two ports of a bridge meets the bridge's chains alone, unless sysctls hand it to those of IP as well.
A packet for the box itself, or passed on by it, meets the bridge's prerouting and input first, if it comes by a
bridge, and its output and postrouting last, if it leaves by one. Rules do not tell which interface is a bridge, nor
by which port a packet came that IP sees: where both kinds of chains stand side by side these are doubts.

Source: Linux `br_input.c`, `br_forward.c`, `br_netfilter_hooks.c`; nft(8), "Bridge address family".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from qianyun.verify.chains import ACCEPT, DROP, Chain, Choose, Decide, Hook, Match, Rule, Ruleset, Step, Verdict
from qianyun.verify.conditions import (
    ALWAYS,
    IS_V4,
    IS_V6,
    NEVER,
    All,
    Condition,
    Doubts,
    In,
    Not,
    Some,
    all_of,
    any_of,
    cannot_tell,
    is_,
    negated,
)
from qianyun.verify.fields import BRIDGE, HOOK, IN_INTERFACE, OUT_INTERFACE, VLAN, Field

FAR = 1 << 50
"""Farther than any priority."""
PLACES: Mapping[Hook, tuple[Hook, int]] = {
    Hook.PREROUTING: (Hook.PREROUTING, -3 * FAR),
    Hook.INPUT: (Hook.PREROUTING, -2 * FAR),
    Hook.FORWARD: (Hook.FORWARD, 0),
    Hook.OUTPUT: (Hook.POSTROUTING, 2 * FAR),
    Hook.POSTROUTING: (Hook.POSTROUTING, 3 * FAR),
}
"""Where a chain of the bridge stands on the way of a packet through IP."""
CALLS = {4: "net.bridge.bridge-nf-call-iptables", 6: "net.bridge.bridge-nf-call-ip6tables"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calls(Field):
    """A field for whether bridged packets of a version meet the chains of IP."""

    version_called: int


@dataclass(slots=True)
class _Beside:
    doubts: Doubts = field(default_factory=Doubts)
    bridged: Condition = field(default_factory=lambda: cannot_tell("the packet is bridged"))
    comes: Condition = field(default_factory=lambda: cannot_tell("it comes by a bridge"))
    leaves: Condition = field(default_factory=lambda: cannot_tell("it leaves by a bridge"))
    calls: Condition = field(init=False)

    def __post_init__(self) -> None:
        fields = {version: Calls(name=f"?{key}", top=1, version_called=version) for version, key in CALLS.items()}
        self.calls = any_of(*(all_of(held, is_(fields[of], 1)) for of, held in ((4, IS_V4), (6, IS_V6))))

    def of_bridge(self, chain: Chain) -> Chain:
        """A chain of the bridge family on the way of any packet."""
        rules = tuple(replace(rule, steps=tuple(map(self._step, rule.steps))) for rule in chain.rules)
        if chain.entry is None:
            return replace(chain, rules=rules)
        routed = negated(self.bridged)
        met = {
            Hook.PREROUTING: any_of(self.bridged, self.comes),
            Hook.INPUT: all_of(routed, self.comes),
            Hook.FORWARD: self.bridged,
            Hook.OUTPUT: all_of(routed, self.leaves),
            Hook.POSTROUTING: any_of(self.bridged, self.leaves),
        }[chain.entry.hook]
        hook, far = PLACES[chain.entry.hook]
        entry = replace(chain.entry, hook=hook, priority=chain.entry.priority + far)
        return replace(chain, rules=(_past(chain, ((negated(met), ACCEPT),)), *rules), entry=entry)

    def of_ip(self, chain: Chain) -> Chain:
        """A chain of IP, that bridged packets do not meet, or may be dropped by."""
        if chain.entry is None:
            return chain
        handed_over = all_of(self.bridged, self.calls, cannot_tell(f"{chain.name} drops what is bridged"))
        return replace(chain, rules=(_past(chain, ((handed_over, DROP), (self.bridged, ACCEPT))), *chain.rules))

    def _step(self, step: Step) -> Step:
        return with_conditions(step, lambda asked: mapped(asked, self._leaf))

    def _leaf(self, leaf: In) -> Condition:
        """What the bridge's rules ask, for frames between ports and for packets that IP sees."""
        if leaf.field in (IN_INTERFACE, OUT_INTERFACE, VLAN):
            seen = self.doubts.about(f"by its port or tag: {leaf.field} {leaf.ranges}")
        elif leaf.field is BRIDGE:
            comes = all_of(is_(HOOK, Hook.PREROUTING), In(IN_INTERFACE, leaf.ranges))
            seen = any_of(comes, all_of(is_(HOOK, Hook.POSTROUTING), In(OUT_INTERFACE, leaf.ranges)))
        else:
            return leaf
        return any_of(all_of(self.bridged, leaf), all_of(negated(self.bridged), seen))


def _past(chain: Chain, arms: tuple[tuple[Condition, Verdict], ...]) -> Rule:
    return Rule(steps=(Decide(arms),), place=chain.place, is_implied=True)


def beside_each_other(chains: Iterable[Chain]) -> Iterator[Chain]:
    """The chains of one box in their places; where all entries are of one kind they stand as they are."""
    held = tuple(chains)
    kinds = {chain.entry.bridged for chain in held if chain.entry}
    if kinds != {True, False}:
        yield from held
        return
    beside = _Beside()
    for chain in held:
        yield beside.of_bridge(chain) if chain.name.startswith("bridge ") else beside.of_ip(chain)


def with_conditions(step: Step, said: Callable[[Condition], Condition]) -> Step:
    """A step that asks something else."""
    if isinstance(step, Match):
        return Match(said(step.condition))
    if isinstance(step, Decide):
        return Decide(tuple((said(condition), verdict) for condition, verdict in step.arms))
    if isinstance(step, Choose):
        return Choose(tuple((said(condition), writes) for condition, writes in step.arms))
    return step


def mapped(asked: Condition, leaf: Callable[[In], Condition]) -> Condition:
    """A condition with other leaves."""
    match asked:
        case In():
            return leaf(asked)
        case Not(part):
            return negated(mapped(part, leaf))
        case All(parts):
            return all_of(*(mapped(part, leaf) for part in parts))
        case Some(parts):
            return any_of(*(mapped(part, leaf) for part in parts))


def called(ruleset: Ruleset, sysctls: Mapping[str, str]) -> Ruleset:
    """The ruleset, once it is known whether bridged packets meet the chains of IP; without the module they do not."""
    listed = any(key.startswith("net.ipv4.conf.") and ".all." not in key for key in sysctls)

    known: Mapping[str, Condition] = {"0": NEVER, "1": ALWAYS}

    def leaf(asked: In) -> Condition:
        if not isinstance(asked.field, Calls):
            return asked
        return known.get(sysctls.get(CALLS[asked.field.version_called], "0" if listed else ""), asked)

    def rule(each: Rule) -> Rule:
        return replace(each, steps=tuple(with_conditions(step, lambda said: mapped(said, leaf)) for step in each.steps))

    if not any(chain.entry and chain.entry.bridged for chain in ruleset.chains.values()):
        return ruleset
    chains = {name: replace(each, rules=tuple(map(rule, each.rules))) for name, each in ruleset.chains.items()}
    return replace(ruleset, chains=chains)
