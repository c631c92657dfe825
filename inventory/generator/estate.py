"""A whole sample estate, consistent in itself, drawn from one seed."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from inventory.generator.departments import (
    CITY_DATA_BUREAU,
    DATA_BUREAU,
    Organ,
    city_organs,
    province_organs,
)
from inventory.generator.dependencies import make_dependencies
from inventory.generator.drafts import TO_CLOUD, Draft, make_drafts, place, system_of, system_sizes
from inventory.generator.draw import Draw
from inventory.generator.lines import make_lines
from inventory.generator.recipe import CITY, PROVINCE, Recipe
from inventory.generator.rooms import KEPT, make_rooms, withdraw_day
from inventory.generator.servers import make_servers
from inventory.generator.vendors import make_vendors
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Pool, Room, System
from qianyun.estate.kinds import RoomOutcome

STEPS = ((date(2026, 7, 1), 0.40), (date(2027, 1, 1), 0.60), (date(2027, 6, 1), 0.80), (date(2027, 10, 1), 1.0))
"""How the cloud grows: from a day on, this share of what it ends with."""
SAFETY_PERCENT = 95
ZONES = ("internet", "exchange", "extranet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample estate with the recipe it was drawn by."""

    recipe: Recipe
    estate: Estate


def province(seed: int = PROVINCE.seed) -> Sample:
    """The province: 45 departments, 120 rooms, 780 systems; another seed gives another one of that size."""
    return _sample(replace(PROVINCE, seed=seed), province_organs(Draw(seed, "departments")), DATA_BUREAU)


def city() -> Sample:
    """The seaside city: 3,112 units on the extranet, 497 systems."""
    return _sample(CITY, city_organs(Draw(CITY.seed, "departments")), CITY_DATA_BUREAU)


def _sample(recipe: Recipe, organs: list[Organ], host: str) -> Sample:
    def draw(topic: str) -> Draw:
        return Draw(recipe.seed, topic)

    sizes = system_sizes(draw("sizes"), recipe, organs, host)
    rooms = make_rooms(draw("rooms"), recipe, organs, sizes, host)
    drafts = make_drafts(draw("systems"), recipe, organs, sizes, host)
    place(draw("places"), drafts, rooms, host)
    dependencies = make_dependencies(draw("dependencies"), drafts)
    machines = make_servers(draw("servers"), recipe, drafts)
    vendors, hired = make_vendors(draw("vendors"), recipe, drafts)
    facts = draw("facts")
    systems = [
        system_of(facts, draft, number, hired.get(draft.key, ("", "", None)))
        for number, draft in enumerate(drafts, start=1)
    ]
    estate = Estate(
        departments=tuple(organ.department for organ in organs),
        rooms=tuple(_dated(room, drafts) for room in rooms),
        lines=make_lines(draw("lines"), recipe, rooms, systems),
        vendors=tuple(vendors),
        systems=tuple(systems),
        servers=machines.servers,
        databases=machines.databases,
        middleware=machines.middleware,
        dependencies=dependencies,
        pools=make_pools(recipe, systems),
    )
    return Sample(recipe=recipe, estate=estate)


def _dated(room: Room, drafts: Iterable[Draft]) -> Room:
    if room.outcome in KEPT - {RoomOutcome.CONVERT_AGGREGATION}:
        return room
    ready = [draft.ready_on for draft in drafts if draft.room is room and draft.ready_on]
    return replace(room, withdraw_by=withdraw_day(max(ready, default=None)))


def make_pools(recipe: Recipe, systems: list[System]) -> tuple[Pool, ...]:
    """Capacity of each zone, step by step, so that all moving systems fill the last step as wanted."""
    demand = {zone: _demand([s for s in systems if s.zone == zone and s.disposition in TO_CLOUD]) for zone in ZONES}
    finals = {zone: [_round_up(size / recipe.fill) for size in demand[zone]] for zone in ZONES}
    if recipe.final_capacity:
        for size, whole in enumerate(recipe.final_capacity):
            total = sum(demand[zone][size] for zone in ZONES)
            for zone in ZONES:
                finals[zone][size] = round(whole * demand[zone][size] / total)
            finals[ZONES[-1]][size] += whole - sum(finals[zone][size] for zone in ZONES)
    return tuple(
        Pool(
            zone=zone,
            starts_on=day,
            vcpu=math.floor(finals[zone][0] * share),
            memory_gib=math.floor(finals[zone][1] * share),
            storage_gib=math.floor(finals[zone][2] * share),
            safety_percent=SAFETY_PERCENT,
        )
        for zone in ZONES
        for day, share in STEPS
    )


def _demand(systems: list[System]) -> tuple[float, float, float]:
    return (
        float(sum(s.vcpu or 0 for s in systems)),
        float(sum(s.memory_gib or 0 for s in systems)),
        float(sum(s.storage_gib or 0 for s in systems)),
    )


def _round_up(size: float) -> int:
    """The next round figure that a cloud is bought in: two digits that count."""
    unit: int = 10 ** max(0, math.floor(math.log10(max(size, 1))) - 1)
    return math.ceil(size / unit) * unit
