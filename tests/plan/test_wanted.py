"""What is wanted beyond demands has its price: calm weeks, a comfortable egress, kit in time, lines under contract."""

from dataclasses import replace
from decimal import Decimal

from plan_worlds import (
    FREE,
    START,
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
)

from qianyun.estate.calendar import Phase
from qianyun.estate.facts import Dependency, Line
from qianyun.estate.kinds import MlpsLevel, Network
from qianyun.plan.conflict import minimal_conflict
from qianyun.plan.problem import Problem
from qianyun.plan.solve import solve
from qianyun.plan.wishes import (
    Deadline,
    Difference,
    Grouping,
    Need,
    Order,
    Parts,
    PartWish,
    Reuse,
    Sharing,
    Subject,
    Weights,
    Wishes,
)

NOTHING = Weights(early_yuan=0, cut_yuan=0)
NAMES = ("甲", "乙", "丙", "丁")


def with_weights(**yuan: int) -> Wishes:
    return replace(FREE, weights=replace(NOTHING, **yuan), calm_percent=100)


def test_work_is_spread_where_full_weeks_cost() -> None:
    given = problem([system(name) for name in NAMES], with_weights(load_yuan=10), weeks=5)

    assert sorted(solve(given).weeks.values()) == [monday(n) for n in (1, 2, 3, 4)]


def test_each_point_above_a_calm_week_is_paid() -> None:
    given = problem([system(name) for name in NAMES], with_weights(load_yuan=10, risk_yuan=7), weeks=5)

    cost = plan_with(given, dict.fromkeys(NAMES, 2)).cost

    assert (cost.load, cost.risk) == (30, 21)


def test_each_week_above_the_comfortable_egress_is_paid() -> None:
    wishes = replace(with_weights(egress_yuan=2), needs=(Need(system=key("甲"), egress_mbps=80),), egress_percent=70)
    given = problem([system("甲")], wishes, pools=(pool(egress_mbps=100),))

    assert plan_with(given, {"甲": 5}).cost.egress == 2 * (80 - 70) * 3


def test_kit_that_is_freed_too_late_is_missed_from_its_day_on() -> None:
    reuse = Reuse(room="机房一", used_for="灾备", by=friday(3), yuan_per_week=900)
    given = problem([system("甲", room="机房一")], replace(FREE, reuses=(reuse,)), rooms=[room()])

    assert [plan_with(given, {"甲": week}).cost.kit for week in (1, 3, 5)] == [0, 0, 1800]


def test_a_line_under_contract_is_paid_until_its_end() -> None:
    line = Line(
        number="L",
        department="数据局",
        room="机房一",
        network=Network.INTERNET,
        monthly_cost_yuan=Decimal(2600),
        contract_end=friday(3),
    )
    given = problem([system("甲", room="机房一")], replace(FREE, keeps_contracts=True), lines=[line])

    assert [plan_with(given, {"甲": week}).cost.lines for week in (1, 3, 5)] == [0, 0, 1200]


FRONT, JOBS = PartWish(name="前端", zone="internet", vcpu=3), PartWish(name="交换作业", zone="exchange", vcpu=1)
ZONES = (pool(), pool(zone="internet"), pool(zone="exchange"))


def parted(order: Order, *parts: PartWish, dependencies: tuple[Dependency, ...] = ()) -> Problem:
    wishes = replace(FREE, parts=(Parts(system=key("甲"), parts=parts, order=order),))
    return problem([system("甲", vcpu=10), system("乙")], wishes, pools=ZONES, dependencies=dependencies)


def test_parts_that_move_together_share_out_what_the_system_takes() -> None:
    move = parted(Order.TOGETHER, FRONT, JOBS).move_of[key("甲")]

    assert {(zone, amount) for zone, size, amount in move.takes() if size == "vcpu"} == {
        ("extranet", 6),
        ("internet", 3),
        ("exchange", 1),
    }


def test_parts_in_order_move_as_declared_around_the_main_one() -> None:
    main = PartWish(name="主体", is_main=True)
    given = parted(Order.SEQUENCE, FRONT, main, JOBS)

    assert [(each.before.name, each.after.name) for each in given.precedences] == [
        ("甲·前端", "甲"),
        ("甲", "甲·交换作业"),
    ]
    assert given.move_of[key("甲")].vcpu == 6


def test_what_needs_a_system_in_parts_waits_for_its_last_and_what_it_needs_comes_before_its_first() -> None:
    given = parted(Order.SEQUENCE, FRONT, dependencies=(needs(key("乙"), key("甲")),))
    other = parted(Order.SEQUENCE, FRONT, dependencies=(needs(key("甲"), key("乙")),))

    assert ("甲", "乙") in [(each.before.name, each.after.name) for each in given.precedences]
    assert ("乙", "甲·前端") in [(each.before.name, each.after.name) for each in other.precedences]


