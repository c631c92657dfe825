"""One system as a move: what its disposition makes of it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from qianyun.errors import Fault
from qianyun.estate.calendar import Calendar
from qianyun.estate.facts import Line, Room, System
from qianyun.estate.kinds import LEAVING, Disposition, MlpsLevel, Network, Secrecy
from qianyun.plan.problem import GIB_A_WEEK_PER_MBPS, Crew, Move
from qianyun.plan.wishes import Wishes
from qianyun.words import _

TO_CLOUD = frozenset({Disposition.MIGRATE, Disposition.MERGE, Disposition.TAKE_OVER})
COPIES = TO_CLOUD | {Disposition.INTRANET}
STAYS = frozenset({Disposition.INTEGRATE})
"""What stands in its room after its date."""
MOST_COPY_WEEKS = 12
MANY_VCPU, MOST_VCPU = 24, 96
SECONDS_AN_HOUR = 3600
MBIT_A_GIB = Decimal("8589.934592")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """A room's way to the cloud.

    Attributes:
        mbps: Sum of its lines on the extranet.
        gib_a_week: What copying may carry over them in a week.
    """

    mbps: Decimal
    gib_a_week: int


def uplinks(lines: Iterable[Line], wishes: Wishes) -> Mapping[str, Uplink]:
    """Uplinks of the rooms that have one."""
    mbps: dict[str, Decimal] = {}
    for line in lines:
        if line.room and line.network is Network.EXTRANET and line.bandwidth_mbps:
            mbps[line.room] = mbps.get(line.room, Decimal(0)) + line.bandwidth_mbps
    share = Decimal(wishes.copy_percent) / 100
    return {
        room: Uplink(mbps=width, gib_a_week=max(1, int(width * GIB_A_WEEK_PER_MBPS * share)))
        for room, width in mbps.items()
    }


def move_of(system: System, room: Room | None, uplink: Uplink | None, calendar: Calendar, wishes: Wishes) -> Move:
    """The move of a system that is neither deferred nor impossible."""
    fate = system.disposition
    to_cloud = fate in TO_CLOUD
    copies = fate in COPIES
    copy_gib, copy_weeks = _copy(system, uplink) if copies else (0, 1)
    crew_weeks = _crew_weeks(system) if copies else 1
    lead = max(copy_weeks, crew_weeks) - 1 + (wishes.interface_weeks if fate is Disposition.TAKE_OVER else 0)
    due = _due(system, room, calendar)
    weight = 3 if (system.mlps_level or 0) >= MlpsLevel.THREE else 1
    return Move(
        system=system.key,
        disposition=fate,
        room=system.room,
        zone=(system.zone or wishes.default_zone) if to_cloud else None,
        vcpu=system.vcpu or 0 if to_cloud and fate is not Disposition.MERGE else 0,
        memory_gib=math.ceil(system.memory_gib or 0) if to_cloud and fate is not Disposition.MERGE else 0,
        storage_gib=math.ceil(_volume(system)) if to_cloud else 0,
        copy_gib=copy_gib,
        copy_weeks=copy_weeks,
        lead_weeks=lead,
        crews=_crews(system, crew_weeks),
        effort=_effort(system) if copies else 1,
        risk=_risk(system) if copies else 0,
        ready_on=system.ready_on,
        due_on=due,
        late_yuan=weight * wishes.weights.late_yuan if due else 0,
        leaves_room=fate not in STAYS,
        is_counted=copies,
        is_classified=system.secrecy is Secrecy.CLASSIFIED,
        level=int(system.mlps_level or 0),
    )


def _volume(system: System) -> Decimal:
    if system.disposition is Disposition.MERGE:
        return system.data_gib or Decimal(0)
    return system.storage_gib or Decimal(0)


def _copy(system: System, uplink: Uplink | None) -> tuple[int, int]:
    """GiB a week and weeks: one system takes at most half of what copying may carry, if it has the time."""
    data = math.ceil(system.data_gib or 0)
    if not data or uplink is None:
        return 0, 1
    weeks = min(MOST_COPY_WEEKS, max(1, math.ceil(2 * data / uplink.gib_a_week)))
    return math.ceil(data / weeks), weeks


def _crew_weeks(system: System) -> int:
    vcpu = system.vcpu or 0
    return 2 + (vcpu > MANY_VCPU) + (vcpu > MOST_VCPU)


def _crews(system: System, weeks: int) -> tuple[Crew, ...]:
    """Who maintains it prepares the move; who built it stands by in the week of the cut-over."""
    keeper = system.maintenance_vendor or system.development_vendor
    crews = [Crew(vendor=keeper, weeks=weeks)] if keeper else []
    if system.development_vendor and system.development_vendor != keeper:
        crews.append(Crew(vendor=system.development_vendor, weeks=1))
    return tuple(crews)


def _effort(system: System) -> int:
    vcpu = system.vcpu or 0
    return 1 + (vcpu > MANY_VCPU) + (vcpu > MOST_VCPU) + _is_important(system)


def _risk(system: System) -> int:
    return 1 + 2 * _is_important(system) + ((system.vcpu or 0) > MANY_VCPU)


def _is_important(system: System) -> bool:
    return (system.mlps_level or 0) >= MlpsLevel.THREE


def _due(system: System, room: Room | None, calendar: Calendar) -> date | None:
    """The last day that leaves time for the observation before the room must be empty."""
    if room is None or room.withdraw_by is None or room.outcome not in LEAVING or system.disposition in STAYS:
        return None
    return room.withdraw_by - timedelta(days=calendar.observation_days)


def window_fault(system: System, uplink: Uplink | None, calendar: Calendar, wishes: Wishes) -> Fault | None:
    """Told when what changed since the copy does not pass in the hours of a cut-over."""
    if system.disposition not in COPIES or uplink is None or not system.data_gib:
        return None
    changed = system.data_gib * wishes.delta_percent / 100
    needs = changed * MBIT_A_GIB / uplink.mbps / SECONDS_AN_HOUR
    hours = calendar.window_of(system.department).hours
    has = min(hours, system.downtime_hours) if system.downtime_hours else hours
    if needs <= has:
        return None
    return Fault(
        place=f"system {system.key}",
        what=_(
            "copying the last {gib:.0f} GiB over {mbps} Mbit/s takes {needs:.1f} h, the window bears {has} h"
        ).format(gib=changed, mbps=uplink.mbps, needs=needs, has=has),
        mend=_("agree a longer window, widen the line, or replicate until the cut-over"),
    )
