"""Compile the search's inner loops once for a machine: `python -m qianyun.plan.warm`.

A plan of one group in two weeks goes through all of them. It takes some ten seconds the first
time and a blink afterwards; the set-up does it, so that nobody's first plan waits for it.
"""

import sys
from pathlib import Path

import numpy as np

from qianyun.plan.greedy import best_first_plan
from qianyun.plan.kernel import state_of
from qianyun.plan.ruin import WARMTH, begin, run
from qianyun.plan.tables import Tables, assembled
from qianyun.words import _


def is_cold() -> bool:
    """Whether this machine has not compiled them yet."""
    kept = run.stats.cache_path  # type: ignore[attr-defined] # of numba's dispatcher
    return kept is None or not any(Path(kept).glob("ruin.run-*.nbi"))


def announcement() -> str:
    """What to tell somebody who has to wait for it."""
    return _("compiling the planner once for this machine, some ten seconds …")


def warm() -> None:
    """Call every compiled function."""
    tables = _one_group()
    first = best_first_plan(tables)
    if first is not None:
        run(tables, begin(tables, state_of(tables, first[1].slot), 1), 1, WARMTH)


def _one_group() -> Tables:
    nothing = np.zeros((0, 2), dtype=np.int64)
    return assembled(
        allowed=np.ones((1, 2), dtype=np.bool_),
        unary=np.zeros((1, 2), dtype=np.int64),
        ties={},
        order={},
        uses=[[]],
        use_cap=nothing,
        fills=[[]],
        fill_cap=nothing,
        releases=[],
        sizes=[(1, 1)],
        goals=[],
        goal_yuan=0,
        stretch=[0, 0],
        stretch_caps=[None],
    )


if __name__ == "__main__":
    if is_cold():
        sys.stderr.write(f"{announcement()}\n")
    warm()
