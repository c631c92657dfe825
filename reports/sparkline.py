"""A figure's way to where it stands: one line, no axis, and the goal dashed behind it."""

from dataclasses import dataclass

from reports.svg import element, number, picture

WIDTH = 180
HEIGHT = 34
MARGIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Values over equal steps of time.

    Attributes:
        values: Oldest first.
        goal: What they should reach, or must not pass.
        says: The trend in words.
    """

    values: tuple[float, ...]
    goal: float | None = None
    says: str


def sparkline(trend: Trend) -> str:
    """The trend as SVG, or nothing when there are fewer than two values."""
    if len(trend.values) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    known = (*trend.values, *(() if trend.goal is None else (trend.goal,)))
    low, high = min(known), max(known)

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    step = WIDTH / (len(trend.values) - 1)
    points = " ".join(f"{number(place * step)},{number(y(value))}" for place, value in enumerate(trend.values))
    goal = ""
    if trend.goal is not None:
        goal = element("line", class_="goal", x1=0, x2=WIDTH, y1=y(trend.goal), y2=y(trend.goal))
    line = element("polyline", class_="line", points=points)
    return picture("sparkline", trend.says, WIDTH, HEIGHT, goal, line, fit="none")
