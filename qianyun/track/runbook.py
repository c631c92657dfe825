"""The runbook of one move: when a step may be run, and what its outcome tells the log.

A step is bound to the approved plan, to the day that the plan gives the system, to the hours of its
department's window, and to the steps before it. Going back is never held up. A step that is done
already is admitted as done, so that a run that was cut short can be started again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from qianyun.errors import Fault, ProgressError
from qianyun.estate.facts import Server, System, SystemKey
from qianyun.track.deeds import Check, CheckName, Deed, Entry, Evidence, EvidenceKind, RunbookStep, Step, StepState
from qianyun.track.grounds import Asked
from qianyun.track.recording import advance, note, state_label
from qianyun.track.standing import Standing, after
from qianyun.track.states import SystemState
from qianyun.track.world import World
from qianyun.words import _, label

BEFORE: Mapping[Step, Step] = {
    Step.SYNC: Step.PRECHECK,
    Step.CUTOVER: Step.SYNC,
    Step.VERIFY: Step.CUTOVER,
    Step.OBSERVE: Step.VERIFY,
}
"""The step that must be done before another."""
ONCE = frozenset({Step.CUTOVER, Step.ROLLBACK, Step.RETIRE})
"""Steps that change which side serves; done, they are not done again. The others may look as often as one likes."""
SHOWS: Mapping[Step, tuple[EvidenceKind | CheckName, ...]] = {
    Step.PRECHECK: (CheckName.PRECHECK,),
    Step.SYNC: (CheckName.SYNC,),
    Step.CUTOVER: (EvidenceKind.CUTOVER_RECORD,),
    Step.VERIFY: (CheckName.VERIFY, CheckName.FLOWS),
    Step.ROLLBACK: (EvidenceKind.ROLLBACK_REPORT,),
    Step.OBSERVE: (EvidenceKind.OBSERVATION_RECORD,),
    Step.RETIRE: (EvidenceKind.RETIREMENT_RECORD,),
}
"""What the outcome of a step is evidence of, or which check it answers."""

ENTERS: Mapping[tuple[Step, str], SystemState] = {
    (Step.VERIFY, SystemState.CUTOVER): SystemState.OBSERVATION,
    (Step.RETIRE, SystemState.CONFIRMED): SystemState.SOURCE_RETIRED,
}
"""The state that a step brings when it is done, by the state in which it was run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A wish to run one step.

    Attributes:
        plan: Digest of the plan that the run's variables were compiled from.
        approved: Digest of the plan that is approved; `None` while none is.
        now: The wall's time, local.
    """

    step: Step
    plan: str
    approved: str | None
    now: datetime


def has_moved(standing: Standing) -> bool:
    """Whether the cut-over is done and was not rolled back since."""
    return _is_done(standing, Step.CUTOVER)


def admitted(ticket: Ticket, asked: Asked, world: World) -> bool:
    """Admit a step; gives whether it is done already, so that nothing is left to do.

    Raises:
        ProgressError: It may not be run now; says all that stands against it.
    """
    standing = world.standing(asked.tracked)
    done = ticket.step in ONCE and _is_done(standing, ticket.step)
    faults = [*_plan_faults(ticket, asked, world)]
    if not done and not faults:
        faults = [*_order_faults(ticket, standing), *_window_faults(ticket, asked, world)]
    if faults:
        raise ProgressError(Fault(place=_place(asked), what=what, mend=mend) for what, mend in faults)
    return done


def begun(ticket: Ticket, asked: Asked, world: World, at: datetime) -> tuple[Entry, ...]:
    """The entries by which an admitted step begins; a cut-over enters its state through all its gates.

    Raises:
        ProgressError: A gate is unmet.
    """
    entries: list[Entry] = []
    if ticket.step is Step.CUTOVER and world.standing(asked.tracked).state != SystemState.CUTOVER:
        entries.append(advance(replace(asked, target=SystemState.CUTOVER), world, at))
    if ticket.step is Step.RETIRE:
        _may_retire(asked, world)
    return _noted([RunbookStep(step=ticket.step, state=StepState.RUNNING)], asked, world, entries, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a step brought together.

    Attributes:
        digest: `sha256:` of the file.
        name: Of the file.
    """

    step: Step
    digest: str
    name: str


def ended(paper: Paper, asked: Asked, world: World, at: datetime) -> tuple[Entry, ...]:
    """The entries for a step that is done: the step, what it shows, and the state that it brings."""
    step, digest, name = paper.step, paper.digest, paper.name
    deeds: list[Deed] = [RunbookStep(step=step, state=StepState.DONE, digest=digest)]
    deeds += [
        Evidence(kind=each, digest=digest, name=name)
        if isinstance(each, EvidenceKind)
        else Check(name=each, is_green=True, digest=digest)
        for each in SHOWS[step]
    ]
    state = world.standing(asked.tracked).state
    if step is Step.ROLLBACK and state in (SystemState.CUTOVER, SystemState.OBSERVATION):
        back = advance(replace(asked, target=SystemState.ROLLED_BACK), world, at)
        return _noted(deeds, asked, world, [back], at)
    entries = _noted(deeds, asked, world, [], at)
    target = ENTERS.get((step, state))
    if step is Step.RETIRE:
        entries = (*entries, *_certified(paper, asked, _after(world, entries), at))
    if target is None:
        return entries
    return (*entries, advance(replace(asked, target=target), _after(world, entries), at))


