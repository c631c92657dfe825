"""Move groups (迁移组): systems that cannot be moved apart.

Two systems move together when a latency-sensitive link joins them, or when hard dependencies
lead from one to the other and back. Both are strongly connected components of one graph, in
which a hard dependency is an arrow and a latency-sensitive link two. Each cycle of hard
dependencies is told by name: it is either meant, or a mistake in the ledgers.
"""

from collections.abc import Iterable, Iterator, Sequence

from qianyun.errors import Fault
from qianyun.estate.facts import SystemKey
from qianyun.plan.components import components, shortest_cycle
from qianyun.plan.problem import MoveGroup, Precedence
from qianyun.words import _

Joint = tuple[SystemKey, SystemKey]


def form_groups(
    systems: Sequence[SystemKey], precedences: Iterable[Precedence], joints: Iterable[Joint]
) -> tuple[tuple[MoveGroup, ...], tuple[Fault, ...]]:
    """Put every system into one group.

    Args:
        systems: All that are to be placed.
        precedences: Among them.
        joints: Latency-sensitive pairs among them.

    Returns:
        Groups in the order of their first systems' names, and a notice for each hard cycle.
    """
    hard: dict[SystemKey, list[SystemKey]] = {system: [] for system in systems}
    for precedence in precedences:
        hard[precedence.after].append(precedence.before)
    both = {system: list(needed) for system, needed in hard.items()}
    for one, other in joints:
        both[one].append(other)
        both[other].append(one)
    parts = sorted((sorted(part, key=str) for part in components(both)), key=lambda part: str(part[0]))
    cycles = {part[0]: shortest_cycle(hard, part) for part in parts if len(part) > 1}
    groups = tuple(
        MoveGroup(number=number, systems=tuple(part), why=tuple(_ties(part, cycles.get(part[0], ()))))
        for number, part in enumerate(parts, start=1)
    )
    return groups, tuple(_notice(cycle) for cycle in cycles.values() if cycle)


def _ties(part: Sequence[SystemKey], cycle: tuple[SystemKey, ...]) -> Iterator[str]:
    if len(part) > 1:
        yield "cycle" if cycle else "latency"


def _notice(cycle: tuple[SystemKey, ...]) -> Fault:
    path = " → ".join(str(system) for system in cycle)
    return Fault(
        place=f"system {cycle[0]}",
        what=_("hard dependencies run in a circle: {path}; they are planned as one move").format(path=path),
        mend=_("declare one of them as not hard if they can move apart"),
    )
