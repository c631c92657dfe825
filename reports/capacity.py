"""How full each zone of the cloud gets: one curve a zone, named at the line.

The safety line is dashed and says its value; what bends a curve (new kit) is named where it
bends; the first day above the safety line is marked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from qianyun.words import _
from reports.measure import ems
from reports.placing import STEP, Board, Point
from reports.svg import SMALL, Box, Label, element, number, picture
from reports.timeline import Span, Timeline, whole_quarters
from reports.tones import SHAPES, Tone, zone_tone

HEAD = 20
PLOT = 176
AXIS = 18
GAP = 6
FULL = 100
LEVELS = (0, 25, 50, 75, FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How full one zone is.

    Attributes:
        zone: Its name in the declaration; gives the colour.
        label: What a person calls the line.
        points: Days in order with used share in per cent; a share holds until the next point.
    """

    zone: str
    label: str
    points: tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """New kit, named where it bends the curve."""

    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityView:
    """What the chart shows.

    Attributes:
        safety_percent: Share that plans may fill.
        span: Days of the axis; taken from the curves when absent.
        left: Where the axis starts, in pixels; `right` where it ends.
    """

    curves: tuple[Curve, ...]
    safety_percent: int = 90
    expansions: tuple[Expansion, ...] = ()
    today: date | None = None
    span: Span | None = None
    width: int = 888
    left: float = 44
    right: float = 888


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Days across, shares up."""

    plot: Box
    timeline: Timeline
    top_percent: float

    def y(self, percent: float) -> float:
        """Height of a share."""
        return self.plot.bottom - self.plot.height * percent / self.top_percent

    def shows(self, day: date) -> bool:
        """Whether a day lies on the axis."""
        return self.timeline.span.first <= day <= self.timeline.span.last

    def line(self, curve: Curve) -> tuple[Point, ...]:
        """A curve as steps: a share holds until the next cut-over or the next kit."""
        corners: list[Point] = []
        height: float | None = None
        for day, percent in curve.points:
            if day > self.timeline.span.last:
                break
            x = max(self.timeline.x(day), self.plot.x)
            if height is not None and x > self.plot.x:
                corners.append((x, height))
            height = self.y(percent)
            corners = [*corners, (x, height)] if x > self.plot.x else [(x, height)]
        return (*corners, (self.plot.right, height)) if height is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityLayout:
    """Geometry of the chart; no name leaves `frame`."""

    frame: Box
    axes: Axes
    lines: tuple[tuple[Curve, tuple[Point, ...]], ...]
    breaches: tuple[Point, ...]
    ticks: tuple[Label, ...]
    names: tuple[Label, ...]


def first_breach(curve: Curve, safety_percent: float) -> tuple[date, float] | None:
    """The first day on which a zone is fuller than plans may fill it, and how full."""
    return next((point for point in curve.points if point[1] > safety_percent), None)


def layout(view: CapacityView) -> CapacityLayout:
    """Place curves and names; names keep clear of lines and of one another where there is room.

    Raises:
        ValueError: There is no point to show.
    """
    shares = [percent for curve in view.curves for _day, percent in curve.points]
    if not shares:
        raise ValueError("a capacity chart needs at least one point")
    days = view.span or whole_quarters(day for curve in view.curves for day, _percent in curve.points)
    plot = Box(x=view.left, y=HEAD, width=view.right - view.left, height=PLOT)
    timeline = Timeline(span=days, left=plot.x, right=plot.right)
    axes = Axes(plot=plot, timeline=timeline, top_percent=max(FULL, *shares))
    frame = Box(x=0, y=0, width=view.width, height=plot.bottom + AXIS)
    lines = tuple((curve, line) for curve in view.curves if (line := axes.line(curve)))
    breaches = tuple(_breaches(view, axes))
    board = Board(frame=Box(x=plot.x, y=0, width=view.width - plot.x, height=plot.bottom))
    _put_names(board, view, axes, lines, breaches)
    return CapacityLayout(
        frame=frame,
        axes=axes,
        lines=lines,
        breaches=tuple(point for point, _text in breaches),
        ticks=(*_shares(axes), *timeline.ticks(plot.bottom + AXIS - 5)),
        names=tuple(board.names),
    )


def capacity(view: CapacityView) -> str:
    """The chart as SVG."""
    plan = layout(view)
    axes = plan.axes
    return picture(
        "capacity",
        _("Used share of each zone of the cloud over time"),
        plan.frame.width,
        plan.frame.height,
        *(_across(axes, "level", percent) for percent in LEVELS),
        *(_upright(axes, "event", expansion.day) for expansion in view.expansions if axes.shows(expansion.day)),
        *((_upright(axes, "today", view.today),) if view.today and axes.shows(view.today) else ()),
        _across(axes, "safety", view.safety_percent),
        *(
            element("polyline", class_=f"curve {zone_tone(curve.zone)}", points=_written(line))
            for curve, line in plan.lines
        ),
        *(element("circle", class_="breach", cx=x, cy=y, r=3.5) for x, y in plan.breaches),
        *(label.draw() for label in (*plan.ticks, *plan.names)),
    )


def _breaches(view: CapacityView, axes: Axes) -> Iterator[tuple[Point, str]]:
    for curve in view.curves:
        breach = first_breach(curve, view.safety_percent)
        if breach and axes.shows(breach[0]):
            day, percent = breach
            yield (axes.timeline.x(day), axes.y(percent)), f"{SHAPES[Tone.BAD]} {curve.label} {day:%Y-%m}"


def _shares(axes: Axes) -> Iterator[Label]:
    for percent in LEVELS:
        y = axes.y(percent) + 4
        yield Label(text=f"{percent}%", x=axes.plot.x - GAP, y=y, class_="tick", anchor="end", size=SMALL)


def _put_names(
    board: Board,
    view: CapacityView,
    axes: Axes,
    lines: Sequence[tuple[Curve, Sequence[Point]]],
    breaches: Sequence[tuple[Point, str]],
) -> None:
    """What matters most chooses first: events, the safety line, breaches, curves."""
    plot, safety = axes.plot, axes.y(view.safety_percent)
    for _curve, line in lines:
        board.draw_along(line)
    board.draw_along(((plot.x, safety), (plot.right, safety)))
    for expansion in view.expansions:
        if axes.shows(expansion.day):
            board.put(expansion.text, "event-name", _beside(expansion.text, axes.timeline.x(expansion.day), plot))
    text = _("safety line {n}%").format(n=view.safety_percent)
    right = plot.right - ems(text) * SMALL
    spots = ((right - shift, y) for shift in range(0, int(plot.width / 2), STEP) for y in (safety - 5, safety + 14))
    board.put(text, "safety-name", spots)
    for (x, y), words in breaches:
        board.put(words, "breach-name", _around(x, y, words, plot))
    for curve, line in lines:
        board.put(curve.label, f"curve-name {zone_tone(curve.zone)}", _along(curve.label, line, plot))


def _beside(text: str, x: float, plot: Box) -> Iterator[Point]:
    """Over the plot at an event's line, right of it or left; lower where others stand already."""
    width = ems(text) * SMALL
    for y in range(HEAD - 7, int(plot.bottom), SMALL + 3):
        yield x + 4, y
        yield x - 4 - width, y


