"""Checks of the cloud: review, place, tenants, management, capacity (C01 to C05)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from qianyun.estate.facts import Pool, System
from qianyun.estate.kinds import Disposition
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told
from qianyun.words import _

SIZES = ("vcpu", "memory_gib", "storage_gib")


def reviewed(_dossier: Dossier) -> Iterator[Told]:
    """C01: the platform passed the security review of cloud services."""
    yield Missing(what=_("the security review of the cloud platform"))


def within_the_country(_dossier: Dossier) -> Iterator[Told]:
    """C02: data is held, and the platform is run, within the country."""
    yield Missing(what=_("where data is held and from where the platform is run"))


def tenants_apart(_dossier: Dossier) -> Iterator[Told]:
    """C03: networks of departments are isolated from each other."""
    yield Missing(what=_("which virtual network belongs to which department"))


def management_apart(_dossier: Dossier) -> Iterator[Told]:
    """C04: management has a network of its own."""
    yield Missing(what=_("which interfaces are for management"))


def pools_suffice(dossier: Dossier) -> Iterator[Told]:
    """C05: on every day of the plan, what has moved fits into the pool of its zone."""
    arrivals: dict[str, dict[date, list[System]]] = defaultdict(lambda: defaultdict(list))
    for system in dossier.moving:
        day = (dossier.cutovers or {}).get(system.key)
        if day is None:
            continue
        if system.zone is None or any(getattr(system, size) is None for size in SIZES):
            yield Missing(subject=str(system.key), what=_("its zone, processors, memory or storage"))
        if system.zone is not None:
            arrivals[system.zone][day].append(system)
    for zone, days in arrivals.items():
        pools = sorted((pool for pool in dossier.pools if pool.zone == zone), key=lambda pool: pool.starts_on)
        for size in SIZES:
            yield from _overfull(zone, size, days, pools)


def _overfull(zone: str, size: str, days: dict[date, list[System]], pools: list[Pool]) -> Iterator[Told]:
    """The first day on which a pool is too small; later ones follow from it."""
    total = Decimal(0)
    for day in sorted(days):
        total += sum(_wanted(system, size) for system in days[day])
        offered = _offered(pools, size, day)
        if total > offered:
            yield Offence(
                subject=f"{zone} {size}",
                observed=_("{total} wanted on {day}").format(total=total, day=day),
                expected=_("{offered} or less").format(offered=offered),
                known_as=(zone,),
            )
            return


def _wanted(system: System, size: str) -> Decimal:
    """What a system takes of a pool; one that merges into another brings its data alone."""
    if system.disposition is not Disposition.MERGE:
        return Decimal(getattr(system, size) or 0)
    return (system.data_gib or Decimal(0)) if size == "storage_gib" else Decimal(0)


def _offered(pools: list[Pool], size: str, day: date) -> int:
    """What plans may fill on a day, by the pool in force then."""
    in_force = [pool for pool in pools if pool.starts_on <= day]
    return int(getattr(in_force[-1], size)) * in_force[-1].safety_percent // 100 if in_force else 0
