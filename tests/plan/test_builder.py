"""What each disposition means, and what is told when a problem cannot hold all that was asked."""

from dataclasses import replace
from decimal import Decimal

import pytest
from plan_worlds import (
    FREE,
    OFFICE,
    friday,
    key,
    monday,
    needs,
    nothing_moves,
    plan_with,
    pool,
    problem,
    room,
    system,
    uplink,
    vendor,
)

from qianyun.estate.facts import Dependency, Line
from qianyun.estate.kinds import DependencySource, Disposition, MlpsLevel, Network, RoomOutcome, Secrecy
from qianyun.plan.making import leaving_days
from qianyun.plan.problem import Move, Problem, Saving
from qianyun.plan.wishes import Deadline, Subject


def the_move(disposition: Disposition, **facts: object) -> Move:
    given = problem([replace(system("甲", data_gib=Decimal(50)), disposition=disposition, **facts)])  # type: ignore[arg-type] # fields of System
    return given.moves[0]


@pytest.mark.parametrize(
    ("disposition", "taken"),
    [
        (Disposition.MIGRATE, (4, 8, 100)),
        (Disposition.TAKE_OVER, (4, 8, 100)),
        (Disposition.MERGE, (0, 0, 50)),
        (Disposition.INTEGRATE, (0, 0, 0)),
        (Disposition.RETIRE, (0, 0, 0)),
    ],
)
def test_a_disposition_takes_its_share_of_the_pool(disposition: Disposition, taken: tuple[int, int, int]) -> None:
    move = the_move(disposition)

    assert (move.vcpu, move.memory_gib, move.storage_gib) == taken


def test_an_integrated_system_stays_in_its_room() -> None:
    given = problem([system("甲", room="机房一", disposition=Disposition.INTEGRATE)], rooms=[room()])

    assert leaving_days(given, plan_with(given, {})) == {}


def test_a_room_in_which_something_stays_is_no_saving_and_is_told() -> None:
    given = problem([system("甲", room="机房一", disposition=Disposition.INTEGRATE)], rooms=[room()])

    assert given.releases == ()
    assert "1 systems stay in it: 数据局/甲" in str(given.notices[0])


def test_a_taken_over_system_leads_by_its_interface() -> None:
    assert the_move(Disposition.TAKE_OVER).lead_weeks == the_move(Disposition.MIGRATE).lead_weeks + 4


def test_a_retired_system_goes_after_those_that_need_it() -> None:
    given = problem(
        [system("甲"), system("旧", disposition=Disposition.RETIRE)], dependencies=[needs(key("甲"), key("旧"))]
    )

    assert [(each.before.name, each.after.name) for each in given.precedences] == [("甲", "旧")]


def test_a_deferred_system_is_left_out_with_its_reason() -> None:
    given = problem([system("甲", disposition=Disposition.DEFER, disposition_reason="等待验收")])

    assert [(each.system.name, each.why, each.is_fault) for each in given.unplanned] == [("甲", "等待验收", False)]


def test_a_classified_system_leaves_its_room_and_takes_nothing_of_the_cloud() -> None:
    move = the_move(Disposition.INTRANET, secrecy=Secrecy.CLASSIFIED)

    assert (move.zone, move.vcpu, move.leaves_room) == (None, 0, True)


def left_out(given: Problem) -> str:
    return "; ".join(f"{each.system}: {each.why}" for each in given.unplanned if each.is_fault)


def test_a_system_bigger_than_any_pool_is_left_out_by_name() -> None:
    given = problem([system("甲", vcpu=50), system("乙")], pools=(pool(10), pool(40, monday(2))))

    assert left_out(given) == "数据局/甲: needs 50 vcpu in zone extranet, which never offers more than 40"
    assert [move.system.name for move in given.moves] == ["乙"]


def test_a_system_above_the_level_of_the_platform_is_left_out_by_name() -> None:
    given = problem([system("甲", mlps_level=MlpsLevel.FOUR)])

    assert left_out(given) == "数据局/甲: has protection level 4, the platform only 3"


def test_a_system_without_a_zone_is_left_out_by_name() -> None:
    assert left_out(problem([system("甲", zone=None)])) == "数据局/甲: names no zone of the cloud"


def test_a_system_of_an_unknown_zone_is_left_out_by_name() -> None:
    given = problem([system("甲", zone="mars")])

    assert left_out(given) == "数据局/甲: goes to zone 'mars', which the cloud does not have"


def test_a_blackout_over_the_whole_programme_leaves_its_department_out_by_name() -> None:
    given = problem([system("甲"), system("乙", OFFICE)], blackouts=[nothing_moves(0, (OFFICE,), weeks=8)])

    assert "财政局/乙: is ready from 2027-01-04 on and leads 1 weeks; no window opens" in left_out(given)


