"""Limits of the weeks: vendors' hands, rooms' lines, the migration team, and what breaks them alone."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from qianyun.errors import Fault
from qianyun.estate.facts import Line, Pool, SystemKey, Vendor
from qianyun.plan.moves import Uplink, uplinks
from qianyun.plan.problem import SIZES, Ended, Limit, Move, MoveGroup
from qianyun.plan.wishes import Wishes
from qianyun.words import _


def usable(pool: Pool, size: str) -> int | None:
    """What plans may fill of one size of a pool: the share below the safety line; `None` for no limit."""
    held: int | None = getattr(pool, size)
    return None if held is None else held * pool.safety_percent // 100


def most_usable(pools: Iterable[Pool], zone: str, size: str) -> int | None:
    """The most that a zone ever offers of one size; 0 where there is no such zone."""
    offered = [usable(pool, size) for pool in pools if pool.zone == zone]
    return None if None in offered else max((each for each in offered if each is not None), default=0)


def offered_in(pools: Iterable[Pool], zone: str, week: date, size: Callable[[Pool], int | None]) -> int | None:
    """What a zone has of a size in a week: the least of its days; `None` where that is no limit."""
    steps = sorted((pool for pool in pools if pool.zone == zone), key=lambda pool: pool.starts_on)
    before = [size(pool) for pool in steps if pool.starts_on <= week][-1:]
    within = [size(pool) for pool in steps if week < pool.starts_on <= week + timedelta(days=6)]
    return min((each for each in (*(before or [0]), *within) if each is not None), default=None)


def too_big(group: Sequence[Move], pools: Sequence[Pool]) -> str | None:
    """Why a group fits no pool however it is planned; `None` when it fits."""
    taken: dict[tuple[str, str], int] = {}
    for zone, size, amount in (each for move in group for each in move.takes()):
        taken[zone, size] = taken.get((zone, size), 0) + amount
    for zone in sorted({zone for zone, _size in taken}):
        for size in SIZES:
            needs, most = taken[zone, size], most_usable(pools, zone, size)
            if most is not None and needs > most:
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
    needs = _copied(groups, moves)
    what = _("can send {has} GiB a week, but one move group needs {needs}; planned as {needs}")
    mend = _("widen its line, or carry disks")
    return _raised("room", declared, needs, what, mend, unknown=0)


def _copied(groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move]) -> dict[str, int]:
    """The most that one move group copies a week, by room."""
    needs: dict[str, int] = {}
    for group in groups:
        own: dict[str, int] = {}
        for move in (moves[key] for key in group.systems):
            if move.room and move.copy_gib:
                own[move.room] = own.get(move.room, 0) + move.copy_gib
        for name, count in own.items():
            needs[name] = max(needs.get(name, 0), count)
    return needs


def ended_lines(
    lines: Iterable[Line], wishes: Wishes, groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move]
) -> tuple[tuple[Ended, ...], tuple[Fault, ...]]:
    """What rooms' lines still carry after contracts end, raised where one move group needs more."""
    if not wishes.keeps_contracts:
        return (), ()
    needs, kept = _copied(groups, moves), list(lines)
    found, told = [], []
    for room in sorted(needs):
        own = [line for line in kept if line.room == room]
        for end in sorted({line.contract_end for line in own if line.contract_end}):
            left = uplinks([line for line in own if not line.contract_end or line.contract_end > end], wishes).get(room)
            has = left.gib_a_week if left else 0
            found.append(Ended(room=room, after=end, gib_a_week=max(has, needs[room])))
            if has < needs[room]:
                what = _(
                    "its lines carry {has} GiB a week once contracts end on {day}, "
                    "but one move group needs {needs}; planned as {needs}"
                ).format(has=has, day=end, needs=needs[room])
                told.append(Fault(place=f"room {room}", what=what, mend=_("renew a line's contract, or carry disks")))
    return tuple(found), tuple(told)


def assessor_limit(wishes: Wishes, groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move]) -> Limit | None:
    """Assessments after moves in a week, raised where one group needs more."""
    if wishes.reassess_per_week is None:
        return None
    needs = max((sum(moves[key].is_assessed for key in group.systems) for group in groups), default=0)
    declared = wishes.reassess_per_week
    return Limit(name="", per_week=max(declared, needs), declared=declared)


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
