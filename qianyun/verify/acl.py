"""Access lists: the first line that matches a packet decides, and the last word is "no".

The lines stand in a balanced tree; every inner node knows what its lines permit and which
packets they decide. Exchanging one line recomputes the nodes above it alone, so that a changed
line among ten thousand is answered at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qianyun.verify.bits import telling_when_full
from qianyun.verify.conditions import Condition
from qianyun.verify.diagrams import Diagram
from qianyun.verify.space import PacketSet, Space

BLOCK = 128
"""Lines whose remainders are sought together: a few lines are a small set, and what comes before is large."""
MOST_UNUSED = 3_500_000
"""Nodes made on the way that may lie about, some 110 MB; freeing them takes longer than making a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an access list.

    Attributes:
        place: `file:line` it was read from.
        text: The line itself.
    """

    permits: bool
    condition: Condition
    place: str = ""
    text: str = ""


class _Part:
    """Some neighbouring lines: what they permit, and what they decide at all, once that is asked for."""

    __slots__ = ("_decided", "left", "permitted", "right", "size")

    def __init__(self, permitted: Diagram, decided: Diagram | None) -> None:
        self.permitted, self.size = permitted, 1
        self._decided = decided
        self.left: _Part | None = None
        self.right: _Part | None = None

    @property
    def decided(self) -> Diagram:
        """Of the last parts of a long list nobody asks, and they are the largest."""
        if self._decided is None and self.left is not None and self.right is not None:
            self._decided = self.left.decided | self.right.decided
        if self._decided is None:
            raise ValueError("a line without its packets")
        return self._decided

    def settle(self) -> None:
        left, right = self.left, self.right
        if left is not None and right is not None:
            self.size = left.size + right.size
            self.permitted = left.decided.ite(left.permitted, right.permitted)
            self._decided = None

    def is_line(self, permitted: Diagram, decided: Diagram) -> None:
        self.permitted, self._decided = permitted, decided


class AccessList:
    """An access list as packet sets, open to changes.

    Attributes:
        lines: The lines in force, in order; change them only through the methods.
    """

    def __init__(self, space: Space, lines: Iterable[Line]) -> None:
        """Fold the lines; `space` must know all their conditions."""
        self.space = space
        self.lines = list(lines)
        self._root = self._built(self.lines)

    @property
    def permitted(self) -> PacketSet:
        """What the list lets pass."""
        return PacketSet(self.space, self._root.permitted if self._root else self.space.engine.empty)

    @property
    @telling_when_full
    def decided(self) -> PacketSet:
        """What some line matches; the rest falls to the end of the list."""
        return PacketSet(self.space, self._root.decided if self._root else self.space.engine.empty)

    @telling_when_full
    def replace(self, index: int, line: Line) -> None:
        """Exchange one line; the space is refined where the new one cuts finer.

        Raises:
            NoRoomError: The space cannot be refined that far; build a new list in a new space.
        """
        self.space.refine([line.condition])
        self.lines[index] = line
        path = self._path(index)
        leaf = path.pop()
        leaf.is_line(*self._leaf(line))
        for part in reversed(path):
            part.settle()

    @telling_when_full
    def insert(self, index: int, line: Line) -> None:
        """Put a line before the one at `index`, or at the end.

        Raises:
            NoRoomError: As for `replace`.
        """
        self.space.refine([line.condition])
        new = _Part(*self._leaf(line))
        self.lines.insert(index, line)
        if self._root is None:
            self._root = new
            return
        at_end = index == self._root.size
        path = self._path(index - 1 if at_end else index)
        leaf = path[-1]
        old = _Part(leaf.permitted, leaf.decided)
        leaf.left, leaf.right = (old, new) if at_end else (new, old)
        for part in reversed(path):
            part.settle()

    def remove(self, index: int) -> None:
        """Take a line out."""
        del self.lines[index]
        path = self._path(index)
        leaf = path.pop()
        if not path:
            self._root = None
            return
        above = path.pop()
        other = above.right if above.left is leaf else above.left
        if path and other is not None:
            upper = path[-1]
            upper.left, upper.right = (other, upper.right) if upper.left is above else (upper.left, other)
        else:
            self._root = other
        self._settle(path)

    @telling_when_full
    def _settle(self, path: Sequence[_Part]) -> None:
        for part in reversed(path):
            part.settle()

    def _path(self, index: int) -> list[_Part]:
        path: list[_Part] = []
        part = self._root
        while part is not None:
            path.append(part)
            if part.left is None or part.right is None:
                return path
            left: _Part = part.left
            if index < left.size:
                part = part.left
            else:
                index -= left.size
                part = part.right
        raise IndexError(index)

    def _leaf(self, line: Line) -> tuple[Diagram, Diagram]:
        matched = self.space.diagram(line.condition)
        return (matched if line.permits else self.space.engine.empty), matched

    @telling_when_full
    def _built(self, lines: Sequence[Line]) -> _Part | None:
        level = [_Part(*self._leaf(line)) for line in lines]
        while len(level) > 1:
            above: list[_Part] = []
            for at in range(0, len(level) - 1, 2):
                part = _Part(self.space.engine.empty, None)
                part.left, part.right = level[at], level[at + 1]
                part.settle()
                above.append(part)
            level = above + ([level[-1]] if len(level) % 2 else [])
        return level[0] if level else None

    def remainders(self) -> Iterator[tuple[int, PacketSet]]:
        """Each line with what the lines before leave for it; empty where it never matches."""
        index = 0
        blocks: list[tuple[_Part, tuple[_Part, ...]]] = [(self._root, ())] if self._root else []
        engine = self.space.engine
        held = engine.nodes_held()
        while blocks:
            block, before = blocks.pop()
            if engine.nodes_held() - held > MOST_UNUSED:
                engine.drop_unused()
                held = engine.nodes_held()
            if block.size > BLOCK and block.left is not None and block.right is not None:
                blocks += [(block.right, (block.left, *before)), (block.left, before)]
                continue
            stack = [(block, self._left_over(block, before))]
            while stack:
                part, rest = stack.pop()
                if not rest.satisfiable():
                    yield from ((at, self.space.nothing) for at in range(index, index + part.size))
                    index += part.size
                elif part.left is None or part.right is None:
                    yield index, PacketSet(self.space, rest)
                    index += 1
                else:
                    left, right = self._shared_out(rest, part.left)
                    stack += [(part.right, right), (part.left, left)]

    @telling_when_full
    def _left_over(self, part: _Part, before: Sequence[_Part]) -> Diagram:
        """What a part decides once other parts have had their turn."""
        rest = part.decided
        for other in before:
            rest = other.decided.imp_strict(rest)
        return rest

    @telling_when_full
    def _shared_out(self, rest: Diagram, left: _Part) -> tuple[Diagram, Diagram]:
        """Some packets that a part decides: what falls to its left half, what to its right."""
        return rest & left.decided, left.decided.imp_strict(rest)

    @telling_when_full
    def deciders(self, index: int) -> tuple[int, ...]:
        """The lines that decide packets which a line names, itself included if it does."""
        if self._root is None:
            raise IndexError(index)
        found: list[int] = []
        stack = [(self._root, 0, self.space.diagram(self.lines[index].condition))]
        while stack:
            part, first, rest = stack.pop()
            if first > index or not rest.satisfiable():
                continue
            if part.left is None or part.right is None:
                found.append(first)
            else:
                left, right = self._shared_out(rest, part.left)
                stack += [(part.right, first + part.left.size, right), (part.left, first, left)]
        return tuple(found)
