"""Space of packets: turns conditions into packet sets, exactly.

Every field's axis is cut at all the end-points that any condition names; between two cuts no
condition can tell packets apart, so a set over the numbers of those pieces is exact, and as
small for IPv6 as for IPv4. Between the codes of neighbouring pieces some are left free, so that
a later condition may cut a piece (`refine`) without touching any set already made: a set that
does not test the new cut holds for both halves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from qianyun.verify.bits import BitEngine, telling_when_full
from qianyun.verify.conditions import All, Condition, Image, In, Not, leaves
from qianyun.verify.diagrams import Diagram, Engine
from qianyun.verify.fields import FIELDS, VERSION, Field, Range, Ranges, merged

MakeEngine = Callable[[Sequence[int]], Engine]
SPARE_BITS = 6


class NoRoomError(Exception):
    """A piece has been cut too often; build a new space from all conditions."""


class Axis:
    """The pieces of one field: where each begins, and the code it goes by."""

    __slots__ = ("code_of", "codes", "field", "number", "size", "starts")

    def __init__(self, field: Field, number: int, cuts: Iterable[int], spare_bits: int) -> None:
        """Number the pieces, leaving `2 ** spare_bits - 1` codes free after each."""
        self.field, self.number = field, number
        self.starts = sorted({0, *cuts})
        self.codes = [at << spare_bits for at in range(len(self.starts))]
        self.code_of = dict(zip(self.starts, self.codes, strict=True))
        self.size = len(self.starts) << spare_bits

    def cut(self, value: int) -> None:
        """Begin a new piece at `value`."""
        if value in self.code_of:
            return
        at = bisect_left(self.starts, value)
        left, right = self.codes[at - 1], self.codes[at] if at < len(self.codes) else self.size
        if right - left < 2:  # noqa: PLR2004 - no whole number lies between
            raise NoRoomError(self.field.name)
        code = (left + right) // 2
        self.starts.insert(at, value)
        self.codes.insert(at, code)
        self.code_of[value] = code

    def codes_of(self, values: Range) -> Range:
        """Codes of the pieces that make up a range whose ends are cuts."""
        first, last = values
        end = self.size if last >= self.field.top else self.code_of[last + 1]
        return self.code_of[first], end - 1

    def code(self, value: int) -> int:
        """Code of the piece that holds a value."""
        return self.codes[bisect_right(self.starts, value) - 1]

    def values_of(self, codes: Range) -> Range:
        """The values that a run of codes stands for."""
        first = self.starts[bisect_right(self.codes, codes[0]) - 1]
        after = bisect_right(self.codes, codes[1])
        return first, self.starts[after] - 1 if after < len(self.starts) else self.field.top


class Space:
    """The packets that some conditions can tell apart.

    Attributes:
        axes: One per field, in the order of the diagrams.
    """

    def __init__(
        self,
        conditions: Iterable[Condition],
        *,
        fields: Sequence[Field] = FIELDS,
        engine: MakeEngine = BitEngine,
        spare_bits: int = SPARE_BITS,
    ) -> None:
        """Cut the axes at every end-point of the conditions; fields not listed come last."""
        cuts, self.images = cuts_of(conditions)
        carry(cuts, self.images)
        order = (*fields, *(field for field in cuts if field not in fields))
        self.axes = [Axis(field, number, cuts.get(field, ()), spare_bits) for number, field in enumerate(order)]
        self.axis_of = {axis.field: axis for axis in self.axes}
        self.engine = engine([axis.size for axis in self.axes])
        self.everything = PacketSet(self, self.engine.full)
        self.nothing = PacketSet(self, self.engine.empty)
        self._version = {
            version: self.engine.interval(axis.number, *axis.codes_of((value, value)))
            for axis in self.axes
            if axis.field is VERSION and len(axis.starts) > 1
            for value, version in enumerate((4, 6))
        }
        self._known: dict[In, Diagram] = {}

    def refine(self, conditions: Iterable[Condition]) -> None:
        """Make room for further conditions; every set already made stays as it is.

        Raises:
            NoRoomError: Some piece is already cut into as many as its codes allow, or a field is new.
        """
        cuts, images = cuts_of(conditions)
        self.images |= images
        for field in {image.field for image in self.images} & self.axis_of.keys():
            cuts.setdefault(field, set()).update(self.axis_of[field].starts)
        carry(cuts, self.images)
        for field, values in cuts.items():
            if field not in self.axis_of:
                raise NoRoomError(field.name)
            for value in values:
                self.axis_of[field].cut(value)

    def packets(self, condition: Condition) -> "PacketSet":
        """The packets for which a condition holds."""
        return PacketSet(self, self.diagram(condition))

    @telling_when_full
    def diagram(self, condition: Condition) -> Diagram:
        """The same, as the engine's bare diagram, for inner loops."""
        return self._diagram(condition)

    def _diagram(self, condition: Condition) -> Diagram:
        if isinstance(condition, In):
            found = self._known.get(condition)
            if found is None:
                found = self._known[condition] = self._of_ranges(condition.field, condition.ranges)
            return found
        if isinstance(condition, Not):
            return ~self._diagram(condition.part)
        parts = [self._diagram(part) for part in condition.parts]
        if isinstance(condition, All):
            result = self.engine.full
            for part in reversed(parts):
                result = part & result
            return result
        return joined(parts, self.engine.empty)

    def _of_ranges(self, field: Field, ranges: Ranges) -> Diagram:
        axis = self.axis_of[field]
        spans = merged(map(axis.codes_of, ranges))
        single = len(spans) == 1
        result = self.engine.interval(axis.number, *spans[0]) if single else self.engine.spans(axis.number, spans)
        return self._version[field.version] & result if field.version else result


