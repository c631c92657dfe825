"""The fast engine: binary decision diagrams with complement edges, each code spelled in bits.

Source: OxiDD (oxidd.net). Its managers hold a fixed number of nodes, but memory is only touched
as nodes are made, so the limit may be generous; when it is reached the library raises, and goes
on raising until diagrams are dropped, which becomes one clear error here.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from oxidd.bcdd import BCDDFunction, BCDDManager
from oxidd.util import DDMemoryError

from qianyun.verify.diagrams import Branches, Diagram, DiagramTooLarge
from qianyun.words import _

NODES = 1 << 26
CACHES = (1 << 14, 1 << 21)
"""Fewest and most entries of the operation cache; its memory is touched at once, so it grows with the axes."""

P = ParamSpec("P")
T = TypeVar("T")


class BitEngine:
    """Diagrams over bits; see `Engine`."""

    name = "bits"

    def __init__(self, sizes: Sequence[int], nodes: int = NODES) -> None:
        """Give each axis as many bits as its codes need."""
        self.widths = [max(1, (size - 1).bit_length()) for size in sizes]
        self.sizes = list(sizes)
        self.nodes = nodes
        self.offsets = [sum(self.widths[:axis]) for axis in range(len(sizes))]
        self.axis_of = [axis for axis, width in enumerate(self.widths) for _bit in range(width)]
        self.manager = BCDDManager(nodes, min(nodes, _cache_for(sum(sizes))), 1)
        self.manager.add_vars(sum(self.widths))
        self.yes = [self.manager.var(number) for number in range(len(self.axis_of))]
        self.no = [self.manager.not_var(number) for number in range(len(self.axis_of))]
        self._full, self._empty = self.manager.true(), self.manager.false()

    @property
    def empty(self) -> BCDDFunction:
        """No point."""
        return self._empty

    @property
    def full(self) -> BCDDFunction:
        """Every point."""
        return self._full

    def interval(self, axis: int, first: int, last: int) -> BCDDFunction:
        """Codes `first` to `last`; what reaches the last code reaches beyond it too."""
        at_least = at_most = self._full
        offset, width = self.offsets[axis], self.widths[axis]
        for bit in range(_lowest(first), width):
            number = offset + width - 1 - bit
            at_least = self.yes[number] & at_least if first >> bit & 1 else self.yes[number] | at_least
        if last < self.sizes[axis] - 1:
            for bit in range(_lowest(~last), width):
                number = offset + width - 1 - bit
                at_most = self.no[number] | at_most if last >> bit & 1 else self.no[number] & at_most
        return at_least & at_most

    def spans(self, axis: int, spans: Sequence[tuple[int, int]]) -> BCDDFunction:
        """Codes of many intervals: one step for each node, not one walk over the bits for each interval."""
        offset, width = self.offsets[axis], self.widths[axis]
        firsts, lasts = [first for first, _last in spans], [last for _first, last in spans]
        if lasts[-1:] == [self.sizes[axis] - 1]:
            lasts[-1] = (1 << width) - 1

        def built(bit: int, low: int, begin: int, end: int) -> BCDDFunction:
            """The codes of `bit` bits from `low` on; the intervals `begin` to `end` meet them."""
            if begin == end:
                return self._empty
            high = low + (1 << bit) - 1
            if firsts[begin] <= low and lasts[begin] >= high:
                return self._full
            half = low + (1 << bit - 1)
            below = built(bit - 1, low, begin, bisect_left(firsts, half, begin, end))
            above = built(bit - 1, half, bisect_left(lasts, half, begin, end), end)
            return self.yes[offset + width - bit].ite(above, below)

        return built(width, 0, 0, len(firsts))

    def nodes_held(self) -> int:
        """As the library counts them, in no time."""
        return self.manager.approx_num_inner_nodes()

    def drop_unused(self) -> None:
        """Collect; the cache of operations is emptied too."""
        self.manager.gc()

    def forget(self, diagram: Diagram, axes: Sequence[int]) -> BCDDFunction:
        """Quantify the bits of these axes away."""
        bits = self._full
        for axis in sorted(axes, reverse=True):
            for number in reversed(range(self.offsets[axis], self.offsets[axis] + self.widths[axis])):
                bits = self.yes[number] & bits
        return self._own(diagram).exists(bits)

    def branches(self, diagram: Diagram) -> Branches | None:
        """Walk down the bits of the first axis."""
        top = self._own(diagram)
        variable = top.node_var()
        if variable is None:
            return None
        axis = self.axis_of[variable]
        end, width, last = self.offsets[axis] + self.widths[axis], self.widths[axis], self.sizes[axis] - 1
        arms: list[tuple[int, int, Diagram]] = []

        def walk(node: BCDDFunction, depth: int, code: int) -> None:
            if code << (width - depth) > last:
                return
            number = node.node_var()
            if number is None or number >= end:
                first, final = code << (width - depth), min(last, (code + 1 << (width - depth)) - 1)
                if arms and arms[-1][2] == node:
                    arms[-1] = (arms[-1][0], final, node)
                else:
                    arms.append((first, final, node))
                return
            at = number - self.offsets[axis]
            if at > depth:
                for half in range(2):
                    walk(node, depth + 1, code << 1 | half)
                return
            both = node.cofactors()
            if both is not None:
                walk(both[1], depth + 1, code << 1)
                walk(both[0], depth + 1, code << 1 | 1)

        walk(top, 0, 0)
        return Branches(axis, tuple(arms))

    def holds(self, diagram: Diagram, point: Sequence[int]) -> bool:
        """Evaluate bit by bit."""
        node: BCDDFunction = self._own(diagram)
        while (number := node.node_var()) is not None:
            axis = self.axis_of[number]
            bit = point[axis] >> (self.offsets[axis] + self.widths[axis] - 1 - number) & 1
            below = node.cofactor_true() if bit else node.cofactor_false()
            if below is None:  # a node with a variable has both cofactors
                break
            node = below
        return node.satisfiable()

    def _own(self, diagram: Diagram) -> BCDDFunction:
        if not isinstance(diagram, BCDDFunction):
            raise TypeError(f"{type(diagram).__name__} is no diagram of this engine")
        return diagram


def _lowest(number: int) -> int:
    """The lowest bit that is set; bits below it decide nothing."""
    return max(0, (number & -number).bit_length() - 1)


def _cache_for(codes: int) -> int:
    least, most = CACHES
    return min(most, max(least, 1 << codes.bit_length()))


def telling_when_full(work: Callable[P, T]) -> Callable[P, T]:
    """Turn the library's memory error into ours."""

    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except DDMemoryError as error:
            raise DiagramTooLarge(
                _("the packet sets need more nodes than allowed; allow more nodes or verify fewer rules at once")
            ) from error

    return told
