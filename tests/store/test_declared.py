"""What is declared: put, get, merge, refuse, remember; on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from fact_strategies import facts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qianyun.errors import StoreError
from qianyun.estate.facts import Department, Room, System, Vendor
from qianyun.estate.identity import Fact, key_of, kind_of
from qianyun.estate.kinds import Level, MlpsLevel, RoomOutcome, VendorRole
from qianyun.store import EDIT, Conflicts, Store, Verdict

AT = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
HEALTH = Department(name="省卫生健康委", level=Level.PROVINCE, region_code="330000")
ROOM = Room(name="卫健委三楼机房", department=HEALTH.name, area_m2=Decimal("82.50"), rack_count=12)
SYSTEM = System(department=HEALTH.name, name="全民健康信息平台", mlps_level=MlpsLevel.THREE, vcpu=64)

SAME_STORE = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def put(
    store: Store, *given: Fact, source: str = "卫健委.xlsx", conflicts: Conflicts = Conflicts.REFUSE
) -> list[Verdict]:
    done = store.upsert(given, who="值班员", why="季度报送", source=source, at=AT, conflicts=conflicts)
    return [each.verdict for each in done.differences]


@given(st.lists(facts(), max_size=8, unique_by=lambda fact: (kind_of(fact).name, key_of(fact))))
@SAME_STORE
def test_what_was_put_comes_out_equal(fresh: Callable[[], str], given: list[Fact]) -> None:
    with Store.open(fresh(), create=True) as store:
        put(store, *given)

        held = store.facts()

    assert sorted(map(repr, held)) == sorted(map(repr, given))


def test_the_estate_tells_facts_in_the_order_of_their_keys(store: Store) -> None:
    rooms = [replace(ROOM, name=name) for name in ("乙", "甲", "丙", "A")]

    put(store, *rooms)

    assert [room.name for room in store.estate().rooms] == sorted(room.name for room in rooms)


def test_the_same_import_again_leaves_no_trace(store: Store) -> None:
    put(store, HEALTH, ROOM, SYSTEM)
    before = (store.digest(), len(store.history()))

    verdicts = put(store, HEALTH, ROOM, SYSTEM)

    assert verdicts == [Verdict.SAME] * 3
    assert (store.digest(), len(store.history())) == before


def test_a_decimal_written_otherwise_is_no_change(store: Store) -> None:
    put(store, ROOM)

    assert put(store, replace(ROOM, area_m2=Decimal("82.5"))) == [Verdict.SAME]


def test_a_change_is_told_field_by_field_before_it_is_made(store: Store) -> None:
    put(store, ROOM)

    [found] = store.compare([replace(ROOM, rack_count=14)], "卫健委.xlsx").differences

    assert found.verdict is Verdict.CHANGED
    assert [(change.name, change.before, change.after) for change in found.changes] == [("rack_count", 12, 14)]
    assert store.estate().rooms == (ROOM,)


def test_every_change_has_who_when_why_before_and_after(store: Store) -> None:
    put(store, ROOM)
    put(store, replace(ROOM, rack_count=14))

    first, second = store.history("room", ROOM.name)

    assert (first.before, first.after) == (None, ROOM)
    assert (second.before, second.after) == (ROOM, replace(ROOM, rack_count=14))
    assert (second.cause.who, second.cause.why, second.cause.source) == ("值班员", "季度报送", "卫健委.xlsx")
    assert second.cause.at == AT


def test_a_planners_decision_outlives_the_next_ledger(store: Store) -> None:
    put(store, ROOM)
    decided = store.edit(ROOM, replace(ROOM, outcome=RoomOutcome.CLOSE), who="规划员", why="批次三")

    verdicts = put(store, replace(ROOM, rack_count=14))

    assert verdicts == [Verdict.CHANGED]
    assert decided == replace(ROOM, outcome=RoomOutcome.CLOSE)
    assert store.estate().rooms == (replace(ROOM, outcome=RoomOutcome.CLOSE, rack_count=14),)


def test_a_ledger_that_repeats_itself_overwrites_no_edit(store: Store) -> None:
    put(store, ROOM)
    store.edit(ROOM, replace(ROOM, rack_count=20), who="规划员", why="实地清点")

    assert put(store, ROOM) == [Verdict.SAME]
    assert store.estate().rooms[0].rack_count == 20


def test_a_field_changed_on_both_sides_is_refused_with_both_values(store: Store) -> None:
    put(store, ROOM, SYSTEM)
    store.edit(ROOM, replace(ROOM, rack_count=20), who="规划员", why="实地清点")
    before = store.digest()

    with pytest.raises(StoreError) as caught:
        put(store, replace(ROOM, rack_count=14), replace(SYSTEM, vcpu=96))

    assert str(caught.value) == (
        "room 卫健委三楼机房: rack_count was changed to 20 since the source's last word, and the source now says 14; "
        "decide: keep what the store holds, or take the source's word"
    )
    assert store.digest() == before


@pytest.mark.parametrize(("conflicts", "racks"), [(Conflicts.KEEP, 20), (Conflicts.TAKE, 14)])
def test_a_conflict_is_decided_once(store: Store, conflicts: Conflicts, racks: int) -> None:
    put(store, ROOM)
    store.edit(ROOM, replace(ROOM, rack_count=20), who="规划员", why="实地清点")
    news = replace(ROOM, rack_count=14, grade="B")

    first, again = put(store, news, conflicts=conflicts), put(store, news)

    assert (first, again) == ([Verdict.CONFLICT], [Verdict.SAME])
    assert store.estate().rooms == (replace(ROOM, rack_count=racks, grade="B"),)


def test_what_a_second_source_leaves_blank_overwrites_nothing(store: Store) -> None:
    put(store, ROOM)

    verdicts = put(store, Room(name=ROOM.name, department=HEALTH.name, grade="B"), source="机房普查.xlsx")

    assert verdicts == [Verdict.CHANGED]
    assert store.estate().rooms == (replace(ROOM, grade="B"),)


def test_a_merge_that_would_break_a_facts_own_rules_is_a_conflict(store: Store) -> None:
    held = replace(ROOM, outcome=RoomOutcome.CLOSE, outcome_reason="老旧")
    put(store, held)
    store.edit(held, replace(held, outcome_reason=""), who="规划员", why="无须理由")

    verdict = store.compare([replace(held, outcome=RoomOutcome.RETAIN_SPECIAL)], "卫健委.xlsx").differences[0].verdict

    assert verdict is Verdict.CONFLICT


def test_two_editors_of_one_field_are_told(store: Store) -> None:
    put(store, ROOM)
    store.edit(ROOM, replace(ROOM, rack_count=20), who="规划员", why="清点")

    with pytest.raises(StoreError, match="rack_count was changed to 20"):
        store.edit(ROOM, replace(ROOM, rack_count=30), who="审计员", why="清点")


def test_two_editors_of_two_fields_do_not_hinder_each_other(store: Store) -> None:
    put(store, ROOM)
    store.edit(ROOM, replace(ROOM, rack_count=20), who="规划员", why="清点")

    both = store.edit(ROOM, replace(ROOM, grade="A"), who="审计员", why="等级")

    assert both == replace(ROOM, rack_count=20, grade="A")
    assert store.history("room")[-1].cause.source == EDIT


def test_one_key_with_two_values_is_refused(store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        put(store, ROOM, replace(ROOM, rack_count=14))

    assert str(caught.value) == (
        "room 卫健委三楼机房: is given twice, with different values of rack_count; leave one of the two"
    )


def test_what_a_source_names_no_more_is_told_and_stays(store: Store) -> None:
    put(store, ROOM, SYSTEM)

    assert store.compare([ROOM], "卫健委.xlsx").absent == (("system", key_of(SYSTEM)),)
    assert store.estate().systems == (SYSTEM,)


def test_a_removed_fact_keeps_its_history_and_does_not_come_back_by_repetition(store: Store) -> None:
    put(store, SYSTEM)
    store.remove([("system", key_of(SYSTEM))], who="规划员", why="重复登记")

    verdicts = put(store, SYSTEM)

    assert verdicts == [Verdict.SAME]
    assert store.estate().systems == ()
    assert [change.after for change in store.history()] == [SYSTEM, None]


def test_a_removed_fact_that_its_source_changes_is_a_conflict(store: Store) -> None:
    put(store, SYSTEM)
    store.remove([("system", key_of(SYSTEM))], who="规划员", why="重复登记")

    with pytest.raises(StoreError, match="it was removed since, and the source changed it"):
        put(store, replace(SYSTEM, vcpu=96))

    put(store, replace(SYSTEM, vcpu=96), conflicts=Conflicts.TAKE)
    assert store.estate().systems == (replace(SYSTEM, vcpu=96),)


def test_removing_what_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="room 无此机房: is not in the store"):
        store.remove([("room", "无此机房")], who="规划员", why="撤并")


def test_facts_are_found_by_department(store: Store) -> None:
    vendor = Vendor(name="厂商甲", roles=(VendorRole.DEVELOPMENT,))
    put(store, HEALTH, ROOM, SYSTEM, replace(ROOM, name="别处", department="别的部门"), vendor)

    assert store.facts(department=HEALTH.name) == (HEALTH, ROOM, SYSTEM)
    assert store.facts("vendor") == (vendor,)


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="has no time zone"):
        store.upsert([ROOM], who="值班员", why="", source="x", at=AT.replace(tzinfo=None))


@pytest.mark.usefixtures("store")
def test_times_come_back_in_utc(url: str) -> None:
    with Store.open(url) as store:
        put(store, ROOM)

        assert store.history()[0].cause.at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
