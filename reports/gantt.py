"""Waves over time, a row a wave.

Planned bars are hollow, done ones filled, running ones filled up to today, bars that moved away
from the plan dashed; the baseline is a thin grey line under the bar and the slip is said in words
beside it. Rooms that close with a wave are diamonds. Blackouts stand hatched behind everything,
today is one thin line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qianyun.words import _
from reports.measure import ems
from reports.svg import SMALL, TEXT, Box, Label, element, linked, number, picture, tooltip
from reports.timeline import Span, Timeline, whole_quarters
from reports.tones import ROOM_CLOSED, ROOM_TO_CLOSE, SHAPES, Tone

ROW = 24
BAR = 11
BAR_TOP = 4
BASELINE = 3
BASELINE_TOP = 17
HEAD = 22
LANE = 16
DIAMOND = 10
GAP = 6
WEEK_DAYS = 7


class WaveState(StrEnum):
    """Where a wave stands."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveBar:
    """One row.

    Attributes:
        name: Of the wave, as it is said: 第03批.
        note: Beside the name, for example how many systems.
        systems: How many.
        planned: As the plan in force has it.
        forecast: As it will be, or was; `None` while nothing but the plan is known.
        baseline: As it was first approved; `None` before any approval.
        rooms: Names of the rooms that close with it.
        href: Where a click leads.
    """

    name: str
    note: str = ""
    systems: int = 0
    state: WaveState = WaveState.PLANNED
    planned: Span
    forecast: Span | None = None
    baseline: Span | None = None
    rooms: tuple[str, ...] = ()
    href: str = ""

    @property
    def shown(self) -> Span:
        """Where the bar stands."""
        return self.forecast or self.planned

    @property
    def has_moved(self) -> bool:
        """Whether it is forecast elsewhere than planned."""
        return self.forecast not in (None, self.planned)

    @property
    def slip_days(self) -> int:
        """Days by which its end lies behind the baseline, or the plan where there is none."""
        return (self.shown.last - (self.baseline or self.planned).last).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """Days on which nothing is cut over, by name."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class GanttView:
    """What the chart shows.

    Attributes:
        today: Where the red line stands; `None` for none.
        width: In pixels.
    """

    waves: tuple[WaveBar, ...]
    blackouts: tuple[Blackout, ...] = ()
    today: date | None = None
    width: int = 888


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Geometry of one wave."""

    wave: WaveBar
    bar: Box
    baseline: Box | None
    filled: Box | None
    diamond: Box | None
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GanttLayout:
    """Geometry of the whole chart; nothing leaves `frame`, no two labels touch."""

    frame: Box
    plot: Box
    timeline: Timeline
    rows: tuple[Row, ...]
    bands: tuple[tuple[Blackout, Box], ...]
    today_x: float | None
    labels: tuple[Label, ...]


def say_slip(days: int, state: WaveState) -> str:
    """Lateness in words; empty when a wave is not late."""
    if days <= 0:
        return ""
    weeks, rest = divmod(days, WEEK_DAYS)
    if weeks and rest == 0:
        text = _("{n}-week slip") if state is WaveState.DONE else _("{n}-week slip expected")
        return text.format(n=weeks)
    text = _("{n}-day slip") if state is WaveState.DONE else _("{n}-day slip expected")
    return text.format(n=days)


def layout(view: GanttView) -> GanttLayout:
    """Place everything.

    Raises:
        ValueError: There is no wave to show.
    """
    if not view.waves:
        raise ValueError("a Gantt chart needs at least one wave")
    names = max(ems(wave.name) for wave in view.waves) * TEXT
    left = names + GAP + max(ems(wave.note) for wave in view.waves) * SMALL + 2 * GAP
    days = whole_quarters(_days(view))
    plot = Box(x=left, y=HEAD, width=view.width - left, height=ROW * len(view.waves))
    timeline = Timeline(span=days, left=left, right=plot.right - _gutter(view, days, plot))
    rows = tuple(_row(wave, timeline, HEAD + ROW * place, names, view) for place, wave in enumerate(view.waves))
    bands = tuple(_bands(view.blackouts, timeline, plot))
    today_x = timeline.x(view.today) if view.today and days.first <= view.today <= days.last else None
    below = tuple(_lanes(bands, today_x, plot))
    bottom = max((label.box.bottom for label in below), default=plot.bottom) + GAP
    return GanttLayout(
        frame=Box(x=0, y=0, width=view.width, height=bottom),
        plot=plot,
        timeline=timeline,
        rows=rows,
        bands=bands,
        today_x=today_x,
        labels=(*timeline.ticks(HEAD - 7), *below),
    )


