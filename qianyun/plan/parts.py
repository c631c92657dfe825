"""Parts of a system over the zones: its front, its logic and data, its exchange jobs.

Parts that move together are one move that takes of several zones. Parts in a declared order are
moves of their own, one after the other; the main part keeps the system's name and takes what the
others leave. What the system needs moves before its first part, what needs it after its last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from qianyun.errors import Fault
from qianyun.estate.facts import SystemKey
from qianyun.plan.problem import SIZES, Crew, Move, Part, Precedence
from qianyun.plan.wishes import Order, Parts, PartWish
from qianyun.words import _

Chains = Mapping[SystemKey, tuple[SystemKey, ...]]
"""Keys of a system's parts in their order, for the systems that have any."""


def parted(
    moves: Mapping[SystemKey, Move], declared: Iterable[Parts]
) -> tuple[dict[SystemKey, Move], dict[SystemKey, tuple[SystemKey, ...]], tuple[Fault, ...]]:
    """Moves with their parts, the chains of those in order, and what was told."""
    found, chains, notices = dict(moves), dict[SystemKey, tuple[SystemKey, ...]](), []
    for each in declared:
        whole = moves.get(each.system)
        if whole is None:
            continue
        if whole.zone is None:
            what = _("{system} takes nothing of the cloud, so its parts are left aside").format(system=each.system)
            notices.append(Fault(place=each.source or "plan.yml", what=what))
        elif each.order is Order.TOGETHER:
            found[each.system] = _together(whole, [part for part in each.parts if not part.is_main])
        else:
            chain = _in_order(whole, each.parts)
            found |= {move.system: move for move in chain}
            chains[each.system] = tuple(move.system for move in chain)
    return found, chains, tuple(notices)


def sequence(chains: Chains) -> Iterable[Precedence]:
    """The declared orders."""
    for chain in chains.values():
        for before, after in pairwise(chain):
            yield Precedence(before=before, after=after, why="part")


def _left(whole: Move, parts: Iterable[PartWish]) -> Move:
    """The system's own zone keeps what the parts do not take."""
    taken = list(parts)
    sizes = {size: max(0, getattr(whole, size) - sum(getattr(part, size) for part in taken)) for size in SIZES}
    return replace(whole, **sizes)


def _together(whole: Move, parts: list[PartWish]) -> Move:
    fields = ("name", "zone", *SIZES)
    made = tuple(Part(**{field: getattr(part, field) for field in fields}) for part in parts)
    return replace(_left(whole, parts), parts=made)


def _in_order(whole: Move, parts: tuple[PartWish, ...]) -> list[Move]:
    """One move for each part; the last one is late when the system is."""
    others = [part for part in parts if not part.is_main]
    main = replace(_left(whole, others), late_yuan=0)
    chain = [main if part.is_main else _alone(whole, part) for part in parts]
    if main not in chain:
        chain.append(main)
    chain[-1] = replace(chain[-1], late_yuan=whole.late_yuan)
    return chain


def _alone(whole: Move, part: PartWish) -> Move:
    return replace(
        whole,
        system=SystemKey(department=whole.system.department, name=f"{whole.system.name}·{part.name}"),
        of=whole.system,
        zone=part.zone,
        copy_gib=0,
        copy_weeks=1,
        crews=tuple(Crew(vendor=crew.vendor, weeks=1) for crew in whole.crews[:1]),
        effort=1,
        risk=1,
        late_yuan=0,
        is_counted=False,
        is_assessed=False,
        **{size: getattr(part, size) for size in SIZES},
    )
