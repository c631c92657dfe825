"""Chains: the neutral form of a packet filter that jumps, as nftables and iptables do.

A rule is a sequence of steps; a match that fails ends the rule, and the next rule has its turn.
A verdict `continue` goes on with the same rule, `jump` comes back to the next rule, `goto` comes
back to where the last jump came from. What ends an entry chain without a verdict falls to its
policy; a packet accepted there still meets the entry chains that come later. Chains of type `nat`
form one group at each hook, and once one of them has translated a connection the others are done.

Source: nft(8), netfilter's `nft_do_chain`, `nf_hook_slow` and `nf_nat_inet_fn`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from qianyun.verify.conditions import ALWAYS, IS_NEW, NEVER, Condition, Image, In, cannot_tell, is_, leaves
from qianyun.verify.fields import TTL, Field, Ranges


class Verb(StrEnum):
    """What becomes of a packet."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    CONTINUE = "continue"
    JUMP = "jump"
    GOTO = "goto"
    TRANSLATED = "translated"
    """Accepted, and no other chain of type `nat` at this hook is asked any more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verb, and the chain that `jump` and `goto` go to."""

    verb: Verb
    chain: str = ""


ACCEPT, DROP, RETURN, CONTINUE = (Verdict(verb) for verb in (Verb.ACCEPT, Verb.DROP, Verb.RETURN, Verb.CONTINUE))
TRANSLATED = Verdict(Verb.TRANSLATED)


@dataclass(frozen=True, slots=True)
class Match:
    """The rule goes on only for packets of this condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Assign:
    """The packet's field gets this value."""

    field: Field
    value: int


@dataclass(frozen=True, slots=True)
class Write:
    """A field gets one of these values.

    Attributes:
        doubt: Which of several it is we cannot know; while this holds, always one that passes.
        own: They stand for an address of the box itself, at the interface the packet leaves or came by.
        source: The first of as many values, each of which becomes its own of these, in order; no others come here.
    """

    field: Field
    ranges: Ranges
    doubt: Condition = NEVER
    own: bool = False
    source: int | None = None

    @property
    def value(self) -> int | None:
        """The value, where there is one alone."""
        (first, last), *more = self.ranges
        return first if first == last and not more else None

    @property
    def image(self) -> Image | None:
        """What moves where, if each value becomes its own."""
        return None if self.source is None else Image(self.field, self.ranges, self.source)

    @property
    def guesses(self) -> bool:
        """Whether it may be one of several values."""
        return self.value is None and self.source is None


@dataclass(frozen=True, slots=True)
class Choose:
    """Fields are written as the first arm says whose condition holds; without one the packet stays as it is."""

    arms: tuple[tuple[Condition, tuple[Write, ...]], ...]

    @property
    def guesses(self) -> bool:
        """Whether some arm writes one of several values."""
        return any(write.guesses for _, writes in self.arms for write in writes)


@dataclass(frozen=True, slots=True)
class Blur:
    """The packet's field gets a value we cannot know; while `doubt` holds, always the one that passes."""

    field: Field
    doubt: Condition


@dataclass(frozen=True, slots=True)
class Decide:
    """The first arm whose condition holds says what becomes of the packet; without one the rule ends."""

    arms: tuple[tuple[Condition, Verdict], ...]


Step = Match | Assign | Choose | Blur | Decide
CHANGES = (Assign, Choose, Blur)
"""Steps that change the packet."""


