"""One door to all searches: a problem in, the best plan that some counted work finds out.

Two chains of ruin-and-recreate run side by side, each with its own dice, and from time to time the
worse one goes on from the better one's plan. How many chains there are, when they exchange and
when they stop is counted and never timed, so that the same problem, seed and work give the same
plan on one core or two, on a slow machine or a fast one. The bound is found meanwhile.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from qianyun.errors import InfeasiblePlan
from qianyun.plan.bound import floor_of, lower_bound
from qianyun.plan.check import check
from qianyun.plan.conflict import conflict_faults
from qianyun.plan.greedy import best_first_plan, insert, insert_early
from qianyun.plan.kernel import State, empty_state, feasible, lift, put, state_of, total
from qianyun.plan.lns import Polish
from qianyun.plan.making import make_plan
from qianyun.plan.model import Answer, settle
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.ruin import WARMTH, begin, run
from qianyun.plan.tables import Flags, Ints, Tables, tables_of
from qianyun.words import _

CHAINS = 2
STEPS = 4_000
"""Steps of each chain in one unit of work: a tenth of a second for a province."""
ROUNDS = 60
"""How often chains look at each other, and how often the temperature falls."""
EXCHANGES = 6
"""Rounds between two exchanges."""
POLISH_FROM, MODELS = 40, 6
"""The round from which on large neighbourhoods polish the plan, and how many models make ten units of work."""
MENDING = 5
"""How often a plan in force is tried to be mended before planning starts anew."""
SHARED = 2
"""The first rows, the team and the risk, are used by all groups; those after them by few."""
SMALL, SMALL_WORK, HARD_WORK = 24, 5.0, 60.0
"""Problems of so few groups go to CP-SAT whole; its deterministic seconds for that, and where all orders fail."""
COOLING = 200
"""By how much the temperature falls over the whole work."""
WARM = 3
"""The first temperature is so many times what a group wastes on average."""
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
    search, status = _Search(tables, slots, seed), Status.FEASIBLE
    with ThreadPoolExecutor(CHAINS + 1) as pool:
        bound = pool.submit(lower_bound, tables)
        try:
            for done in search.rounds(pool, work):
                if progress:
                    progress(Progress(done=done, cost=search.cost, bound=_known(bound)))
        except KeyboardInterrupt:
            status = Status.INTERRUPTED
    return finished(problem, search.best, tables, bound.result(), status=status, seed=seed, work=work)


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


class _Search:
    """Chains that run side by side and exchange; in the last rounds one makes room for the polish."""

    def __init__(self, tables: Tables, slots: Ints, seed: int, frozen: Flags | None = None) -> None:
        self.tables, self.seed = tables, seed
        self.best, self.cost = slots.copy(), int(total(tables, state_of(tables, slots)))
        self.chains = [begin(tables, state_of(tables, slots), seed * CHAINS + n, frozen) for n in range(CHAINS)]
        self.polish: Polish | None = None
        self.frozen = frozen
        self.warmest = max(1, WARM * (self.cost - floor_of(tables)) // len(tables.size))

    def rounds(self, pool: ThreadPoolExecutor, work: int) -> Iterator[float]:
        """Run all rounds; after each, the share of the work that is done."""
        steps, models = work * STEPS // ROUNDS, work * MODELS // (10 * ROUNDS)
        for number in range(ROUNDS if steps else 0):
            if number == POLISH_FROM and models:
                self.chains.pop()
                self.polish = Polish(self.tables, self.best, self.seed, self.frozen)
            temperature = round(self.warmest * COOLING ** (-number / ROUNDS))
            for chain in self.chains:
                chain.figures[2] = temperature
            running: list[Future[object]] = [pool.submit(run, self.tables, c, steps, WARMTH) for c in self.chains]
            if self.polish:
                running.append(pool.submit(self.polish.steps, models))
            for each in running:
                each.result()
            self._keep()
            if number % EXCHANGES == EXCHANGES - 1:
                self._exchange()
            yield (number + 1) / ROUNDS

    def _keep(self) -> None:
        """Remember the cheapest plan of all; of equals, the first chain's."""
        for chain in self.chains:
            if chain.figures[1] < self.cost:
                self.cost, self.best = int(chain.figures[1]), chain.best.copy()
        if self.polish and self.polish.cost < self.cost:
            self.cost, self.best = self.polish.cost, self.polish.state.slot.copy()

    def _exchange(self) -> None:
        """Let those who are behind go on from the best plan."""
        for number, chain in enumerate(self.chains):
            if chain.figures[1] > self.cost:
                follower = begin(self.tables, state_of(self.tables, self.best), 0, self.frozen)
                follower.dice[:] = chain.dice
                self.chains[number] = follower
        if self.polish and self.polish.cost > self.cost:
            self.polish.restart(self.best)


def _known(bound: "Future[int]") -> int | None:
    return bound.result() if bound.done() else None