def gantt(view: GanttView) -> str:
    """The chart as SVG."""
    plan = layout(view)
    return picture(
        "gantt",
        _("Waves over time: {n} waves").format(n=len(view.waves)),
        plan.frame.width,
        plan.frame.height,
        _hatch(),
        *(_band(blackout, box) for blackout, box in plan.bands),
        *_grid(plan),
        *(_draw_row(row) for row in plan.rows),
        *_today(plan),
        *(label.draw() for label in plan.labels),
    )


def _days(view: GanttView) -> Iterator[date]:
    for wave in view.waves:
        for span in (wave.planned, wave.forecast, wave.baseline):
            if span:
                yield from (span.first, span.last)
    if view.today:
        yield view.today


def _gutter(view: GanttView, days: Span, plot: Box) -> float:
    """Room kept free at the right, so that a diamond and a slip fit beside every bar."""
    timeline = Timeline(span=days, left=plot.x, right=plot.right)
    wanted = [
        (GAP + _tail_width(wave), timeline.edges(wave.shown)[1], timeline.edges(wave.shown)[0])
        for wave in view.waves
        if _tail_width(wave)
    ]
    tight = [width for width, right, _left in wanted if right + width > plot.right]
    return min(max(tight, default=0.0), plot.width / 2)


def _tail_width(wave: WaveBar) -> float:
    slip = say_slip(wave.slip_days, wave.state)
    rooms = _rooms_text(wave)
    return (
        (DIAMOND + GAP if wave.rooms else 0)
        + (ems(rooms) * SMALL + GAP if rooms else 0)
        + (ems(f"{SHAPES[Tone.WARN]} {slip}") * SMALL + GAP if slip else 0)
    )


def _rooms_text(wave: WaveBar) -> str:
    return f"×{len(wave.rooms)}" if len(wave.rooms) > 1 else ""


def _row(wave: WaveBar, timeline: Timeline, top: float, names: float, view: GanttView) -> Row:
    left, right = timeline.edges(wave.shown)
    bar = Box(x=left, y=top + BAR_TOP, width=right - left, height=BAR)
    baseline = None
    if wave.baseline:
        first, last = timeline.edges(wave.baseline)
        baseline = Box(x=first, y=top + BASELINE_TOP, width=last - first, height=BASELINE)
    diamond, tail = _tail(wave, right, top)
    text_y = top + BAR_TOP + BAR - 1
    return Row(
        wave=wave,
        bar=bar,
        baseline=baseline,
        filled=_filled(wave, bar, timeline, view.today),
        diamond=diamond,
        labels=(
            Label(text=wave.name, x=0, y=text_y, class_="name"),
            *((Label(text=wave.note, x=names + GAP, y=text_y, class_="note", size=SMALL),) if wave.note else ()),
            *tail,
        ),
    )


def _filled(wave: WaveBar, bar: Box, timeline: Timeline, today: date | None) -> Box | None:
    if wave.state is WaveState.DONE:
        return bar
    if wave.state is WaveState.PLANNED or today is None or today < wave.shown.first:
        return None
    return Box(x=bar.x, y=bar.y, width=min(timeline.x(today), bar.right) - bar.x, height=bar.height)


def _tail(wave: WaveBar, right: float, top: float) -> tuple[Box | None, list[Label]]:
    """What follows a bar: the diamond of its rooms, how many, the slip."""
    x, y, labels, diamond = right + GAP, top + BAR_TOP + BAR - 1, [], None
    if wave.rooms:
        diamond = Box(x=x, y=top + BAR_TOP + (BAR - DIAMOND) / 2, width=DIAMOND, height=DIAMOND)
        x = diamond.right + GAP
    if rooms := _rooms_text(wave):
        labels.append(Label(text=rooms, x=x - GAP / 2, y=y, class_="note", size=SMALL))
        x = labels[-1].box.right + GAP
    if slip := say_slip(wave.slip_days, wave.state):
        labels.append(Label(text=f"{SHAPES[Tone.WARN]} {slip}", x=x, y=y, class_="slip", size=SMALL))
    return diamond, labels