def joined(diagrams: Sequence[Diagram], empty: Diagram) -> Diagram:
    """Union, by halves: neighbours are alike and stay small."""
    level = list(diagrams) or [empty]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [a | b for a, b in pairs] + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def cuts_of(conditions: Iterable[Condition]) -> tuple[dict[Field, set[int]], set[Image]]:
    """Where pieces must begin, by field (the version is always cut, for it guards the addresses), and what moves."""
    cuts: dict[Field, set[int]] = {VERSION: {1}}
    images: set[Image] = set()
    for condition in conditions:
        for leaf in leaves(condition):
            ranges = leaf.ranges
            if isinstance(leaf, Image):
                images.add(leaf)
                ranges = (*ranges, leaf.back(ranges[0]))
            values = cuts.setdefault(leaf.field, set())
            for first, last in ranges:
                values.add(first)
                if last < leaf.field.top:
                    values.add(last + 1)
    return cuts, images


def carry(cuts: Mapping[Field, set[int]], images: Iterable[Image]) -> None:
    """Cut what moves wherever it is cut where it goes, and the other way round."""
    held = -1
    while held < (held := sum(len(values) for values in cuts.values())):
        for image in images:
            values, [(first, last)] = cuts[image.field], image.ranges
            by, size = image.source - first, last - first
            there = [value + by for value in values if first < value <= last]
            here = [value - by for value in values if image.source < value <= image.source + size]
            values.update(there, here)


@dataclass(frozen=True, slots=True, eq=True)
class PacketSet:
    """An exact set of packets; `|`, `&`, `-`, `^`, `~`, `<=` mean what they mean for sets."""

    space: Space
    diagram: Diagram

    def __or__(self, other: Self) -> "PacketSet":
        return PacketSet(self.space, _or(self.diagram, other.diagram))

    def __and__(self, other: Self) -> "PacketSet":
        return PacketSet(self.space, _and(self.diagram, other.diagram))

    def __sub__(self, other: Self) -> "PacketSet":
        return PacketSet(self.space, _minus(self.diagram, other.diagram))

    def __xor__(self, other: Self) -> "PacketSet":
        return PacketSet(self.space, _xor(self.diagram, other.diagram))

    def __invert__(self) -> "PacketSet":
        return PacketSet(self.space, ~self.diagram)

    def __le__(self, other: Self) -> bool:
        return not (self - other)

    def __bool__(self) -> bool:
        return self.diagram.satisfiable()

    def choose(self, yes: Self, no: Self) -> "PacketSet":
        """The packets of `yes` inside this set, of `no` outside it."""
        return PacketSet(self.space, _ite(self.diagram, yes.diagram, no.diagram))

    def forget(self, *fields: Field) -> "PacketSet":
        """The packets that lie in it for some value of these fields."""
        axes = [self.space.axis_of[field].number for field in fields if field in self.space.axis_of]
        return PacketSet(self.space, _forget(self.space.engine, self.diagram, axes))

    def always(self, *fields: Field) -> "PacketSet":
        """The packets that lie in it whatever the value of these fields."""
        return ~((~self).forget(*fields))

    def before_setting(self, field: Field, value: int) -> "PacketSet":
        """The packets that lie in it once `field` has been set to `value`."""
        exactly = self.space.packets(In(field, ((value, value),)))
        return (self & exactly).forget(field)

    def before_moving(self, image: Image) -> "PacketSet":
        """The packets of the block that moves, that lie in it once they have moved; it holds no others."""
        return self._shifted(image.field, [(image.back(there), there) for there in self._pieces(image)])

    def moved(self, image: Image) -> "PacketSet":
        """Its packets of the block that moves, once they have moved."""
        return self._shifted(image.field, [(there, image.back(there)) for there in self._pieces(image)])

    def _pieces(self, image: Image) -> list[Range]:
        [(first, last)] = image.ranges
        starts = self.space.axis_of[image.field].starts
        inside = starts[bisect_left(starts, first) : bisect_right(starts, last)]
        return list(zip(inside, [*(start - 1 for start in inside[1:]), last], strict=True))

    def _shifted(self, field: Field, pieces: Iterable[tuple[Range, Range]]) -> "PacketSet":
        """What holds for each second range of a field, as if it held for the first."""
        together: dict[PacketSet, list[Range]] = {}
        for here, there in pieces:
            held = (self & self.space.packets(In(field, (there,)))).forget(field)
            together.setdefault(held, []).append(here)
        found = self.space.nothing
        for held, ranges in together.items():
            found = found | (held & self.space.packets(In(field, merged(ranges))))
        return found

    def holds(self, values: dict[Field, int]) -> bool:
        """Whether one packet is in it; a field not given is 0."""
        point = [axis.code(values.get(axis.field, 0)) for axis in self.space.axes]
        return self.space.engine.holds(self.diagram, point)


@telling_when_full
def _or(a: Diagram, b: Diagram) -> Diagram:
    return a | b


@telling_when_full
def _and(a: Diagram, b: Diagram) -> Diagram:
    return a & b


@telling_when_full
def _minus(a: Diagram, b: Diagram) -> Diagram:
    return b.imp_strict(a)


@telling_when_full
def _xor(a: Diagram, b: Diagram) -> Diagram:
    return a ^ b


@telling_when_full
def _ite(a: Diagram, b: Diagram, c: Diagram) -> Diagram:
    return a.ite(b, c)


@telling_when_full
def _forget(engine: Engine, diagram: Diagram, axes: Sequence[int]) -> Diagram:
    return engine.forget(diagram, axes)
