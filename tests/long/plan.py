"""Small planning problems with every kind of demand, 2,000 by default, each against brute force."""

from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from plan_trial import Met, trial
from plan_worlds import small_problems

from qianyun.plan.problem import Problem

USUAL = 2_000
MOST_GROUPS = 8
STEP = 200


def run(seed_: int, count: int | None) -> None:
    """Solve so many problems both ways; the first that differs is told with its facts."""
    met: Counter[Met] = Counter()

    @seed(seed_)
    @settings(
        max_examples=count or USUAL, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(small_problems(most=6))
    def each(problem: Problem) -> None:
        if len(problem.groups) <= MOST_GROUPS:
            met[trial(problem)] += 1
        if met.total() % STEP == 0:
            print(f"{met.total()} problems: {dict(met)}", flush=True)

    each()
    print(f"{met.total()} problems, each as brute force has it: {dict(met)}")
