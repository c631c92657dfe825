"""Vectors: what a register of nftables' bytecode holds, as bits of the packet's fields.

A register is memory. Here it is a row of parts, highest bit of the first byte first; each part is
some bits of one source, perhaps flipped, or constant. Masks, shifts and byte order only move
parts about, and a comparison of the row with numbers becomes a condition on the sources.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qianyun.verify.conditions import ALWAYS, NEVER, Condition, Doubts, In, all_of, any_of, negated
from qianyun.verify.fields import Field, Range, Ranges, masked, merged

MOST_RANGES = 1 << 12
WORD = 32


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Something of a packet that is a number.

    Attributes:
        shape: Its name and its greatest value.
        lies_in: The packets whose number lies in some ranges.
        field: The packet's field that it is, all of it; `None` where it is computed.
        values: All numbers it can be, each with its packets, where they are few.
    """

    shape: Field
    lies_in: Callable[[Ranges], Condition]
    field: Field | None = None
    values: tuple[tuple[int, Condition], ...] = ()

    @property
    def width(self) -> int:
        """How many bits."""
        return self.shape.top.bit_length()

    def masked(self, mask: int, value: int) -> Condition | None:
        """The packets whose number has these bits under a mask; `None` when that is too many ranges."""
        if self.values:
            return any_of(*(packets for number, packets in self.values if number & mask == value))
        if mask == self.shape.top:
            return self.lies_in(((value, value),))
        ranges = masked(self.shape, mask, value, limit=MOST_RANGES)
        return None if ranges is None else self.lies_in(ranges)


def axis(field: Field) -> Source:
    """A field of the packet itself."""
    return Source(field, lambda ranges: In(field, ranges), field)


def computed(name: str, width: int, lies_in: Callable[[Ranges], Condition]) -> Source:
    """A number that is found in the packet some other way."""
    return Source(Field(name=name, top=(1 << width) - 1), lies_in)


def cases(name: str, width: int, values: Iterable[tuple[int, Condition]]) -> Source:
    """A number that can only be one of a few, each for some packets."""
    given = tuple(values)

    def lies_in(ranges: Ranges) -> Condition:
        return any_of(*(packets for value, packets in given if holds(ranges, value)))

    return Source(Field(name=name, top=(1 << width) - 1), lies_in, values=given)


def doubtful(name: str, width: int, doubts: Doubts) -> Source:
    """A number that we know nothing of."""
    top = (1 << width) - 1

    def lies_in(ranges: Ranges) -> Condition:
        if ranges == ((0, top),):
            return ALWAYS
        return doubts.about(f"{name} {_spans(ranges)}")

    return computed(name, width, lies_in)


def _spans(ranges: Ranges) -> str:
    return ",".join(f"{first:#x}" if first == last else f"{first:#x}-{last:#x}" for first, last in ranges)


def holds(ranges: Ranges, value: int) -> bool:
    """Whether a number lies in one of the ranges."""
    return any(first <= value <= last for first, last in ranges)


@dataclass(frozen=True, slots=True)
class Part:
    """Some bits of a source from `low` up, flipped where `flip` is 1; without a source, `flip` itself."""

    source: Source | None
    low: int
    width: int
    flip: int = 0

    def cut(self, above: int, width: int) -> "Part":
        """The `width` bits that lie below its first `above`."""
        below = self.width - above - width
        return Part(self.source, self.low + below, width, self.flip >> below & _ones(width))


Vector = tuple[Part, ...]


def _ones(width: int) -> int:
    return (1 << width) - 1


def constant(value: int, width: int) -> Vector:
    """A number that is the same for every packet."""
    return (Part(None, 0, width, value),) if width else ()


def whole(source: Source) -> Vector:
    """All bits of a source, as they travel: the highest first."""
    return (Part(source, 0, source.width),)


def width_of(vector: Vector) -> int:
    """How many bits it has."""
    return sum(part.width for part in vector)


def joined(parts: Iterable[Part]) -> Vector:
    """Parts in a row, neighbours that belong together made one."""
    row: list[Part] = []
    for part in parts:
        if not part.width:
            continue
        last = row[-1] if row else None
        if last and last.source is part.source and (part.source is None or last.low == part.low + part.width):
            low = 0 if part.source is None else part.low
            row[-1] = Part(part.source, low, last.width + part.width, last.flip << part.width | part.flip)
        else:
            row.append(part)
    return tuple(row)


def slice_of(vector: Vector, above: int, width: int) -> Vector:
    """The `width` bits below the first `above`; what lies beyond the end is zero."""
    found: list[Part] = []
    end = above + width
    at = 0
    for part in vector:
        first, last = max(above, at), min(end, at + part.width)
        if first < last:
            found.append(part.cut(first - at, last - first))
        at += part.width
    return joined([*found, *constant(0, max(0, end - max(at, above)))])


def anded(vector: Vector, mask: int) -> Vector:
    """The row under a mask."""
    return joined(_anded(vector, mask))


def _anded(vector: Vector, mask: int) -> Iterator[Part]:
    left = width_of(vector)
    for part in vector:
        left -= part.width
        bits = mask >> left & _ones(part.width)
        at = 0
        while at < part.width:
            kept = bits >> part.width - 1 - at & 1
            run = 1
            while at + run < part.width and bits >> part.width - 1 - at - run & 1 == kept:
                run += 1
            yield part.cut(at, run) if kept else Part(None, 0, run)
            at += run


