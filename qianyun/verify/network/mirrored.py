"""Answers told by the packets they answer: a space of the same diagrams in which the ends have changed places.

What asks for an answer's source asks for the target of the packet that it answers. So nothing is
ever turned round: only the names of the axes are, and every set of answers made here is at once the
set of packets whose answers these are. Where there are no ports, an echo is answered by a reply;
how other answers begin nobody knows.
"""

from collections.abc import Iterable, Iterator

from qianyun.verify.conditions import Condition, In, any_of, is_, leaves
from qianyun.verify.connections import ECHOES, OPPOSITE, requests
from qianyun.verify.diagrams import Diagram
from qianyun.verify.fields import DPORT, PORTED, PROTOCOL, SPORT, Field, Ranges
from qianyun.verify.space import PacketSet, Space

HAS_PORTS = is_(PROTOCOL, *PORTED)
IS_ECHO = any_of(*(is_(PROTOCOL, protocol) for protocol, _request in ECHOES))
UNKNOWN = {
    SPORT: Field(name="?how an answer without ports begins", top=SPORT.top),
    DPORT: Field(name="?how an answer without ports goes on", top=DPORT.top),
}


def mirrored(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """What a space must know besides these conditions so that they can be asked of answers, too."""
    yield from (HAS_PORTS, IS_ECHO)
    for asked in {leaf for condition in conditions for leaf in leaves(condition) if leaf.field in OPPOSITE}:
        yield In(OPPOSITE[asked.field], asked.ranges)
        if asked.field in UNKNOWN:
            yield In(UNKNOWN[asked.field], asked.ranges)
        if asked.field is SPORT:
            yield from (In(SPORT, ranges) for ranges in requests(asked.ranges).values() if ranges)


class Mirror(Space):
    """A space seen from the other side; sets of the one are sets of the other by the same diagram."""

    def __init__(self, space: Space) -> None:
        """Exchange the ends; `space` must know what `mirrored` says."""
        self.of = space
        self.axes, self.engine = space.axes, space.engine
        self.axis_of = {of: space.axis_of[OPPOSITE.get(of, of)] for of in space.axis_of}
        self.everything, self.nothing = PacketSet(self, space.engine.full), PacketSet(self, space.engine.empty)
        self._version = space._version  # noqa: SLF001 - its own base, of the same axes
        self._known: dict[In, Diagram] = {}

    def seen(self, answers: PacketSet) -> PacketSet:
        """The packets whose answers these are."""
        return PacketSet(self.of, answers.diagram)

    def _of_ranges(self, field: Field, ranges: Ranges) -> Diagram:
        found = super()._of_ranges(field, ranges)
        if field not in UNKNOWN:
            return found
        without_ports = self.of.diagram(In(UNKNOWN[field], ranges))
        if field is SPORT:
            without_ports = self.of.diagram(IS_ECHO).ite(self._replies(ranges), without_ports)
        return self.of.diagram(HAS_PORTS).ite(found, without_ports)

    def _replies(self, ranges: Ranges) -> Diagram:
        found = self.engine.empty
        for protocol, asked in requests(ranges).items():
            if asked:
                found = found | self.of.diagram(is_(PROTOCOL, protocol)) & self.of.diagram(In(SPORT, asked))
        return found
