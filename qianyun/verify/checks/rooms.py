"""Checks of rooms and of private networks (R01 to R04)."""

from collections import Counter
from collections.abc import Iterator

from qianyun.estate.facts import Line
from qianyun.estate.kinds import Disposition, Network, RoomOutcome
from qianyun.verify.checks.dossier import Dossier, Missing, Offence, Told, owner
from qianyun.words import _


def decided(dossier: Dossier) -> Iterator[Told]:
    """R01: each room has an outcome, and one that stays a reason."""
    for room in dossier.estate.rooms:
        if room.outcome is None:
            yield Offence(
                subject=room.name, observed=_("undecided"), expected=_("an outcome"), known_as=(room.department,)
            )


def closed_rooms_empty(dossier: Dossier) -> Iterator[Told]:
    """R02: in a room that had to be closed by now no system, server or line is left."""
    left = Counter[str]()
    gone = {system.key for system in dossier.estate.systems if dossier.is_moved(system.key)}
    gone |= {s.key for s in dossier.estate.systems if s.retired_on and s.retired_on <= dossier.on}
    left.update(s.room for s in dossier.estate.systems if s.room and s.key not in gone)
    left.update(s.room for s in dossier.estate.servers if s.room and owner(s) not in gone)
    left.update(line.room for line in dossier.estate.lines if line.room)
    for room in dossier.estate.rooms:
        if room.outcome is not RoomOutcome.CLOSE:
            continue
        if room.withdraw_by is None:
            yield Missing(subject=room.name, what=_("the day by which it is to be closed"))
        elif room.withdraw_by <= dossier.on and left[room.name]:
            yield Offence(
                subject=room.name,
                observed=_("{count} systems, servers and lines left").format(count=left[room.name]),
                expected=_("empty since {day}").format(day=room.withdraw_by),
                known_as=(room.department,),
            )


def new_systems_in_cloud(dossier: Dossier) -> Iterator[Told]:
    """R03: a system that went live since the programme began stands in the cloud."""
    begun = dossier.calendar.first if dossier.calendar else dossier.on
    for system in dossier.graded:
        if system.live_on is None:
            yield Missing(subject=str(system.key), what=_("the day on which it went live"))
        elif begun <= system.live_on <= dossier.on and system.room and not dossier.is_moved(system.key):
            yield Offence(
                subject=str(system.key),
                observed=_("went live on {day} in room {room}").format(day=system.live_on, room=system.room),
                expected=_("in the cloud, since {day}").format(day=begun),
            )


def private_networks_merge(dossier: Dossier) -> Iterator[Told]:
    """R04: each private network line says whom it serves, and each of those when it moves and where."""
    for line in dossier.estate.lines:
        if line.network is Network.DEPARTMENT_PRIVATE:
            yield from _unmapped(dossier, line)


def _unmapped(dossier: Dossier, line: Line) -> Iterator[Told]:
    expected = _("to the extranet or the intranet, on a day")
    if not line.systems:
        yield Offence(subject=line.number, observed=_("serves nobody by name"), expected=expected)
    for system in dossier.estate.systems:
        served = system.department == line.department and system.name in line.systems
        if served and system.disposition is not Disposition.RETIRE and system.key not in (dossier.cutovers or {}):
            yield Offence(
                subject=line.number,
                observed=_("{system} has no day in the plan").format(system=system.key),
                expected=expected,
                known_as=(line.department, str(system.key)),
            )
