"""The second opinion: interval decision diagrams in plain Python.

Each node cuts its axis into intervals; no bits, no library. It is slower than the engine on
bits (usable to some five thousand rules) and shares no code with it, so that an error of one
does not repeat itself in the other.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import final

from qianyun.verify.diagrams import Branches, Diagram

END = 1 << 30


@final
class Node:
    """A node: its axis, where its intervals start, and what each leads to; terminals have no intervals."""

    __slots__ = ("axis", "below", "engine", "number", "starts")

    def __init__(
        self, engine: "IntervalEngine", number: int, axis: int, starts: tuple[int, ...], below: "tuple[Node, ...]"
    ) -> None:
        """Only the engine makes nodes, one per meaning."""
        self.engine, self.number, self.axis, self.starts, self.below = engine, number, axis, starts, below

    def __and__(self, rhs: "Node", /) -> "Node":
        return self.engine.combine(self, rhs, _AND)

    def __or__(self, rhs: "Node", /) -> "Node":
        return self.engine.combine(self, rhs, _OR)

    def __xor__(self, rhs: "Node", /) -> "Node":
        return self.engine.combine(self, rhs, _XOR)

    def __invert__(self) -> "Node":
        return self.engine.combine(self, self.engine.full, _XOR)

    def ite(self, t: "Node", e: "Node", /) -> "Node":
        """`t` where self holds, else `e`."""
        return (self & t) | self.imp_strict(e)

    def imp_strict(self, rhs: "Node", /) -> "Node":
        """`rhs` without self."""
        return self.engine.combine(rhs, self, _MINUS)

    def satisfiable(self) -> bool:
        """Whether there is any point in it."""
        return self is not self.engine.empty

    def node_count(self) -> int:
        """Nodes below and itself."""
        seen: set[int] = set()
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            if node.number not in seen:
                seen.add(node.number)
                stack.extend(node.below)
        return len(seen)


_AND, _OR, _XOR, _MINUS = range(4)
_ON_TERMINALS: tuple[Callable[[bool, bool], bool], ...] = (
    lambda a, b: a and b,
    lambda a, b: a or b,
    lambda a, b: a != b,
    lambda a, b: a and not b,
)


class IntervalEngine:
    """Diagrams over intervals; see `Engine`."""

    name = "intervals"

    def __init__(self, sizes: Sequence[int]) -> None:
        """Remember nothing yet but the two terminals."""
        self.sizes = list(sizes)
        self._empty, self._full = Node(self, 0, END, (), ()), Node(self, 1, END, (), ())
        self._made: dict[tuple[int, tuple[int, ...], tuple[int, ...]], Node] = {}
        self._done: tuple[dict[tuple[int, int], Node], ...] = ({}, {}, {}, {})

    @property
    def empty(self) -> Node:
        """No point."""
        return self._empty

    @property
    def full(self) -> Node:
        """Every point."""
        return self._full

    def _node(self, axis: int, starts: Sequence[int], below: Sequence[Node]) -> Node:
        kept = [0]
        kept.extend(at for at in range(1, len(below)) if below[at] is not below[at - 1])
        if len(kept) == 1:
            return below[0]
        key = (axis, tuple(starts[at] for at in kept), tuple(below[at].number for at in kept))
        node = self._made.get(key)
        if node is None:
            node = Node(self, len(self._made) + 2, axis, key[1], tuple(below[at] for at in kept))
            self._made[key] = node
        return node

    def interval(self, axis: int, first: int, last: int) -> Node:
        """Codes `first` to `last`."""
        starts, below = [0], [self._empty if first else self._full]
        if first:
            starts.append(first)
            below.append(self._full)
        if last < self.sizes[axis] - 1:
            starts.append(last + 1)
            below.append(self._empty)
        return self._node(axis, starts, below)

    def spans(self, axis: int, spans: Sequence[tuple[int, int]]) -> Node:
        """Codes of many intervals."""
        starts, below = [0], [self._empty]
        for first, last in spans:
            if first == starts[-1]:
                below[-1] = self._full
            else:
                starts.append(first)
                below.append(self._full)
            if last < self.sizes[axis] - 1:
                starts.append(last + 1)
                below.append(self._empty)
        return self._node(axis, starts, below)

    def nodes_held(self) -> int:
        """All that were ever made."""
        return len(self._made)

    def drop_unused(self) -> None:
        """Nodes are kept as long as their engine."""

    def combine(self, a: Node, b: Node, operation: int) -> Node:
        """One of the four operations, point by point."""
        if a.axis == END and b.axis == END:
            held = _ON_TERMINALS[operation](a is self._full, b is self._full)
            return self._full if held else self._empty
        quick = self._quick(a, b, operation)
        if quick is not None:
            return quick
        done, key = self._done[operation], (a.number, b.number)
        result = done.get(key)
        if result is None:
            result = done[key] = self._merge(a, b, operation)
        return result

    def _quick(self, a: Node, b: Node, operation: int) -> Node | None:
        empty, full = self._empty, self._full
        if operation == _AND:
            return empty if empty in (a, b) else b if a is full or a is b else a if b is full else None
        if operation == _OR:
            return full if full in (a, b) else b if a is empty or a is b else a if b is empty else None
        if operation == _XOR:
            return empty if a is b else b if a is empty else a if b is empty else None
        return empty if a is empty or b is full or a is b else a if b is empty else None

    def _merge(self, a: Node, b: Node, operation: int) -> Node:
        if a.axis < b.axis:
            return self._node(a.axis, a.starts, [self.combine(below, b, operation) for below in a.below])
        if b.axis < a.axis:
            return self._node(b.axis, b.starts, [self.combine(a, below, operation) for below in b.below])
        starts: list[int] = []
        below: list[Node] = []
        at_a = at_b = start = 0
        while start < END:
            starts.append(start)
            below.append(self.combine(a.below[at_a], b.below[at_b], operation))
            next_a = a.starts[at_a + 1] if at_a + 1 < len(a.starts) else END
            next_b = b.starts[at_b + 1] if at_b + 1 < len(b.starts) else END
            start = min(next_a, next_b)
            at_a += next_a == start
            at_b += next_b == start
        return self._node(a.axis, starts, below)

    def forget(self, diagram: Diagram, axes: Sequence[int]) -> Node:
        """Join what the intervals of these axes lead to."""
        gone, done = frozenset(axes), dict[int, Node]()

        def without(node: Node) -> Node:
            if node.axis == END:
                return node
            result = done.get(node.number)
            if result is None:
                below = [without(one) for one in node.below]
                if node.axis in gone:
                    result = self._empty
                    for one in below:
                        result = self.combine(result, one, _OR)
                else:
                    result = self._node(node.axis, node.starts, below)
                done[node.number] = result
            return result

        return without(self._own(diagram))

    def branches(self, diagram: Diagram) -> Branches | None:
        """The node itself."""
        node = self._own(diagram)
        if node.axis == END:
            return None
        ends = (*(start - 1 for start in node.starts[1:]), self.sizes[node.axis] - 1)
        return Branches(node.axis, tuple(zip(node.starts, ends, node.below, strict=True)))

    def holds(self, diagram: Diagram, point: Sequence[int]) -> bool:
        """Look the point up, axis by axis."""
        node = self._own(diagram)
        while node.axis != END:
            node = node.below[bisect_right(node.starts, point[node.axis]) - 1]
        return node is self._full

    def _own(self, diagram: Diagram) -> Node:
        if not isinstance(diagram, Node):
            raise TypeError(f"{type(diagram).__name__} is no diagram of this engine")
        return diagram