def flipped(vector: Vector, bits: int) -> Vector:
    """The row with some bits turned round."""
    left, row = width_of(vector), list[Part]()
    for part in vector:
        left -= part.width
        row.append(replace(part, flip=part.flip ^ (bits >> left & _ones(part.width))))
    return joined(row)


def swapped(vector: Vector, size: int, length: int) -> Vector:
    """The bytes of each whole group of `size` among the first `length` in the other order, the others as they are."""
    row: list[Part] = []
    end = length // size * size
    for group in range(0, end, size):
        for byte in reversed(range(group, group + size)):
            row += slice_of(vector, byte * 8, 8)
    return joined([*row, *slice_of(vector, end * 8, width_of(vector) - end * 8)])


def settled(vector: Vector, source: Source, value: int) -> Vector:
    """The row once a source is known to be a number."""
    return joined(
        Part(None, 0, part.width, (value >> part.low & _ones(part.width)) ^ part.flip)
        if part.source is source
        else part
        for part in vector
    )


def value_of(vector: Vector) -> int | None:
    """The number, when it is the same for every packet."""
    number = 0
    for part in vector:
        if part.source is not None:
            return None
        number = number << part.width | part.flip
    return number


class Comparing:
    """Comparisons of vectors with numbers, as conditions."""

    def __init__(self, doubts: Doubts) -> None:
        """`doubts` names what has too many ranges to say."""
        self.doubts = doubts

    def within(self, vector: Vector, ranges: Iterable[Range]) -> Condition:
        """The row, read as one number, lies in one of the ranges."""
        spans = merged(ranges)
        if len(vector) == 1 and vector[0].source is not None and not vector[0].flip:
            return self._part_in(vector[0], spans)
        return any_of(*(self.between(vector, first, last) for first, last in spans))

    def between(self, vector: Vector, first: int, last: int) -> Condition:
        """The row, read as one number, lies between two others or is one of them."""
        if first > last:
            return NEVER
        if first == last:
            return self.equals(vector, first)
        if first == 0 and last == _ones(width_of(vector)):
            return ALWAYS
        head, rest = vector[0], vector[1:]
        width = width_of(rest)
        low, high = first >> width, last >> width
        after_low, after_high = first & _ones(width), last & _ones(width)
        if low == high:
            return all_of(self._part_in(head, ((low, low),)), self.between(rest, after_low, after_high))
        found: list[Condition] = []
        if after_low:
            found.append(all_of(self._part_in(head, ((low, low),)), self.between(rest, after_low, _ones(width))))
            low += 1
        if after_high != _ones(width):
            found.append(all_of(self._part_in(head, ((high, high),)), self.between(rest, 0, after_high)))
            high -= 1
        if low <= high:
            found.append(self._part_in(head, ((low, high),)))
        return any_of(*found)

    def equals(self, vector: Vector, value: int) -> Condition:
        """The row, read as one number, is this one."""
        wanted: dict[Source, tuple[int, int]] = {}
        conflict = False
        left = width_of(vector)
        for part in vector:
            left -= part.width
            bits = (value >> left & _ones(part.width)) ^ part.flip
            if part.source is None:
                conflict |= bits != 0
                continue
            mask, so_far = wanted.get(part.source, (0, 0))
            place = _ones(part.width) << part.low
            conflict |= (so_far ^ bits << part.low) & mask & place != 0
            wanted[part.source] = (mask | place, so_far | bits << part.low)
        if conflict or value >> width_of(vector):
            return NEVER
        return all_of(*(self._masked(source, mask, bits) for source, (mask, bits) in wanted.items()))

    def _masked(self, source: Source, mask: int, value: int) -> Condition:
        found = source.masked(mask, value)
        return self.doubts.about(f"{source.shape.name} & {mask:#x} == {value:#x}") if found is None else found

    def _part_in(self, part: Part, ranges: Ranges) -> Condition:
        if part.source is None:
            return ALWAYS if holds(ranges, part.flip) else NEVER
        top = _ones(part.width)
        if ranges == ((0, top),):
            return ALWAYS
        if part.flip:
            ranges = _turned(part, ranges)
        above = part.source.width - part.low - part.width
        if len(ranges) << above > MOST_RANGES and above:
            return self.doubts.about(f"{part.source.shape.name} bits {part.low}+{part.width} {_spans(ranges)}")
        spans = (
            (high << part.width | first, high << part.width | last)
            for high in range(1 << above)
            for first, last in ranges
        )
        return part.source.lies_in(merged((a << part.low, b << part.low | _ones(part.low)) for a, b in spans))


def _turned(part: Part, ranges: Ranges) -> Ranges:
    """Ranges of a part with flipped bits as ranges of the bits themselves, by blocks that a flip moves as a whole."""
    result: list[Range] = []
    for first, last in ranges:
        at = first
        while at <= last:
            size = at & -at or 1 << part.width
            while size > last - at + 1:
                size >>= 1
            start = (at ^ part.flip) & ~(size - 1)
            result.append((start, start | size - 1))
            at += size
    return merged(result)


def rows_of(vector: Vector) -> list[Vector]:
    """The row in words of 32 bits, the last one filled with zeros."""
    return [slice_of(vector, at, WORD) for at in range(0, width_of(vector), WORD)]


def unless(condition: Condition, *, turned: bool) -> Condition:
    """The condition, or its opposite."""
    return negated(condition) if turned else condition


def memory(words: Sequence[str]) -> int:
    """Words as nft prints them, each a little-endian number, as one number in the order of memory."""
    return int.from_bytes(b"".join(int(word, 16).to_bytes(4, "little") for word in words), "big")
