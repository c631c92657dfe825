"""Planning in a process of its own: interrupted by a person, held to one core or given two."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HEAD = f"""
import os, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests/support")!r}]
from plan_samples import sample
from qianyun.plan.check import check
from qianyun.plan.solve import solve
"""
LONG = """
plan = solve(sample("city"), work=150, progress=lambda reached: print(reached.cost, flush=True))
print(plan.status, plan.cost.total, len(check(sample("city"), plan)), flush=True)
"""
SHORT = """
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[1])])
print(solve(sample("city"), seed=5, work=3).digest)
"""


@pytest.mark.timeout(300)
def test_ctrl_c_ends_a_search_with_the_best_plan_so_far() -> None:
    with subprocess.Popen([sys.executable, "-c", HEAD + LONG], cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        told = [int(running.stdout.readline()) for _round in range(3)]
        os.kill(running.pid, signal.SIGINT)
        *more, last = running.stdout.read().splitlines()

    status, cost, faults = last.split()
    assert (status, int(faults)) == ("interrupted", 0)
    assert int(cost) <= min([*told, *map(int, more)])
    assert len(more) < 50
    assert running.returncode == 0


@pytest.mark.timeout(300)
def test_one_core_and_two_give_the_same_plan() -> None:
    digests = [
        subprocess.run(
            [sys.executable, "-c", HEAD + SHORT, str(cores)], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for cores in (1, 2)
    ]

    assert digests[0] == digests[1] != ""
