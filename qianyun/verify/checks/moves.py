"""Checks of moves: plan, drill, integrity, what is kept and wiped, backups (M01 to M06, D01)."""

from collections.abc import Iterator
from datetime import date, timedelta

from qianyun.estate.facts import System
from qianyun.estate.kinds import MlpsLevel
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told, owner
from qianyun.verify.checks.records import Trail
from qianyun.words import _


def planned(dossier: Dossier) -> Iterator[Told]:
    """M01: each system that moves has a day in a window of its department, and somebody who answers."""
    for system in dossier.moving:
        day, subject = (dossier.cutovers or {}).get(system.key), str(system.key)
        if day is None:
            yield Offence(subject=subject, observed=_("no day in the plan"), expected=_("a wave and a day"))
        elif dossier.calendar and not dossier.calendar.is_cutover_day(day, system.department):
            yield Offence(subject=subject, observed=str(day), expected=_("a day on which its window opens"))
        if not system.contact_name:
            yield Offence(subject=subject, observed=_("no contact"), expected=_("somebody who answers for it"))


def rehearsed(dossier: Dossier) -> Iterator[Told]:
    """M02: a way back or a test move was rehearsed before the cut-over; below level 3 that is only advised."""
    for system, trail, day in _moved(dossier):
        before = [each for each in (trail.rehearsed_on, trail.tested_on) if each and each <= day]
        if not before:
            yield Offence(
                subject=str(system.key),
                observed=_("cut over on {day}, nothing rehearsed before").format(day=day),
                expected=_("a rollback drill or a test migration before the cut-over"),
                is_mild=(system.mlps_level or MlpsLevel.THREE) < MlpsLevel.THREE,
            )


def unharmed(dossier: Dossier) -> Iterator[Told]:
    """M03: a comparison of source and target shows that no data was harmed on its way."""
    holding = {owner(database) for database in dossier.estate.databases}
    for system, trail, day in _moved(dossier):
        if trail.compared_on is None and (system.key in holding or system.data_gib):
            yield Offence(
                subject=str(system.key),
                observed=_("cut over on {day}, source and target never compared").format(day=day),
                expected=_("the same data on both sides, shown by a green comparison"),
            )


def source_kept(dossier: Dossier) -> Iterator[Told]:
    """M04: the source is kept as long as the calendar says, for a way back."""
    days = dossier.calendar.observation_days if dossier.calendar else 0
    for system, trail, day in _moved(dossier):
        if trail.retired_on and trail.retired_on < day + timedelta(days=days):
            yield Offence(
                subject=str(system.key),
                observed=_("cut over on {day}, source retired on {retired}").format(day=day, retired=trail.retired_on),
                expected=_("source kept until {day}").format(day=day + timedelta(days=days)),
            )


def wiped(dossier: Dossier) -> Iterator[Told]:
    """M05: disks are wiped, with a certificate, before their room is given up."""
    records = dossier.records
    for disks in records.disks if records else ():
        given_up = records.closed.get(disks.room) if records else None
        if disks.is_wiped and not disks.is_certified:
            observed = _("wiped without a certificate")
        elif given_up and not disks.is_wiped:
            observed = _("not wiped, room {room} given up on {day}").format(room=disks.room, day=given_up)
        else:
            continue
        expected = _("disks wiped, with a certificate, before the room is given up")
        known_as = (disks.department, disks.room)
        yield Offence(subject=disks.server, observed=observed, expected=expected, known_as=known_as)


def _moved(dossier: Dossier) -> Iterator[tuple[System, Trail, date]]:
    """Systems that were cut over, with the day."""
    for system in dossier.estate.systems:
        trail = dossier.records.trails.get(system.key) if dossier.records else None
        if trail is not None and trail.moved_on is not None and trail.moved_on <= dossier.on:
            yield system, trail, trail.moved_on


def outside_blackouts(dossier: Dossier) -> Iterator[Told]:
    """M06: no cut-over lies in a blackout."""
    for key, day in sorted((dossier.cutovers or {}).items(), key=lambda entry: (entry[1], str(entry[0]))):
        blackouts = dossier.calendar.blackouts_on(day, key.department) if dossier.calendar else ()
        for blackout in blackouts[:1]:
            yield Offence(
                subject=str(key),
                observed=_("{day}, in {blackout}").format(day=day, blackout=blackout.name),
                expected=_("a day outside all blackouts"),
                place=blackout.source,
            )


def backed_up(dossier: Dossier) -> Iterator[Told]:
    """D01: from level 2 on a backup was restored once, before the cut-over at the latest."""
    for system in dossier.graded:
        if system.mlps_level is not None and system.mlps_level < MlpsLevel.TWO:
            continue
        trail = dossier.records.trails.get(system.key) if dossier.records else None
        if trail is not None and trail.restored_on:
            continue
        if trail is None or trail.moved_on is None:
            yield Missing(subject=str(system.key), what=_("whether one of its backups was ever restored"))
        else:
            yield Offence(
                subject=str(system.key),
                observed=_("cut over on {day}, no backup restored").format(day=trail.moved_on),
                expected=_("a backup that was restored"),
            )
