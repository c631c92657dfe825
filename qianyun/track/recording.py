"""Recording: what may be told of a thing, and the entry that tells it.

A refused transition names every gate that is unmet, at once, each with what to do. What a ledger
tells of the past is taken at its word, but never quietly: the papers and checks it cannot show
are owed from then on, and a source is retired only when nothing is owed.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from qianyun.errors import Fault, ProgressError
from qianyun.track.deeds import Advance, Approval, Check, Correction, Deed, Entry, Evidence, RunbookStep
from qianyun.track.grounds import Asked, judged
from qianyun.track.standing import Standing
from qianyun.track.states import PATH, STATES, SystemState, Tracked, TrackedKind
from qianyun.track.transitions import Gate, gate_of, next_states
from qianyun.track.world import World
from qianyun.words import _, label

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
Log = tuple[Entry, ...]


def state_label(kind: TrackedKind, state: str) -> str:
    """Name of a state in the language in force."""
    match kind:
        case TrackedKind.SYSTEM:
            return label("SystemState", state)
        case TrackedKind.ROOM:
            return label("RoomState", state)
        case TrackedKind.LINE:
            return label("LineState", state)
        case TrackedKind.SERVER:
            return label("KitState", state)


def state_of(kind: TrackedKind, word: str) -> str:
    """The state that a word means: its own name, or what it is called in the language in force."""
    return next((state for state in STATES[kind] if word in (state, state_label(kind, state))), word)


def unmet(asked: Asked, world: World) -> tuple[Fault, ...]:
    """Everything that stands against entering a state, sorted; empty when it may be entered."""
    standing = world.standing(asked.tracked)
    faults = [*_impossible(asked, standing, world)]
    gate = gate_of(asked.tracked.kind, standing.state, asked.target, standing.resumes)
    if gate is None:
        faults.append(_no_way(asked, standing))
    else:
        faults.extend(_unmet(gate, asked, standing, world))
    return tuple(faults)


def advance(asked: Asked, world: World, at: datetime, source: str = "") -> Entry:
    """The entry by which a thing enters a state.

    Raises:
        ProgressError: A gate is unmet; names all that are.
    """
    faults = unmet(asked, world)
    if faults:
        raise ProgressError(faults)
    standing = world.standing(asked.tracked)
    return _entry(standing, Advance(before=standing.state, after=asked.target), asked, at, source)


def told(asked: Asked, world: World, at: datetime, source: str) -> Entry | None:
    """The entry for a state that a ledger tells, with what it owes; `None` where it stands there already.

    Raises:
        ProgressError: The ledger tells of a way that does not exist, or of days that cannot be.
    """
    standing = world.standing(asked.tracked)
    if standing.state == asked.target:
        return None
    faults = list(_impossible(asked, standing, world))
    on_path = {standing.state, asked.target} <= set(PATH)
    if on_path and PATH.index(SystemState(asked.target)) < PATH.index(SystemState(standing.state)):
        what = _("the ledger puts it back to {target}, but it stands at {state}").format(
            target=state_label(asked.tracked.kind, asked.target), state=state_label(asked.tracked.kind, standing.state)
        )
        faults.append(_fault(asked.tracked, what, _("correct the ledger, or correct what was told with track correct")))
    if faults:
        raise ProgressError(faults)
    owed = tuple(_papers(asked.tracked.kind, standing, asked.target))
    return _entry(standing, Advance(before=standing.state, after=asked.target, owed=owed), asked, at, source)


def note(asked: Asked, deed: Deed, world: World, log: Log, at: datetime) -> Entry:
    """The entry for evidence, a check, an approval, a step, an incident or a correction.

    Args:
        asked: Of what, on which day, who and why; its target is of no account.
        deed: What is told.
        world: As it stands.
        log: Of this thing, for corrections.
        at: When it is written down.

    Raises:
        ProgressError: It cannot be; says all that is wrong.
    """
    standing = world.standing(asked.tracked)
    faults = [*_impossible(replace(asked, on=max(asked.on, standing.since or asked.on)), standing, world)]
    faults.extend(_fault(asked.tracked, what, mend) for what, mend in _wrong(deed, asked, standing, log))
    if faults:
        raise ProgressError(faults)
    return _entry(standing, deed, asked, at, "")


def _impossible(asked: Asked, standing: Standing, world: World) -> Iterator[Fault]:
    if asked.tracked not in world.facts:
        yield _fault(asked.tracked, _("is not declared"), _("qianyun estate import takes it in"))
    if not asked.who.strip():
        yield _fault(asked.tracked, _("nobody answers for it"), _("name somebody with --who"))
    if standing.since and asked.on < standing.since:
        what = _("is told for {day}, before {since}, when it entered {state}").format(
            day=asked.on, since=standing.since, state=state_label(asked.tracked.kind, standing.state)
        )
        yield _fault(asked.tracked, what, _("correct the earlier day first, or this one"))


def _no_way(asked: Asked, standing: Standing) -> Fault:
    kind = asked.tracked.kind
    if asked.target == standing.state:
        what = _("stands at {state} already, since {day}, by {who}")
        what = what.format(state=state_label(kind, standing.state), day=standing.since or "", who=standing.who)
        return _fault(asked.tracked, what)
    if asked.target not in STATES[kind]:
        what, states = _("{target!r} is no state of it").format(target=asked.target), STATES[kind]
        named = ", ".join(f"{state_label(kind, state)} ({state})" for state in states)
        return _fault(asked.tracked, what, _("use one of {states}").format(states=named))
    what = _("does not go from {state} to {target}").format(
        state=state_label(kind, standing.state), target=state_label(kind, asked.target)
    )
    after = ", ".join(next_states(kind, standing.state, standing.resumes))
    return _fault(asked.tracked, what, _("what may follow: {states}").format(states=after or _("nothing")))


def _unmet(gate: Gate, asked: Asked, standing: Standing, world: World) -> Iterator[Fault]:
    for kind in gate.evidence:
        if not standing.holds(kind):
            what = _("lacks the evidence {kind}").format(kind=label("EvidenceKind", kind))
            yield _fault(asked.tracked, what, _("bring it: qianyun track evidence … {kind} FILE").format(kind=kind))
    for name in gate.checks:
        result = standing.result(name)
        if result is None:
            what = _("the check {name} was not run").format(name=label("CheckName", name))
            yield _fault(
                asked.tracked, what, _("run it, and tell it: qianyun track check … {name} green").format(name=name)
            )
        elif not result.is_green:
            what = _("the check {name} is red since {day}").format(name=label("CheckName", name), day=result.on)
            yield _fault(asked.tracked, what, _("mend what it found, and run it again"))
    if gate.is_approved and not any(each.target == asked.target for each in standing.approvals):
        mend = _("have a second person approve it: qianyun track approve … {state}").format(state=asked.target)
        yield _fault(asked.tracked, _("nobody has approved it"), mend)
    for ground in gate.grounds:
        yield from (_fault(asked.tracked, what, mend) for what, mend in judged(ground, asked, world))


def _papers(kind: TrackedKind, standing: Standing, target: str) -> Iterator[str]:
    """Papers and checks of all gates between two states that are not held; each once."""
    way = [standing.state, target]
    if {standing.state, target} <= set(PATH):
        way = list(PATH[PATH.index(SystemState(standing.state)) : PATH.index(SystemState(target)) + 1])
    seen: dict[str, None] = {}
    for origin, after in pairwise(way):
        gate = gate_of(kind, origin, after, after) or Gate()
        seen.update((each, None) for each in gate.evidence if not standing.holds(each))
        seen.update((n, None) for n in gate.checks if not ((held := standing.result(n)) and held.is_green))
    yield from seen


def _wrong(deed: Deed, asked: Asked, standing: Standing, log: Log) -> Iterator[tuple[str, str]]:
    match deed:
        case Evidence(digest=digest) if not DIGEST.fullmatch(digest):
            yield _("{digest!r} is no digest").format(digest=digest), _("give sha256: and 64 hexadecimal digits")
        case Check(digest=digest) | RunbookStep(digest=digest) if digest and not DIGEST.fullmatch(digest):
            yield _("{digest!r} is no digest").format(digest=digest), _("give sha256: and 64 hexadecimal digits")
        case Approval(target=target):
            if gate_of(asked.tracked.kind, standing.state, target, standing.resumes) is None:
                known = ", ".join(next_states(asked.tracked.kind, standing.state, standing.resumes))
                what = _("{target} does not follow {state}, so nobody can approve it").format(
                    target=state_label(asked.tracked.kind, target),
                    state=state_label(asked.tracked.kind, standing.state),
                )
                yield what, _("what may follow: {states}").format(states=known)
        case Correction():
            yield from _wrong_correction(deed, asked, log)
        case _:
            pass


def _wrong_correction(deed: Correction, asked: Asked, log: Log) -> Iterator[tuple[str, str]]:
    voided = {e.deed.turn for e in log if isinstance(e.deed, Correction) and e.deed.is_void}
    days = {e.deed.turn: e.deed.on for e in log if isinstance(e.deed, Correction) and e.deed.on}
    entry = next((each for each in log if each.turn == deed.turn), None)
    if entry is None:
        yield _("its log has no entry {turn}").format(turn=deed.turn), _("qianyun track show lists them")
    elif isinstance(entry.deed, Correction):
        yield (
            _("entry {turn} is itself a correction").format(turn=deed.turn),
            _("correct entry {turn} again").format(turn=entry.deed.turn),
        )
    elif deed.turn in voided:
        yield _("entry {turn} is void already").format(turn=deed.turn), _("tell it anew")
    elif isinstance(entry.deed, Advance):
        steps = [e for e in log if isinstance(e.deed, Advance) and e.turn not in voided]
        place = steps.index(entry)
        if deed.is_void and entry is not steps[-1]:
            yield (
                _("later steps rest on entry {turn}").format(turn=deed.turn),
                _("void those first, the last one first"),
            )
        before = days.get(steps[place - 1].turn) or steps[place - 1].on if place else date.min
        behind = steps[place + 1] if place + 1 < len(steps) else None
        later = (days.get(behind.turn) or behind.on) if behind else date.max
        if deed.on and not before <= deed.on <= later:
            what = _("{day} does not lie between the steps before and after it").format(day=deed.on)
            yield what, _("correct those first")
    if not asked.why.strip():
        yield _("no reason is given"), _("say why with --why")


def _entry(standing: Standing, deed: Deed, asked: Asked, at: datetime, source: str) -> Entry:
    if asked.on > at.date() + timedelta(days=1):
        what = _("is told for {day}, which is still to come").format(day=asked.on)
        raise ProgressError(_fault(asked.tracked, what, _("tell it when it is done")))
    return Entry(
        tracked=standing.tracked,
        turn=standing.turn + 1,
        deed=deed,
        on=asked.on,
        at=at,
        who=asked.who,
        why=asked.why,
        source=source,
    )


def _fault(tracked: Tracked, what: str, mend: str = "") -> Fault:
    return Fault(place=f"{label('TrackedKind', tracked.kind)} {tracked.key}", what=what, mend=mend)
