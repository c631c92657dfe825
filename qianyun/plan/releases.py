"""What ends with a cut-over: open rooms and leased lines, and what they cost each week."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from qianyun.errors import Fault
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, SystemKey
from qianyun.estate.kinds import LEAVING, MERGED
from qianyun.plan.parts import Chains
from qianyun.plan.problem import Move, Release, Saving
from qianyun.plan.wishes import Weights, Wishes
from qianyun.words import _

WEEKS_A_MONTH = Decimal(52) / 12


def releases_of(
    estate: Estate, moves: Mapping[SystemKey, Move], wishes: Wishes, chains: Chains
) -> tuple[tuple[Release, ...], tuple[Fault, ...]]:
    """Rooms to be withdrawn and lines that the cloud makes needless.

    A line ends when its room closes. One on the internet or on a private network ends earlier,
    with the last of the systems that need it. A room in which something stays is no release.
    A line under contract is paid until then, where contracts are kept.
    """
    weights = wishes.weights
    inside: dict[str, list[SystemKey]] = {}
    for system in estate.systems:
        if system.room:
            inside.setdefault(system.room, []).append(system.key)
    cost: dict[tuple[str, ...], int] = {}
    lines: dict[tuple[frozenset[SystemKey], date | None], list[Line]] = {}
    closing: dict[str, list[SystemKey]] = {}
    notices = []
    for room in estate.rooms:
        held = inside.get(room.name, [])
        staying = [key for key in held if key not in moves or not moves[key].leaves_room]
        if room.outcome in LEAVING and held:
            if staying:
                notices.append(_held(room.name, staying))
            else:
                closing[room.name] = held
                cost[room.name,] = _weekly(room.monthly_cost_yuan, weights.room_percent)
    for line in estate.lines:
        needing = tuple(_needing(line, inside))
        if line.network in MERGED and needing and all(key in moves for key in needing):
            lines.setdefault((frozenset(needing), _paid_until(line, wishes)), []).append(line)
        elif line.room in closing and _paid_until(line, wishes):
            lines.setdefault((frozenset(closing[line.room or ""]), line.contract_end), []).append(line)
        elif line.room in closing:
            cost[line.room or "",] += _weekly(line.monthly_cost_yuan, weights.line_percent)
    rooms = [
        Release(kind=Saving.ROOM, names=(name,), yuan_per_week=cost[name,], systems=_whole(held, chains))
        for name, held in closing.items()
    ]
    kit = tuple(_kit(wishes, closing, chains))
    return (*rooms, *_by_systems(lines, weights, chains), *kit), tuple(notices)


def _whole(systems: Iterable[SystemKey], chains: Chains) -> tuple[SystemKey, ...]:
    """Systems with all their parts, in the order of names."""
    return tuple(sorted({part for key in systems for part in chains.get(key, (key,))}, key=str))


def _paid_until(line: Line, wishes: Wishes) -> date | None:
    return line.contract_end if wishes.keeps_contracts else None


def _kit(wishes: Wishes, closing: Mapping[str, list[SystemKey]], chains: Chains) -> Iterator[Release]:
    """Kit that somebody waits for: it is freed with the last system of its room."""
    for each in wishes.reuses:
        if each.room in closing:
            yield Release(
                kind=Saving.KIT,
                names=(each.room, each.used_for),
                yuan_per_week=each.yuan_per_week,
                systems=_whole(closing[each.room], chains),
                since=each.by,
            )


def _by_systems(
    lines: Mapping[tuple[frozenset[SystemKey], date | None], list[Line]], weights: Weights, chains: Chains
) -> Iterator[Release]:
    """Lines that end together are one release."""
    for (systems, since), ending in lines.items():
        weekly = sum(_weekly(line.monthly_cost_yuan, weights.line_percent) for line in ending)
        if weekly:
            yield Release(
                kind=Saving.LINE,
                names=tuple(sorted(line.number for line in ending)),
                yuan_per_week=weekly,
                systems=_whole(systems, chains),
                since=since,
            )


def _weekly(monthly: Decimal | None, percent: int) -> int:
    return round((monthly or Decimal(0)) / WEEKS_A_MONTH * percent / 100)


def _needing(line: Line, inside: Mapping[str, list[SystemKey]]) -> Iterator[SystemKey]:
    """The systems named with the line, else those of its department in its room."""
    if line.systems:
        yield from (SystemKey(department=line.department, name=name) for name in line.systems)
    else:
        yield from (key for key in inside.get(line.room or "", ()) if key.department == line.department)


def _held(room: str, staying: list[SystemKey]) -> Fault:
    names = "、".join(str(key) for key in staying[:3]) + (" …" if len(staying) > 3 else "")  # noqa: PLR2004 - three show
    return Fault(
        place=f"room {room}",
        what=_("is to be withdrawn, but {n} systems stay in it: {names}").format(n=len(staying), names=names),
        mend=_("decide where they go, or keep the room with a reason"),
    )
