"""Zone × zone: what the policy declares against what the rules really permit.

Source down, destination across. A cell holds a sign and a count; only trouble is filled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qianyun.words import _
from reports.measure import balance, ems
from reports.svg import SMALL, TEXT, Box, Label, element, linked, picture, tooltip
from reports.tones import SHAPES, Tone, zone_tone

ROW = 36
CHIP = 8
GAP = 6
LINE = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixZone:
    """A row and a column; `zone` is its name in the declaration, `label` what a person calls it."""

    zone: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """What stands between two zones.

    Attributes:
        declared: How many flows the policy allows.
        kept: How many of them the rules permit exactly; `None` while nobody verified.
        violations: Findings of things permitted that the policy forbids, or the other way.
        warnings: Findings that a waiver covers, or that are no more than notes.
        href: Where a click leads.
    """

    origin: str
    target: str
    declared: int = 0
    kept: int | None = None
    violations: int = 0
    warnings: int = 0
    href: str = ""

    @property
    def tone(self) -> Tone | None:
        """The worst it holds; `None` when nothing is declared and nothing was found."""
        if self.violations:
            return Tone.BAD
        if self.warnings or (self.kept is not None and self.kept < self.declared):
            return Tone.WARN
        if not self.declared:
            return None
        return Tone.REST if self.kept is None else Tone.DONE

    @property
    def text(self) -> str:
        """Sign and count."""
        if self.tone is None:
            return "–"
        missing = self.declared - (self.kept or 0)
        count = {
            Tone.BAD: self.violations,
            Tone.WARN: self.warnings or missing,
            Tone.DONE: self.declared,
            Tone.REST: self.declared,
        }[self.tone]
        return f"{SHAPES[self.tone]} {count}"

    @property
    def says(self) -> str:
        """The whole cell in words."""
        verified = _("not verified") if self.kept is None else _("{n} kept").format(n=self.kept)
        return _("{origin} → {target}: {declared} flows declared, {verified}, {violations} violations").format(
            origin=self.origin,
            target=self.target,
            declared=self.declared,
            verified=verified,
            violations=self.violations,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """The matrix; pairs without a cell are empty."""

    zones: tuple[MatrixZone, ...]
    cells: tuple[MatrixCell, ...]
    width: int = 420

    def by_pair(self) -> Mapping[tuple[str, str], MatrixCell]:
        """Cells by source and destination."""
        return {(cell.origin, cell.target): cell for cell in self.cells}


class _Edge(StrEnum):
    HEAD = "head"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLayout:
    """Geometry: labels of head and rows, and each cell's box."""

    frame: Box
    head: float
    labels: tuple[Label, ...]
    chips: tuple[tuple[str, Box], ...]
    cells: tuple[tuple[MatrixCell, Box, Label], ...]


def layout(view: MatrixView) -> MatrixLayout:
    """Place rows, columns and cells; names break into lines where a column is narrow."""
    first = max(ems(zone.label) for zone in view.zones) * TEXT + CHIP + 2 * GAP
    first = min(first, view.width * 0.23)
    column = (view.width - first) / len(view.zones)
    heads = [balance(zone.label, (column - GAP) / SMALL) for zone in view.zones]
    head = CHIP + GAP + LINE * max(map(len, heads)) + GAP
    sides = [balance(zone.label, (first - CHIP - 2 * GAP) / TEXT) for zone in view.zones]
    row = max(ROW, LINE * max(map(len, sides)) + GAP)
    labels: list[Label] = []
    chips: list[tuple[str, Box]] = []
    for place, (zone, top, side) in enumerate(zip(view.zones, heads, sides, strict=True)):
        middle, y = first + column * (place + 0.5), head + row * place
        chips.append((zone.zone, Box(x=middle - CHIP / 2, y=0, width=CHIP, height=CHIP)))
        chips.append((zone.zone, Box(x=0, y=y + (row - CHIP) / 2, width=CHIP, height=CHIP)))
        labels.extend(_lines(top, middle, CHIP + GAP + LINE - 3, _Edge.HEAD))
        labels.extend(_lines(side, CHIP + GAP, y + row / 2 + 4 - LINE * (len(side) - 1) / 2, _Edge.ROW))
    known = view.by_pair()
    cells = []
    for down, origin in enumerate(view.zones):
        for across, target in enumerate(view.zones):
            pair = (origin.zone, target.zone)
            cell = known.get(pair, MatrixCell(origin=origin.zone, target=target.zone))
            box = Box(x=first + column * across, y=head + row * down, width=column, height=row)
            class_ = f"count {cell.tone or 'none'}"
            text = Label(text=cell.text, x=box.x + column / 2, y=box.y + row / 2 + 4, class_=class_, anchor="middle")
            cells.append((cell, box, text))
    frame = Box(x=0, y=0, width=view.width, height=head + row * len(view.zones))
    return MatrixLayout(frame=frame, head=head, labels=tuple(labels), chips=tuple(chips), cells=tuple(cells))


def matrix(view: MatrixView) -> str:
    """The matrix as SVG."""
    plan = layout(view)
    says = _("Zones: what is declared against what is permitted, source down, destination across")
    return picture(
        "matrix",
        says,
        plan.frame.width,
        plan.frame.height,
        *(_cell(*placed) for placed in plan.cells),
        *_rules(plan),
        *(box.draw(f"chip {zone_tone(zone)}", radius=2) for zone, box in plan.chips),
        *(label.draw() for label in plan.labels),
    )


def _lines(lines: tuple[str, ...], x: float, y: float, edge: _Edge) -> Iterator[Label]:
    for place, line in enumerate(lines):
        if edge is _Edge.HEAD:
            yield Label(text=line, x=x, y=y + LINE * place, class_="zone", anchor="middle", size=SMALL)
        else:
            yield Label(text=line, x=x, y=y + LINE * place, class_="zone", size=TEXT)


def _cell(cell: MatrixCell, box: Box, text: Label) -> str:
    fill = box.draw(f"cell {cell.tone}") if cell.tone in (Tone.BAD, Tone.WARN) else ""
    drawn = element("g", tooltip(cell.says), fill, text.draw())
    return linked(cell.href, drawn) if cell.tone else drawn


def _rules(plan: MatrixLayout) -> Iterator[str]:
    tops = sorted({box.y for _cell, box, _text in plan.cells})
    for y in (*tops, plan.frame.bottom):
        yield element("line", class_="rule", x1=0, x2=plan.frame.width, y1=y, y2=y)
