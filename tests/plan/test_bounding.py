"""The bound beside a search: the same wherever it is found, and given up by who is in a hurry."""

from multiprocessing import active_children

import pytest
from plan_samples import sample
from plan_worlds import problem, system

from qianyun.plan.bound import lower_bound
from qianyun.plan.bounding import SHORT, _Process, bounding
from qianyun.plan.tables import tables_of

LONG = SHORT + 1
TWO = problem([system("甲"), system("乙")])


@pytest.mark.timeout(300)
def test_a_bound_found_in_its_own_process_is_the_one_found_here() -> None:
    tables = tables_of(TWO)

    with bounding(tables, LONG) as bound:
        found = bound.last(hurried=False)

    assert found == bound.known() == lower_bound(tables, LONG)
    assert active_children() == []


@pytest.mark.timeout(300)
def test_who_is_in_a_hurry_goes_without_a_long_bound_but_not_without_a_short_one() -> None:
    tables = tables_of(sample("city"))

    with bounding(tables, 100 * LONG) as bound:
        assert bound.last(hurried=True) is None
    with bounding(tables_of(TWO), SHORT) as bound:
        assert bound.last(hurried=True) == lower_bound(tables_of(TWO), SHORT)

    assert active_children() == []


@pytest.mark.timeout(300)
def test_a_bound_whose_process_dies_is_found_after_all() -> None:
    tables = tables_of(TWO)

    with bounding(tables, LONG) as bound:
        assert isinstance(bound, _Process)
        bound.process.kill()

        assert bound.last(hurried=False) == lower_bound(tables, LONG)
