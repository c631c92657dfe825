"""Datagrams of exporters become sightings: decoded by their version, both directions joined, counted by exporter.

Records wait in pairs of directions until they are settled, so that who began is seen and a connection that
is exported several times counts once; what waits is bounded.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.flows.direction import BEGAN, CAME_FIRST, Services, services_of
from collectors.flows.netflow5 import decode5
from collectors.flows.records import ACK, FIN, PSH, RST, SYN, TCP, DatagramError, FlowRecord
from collectors.flows.sflow import decode_sflow
from collectors.flows.sightings import PROTOCOLS, Endpoint, Sighting
from collectors.flows.tally import BLOCK_S, Tally
from collectors.flows.templated import Sessions
from collectors.flows.translations import Translations

KINDS = {b"\0\x05": "NetFlow v5", b"\0\x09": "NetFlow v9", b"\0\x0a": "IPFIX", b"\0\0": "sFlow v5"}
"""By the first two octets; sFlow's version is a number of four."""

MOST_WAITING = 100_000
MOST_OBSERVERS = 4096
EARLIEST_S, LATEST_S = 7 * 86_400, 3_600
"""How far a flow's own time may be from when it came; a clock that is off by more is not believed."""

SAME_MOMENT_S = 0.002
Key = tuple[str, Endpoint, Endpoint]


@dataclass(slots=True)
class _Way:
    """Packets of one direction."""

    octets: int = 0
    packets: int = 0
    flags: int = 0
    has_flags: bool = False
    began: float = 0.0


@dataclass(slots=True)
class _Both:
    """A conversation; `there` are the packets from the lower end."""

    there: _Way = field(default_factory=_Way)
    back: _Way = field(default_factory=_Way)
    began: float = 0.0
    ended: float = 0.0
    rate: int = 1
    is_both: bool = False


@dataclass(slots=True)
class Exports:
    """What exporters told so far.

    Attributes:
        services: Who is known to listen, from other samplers.
        faults: Datagrams that were not taken, by reason.
    """

    services: Services = field(default_factory=dict)
    block_s: int = BLOCK_S
    tallies: dict[str, Tally] = field(default_factory=dict)
    translations: Translations = field(default_factory=Translations)
    faults: Counter[str] = field(default_factory=Counter)
    datagrams: int = 0
    records: int = 0
    sessions: Sessions = field(default_factory=Sessions)
    _waiting: dict[str, dict[Key, _Both]] = field(default_factory=dict)
    _count: int = 0

    def take(self, exporter: str, name: str, octets: bytes, at: float) -> int:
        """Take a datagram in; the number of its records.

        Args:
            exporter: Its address, whose templates these are.
            name: What it is called.
            octets: The datagram.
            at: When it came.
        """
        kind = KINDS.get(octets[:2])
        self.datagrams += 1
        if kind is None:
            self.faults["unknown version"] += 1
            return 0
        try:
            if kind == "NetFlow v5":
                found = decode5(octets)
            elif kind == "sFlow v5":
                found = decode_sflow(octets, at)
            else:
                found = self.sessions.decode(exporter, octets)
        except DatagramError as error:
            self.faults[str(error)] += 1
            return 0
        observer = f"{kind.split(' ')[0].lower()}@{name}"
        if observer not in self.tallies and len(self.tallies) >= MOST_OBSERVERS:
            self.faults["too many exporters"] += 1
            return 0
        tally = self.tallies.setdefault(observer, Tally(observer, kind, self.block_s))
        tally.look(at, hashlib.sha256(octets).hexdigest())
        for record in found:
            self._add(observer, record, at)
        self.records += len(found)
        if self._count >= MOST_WAITING:
            self.settle()
        return len(found)

    def _add(self, observer: str, record: FlowRecord, at: float) -> None:
        protocol = PROTOCOLS.get(record.protocol)
        if protocol is None or not (record.source.port and record.target.port):
            return
        if record.asked or record.shown:
            asked, shown = record.asked or record.target, record.shown or record.source
            self.translations.learn(protocol, record.source, asked, record.target, shown)
        low, high = sorted((record.source, record.target), key=_order)
        pairs = self._waiting.setdefault(observer, {})
        both = pairs.get((protocol, low, high))
        if both is None:
            both = pairs[protocol, low, high] = _Both()
            self._count += 1
        began, ended = (_believed(moment, at) for moment in (record.began, record.ended))
        both.began = min(both.began or began, began)
        both.ended = max(both.ended, ended)
        both.rate, both.is_both = max(both.rate, record.rate), both.is_both or record.is_both
        way = both.there if record.source == low else both.back
        way.octets += record.octets
        way.packets += record.packets
        way.began = min(way.began or began, began)
        if record.flags is not None:
            way.flags |= record.flags
            way.has_flags = True

    def settle(self) -> None:
        """Count all that waits."""
        for observer, pairs in self._waiting.items():
            sightings = list(_sightings(pairs))
            known = services_of(sightings, self.services)
            for each in sightings:
                self.tallies[observer].add(each, known)
        self._waiting.clear()
        self._count = 0


def _order(end: Endpoint) -> tuple[int, int, int]:
    return end.address.version, int(end.address), end.port


def _believed(moment: float, at: float) -> float:
    return moment if at - EARLIEST_S <= moment <= at + LATEST_S else at


def _sightings(pairs: dict[Key, _Both]) -> Iterator[Sighting]:
    for (protocol, low, high), both in pairs.items():
        serves, certainty = _serving(low, high, both)
        yield Sighting(
            protocol=protocol,
            one=low,
            other=high,
            serves=serves,
            certainty=certainty,
            is_answered=_is_answered(protocol, both),
            octets=both.there.octets + both.back.octets,
            packets=both.there.packets + both.back.packets,
            began=both.began,
            ended=both.ended,
        )


def _serving(low: Endpoint, high: Endpoint, both: _Both) -> tuple[Endpoint | None, float]:
    """Who was asked: whose peer sent a SYN without ACK, who sent one with ACK alone, whose peer came first."""
    for way, own, peer in ((both.there, low, high), (both.back, high, low)):
        if way.flags & (SYN | ACK) == SYN:
            return peer, BEGAN
        if way.flags & ~(PSH | FIN) == SYN | ACK and both.rate > 1 and way.packets == both.rate:
            return own, BEGAN
    if both.is_both:  # both directions in one record: its source began (RFC 5103, 5)
        return (high, CAME_FIRST) if both.there.packets or both.there.octets else (low, CAME_FIRST)
    if both.rate == 1 and both.there.packets and both.back.packets:
        if both.there.began + SAME_MOMENT_S < both.back.began:
            return high, CAME_FIRST
        if both.back.began + SAME_MOMENT_S < both.there.began:
            return low, CAME_FIRST
    return None, 0.0


def _is_answered(protocol: str, both: _Both) -> bool:
    """Whether both ends spoke; of TCP an acknowledgement says so, unless it only refuses."""
    ways = (both.there, both.back)
    if protocol == PROTOCOLS[TCP] and any(way.has_flags for way in ways):
        return any(way.flags & ACK and not (way.flags & RST and not way.flags & (SYN | PSH | FIN)) for way in ways)
    return both.is_both or both.rate > 1 or all(way.packets for way in ways)
