"""What the lines of a list permit so far, so that none is written that would never match.

A line for packets that open a connection asks for the port they go to; a line for replies asks
for the port they come from, and of TCP for the flags of an established connection. Each covers
the other kind only where it asks for no port.
"""

from dataclasses import dataclass, field

from qianyun.compile.entry import Entry
from qianyun.policy.intervals import Box, Intervals, intersection, of_prefixes, subtract
from qianyun.policy.rules import ALL_PORTS


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of one family and protocol, by what they ask.

    Attributes:
        opening: Boxes with the ports that packets go to, or with types of ICMP.
        replying: Boxes with the ports that packets come from.
        established: The same, of segments with ACK or RST alone.
    """

    opening: list[Box] = field(default_factory=list)
    replying: list[Box] = field(default_factory=list)
    established: list[Box] = field(default_factory=list)


class Permitted:
    """Everything permitted by some lines."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._lines: dict[tuple[int, int], _Lines] = {}

    def add(self, entry: Entry) -> None:
        """Permit what a line does."""
        lines = self._lines.setdefault((entry.version, entry.protocol), _Lines())
        own = lines.established if entry.is_established else lines.replying if entry.source_ports else lines.opening
        own.append(_box(entry))

    def lacks(self, entry: Entry) -> bool:
        """Whether a line permits something new."""
        lines = self._lines.get((entry.version, entry.protocol))
        if lines is None:
            return True
        box = _box(entry)
        is_reply = entry.is_established or entry.source_ports is not None
        others, alike = (lines.opening, lines.replying) if is_reply else (lines.replying, lines.opening)
        alike = [*alike, *lines.established] if entry.is_established else alike
        # what the other kind leaves of the two ends, whatever the port that this line does not ask for
        pieces = subtract([box._replace(ports=ALL_PORTS)], others)
        return bool(subtract((piece._replace(ports=box.ports) for piece in pieces), alike))

    def near(self, entry: Entry) -> "Permitted":
        """The lines that have some pair of ends in common with a line."""
        found, key, box = Permitted(), (entry.version, entry.protocol), _box(entry)
        lines = self._lines.get(key)
        if lines is not None:
            kinds = (lines.opening, lines.replying, lines.established)
            kept = [[each for each in kind if _meet(each, box)] for kind in kinds]
            if any(kept):
                found._lines[key] = _Lines(*kept)
        return found


def _box(entry: Entry) -> Box:
    ports = entry.source_ports or entry.ports
    numbers: Intervals = ALL_PORTS
    if ports:
        numbers = ((ports.first, ports.last),)
    elif entry.icmp_type is not None:
        numbers = ((entry.icmp_type, entry.icmp_type),)
    return Box(of_prefixes(entry.sources), of_prefixes(entry.destinations), numbers)


def _meet(one: Box, other: Box) -> bool:
    return bool(intersection(one.sources, other.sources) and intersection(one.destinations, other.destinations))
