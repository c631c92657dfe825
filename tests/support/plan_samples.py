"""The samples as planning problems, and a country of 31 provinces drawn like the sample one."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from inventory.generator.estate import city, province
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Dependency, SystemKey, Vendor
from qianyun.estate.kinds import Origin
from qianyun.importers.declaration import load_calendar, load_pools, load_wishes
from qianyun.plan.builder import build_problem
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem

ROOT = Path(__file__).parent.parent.parent
PROVINCES = 31
LATE = 39
OWNED = {"department", "room", "zone", "parent", "number"}
"""Fields that name something of one province."""
Fact = TypeVar("Fact")


@cache
def sample_estate(name: str) -> Estate:
    """The facts of `province` or `city`, as their ledgers hold them without faults."""
    return {"province": province, "city": city}[name]().estate


@cache
def sample(name: str) -> Problem:
    """The planning problem of `province` or `city`."""
    folder = ROOT / "inventory" / name
    return build_problem(sample_estate(name), load_calendar(folder), load_pools(folder), wishes=load_wishes(folder))


def slipped(old: Plan, after: date) -> tuple[frozenset[SystemKey], Problem]:
    """39 of the province's systems, 5 %, that are ready four weeks after the day that a plan gave them."""
    facts, folder = sample_estate("province"), ROOT / "inventory/province"
    waiting = sorted((s.key for s in facts.systems if s.ready_on and old.days.get(s.key, after) > after), key=str)
    late = frozenset(waiting[:: len(waiting) // LATE][:LATE])
    systems = tuple(
        replace(each, ready_on=old.days[each.key] + timedelta(weeks=4)) if each.key in late else each
        for each in facts.systems
    )
    return late, build_problem(
        replace(facts, systems=systems), load_calendar(folder), load_pools(folder), wishes=load_wishes(folder)
    )


def country(provinces: int = PROVINCES) -> Problem:
    """The planning problem of so many provinces, drawn in a process of its own that takes their ledgers with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(drawn_country, provinces).result()


def drawn_country(provinces: int) -> Problem:
    """The planning problem of so many provinces.

    Each has its own departments, rooms, lines and cloud; vendors of one name are one company in all
    of them; each national system reports to a platform of the first province.
    """
    parts = [_named(province(20260701 + 97 * n).estate, f"{n:02d}区") for n in range(provinces)]
    calendar = load_calendar(ROOT / "inventory/province")
    everybody = [blackout for blackout in calendar.blackouts if blackout.is_national]
    estate = Estate(
        departments=tuple(d for part in parts for d in part.departments),
        rooms=tuple(r for part in parts for r in part.rooms),
        lines=tuple(line for part in parts for line in part.lines),
        vendors=tuple(_companies(parts)),
        systems=tuple(s for part in parts for s in part.systems),
        dependencies=(*(d for part in parts for d in part.dependencies), *_reports(parts)),
        pools=tuple(p for part in parts for p in part.pools),
    )
    return build_problem(estate, replace(calendar, blackouts=tuple(everybody), windows={}), estate.pools)


def _named(estate: Estate, prefix: str) -> Estate:
    """An estate whose names begin with the province's."""
    changed = {}
    for field in fields(estate):
        if field.name != "vendors":
            changed[field.name] = tuple(_owned(fact, prefix) for fact in getattr(estate, field.name))
    changed["departments"] = tuple(replace(d, name=f"{prefix}{d.name}") for d in changed["departments"])
    changed["rooms"] = tuple(replace(room, name=f"{prefix}{room.name}") for room in changed["rooms"])
    return replace(estate, **changed)


def _owned(fact: Fact, prefix: str) -> Fact:
    changes: dict[str, object] = {}
    for field in fields(fact) if is_dataclass(fact) else ():
        value = getattr(fact, field.name)
        if field.name in OWNED and isinstance(value, str):
            changes[field.name] = f"{prefix}{value}"
        elif isinstance(value, SystemKey):
            changes[field.name] = SystemKey(department=f"{prefix}{value.department}", name=value.name)
    return replace(fact, **changes)  # type: ignore[type-var] # a dataclass, as all facts are


def _companies(parts: list[Estate]) -> Iterator[Vendor]:
    hands: dict[str, Vendor] = {}
    for vendor in (vendor for part in parts for vendor in part.vendors):
        known = hands.get(vendor.name)
        more = known.parallel_capacity if known else 0
        hands[vendor.name] = replace(vendor, parallel_capacity=vendor.parallel_capacity + more)
    yield from hands.values()


def _reports(parts: list[Estate]) -> Iterator[Dependency]:
    platforms = [system.key for system in parts[0].systems if system.name.endswith("平台")][:12]
    for part in parts[1:]:
        for n, system in enumerate(part.systems):
            if system.origin is Origin.NATIONAL and platforms:
                yield Dependency(source=system.key, target=platforms[n % len(platforms)])
