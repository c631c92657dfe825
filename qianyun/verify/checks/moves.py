"""Checks of moves: plan, drill, integrity, what is kept and wiped, backups (M01 to M06, D01)."""

from collections.abc import Iterator

from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told
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


def rehearsed(_dossier: Dossier) -> Iterator[Told]:
    """M02: a way back or a test move was rehearsed before the cut-over."""
    yield Missing(what=_("records of rollback drills and test migrations"))


def unharmed(_dossier: Dossier) -> Iterator[Told]:
    """M03: row counts or hashes show that no data was harmed on its way."""
    yield Missing(what=_("row counts or hashes of moved databases"))


def source_kept(_dossier: Dossier) -> Iterator[Told]:
    """M04: the source is kept for a while, and a local backup for good."""
    yield Missing(what=_("how long source copies and local backups are really kept"))


def wiped(_dossier: Dossier) -> Iterator[Told]:
    """M05: old storage is wiped before its room is given up."""
    yield Missing(what=_("certificates of wiped or destroyed storage"))


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


def backed_up(_dossier: Dossier) -> Iterator[Told]:
    """D01: backups exist and were restored once; from level 3 on one lies elsewhere."""
    yield Missing(what=_("backups, where they lie, and when one was last restored"))
