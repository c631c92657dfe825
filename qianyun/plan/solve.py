"""One door to all searches: a problem in, the best plan that some counted work finds out.

Two chains of ruin-and-recreate run side by side, each with its own dice, and from time to time the
worse one goes on from the better one's plan. How many chains there are, when they exchange and
when they stop is counted and never timed, so that the same problem, seed and work give the same
plan on one core or two, on a slow machine or a fast one. The bound is found meanwhile.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from qianyun.errors import InfeasiblePlan
from qianyun.plan.bound import floor_of, lower_bound
from qianyun.plan.check import check
from qianyun.plan.greedy import best_first_plan
from qianyun.plan.kernel import state_of
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.ruin import WARMTH, Chain, begin, run
from qianyun.plan.tables import Small, Tables, tables_of
from qianyun.words import _

CHAINS = 2
STEPS = 4_000
"""Steps of each chain in one unit of work: a tenth of a second for a province."""
ROUNDS = 60
"""How often chains look at each other, and how often the temperature falls."""
EXCHANGES = 6
"""Rounds between two exchanges."""
COOLING = 200
"""By how much the temperature falls over the whole work."""
WARM = 250
"""The first temperature is this part of what can be saved."""
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
    first = best_first_plan(tables) if (tables.allowed.any(axis=1)).all() else None
    if first is None:
        raise InfeasiblePlan(_("no plan keeps every demand"))
    search = _Search(tables, first[1].slot, seed)
    interrupted = False
    with ThreadPoolExecutor(CHAINS + 1) as pool:
        bound = pool.submit(lower_bound, tables)
        try:
            for done in search.rounds(pool, work):
                if progress:
                    progress(Progress(done=done, cost=search.cost, bound=_known(bound)))
        except KeyboardInterrupt:
            interrupted = True
    return finished(problem, search.best, tables, bound.result(), interrupted=interrupted, seed=seed, work=work)


def finished(
    problem: Problem, slots: Small, tables: Tables, bound: int | None, *, interrupted: bool, seed: int, work: int
) -> Plan:
    """The plan of some slots; nothing leaves this room that the checker does not pass."""
    weeks = {group.number: problem.weeks[slot] for group, slot in zip(problem.groups, slots.tolist(), strict=True)}
    status = Status.INTERRUPTED if interrupted else Status.FEASIBLE
    plan = make_plan(problem, weeks, status, floor=floor_of(tables), bound=bound, seed=seed, work=work)
    faults = check(problem, plan)
    if faults:
        raise InfeasiblePlan(faults)
    return plan


class _Search:
    """Chains that run side by side and exchange."""

    def __init__(self, tables: Tables, slots: Small, seed: int) -> None:
        self.tables = tables
        self.chains = [begin(tables, state_of(tables, slots), seed * CHAINS + n) for n in range(CHAINS)]
        self.warmest = max(1, (self.cost - floor_of(tables)) // WARM)

    @property
    def leader(self) -> Chain:
        """The chain that has found the cheapest plan; the first of equals."""
        return min(self.chains, key=lambda chain: int(chain.figures[1]))

    @property
    def cost(self) -> int:
        """Of the best plan so far."""
        return int(self.leader.figures[1])

    @property
    def best(self) -> Small:
        """Its slots."""
        return self.leader.best

    def rounds(self, pool: ThreadPoolExecutor, work: int) -> Iterator[float]:
        """Run all rounds; after each, the share of the work that is done."""
        steps = work * STEPS // ROUNDS
        for number in range(ROUNDS if steps else 0):
            temperature = round(self.warmest * COOLING ** (-number / ROUNDS))
            for chain in self.chains:
                chain.figures[2] = temperature
            running = [pool.submit(run, self.tables, chain, steps, WARMTH) for chain in self.chains]
            for each in running:
                each.result()
            if number % EXCHANGES == EXCHANGES - 1:
                self._exchange()
            yield (number + 1) / ROUNDS

    def _exchange(self) -> None:
        leader = self.leader
        for number, chain in enumerate(self.chains):
            if chain.figures[1] > leader.figures[1]:
                follower = begin(self.tables, state_of(self.tables, leader.best), 0)
                follower.dice[:] = chain.dice
                self.chains[number] = follower


def _known(bound: "Future[int]") -> int | None:
    return bound.result() if bound.done() else None
