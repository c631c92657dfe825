"""What a decision-diagram engine offers; two independent ones stand behind it.

Engines know no packets: they see axes of codes 0, 1, 2 … and sets of points. Diagrams are
canonical: two sets are equal if and only if their diagrams are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from qianyun.errors import QianyunError


class DiagramTooLarge(QianyunError):  # noqa: N818 - what happened, in the engine's words
    """The sets asked for need more nodes than the engine may hold."""


class Diagram(Protocol):
    """A set of points."""

    def __and__(self, rhs: Self, /) -> Self: ...
    def __or__(self, rhs: Self, /) -> Self: ...
    def __xor__(self, rhs: Self, /) -> Self: ...
    def __invert__(self, /) -> Self: ...
    def __hash__(self, /) -> int: ...

    def ite(self, t: Self, e: Self, /) -> Self:
        """`t` where self holds, else `e`."""

    def imp_strict(self, rhs: Self, /) -> Self:
        """`rhs` without self."""

    def satisfiable(self, /) -> bool:
        """Whether there is any point in it."""

    def node_count(self, /) -> int:
        """Its size in nodes."""


@dataclass(frozen=True, slots=True)
class Branches:
    """A diagram seen at its first axis.

    Attributes:
        arms: `(first code, last code, what remains below)`, in order, together the whole axis;
            neighbours differ.
    """

    axis: int
    arms: tuple[tuple[int, int, Diagram], ...]


class Engine(Protocol):
    """Makes diagrams over axes; axis `i` has the codes 0 to `sizes[i] - 1`.

    `sizes` may exceed the codes in use: a code that no cut has claimed behaves as the last
    claimed one below it.
    """

    name: str

    @property
    def empty(self) -> Diagram:
        """No point."""

    @property
    def full(self) -> Diagram:
        """Every point."""

    def interval(self, axis: int, first: int, last: int) -> Diagram:
        """The points whose code on this axis lies in `first` to `last`."""

    def spans(self, axis: int, spans: Sequence[tuple[int, int]]) -> Diagram:
        """The points whose code on this axis lies in one of these intervals, sorted and disjoint."""

    def forget(self, diagram: Diagram, axes: Sequence[int]) -> Diagram:
        """The points that lie in the set for some code of these axes."""

    def branches(self, diagram: Diagram) -> Branches | None:
        """The diagram at its first axis; `None` for the empty and the full set."""

    def nodes_held(self) -> int:
        """How many nodes there are, used or not."""

    def drop_unused(self) -> None:
        """Free the nodes that no diagram uses any more; what comes next is slower for a while."""

    def holds(self, diagram: Diagram, point: Sequence[int]) -> bool:
        """Whether a point, one code per axis, lies in the set."""