def _bands(blackouts: Iterable[Blackout], timeline: Timeline, plot: Box) -> Iterator[tuple[Blackout, Box]]:
    for blackout in sorted(blackouts, key=lambda blackout: (blackout.span, blackout.name)):
        if span := timeline.clip(blackout.span):
            left, right = timeline.edges(span)
            yield blackout, Box(x=left, y=plot.y, width=right - left, height=plot.height)


def _lanes(bands: Iterable[tuple[Blackout, Box]], today_x: float | None, plot: Box) -> Iterator[Label]:
    """Names under the plot, each in the first lane where it touches no other; today comes first.

    A name that would touch the same name in a lane above says nothing new and is left out.
    """
    placed: list[Label] = []
    wanted = [(blackout.name, box.x + box.width / 2, "blackout-name") for blackout, box in bands]
    if today_x is not None:
        wanted.insert(0, (_("today"), today_x, "today-name"))
    for text, middle, class_ in wanted:
        label = _first_lane(text, middle, class_, plot, placed)
        if label:
            placed.append(label)
            yield label


def _first_lane(text: str, middle: float, class_: str, plot: Box, placed: Sequence[Label]) -> Label | None:
    half = ems(text) * SMALL / 2
    x = max(plot.x + half, min(middle, plot.right - half))
    for lane in range(len(placed) + 1):
        y = plot.bottom + LANE * (lane + 1) - 3
        label = Label(text=text, x=x, y=y, class_=class_, anchor="middle", size=SMALL)
        touched = [other for other in placed if _near(label.box, other.box)]
        if any(other.text == text for other in touched):
            return None
        if not touched:
            return label
    return None


def _near(one: Box, other: Box) -> bool:
    return Box(x=one.x - GAP / 2, y=one.y, width=one.width + GAP, height=one.height).overlaps(other)


def _hatch() -> str:
    line = element("path", class_="hatch", d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5")
    return element("defs", element("pattern", line, id="blackout", width=6, height=6, patternUnits="userSpaceOnUse"))


def _band(blackout: Blackout, box: Box) -> str:
    says = f"{blackout.name} {blackout.span.first} – {blackout.span.last}"
    return element("g", box.draw("blackout", tooltip(says)), fill="url(#blackout)")


def _grid(plan: GanttLayout) -> Iterator[str]:
    for day in plan.timeline.quarters():
        x = plan.timeline.x(day)
        yield element("line", class_="quarter", x1=x, x2=x, y1=plan.plot.y, y2=plan.plot.bottom)


def _draw_row(row: Row) -> str:
    wave = row.wave
    kind = "moved" if wave.state is WaveState.PLANNED and wave.has_moved else wave.state.value
    filled = row.filled.draw(f"fill {wave.state.value}", radius=1.5) if row.filled else ""
    drawn = (
        tooltip(_tooltip_of(wave)),
        row.baseline.draw("baseline") if row.baseline else "",
        row.bar.draw(f"bar {kind}", radius=1.5),
        filled,
        _diamond(row.diamond, wave.state) if row.diamond else "",
        *(label.draw() for label in row.labels),
    )
    return linked(wave.href, element("g", *drawn, class_="wave"))


def _tooltip_of(wave: WaveBar) -> str:
    lines = [f"{wave.name} {wave.note}".strip(), f"{wave.shown.first} – {wave.shown.last}"]
    if wave.has_moved:
        lines.append(_("planned {first} – {last}").format(first=wave.planned.first, last=wave.planned.last))
    shape = ROOM_CLOSED if wave.state is WaveState.DONE else ROOM_TO_CLOSE
    lines.extend(f"{shape} {room}" for room in wave.rooms)
    return "\n".join(lines)


def _diamond(box: Box, state: WaveState) -> str:
    half = box.width / 2
    path = f"M{number(box.x + half)} {number(box.y)}l{half} {half}l-{half} {half}l-{half} -{half}z"
    return element("path", class_=f"room {state.value}", d=path)


def _today(plan: GanttLayout) -> Iterator[str]:
    if plan.today_x is not None:
        x = plan.today_x
        yield element("line", class_="today", x1=x, x2=x, y1=plan.plot.y - 4, y2=plan.plot.bottom + 2)
