"""Conditions on packets: what a filter's line asks, before any diagram is built.

A condition is a Boolean expression over "field lies in ranges". Readers write them, `Space`
turns them into packet sets. A condition that a reader cannot evaluate becomes a field of its own
(`cannot_tell`): the answer then says for which packets it matters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from qianyun.verify.fields import (
    DST4,
    DST6,
    ICMP,
    ICMPV6,
    PROTOCOL,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    VERSION,
    Field,
    Range,
    Ranges,
    State,
    Version,
    merged,
    unknown,
)

Prefix = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class In:
    """The packet has this field, and its value lies in one of the ranges."""

    field: Field
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Image(In):
    """The packet's value lies where others go, each to its own: the block from `source` on, as far as the one range.

    A space that knows it is cut alike in both places.
    """

    source: int = 0

    def back(self, values: Range) -> Range:
        """The values that become these."""
        by = self.source - self.ranges[0][0]
        return values[0] + by, values[1] + by


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts, always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; without parts, never."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = In | All | Some | Not
ALWAYS = All(())
NEVER = Some(())
IS_V4 = In(VERSION, ((Version.V4, Version.V4),))
IS_V6 = In(VERSION, ((Version.V6, Version.V6),))
IS_NEW = In(STATE, ((State.NEW, State.NEW),))


def all_of(*parts: Condition) -> Condition:
    """The parts joined, without what is always so."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    if NEVER in flat:
        return NEVER
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(*parts: Condition) -> Condition:
    """One of the parts, without what is never so."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Some) else (part,))]
    if ALWAYS in flat:
        return ALWAYS
    return flat[0] if len(flat) == 1 else Some(tuple(flat))


def without(condition: Condition, *parts: Condition) -> Condition:
    """A condition that asks several things at once, less some of them."""
    return all_of(*(part for part in condition.parts if part not in parts)) if isinstance(condition, All) else condition


def negated(part: Condition) -> Condition:
    """The opposite."""
    if isinstance(part, Not):
        return part.part
    if part == ALWAYS:
        return NEVER
    return ALWAYS if part == NEVER else Not(part)


def is_(field: Field, *values: int | Range) -> Condition:
    """The field has one of these values, or lies in one of these ranges."""
    ranges = merged((value, value) if isinstance(value, int) else value for value in values)
    return In(field, ranges) if ranges else NEVER


def cannot_tell(what: str) -> Condition:
    """A condition that may hold or not, whatever the packet; each call is another one."""
    return In(unknown(what), ((1, 1),))


class Doubts:
    """What cannot be known of a packet, each by its name, so that the same question has the same answer."""

    def __init__(self) -> None:
        """Nothing is in doubt yet."""
        self._known: dict[str, Condition] = {}

    def about(self, what: str) -> Condition:
        """The condition of this name, that may hold or not."""
        if what not in self._known:
            self._known[what] = cannot_tell(what)
        return self._known[what]


def range_of(prefix: Prefix | IPv4Address | IPv6Address) -> Range:
    """First and last address of a prefix."""
    if isinstance(prefix, IPv4Address | IPv6Address):
        return int(prefix), int(prefix)
    first = int(prefix.network_address)
    return first, first | (1 << prefix.max_prefixlen - prefix.prefixlen) - 1


def _address_in(prefixes: Iterable[Prefix], four: Field, six: Field) -> Condition:
    given = tuple(prefixes)
    return any_of(
        *(
            In(field, ranges)
            for field, version in ((four, 4), (six, 6))
            if (ranges := merged(range_of(prefix) for prefix in given if prefix.version == version))
        )
    )


def source_in(prefixes: Iterable[Prefix]) -> Condition:
    """The source lies in one of the prefixes, of either family."""
    return _address_in(prefixes, SRC4, SRC6)


def destination_in(prefixes: Iterable[Prefix]) -> Condition:
    """The destination lies in one of the prefixes, of either family."""
    return _address_in(prefixes, DST4, DST6)


def icmp_is(version: int, types: Iterable[Range] = (), codes: Iterable[Range] = ()) -> Condition:
    """An ICMP or ICMPv6 message of these types and codes; none given means all."""
    wanted = merged(types) or ((0, 255),)
    exact = merged(codes)
    words = (
        [(kind << 8 | low, kind << 8 | high) for a, b in wanted for kind in range(a, b + 1) for low, high in exact]
        if exact
        else [(a << 8, b << 8 | 255) for a, b in wanted]
    )
    family, number = (IS_V4, ICMP) if version == 4 else (IS_V6, ICMPV6)  # noqa: PLR2004 - IP version
    return all_of(family, is_(PROTOCOL, number), In(SPORT, merged(words)))


def allowed(condition: Condition, field: Field) -> Ranges:
    """Values of a field that packets of a condition may have, and perhaps others."""
    everything = ((0, field.top),)
    match condition:
        case In(of, ranges):
            return ranges if of is field else everything
        case Not(In(of, ranges)):
            return _outside(ranges, field.top) if of is field else everything
        case Some(parts):
            return merged(span for part in parts for span in allowed(part, field))
        case All(parts):
            held: Ranges = everything
            for part in parts:
                held = _in_both(held, allowed(part, field))
            return held
        case _:
            return everything


def _in_both(one: Ranges, other: Ranges) -> Ranges:
    shared = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return merged(span for span in shared if span[0] <= span[1])


def _outside(ranges: Ranges, top: int) -> Ranges:
    ends = [-1, *(end for span in merged(ranges) for end in span), top + 1]
    spans = ((low + 1, high - 1) for low, high in zip(ends[::2], ends[1::2], strict=True))
    return tuple(span for span in spans if span[0] <= span[1])


def leaves(condition: Condition) -> Iterator[In]:
    """Every `In` of a condition."""
    stack = [condition]
    while stack:
        part = stack.pop()
        if isinstance(part, In):
            yield part
        elif isinstance(part, Not):
            stack.append(part.part)
        else:
            stack.extend(part.parts)