def test_a_hard_need_of_something_unplanned_is_told() -> None:
    waiting = system("乙", disposition=Disposition.DEFER, disposition_reason="等待验收")
    given = problem([system("甲"), waiting], dependencies=[needs(key("甲"), key("乙"))])

    [notice] = given.notices
    assert str(notice) == (
        "system 数据局/甲: needs 数据局/乙, which is not planned; it is planned without waiting; "
        "plan 数据局/乙 too, or declare the dependency as not hard"
    )


def test_a_group_that_needs_more_hands_than_its_vendor_has_raises_the_limit_and_says_so() -> None:
    systems = [system(name, maintenance_vendor="厂商") for name in ("甲", "乙")]
    joint = [needs(key("甲"), key("乙"), hard=False, close=True)]

    given = problem(systems, dependencies=joint, vendors=[vendor("厂商", 1)])

    assert [(limit.declared, limit.per_week) for limit in given.vendors] == [(1, 2)]
    assert "vendor 厂商: can work on 1 systems a week, but one move group needs 2" in str(given.notices[0])


def test_a_change_that_does_not_pass_in_the_window_is_told() -> None:
    big = system("甲", room="机房一", data_gib=Decimal(4000), downtime_hours=Decimal(4))

    given = problem([big], rooms=[room()], lines=[uplink(10)], weeks=20)

    assert "copying the last 80 GiB over 10 Mbit/s takes 19.1 h, the window bears 4 h" in str(given.notices[0])


def test_a_demand_that_names_nobody_is_told_with_its_line() -> None:
    deadline = Deadline(subject=Subject.ROOM, name="不存在", by=friday(3), source="plan.yml:9")

    given = problem([system("甲")], replace(FREE, deadlines=(deadline,)))

    assert [str(notice) for notice in given.notices] == ["plan.yml:9: names '不存在', which nobody declared"]


def line(network: Network, yuan: int, *systems: str) -> Line:
    return Line(
        number=f"{network}-{yuan}",
        department="数据局",
        room="机房一",
        network=network,
        monthly_cost_yuan=Decimal(yuan),
        systems=systems,
    )


def test_a_room_costs_its_rent_and_the_lines_that_end_with_it() -> None:
    given = problem(
        [system("甲", room="机房一"), system("乙", room="机房一")],
        rooms=[room()],
        lines=[line(Network.EXTRANET, 1300), line(Network.INTERNET, 2600, "甲")],
    )

    found = {(release.kind, release.yuan_per_week, len(release.systems)) for release in given.releases}

    assert found == {(Saving.ROOM, 1500, 2), (Saving.LINE, 600, 1)}


def test_a_room_that_is_kept_saves_nothing() -> None:
    kept = room(outcome=RoomOutcome.RETAIN_SPECIAL, outcome_reason="专用设备")

    assert problem([system("甲", room="机房一")], rooms=[kept]).releases == ()


def test_a_late_level_three_system_counts_threefold() -> None:
    systems = [
        system("甲", room="机房一", mlps_level=MlpsLevel.TWO),
        system("乙", room="机房一", mlps_level=MlpsLevel.THREE),
    ]
    given = problem(systems, rooms=[room(withdraw_by=monday(4))])

    assert {move.system.name: move.late_yuan for move in given.moves} == {"甲": 20_000, "乙": 60_000}


def test_vendors_of_nobody_declared_are_taken_for_one_pair_of_hands() -> None:
    given = problem([system("甲", maintenance_vendor="路人公司")])

    assert [(limit.name, limit.per_week) for limit in given.vendors] == [("路人公司", 1)]


def test_an_empty_estate_is_a_problem_without_moves() -> None:
    assert problem([]).moves == ()


def seen(port: int, mib: int) -> Dependency:
    link = needs(key("甲"), key("乙"), hard=False)
    return replace(link, known_from=DependencySource.OBSERVED, port=port, daily_mib=Decimal(mib), confidence=0.8)


def cost_of_parting(*links: Dependency) -> int:
    [tie] = problem([system("甲"), system("乙")], dependencies=links).ties
    return tie.yuan_per_week


def test_what_was_seen_parts_a_pair_at_the_price_of_one_dependency_however_many_ports_it_has() -> None:
    assert cost_of_parting(seen(80, 0), seen(443, 0)) == cost_of_parting(needs(key("甲"), key("乙"), hard=False))


def test_what_was_seen_of_a_declared_pair_adds_its_volume_alone_and_only_where_none_is_declared() -> None:
    declared = needs(key("甲"), key("乙"), hard=False)
    measured = cost_of_parting(declared, seen(80, 10_240))

    assert cost_of_parting(declared, seen(80, 0)) == cost_of_parting(declared) < measured
    told = replace(declared, daily_mib=Decimal(10_240))
    assert cost_of_parting(told) == cost_of_parting(told, seen(80, 20_480)) == measured
