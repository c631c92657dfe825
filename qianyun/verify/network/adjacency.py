"""Layer-2 adjacency: zones that must not border each other share no wire and no host.

Source: GW0013 and the plan's isolation rule, as check Z04 cites them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from qianyun.verify.network.model import Network, Port

Borders = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """One interface of one device on one segment.

    Attributes:
        owner: The device: a box, a host, a switch.
        segment: Its layer-2 segment (VLAN, wire).
        zone: The zone it belongs to there; empty where that is not known.
        place: Where that was read.
    """

    owner: str
    interface: str
    segment: str
    zone: str = ""
    place: str = ""

    def __str__(self) -> str:
        return f"{self.owner} {self.interface}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacent:
    """Two zones that touch without bordering.

    Attributes:
        through: The segment they share, or the host that stands in both.
        is_host: Which of the two it is.
    """

    zones: tuple[str, str]
    through: str
    is_host: bool
    feet: tuple[Foot, ...]


def feet_of(network: Network) -> Iterator[Foot]:
    """The feet of a network's boxes; interfaces linked to each other are on one segment."""
    joined = _wires(network)
    for port, interface in network.interfaces.items():
        segment = joined[port]
        yield Foot(
            owner=port.box, interface=interface.name, segment=segment, zone=interface.zone, place=interface.place
        )


def _wires(network: Network) -> dict[Port, str]:
    names: dict[Port, str] = {}
    by_segment: dict[str, list[Port]] = defaultdict(list)
    for port, interface in network.interfaces.items():
        if interface.segment:
            by_segment[interface.segment].append(port)
    for port in network.interfaces:
        if port in names:
            continue
        wire, stack = {port}, [port]
        while stack:
            here = stack.pop()
            for other in (*network.neighbours.get(here, ()), *by_segment.get(network.interfaces[here].segment, ())):
                if other not in wire:
                    wire.add(other)
                    stack.append(other)
        segments = sorted(each for p in wire if (each := network.interfaces[p].segment))
        names.update(dict.fromkeys(wire, segments[0] if segments else str(min(wire))))
    return names


def adjacent_zones(feet: Iterable[Foot], borders: Borders, guards: Iterable[str] = ()) -> Iterator[Adjacent]:
    """Shared segments and hosts in two zones that do not border each other.

    Args:
        feet: All of them, of boxes (`feet_of`) and of hosts.
        borders: Whether two zones border each other, as declared.
        guards: Devices that stand between zones by declaration; what passes them is a matter of rules.
    """
    by_segment: dict[str, list[Foot]] = defaultdict(list)
    by_owner: dict[str, list[Foot]] = defaultdict(list)
    guarding = set(guards)
    for foot in feet:
        by_segment[foot.segment].append(foot)
        by_owner[foot.owner].append(foot)
    zones = {name: _zones(standing) for name, standing in by_segment.items()}
    for name, standing in sorted(by_segment.items()):
        yield from _pairs(name, {foot: {foot.zone} - {""} for foot in standing}, borders, is_host=False)
    for name, standing in sorted(by_owner.items()):
        if name not in guarding:
            own = {foot: {foot.zone} if foot.zone else zones[foot.segment] for foot in standing}
            yield from _pairs(name, own, borders, is_host=True)


def _zones(feet: Iterable[Foot]) -> set[str]:
    return {foot.zone for foot in feet if foot.zone}


def _pairs(through: str, zones: dict[Foot, set[str]], borders: Borders, *, is_host: bool) -> Iterator[Adjacent]:
    every = sorted({zone for found in zones.values() for zone in found})
    for a, b in combinations(every, 2):
        if not borders(a, b):
            feet = tuple(foot for foot, found in zones.items() if found & {a, b})
            if not is_host or len({foot.segment for foot in feet}) > 1:
                yield Adjacent(zones=(a, b), through=through, is_host=is_host, feet=feet)
