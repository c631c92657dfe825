"""Rooms of a sample estate, shared out by how many systems a department has."""

from datetime import date, timedelta
from decimal import Decimal

from inventory.generator.departments import Organ
from inventory.generator.draw import Draw, apportioned
from inventory.generator.names import CONTACTS, ROADS, ROOM_KINDS, phone
from inventory.generator.recipe import Recipe
from qianyun.estate.facts import Room
from qianyun.estate.kinds import RoomKind, RoomOutcome

REASONS = {
    RoomOutcome.RETAIN_LOCAL_DATA: ("留存本地数据与备份", "业务连续性要求本地留存副本"),
    RoomOutcome.RETAIN_SPECIAL: ("现场采集与控制设备须就近部署", "涉及专用设备，暂不具备搬迁条件"),
    RoomOutcome.CONVERT_AGGREGATION: ("转为政务外网汇聚节点", "承担区域网络汇聚"),
}
KEPT = frozenset(REASONS)
DEADLINES = (date(2027, 9, 30), date(2028, 3, 31), date(2028, 6, 30))
SLACK = timedelta(weeks=16)
"""Time between the last system's readiness and the day a room must be empty."""


def make_rooms(draw: Draw, recipe: Recipe, organs: list[Organ], sizes: dict[str, int], host: str) -> list[Room]:
    """Rooms with their outcome; `withdraw_by` is set once it is known when their systems are ready.

    `sizes` are the systems of each department that has any. The first room of `host` is kept for
    sure: what has nowhere else to stay stays there.
    """
    owners = [organ.department for organ in organs if sizes.get(organ.department.name)]
    counts = apportioned(recipe.rooms, [sizes[owner.name] ** 0.8 for owner in owners])
    outcomes = draw.dealt(dict(recipe.room_outcomes))
    outcomes.remove(RoomOutcome.CONVERT_AGGREGATION)
    rooms: list[Room] = []
    for owner, count in zip(owners, counts, strict=True):
        for number in range(count):
            kept_first = owner.name == host and number == 0
            outcome = RoomOutcome.CONVERT_AGGREGATION if kept_first else outcomes.pop()
            rooms.append(_room(draw, owner.name, owner.short_name or owner.name, number, outcome))
    return rooms


def _room(draw: Draw, department: str, short: str, number: int, outcome: RoomOutcome) -> Room:
    racks = max(2, round(draw.lognormal(2.3, 0.7)))
    series, kind = divmod(number, len(ROOM_KINDS))
    return Room(
        name=f"{short}{ROOM_KINDS[kind]}{series + 1 if series else ''}",
        code="",
        department=department,
        address=f"{draw.one(ROADS)}{draw.between(1, 299)}号{draw.between(1, 18)}层",
        kind=draw.weighted({RoomKind.OWNED: 0.72, RoomKind.RENTED: 0.18, RoomKind.HOSTED: 0.10}),
        grade=draw.weighted({"A级": 0.1, "B级": 0.45, "C级": 0.45}),
        area_m2=Decimal(racks * draw.between(3, 6) + draw.between(8, 30)),
        rack_count=racks,
        power_kw=Decimal(racks * draw.between(2, 5)),
        ups_model=f"{draw.one(('模块化', '塔式', '机架式'))}UPS-{draw.one((10, 20, 40, 80, 120))}kVA",
        monthly_cost_yuan=Decimal(racks * draw.between(1800, 4200) // 100 * 100),
        outcome=outcome,
        outcome_reason=draw.one(REASONS[outcome]) if outcome in REASONS else "",
        contact_name=draw.one(CONTACTS),
        contact_phone=phone(draw),
    )


def withdraw_day(ready: date | None) -> date:
    """The first deadline that leaves time after the last system of a room is ready."""
    wanted = (ready or DEADLINES[0] - SLACK) + SLACK
    return next((deadline for deadline in DEADLINES if deadline >= wanted), DEADLINES[-1])
