"""Make `baseline.csv` of a sample estate: the plan that is said to have been approved at its beginning.

As planners do, it keeps hands free: no week takes more than a part of what the team bears, so that
what slips finds a week near by and does not push everything behind it.

`python -m inventory.generator.baseline [province|city …]`: only when the facts of a sample or the
planner's demands have changed; otherwise the file stays as it is, and with it the sample's progress.
"""

import csv
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from inventory.generator.__main__ import ESTATES, INVENTORY
from qianyun.importers.aliases_file import load_aliases
from qianyun.importers.declaration import load_calendar, load_policy, load_pools, load_wishes
from qianyun.importers.ledgers import read_ledgers
from qianyun.plan.builder import build_problem
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve

WORK = 150
TAKEN_PERCENT = 80
"""How much of a week's hands the approved plan takes."""
HEADS = ("单位名称", "系统名称", "迁移批次", "计划割接日期")


def write_baseline(name: str) -> None:
    """Plan a sample's ledgers from its first day, and write the days."""
    folder = INVENTORY / name
    read = read_ledgers(sorted((folder / "ledgers").iterdir()), aliases=load_aliases(folder))
    problem = build_problem(
        read.facts, load_calendar(folder), load_pools(folder), load_policy(folder), load_wishes(folder)
    )
    plan = solve(with_hands_free(problem), seed=1, work=WORK)
    rows = sorted((key.department, key.name, plan.wave_of[key], day) for key, day in plan.days.items())
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=folder, delete=False) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADS)
        writer.writerows(rows)
    Path(out.name).replace(folder / "baseline.csv")


def with_hands_free(problem: Problem) -> Problem:
    """A problem with fewer hands, of which each move group still finds enough."""
    members = [[problem.move_of[key] for key in group.systems] for group in problem.groups]
    effort = max(sum(move.effort for move in moves) for moves in members)
    risk = max(sum(move.risk for move in moves) for moves in members)
    return replace(
        problem,
        team=max(effort, problem.team * TAKEN_PERCENT // 100),
        risk=max(risk, problem.risk * TAKEN_PERCENT // 100),
    )


if __name__ == "__main__":
    for each in sys.argv[1:] or ESTATES:
        write_baseline(each)
