"""Grounds: gates that ask facts rather than papers. Each says what stands against it, by name."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from qianyun.estate.facts import Line, Room, Server, System, SystemKey
from qianyun.estate.kinds import Disposition, RoomOutcome, Secrecy
from qianyun.track.deeds import CheckName, Step, StepState
from qianyun.track.standing import Standing
from qianyun.track.states import MOVED, SystemState, Tracked
from qianyun.track.transitions import Ground
from qianyun.track.world import World
from qianyun.words import _, label

AHEAD = 120
"""Days within which the next window is looked for."""
STAYING = frozenset({Disposition.RETIRE, Disposition.DEFER})
GONE = MOVED | {SystemState.CUTOVER}
"""States in which others may rely on a system being in the cloud."""
Said = tuple[str, str]
"""What is wrong, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish to enter a state.

    Attributes:
        on: The day on which it is to be entered.
        who: Who enters it and answers for it.
    """

    tracked: Tracked
    target: str
    on: date
    who: str
    why: str = ""


def judged(ground: Ground, asked: Asked, world: World) -> Iterator[Said]:
    """What stands against one ground."""
    yield from _JUDGES[ground](asked, world.standing(asked.tracked), world)


def _system(asked: Asked, world: World) -> System | None:
    fact = world.facts.get(asked.tracked)
    return fact if isinstance(fact, System) else None


def _room(asked: Asked, world: World) -> Room | None:
    fact = world.facts.get(asked.tracked)
    return fact if isinstance(fact, Room) else None


def _cloud_allowed(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    system = _system(asked, world)
    if system is None or system.disposition is Disposition.INTRANET:
        return
    if system.secrecy is Secrecy.CLASSIFIED:
        yield _("is classified and never goes to this cloud"), _("move it to the government intranet")
    level = system.mlps_level or 0
    if level > world.platform_level:
        what = _("has protection level {level}, the platform only {platform}")
        yield what.format(level=int(level), platform=world.platform_level), _("grade the platform first")


def _retires(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    system = _system(asked, world)
    if system and system.disposition is not Disposition.RETIRE:
        what = _("is to {disposition}, not to be retired").format(disposition=label("Disposition", system.disposition))
        yield what, _("change its disposition first")


def _moves(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    system = _system(asked, world)
    if system and system.disposition in STAYING:
        what = _("does not move: {disposition}").format(disposition=label("Disposition", system.disposition))
        yield what, _("change its disposition first")


def _window(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    system = _system(asked, world)
    if system is None or world.calendar.is_cutover_day(asked.on, system.department):
        return
    closed = [each.name for each in world.calendar.blackouts_on(asked.on, system.department)]
    if closed:
        what = _("{day} lies in the blackout {name}").format(day=asked.on, name="、".join(closed))
    else:
        what = _("no window of {department} opens on {day}").format(department=system.department, day=asked.on)
    days = (asked.on + timedelta(n) for n in range(1, AHEAD))
    later = next((day for day in days if world.calendar.is_cutover_day(day, system.department)), None)
    yield what, _("the next window opens on {day}").format(day=later) if later else ""


def _needed(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    system = _system(asked, world)
    for each in world.estate.dependencies:
        if system is None or not each.is_hard or each.source != system.key:
            continue
        needed = world.system_of.get(each.target)
        if needed and needed.disposition not in STAYING and world.state_of(needed) not in GONE:
            state = label("SystemState", world.state_of(needed))
            what = _("needs {system}, which stands at {state}").format(system=each.target, state=state)
            yield what, _("cut that over first, or declare the dependency as not hard")


def _planned(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    system = _system(asked, world)
    if world.planned is None:
        yield _("no plan is approved"), _("qianyun plan freeze approves one")
    elif system and system.key not in world.planned:
        yield _("is not in the approved plan"), _("plan it and have the plan approved")


def _runbook(_asked: Asked, standing: Standing, _world: World) -> Iterator[Said]:
    for step in (Step.PRECHECK, Step.SYNC, Step.CUTOVER, Step.VERIFY):
        ran = standing.step(step)
        if ran is None:
            yield _("nobody has run the step {step}").format(step=label("Step", step)), _("qianyun track step tells it")
        elif ran.state not in (StepState.DONE, StepState.SKIPPED):
            what = _("the step {step} is {state}").format(step=label("Step", step), state=label("StepState", ran.state))
            yield what, _("finish it, or roll back")


def _observed(asked: Asked, standing: Standing, world: World) -> Iterator[Said]:
    began = standing.entered(SystemState.OBSERVATION)
    over = began.on + timedelta(days=world.calendar.observation_days) if began else None
    if over and asked.on < over:
        what = _("its observation began on {first} and lasts {n} days").format(
            first=began.on if began else "", n=world.calendar.observation_days
        )
        yield what, _("wait until {day}").format(day=over)


def _separate(asked: Asked, standing: Standing, _world: World) -> Iterator[Said]:
    """Who approves ran nothing of it and does not ask for it either."""
    ran = {each.who for each in standing.steps} | {standing.who, asked.who}
    givers = {each.who for each in standing.approvals if each.target == asked.target}
    if givers and givers <= ran:
        what = _("{who} approved it and also ran it").format(who="、".join(sorted(givers)))
        yield what, _("have somebody approve it who did neither")
    if asked.target == SystemState.CONFIRMED and asked.who in {each.who for each in standing.steps}:
        what = _("{who} ran the cut-over and cannot accept it").format(who=asked.who)
        yield what, _("let the department that owns the system confirm it")


def _reason(asked: Asked, _standing: Standing, _world: World) -> Iterator[Said]:
    if not asked.why.strip():
        yield _("no reason is given"), _("say why with --why")


def _nothing_owed(_asked: Asked, standing: Standing, _world: World) -> Iterator[Said]:
    for owed in standing.owed:
        if not any(owed.endswith(f": {held}") for held in _made_good(standing)):
            yield _("still owes what a ledger passed over: {owed}").format(owed=owed_label(owed)), _("bring it now")


def _made_good(standing: Standing) -> Iterable[str]:
    yield from (each.kind for each in standing.evidence)
    yield from (each.name for each in standing.checks if each.is_green)


def owed_label(owed: str) -> str:
    """A gate that was passed on somebody's word, in words: the state, and its paper or its check."""
    state, _colon, gate = owed.partition(": ")
    place = label("SystemState" if state in set(SystemState) else "RoomState", state)
    return f"{place} {label('CheckName' if gate in set(CheckName) else 'EvidenceKind', gate)}"


