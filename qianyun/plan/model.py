"""The problem, or a part of it, as CP-SAT sees it: one interval for each thing a group keeps busy.

The groups in question are free, all others stay where a state has them and leave what they leave.
With all groups free this is the whole problem: for small ones it is solved to the end, and where
no plan exists it is CP-SAT that proves it. Work is CP-SAT's own deterministic time on one thread,
so that every machine answers the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from ortools.sat.python import cp_model

from qianyun.plan.kernel import State, feasible, last_slot
from qianyun.plan.tables import Ints, Tables

Shift = cp_model.IntVar
Term = tuple[cp_model.LinearExprT, int]


class Answer(StrEnum):
    """What CP-SAT came to."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Slots of the groups that were free.

    Attributes:
        slots: By group; empty without a solution.
    """

    answer: Answer
    slots: dict[int, int] = field(default_factory=dict)


_ANSWERS = {
    cp_model.OPTIMAL: Answer.OPTIMAL,
    cp_model.FEASIBLE: Answer.FEASIBLE,
    cp_model.INFEASIBLE: Answer.INFEASIBLE,
}


def settle(
    tables: Tables, state: State, free: Sequence[int], *, work: float, seed: int = 1, hint: dict[int, int] | None = None
) -> Solution:
    """The cheapest slots of some groups that have none, beside those that have one.

    Args:
        tables: Of the problem.
        state: Where the others stand; the free ones have no slot.
        free: The groups in question.
        work: CP-SAT's deterministic seconds at most.
        seed: Of CP-SAT.
        hint: Slots that are known to be possible.
    """
    model = _Model(tables, state, free, hint or {})
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work
    answer = _ANSWERS.get(solver.solve(model.model), Answer.UNKNOWN)  # type: ignore[call-overload] # its status is an int
    if answer in (Answer.INFEASIBLE, Answer.UNKNOWN):
        return Solution(answer=answer)
    return Solution(answer=answer, slots={group: solver.value(slot) for group, slot in model.slot.items()})


class _Model:
    """The model while it is written."""

    def __init__(self, tables: Tables, state: State, free: Sequence[int], hint: dict[int, int]) -> None:
        self.t, self.s, self.free = tables, state, list(free)
        self.model = cp_model.CpModel()
        self.slot: dict[int, Shift] = {}
        self.by: dict[tuple[int, int], cp_model.IntVar] = {}
        self.terms: list[Term] = []
        self.last = tables.allowed.shape[1] - 1
        for group in self.free:
            feasible(tables, state, group)
            choices = np.flatnonzero(state.ok).tolist()
            if not choices:
                self.model.add_bool_or([])
                choices = [0]
            domain = cp_model.Domain.from_values(choices)
            self.slot[group] = self.model.new_int_var_from_domain(domain, f"group {group}")
            if group in hint:
                self.model.add_hint(self.slot[group], hint[group])
        self._order()
        self._uses()
        self._fills()
        self._stretches()
        self._alone()
        self._ties()
        self._releases()
        self._goals()
        self._smooth()
        self._strain()
        self.model.minimize(
            cp_model.LinearExpr.weighted_sum([term for term, _w in self.terms], [w for _term, w in self.terms])
        )

    def _moved_by(self, group: int, slot: int) -> cp_model.IntVar:
        """Whether a free group has moved by a slot."""
        if (group, slot) not in self.by:
            moved = self.model.new_bool_var(f"group {group} by {slot}")
            self.model.add(self.slot[group] <= slot).only_enforce_if(moved)
            self.model.add(self.slot[group] > slot).only_enforce_if(moved.negated())
            self.by[group, slot] = moved
        return self.by[group, slot]

    def _order(self) -> None:
        for after in self.free:
            for n in range(self.t.before_at[after], self.t.before_at[after + 1]):
                before = int(self.t.before[n])
                if before in self.slot:
                    self.model.add(self.slot[before] + int(self.t.before_lag[n]) <= self.slot[after])

    def _uses(self) -> None:
        """Rows whose free users could together break them, each with what the others leave."""
        users: dict[int, list[tuple[int, int, int]]] = {}
        for group in self.free:
            for n in range(self.t.use_at[group], self.t.use_at[group + 1]):
                entry = (group, int(self.t.use_span[n]), int(self.t.use_amount[n]))
                users.setdefault(int(self.t.use_row[n]), []).append(entry)
        for row, entries in users.items():
            left = self.t.use_cap[row] - self.s.used[row]
            if sum(amount for _g, _span, amount in entries) > left.min():
                self._cumulative(entries, np.maximum(left, 0))

    def _cumulative(self, entries: list[tuple[int, int, int]], left: Ints) -> None:
        """Spans end with the group's own slot; what is not left is taken by intervals that stand still."""
        most = int(left.max())
        intervals = [
            self.model.new_fixed_size_interval_var(self.slot[group] - (span - 1), span, "")
            for group, span, _amount in entries
        ]
        demands = [amount for _group, _span, amount in entries]
        starts = np.flatnonzero(np.append([True], np.diff(left) != 0)).tolist()
        for start, end in zip(starts, [*starts[1:], len(left)], strict=True):
            if left[start] < most:
                intervals.append(self.model.new_fixed_size_interval_var(start, end - start, ""))
                demands.append(most - int(left[start]))
        self.model.add_cumulative(intervals, demands, most)

    def _fills(self) -> None:
        """Rows at the last slot of each step of what is left of them."""
        fillers: dict[int, list[tuple[int, int]]] = {}
        for group in self.free:
            for n in range(self.t.fill_at[group], self.t.fill_at[group + 1]):
                fillers.setdefault(int(self.t.fill_row[n]), []).append((group, int(self.t.fill_amount[n])))
        for row, entries in fillers.items():
            left = self.t.fill_cap[row] - self.s.filled[row]
            bears = np.minimum.accumulate(left[::-1])[::-1]  # what is filled stays filled
            for slot in np.flatnonzero(np.append(np.diff(bears) != 0, [True])).tolist():
                if sum(amount for _group, amount in entries) > bears[slot]:
                    moved = [self._moved_by(group, slot) if slot < self.last else 1 for group, _amount in entries]
                    amounts = [amount for _group, amount in entries]
                    self.model.add(cp_model.LinearExpr.weighted_sum(moved, amounts) <= int(bears[slot]))

    def _stretches(self) -> None:
        for stretch, cap in enumerate(self.t.stretch_cap.tolist()):
            left = cap - int(self.s.moved[stretch])
            if sum(int(self.t.size[group]) for group in self.free) <= left:
                continue
            within = np.flatnonzero(self.t.stretch == stretch)
            first, last = int(within[0]), int(within[-1])
            total: list[cp_model.LinearExprT] = []
            for group in self.free:
                until = self._moved_by(group, last) if last < self.last else 1
                since = self._moved_by(group, first - 1) if first else 0
                total.append(int(self.t.size[group]) * (until - since))
            self.model.add(sum(total) <= left)

    def _alone(self) -> None:
        """What a group costs by itself and by its ties to groups that stand: a table over its slots."""
        slots = np.arange(self.last + 1)
        for group in self.free:
            cost = self.t.unary[group].copy()
            for n in range(self.t.tie_at[group], self.t.tie_at[group + 1]):
                other = int(self.s.slot[self.t.tie_to[n]])
                if other >= 0:
                    cost += int(self.t.tie_yuan[n]) * np.abs(slots - other)
            self._price(self.slot[group], cost)

    def _price(self, slot: Shift, cost: Ints) -> None:
        """A cost by slot: as the highest of its lines where it curves upward, else as a table."""
        slopes = np.diff(cost)
        if (np.diff(slopes) >= 0).all():
            kinks = np.flatnonzero(np.append([True], np.diff(slopes) != 0)).tolist() if len(slopes) else []
            if len(kinks) <= 1:
                slope = int(slopes[0]) if len(slopes) else 0
                self.terms.append((slot, slope))
                self.terms.append((self.model.new_constant(1), int(cost[0])))
                return
            price = self.model.new_int_var(int(cost.min()), int(cost.max()), "")
            for kink in kinks:
                slope = int(slopes[kink])
                self.model.add(price >= slope * slot + int(cost[kink]) - slope * kink)
        else:
            price = self.model.new_int_var(int(cost.min()), int(cost.max()), "")
            self.model.add_element(slot, cost.tolist(), price)
        self.terms.append((price, 1))

    def _ties(self) -> None:
        for group in self.free:
            for n in range(self.t.tie_at[group], self.t.tie_at[group + 1]):
                other = int(self.t.tie_to[n])
                if other > group and other in self.slot:
                    far = self.model.new_int_var(0, self.last, "")
                    self.model.add(far >= self.slot[group] - self.slot[other])
                    self.model.add(far >= self.slot[other] - self.slot[group])
                    self.terms.append((far, int(self.t.tie_yuan[n])))

    def _releases(self) -> None:
        held = {int(r) for g in self.free for r in self.t.held[self.t.held_at[g] : self.t.held_at[g + 1]]}
        for release in sorted(held):
            groups = self.t.release_group[self.t.release_at[release] : self.t.release_at[release + 1]].tolist()
            standing = max(int(self.t.release_since[release]), int(last_slot(self.t, self.s, release)))
            if standing >= self.last:
                continue
            end = self.model.new_int_var(standing, self.last, "")
            for group in groups:
                if group in self.slot:
                    self.model.add(end >= self.slot[group])
            self.terms.append((end, int(self.t.release_yuan[release])))

    def _goals(self) -> None:
        for goal, slot in enumerate(self.t.goal_slot.tolist()):
            short = int(self.t.goal_need[goal] - self.s.done[goal])
            counted = [group for group in self.free if self.t.counted[group]]
            if short <= 0 or not counted or slot >= self.last:
                continue
            missing = self.model.new_int_var(0, short, "")
            moved = [self._moved_by(group, slot) if slot >= 0 else 0 for group in counted]
            sizes = [int(self.t.counted[group]) for group in counted]
            self.model.add(missing + cp_model.LinearExpr.weighted_sum(moved, sizes) >= short)
            self.terms.append((missing, self.t.goal_yuan))

    def _smooth(self) -> None:
        """Rows that cost above a level, slot by slot."""
        for row in np.flatnonzero(self.t.smooth_yuan).tolist():
            users = [
                (group, int(self.t.use_amount[n]))
                for group in self.free
                for n in range(self.t.use_at[group], self.t.use_at[group + 1])
                if self.t.use_row[n] == row
            ]
            for slot in range(self.last + 1):
                own = [(group, amount) for group, amount in users if self.t.allowed[group, slot]]
                shares = [self._share_by(group, slot) for group, _amount in own]
                shares += [self._share_by(group, slot - 1) for group, _amount in own]
                amounts = [amount for _group, amount in own]
                left = int(self.t.smooth_level[row] - self.s.used[row, slot])
                self._above(shares, [*amounts, *(-amount for amount in amounts)], left, int(self.t.smooth_yuan[row]))

    def _strain(self) -> None:
        """What fills a row above a level, in every slot."""
        for row in np.flatnonzero(self.t.strain_yuan).tolist():
            fillers = [
                (group, int(self.t.fill_amount[n]))
                for group in self.free
                for n in range(self.t.fill_at[group], self.t.fill_at[group + 1])
                if self.t.fill_row[n] == row
            ]
            for slot in range(self.last + 1):
                shares = [self._share_by(group, slot) for group, _amount in fillers]
                left = int(self.t.strain_level[row, slot] - self.s.filled[row, slot])
                self._above(shares, [amount for _group, amount in fillers], left, int(self.t.strain_yuan[row]))

    def _share_by(self, group: int, slot: int) -> cp_model.IntVar:
        if 0 <= slot < self.last:
            return self._moved_by(group, slot)
        return self.model.new_constant(int(slot >= 0))

    def _above(self, shares: list[cp_model.IntVar], amounts: list[int], left: int, yuan: int) -> None:
        """Price what is held above what is left below the level."""
        most = sum(amount for amount in amounts if amount > 0)
        if most > left and shares:
            above = self.model.new_int_var(0, most - min(0, left), "")
            self.model.add(above >= cp_model.LinearExpr.weighted_sum(shares, amounts) - left)
            self.terms.append((above, yuan))
