"""One door to all searches: a problem in, the best plan that some counted work finds out.

Small problems are proved by CP-SAT, others searched while their bound is found. Work is counted and
never timed, so that the same problem, seed and work give the same plan on one core or two, on a
slow machine or a fast one.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from qianyun.errors import InfeasiblePlan
from qianyun.plan.bound import floor_of
from qianyun.plan.bounding import bounding
from qianyun.plan.check import check
from qianyun.plan.conflict import conflict_faults
from qianyun.plan.greedy import best_first_plan, insert, insert_early
from qianyun.plan.kernel import State, empty_state, feasible, lift, put
from qianyun.plan.making import make_plan
from qianyun.plan.model import Answer, settle
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.search import CHAINS, Search
from qianyun.plan.tables import Ints, Tables, tables_of
from qianyun.words import _

MENDING = 5
"""How often a plan in force is tried to be mended before planning starts anew."""
SHARED = 2
"""The first rows, the team and the risk, are used by all groups; those after them by few."""
SMALL, SMALL_WORK, HARD_WORK = 24, 5.0, 60.0
"""Problems of so few groups go to CP-SAT whole; its deterministic seconds for that, and where all orders fail."""
DEFAULT_WORK = 60
WORK_A_SECOND = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a search is.

    Attributes:
        done: Share of the work, 0 to 1.
        cost: Of the best plan so far, in yuan.
        bound: `None` while it is not known.
    """

    done: float
    cost: int
    bound: int | None

    @property
    def gap_percent(self) -> float | None:
        """Distance to the bound in percent of it."""
        return 100 * (self.cost - self.bound) / self.bound if self.bound else None


Watcher = Callable[[Progress], None]


def solve(problem: Problem, *, seed: int = 1, work: int = DEFAULT_WORK, progress: Watcher | None = None) -> Plan:
    """The best plan found, checked; the same for the same problem, seed and work.

    Args:
        problem: What to plan.
        seed: Sets the dice.
        work: Units of `STEPS` steps a chain; 0 gives the best of the first plans.
        progress: Told after each round.

    Raises:
        InfeasiblePlan: No plan keeps every demand, or none was found; says which.
    """
    if not problem.groups:
        return make_plan(problem, {}, Status.OPTIMAL, bound=0, seed=seed, work=work)
    tables = tables_of(problem)
    if len(problem.groups) <= SMALL:
        found = settle(tables, empty_state(tables), range(len(problem.groups)), work=SMALL_WORK, seed=seed)
        if found.answer is Answer.OPTIMAL:
            return finished(problem, _slots(found.slots), tables, None, status=Status.OPTIMAL, seed=seed, work=work)
    slots = first_slots(problem, tables)
    search, status = Search(tables, slots, seed), Status.FEASIBLE
    with ThreadPoolExecutor(CHAINS) as pool, bounding(tables, work) as bound:
        try:
            for done in search.rounds(pool, work):
                if progress:
                    progress(Progress(done=done, cost=search.cost, bound=bound.known()))
        except KeyboardInterrupt:
            status = Status.INTERRUPTED
        lowest = bound.last(hurried=status is Status.INTERRUPTED)
    return finished(problem, search.best, tables, lowest, status=status, seed=seed, work=work)


def first_slots(problem: Problem, tables: Tables) -> Ints:
    """Some plan: the one in force mended, the cheapest of the first ones, or, where all fail, one that CP-SAT finds.

    Raises:
        InfeasiblePlan: There is none, or none was found; names the demands that conflict.
    """
    if problem.in_force:
        mended = mended_slots(problem, tables)
        if mended is not None:
            return mended
    first = best_first_plan(tables) if tables.allowed.any(axis=1).all() else None
    if first is not None:
        return first[1].slot
    found = settle(tables, empty_state(tables), range(len(problem.groups)), work=HARD_WORK)
    if found.slots:
        return _slots(found.slots)
    if found.answer is Answer.UNKNOWN:
        raise InfeasiblePlan(_("no plan was found, and it is not proved that there is none; relax some demands"))
    raise InfeasiblePlan(conflict_faults(problem))


def mended_slots(problem: Problem, tables: Tables) -> Ints | None:
    """The plan in force with as many groups as can stay where it has them, the others put in cheapest."""
    state = empty_state(tables)
    number = {week: n for n, week in enumerate(problem.weeks)}
    in_force = {each.system: number.get(each.week, -1) for each in problem.in_force}
    wanted = [(min(in_force.get(key, -1) for key in group.systems), n) for n, group in enumerate(problem.groups)]
    for slot, group in sorted(wanted):
        if slot >= 0 and feasible(tables, state, group) and state.ok[slot]:
            put(tables, state, group, slot)
    for _try in range(MENDING):
        missing = [group for group in range(len(problem.groups)) if state.slot[group] < 0]
        if not missing:
            return state.slot
        for group in missing:
            if not insert(tables, state, group):
                _make_room(tables, state, group)
    return None


def _make_room(tables: Tables, state: State, group: int) -> None:
    """Lift what stands before, after or beside a group in the rows it uses, so that it finds a slot."""
    rows = set(tables.use_row[tables.use_at[group] : tables.use_at[group + 1]].tolist())
    for other in range(len(state.slot)):
        beside = rows & set(tables.use_row[tables.use_at[other] : tables.use_at[other + 1]].tolist())
        if state.slot[other] >= 0 and tables.allowed[other].sum() > 1 and max(beside, default=0) >= SHARED:
            lift(tables, state, other)
    for n in range(tables.after_at[group], tables.after_at[group + 1]):
        if state.slot[tables.after[n]] >= 0:
            lift(tables, state, int(tables.after[n]))
    insert_early(tables, state, group)


def _slots(found: Mapping[int, int]) -> Ints:
    return np.array([found[group] for group in range(len(found))], dtype=np.int64)


def finished(
    problem: Problem, slots: Ints, tables: Tables, bound: int | None, *, status: Status, seed: int, work: int
) -> Plan:
    """The plan of some slots; nothing leaves this room that the checker does not pass."""
    weeks = {group.number: problem.weeks[slot] for group, slot in zip(problem.groups, slots.tolist(), strict=True)}
    plan = make_plan(problem, weeks, status, floor=floor_of(tables), bound=bound, seed=seed, work=work)
    if status is Status.OPTIMAL:
        plan = replace(plan, bound=plan.cost.total)
    faults = check(problem, plan)
    if faults:
        raise InfeasiblePlan(faults)
    return plan
