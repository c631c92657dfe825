"""The world as gates see it: facts, calendar, the plan in force, and where everything stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from qianyun.estate.calendar import Calendar
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, Room, Server, System, SystemKey
from qianyun.estate.identity import key_of
from qianyun.estate.kinds import ServerKind
from qianyun.track.standing import Standing, fresh
from qianyun.track.states import KitState, LineState, SystemState, Tracked, TrackedKind

PLATFORM_LEVEL = 3


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that a gate may ask for.

    Attributes:
        standings: Of what something was told about; all else stands at its beginning.
        planned: Days of the approved plan; `None` while none is approved.
        platform_level: Protection level of the cloud.
    """

    estate: Estate
    calendar: Calendar
    standings: Mapping[Tracked, Standing] = field(default_factory=dict)
    planned: Mapping[SystemKey, date] | None = None
    platform_level: int = PLATFORM_LEVEL

    def standing(self, tracked: Tracked) -> Standing:
        """Where a thing stands."""
        return self.standings.get(tracked) or fresh(tracked)

    def state_of(self, system: System) -> str:
        """Where a system stands."""
        return self.standing(Tracked.of(system)).state

    @cached_property
    def facts(self) -> Mapping[Tracked, System | Room | Line | Server]:
        """What can be tracked; of servers those that are made of metal and so hold disks."""
        metal = (server for server in self.estate.servers if server.kind is ServerKind.PHYSICAL)
        estate = self.estate
        known: tuple[System | Room | Line | Server, ...] = (*estate.systems, *estate.rooms, *estate.lines, *metal)
        return {Tracked.of(fact): fact for fact in known}

    @cached_property
    def system_of(self) -> Mapping[SystemKey, System]:
        """Systems by key."""
        return {system.key: system for system in self.estate.systems}

    @cached_property
    def inside(self) -> Mapping[str, tuple[System, ...]]:
        """Systems by the room they stand in at the beginning."""
        found: dict[str, list[System]] = {}
        for system in self.estate.systems:
            found.setdefault(system.room or "", []).append(system)
        return {room: tuple(systems) for room, systems in found.items()}

    @cached_property
    def kit_in(self) -> Mapping[str, tuple[Server, ...]]:
        """Physical servers by room; one that names no room stands where its system stands."""
        found: dict[str, list[Server]] = {}
        for server in self.estate.servers:
            if server.kind is ServerKind.PHYSICAL:
                system = self.system_of.get(SystemKey(department=server.department, name=server.system))
                found.setdefault(server.room or (system.room if system else "") or "", []).append(server)
        return {room: tuple(kit) for room, kit in found.items()}

    def systems_left(self, room: Room) -> tuple[System, ...]:
        """Systems of a room that have not left it for good."""
        return tuple(s for s in self.inside.get(room.name, ()) if self.state_of(s) != SystemState.SOURCE_RETIRED)

    def lines_left(self, room: Room) -> tuple[Line, ...]:
        """Lines of a room that are still paid for."""
        lines = (line for line in self.estate.lines if line.room == room.name)
        return tuple(line for line in lines if self.standing(Tracked.of(line)).state == LineState.ACTIVE)

    def unwiped(self, room: Room) -> tuple[Server, ...]:
        """Kit of a room whose disks nobody wiped."""
        kit = self.kit_in.get(room.name, ())
        return tuple(server for server in kit if self.standing(Tracked.of(server)).state == KitState.IN_USE)

    def find(self, text: str) -> tuple[Tracked, ...]:
        """What a person means by a key; several where kinds share it, none where nothing has it."""
        return tuple(t for kind in TrackedKind if (t := Tracked(kind=kind, key=text)) in self.facts)

    def key_of_system(self, key: SystemKey) -> str:
        """The natural key of a system, as tracked things are named."""
        system = self.system_of.get(key)
        return key_of(system) if system else str(key)
