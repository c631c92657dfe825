"""Plans: how soon there is one, how good it is after ten seconds and a minute, and how far from the best.

Ours is what the plan costs above the floor, that is above every group in its first week as if it were alone: the
part that can be saved at all, in millions of yuan. The rest, 97 % of a province's bill, is fixed by when systems
are ready. The gap is that of the whole bill to the bound, in percent; on what can be saved it is said beside.
The peer is what published planners do, ranking by department and filling waves, on the same facts and demands.

Work is counted, not timed: a hundred units are ten seconds of this search on two cores.
"""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from plan_samples import ROOT, country, sample, sample_estate, slipped

from qianyun.importers.declaration import load_calendar, load_pools, load_wishes
from qianyun.plan.bound import floor_of
from qianyun.plan.builder import build_problem
from qianyun.plan.check import check
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.rank import rank_and_fill
from qianyun.plan.replan import MENDING_WORK, replan
from qianyun.plan.solve import WORK_A_SECOND, first_slots, solve
from qianyun.plan.tables import tables_of

MILLION = 1_000_000


def first_plan(name: str) -> float:
    """Seconds from the facts to a first plan that the checker has passed."""
    facts, folder = sample_estate(name), ROOT / "inventory" / name
    calendar, pools, wishes = load_calendar(folder), load_pools(folder), load_wishes(folder)
    first(sample(name))  # the machine code is there, as it is after set-up
    start = time.perf_counter()
    first(build_problem(facts, calendar, pools, wishes=wishes))
    return time.perf_counter() - start


def first_of_country() -> float:
    """The same for the country, from its problem on."""
    problem = country()
    first(sample("city"))
    start = time.perf_counter()
    first(problem)
    return time.perf_counter() - start


def first(problem: Problem) -> Plan:
    """The first plan, checked."""
    slots = first_slots(problem, tables_of(problem)).tolist()
    weeks = {group.number: problem.weeks[slot] for group, slot in zip(problem.groups, slots, strict=True)}
    plan = make_plan(problem, weeks, Status.FEASIBLE)
    assert not check(problem, plan)
    return plan


def after(name: str, seconds: int) -> Callable[[], tuple[float, float]]:
    """What the plan of a sample costs above the floor after so much work, and its gap."""

    def measure() -> tuple[float, float]:
        return _measured(sample(name), seconds)

    return measure


def country_after(seconds: int) -> Callable[[], tuple[float, float]]:
    """Likewise for the country."""

    def measure() -> tuple[float, float]:
        return _measured(country(), seconds)

    return measure


def _measured(problem: Problem, seconds: int) -> tuple[float, float]:
    start = time.perf_counter()
    plan = solve(problem, seed=1, work=seconds * WORK_A_SECOND)
    took, memory = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert plan.gap_percent is not None
    savable = plan.savable_gap_percent or 0.0
    sys.stderr.write(f"{savable:.1f} % of what can be saved, {took:.0f} s, {memory} MB\n")
    return (plan.cost.total - plan.floor) / MILLION, plan.gap_percent


def replanned() -> float:
    """CPU seconds of planning again after 5 % of a province's systems slip four weeks; the rest is said beside."""
    old, now = solve(sample("province"), seed=1, work=MENDING_WORK), date(2026, 12, 1)
    late, slid = slipped(old, now)
    start = time.process_time()
    found = replan(slid, old, frozen_until=now)
    took = time.process_time() - start
    anew = solve(replace(found.problem, in_force=()), seed=1, work=MENDING_WORK)
    untouched = [key for key in old.days if key not in late]
    changed = sum(found.plan.wave_of[key] != old.wave_of[key] for key in untouched)
    dearer = 100 * (found.price / anew.cost.total - 1)
    sys.stderr.write(f"{100 * changed / len(untouched):.1f} % change wave, {dearer:+.2f} % against planning anew\n")
    return took


def ranked(name: str) -> Callable[[], float]:
    """What ranking by department costs above the same floor."""

    def measure() -> float:
        problem = country() if name == "country" else sample(name)
        plan = rank_and_fill(problem)
        assert plan is not None
        return (plan.cost.total - floor_of(tables_of(problem))) / MILLION

    return measure


def _entry(name: str, ours: Callable[[], tuple[float, float]], goal: str) -> dict[str, object]:
    unit = "M yuan that could be saved"
    return {"ours": ours, "peer": ranked(name), "peer_name": "rank and fill", "unit": unit, "goal": goal}


BENCHMARKS = {
    "plan-province-first": {"ours": lambda: first_plan("province"), "unit": "s", "goal": "ours <= 1"},
    "plan-city-first": {"ours": lambda: first_plan("city"), "unit": "s", "goal": "ours <= 1"},
    "plan-country-first": {"ours": first_of_country, "unit": "s", "goal": "ours <= 5"},
    "plan-replan": {"ours": replanned, "unit": "CPU s", "goal": "ours <= 10"},
    "plan-province-10s": _entry("province", after("province", 10), "gap <= 11"),
    "plan-province-60s": _entry("province", after("province", 60), "ratio <= 0.8"),
    "plan-city-10s": _entry("city", after("city", 10), "gap <= 7"),
    "plan-city-60s": _entry("city", after("city", 60), "gap <= 5.5"),
    "plan-country-60s": _entry("country", country_after(60), "gap <= 10"),
    "plan-country-300s": _entry("country", country_after(300), "gap <= 7"),
}
