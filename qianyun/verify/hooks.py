"""What a rule sees of a packet at a hook: which interfaces it has there, and how many hops it has left."""

from collections.abc import Mapping
from typing import NamedTuple

from qianyun.verify.chains import AGED, Chain, Hook, aged
from qianyun.verify.conditions import ALWAYS, NEVER, All, Condition, In, Not, Some, all_of, any_of, is_, negated
from qianyun.verify.fields import CT_MARK, HOOK, IN_INTERFACE, OUT_INTERFACE, REPLY, STATE, STATUS, TTL, Field, State

UNSEEN: Mapping[Hook, Mapping[Field, int]] = {
    Hook.PREROUTING: {OUT_INTERFACE: 0},
    Hook.INPUT: {OUT_INTERFACE: 0},
    Hook.OUTPUT: {IN_INTERFACE: 0},
}
"""Interfaces that a packet does not have yet, or no more, read as an empty name."""
SEEN: Mapping[Hook, Mapping[Field, int]] = {hook: {**UNSEEN.get(hook, {}), HOOK: int(hook)} for hook in Hook}
"""The same, and where the packet is."""
SEEN_BY_BRIDGE: Mapping[Hook, Mapping[Field, int]] = {
    **SEEN,
    Hook.POSTROUTING: {IN_INTERFACE: 0, HOOK: int(Hook.POSTROUTING)},
}
"""On a bridge a frame that leaves has forgotten its port, too."""


NO_CONNECTION: Mapping[Field, int] = {REPLY: 0, STATUS: 0, CT_MARK: 0}
TRACKING = -200
"""Priority of connection tracking."""


class At(NamedTuple):
    """Where on its way a packet is.

    Attributes:
        later: What translation does at this hook is done.
        early: Connections have not been looked up yet.
        bridged: A bridge asks.
    """

    hook: Hook
    later: bool = False
    early: bool = False
    bridged: bool = False

    @property
    def ages(self) -> bool:
        """Whether the packet has one hop less to live here."""
        return self.hook in AGED and not self.bridged

    @property
    def seen(self) -> Mapping[Field, int]:
        """What is known of every packet here."""
        return (SEEN_BY_BRIDGE if self.bridged else SEEN)[self.hook]


def is_early(chain: Chain) -> bool:
    """Whether an entry chain stands before connection tracking (at priority -200)."""
    entry = chain.entry
    return entry is not None and entry.priority < TRACKING and entry.hook in (Hook.PREROUTING, Hook.OUTPUT)


def untracked_yet(condition: Condition) -> Condition:
    """A condition of a rule that stands before connection tracking.

    Every packet looks invalid there, but those that a rule has taken out of tracking.
    """
    match condition:
        case In(field, ranges) if field is STATE:
            untracked, invalid = (any(a <= state <= b for a, b in ranges) for state in (State.UNTRACKED, State.INVALID))
            is_untracked = is_(STATE, State.UNTRACKED)
            if untracked == invalid:
                return ALWAYS if untracked else NEVER
            return is_untracked if untracked else negated(is_untracked)
        case In():
            return given(condition, NO_CONNECTION)
        case Not(part):
            return negated(untracked_yet(part))
        case All(parts):
            return all_of(*(untracked_yet(part) for part in parts))
        case Some(parts):
            return any_of(*(untracked_yet(part) for part in parts))


def seen_at(at: At, condition: Condition) -> Condition:
    """A condition of a rule at a hook, as one on the packet that came in."""
    seen = given(condition, at.seen, age=at.ages)
    return untracked_yet(seen) if at.early else seen


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


def written_at(at: At, field: Field, value: int) -> int:
    """A value that a rule writes at a hook, as one of the packet that came in."""
    return min(value + 1, TTL.top) if field is TTL and at.ages else value
