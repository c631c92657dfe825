"""Freed kit (利旧): what servers the moves free, and what it saves buying.

Kit is free once its system's source is retired, and can be used again some weeks later, when its
disks are wiped and it stands in its new rack. Needs are the steps by which the cloud's pools grow:
each is filled from what is free in time before anything is bought. A server goes whole to one
need, the largest first; one that is too small for a rack place is not offered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from qianyun.estate.facts import Pool, Server, SystemKey
from qianyun.estate.kinds import CpuArch
from qianyun.track.rooms import retired_on
from qianyun.track.states import KitState, Tracked
from qianyun.track.withdrawal import CutoverDays
from qianyun.track.world import World

LEAD = timedelta(days=30)
"""From the retirement of its system to kit at work elsewhere: wiping, certificate, transport, rack."""
LEAST_VCPU = 8
"""Servers below this do not pay their place in a rack."""
HOSTS = frozenset({CpuArch.X86_64, CpuArch.AARCH64})
"""Instruction sets that the cloud's hosts have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreedKit:
    """One physical server.

    Attributes:
        free_on: The day on which its system's source was or can be retired.
        state: Whether it is wiped, reused or scrapped already.
    """

    server: Server
    free_on: date
    state: str

    @property
    def system(self) -> SystemKey:
        """What ran on it."""
        return SystemKey(department=self.server.department, name=self.server.system)


@dataclass(frozen=True, slots=True, kw_only=True)
class KitNeed:
    """What the cloud has to grow by on a day."""

    zone: str
    by: date
    vcpu: int
    memory_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One need with the kit that fills it, and what is left to buy.

    Attributes:
        kit: In the order in which it is taken.
        vcpu: What the kit brings; `memory_gib` likewise, no more than is needed.
    """

    need: KitNeed
    kit: tuple[FreedKit, ...]
    vcpu: int
    memory_gib: int

    @property
    def vcpu_to_buy(self) -> int:
        """What no kit covers."""
        return max(0, self.need.vcpu - self.vcpu)

    @property
    def memory_to_buy_gib(self) -> int:
        """Likewise of memory."""
        return max(0, self.need.memory_gib - self.memory_gib)


def freed_kit(world: World, days: CutoverDays) -> tuple[FreedKit, ...]:
    """Physical servers that are or will be free, by day and name."""
    retired = retired_on(world, days)
    found = [
        FreedKit(server=server, free_on=retired[key], state=world.standing(Tracked.of(server)).state)
        for kit in world.kit_in.values()
        for server in kit
        if (key := SystemKey(department=server.department, name=server.system)) in retired
    ]
    return tuple(sorted(found, key=lambda each: (each.free_on, str(each.system), each.server.name)))


def needs_of(pools: Iterable[Pool], today: date) -> tuple[KitNeed, ...]:
    """By how much each zone still has to grow, step by step, the earliest first."""
    steps = sorted(pools, key=lambda pool: (pool.zone, pool.starts_on))
    found = []
    for before, step in pairwise(steps):
        if before.zone == step.zone and step.starts_on > today:
            vcpu, memory = step.vcpu - before.vcpu, step.memory_gib - before.memory_gib
            found.append(KitNeed(zone=step.zone, by=step.starts_on, vcpu=max(0, vcpu), memory_gib=max(0, memory)))
    return tuple(sorted(found, key=lambda need: (need.by, need.zone)))


def is_fit(kit: FreedKit) -> bool:
    """Whether it can be a host of the cloud."""
    server = kit.server
    is_free = kit.state in (KitState.IN_USE, KitState.WIPED)
    return is_free and server.cpu_arch in HOSTS and (server.vcpu or 0) >= LEAST_VCPU


def matched(kit: Iterable[FreedKit], needs: Iterable[KitNeed]) -> tuple[Match, ...]:
    """Fill needs in their order from the kit that is free in time; no server is given twice."""
    left = sorted((each for each in kit if is_fit(each)), key=lambda e: (-(e.server.vcpu or 0), e.free_on))
    found = []
    for need in needs:
        taken: list[FreedKit] = []
        vcpu = memory = 0
        for each in tuple(left):
            if vcpu >= need.vcpu and memory >= need.memory_gib:
                break
            if each.free_on + LEAD <= need.by:
                taken.append(each)
                left.remove(each)
                vcpu += each.server.vcpu or 0
                memory += int(each.server.memory_gib or 0)
        bears = min(vcpu, need.vcpu), min(memory, need.memory_gib)
        found.append(Match(need=need, kit=tuple(taken), vcpu=bears[0], memory_gib=bears[1]))
    return tuple(found)
