"""Progress: what was cut over when, and when the rest can be, at the pace seen so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median_low

from qianyun.estate.facts import SystemKey
from qianyun.track.standing import Standing
from qianyun.track.states import HALTED, MOVED, PATH, SystemState, Tracked, TrackedKind
from qianyun.track.world import World

USUAL_DAYS: Mapping[SystemState, int] = {
    SystemState.NOT_STARTED: 0,
    SystemState.SURVEY: 14,
    SystemState.ASSESSMENT: 7,
    SystemState.REVIEW: 7,
    SystemState.RESOURCES: 5,
    SystemState.DEPLOYMENT: 7,
    SystemState.TEST_MIGRATION: 7,
    SystemState.TRIAL: 7,
}
"""Days that a system stays in a state before its cut-over, until enough was seen to say better."""
ENOUGH = 8
"""Stays in a state from which on their median counts and not what is usual."""
HALT_DAYS = 14
"""What a blocked system is taken to lose from today on, since nobody can say."""
ARRIVED = MOVED | {SystemState.CUTOVER}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the systems of an estate are on a day.

    Attributes:
        done: Cut-over days of those that were cut over and not rolled back; of retired ones, of their end.
        ready: The first day on which each other one can be cut over.
        deferred: Those that nobody moves for now.
        states: Where each stands that something was told of.
        days_in: How long a system stays in a state, as seen or as usual.
    """

    today: date
    done: Mapping[SystemKey, date]
    ready: Mapping[SystemKey, date]
    deferred: frozenset[SystemKey]
    states: Mapping[SystemKey, str]
    days_in: Mapping[SystemState, int]

    @property
    def is_told(self) -> bool:
        """Whether anything was told of any system."""
        return bool(self.states)


def progress_of(world: World, today: date) -> Progress:
    """What the standings say, looked at on a day: what is left to do is counted from there."""
    standings = {
        system.key: world.standing(tracked)
        for system in world.estate.systems
        if (tracked := Tracked.of(system)) in world.standings
    }
    known = {key: standing for key, standing in standings.items() if standing.passed}
    days_in = pace(known.values())
    done = {key: day for key, standing in known.items() if (day := cut_over_on(standing))}
    deferred = frozenset(key for key, standing in known.items() if standing.state == SystemState.DEFERRED)
    ready = {
        system.key: today + timedelta(days=_days_left(known.get(system.key), days_in, today))
        for system in world.estate.systems
        if system.key not in done and system.key not in deferred
    }
    return Progress(
        today=today,
        done=done,
        ready=ready,
        deferred=deferred,
        states={key: standing.state for key, standing in known.items()},
        days_in=days_in,
    )


def cut_over_on(standing: Standing) -> date | None:
    """The day of the cut-over that holds; `None` while there is none, or after it was rolled back."""
    at = standing.resumes if standing.state in HALTED else standing.state
    if at not in ARRIVED:
        return None
    for state in (SystemState.CUTOVER, *PATH[PATH.index(SystemState.OBSERVATION) :]):
        passed = standing.entered(state)
        if passed:
            return passed.on
    return None


def pace(standings: Iterable[Standing]) -> Mapping[SystemState, int]:
    """Days in each state before the cut-over: the median of what was seen, else what is usual."""
    seen: dict[SystemState, list[int]] = {state: [] for state in USUAL_DAYS}
    for standing in standings:
        if standing.tracked.kind is not TrackedKind.SYSTEM:
            continue
        for one, other in pairwise(standing.passed):
            follows = one.state in PATH and other.state in PATH[PATH.index(SystemState(one.state)) + 1 :][:1]
            if follows and one.state in seen:
                seen[SystemState(one.state)].append((other.on - one.on).days)
    return {state: median_low(days) if len(days) >= ENOUGH else USUAL_DAYS[state] for state, days in seen.items()}


def _days_left(standing: Standing | None, days_in: Mapping[SystemState, int], today: date) -> int:
    """Days from today until the cut-over can be, what was spent in the present state taken off."""
    if standing is None:
        return sum(days_in.values())
    at = standing.resumes if standing.state in HALTED else standing.state
    if standing.state == SystemState.ROLLED_BACK:
        at = SystemState.TEST_MIGRATION
    place = PATH.index(SystemState(at))
    ahead = sum(days_in.get(state, 0) for state in PATH[place + 1 :])
    spent = (today - standing.since).days if standing.since and standing.state == at else 0
    here = max(0, days_in.get(SystemState(at), 0) - spent)
    halted = HALT_DAYS if standing.state in (SystemState.BLOCKED, SystemState.ROLLED_BACK) else 0
    return here + ahead + halted
