"""Checks of graded protection: levels, filings, assessments (L01 to L06)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from qianyun.estate.facts import System
from qianyun.estate.kinds import MlpsLevel
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told
from qianyun.words import _

MONTHS_A_YEAR = 12


def graded_and_filed(dossier: Dossier) -> Iterator[Told]:
    """L01: every system has a level, and from level 2 on a filing number."""
    for system in dossier.graded:
        if system.mlps_level is None:
            yield Offence(subject=str(system.key), observed=_("no level"), expected=_("level 1 to 4"), is_mild=True)
        elif system.mlps_level >= MlpsLevel.TWO and not system.filing_number:
            yield Offence(
                subject=str(system.key),
                observed=_("level {level} without a filing number").format(level=system.mlps_level.value),
                expected=_("filed with the police"),
            )


def platform_level(dossier: Dossier) -> Iterator[Told]:
    """L02: no system stands on a platform of a lower level than its own."""
    for system in dossier.moving:
        zone = dossier.cloud_zones.get(system.zone or "")
        if zone is None or zone.mlps_level is None or system.mlps_level is None:
            yield Missing(subject=str(system.key), what=_("its level of protection, or that of its zone"))
        elif zone.mlps_level < system.mlps_level:
            yield Offence(
                subject=str(system.key),
                observed=_("level {level} in zone {zone}").format(level=system.mlps_level.value, zone=zone.name),
                expected=_("level {level} or lower").format(level=zone.mlps_level),
                place=zone.source,
                known_as=(zone.name,),
            )


def assessed_in_time(dossier: Dossier) -> Iterator[Told]:
    """L03: the last assessment is no older than the profile allows for the level."""
    months = dossier.policy.profile.assessment_months
    if not months:
        yield Missing(what=_("how often each level is assessed, in the profile"))
        return
    for system in dossier.graded:
        if system.mlps_level is None or system.mlps_level not in months:
            continue
        oldest = months_before(dossier.on, months[system.mlps_level])
        if system.assessed_on is None or system.assessed_on < oldest:
            yield Offence(
                subject=str(system.key),
                observed=_("level {level}, assessed {day}").format(
                    level=system.mlps_level.value, day=system.assessed_on or _("never")
                ),
                expected=_("{day} or later").format(day=oldest),
            )
    yield from _ungraded(dossier)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 - months, MONTHS_A_YEAR)
    for last in (day.day, 30, 29):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    return date(year, month + 1, 28)


def assessed_again(dossier: Dossier) -> Iterator[Told]:
    """L04: once the observation is over, a system whose level asks for assessments is assessed where it runs now."""
    wait = timedelta(days=dossier.calendar.observation_days if dossier.calendar else 0)
    for system in dossier.graded:
        trail = dossier.records.trails.get(system.key) if dossier.records else None
        moved = trail.moved_on if trail else None
        if system.mlps_level not in dossier.policy.profile.assessment_months or moved is None:
            continue
        if moved + wait < dossier.on and (system.assessed_on is None or system.assessed_on < moved):
            yield Offence(
                subject=str(system.key),
                observed=_("cut over on {day}, assessed {assessed}").format(
                    day=moved, assessed=system.assessed_on or _("never")
                ),
                expected=_("an assessment after the cut-over"),
            )


def cryptography_assessed(dossier: Dossier) -> Iterator[Told]:
    """L05: the cryptography of a system of level 3 or above was assessed."""
    for system in _of_level(dossier, MlpsLevel.THREE):
        if system.crypto_assessed_on is None:
            yield Offence(
                subject=str(system.key),
                observed=_("cryptography never assessed"),
                expected=_("an assessment of its cryptography"),
            )
    yield from _ungraded(dossier)


def _of_level(dossier: Dossier, least: MlpsLevel) -> list[System]:
    return [system for system in dossier.graded if system.mlps_level and system.mlps_level >= least]


def _ungraded(dossier: Dossier) -> Iterator[Missing]:
    for system in dossier.graded:
        if system.mlps_level is None:
            yield Missing(subject=str(system.key), what=_("its level of protection"))


def own_pool(dossier: Dossier) -> Iterator[Told]:
    """L06: a system of level 4 shares its pool with none of a lower level."""
    zones: dict[str | None, list[System]] = defaultdict(list)
    for system in dossier.moving:
        zones[system.zone].append(system)
    for system in _of_level(dossier, MlpsLevel.FOUR):
        others = [each for each in zones[system.zone] if each.mlps_level != MlpsLevel.FOUR]
        if system in dossier.moving and others:
            yield Offence(
                subject=str(system.key),
                observed=_("shares the pool of zone {zone} with {count} systems of lower levels").format(
                    zone=system.zone, count=len(others)
                ),
                expected=_("a pool of its own"),
            )
    yield from _ungraded(dossier)
