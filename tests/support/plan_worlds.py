"""Estates to plan: one that says everything itself, and small ones that hypothesis draws.

Weeks begin on Monday 2027-01-04; windows open on Friday night; nothing is blacked out unless said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from qianyun.estate.calendar import Blackout, Calendar, CutoverWindow, Phase
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Department, Dependency, Line, Pool, Room, System, SystemKey, Vendor
from qianyun.estate.kinds import BlackoutKind, Disposition, Level, MlpsLevel, Network, RoomOutcome, VendorRole
from qianyun.plan.builder import build_problem
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.wishes import Difference, Grouping, Order, Parts, PartWish, Reuse, Sharing, Weights, Wishes

START = date(2027, 1, 4)
BUREAU, OFFICE = "数据局", "财政局"
BIG = 10_000
MANY = 6
"""So many systems, and one more part would make every plan too many to try."""


def monday(week: int) -> date:
    return START + timedelta(weeks=week)


def friday(week: int) -> date:
    return monday(week) + timedelta(days=4)


def key(name: str, department: str = BUREAU) -> SystemKey:
    return SystemKey(department=department, name=name)


def calendar(weeks: int = 8, blackouts: Iterable[Blackout] = (), phases: Iterable[Phase] = ()) -> Calendar:
    """`weeks` weeks whose windows open on Fridays; the night may run into a working Saturday."""
    return Calendar(
        first=START,
        last=monday(weeks) - timedelta(days=1),
        blackouts=tuple(blackouts),
        window=CutoverWindow(weekdays=(5,), wants_rest=False),
        phases=tuple(phases),
    )


def system(name: str, department: str = BUREAU, **facts: object) -> System:
    """A small system without a vendor that may move at once."""
    base = System(
        department=department, name=name, zone="extranet", vcpu=4, memory_gib=Decimal(8), storage_gib=Decimal(100)
    )
    return replace(base, **facts)  # type: ignore[arg-type] # fields of System


def pool(vcpu: int = BIG, starts_on: date = START, zone: str = "extranet", **sizes: int) -> Pool:
    """A pool that may be filled to the brim."""
    given = {"memory_gib": BIG * 10, "storage_gib": BIG * 100, "safety_percent": 100, **sizes}
    return Pool(zone=zone, starts_on=starts_on, vcpu=vcpu, **given)


def estate(
    systems: Iterable[System],
    dependencies: Iterable[Dependency] = (),
    rooms: Iterable[Room] = (),
    lines: Iterable[Line] = (),
    vendors: Iterable[Vendor] = (),
) -> Estate:
    """Two departments and what is given."""
    departments = tuple(Department(name=name, level=Level.CITY, region_code="990100") for name in (BUREAU, OFFICE))
    return Estate(
        departments=departments,
        systems=tuple(systems),
        dependencies=tuple(dependencies),
        rooms=tuple(rooms),
        lines=tuple(lines),
        vendors=tuple(vendors),
    )


def needs(source: SystemKey, target: SystemKey, *, hard: bool = True, close: bool = False) -> Dependency:
    return Dependency(source=source, target=target, is_hard=hard, is_latency_sensitive=close)


def room(name: str = "机房一", department: str = BUREAU, **facts: object) -> Room:
    """A room that is to be closed and costs 5,200 yuan a month: 1,200 a week."""
    base = Room(name=name, department=department, outcome=RoomOutcome.CLOSE, monthly_cost_yuan=Decimal(5200))
    return replace(base, **facts)  # type: ignore[arg-type] # fields of Room


def uplink(mbps: int, room_name: str = "机房一") -> Line:
    """A line on the extranet, over which the room is emptied."""
    return Line(
        number=f"L-{room_name}",
        department=BUREAU,
        room=room_name,
        network=Network.EXTRANET,
        bandwidth_mbps=Decimal(mbps),
    )


def vendor(name: str, hands: int) -> Vendor:
    return Vendor(name=name, roles=(VendorRole.MAINTENANCE,), parallel_capacity=hands)


FREE = Wishes(team_points=1000, risk_points=1000)
"""No limit on the team."""


def problem(systems: Iterable[System], wishes: Wishes = FREE, **more: object) -> Problem:
    """A problem over the estate with these systems; `weeks`, `blackouts`, `phases`, `pools` go where they belong."""
    days = {name: more.pop(name) for name in ("weeks", "blackouts", "phases") if name in more}
    pools = more.pop("pools", (pool(),))
    return build_problem(
        estate(systems, **more),  # type: ignore[arg-type] # the rest are facts
        calendar(**days),  # type: ignore[arg-type] # as named above
        pools,  # type: ignore[arg-type] # likewise
        wishes=wishes,
    )


def plan_with(given: Problem, weeks: dict[str, int]) -> Plan:
    """A plan made by hand: week numbers by system name, 1 for the others."""
    by_group = {
        group.number: monday(max(weeks.get(member.name, 1) for member in group.systems)) for group in given.groups
    }
    return make_plan(given, by_group, Status.EDITED)


@st.composite
def small_problems(draw: st.DrawFn, most: int = 6, weeks: int = 5) -> Problem:
    """Problems small enough to try every plan, with every kind of demand in them."""
    count = draw(st.integers(1, most))
    names = [f"系统{n}" for n in range(count)]
    rooms = ["机房一", "机房二"]
    systems = [
        system(
            name,
            draw(st.sampled_from([BUREAU, OFFICE])),
            vcpu=draw(st.integers(0, 4)),
            room=draw(st.sampled_from([*rooms, None])),
            ready_on=draw(st.one_of(st.none(), st.integers(0, weeks - 1).map(friday))),
            maintenance_vendor=draw(st.sampled_from(["甲", "乙", None])),
            data_gib=Decimal(draw(st.integers(0, 4))),
            user_count=draw(st.sampled_from([0, 5, 20])),
            office=draw(st.sampled_from(["", "一处"])),
            filed_on=draw(st.one_of(st.just(START), st.integers(0, weeks - 1).map(friday))),
            assessed_on=draw(st.integers(0, weeks).map(friday)) - timedelta(days=365),
            contract_end=draw(st.one_of(st.none(), st.integers(0, weeks).map(friday))),
            mlps_level=draw(st.sampled_from([MlpsLevel.TWO, MlpsLevel.THREE])),
            disposition=draw(st.sampled_from([*[Disposition.MIGRATE] * 4, Disposition.RETIRE, Disposition.MERGE])),
        )
        for name in names
    ]
    keys = [each.key for each in systems]
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1])
    dependencies = [
        needs(keys[a], keys[b], hard=draw(st.booleans()), close=draw(st.integers(0, 5)) == 0)
        for a, b in (draw(st.lists(pairs, max_size=count, unique=True)) if count > 1 else [])
    ]
    blackout = draw(st.integers(0, weeks))
    blackouts = (
        [nothing_moves(blackout, departments=draw(st.sampled_from([(), (OFFICE,)])))] if blackout < weeks else []
    )
    start = draw(st.integers(2, 10))
    egress, addresses = draw(st.sampled_from([None, 30])), draw(st.sampled_from([None, 4]))
    pools = (
        replace(pool(start), egress_mbps=egress, addresses=addresses),
        replace(
            pool(start + draw(st.integers(0, 10)), monday(draw(st.integers(1, weeks - 1)))),
            egress_mbps=egress,
            addresses=addresses,
        ),
        pool(draw(st.integers(1, 3)), zone="internet"),
    )
    phase = Phase(
        name="阶段一",
        first=START,
        deadline=monday(draw(st.integers(1, weeks))),
        systems_percent=draw(st.sampled_from([0, 50, 100])),
    )
    wishes = Wishes(
        weights=Weights(
            load_yuan=draw(st.sampled_from([0, 0, 300])),
            risk_yuan=draw(st.sampled_from([0, 0, 200])),
            egress_yuan=draw(st.sampled_from([0, 10])),
            late_yuan=draw(st.integers(0, 900)),
            goal_yuan=draw(st.integers(0, 900)),
            cut_yuan=draw(st.integers(0, 400)),
            early_yuan=draw(st.integers(0, 300)),
        ),
        wave_systems=draw(st.sampled_from([None, 2, 3])),
        ramp_up=draw(st.sampled_from([(), (1,)])),
        team_points=draw(st.integers(1, 12)),
        risk_points=draw(st.integers(3, 12)),
        wants_filing=draw(st.booleans()),
        assessment_months=draw(st.sampled_from([0, 0, 12])),
        reassess_weeks=draw(st.integers(1, 3)),
        reassess_per_week=draw(st.sampled_from([None, None, 1])),
        keeps_contracts=draw(st.booleans()),
        egress_kbps_a_user=1000,
        grouping=Grouping(
            joins=draw(st.sampled_from([(), (), (Sharing.OFFICE,), (Sharing.VENDOR,)])),
            apart=draw(st.sampled_from([(), (Difference.OWNER,)])),
            most_systems=draw(st.sampled_from([None, 2])),
        ),
        parts=tuple(_parts(draw, keys)),
        reuses=(Reuse(room="机房二", used_for="备份", by=monday(draw(st.integers(0, weeks))), yuan_per_week=700),),
    )
    return build_problem(
        estate(
            systems,
            dependencies,
            [room(name, withdraw_by=draw(st.one_of(st.none(), st.integers(1, weeks).map(monday)))) for name in rooms],
            [replace(uplink(1, "机房一"), contract_end=draw(st.sampled_from([None, friday(2)])))],
            [vendor("甲", 1), vendor("乙", draw(st.integers(1, 3)))],
        ),
        calendar(weeks, blackouts, [phase] if phase.deadline <= monday(weeks) - timedelta(days=1) else []),
        pools,
        wishes=wishes,
    )


def _parts(draw: st.DrawFn, keys: list[SystemKey]) -> Iterator[Parts]:
    """Now and then the first system has a front in another zone."""
    order = draw(st.sampled_from([None, *Order]))
    if order and len(keys) < MANY:
        front = PartWish(name="前端", zone="internet", vcpu=draw(st.integers(0, 2)))
        yield Parts(system=keys[0], parts=(front,), order=order)


def nothing_moves(week: int, departments: tuple[str, ...] = (), weeks: int = 1) -> Blackout:
    """A blackout of whole weeks."""
    last = monday(week + weeks) - timedelta(days=1)
    return Blackout(
        name="两会保障",
        kind=BlackoutKind.GUARDED,
        first=monday(week),
        last=last,
        reason="重要会议",
        departments=departments,
    )