def _around(x: float, y: float, text: str, plot: Box) -> Iterator[Point]:
    width = ems(text) * SMALL
    for drop in range(-GAP, int(plot.height), SMALL + 3):
        for left in (x + GAP, x - GAP - width, x - width / 2):
            yield min(max(left, plot.x), plot.right - width), y + (drop if drop < 0 else drop + SMALL)


def _along(text: str, line: Sequence[Point], plot: Box) -> Iterator[Point]:
    """Just above a curve, then just below it, from left to right."""
    width = ems(text) * SMALL
    last = max(int(plot.right - width), int(plot.x) + GAP + 1)
    for above in (True, False):
        for x in range(int(plot.x) + GAP, last, STEP):
            heights = [
                y for one, other in pairwise(line) if one[0] <= x + width and other[0] >= x for y in (one[1], other[1])
            ] or [line[0][1]]
            yield x, min(heights) - 5 if above else max(heights) + SMALL + 4


def _written(line: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in line)


def _across(axes: Axes, class_: str, percent: float) -> str:
    y = axes.y(percent)
    return element("line", class_=class_, x1=axes.plot.x, x2=axes.plot.right, y1=y, y2=y)


def _upright(axes: Axes, class_: str, day: date) -> str:
    x = axes.timeline.x(day)
    return element("line", class_=class_, x1=x, x2=x, y1=axes.plot.y, y2=axes.plot.bottom)
