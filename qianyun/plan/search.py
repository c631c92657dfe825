"""The search itself, over tables: chains side by side that exchange the better plan.

Two chains run side by side, each with its own dice, and from time to time the worse one goes on
from the better one's plan. In the last rounds one of them makes room for large neighbourhoods.
How many chains there are, when they exchange and when they stop is counted and never timed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from qianyun.plan.bound import floor_of
from qianyun.plan.kernel import empty_state, state_of, total
from qianyun.plan.lns import Polish
from qianyun.plan.model import Answer, settle
from qianyun.plan.pack import Line, line_of, pack
from qianyun.plan.ruin import WARMTH, Chain, begin, run
from qianyun.plan.tables import Flags, Ints, Tables

CHAINS = 2
STEPS = 8_000
"""Steps of each chain in one unit of work: a tenth of a second for a province."""
PACKED = 16
"""A step that packs all groups counts as much as one step for so many groups."""
ROUNDS = 60
"""How often chains look at each other, and how often the temperature falls."""
EXCHANGES = 6
"""Rounds between two exchanges."""
POLISH_FROM, MODELS = 40, 6
"""The round from which on large neighbourhoods polish the plan, and how many models make ten units of work."""
COOLING = 200
"""By how much the temperature falls over the whole work."""
WARM = 3
"""The first temperature is so many times what a group wastes on average."""
WARM_END, COOLING_END = 3, 4
"""Where only the end costs: what part of a slot's cost the first temperature is, and by how much it falls.

Colder, no end that is a slot later is ever gone through: on public projects of 120 activities that is
half as far again from the best makespans known, for the same steps.
"""


def costs_by_end(tables: Tables) -> bool:
    """Whether nothing costs but when the last of some groups is done: then no group alone can gain anything."""
    return bool(len(tables.release_yuan)) and not (tables.unary.any() or len(tables.tie_to) or len(tables.goal_slot))


class Search:
    """One search: chains of ruin-and-recreate, or of packing where only an end costs.

    Attributes:
        best: The cheapest slots so far; `cost` theirs.
    """

    def __init__(self, tables: Tables, slots: Ints, seed: int, frozen: Flags | None = None) -> None:
        self.tables, self.seed, self.frozen = tables, seed, frozen
        self.best, self.cost = slots.copy(), int(total(tables, state_of(tables, slots)))
        self.packs = costs_by_end(tables)
        self.chains = [self._chain(slots, seed * CHAINS + n) for n in range(CHAINS)]
        self.polish: Polish | None = None

    def rounds(self, pool: ThreadPoolExecutor, work: int) -> Iterator[float]:
        """Run all rounds, from warm to cold; after each, the share of the work that is done."""
        steps, models = work * STEPS // ROUNDS, work * MODELS // (10 * ROUNDS)
        warmest, cooling = self._warmest(), COOLING_END if self.packs else COOLING
        for number in range(ROUNDS if steps else 0):
            if number == POLISH_FROM and models and not self.packs:
                self.chains.pop()
                self.polish = Polish(self.tables, self.best, self.seed, self.frozen)
            temperature = round(warmest * cooling ** (-number / ROUNDS))
            running = [pool.submit(self._advance, chain, steps, temperature) for chain in self.chains]
            if self.polish:
                running.append(pool.submit(self.polish.steps, models))
            for each in running:
                each.result()
            self._keep()
            if number % EXCHANGES == EXCHANGES - 1:
                self._exchange()
            yield (number + 1) / ROUNDS

    def prove(self, work: float) -> bool:
        """Whether CP-SAT, given the whole problem and the best so far, proves it the cheapest; takes what it finds."""
        groups = len(self.tables.size)
        hint = dict(enumerate(self.best.tolist()))
        found = settle(self.tables, empty_state(self.tables), range(groups), work=work, seed=self.seed, hint=hint)
        if found.slots:
            slots = np.array([found.slots[group] for group in range(groups)], dtype=np.int64)
            cost = int(total(self.tables, state_of(self.tables, slots)))
            if cost < self.cost:
                self.cost, self.best = cost, slots
        return found.answer is Answer.OPTIMAL

    def _warmest(self) -> int:
        if self.packs:
            return int(self.tables.release_yuan.max()) // WARM_END
        return max(1, WARM * (self.cost - floor_of(self.tables)) // len(self.tables.size))

    def _chain(self, slots: Ints, seed: int) -> Line | Chain:
        make = line_of if self.packs else begin
        return make(self.tables, state_of(self.tables, slots), seed, self.frozen)

    def _advance(self, chain: Line | Chain, steps: int, temperature: int) -> None:
        chain_of(chain).figures[2] = temperature
        if isinstance(chain, Line):
            pack(self.tables, chain, 1 + steps * PACKED // len(self.tables.size), WARMTH)
        else:
            run(self.tables, chain, steps, WARMTH)

    def _keep(self) -> None:
        """Remember the cheapest plan of all; of equals, the first chain's."""
        for chain in map(chain_of, self.chains):
            if chain.figures[1] < self.cost:
                self.cost, self.best = int(chain.figures[1]), chain.best.copy()
        if self.polish and self.polish.cost < self.cost:
            self.cost, self.best = self.polish.cost, self.polish.state.slot.copy()

    def _exchange(self) -> None:
        """Let those who are behind go on from the best plan."""
        for number, chain in enumerate(map(chain_of, self.chains)):
            if chain.figures[1] > self.cost:
                follower = self._chain(self.best, 0)
                chain_of(follower).dice[:] = chain.dice
                self.chains[number] = follower
        if self.polish and self.polish.cost > self.cost:
            self.polish.restart(self.best)


def chain_of(chain: Line | Chain) -> Chain:
    """What a chain of either kind counts and keeps."""
    return chain.chain if isinstance(chain, Line) else chain
