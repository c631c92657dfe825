"""The planner's search engine on public scheduling sets: how far from the best makespans known.

Project scheduling (RCPSP) of 30, 60, 120 and 300 activities, the instances of `sample.txt` beside
the checkout. Ours is `qianyun.plan.search` through the adapter `tests/support/rcpsp.py`, two chains
that exchange; the peer is plain CP-SAT with two workers on the whole model, in the same seconds.
Both are stopped by their own processor time, half of which is the clock's on two idle cores, and
both as soon as they reach the best known makespan: going on could not better the figure.

The figure is the mean deviation from the best known makespan in percent; for 30 and 60 activities
the share of instances that fall short of it, which is what those sets are compared by. The other
figure is written beside.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

from ortools.sat.python import cp_model
from rcpsp import Project, sample

from qianyun.plan.greedy import best_first_plan
from qianyun.plan.search import CHAINS, Search

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("QIANYUN_SHARED", ROOT.parent / "shared")) / "data/plan"
WORKERS = 2
SMALL, PROOF = 32, 15.0
"""Projects of so few activities go to CP-SAT whole once packed, as small problems do; its deterministic seconds."""
Solver = Callable[[Project, float], list[int]]


def with_us(project: Project, seconds: float) -> list[int]:
    """First periods after so many seconds: search after search from the best plan, with new dice and for longer."""
    tables, start = project.tables(), time.process_time()
    first = best_first_plan(tables)
    assert first is not None
    best, cost, work, seed = first[1].slot, first[2], 8, 1
    with ThreadPoolExecutor(CHAINS) as pool:
        while not _is_done(project, _starts(project, best), start, seconds):
            search = Search(tables, best, seed)
            for _share in search.rounds(pool, work):
                if search.cost < cost:
                    best, cost = search.best, search.cost
                if _is_done(project, _starts(project, best), start, seconds):
                    break
            if seed == 1 and len(project.durations) <= SMALL and search.prove(PROOF):
                return _starts(project, search.best)
            work, seed = work * 3 // 2, seed + 1
    return _starts(project, best)


def _starts(project: Project, slots: object) -> list[int]:
    return [int(slot) - duration + 1 for slot, duration in zip(slots, project.durations, strict=True)]  # type: ignore[call-overload] # an array


def _is_done(project: Project, starts: list[int], start: float, seconds: float) -> bool:
    is_late = time.process_time() - start > seconds * WORKERS
    return is_late or project.makespan(starts) <= max(project.best, project.floor)


def with_cp_sat(project: Project, seconds: float) -> list[int]:
    """The same by CP-SAT alone: an interval for each activity, a cumulative for each resource."""
    model, horizon = cp_model.CpModel(), sum(project.durations)
    starts = [model.new_int_var(0, horizon, "") for _duration in project.durations]
    both = list(zip(starts, project.durations, strict=True))
    spans = [model.new_fixed_size_interval_var(start, duration, "") for start, duration in both]
    for one, after in enumerate(project.successors):
        for other in after:
            model.add(starts[other] >= starts[one] + project.durations[one])
    for row, capacity in enumerate(project.capacities):
        model.add_cumulative(spans, [demand[row] for demand in project.demands], capacity)
    end = model.new_int_var(project.floor, horizon, "")
    for start, duration in both:
        model.add(end >= start + duration)
    model.minimize(end)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = 1
    _stopped(solver, model, project, seconds)
    return [solver.value(start) for start in starts]


def _stopped(solver: cp_model.CpSolver, model: cp_model.CpModel, project: Project, seconds: float) -> None:
    """Solve until the processor time is used up or the best known makespan is reached."""
    begun, is_over, reached = time.process_time(), Event(), _Reached(project.best)

    def watch() -> None:
        while not is_over.wait(0.02):
            if time.process_time() - begun > seconds * WORKERS:
                solver.stop_search()

    watcher = Thread(target=watch)
    watcher.start()
    solver.solve(model, reached)
    is_over.set()
    watcher.join()
    assert solver.response_proto.solution, f"CP-SAT found nothing for {project.name}"


class _Reached(cp_model.CpSolverSolutionCallback):
    def __init__(self, best: int) -> None:
        super().__init__()
        self.best = best

    def on_solution_callback(self) -> None:
        """Stop at the best known makespan."""
        if self.objective_value <= self.best:
            self.stop_search()


def short_of_best(family: str, seconds: float, solver: Solver) -> Callable[[], float]:
    """The share of instances, in percent, that stay above the best known makespan."""

    def measure() -> float:
        deviations = list(_deviations(family, seconds, solver))
        return 100 * sum(each > 0 for each in deviations) / len(deviations)

    return measure


def above_best(family: str, seconds: float, solver: Solver) -> Callable[[], float]:
    """The mean deviation from the best known makespan, in percent."""

    def measure() -> float:
        deviations = list(_deviations(family, seconds, solver))
        return sum(deviations) / len(deviations)

    return measure


def _deviations(family: str, seconds: float, solver: Solver) -> Iterator[float]:
    """Deviation of each instance in percent; every schedule is checked against the instance alone."""
    done = []
    for project in sample(SHARED, family):
        starts = solver(project, seconds)
        faults = project.faults(starts)
        assert not faults, f"{project.name}: {faults}"
        done.append(100 * (project.makespan(starts) - project.best) / project.best)
        yield done[-1]
    mean, share = sum(done) / len(done), 100 * sum(each <= 0 for each in done) / len(done)
    sys.stderr.write(f"{family}, {seconds:.0f} s, {solver.__name__}: mean {mean:.2f} % over, {share:.1f} % at best\n")


def _entry(family: str, seconds: float, figure: Callable[..., Callable[[], float]], goal: str) -> dict[str, object]:
    unit = "% short of best" if figure is short_of_best else "% over best"
    ours, peer = figure(family, seconds, with_us), figure(family, seconds, with_cp_sat)
    return {"ours": ours, "peer": peer, "peer_name": "plain CP-SAT", "unit": unit, "goal": f"ours <= {goal}"}


BENCHMARKS = {
    "j30-10s": _entry("J30", 10, short_of_best, "0"),
    "j60-10s": _entry("J60", 10, short_of_best, "10"),
    "j60-60s": _entry("J60", 60, short_of_best, "6"),
    "j120-10s": _entry("J120", 10, above_best, "2.2"),
    "j120-60s": _entry("J120", 60, above_best, "1.5"),
    "rg300-10s": _entry("RG300", 10, above_best, "4.5"),
    "rg300-60s": _entry("RG300", 60, above_best, "3.8"),
}
