"""Packing: chains for what only its end makes dear, and public instances they are measured on."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_samples import sample as estate
from plan_worlds import small_problems
from rcpsp import YUAN_A_PERIOD, Project, sample

from qianyun.plan.greedy import best_first_plan, first_plans
from qianyun.plan.kernel import empty_state, state_of, total
from qianyun.plan.model import Answer, settle
from qianyun.plan.pack import line_of, pack
from qianyun.plan.problem import Problem
from qianyun.plan.ruin import WARMTH
from qianyun.plan.search import costs_by_end
from qianyun.plan.tables import tables_of


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Projects of a few activities, two resources and any order."""
    count = draw(st.integers(1, 7))
    durations = tuple(draw(st.integers(1, 4)) for _n in range(count))
    demands = tuple((draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _n in range(count))
    successors = tuple(tuple(m for m in range(n + 1, count) if draw(st.integers(0, 3)) == 0) for n in range(count))
    return Project(name="drawn", best=0, capacities=(3, 4), durations=durations, demands=demands, successors=successors)


def starts_of(project: Project, slots: object) -> list[int]:
    return [int(s) - d + 1 for s, d in zip(np.asarray(slots).tolist(), project.durations, strict=True)]


@settings(max_examples=60, deadline=None)
@given(projects())
def test_a_packed_project_keeps_its_order_and_its_resources_and_is_as_short_as_can_be(project: Project) -> None:
    tables = project.tables()
    first = best_first_plan(tables)
    assert first is not None
    line = line_of(tables, first[1], 1)
    line.chain.figures[2] = YUAN_A_PERIOD // 3

    pack(tables, line, 300, WARMTH)

    starts = starts_of(project, line.chain.best)
    shortest = settle(tables, empty_state(tables), range(len(project.durations)), work=5)
    assert project.faults(starts) == []
    assert shortest.answer is Answer.OPTIMAL
    assert project.makespan(starts) == max(shortest.slots.values()) + 1


@settings(max_examples=40, deadline=None)
@given(small_problems())
def test_packing_counts_what_it_holds_and_keeps_every_demand(given: Problem) -> None:
    tables = tables_of(given)
    for _name, state in first_plans(tables):
        line = line_of(tables, state, 1)
        pack(tables, line, 50, WARMTH)

        assert line.chain.figures[0] == total(tables, line.chain.state)
        fresh = state_of(tables, line.chain.best)
        assert (fresh.used <= tables.use_cap).all()
        assert (fresh.filled <= tables.fill_cap).all()
        assert (fresh.moved <= tables.stretch_cap).all()
        assert tables.allowed[np.arange(len(fresh.slot)), fresh.slot].all()


def test_only_what_costs_by_its_end_is_packed() -> None:
    project = Project(name="", best=0, capacities=(1,), durations=(2,), demands=((1,),), successors=((),))

    assert costs_by_end(project.tables())
    assert not costs_by_end(tables_of(estate("city")))


@pytest.mark.parametrize(("family", "count"), [("J30", 48), ("J60", 48), ("J120", 30), ("RG300", 8)])
def test_the_public_sets_are_read_whole(shared: Callable[[str], Path], family: str, count: int) -> None:
    projects = list(sample(shared("plan"), family))

    assert len(projects) == count
    assert all(project.floor <= project.best for project in projects)


def test_a_public_project_comes_near_the_best_known_in_two_thousand_steps(shared: Callable[[str], Path]) -> None:
    project = next(each for each in sample(shared("plan"), "J120") if each.name == "J120_1")
    tables = project.tables()
    first = best_first_plan(tables)
    assert first is not None
    line = line_of(tables, first[1], 1)

    pack(tables, line, 2000, WARMTH)

    assert project.makespan(starts_of(project, line.chain.best)) <= project.best * 1.05
