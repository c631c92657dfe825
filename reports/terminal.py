"""The report on one screen of text: aligned columns, the same shapes, colour only when asked for."""

from collections.abc import Iterable, Iterator, Sequence

from qianyun.words import _
from reports.content import Figure, Finding, Mark, Report
from reports.gantt import GanttView, WaveBar, WaveState, say_slip
from reports.measure import columns, pad, shorten
from reports.timeline import ONE_DAY, Span, Timeline, whole_quarters
from reports.tones import ROOM_CLOSED, ROOM_TO_CLOSE, SHAPES, Tone

WIDTH = 100
CHART = 48
FINDINGS = 5
WAVES = 24
INKS = {Tone.DONE: 32, Tone.RUN: 34, Tone.WARN: 33, Tone.BAD: 31, Tone.REST: 0}
STROKES = {WaveState.DONE: "█", WaveState.RUNNING: "▓", WaveState.PLANNED: "─"}
BLACKOUT = "·"


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
        _waves(report.gantt, colour=colour) if report.gantt and report.gantt.waves else (),
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


def _waves(view: GanttView, *, colour: bool) -> Iterator[str]:
    names = max(columns(wave.name) for wave in view.waves)
    notes = max(columns(wave.note) for wave in view.waves)
    span = whole_quarters(day for wave in view.waves for day in (wave.shown.first, wave.shown.last))
    line = Timeline(span=span, left=0, right=CHART)
    before = " " * (2 + names + 2 + notes + 2)
    yield before + _axis(line)
    for wave in view.waves[:WAVES]:
        text = f"  {pad(wave.name, names)}  {pad(wave.note, notes)}  {_stroke(wave, view, line)}"
        yield (text + _tail(wave, colour=colour)).rstrip()
    more = len(view.waves) - WAVES
    if more > 0:
        yield "  " + _("… and {n} more").format(n=more)


def _axis(line: Timeline) -> str:
    text = ""
    for day in line.quarters():
        place = round(line.x(day))
        if len(text) < place or not text:
            text = text.ljust(place) + f"{day.year % 100:02}Q{(day.month + 2) // 3}"
    return text


def _cells(line: Timeline) -> Iterator[Span]:
    """The days that each character stands for."""
    for place in range(CHART):
        first = line.span.first + ONE_DAY * (line.span.days * place // CHART)
        last = line.span.first + ONE_DAY * (line.span.days * (place + 1) // CHART - 1)
        yield Span(first=first, last=max(first, last))


def _meet(one: Span, other: Span) -> bool:
    return one.first <= other.last and other.first <= one.last


def _stroke(wave: WaveBar, view: GanttView, line: Timeline) -> str:
    def character(days: Span) -> str:
        if _meet(days, wave.shown):
            return STROKES[wave.state]
        if view.today and days.first <= view.today <= days.last:
            return "│"
        return BLACKOUT if any(_meet(days, blackout.span) for blackout in view.blackouts) else " "

    return "".join(map(character, _cells(line)))


def _tail(wave: WaveBar, *, colour: bool) -> str:
    rooms = f" {ROOM_CLOSED if wave.state is WaveState.DONE else ROOM_TO_CLOSE}{len(wave.rooms)}" if wave.rooms else ""
    slip = say_slip(wave.slip_days, wave.state)
    return rooms + (" " + paint(f"{SHAPES[Tone.WARN]} {slip}", Tone.WARN, colour=colour) if slip else "")


def _findings(findings: Sequence[Finding], *, colour: bool) -> Iterator[str]:
    for finding in findings[:FINDINGS]:
        yield f"  {paint(SHAPES[finding.tone], finding.tone, colour=colour)} {shorten(finding.title, WIDTH - 4)}"
        proof = "  ".join(filter(None, (finding.packet, finding.place, finding.clause)))
        if proof:
            yield f"    {shorten(proof, WIDTH - 4)}"
    if len(findings) > FINDINGS:
        yield "  " + _("… and {n} more").format(n=len(findings) - FINDINGS)
