"""One packet through the whole network: every hop with its route and lines, and the answer's way back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from qianyun.errors import Fault, ReadError
from qianyun.policy.model import Policy, ZoneKind
from qianyun.policy.rules import rules_of
from qianyun.verify import declared
from qianyun.verify.fields import DST4, DST6, SRC4, SRC6
from qianyun.verify.network.model import Address, Port, table_of
from qianyun.verify.network.standing import attached
from qianyun.verify.network.surveying import Doubt, Survey, zone_of
from qianyun.verify.network.walking import Ending, Walker, Way
from qianyun.verify.packets import Packet
from qianyun.verify.tracing import true_of
from qianyun.words import _

THROUGH = (Ending.LEAVES, Ending.LOCAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way of a packet, from one place where its sender may stand.

    Attributes:
        replies: All ways of the answer; none where the packet does not come through.
        comes_home: Whether one of them ends where the packet came from.
    """

    start: Port
    way: Way
    replies: tuple[Way, ...] = ()
    comes_home: bool = False

    @property
    def passes(self) -> bool:
        """Whether the packet comes through."""
        return self.way.ending in THROUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What is to be said of one packet in the whole network.

    Attributes:
        flows: Names and places of the flows that permit it as the first of a connection.
        doubts: What is not known of boxes on its ways.
    """

    packet: Packet
    origin: str
    target: str
    flows: tuple[tuple[str, str], ...]
    paths: tuple[Path, ...]
    doubts: tuple[Doubt, ...]

    @property
    def agrees(self) -> bool:
        """Whether it passes, everywhere, exactly if a flow permits it."""
        return not self.doubts and all(path.passes == bool(self.flows) for path in self.paths)


def journey_of(survey: Survey, policy: Policy, packet: Packet, on: date) -> Journey:
    """Follow one packet from everywhere its sender may stand.

    Raises:
        ReadError: No box that was collected takes packets of this sender.
    """
    starts = tuple(_starts(survey, packet, is_outside=not zone_of(policy, packet.source)))
    if not starts:
        what = _("nobody with the address {address} stands at a box that was collected and passes this packet on")
        mend = _("collect the routers of its network, or ask for another sender")
        raise ReadError(Fault(place="", what=what.format(address=packet.source), mend=mend))
    walker = Walker(survey.network)
    paths = tuple(path for start in starts for path in _paths(walker, start, packet))
    boxes = {hop.box for path in paths for way in (path.way, *path.replies) for hop in way.hops}
    permitting = [
        (rule.flow, rule.source) for rule in rules_of(policy, on) if true_of(declared.permitted_by(rule), packet.values)
    ]
    outside = next(zone.name for zone in policy.zones if zone.kind is ZoneKind.OUTSIDE)
    return Journey(
        packet=packet,
        origin=zone_of(policy, packet.source) or outside,
        target=zone_of(policy, packet.destination) or outside,
        flows=tuple(dict.fromkeys(permitting)),
        paths=paths,
        doubts=tuple(doubt for doubt in survey.doubts if doubt.box in boxes),
    )


def _starts(survey: Survey, packet: Packet, *, is_outside: bool) -> Iterator[Port]:
    """Interfaces behind which the sender may stand, of boxes that would send the packet on elsewhere."""
    source, target = (SRC6, DST6) if packet.version == 6 else (SRC4, DST4)  # noqa: PLR2004 - IP version
    for port in survey.network.interfaces:
        behind = attached(survey, port)[packet.version]
        stands = any(first <= packet.values.get(source, 0) <= last for first, last in behind)
        stays = any(first <= packet.values.get(target, 0) <= last for first, last in behind)
        beyond = port not in survey.uplinks or is_outside
        if stands and not stays and beyond and _is_sent_on(survey, port, packet.destination):
            yield port


def _is_sent_on(survey: Survey, port: Port, target: Address) -> bool:
    held = [prefix for prefix in table_of(survey.network.by_name[port.box]) if target in prefix]
    if not held:
        return False
    routes = table_of(survey.network.by_name[port.box])[max(held, key=lambda prefix: prefix.prefixlen)]
    return any(hop.interface != port.interface for route in routes for hop in route.hops)


def _paths(walker: Walker, start: Port, packet: Packet) -> Iterator[Path]:
    for way in walker.ways(start, packet.values):
        replies = tuple(walker.replies(way)) if way.ending in THROUGH else ()
        home = any(walker.comes_home(reply, start, way) for reply in replies)
        yield Path(start=start, way=way, replies=replies, comes_home=home)
