"""sFlow version 5: samples of packets, each with the rate at which it was taken.

Source: sFlow.org, sFlow Version 5 (2004), sections 4 and 5; XDR (RFC 4506).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.flows.headers import Packet, read_ethernet, read_ip
from collectors.flows.records import DatagramError, FlowRecord
from collectors.flows.sightings import PROTOCOLS, Endpoint, address_of

VERSION = 5
FLOW, EXPANDED_FLOW = 1, 3
RAW_HEADER, SAMPLED_IPV4, SAMPLED_IPV6 = 1, 3, 4
ETHERNET, HEADER_IPV4, HEADER_IPV6 = 1, 11, 12
ADDRESS_SIZES = {1: 4, 2: 16}
MOST_SAMPLES, MOST_RATE = 1024, 1 << 24
SKIPPED_BEFORE_RATE = {FLOW: 2, EXPANDED_FLOW: 3}
SKIPPED_AFTER_RATE = {FLOW: 4, EXPANDED_FLOW: 6}


@dataclass(slots=True)
class _Reader:
    """Takes numbers and opaque octets from XDR."""

    octets: bytes
    at: int = 0

    def number(self) -> int:
        return int.from_bytes(self.take(4))

    def take(self, count: int) -> bytes:
        """So many octets, and what fills them up to a multiple of four."""
        end = self.at + count
        if end > len(self.octets):
            raise DatagramError("sflow: it is cut off")
        found = self.octets[self.at : end]
        self.at = end + -count % 4
        return found

    def address(self) -> bytes:
        size = ADDRESS_SIZES.get(self.number())
        if size is None:
            raise DatagramError("sflow: an address of no known kind")
        return self.take(size)

    def parts(self, count: int) -> Iterator[tuple[int, bytes]]:
        """Kind and content of so many samples or records."""
        if count > MOST_SAMPLES:
            raise DatagramError("sflow: more samples than a datagram holds")
        for _each in range(count):
            kind = self.number()
            yield kind, self.take(self.number())


def decode_sflow(octets: bytes, at: float) -> tuple[FlowRecord, ...]:
    """All sampled packets with ports.

    Args:
        octets: The datagram.
        at: When it came; sFlow tells no time of day.

    Raises:
        DatagramError: It does not keep the protocol.
    """
    reader = _Reader(octets)
    if reader.number() != VERSION:
        raise DatagramError("sflow: another version")
    reader.address()
    for _sub_agent_sequence_uptime in range(3):
        reader.number()
    found: list[FlowRecord] = []
    for kind, body in reader.parts(reader.number()):
        if kind in SKIPPED_BEFORE_RATE:
            found += _sample(kind, _Reader(body), at)
    return tuple(found)


def _sample(kind: int, reader: _Reader, at: float) -> Iterator[FlowRecord]:
    for _each in range(SKIPPED_BEFORE_RATE[kind]):
        reader.number()
    rate = reader.number()
    if not 0 < rate <= MOST_RATE:
        raise DatagramError("sflow: a rate that cannot be")
    for _each in range(SKIPPED_AFTER_RATE[kind]):
        reader.number()
    for form, body in reader.parts(reader.number()):
        size, packet = _packet(form, _Reader(body))
        if packet is not None:
            yield FlowRecord(
                protocol=packet.protocol,
                source=packet.source,
                target=packet.target,
                octets=size * rate,
                packets=rate,
                flags=packet.flags,
                began=at,
                ended=at,
                rate=rate,
            )
            return  # further records tell the same packet in other words


def _packet(form: int, reader: _Reader) -> tuple[int, Packet | None]:
    """Size and addresses of one sampled packet."""
    if form == RAW_HEADER:
        kind, size, _stripped = reader.number(), reader.number(), reader.number()
        header = reader.take(reader.number())
        if kind == ETHERNET:
            return size, read_ethernet(header)
        return size, read_ip(header) if kind in (HEADER_IPV4, HEADER_IPV6) else None
    if form not in (SAMPLED_IPV4, SAMPLED_IPV6):
        return 0, None
    width = 4 if form == SAMPLED_IPV4 else 16
    size, protocol = reader.number(), reader.number()
    source, target = address_of(reader.take(width)), address_of(reader.take(width))
    source_port, target_port, flags = reader.number(), reader.number(), reader.number()
    if protocol not in PROTOCOLS:
        return size, None
    ends = Endpoint(source, source_port & 0xFFFF), Endpoint(target, target_port & 0xFFFF)
    return size, Packet(protocol, *ends, flags & 0xFF, b"")
