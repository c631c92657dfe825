"""The bound: no plan costs less.

PDLP solves the linear relaxation; what it answers is not believed but used. Any prices for the
rows give a bound by themselves: each group takes the slot that is cheapest at those prices, each
other variable 0 or 1 as it pays. So the bound holds whether the solver converged or not, and it is
rounded down to whole yuan.

Source: D. Applegate and others, Practical large-scale linear programming using primal-dual hybrid
gradient, NeurIPS 2021; A. Geoffrion, Lagrangean relaxation for integer programming, 1974.
"""

import math
from itertools import pairwise

import numpy as np
from ortools.pdlp import solvers_pb2
from ortools.pdlp.python import pdlp

from qianyun.plan.blocks import blocks_of, part_of
from qianyun.plan.relaxation import Floats, Relaxation
from qianyun.plan.tables import UNLIMITED, Tables

ITERATIONS, MORE = 1_000, 50
"""Iterations without any work, and how many a unit of work adds: half of one core's time in a search for a province."""
ROUGH = 1_000
"""Iterations at most for each block of a large problem: they come within two percent of what can be saved."""
FINE, COARSE = 2, 4
"""Slots between which ties are not told apart, where there are iterations for it and where not."""
ENOUGH = 10_000
WHOLE = 1_000
TOLERANCE = 2e-5
ROUNDING = 1e-9
"""Relative error that sums of doubles of this size may carry, on the safe side."""


def lower_bound(tables: Tables, work: int = 0) -> int:
    """What no plan costs less than, in whole yuan; counted work, so that it is the same everywhere.

    Problems of more than `WHOLE` groups are bounded block by block: a province is a programme of
    100 MB and a few seconds, a country would be one of gigabytes. Groups that stand alone need no
    programme.
    """
    iterations = ITERATIONS + MORE * work
    if len(tables.size) > WHOLE:
        blocks = blocks_of(tables)
        if len(blocks) > 1:
            alone = np.concatenate([groups for groups in blocks if len(groups) == 1] or [blocks[0][:0]])
            others = [groups for groups in blocks if len(groups) > 1]
            parts = sum(_bound_of(part_of(tables, groups), min(ROUGH, iterations)) for groups in others)
            return floor_of(part_of(tables, alone)) + parts
    return _bound_of(tables, iterations)


def _bound_of(tables: Tables, iterations: int) -> int:
    relaxation = Relaxation(tables, FINE if iterations > ENOUGH else COARSE)
    prices = _prices(relaxation, iterations)
    return math.floor(bound_at(relaxation, prices))


def floor_of(tables: Tables) -> int:
    """What no plan can save: every group in its cheapest slot as if it were alone."""
    first = tables.allowed.argmax(axis=1)
    alone = np.where(tables.allowed, tables.unary, UNLIMITED).min(axis=1).sum()
    ends = [int(first[tables.release_group[a:b]].max(initial=0)) for a, b in pairwise(tables.release_at)]
    paid = zip(tables.release_yuan.tolist(), ends, tables.release_since.tolist(), strict=True)
    held: int = sum(yuan * max(0, end - since) for yuan, end, since in paid)
    return int(alone) + held


def bound_at(relaxation: Relaxation, prices: Floats) -> float:
    """The bound that some prices of the rows give, whatever they are."""
    prices = np.where((prices > 0) & np.isinf(relaxation.low), 0.0, prices)
    prices = np.where((prices < 0) & np.isinf(relaxation.high), 0.0, prices)
    prices[: relaxation.steps] = 0.0  # the slots of a group are looked at one by one below
    sides = np.where(prices > 0, relaxation.low, relaxation.high)
    given = float(np.dot(prices[prices != 0], sides[prices != 0]))
    reduced = relaxation.cost - relaxation.matrix.T @ prices
    at = relaxation.group_at
    shares = reduced[: at[-1]]
    best = 0.0
    for first, last in pairwise(at):
        later = np.cumsum(shares[first:last][::-1])
        best += min(0.0, float(later.min(initial=0.0)))
    rest = float(np.minimum(0.0, reduced[at[-1] :]).sum())
    scale = abs(relaxation.constant) + abs(given) + float(np.abs(reduced).sum())
    return relaxation.constant + given + best + rest - ROUNDING * scale


def _prices(relaxation: Relaxation, iterations: int) -> Floats:
    programme = pdlp.QuadraticProgram()
    cost, low = relaxation.cost, relaxation.low
    programme.resize_and_initialize(len(cost), len(low))
    programme.objective_vector = cost
    programme.constraint_matrix = relaxation.matrix
    programme.variable_lower_bounds = np.zeros(len(cost))
    programme.variable_upper_bounds = np.ones(len(cost))
    programme.constraint_lower_bounds = low
    programme.constraint_upper_bounds = relaxation.high
    asked = solvers_pb2.PrimalDualHybridGradientParams()
    asked.termination_criteria.iteration_limit = iterations
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_relative = TOLERANCE
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1.0
    asked.num_threads = 1
    asked.presolve_options.use_glop = False
    found = pdlp.primal_dual_hybrid_gradient(programme, asked)
    return np.asarray(found.dual_solution, dtype=np.float64)
