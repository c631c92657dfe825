"""Forecast: the approved plan carried on from what has happened, and what becomes of its goals.

A forecast says what comes if nobody decides anything new: what was cut over stays, everything else
keeps its approved week where it still can, and what cannot moves to the next week that bears it,
those it waits for first. Slips travel so through precedences, vendors, lines and pools. It is a
forward pass and no search on purpose: a search would already be a decision, and its answer to a
small slip may be a large change. What a decision can win is what `levers` and `plan replan` tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

import numpy as np

from qianyun.estate.calendar import Phase, week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.explain import Asking, Obstacle
from qianyun.plan.kernel import State, empty_state, feasible, put
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.tables import Tables, tables_of
from qianyun.track.progress import Progress
from qianyun.words import _

WEEK = timedelta(weeks=1)
SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One system in the approved plan, in the forecast, and in fact.

    Attributes:
        approved: Its day in the approved plan; `None` where that has none for it.
        forecast: Its day as it is expected, or was; `None` where no week is left for it.
        is_done: Whether the forecast is a fact.
        kind: What stands against the approved week, where it slips; `None` where it does not.
        why: Likewise in words.
    """

    system: SystemKey
    approved: date | None
    forecast: date | None
    is_done: bool
    kind: Obstacle | None = None
    why: str = ""

    @property
    def slip_weeks(self) -> int:
        """Weeks after its approved week; below zero when before, 0 where one of both is unknown."""
        if self.approved is None or self.forecast is None:
            return 0
        return (week_of(self.forecast) - week_of(self.approved)).days // 7