def decide(verdict: Verdict) -> Decide:
    """This verdict, for whatever came so far."""
    return Decide(((ALWAYS, verdict),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        place: `file:line`, or the kernel's handle, for messages.
        text: The rule as its owner reads it.
        comment: What the rule says of itself; our compiler puts the flow's name here.
        is_implied: Nobody has written it; it says what the kernel does of itself.
    """

    steps: tuple[Step, ...]
    place: str = ""
    text: str = ""
    comment: str = ""
    is_implied: bool = False

    def conditions(self) -> Iterator[Condition]:
        """Every condition it asks, and the values it sets."""
        for step in self.steps:
            if isinstance(step, Match):
                yield step.condition
            elif isinstance(step, Assign):
                yield is_(step.field, step.value)
            elif isinstance(step, Blur):
                yield step.doubt
            else:
                yield from (condition for condition, _ in step.arms)
            if isinstance(step, Choose):
                for _, writes in step.arms:
                    yield from (write.image or In(write.field, write.ranges) for write in writes)
                    yield from (write.doubt for write in writes if write.guesses)


class Hook(IntEnum):
    """Where in a packet's way an entry chain stands, in the order of that way."""

    PREROUTING = 0
    INPUT = 1
    FORWARD = 2
    OUTPUT = 3
    POSTROUTING = 4


AGED = (Hook.FORWARD, Hook.POSTROUTING)
"""Where a packet on its way through has one hop less to live: the kernel counts it down before these hooks."""

THROUGH = (Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING)
"""The way of a packet that passes from one zone to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What makes a chain an entry (base chain).

    Attributes:
        only_new: It sees the first packet of a connection alone, as chains of type `nat` do.
        only_later: It stands for what translation does to all packets of a connection but the first.
        accepts: The policy, for packets without a verdict.
        bridged: It belongs to a bridge: interfaces are ports, and hops to live are not counted.
        among: Place among chains of one priority; those of type `nat` all stand where translation does,
            and their own priority is only this.
    """

    hook: Hook
    priority: int
    accepts: bool = True
    only_new: bool = False
    only_later: bool = False
    bridged: bool = False
    among: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain of one table.

    Attributes:
        name: Unique in the ruleset (`family table chain`), for `Verdict.chain`.
        version: 4 or 6 for tables of one family, 0 for both.
        entry: `None` for chains that are only jumped to.
    """

    name: str
    rules: tuple[Rule, ...]
    version: int = 0
    entry: Entry | None = None
    place: str = ""

    @property
    def is_implied(self) -> bool:
        """Whether nobody has written it."""
        return bool(self.rules) and all(rule.is_implied for rule in self.rules)

    def targets(self) -> tuple[str, ...]:
        """The chains its rules jump or go to, each once."""
        arms = (arm for rule in self.rules for step in rule.steps if isinstance(step, Decide) for arm in step.arms)
        return tuple(dict.fromkeys(verdict.chain for _, verdict in arms if verdict.chain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something in a ruleset that we did not understand; what it could change is unproven."""

    place: str
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """All chains of one firewall.

    Attributes:
        name: What people call the firewall.
        tracks: Connection tracking runs, so packets are whole when rules see them.
        concerns: The packets that meet it at all; of others it has nothing to say.
    """

    name: str
    chains: Mapping[str, Chain]
    unread: tuple[Unread, ...] = ()
    tracks: bool = False
    concerns: Condition = ALWAYS
    digest: str = field(default="", compare=False)

    @property
    def translates(self) -> bool:
        """Whether packets may leave it with other addresses or ports than they came with."""
        return any(chain.entry and chain.entry.only_new for chain in self.chains.values())

    @property
    def guesses(self) -> bool:
        """Whether some step writes a value that nobody can know."""
        steps = (step for chain in self.chains.values() for rule in chain.rules for step in rule.steps)
        return any(isinstance(step, Blur) or (isinstance(step, Choose) and step.guesses) for step in steps)

    def entries(self, hook: Hook) -> tuple[Chain, ...]:
        """Entry chains of a hook in the order in which packets meet them."""
        found = [
            (chain.entry.priority, chain.entry.among, chain)
            for chain in self.chains.values()
            if chain.entry and chain.entry.hook is hook
        ]
        return tuple(chain for _, _, chain in sorted(found, key=lambda each: each[:2]))

    def conditions(self) -> Iterator[Condition]:
        """Every condition of every rule, and those that the entries imply."""
        for condition in self._written():
            yield condition
            yield from (aged(leaf) for leaf in leaves(condition) if leaf.field is TTL)

    def _written(self) -> Iterator[Condition]:
        yield from (IS_NEW, self.concerns)
        for chain in self.chains.values():
            for rule in chain.rules:
                yield from rule.conditions()


def aged(leaf: In) -> Condition:
    """The packets that fulfil a condition on their hops to live once these have been counted down; none stays none."""
    return is_(TTL, *((first + (first > 0), min(last + 1, TTL.top)) for first, last in leaf.ranges if first < TTL.top))


OUTCOMES = (ACCEPT, DROP, RETURN)


def anything(what: str, outcomes: tuple[Verdict, ...] = OUTCOMES) -> Decide:
    """A rule we could not read: any of these may become of any packet, or nothing."""
    return Decide(tuple((cannot_tell(f"{what}: {verdict.verb}"), verdict) for verdict in outcomes))
