"""Lists of `qianyun track`: standings, what the next state lacks, logs."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from qianyun.cli.listing import Format, Listing
from qianyun.track.deeds import (
    Advance,
    Approval,
    Check,
    Correction,
    Entry,
    Evidence,
    Incident,
    RunbookStep,
)
from qianyun.track.grounds import Asked, owed_label
from qianyun.track.recording import state_label, state_of, unmet
from qianyun.track.states import Tracked, TrackedKind
from qianyun.track.transitions import next_states
from qianyun.track.world import World
from qianyun.words import _, label

if TYPE_CHECKING:
    from reports.content import Cell

NOBODY = "\0"
"""Asks on behalf of nobody in particular: no approval can be that person's own."""


def standings_listing(world: World, kind: TrackedKind, state: str, form: Format) -> Listing:
    """Everything of one kind, by key."""
    titles = {
        "key": _("what"),
        "state": _("state"),
        "since": _("since"),
        "who": _("who"),
        "rollbacks": _("rolled back"),
        "owed": _("owed"),
        "why": _("why"),
    }
    rows: list[tuple[Cell, ...]] = []
    for tracked in sorted(each for each in world.facts if each.kind is kind):
        standing = world.standing(tracked)
        if state_of(kind, state) in ("", standing.state):
            word = standing.state if form is Format.JSON else state_label(kind, standing.state)
            why = standing.passed[-1].why if standing.passed else ""
            rows.append(
                (
                    tracked.key,
                    str(word),
                    standing.since,
                    standing.who or None,
                    standing.rollbacks or None,
                    len(standing.owed) or None,
                    why or None,
                )
            )
    return Listing(titles=titles, rows=rows)


def next_listing(world: World, tracked: Tracked) -> str:
    """Where one thing stands, and for each state that may follow what is lacking."""
    standing = world.standing(tracked)
    head = _("{kind} {key}: {state} since {day}, entry {turn}").format(
        kind=label("TrackedKind", tracked.kind),
        key=tracked.key,
        state=state_label(tracked.kind, standing.state),
        day=standing.since or "–",
        turn=standing.turn,
    )
    lines = [head]
    for target in next_states(tracked.kind, standing.state, standing.resumes):
        lines.extend(_lacking(world, tracked, target))
    for ran in standing.steps:
        step, state = label("Step", ran.step), label("StepState", ran.state)
        lines.append(
            _("step {step}: {state} on {day}, by {who}").format(step=step, state=state, day=ran.on, who=ran.who)
        )
    lines.extend(_("owed: {what}").format(what=owed_label(owed)) for owed in standing.owed)
    return "\n".join(lines)


def _lacking(world: World, tracked: Tracked, target: str) -> Iterator[str]:
    standing = world.standing(tracked)
    on = standing.since or world.calendar.first
    faults = unmet(Asked(tracked=tracked, target=target, on=on, who=NOBODY, why=NOBODY), world)
    name = state_label(tracked.kind, target)
    yield f"→ {name} ({target})" + ("" if faults else " ✔")
    yield from (f"    ✕ {fault.what}; {fault.mend}".rstrip("; ") for fault in faults)


def log_listing(log: Iterable[Entry], form: Format) -> Listing:
    """A log, the oldest entry first."""
    titles = {
        "turn": _("entry"),
        "on": _("on"),
        "at": _("written"),
        "who": _("who"),
        "deed": _("deed"),
        "what": _("what"),
        "why": _("why"),
        "source": _("source"),
    }
    rows = [
        (
            entry.turn,
            entry.on,
            f"{entry.at.astimezone():%Y-%m-%d %H:%M}",
            entry.who,
            entry.kind.value if form is Format.JSON else label("DeedKind", entry.kind),
            said(entry),
            entry.why or None,
            entry.source or None,
        )
        for entry in log
    ]
    return Listing(titles=titles, rows=rows)


def said(entry: Entry) -> str:
    """What an entry tells, in words."""
    kind, deed = entry.tracked.kind, entry.deed
    digest = getattr(deed, "digest", "")[:15]
    match deed:
        case Advance():
            owed = f" ({_('owes {n}').format(n=len(deed.owed))})" if deed.owed else ""
            words = f"{state_label(kind, deed.before)} → {state_label(kind, deed.after)}{owed}"
        case Evidence():
            words = f"{label('EvidenceKind', deed.kind)} {deed.name} {digest}"
        case Check():
            words = f"{label('CheckName', deed.name)} {_('green') if deed.is_green else _('red')} {digest}"
        case Approval():
            words = f"→ {state_label(kind, deed.target)}"
        case RunbookStep():
            words = f"{label('Step', deed.step)} {label('StepState', deed.state)} {digest}"
        case Incident():
            words = f"{deed.number} {label('Severity', deed.severity)} {deed.vendor}"
        case Correction(is_void=True):
            words = _("entry {turn} is void").format(turn=deed.turn)
        case Correction():
            words = _("entry {turn} was on {day}").format(turn=deed.turn, day=deed.on)
    return words.strip()
