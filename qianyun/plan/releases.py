"""What ends with a cut-over: open rooms and leased lines, and what they cost each week."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from qianyun.errors import Fault
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, SystemKey
from qianyun.estate.kinds import LEAVING, MERGED
from qianyun.plan.problem import Move, Release, Saving
from qianyun.plan.wishes import Weights
from qianyun.words import _

WEEKS_A_MONTH = Decimal(52) / 12


def releases_of(
    estate: Estate, moves: Mapping[SystemKey, Move], weights: Weights
) -> tuple[tuple[Release, ...], tuple[Fault, ...]]:
    """Rooms to be withdrawn and lines that the cloud makes needless.

    A line ends when its room closes. One on the internet or on a private network ends earlier,
    with the last of the systems that need it. A room in which something stays is no release.
    """
    inside: dict[str, list[SystemKey]] = {}
    for system in estate.systems:
        if system.room:
            inside.setdefault(system.room, []).append(system.key)
    cost: dict[tuple[str, ...], int] = {}
    lines: dict[frozenset[SystemKey], list[Line]] = {}
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
            lines.setdefault(frozenset(needing), []).append(line)
        elif line.room in closing:
            cost[line.room or "",] += _weekly(line.monthly_cost_yuan, weights.line_percent)
    rooms = [
        Release(kind=Saving.ROOM, names=(name,), yuan_per_week=cost[name,], systems=tuple(sorted(held, key=str)))
        for name, held in closing.items()
    ]
    return (*rooms, *_by_systems(lines, weights)), tuple(notices)


def _by_systems(lines: Mapping[frozenset[SystemKey], list[Line]], weights: Weights) -> Iterator[Release]:
    """Lines that end together are one release."""
    for systems, ending in lines.items():
        weekly = sum(_weekly(line.monthly_cost_yuan, weights.line_percent) for line in ending)
        if weekly:
            yield Release(
                kind=Saving.LINE,
                names=tuple(sorted(line.number for line in ending)),
                yuan_per_week=weekly,
                systems=tuple(sorted(systems, key=str)),
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