def test_a_part_too_big_for_its_zone_leaves_the_whole_system_out() -> None:
    wishes = replace(FREE, parts=(Parts(system=key("甲"), parts=(FRONT,), order=Order.SEQUENCE),))
    given = problem([system("甲")], wishes, pools=(pool(), pool(1, zone="internet")))

    assert [each.system.name for each in given.unplanned] == ["甲", "甲·前端"]


def groups(rules: Grouping, *more: Dependency) -> list[tuple[str, ...]]:
    systems = [system(name, office="一处", vcpu=4) for name in NAMES]
    given = problem(systems, replace(FREE, grouping=rules), dependencies=more)
    return sorted(tuple(sorted(member.name for member in group.systems)) for group in given.groups)


def test_a_joiner_puts_together_what_shares() -> None:
    assert groups(Grouping(joins=(Sharing.OFFICE,))) == [tuple(sorted(NAMES))]


def test_a_splitter_stops_joining_at_its_size() -> None:
    assert [len(group) for group in groups(Grouping(joins=(Sharing.OFFICE,), most_systems=2))] == [2, 2]


def test_a_splitter_keeps_owners_apart() -> None:
    systems = [system("甲", maintenance_vendor="厂商"), system("乙", "财政局", maintenance_vendor="厂商")]
    rules = Grouping(joins=(Sharing.VENDOR,), apart=(Difference.OWNER,))
    given = problem(systems, replace(FREE, grouping=rules))

    assert len(given.groups) == 2
    assert "joining by vendor stopped at 1 places" in "; ".join(map(str, given.notices))


def test_what_dependencies_tie_stays_whole_and_is_told() -> None:
    tied = [needs(key(a), key(b), hard=False, close=True) for a, b in (("甲", "乙"), ("乙", "丙"))]
    given = problem(
        [system(name) for name in NAMES], replace(FREE, grouping=Grouping(most_systems=2)), dependencies=tied
    )

    assert any("has 3 systems, the splitter wants 2" in str(notice) for notice in given.notices)


def test_what_ends_before_a_system_can_move_is_told_and_binds_nobody() -> None:
    given = problem([system("甲", contract_end=START)], replace(FREE, keeps_contracts=True))

    assert given.move_of[key("甲")].until == ()
    assert "its maintenance contract ends on 2027-01-04, before it can move on 2027-01-15" in str(given.notices[0])


def test_a_graded_system_that_nobody_filed_is_left_out_by_name() -> None:
    given = problem([system("甲", mlps_level=MlpsLevel.TWO)], replace(FREE, wants_filing=True))

    assert "has protection level 2, but neither a filing number nor a day of filing" in given.unplanned[0].why


def test_a_blackout_over_a_whole_phase_is_named_where_a_deadline_needs_it() -> None:
    deadline = Deadline(subject=Subject.SYSTEM, name="数据局/甲", by=friday(4))
    given = problem([system("甲")], replace(FREE, deadlines=(deadline,)), blackouts=[nothing_moves(0, weeks=5)])

    assert [demand.name for demand in minimal_conflict(given)] == [
        "blackout 两会保障 from 2027-01-04 to 2027-02-07",
        "system 数据局/甲 done by 2027-02-05",
    ]


def test_a_phase_in_which_no_window_opens_is_told_with_its_blackout() -> None:
    phase = Phase(name="阶段一", first=START, deadline=friday(2), systems_percent=20, source="calendar.yml:7")
    given = problem([system("甲")], blackouts=[nothing_moves(0, weeks=3)], phases=[phase])

    [notice] = given.notices
    assert str(notice) == (
        "calendar.yml:7: no cut-over window opens in phase 阶段一 (2027-01-04 to 2027-01-22); blackouts: 两会保障; "
        "shorten a blackout, or move the phase's goal"
    )


def test_lines_whose_contract_ends_carry_less() -> None:
    lines = [uplink(1), replace(uplink(1), number="L2", contract_end=friday(3))]
    given = problem(
        [system("甲", room="机房一", data_gib=Decimal(1))],
        replace(FREE, keeps_contracts=True),
        rooms=[room()],
        lines=lines,
    )

    assert [(each.after, each.gib_a_week) for each in given.ended] == [(friday(3), 35)]


def test_a_contract_end_that_one_group_cannot_bear_is_raised_and_told() -> None:
    lines = [replace(uplink(1), contract_end=friday(3))]
    given = problem(
        [system("甲", room="机房一", data_gib=Decimal(9))],
        replace(FREE, keeps_contracts=True),
        rooms=[room()],
        lines=lines,
    )

    assert [each.gib_a_week for each in given.ended] == [9]
    assert "its lines carry 0 GiB a week once contracts end on 2027-01-29, but one move group needs 9" in str(
        given.notices[0]
    )
