"""What a configuration filters: its access lists, where they stand, and what was not understood.

A line that was not understood stays in its list as a line that may match any packet: what it
could change is then between "passes for certain" and "may pass", and no verdict that it could
change is called proven.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from qianyun.verify.acl import AccessList, Line
from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, All, Condition, In, Not, Some, all_of, cannot_tell
from qianyun.verify.diagrams import DiagramTooLarge
from qianyun.verify.fields import VERSION, Field, Version
from qianyun.verify.space import PacketSet, Space

NODES_BY_LINES = ((64, 1 << 16), (400, 1 << 19))
"""Stores of nodes for short lists, which are made faster than the usual one."""


class Direction(StrEnum):
    """Which way a filter looks at packets of an interface."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One access list.

    Attributes:
        version: Whose packets it judges: 4, 6, or 0 for both; it lets no other packets pass, for it
            is not asked about them.
        rest_passes: What no line matches passes, as in packet filters of VRP and Comware; it is
            refused by Cisco's lists.
        keeps_state: The device remembers connections; the list judges the packets that open them.
        implied: How many of the last lines stand in no text, but in the vendor's manual.
        unread: Lines of this list that may match anything.
    """

    name: str
    lines: tuple[Line, ...]
    version: int = 4
    rest_passes: bool = False
    keeps_state: bool = False
    implied: int = 0
    place: str = ""
    unread: tuple[Unread, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every condition of every line."""
        return (line.condition for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A filter at work: at an interface and in a direction; `interface` is empty for all of them."""

    filter: str
    interface: str
    direction: Direction
    version: int = 4
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What one device's configuration says of filters.

    Attributes:
        filters: By family and name: `ip NAME`, `ipv6 NAME`, since the families' names are apart.
        unread: Everything not understood, also outside the lists.
        zones: Interfaces of each security zone, where the device has zones.
        concerns: The packets that meet the filters at all.
    """

    name: str
    filters: Mapping[str, Filter]
    bindings: tuple[Binding, ...] = ()
    unread: tuple[Unread, ...] = ()
    zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    concerns: Condition = ALWAYS


def may_be_anything(*, permits: bool | None, place: str, text: str, version: int) -> tuple[Line, ...]:
    """Lines instead of one that was not understood: each may match any packet, or none."""
    family = {4: (IS_V4,), 6: (IS_V6,)}.get(version, ())
    actions = (True, False) if permits is None else (permits,)
    return tuple(
        Line(permits=action, condition=all_of(*family, cannot_tell(place)), place=place, text=text)
        for action in actions
    )


class Sets:
    """A filter as packet sets.

    Attributes:
        list: Its lines in a tree; ask it for what each line decides.
    """

    def __init__(self, filter_: Filter, space: Space | None = None) -> None:
        """Fold all lines.

        Args:
            filter_: The filter.
            space: One that knows the filter's conditions, to compare with other sets in it; by
                default one of its own.
        """
        self.filter = filter_
        try:
            self.space = space or space_for(filter_.conditions(), len(filter_.lines))
            self.list = AccessList(self.space, filter_.lines)
        except DiagramTooLarge:
            if space is not None:
                raise
            self.space = Space(filter_.conditions())
            self.list = AccessList(self.space, filter_.lines)
        self._unknown = tuple(axis.field for axis in self.space.axes if is_unknown(axis.field))

    @property
    def passing(self) -> PacketSet:
        """What passes, by the fields of packets and by what we cannot tell."""
        permitted = self.list.permitted
        if self.filter.rest_passes:
            permitted = permitted | ~self.list.decided
        family = {4: IS_V4, 6: IS_V6}.get(self.filter.version)
        return permitted if family is None else permitted & self.space.packets(family)

    @property
    def may(self) -> PacketSet:
        """What may pass."""
        return self.passing.forget(*self._unknown) if self._unknown else self.passing

    @property
    def must(self) -> PacketSet:
        """What passes for certain; the same as `may` where all was understood."""
        return self.passing.always(*self._unknown) if self._unknown else self.passing

    def never_matching(self) -> tuple[int, ...]:
        """Lines that decide no packet, whatever we cannot tell, by index; implied lines not counted."""
        written = len(self.filter.lines) - self.filter.implied
        return tuple(index for index, rest in self.list.remainders() if not rest and index < written)

    def deciders(self, index: int) -> tuple[int, ...]:
        """The lines before that decide packets which this line names, in order.

        For a line that never matches these are the lines that shadow it; none shadows one that
        names no packet at all.
        """
        return tuple(each for each in self.list.deciders(index) if each < index)


def space_for(conditions: Iterable[Condition], lines: int) -> Space:
    """A space for one list of so many lines."""
    every = list(conditions)
    for most, nodes in NODES_BY_LINES:
        if lines <= most:
            return Space(every, engine=partial(BitEngine, nodes=nodes))
    return Space(every)


def is_unknown(asked: Field) -> bool:
    """Whether a field stands for something we cannot tell."""
    return asked.name.startswith("?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of one packet.

    Attributes:
        passes: `None` when lines that may or may not match leave it open.
        line: Index of the deciding line; `None` for the end of the list, or while it is open.
    """

    passes: bool | None
    line: int | None


def judge(filter_: Filter, values: Mapping[Field, int]) -> Verdict:
    """Lead one packet along the lines, as the device does: no packet sets involved."""
    if filter_.version and (filter_.version == 6) != (values.get(VERSION, 0) == Version.V6):  # noqa: PLR2004 - IP version
        return Verdict(passes=False, line=None)
    possible: set[bool] = set()
    for index, line in enumerate(filter_.lines):
        met = matched(line.condition, values)
        if met is None:
            possible.add(line.permits)
        elif met:
            possible.add(line.permits)
            proven = len(possible) == 1
            return Verdict(passes=line.permits if proven else None, line=index if proven else None)
    possible.add(filter_.rest_passes)
    return Verdict(passes=filter_.rest_passes if len(possible) == 1 else None, line=None)


def matched(condition: Condition, values: Mapping[Field, int]) -> bool | None:
    """Whether a condition holds for one packet; `None` where that hangs on something unknown."""
    match condition:
        case In(asked, ranges):
            if asked.version and (asked.version == 6) != (values.get(VERSION, 0) == Version.V6):  # noqa: PLR2004 - IP version
                return False
            if is_unknown(asked) and asked not in values:
                return None
            value = values.get(asked, 0)
            return any(first <= value <= last for first, last in ranges)
        case Not(part):
            held = matched(part, values)
            return None if held is None else not held
        case All(parts):
            return _joined(parts, values, decisive=False)
        case Some(parts):
            return _joined(parts, values, decisive=True)


def _joined(parts: tuple[Condition, ...], values: Mapping[Field, int], *, decisive: bool) -> bool | None:
    open_ = False
    for part in parts:
        held = matched(part, values)
        if held is decisive:
            return decisive
        open_ |= held is None
    return None if open_ else not decisive
