"""Why a system moves when it does: for each earlier week, what stands against it.

The reasons are those of a person: it is not ready, nothing may be changed then, what it needs
moves later, the pool is full until the next expansion, the vendor's hands are full, or it would
simply cost more. All other systems stay where the plan has them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from qianyun.errors import DeclarationError, Fault
from qianyun.estate.facts import SystemKey
from qianyun.plan.kernel import State, feasible, lift, price, state_of
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Move, MoveGroup, Problem
from qianyun.plan.rules import days_allowed
from qianyun.plan.tables import Tables, fill_names, row_names, tables_of
from qianyun.words import _, label


class Obstacle(StrEnum):
    """What kind of thing stands against an earlier week."""

    CALENDAR = "calendar"
    READINESS = "readiness"
    DEMAND = "demand"
    PRECEDENCE = "precedence"
    POOL = "pool"
    VENDOR = "vendor"
    LINE = "line"
    TEAM = "team"
    RISK = "risk"
    WAVE = "wave"
    ASSESSORS = "assessors"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What stands against a run of weeks.

    Attributes:
        first: Monday of the first week; `last` of the last.
        what: With the figures on both sides.
    """

    kind: Obstacle
    first: date
    last: date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why one system moves when it does.

    Attributes:
        together: The other systems of its move group.
        reasons: From the week before back to the first: what would have to change first stands first.
        waits_for: What it needs, with their days, the latest first; `wait_for_it` what needs it.
    """

    system: SystemKey
    on: date
    wave: int
    together: tuple[SystemKey, ...]
    reasons: tuple[Reason, ...]
    waits_for: tuple[tuple[SystemKey, date], ...]
    wait_for_it: tuple[tuple[SystemKey, date], ...]


def explain(problem: Problem, plan: Plan, system: SystemKey) -> Explanation:
    """Why a plan that passes the checker has a system in its week.

    Raises:
        DeclarationError: The plan does not hold the system; says why.
    """
    if system not in problem.move_of:
        why = next((each.why for each in problem.unplanned if each.system == system), _("is no system of this estate"))
        raise DeclarationError(Fault(place=f"system {system}", what=_("is not planned: {why}").format(why=why)))
    group = problem.group_of[system]
    asking = Asking(problem, plan, group, tables_of(problem))
    needs = [each.before for each in problem.precedences if each.after in group.systems]
    needed = [each.after for each in problem.precedences if each.before in group.systems]
    return Explanation(
        system=system,
        on=plan.days[system],
        wave=plan.wave_of[system],
        together=tuple(key for key in group.systems if key != system),
        reasons=tuple(asking.reasons()),
        waits_for=_dated(plan, needs, group),
        wait_for_it=_dated(plan, needed, group),
    )


def nearest_reasons(problem: Problem, plan: Plan) -> Mapping[SystemKey, Reason]:
    """For every system, what stands against the nearest earlier week in which something could be changed.

    A closed calendar is named only where nothing else stands against any earlier week. Systems of
    the first week have no reason. The plan must pass the checker; a province takes a second.
    """
    tables = tables_of(problem)
    found = {}
    for group in problem.groups:
        reasons = list(Asking(problem, plan, group, tables).reasons())
        open_ones = (reason for reason in reasons if reason.kind is not Obstacle.CALENDAR)
        nearest = next(open_ones, reasons[0] if reasons else None)
        if nearest:
            found.update(dict.fromkeys(group.systems, nearest))
    return found


def _dated(plan: Plan, systems: list[SystemKey], group: MoveGroup) -> tuple[tuple[SystemKey, date], ...]:
    days = {key: plan.days[key] for key in systems if key not in group.systems}
    return tuple(sorted(days.items(), key=lambda entry: (entry[1], str(entry[0])), reverse=True))


class Asking:
    """One group taken out of a plan, and asked about week by week."""

    def __init__(self, problem: Problem, plan: Plan, group: MoveGroup, tables: Tables | None = None) -> None:
        self.problem, self.plan, self.group = problem, plan, group
        self.moves = [problem.move_of[key] for key in group.systems]
        self.tables: Tables = tables or tables_of(problem)
        number = {week: n for n, week in enumerate(problem.weeks)}
        slots = np.array([number[plan.weeks[each.number]] for each in problem.groups], dtype=np.int64)
        self.place = problem.groups.index(group)
        self.slot = int(slots[self.place])
        self.state: State = state_of(self.tables, slots)
        lift(self.tables, self.state, self.place)
        feasible(self.tables, self.state, self.place)
        price(self.tables, self.state, self.place)
        self.demands = days_allowed(problem.wishes)

    def reasons(self) -> Iterator[Reason]:
        """Runs of earlier weeks with one reason, the latest run first."""
        run: Reason | None = None
        for slot in range(self.slot - 1, -1, -1):
            kind, what = self.against(slot)
            week = self.problem.weeks[slot]
            if run and (run.kind, run.what) == (kind, what):
                run = Reason(kind=kind, first=week, last=run.last, what=what)
                continue
            if run:
                yield run
            run = Reason(kind=kind, first=week, last=week, what=what)
        if run:
            yield run

    def against(self, slot: int) -> tuple[Obstacle, str]:
        """What stands against a slot, beside all other groups as they stand; the first thing that does."""
        for find in (self._own, self._precedence, self._pool, self._row, self._wave):
            found = find(slot)
            if found:
                return found
        more = int(self.state.cost[slot] - self.state.cost[self.slot])
        if more < 0:
            return Obstacle.COST, _("would cost {less} yuan less, but was not found").format(less=f"{-more:,}")
        return Obstacle.COST, _("would cost {more} yuan more than the week it has").format(more=f"{more:,}")

    def _own(self, slot: int) -> tuple[Obstacle, str] | None:
        """What the group's own systems have against a week."""
        week = self.problem.weeks[slot]
        for move in self.moves:
            if move.filed_on and move.filed_on > week + timedelta(days=6):
                return Obstacle.READINESS, _("{system} is filed on {day}").format(system=move.system, day=move.filed_on)
            if move.ready_on and move.ready_on > week + timedelta(days=6):
                what = _("{system} is ready on {day}").format(system=move.system, day=move.ready_on)
                return Obstacle.READINESS, what
            if slot < move.lead_weeks:
                what = _("{system} takes {n} weeks to prepare and copy").format(system=move.system, n=move.lead_weeks)
                return Obstacle.READINESS, what
        for move in self.moves:
            found = self._closed(move, week)
            if found:
                return found
        return None

    def _closed(self, move: Move, week: date) -> tuple[Obstacle, str] | None:
        day = self.problem.day_in(move.system, week)
        if day is None:
            return Obstacle.CALENDAR, self._blackout(move, week)
        if move.ready_on and day < move.ready_on:
            return Obstacle.READINESS, _("{system} is ready on {day}").format(system=move.system, day=move.ready_on)
        span = self.demands(move)
        if span and not span[0] <= day <= span[1]:
            return Obstacle.DEMAND, _("{system} is demanded between {first} and {last}").format(
                system=move.system, first=span[0], last=span[1]
            )
        return None

    def _blackout(self, move: Move, week: date) -> str:
        for offset in range(8):
            for blackout in self.problem.calendar.blackouts_on(week + timedelta(days=offset), move.system.department):
                return _("{name} from {first} to {last}").format(
                    name=blackout.name, first=blackout.first, last=blackout.last
                )
        return _("no window of {department} opens").format(department=move.system.department)

    def _precedence(self, slot: int) -> tuple[Obstacle, str] | None:
        week = self.problem.weeks[slot]
        soon = [
            (self.plan.days[each.after], str(each.after))
            for each in self.problem.precedences
            if each.before in self.group.systems and each.after not in self.group.systems
        ]
        late = [
            (self.plan.days[each.before], str(each.before))
            for each in self.problem.precedences
            if each.after in self.group.systems and each.before not in self.group.systems
        ]
        day, name = max(late, default=(date.min, ""))
        own = self.problem.day_in(self.group.systems[0], week)
        if late and own and day > own:
            return Obstacle.PRECEDENCE, _("{system} moves on {day}").format(system=name, day=day)
        day, name = min(soon, default=(date.max, ""))
        if soon and own and day < own:
            return Obstacle.PRECEDENCE, _("{system} moves on {day} and waits for it").format(system=name, day=day)
        return None

    def _pool(self, slot: int) -> tuple[Obstacle, str] | None:
        t, s, names = self.tables, self.state, fill_names(self.problem)
        for n in range(t.fill_at[self.place], t.fill_at[self.place + 1]):
            row, amount = int(t.fill_row[n]), int(t.fill_amount[n])
            over = np.flatnonzero(s.filled[row, slot:] + amount > t.fill_cap[row, slot:]) + slot
            if len(over):
                last = int(over[-1])
                zone, size = names[row]
                what = _("zone {zone} has {held} of {cap} {size} taken until the week of {week}; this needs {amount}")
                return Obstacle.POOL, what.format(
                    zone=zone,
                    held=int(s.filled[row, last]),
                    cap=int(t.fill_cap[row, last]),
                    size=label("Size", size),
                    week=self.problem.weeks[last],
                    amount=amount,
                )
        return None

    def _row(self, slot: int) -> tuple[Obstacle, str] | None:
        """Vendors, lines, the team and the risk."""
        t, s, names = self.tables, self.state, row_names(self.problem)
        uses = range(t.use_at[self.place], t.use_at[self.place + 1])
        for row in sorted({int(t.use_row[n]) for n in uses}, key=lambda row: names[row][0], reverse=True):
            own = [(int(t.use_span[n]), int(t.use_amount[n])) for n in uses if t.use_row[n] == row]
            for at in range(slot, slot - max(span for span, _amount in own), -1):
                needs = sum(amount for span, amount in own if slot - at < span)
                if at >= 0 and s.used[row, at] + needs > t.use_cap[row, at]:
                    return self._full(names[row], at, int(s.used[row, at]), needs, int(t.use_cap[row, at]))
        return None

    def _full(self, name: tuple[str, str], at: int, held: int, needs: int, cap: int) -> tuple[Obstacle, str]:
        kind = {"room": Obstacle.LINE}.get(name[0]) or Obstacle(name[0])
        what = {
            "vendor": _("vendor {name} has {held} of {cap} hands busy in the week of {week}; this needs {needs}"),
            "room": _("lines of {name} copy {held} of {cap} GiB in the week of {week}; this needs {needs}"),
            "team": _("the team gives {held} of {cap} points in the week of {week}; this needs {needs}"),
            "assessors": _("{held} of {cap} assessments after moves of the week of {week}; this needs {needs}"),
            "risk": _("{held} of {cap} points of risk are taken in the week of {week}; this brings {needs}"),
        }[name[0]]
        return kind, what.format(name=name[1], held=held, cap=cap, week=self.problem.weeks[at], needs=needs)

    def _wave(self, slot: int) -> tuple[Obstacle, str] | None:
        t, s = self.tables, self.state
        stretch = int(t.stretch[slot])
        held, cap, needs = int(s.moved[stretch]), int(t.stretch_cap[stretch]), len(self.moves)
        if held + needs <= cap:
            return None
        what = _("its wave has {held} of {cap} systems; this brings {needs}")
        return Obstacle.WAVE, what.format(held=held, cap=cap, needs=needs)
