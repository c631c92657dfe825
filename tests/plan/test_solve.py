"""The search: what it finds, that it finds the same again, and what it says of how good that is."""

from dataclasses import replace
from functools import cache
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from plan_samples import country, sample
from plan_worlds import FREE, key, monday, problem, room, small_problems, system

from qianyun.errors import InfeasiblePlan
from qianyun.plan.blocks import blocks_of, part_of
from qianyun.plan.bound import bound_at, floor_of, lower_bound
from qianyun.plan.check import check
from qianyun.plan.costs import cost_of
from qianyun.plan.greedy import best_first_plan, first_plans
from qianyun.plan.kernel import state_of, total
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.relaxation import Relaxation
from qianyun.plan.ruin import WARMTH, begin, run
from qianyun.plan.solve import Progress, solve
from qianyun.plan.tables import tables_of


@cache
def planned(name: str, work: int) -> Plan:
    return solve(sample(name), seed=1, work=work)


def test_the_sample_province_leaves_out_what_is_deferred_and_nothing_else() -> None:
    assert [each for each in sample("province").unplanned if each.is_fault] == []
    assert len(sample("province").unplanned) == 20


@pytest.mark.parametrize("name", ["province", "city"])
def test_the_plan_of_a_sample_keeps_every_demand(name: str) -> None:
    assert check(sample(name), planned(name, 5)) == ()


def test_more_work_gives_no_dearer_plan() -> None:
    costs = [planned("province", work).cost.total for work in (0, 5, 20)]

    assert costs[0] > costs[1] > costs[2]


def test_the_gap_of_the_province_is_small_after_two_seconds_of_work() -> None:
    plan = planned("province", 20)

    assert plan.bound is not None
    assert plan.floor < plan.bound <= plan.cost.total
    assert plan.gap_percent is not None
    assert plan.gap_percent < 1


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    assert solve(sample("city"), seed=3, work=4).to_text() == solve(sample("city"), seed=3, work=4).to_text()


def test_another_seed_gives_another_plan() -> None:
    assert solve(sample("city"), seed=3, work=4).weeks != solve(sample("city"), seed=4, work=4).weeks


def test_progress_is_told_with_the_gap_falling() -> None:
    told: list[Progress] = []

    solve(sample("city"), work=6, progress=told.append)

    costs = [each.cost for each in told]
    assert costs == sorted(costs, reverse=True)
    assert told[-1].done == 1


def test_an_interrupt_gives_the_best_plan_so_far() -> None:
    def press(reached: Progress) -> None:
        if reached.done > 0.2:
            raise KeyboardInterrupt

    plan = solve(sample("city"), work=6, progress=press)

    assert plan.status == "interrupted"
    assert check(sample("city"), plan) == ()


def test_a_plan_survives_its_text() -> None:
    plan = planned("city", 5)

    assert Plan.from_text(plan.to_text()) == plan


def test_the_digest_of_a_problem_is_that_of_its_text() -> None:
    text = sample("city").to_text()

    assert sample("city").digest == f"sha256:{sha256(text.encode()).hexdigest()}"
    assert Problem.from_text(text) == sample("city")


def test_more_work_gives_a_higher_bound() -> None:
    bounds = [planned("city", work).bound or 0 for work in (1, 60)]

    assert bounds[0] < bounds[1]


def test_an_empty_problem_has_an_empty_plan() -> None:
    assert solve(problem([])).waves == ()


def test_a_room_is_emptied_as_early_as_it_may_be() -> None:
    given = problem(
        [system("甲", room="机房一"), system("乙", room="机房一")], replace(FREE, wave_systems=1), rooms=[room()]
    )

    assert sorted(solve(given, work=1).weeks.values()) == [monday(1), monday(2)]


def test_waves_are_numbered_from_the_first_that_holds_something() -> None:
    given = problem([system("甲", ready_on=monday(2)), system("乙", ready_on=monday(6))])

    assert [(wave.number, wave.first) for wave in solve(given, work=1).waves] == [(1, monday(2)), (2, monday(6))]


def test_a_plan_names_its_systems_by_wave() -> None:
    given = problem([system("甲", ready_on=monday(2)), system("乙", ready_on=monday(6))])

    assert solve(given, work=1).wave_of == {key("甲"): 1, key("乙"): 2}


# Laws of the search


@settings(max_examples=60, deadline=None)
@given(small_problems())
def test_every_plan_returned_passes_the_checker(given: Problem) -> None:
    try:
        plan = solve(given, work=1)
    except InfeasiblePlan:
        return
    assert check(given, plan) == ()


@settings(max_examples=40, deadline=None)
@given(small_problems())
def test_the_tables_price_a_plan_as_the_facts_do(given: Problem) -> None:
    tables = tables_of(given)
    for _name, state in first_plans(tables):
        weeks = {
            member: given.weeks[slot]
            for group, slot in zip(given.groups, state.slot.tolist(), strict=True)
            for member in group.systems
        }
        assert total(tables, state) == cost_of(given, weeks).total


@settings(max_examples=40, deadline=None)
@given(small_problems())
def test_a_chain_counts_what_it_holds(given: Problem) -> None:
    tables = tables_of(given)
    for _name, state in first_plans(tables):
        chain = begin(tables, state, 1)
        chain.figures[2] = 1000
        run(tables, chain, 200, WARMTH)

        assert chain.figures[0] == total(tables, chain.state)
        assert chain.figures[1] == total(tables, state_of(tables, chain.best))
        for held, fresh in zip(chain.state[:5], state_of(tables, chain.state.slot)[:5], strict=True):
            np.testing.assert_array_equal(held, fresh)


@settings(max_examples=40, deadline=None)
@given(small_problems())
def test_no_plan_costs_less_than_the_bound_or_the_floor(given: Problem) -> None:
    tables = tables_of(given)
    for _name, state in first_plans(tables):
        assert floor_of(tables) <= total(tables, state)
        assert lower_bound(tables) <= total(tables, state)


def test_any_prices_whatever_give_a_bound() -> None:
    tables = tables_of(sample("city"))
    relaxation = Relaxation(tables)
    found = best_first_plan(tables)
    prices = np.arange(len(relaxation.low), dtype=np.float64) % 11 - 5

    assert found is not None
    assert bound_at(relaxation, prices) <= found[2]


def test_a_country_falls_into_its_provinces() -> None:
    tables = tables_of(country(2))

    blocks = blocks_of(tables)

    assert len(blocks) >= 2
    assert sorted(group for block in blocks for group in block.tolist()) == list(range(len(tables.size)))


def test_the_bound_by_blocks_holds_for_the_whole() -> None:
    tables = tables_of(country(2))
    found = best_first_plan(tables)

    parts = sum(lower_bound(part_of(tables, groups)) for groups in blocks_of(tables))

    assert found is not None
    assert floor_of(tables) < parts <= found[2]