class GoalKind(StrEnum):
    """What a phase wants a share of."""

    SYSTEMS = "systems"
    ROOMS = "rooms"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalOutlook:
    """One phase's share of systems moved, rooms withdrawn or lines cancelled.

    Attributes:
        need: How many are to be so by its last day.
        approved: How many the approved plan has by then; `forecast` how many are expected.
        done: How many are moved today.
        falls_from: The first week by whose end so many are lost that even the approved plan for the
            rest does not reach it; `None` when it is reached.
    """

    kind: GoalKind = GoalKind.SYSTEMS
    phase: Phase
    need: int
    approved: int
    forecast: int
    done: int
    falls_from: date | None

    @property
    def short(self) -> int:
        """How many will lack."""
        return max(0, self.need - self.forecast)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What comes if nobody decides anything new.

    Attributes:
        today: The day from which is looked ahead.
        problem: With what has happened.
        outlooks: Every system that is planned, by name.
        goals: Phases that want a share of the systems moved, in their order.
    """

    today: date
    problem: Problem
    approved: Plan
    outlooks: tuple[Outlook, ...]
    goals: tuple[GoalOutlook, ...]

    @cached_property
    def days(self) -> Mapping[SystemKey, date]:
        """Expected and actual cut-over days."""
        return {each.system: each.forecast for each in self.outlooks if each.forecast}

    @cached_property
    def slipped(self) -> tuple[Outlook, ...]:
        """What is or will be later than approved, the worst first."""
        late = [each for each in self.outlooks if each.slip_weeks > 0 or each.forecast is None]
        return tuple(sorted(late, key=lambda e: (e.forecast is not None, -e.slip_weeks, str(e.system))))


def forecast(problem: Problem, approved: Plan, progress: Progress) -> Forecast:
    """Carry the approved plan on.

    Args:
        problem: With what has happened, from `going_on`.
        approved: The plan that is being carried out.
        progress: Of the same day.
    """
    tables = tables_of(problem)
    state = carried_on(problem, approved, tables)
    weeks = {
        key: problem.weeks[slot]
        for group, slot in zip(problem.groups, state.slot.tolist(), strict=True)
        if slot >= 0
        for key in group.systems
    }
    outlooks = tuple(_outlooks(problem, approved, progress, weeks))
    outlooks = _with_reasons(problem, tables, weeks, outlooks)
    goals = tuple(_goals(problem, outlooks))
    return Forecast(today=progress.today, problem=problem, approved=approved, outlooks=outlooks, goals=goals)


def carried_on(problem: Problem, approved: Plan, tables: Tables) -> State:
    """Slots of the forward pass; -1 where no week is left."""
    state = empty_state(tables)
    number = {week: n for n, week in enumerate(problem.weeks)}
    wanted = [_wanted(group.systems, approved, number) for group in problem.groups]
    over = {pin.system for pin in problem.wishes.pins if pin.is_frozen}
    for place, group in enumerate(problem.groups):
        if set(group.systems) <= over and tables.allowed[place].any():
            put(tables, state, place, int(tables.allowed[place].argmax()))
    for place in sorted(range(len(wanted)), key=lambda place: (wanted[place], place)):
        _place(tables, state, place, wanted, set())
    return state


def _wanted(systems: tuple[SystemKey, ...], approved: Plan, number: Mapping[date, int]) -> int:
    """The approved slot of a group; what the approved plan lacks comes after all others."""
    slots = [number.get(week_of(approved.days[key]), 0) for key in systems if key in approved.days]
    return max(slots, default=len(number))


def _place(tables: Tables, state: State, place: int, wanted: list[int], waiting: set[int]) -> None:
    """Put one group into its approved slot or the next one that bears it, those it waits for first."""
    if state.slot[place] >= 0 or place in waiting:
        return
    waiting.add(place)
    for n in range(tables.before_at[place], tables.before_at[place + 1]):
        _place(tables, state, int(tables.before[n]), wanted, waiting)
    if not feasible(tables, state, place):
        return
    slots = np.flatnonzero(state.ok)
    later = slots[slots >= wanted[place] % len(tables.stretch)]
    put(tables, state, place, int(later[0] if len(later) else slots[-1]))


def _outlooks(
    problem: Problem, approved: Plan, progress: Progress, weeks: Mapping[SystemKey, date]
) -> Iterator[Outlook]:
    for key in sorted(problem.move_of, key=str):
        is_done = key in progress.done
        week = weeks.get(key)
        expected = progress.done[key] if is_done else week and (problem.day_in(key, week) or week)
        planned = approved.days.get(key)
        if not is_done and week and planned and week_of(planned) == week:
            expected = planned
        yield Outlook(system=key, approved=planned, forecast=expected, is_done=is_done)


def _with_reasons(
    problem: Problem, tables: Tables, weeks: Mapping[SystemKey, date], outlooks: tuple[Outlook, ...]
) -> tuple[Outlook, ...]:
    """What slips, with what stands against its approved week beside all else as it is expected."""
    late = {each.system: each for each in outlooks if not each.is_done and each.slip_weeks > 0}
    lost = [each for each in outlooks if each.forecast is None]
    told: dict[SystemKey, tuple[Obstacle, str]] = {
        each.system: (Obstacle.CALENDAR, _("finds no week before the programme ends")) for each in lost
    }
    if late and not lost:
        by_group = {group.number: weeks[group.systems[0]] for group in problem.groups}
        plan = make_plan(problem, by_group, Status.EDITED)
        number = {week: n for n, week in enumerate(problem.weeks)}
        for group in problem.groups:
            slots = [number[week_of(day)] for key in group.systems if key in late and (day := late[key].approved)]
            if slots:
                told.update(dict.fromkeys(group.systems, Asking(problem, plan, group, tables).against(max(slots))))
    return tuple(_reasoned(each, told.get(each.system)) for each in outlooks)


def _reasoned(each: Outlook, reason: tuple[Obstacle, str] | None) -> Outlook:
    if reason is None:
        return each
    return Outlook(
        system=each.system,
        approved=each.approved,
        forecast=each.forecast,
        is_done=each.is_done,
        kind=reason[0],
        why=reason[1],
    )


def _goals(problem: Problem, outlooks: tuple[Outlook, ...]) -> Iterator[GoalOutlook]:
    phases = {phase.name: phase for phase in problem.calendar.phases}
    pairs = [(each.approved, each.forecast) for each in outlooks if problem.move_of[each.system].is_counted]
    done = sum(each.is_done and problem.move_of[each.system].is_counted for each in outlooks)
    for name, _deadline, need in problem.goals():
        yield goal_of(GoalKind.SYSTEMS, phases[name], need, pairs=pairs, done=done, weeks=problem.weeks)


def goal_of(
    kind: GoalKind,
    phase: Phase,
    need: int,
    *,
    pairs: Sequence[tuple[date | None, date | None]],
    done: int,
    weeks: Sequence[date],
) -> GoalOutlook:
    """What becomes of one share.

    Args:
        kind: What it is a share of.
        phase: Whose.
        need: How many are wanted by its last day.
        pairs: Approved and expected day of each.
        done: How many are so today.
        weeks: Mondays of the programme.
    """
    expected = sum(1 for _approved, day in pairs if day and day <= phase.deadline)
    return GoalOutlook(
        kind=kind,
        phase=phase,
        need=need,
        approved=sum(1 for day, _expected in pairs if day and day <= phase.deadline),
        forecast=expected,
        done=done,
        falls_from=_falls_from(weeks, pairs, phase.deadline, need) if expected < need else None,
    )


def _falls_from(
    weeks: Sequence[date], pairs: Sequence[tuple[date | None, date | None]], deadline: date, need: int
) -> date | None:
    """The first week by whose end it is lost, though all that was approved for later came in time."""
    for week in weeks:
        end = min(week + SIX_DAYS, deadline)
        possible = sum(
            1
            for approved, expected in pairs
            if (expected and expected <= deadline) or (approved and end < approved <= deadline)
        )
        if possible < need or end >= deadline:
            return week
    return None
