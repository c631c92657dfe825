"""Where a name can stand in a chart so that it touches least."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reports.svg import SMALL, Box, Label

Point = tuple[float, float]
NAME_WEIGHT = 100
EDGE_WEIGHT = 1000
STEP = 8
"""Pixels between two places tried."""


def hull(one: Point, other: Point) -> Box:
    """The rectangle around a straight piece of a curve, a pixel wider on each side."""
    (x1, y1), (x2, y2) = one, other
    return Box(x=min(x1, x2) - 1, y=min(y1, y2) - 1, width=abs(x2 - x1) + 2, height=abs(y2 - y1) + 2)


@dataclass(slots=True)
class Board:
    """A chart while names are put on it: what is taken, and the names put so far.

    A place that leaves the frame is worst, one on another name is bad, one on a line is poor;
    of equals the first offered wins.

    Attributes:
        frame: What no name may leave.
        lines: Pieces of curves, as `hull` gives them.
    """

    frame: Box
    lines: list[Box] = field(default_factory=list)
    names: list[Label] = field(default_factory=list)

    def draw_along(self, points: Sequence[Point]) -> None:
        """Note a curve that names should keep clear of."""
        self.lines.extend(hull(one, other) for one, other in pairwise(points))

    def put(self, text: str, class_: str, places: Iterable[Point]) -> None:
        """Put a name at the best of these places (start of its base line); at least one is needed."""
        offered = (Label(text=text, x=x, y=y, class_=class_, size=SMALL) for x, y in places)
        self.names.append(min(offered, key=self._touches))

    def _touches(self, label: Label) -> int:
        box = label.box
        names = sum(box.overlaps(other.box) for other in self.names)
        lines = sum(box.overlaps(line) for line in self.lines)
        return EDGE_WEIGHT * (not self.frame.holds(box)) + NAME_WEIGHT * names + lines
