"""NetFlow version 5: a header and up to thirty records of fixed form.

Source: Cisco, NetFlow Export Datagram Format, tables B-3 and B-4 (NetFlow Collection Engine user guide).
"""

import struct
from ipaddress import IPv4Address

from collectors.flows.records import DatagramError, FlowRecord
from collectors.flows.sightings import Endpoint

HEADER = struct.Struct(">HHIIIIBBH")
RECORD = struct.Struct(">IIIHHIIIIHHxBBBHHBBxx")
MOST_RECORDS = 30
RATE = 0x3FFF
WRAP = 1 << 32


def decode5(octets: bytes) -> tuple[FlowRecord, ...]:
    """All records of a datagram.

    Raises:
        DatagramError: Its length does not fit its count.
    """
    if len(octets) < HEADER.size:
        raise DatagramError("v5: short header")
    _version, count, uptime_ms, seconds, nanoseconds, _sequence, _kind, _engine, sampling = HEADER.unpack_from(octets)
    if not 0 < count <= MOST_RECORDS or len(octets) != HEADER.size + count * RECORD.size:
        raise DatagramError("v5: length and count differ")
    now, rate = seconds + nanoseconds / 1e9, max(1, sampling & RATE)
    found = []
    for row in RECORD.iter_unpack(octets[HEADER.size :]):
        source, target, _hop, _in, _out, packets, size, first, last, source_port, target_port, flags, protocol = row[
            :13
        ]
        found.append(
            FlowRecord(
                protocol=protocol,
                source=Endpoint(IPv4Address(source), source_port),
                target=Endpoint(IPv4Address(target), target_port),
                octets=size * rate,
                packets=packets * rate,
                flags=flags,
                began=at_uptime(now, uptime_ms, first),
                ended=at_uptime(now, uptime_ms, last),
                rate=rate,
            )
        )
    return tuple(found)


def at_uptime(now: float, uptime_ms: int, then_ms: int) -> float:
    """When a clock that counts milliseconds since the device's start, and wraps, showed a value not later than now."""
    return now - (uptime_ms - then_ms) % WRAP / 1000
