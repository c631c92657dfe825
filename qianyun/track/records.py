"""What the logs tell the audit: the days of each move that its checks ask for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from qianyun.estate.estate import Estate
from qianyun.estate.facts import SystemKey
from qianyun.estate.kinds import ServerKind
from qianyun.track.deeds import CheckName, EvidenceKind
from qianyun.track.standing import Standing, fresh
from qianyun.track.states import KitState, RoomState, SystemState, Tracked
from qianyun.verify.checks.records import Disks, Records, Trail

GIVEN_UP = (RoomState.CLOSED, RoomState.CONVERTED)


def records_of(estate: Estate, standings: Iterable[Standing]) -> Records:
    """The records of an estate's systems, kit and rooms."""
    known = {standing.tracked: standing for standing in standings}
    rooms = {room.name: known.get(Tracked.of(room)) for room in estate.rooms}
    return Records(
        trails={
            system.key: _trail(standing) for system in estate.systems if (standing := known.get(Tracked.of(system)))
        },
        disks=tuple(_disks(estate, known)),
        closed={
            name: standing.since
            for name, standing in rooms.items()
            if standing and standing.state in GIVEN_UP and standing.since
        },
    )


def _trail(standing: Standing) -> Trail:
    return Trail(
        moved_on=_day(standing, SystemState.OBSERVATION) or _day(standing, SystemState.CUTOVER),
        rehearsed_on=_shown(standing, CheckName.REHEARSAL),
        tested_on=_day(standing, SystemState.TRIAL) if standing.holds(EvidenceKind.TEST_REPORT) else None,
        compared_on=_shown(standing, CheckName.SYNC),
        restored_on=_shown(standing, CheckName.BACKUP),
        retired_on=_day(standing, SystemState.SOURCE_RETIRED),
    )


def _day(standing: Standing, state: SystemState) -> date | None:
    """The day on which a state was entered; one that was rolled back since was not."""
    entered, back = standing.entered(state), standing.entered(SystemState.ROLLED_BACK)
    if entered is None or (back is not None and standing.passed.index(back) > standing.passed.index(entered)):
        return None
    return entered.on


def _shown(standing: Standing, check: CheckName) -> date | None:
    result = standing.result(check)
    return result.on if result is not None and result.is_green else None


def _disks(estate: Estate, known: Mapping[Tracked, Standing]) -> Iterator[Disks]:
    rooms = {system.key: system.room or "" for system in estate.systems}
    for server in estate.servers:
        if server.kind is ServerKind.PHYSICAL:
            tracked = Tracked.of(server)
            standing = known.get(tracked) or fresh(tracked)
            key = SystemKey(department=server.department, name=server.system)
            yield Disks(
                server=f"{key} {server.name}",
                department=server.department,
                room=server.room or rooms.get(key, ""),
                is_wiped=standing.state != KitState.IN_USE,
                is_certified=standing.holds(EvidenceKind.WIPING_CERTIFICATE),
            )