def _certified(paper: Paper, asked: Asked, world: World, at: datetime) -> Iterator[Entry]:
    """The certificate for every physical server of the system: what its room waits for before it closes."""
    for tracked, fact in world.facts.items():
        if isinstance(fact, Server) and _key_of(fact, world) == asked.tracked.key:
            certificate = Evidence(kind=EvidenceKind.WIPING_CERTIFICATE, digest=paper.digest, name=paper.name)
            yield note(replace(asked, tracked=tracked), certificate, world, (), at)


def _key_of(server: Server, world: World) -> str:
    return world.key_of_system(SystemKey(department=server.department, name=server.system))


def failed(step: Step, digest: str, asked: Asked, world: World, at: datetime) -> tuple[Entry, ...]:
    """The entries for a step that failed: the step, and red for the checks it answers."""
    deeds: list[Deed] = [RunbookStep(step=step, state=StepState.FAILED, digest=digest)]
    deeds += [Check(name=each, is_green=False, digest=digest) for each in SHOWS[step] if isinstance(each, CheckName)]
    return _noted(deeds, asked, world, [], at)


def _noted(
    deeds: Sequence[Deed], asked: Asked, world: World, before: Sequence[Entry], at: datetime
) -> tuple[Entry, ...]:
    entries = list(before)
    for deed in deeds:
        entries.append(note(asked, deed, _after(world, entries), (), at))
    return tuple(entries)


def _after(world: World, entries: Sequence[Entry]) -> World:
    standings = dict(world.standings)
    for entry in entries:
        standings[entry.tracked] = after(standings.get(entry.tracked) or world.standing(entry.tracked), entry)
    return replace(world, standings=standings)


def _is_done(standing: Standing, step: Step) -> bool:
    """Done, and not undone by what was told after it: a way back undoes a cut-over, a cut-over a way back."""
    undone = {Step.CUTOVER: Step.ROLLBACK, Step.ROLLBACK: Step.CUTOVER}.get(step)
    order = [ran.step for ran in standing.steps]
    ran = standing.step(step)
    if ran is None or ran.state is not StepState.DONE:
        return False
    return undone not in order or order.index(undone) < order.index(step)


def _plan_faults(ticket: Ticket, asked: Asked, world: World) -> Iterator[tuple[str, str]]:
    fact = world.facts.get(asked.tracked)
    if ticket.approved is None or world.planned is None:
        yield _("no plan is approved"), _("qianyun plan freeze approves one")
    elif not isinstance(fact, System):
        yield _("is not declared"), _("qianyun estate import takes it in")
    elif ticket.plan != ticket.approved:
        what = _("was compiled for the plan {plan}, but {approved} is approved").format(
            plan=ticket.plan[:15] or "–", approved=ticket.approved[:15]
        )
        yield what, _("compile it again: qianyun move compile")
    elif fact.key not in world.planned:
        yield _("is not in the approved plan"), _("plan it and have the plan approved")


def _order_faults(ticket: Ticket, standing: Standing) -> Iterator[tuple[str, str]]:
    before = BEFORE.get(ticket.step)
    if before and not _is_done(standing, before):
        ran = standing.step(before)
        state = label("StepState", ran.state) if ran else _("not run")
        what = _("the step {step} comes before, and is {state}").format(step=label("Step", before), state=state)
        yield what, _("run it first: playbooks/{name}.yml").format(name=before)
    if ticket.step is Step.ROLLBACK and standing.state in (SystemState.CONFIRMED, SystemState.SOURCE_RETIRED):
        what = _("stands at {state}; there is no way back").format(
            state=state_label(standing.tracked.kind, standing.state)
        )
        yield what, ""


def _window_faults(ticket: Ticket, asked: Asked, world: World) -> Iterator[tuple[str, str]]:
    fact = world.facts.get(asked.tracked)
    if ticket.step is not Step.CUTOVER or not isinstance(fact, System) or world.planned is None:
        return
    first, last = window_on(fact, world.planned[fact.key], world)
    if not first <= ticket.now < last:
        what = _("its window is {first} to {last}, and now it is {now}").format(
            first=_minute(first), last=_minute(last), now=_minute(ticket.now)
        )
        yield what, _("wait for it, or plan another day")


def window_on(system: System, day: date, world: World) -> tuple[datetime, datetime]:
    """When a system's window opens and closes on its planned day."""
    window = world.calendar.window_of(system.department)
    opens = datetime.combine(day, window.opens)
    return opens, opens + timedelta(hours=float(window.hours))


def _may_retire(asked: Asked, world: World) -> None:
    standing = world.standing(asked.tracked)
    faults = []
    if standing.state != SystemState.CONFIRMED:
        what = _("stands at {state}, not at {wanted}").format(
            state=state_label(asked.tracked.kind, standing.state),
            wanted=state_label(asked.tracked.kind, SystemState.CONFIRMED),
        )
        faults.append((what, _("have its owner confirm it: qianyun track set … confirmed")))
    elif not any(each.target == SystemState.SOURCE_RETIRED for each in standing.approvals):
        what = _("nobody has approved it")
        faults.append((what, _("have a second person approve it: qianyun track approve … source_retired")))
    if faults:
        raise ProgressError(Fault(place=_place(asked), what=what, mend=mend) for what, mend in faults)


def _place(asked: Asked) -> str:
    return f"{label('TrackedKind', asked.tracked.kind)} {asked.tracked.key}"


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
