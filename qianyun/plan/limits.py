"""Limits of the weeks: vendors' hands, rooms' lines, the migration team, and what breaks them alone."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qianyun.errors import Fault
from qianyun.estate.facts import Pool, SystemKey, Vendor
from qianyun.plan.moves import Uplink
from qianyun.plan.problem import Limit, Move, MoveGroup
from qianyun.words import _

SIZES = ("vcpu", "memory_gib", "storage_gib")


def usable(pool: Pool, size: str) -> int:
    """What plans may fill of one size of a pool: the share below the safety line."""
    held: int = getattr(pool, size)
    return held * pool.safety_percent // 100


def most_usable(pools: Iterable[Pool], zone: str, size: str) -> int:
    """The most that a zone ever offers of one size; 0 where there is no such zone."""
    return max((usable(pool, size) for pool in pools if pool.zone == zone), default=0)


def too_big(group: Sequence[Move], pools: Sequence[Pool]) -> str | None:
    """Why a group fits no pool however it is planned; `None` when it fits."""
    for zone in sorted({move.zone for move in group if move.zone}):
        for size in SIZES:
            needs = sum(getattr(move, size) for move in group if move.zone == zone)
            most = most_usable(pools, zone, size)
            if needs > most:
                return _("needs {needs} {size} in zone {zone}, which never offers more than {most}").format(
                    needs=needs, size=size, zone=zone, most=most
                )
    return None


def vendor_limits(
    vendors: Iterable[Vendor], groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move]
) -> tuple[tuple[Limit, ...], tuple[Fault, ...]]:
    """How many systems each vendor may work on in a week, raised where one group needs more."""
    declared = {vendor.name: vendor.parallel_capacity for vendor in vendors}
    needs: dict[str, int] = {}
    for group in groups:
        own: dict[str, int] = {}
        for crew in (crew for key in group.systems for crew in moves[key].crews):
            own[crew.vendor] = own.get(crew.vendor, 0) + 1
        for name, count in own.items():
            needs[name] = max(needs.get(name, 0), count)
    what = _("can work on {has} systems a week, but one move group needs {needs}; planned as {needs}")
    mend = _("ask for more hands, or untie the group")
    return _raised("vendor", declared, needs, what, mend, unknown=1)


def room_limits(
    links: Mapping[str, Uplink], groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move]
) -> tuple[tuple[Limit, ...], tuple[Fault, ...]]:
    """GiB that each room's lines may copy in a week, raised likewise."""
    declared = {room: link.gib_a_week for room, link in links.items()}
    needs: dict[str, int] = {}
    for group in groups:
        own: dict[str, int] = {}
        for move in (moves[key] for key in group.systems):
            if move.room and move.copy_gib:
                own[move.room] = own.get(move.room, 0) + move.copy_gib
        for name, count in own.items():
            needs[name] = max(needs.get(name, 0), count)
    what = _("can send {has} GiB a week, but one move group needs {needs}; planned as {needs}")
    mend = _("widen its line, or carry disks")
    return _raised("room", declared, needs, what, mend, unknown=0)


def _raised(
    kind: str, declared: Mapping[str, int], needs: Mapping[str, int], what: str, mend: str, *, unknown: int
) -> tuple[tuple[Limit, ...], tuple[Fault, ...]]:
    limits = tuple(
        Limit(name=name, per_week=max(has, need), declared=has)
        for name, need in sorted(needs.items())
        for has in (declared.get(name, unknown),)
    )
    notices = tuple(
        Fault(place=f"{kind} {limit.name}", what=what.format(has=limit.declared, needs=limit.per_week), mend=mend)
        for limit in limits
        if limit.declared < limit.per_week
    )
    return limits, notices


def weekly_limit(asked: int | None, amounts: Iterable[Sequence[int]], open_weeks: int, slack_percent: int) -> int:
    """The team's limit in a week: as asked, else some slack above the mean; never below one group's need."""
    groups = [sum(group) for group in amounts]
    mean = math.ceil(sum(groups) * slack_percent / 100 / max(1, open_weeks))
    return max(asked if asked is not None else mean, max(groups, default=0), 1)


def team_notice(asked: int | None, limit: int, name: str) -> Iterator[Fault]:
    """Told when what was asked for had to be raised."""
    if asked is not None and limit > asked:
        what = _("{name} is {asked} a week, but one move group needs {limit}; planned as {limit}")
        yield Fault(place="plan.yml", what=what.format(name=name, asked=asked, limit=limit))
