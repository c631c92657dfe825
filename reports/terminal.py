"""The report on one screen of text: aligned columns, the same shapes, colour only when asked for."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from qianyun.words import _
from reports.content import Figure, Finding, Mark, Report, grouped
from reports.gantt import GanttView, WaveBar, WaveState
from reports.measure import columns, pad, shorten
from reports.tones import ROOM_TO_CLOSE, SHAPES, Tone

WIDTH = 100
BAR = 40
FINDINGS = 5
INKS = {Tone.DONE: 32, Tone.RUN: 34, Tone.WARN: 33, Tone.BAD: 31, Tone.REST: 0}


def demo_summary(report: Report, paths: Iterable[str], *, colour: bool = False) -> str:
    """What was found, on one screen; the last lines say where the results lie.

    Args:
        report: The report that was written.
        paths: Where it was written to.
        colour: Whether to add ANSI colours; shapes say the same without.
    """
    blocks = (
        _head(report),
        _figures(report.figures, colour=colour),
        _quarters(report.gantt) if report.gantt and report.gantt.waves else (),
        _findings(report.findings, colour=colour),
        (f"→ {path}" for path in paths),
    )
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def paint(text: str, tone: Tone, *, colour: bool) -> str:
    """`text` in the colour of a state."""
    return f"\x1b[{INKS[tone]}m{text}\x1b[0m" if colour and INKS[tone] else text


def _head(report: Report) -> Iterator[str]:
    yield shorten(report.title, WIDTH)
    line = ""
    for name, value in report.head.facts():
        fact = f"{name} {value}"
        if line and columns(line) + 3 + columns(fact) > WIDTH:
            yield line
            line = ""
        line = f"{line}   {fact}" if line else fact
    yield line


def _figures(figures: Sequence[Figure], *, colour: bool) -> Iterator[str]:
    labels = max((columns(figure.label) for figure in figures), default=0)
    values = max((columns(figure.value) for figure in figures), default=0)
    goals = max((columns(figure.of) for figure in figures), default=0)
    for figure in figures:
        of = f"/ {pad(figure.of, goals)}" if figure.of else " " * (goals + 2)
        notes = "  ".join(
            paint(str(note), note.tone if isinstance(note, Mark) else Tone.REST, colour=colour) for note in figure.notes
        )
        yield f"  {pad(figure.label, labels)}  {pad(figure.value, values, right=True)} {of}  {notes}".rstrip()


def _quarters(view: GanttView) -> Iterator[str]:
    """How many systems move in each quarter, as bars; diamonds are rooms that close with them."""
    rows = [_quarter(name, list(waves)) for name, waves in groupby(view.waves, key=_quarter_of)]
    most = max(systems for _name, _waves, systems, _rooms in rows)
    cells = [
        (name, waves, _("{n} systems").format(n=grouped(systems)), "█" * max(1, round(BAR * systems / most)), rooms)
        for name, waves, systems, rooms in rows
    ]
    spans = max(columns(waves) for _name, waves, *_rest in cells)
    sizes = max(columns(size) for _name, _waves, size, *_rest in cells)
    for name, waves, size, bar, rooms in cells:
        closing = f" {ROOM_TO_CLOSE} {rooms}" if rooms else ""
        yield f"  {name}  {pad(waves, spans)}  {pad(size, sizes, right=True)}  {bar}{closing}"


def _quarter_of(wave: WaveBar) -> str:
    day = wave.planned.last
    return f"{day.year} Q{(day.month + 2) // 3}"


def _quarter(name: str, waves: Sequence[WaveBar]) -> tuple[str, str, int, int]:
    first, last = waves[0].name, waves[-1].name
    done = all(wave.state is WaveState.DONE for wave in waves)
    span = first if first == last else f"{first} – {last}"
    return (
        name,
        f"{SHAPES[Tone.DONE]} {span}" if done else span,
        sum(wave.systems for wave in waves),
        sum(len(wave.rooms) for wave in waves),
    )


def _findings(findings: Sequence[Finding], *, colour: bool) -> Iterator[str]:
    for finding in findings[:FINDINGS]:
        yield f"  {paint(SHAPES[finding.tone], finding.tone, colour=colour)} {shorten(finding.title, WIDTH - 4)}"
        proof = "  ".join(filter(None, (finding.packet, finding.place, finding.clause)))
        if proof:
            yield f"    {shorten(proof, WIDTH - 4)}"
    if len(findings) > FINDINGS:
        yield "  " + _("… and {n} more").format(n=len(findings) - FINDINGS)
