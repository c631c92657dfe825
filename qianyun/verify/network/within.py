"""Within a box that translates: what it makes of packets between coming in and going out.

Translation of the target comes before the route is chosen, and that of the source after it, so
what leaves is not what came. Both ways are exact: what packets become (`after`), and which packets
become some of these (`before`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qianyun.verify.chains import Hook
from qianyun.verify.conditions import IS_NEW, is_
from qianyun.verify.diagrams import Diagram
from qianyun.verify.fields import IN_INTERFACE, MARK, OUT_INTERFACE, STATUS, TURNED, Field, interface_number
from qianyun.verify.passing import Passing
from qianyun.verify.reaching import Following
from qianyun.verify.space import PacketSet

COMING, GOING, STAYING = (Hook.PREROUTING,), (Hook.FORWARD, Hook.POSTROUTING), (Hook.INPUT,)
OWN = (IN_INTERFACE, OUT_INTERFACE, MARK, TURNED, STATUS)
"""What a packet has within one box alone."""


@dataclass(slots=True)
class Coming:
    """Packets that come in at an interface of a box, up to where it chooses their route."""

    passing: Passing
    into: str
    _known: dict[Diagram, PacketSet] = field(default_factory=dict)

    def after(self, packets: PacketSet) -> PacketSet:
        """What they have become."""
        found = self._known.get(packets.diagram)
        if found is None:
            start = settled(packets, {IN_INTERFACE: interface_number(self.into), MARK: 0, TURNED: 0})
            found = self._known[packets.diagram] = Following(self.passing, COMING, start).found
        return found

    def before(self, then: PacketSet) -> PacketSet:
        """Those that become one of these."""
        found = self.passing.through(COMING, then)
        for of, value in ((IN_INTERFACE, interface_number(self.into)), (MARK, 0), (TURNED, 0)):
            found = before_setting(found, of, value)
        return found


@dataclass(frozen=True, slots=True)
class Crossing:
    """From one interface of a box to another.

    Attributes:
        routed: Packets, as they are when their route is chosen, that go this way.
        let: Packets, as they are when they leave, that may.
    """

    coming: Coming
    out: str
    routed: PacketSet
    let: PacketSet

    def after(self, packets: PacketSet) -> PacketSet:
        """What leaves of them, and as what."""
        routed = settled(self.coming.after(packets) & self.routed, {OUT_INTERFACE: interface_number(self.out)})
        return _left(Following(self.coming.passing, GOING, routed).found) & self.let

    def before(self, then: PacketSet) -> PacketSet:
        """Those that leave as one of these."""
        found = self.coming.passing.through(GOING, self.let & _fresh(then))
        return self.coming.before(self.routed & before_setting(found, OUT_INTERFACE, interface_number(self.out)))


@dataclass(frozen=True, slots=True)
class Sending:
    """Packets that a box sends to one place.

    Attributes:
        packets: As they came in.
        crossing: How they change on the way; `None` where they do not.
    """

    packets: PacketSet
    crossing: Crossing | None = None

    def after(self, packets: PacketSet) -> PacketSet:
        """What is sent of them, and as what."""
        return packets & self.packets if self.crossing is None else self.crossing.after(packets)

    def before(self, then: PacketSet) -> PacketSet:
        """Those that are sent as one of these."""
        return self.packets & then if self.crossing is None else self.crossing.before(then)

    def only(self, seen: PacketSet) -> "Sending":
        """Those that look like this when they leave."""
        if self.crossing is None:
            return Sending(self.packets & seen)
        crossing = replace(self.crossing, let=self.crossing.let & seen)
        return Sending(crossing.before(seen.space.everything), crossing)


def settled(packets: PacketSet, values: Mapping[Field, int]) -> PacketSet:
    """The packets, with these fields set."""
    space = packets.space
    for of, value in values.items():
        if of in space.axis_of:
            packets = packets.forget(of) & space.packets(is_(of, value))
    return packets


def before_setting(packets: PacketSet, of: Field, value: int) -> PacketSet:
    """The packets that lie in a set once a field is set; one that nothing asks for makes no difference."""
    return packets.before_setting(of, value) if of in packets.space.axis_of else packets


def _left(packets: PacketSet) -> PacketSet:
    """Packets outside the box: the first one of a connection has no status at the next one."""
    new = packets.space.packets(IS_NEW)
    away = packets.forget(*OWN)
    return settled(away & new, {STATUS: 0}) | (away - new)


def _fresh(then: PacketSet) -> PacketSet:
    """Packets as the box lets them go that lie in a set outside of it."""
    new = then.space.packets(IS_NEW)
    return new.choose(before_setting(then, STATUS, 0), then.forget(STATUS))
