"""What was observed and what is planned, on both databases."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qianyun.errors import StoreError
from qianyun.estate.observation import Observation, Value
from qianyun.store import Store

_numbers = itertools.count(1000)
AT = datetime(2026, 3, 2, 1, 30, 0, 250, tzinfo=UTC)
SEEN = Observation(
    subject="device-7", attribute="device.model", value="S5735", source="1.3.6.1.2.1.1.1.0", raw_sha256="0" * 64,
    seen_at=AT, run="r1",
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES: st.SearchStrategy[Value] = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple))


@pytest.fixture
def running(store: Store) -> Store:
    for name in ("r1", "r2"):
        store.begin_run(name, "snmp", AT)
    return store


@given(VALUES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_comes_back_as_it_was_seen(running: Store, value: Value) -> None:
    seen = replace(SEEN, value=value, attribute=f"attribute.{next(_numbers)}")
    running.record([seen])

    assert repr(running.latest(attribute=seen.attribute)) == repr((seen,))


def test_recording_twice_keeps_one(running: Store) -> None:
    assert [running.record([SEEN]), running.record([SEEN, replace(SEEN, attribute="device.serial")])] == [1, 1]


def test_another_value_from_the_same_run_is_refused(running: Store) -> None:
    running.record([SEEN])

    with pytest.raises(StoreError, match='the run r1 saw "S5735" and now brings "S6730"'):
        running.record([replace(SEEN, value="S6730"), replace(SEEN, attribute="device.serial")])

    assert running.latest() == (SEEN,)


def test_a_run_that_was_not_begun_brings_nothing(running: Store) -> None:
    with pytest.raises(StoreError, match="r9: is a run that was not begun"):
        running.record([replace(SEEN, run="r9")])


def test_the_latest_is_the_one_seen_last_whenever_it_was_recorded(running: Store) -> None:
    newer = replace(SEEN, run="r2", value="S6730", seen_at=AT + timedelta(hours=1))
    running.record([newer])
    running.record([SEEN, replace(SEEN, subject="device-8")])

    assert [each.value for each in running.latest(subject="device-7")] == ["S6730"]
    assert running.latest(subject="device-7", until=AT) == (SEEN,)
    assert [each.subject for each in running.latest(attribute="device.")] == ["device-7", "device-8"]
    assert running.latest(attribute="device_") == ()


def test_a_run_is_resumed_and_ended(running: Store) -> None:
    running.begin_run("r1", "snmp", AT + timedelta(hours=2))
    running.end_run("r1", {"asked": 12, "silent": 1}, AT + timedelta(hours=3))

    first = running.runs()[0]

    assert (first.name, first.started_at, first.ended_at) == ("r1", AT, AT + timedelta(hours=3))
    assert first.summary == {"asked": 12, "silent": 1}


def test_a_plan_is_kept_once_and_found_by_the_beginning_of_its_digest(store: Store) -> None:
    kept = store.save_plan('{"waves":[]}', problem_digest="sha256:aa", who="规划员", why="初稿", at=AT)
    again = store.save_plan('{"waves":[]}', problem_digest="sha256:aa", who="他人", at=AT + timedelta(1))
    newer = store.save_plan('{"waves":[1]}', problem_digest="sha256:aa", who="规划员", at=AT + timedelta(2))

    assert again == kept
    assert store.plan(kept.digest[:15]) == store.plan(kept.digest.removeprefix("sha256:")[:8]) == kept
    assert (store.plan(), store.plans()) == (newer, (kept, newer))


def test_a_plan_is_approved_once_by_somebody_else_than_its_maker(store: Store) -> None:
    plan = store.save_plan("{}", problem_digest="sha256:aa", who="规划员", at=AT)
    with pytest.raises(StoreError, match="规划员 made this plan; have a second person approve it"):
        store.approve_plan(plan.digest, who="规划员", at=AT)

    approved = store.approve_plan(plan.digest, who="审批员", at=AT)

    assert (plan.is_approved, approved.is_approved, approved.approved_by) == (False, True, "审批员")
    with pytest.raises(StoreError, match="审批员 approved it already"):
        store.approve_plan(plan.digest, who="第三人", at=AT)


def test_a_plan_that_is_not_there_says_how_to_make_one(store: Store) -> None:
    with pytest.raises(StoreError, match="plan: is not in the store; qianyun plan make makes one"):
        store.plan()
