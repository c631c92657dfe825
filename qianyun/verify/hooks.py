"""What a rule sees of a packet at a hook: which interfaces it has there, and how many hops it has left."""

from collections.abc import Mapping
from typing import NamedTuple

from qianyun.verify.chains import AGED, Hook, aged
from qianyun.verify.conditions import ALWAYS, NEVER, All, Condition, In, Not, Some, all_of, any_of, negated
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE, TTL, Field

UNSEEN: Mapping[Hook, Mapping[Field, int]] = {
    Hook.PREROUTING: {OUT_INTERFACE: 0},
    Hook.INPUT: {OUT_INTERFACE: 0},
    Hook.OUTPUT: {IN_INTERFACE: 0},
}
"""Interfaces that a packet does not have yet, or no more, read as an empty name."""


class At(NamedTuple):
    """Where on its way a packet is.

    Attributes:
        later: What translation does at this hook is done.
    """

    hook: Hook
    later: bool = False


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