def _outcome(*wanted: RoomOutcome) -> "Judge":
    def judge(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
        room = _room(asked, world)
        if room and room.outcome not in wanted:
            is_known = room.outcome is not None
            outcome = label("RoomOutcome", room.outcome) if room.outcome else ""
            what = (
                _("its outcome is {outcome}").format(outcome=outcome) if is_known else _("nobody decided its outcome")
            )
            yield what, _("decide otherwise, with a reason, or choose another state")

    return judge


def _no_system(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    room = _room(asked, world)
    for system in world.systems_left(room) if room else ():
        what = _("the system {system} is left in it, at {state}")
        yield what.format(system=system.key, state=label("SystemState", world.state_of(system))), _("retire its source")


def _no_line(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    room = _room(asked, world)
    for line in world.lines_left(room) if room else ():
        what = _("the line {number} of {department} is still active").format(
            number=line.number, department=line.department
        )
        yield what, _("cancel it")


def _wiped(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    room = _room(asked, world)
    for server in world.unwiped(room) if room else ():
        what = _("the disks of {server} of {system} are not wiped").format(
            server=server.name, system=f"{server.department}/{server.system}"
        )
        yield what, _("wipe them and bring the certificate")


def _line_needless(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    fact = world.facts.get(asked.tracked)
    if not isinstance(fact, Line):
        return
    for system in needing(fact, world):
        if world.state_of(system) not in (*MOVED, SystemState.SOURCE_RETIRED):
            what = _("{system} needs it and stands at {state}")
            yield (
                what.format(system=system.key, state=label("SystemState", world.state_of(system))),
                _("move that first"),
            )


def needing(line: Line, world: World) -> tuple[System, ...]:
    """The systems named with a line, else those of its department in its room."""
    if line.systems:
        keys = (SystemKey(department=line.department, name=name) for name in line.systems)
        return tuple(world.system_of[key] for key in keys if key in world.system_of)
    return tuple(s for s in world.inside.get(line.room or "", ()) if line.room and s.department == line.department)


def _kit_free(asked: Asked, _standing: Standing, world: World) -> Iterator[Said]:
    fact = world.facts.get(asked.tracked)
    if not isinstance(fact, Server):
        return
    system = world.system_of.get(SystemKey(department=fact.department, name=fact.system))
    if system and world.state_of(system) != SystemState.SOURCE_RETIRED:
        what = _("{system} stands at {state}").format(
            system=system.key, state=label("SystemState", world.state_of(system))
        )
        yield what, _("retire its source first: the way back needs these disks")


Judge = Callable[[Asked, Standing, World], Iterator[Said]]
_JUDGES: Mapping[Ground, Judge] = {
    Ground.CLOUD_ALLOWED: _cloud_allowed,
    Ground.RETIRES: _retires,
    Ground.MOVES: _moves,
    Ground.WINDOW: _window,
    Ground.NEEDED_ARE_THERE: _needed,
    Ground.IN_APPROVED_PLAN: _planned,
    Ground.RUNBOOK_DONE: _runbook,
    Ground.OBSERVED: _observed,
    Ground.SEPARATE: _separate,
    Ground.REASON: _reason,
    Ground.NOTHING_OWED: _nothing_owed,
    Ground.TO_WITHDRAW: _outcome(RoomOutcome.CLOSE, RoomOutcome.CONVERT_AGGREGATION),
    Ground.TO_CONVERT: _outcome(RoomOutcome.CONVERT_AGGREGATION),
    Ground.TO_CLOSE: _outcome(RoomOutcome.CLOSE),
    Ground.TO_RETAIN: _outcome(RoomOutcome.RETAIN_LOCAL_DATA, RoomOutcome.RETAIN_SPECIAL),
    Ground.NO_SYSTEM: _no_system,
    Ground.NO_LINE: _no_line,
    Ground.DISKS_WIPED: _wiped,
    Ground.LINE_NEEDLESS: _line_needless,
    Ground.KIT_FREE: _kit_free,
}
