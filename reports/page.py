"""The report as one HTML page that needs nothing else: no script, no network, no file beside it.

The same report gives the same bytes. Values are escaped by the template engine; charts are our
own markup, whose text is escaped where it is drawn.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import jinja2
from markupsafe import Markup

from qianyun.words import _
from reports.capacity import CapacityView, capacity
from reports.content import Cell, Mark, Place, Report, Table, say
from reports.gantt import GanttView, gantt
from reports.gantt import layout as gantt_layout
from reports.matrix import matrix
from reports.sparkline import sparkline
from reports.tones import SHAPES, Tone

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("tokens.css", "page.css", "charts.css")
View = TypeVar("View")
LISTED = 6
"""How many findings stand beside the charts; the table below has all."""
SHOWN_ROWS = {Place.SIDE: 6}
MOST_ROWS = 30
"""Tables longer than this scroll by themselves; sooner beside the charts."""


def page(report: Report) -> str:
    """The page as HTML text."""
    styles = "\n".join((TEMPLATES / name).read_text(encoding="utf-8").strip() for name in STYLES)
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            report=report,
            styles=Markup(styles),  # noqa: S704 - our own style sheets
            running_head=Markup(_css_string(report.head.line())),  # noqa: S704 - escaped as a CSS string
            under=_under(report.gantt, report.capacity),
            words=_words(),
            listed=LISTED,
        )
    )


def _under(waves: GanttView | None, view: CapacityView | None) -> CapacityView | None:
    """The capacity chart on the axis of the waves above it, so that the eye can go straight down."""
    if waves is None or view is None or not waves.waves:
        return view
    axis = gantt_layout(waves).timeline
    return replace(view, span=axis.span, left=axis.left, right=axis.right, width=waves.width)


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "gantt": _drawn(gantt),
        "matrix": _drawn(matrix),
        "capacity": _drawn(capacity),
        "sparkline": _drawn(sparkline),
        "say": say,
        "tone": _tone,
    }
    environment.globals |= {"shapes": {tone.value: shape for tone, shape in SHAPES.items()}}
    environment.tests["long"] = _is_long
    return environment


def _drawn(draw: Callable[[View], str]) -> Callable[[View], Markup]:
    return lambda view: Markup(draw(view))  # noqa: S704 - charts escape their text themselves


def _tone(cell: Cell) -> str:
    """Class of a cell's state."""
    if isinstance(cell, Mark):
        return cell.tone.value
    return "" if cell not in (None, "") else Tone.REST.value


def _is_long(table: Table) -> bool:
    return len(table.rows) > SHOWN_ROWS.get(table.place, MOST_ROWS)


def _css_string(text: str) -> str:
    r"""A CSS string literal; what could end it, or the style element, is written as `\hex `."""
    return '"' + "".join(c if c.isalnum() or c in " .:%/·…–" else f"\\{ord(c):x} " for c in text) + '"'


def _words() -> dict[str, str]:
    """Words of the page itself."""
    return {
        "brand": _("Qianyun"),
        "waves": _("Waves"),
        "waves_note": _(
            "planned hollow, forecast dashed, done filled, baseline grey; ◆ rooms that close; hatched: blackouts"
        ),
        "capacity": _("Capacity"),
        "capacity_note": _("used share of vCPU by zone; where the safety line is first passed is marked"),
        "findings": _("Violations and risks"),
        "matrix": _("Zone matrix"),
        "matrix_note": _("source down, destination across; declared × permitted by the rules"),
        "no_findings": _("no violation found"),
        "not_planned": _("no plan yet: run qianyun plan make"),
        "not_verified": _("not verified yet: run qianyun zone verify"),
        "all": _("all {n}"),
        "rows": _("{n} rows"),
        "unfold": _("show the list"),
        "rule": _("rule"),
    }
