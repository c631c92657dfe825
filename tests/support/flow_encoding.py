"""An encoder of NetFlow, IPFIX and sFlow that knows nothing of ours: written from the documents, for the tests."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What is to be told."""

    source: Address
    target: Address
    source_port: int
    target_port: int
    protocol: int
    octets: int
    packets: int
    flags: int = 0
    start_ms: int = 0
    end_ms: int = 0


def v5(flows: Sequence[Flow], *, seconds: int, uptime_ms: int, sampling: int = 0) -> bytes:
    head = struct.pack(">HHIIIIBBH", 5, len(flows), uptime_ms, seconds, 0, 7, 0, 0, sampling)
    rows = [
        flow.source.packed
        + flow.target.packed
        + bytes(4)
        + struct.pack(">HHIIII", 1, 2, flow.packets, flow.octets, flow.start_ms, flow.end_ms)
        + struct.pack(
            ">HHBBBBHHBBH", flow.source_port, flow.target_port, 0, flow.flags, flow.protocol, 0, 0, 0, 24, 24, 0
        )
        for flow in flows
    ]
    return head + b"".join(rows)


def _set(number: int, body: bytes, pad: int = 4) -> bytes:
    body += bytes(-len(body) % pad)
    return struct.pack(">HH", number, 4 + len(body)) + body


FIELDS_V4 = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (1, 8), (2, 8), (22, 4), (21, 4))
FIELDS_V6 = ((27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (6, 1), (1, 8), (2, 8), (22, 4), (21, 4))


def _row(flow: Flow) -> bytes:
    ports = struct.pack(">HHBB", flow.source_port, flow.target_port, flow.protocol, flow.flags)
    counts = struct.pack(">QQII", flow.octets, flow.packets, flow.start_ms, flow.end_ms)
    return flow.source.packed + flow.target.packed + ports + counts


def v9(flows: Sequence[Flow], *, seconds: int, uptime_ms: int, domain: int = 1, with_templates: bool = True) -> bytes:
    body = b""
    count = 0
    if with_templates:
        for number, fields in ((300, FIELDS_V4), (301, FIELDS_V6)):
            body += _set(0, struct.pack(">HH", number, len(fields)) + b"".join(struct.pack(">HH", *f) for f in fields))
            count += 1
    for number, version in ((300, 4), (301, 6)):
        rows = [_row(flow) for flow in flows if flow.source.version == version]
        if rows:
            body += _set(number, b"".join(rows))
            count += len(rows)
    return struct.pack(">HHIIII", 9, count, uptime_ms, seconds, 1, domain) + body


def sampler_v9(rate: int, *, domain: int = 1) -> bytes:
    """An options template and its record: random sampling, one packet of so many."""
    template = struct.pack(">HHH", 400, 4, 8) + struct.pack(">HHHHHH", 1, 4, 48, 1, 50, 4)
    record = struct.pack(">IBI", 0, 0, rate)
    body = _set(1, template) + _set(400, record)
    return struct.pack(">HHIIII", 9, 2, 0, 1_700_000_000, 1, domain) + body


def ipfix(
    flows: Sequence[Flow], *, seconds: int, name: bytes = b"", domain: int = 1, enterprise: int = 9, long: bool = False
) -> bytes:
    """Milliseconds since the epoch, an enterprise's own field, and an application's name of whatever length."""
    fields = ((27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (6, 2), (1, 4), (2, 4), (152, 8), (153, 8))
    told = b"".join(struct.pack(">HH", *field) for field in fields)
    told += struct.pack(">HHI", 0x8000 | 12, 3, enterprise) + struct.pack(">HH", 96, 0xFFFF)
    template = _set(2, struct.pack(">HH", 500, len(fields) + 2) + told, pad=1)
    prefix = bytes([255]) + struct.pack(">H", len(name)) if long or len(name) >= 255 else bytes([len(name)])
    rows = b"".join(
        _mapped(flow.source)
        + _mapped(flow.target)
        + struct.pack(">HHBH", flow.source_port, flow.target_port, flow.protocol, flow.flags)
        + struct.pack(">IIQQ", flow.octets, flow.packets, flow.start_ms, flow.end_ms)
        + b"\x01\x02\x03"
        + prefix
        + name
        for flow in flows
    )
    body = template + _set(500, rows, pad=1)
    return struct.pack(">HHIII", 10, 16 + len(body), seconds, 1, domain) + body


def _mapped(address: Address) -> bytes:
    return address.packed if isinstance(address, IPv6Address) else bytes(10) + b"\xff\xff" + address.packed


def packet(flow: Flow) -> bytes:
    """An IP packet with the first octets of its TCP or UDP header."""
    if flow.protocol == 6:
        rest = struct.pack(">HHIIBBHHH", flow.source_port, flow.target_port, 1, 1, 0x50, flow.flags, 1024, 0, 0)
    else:
        rest = struct.pack(">HHHH", flow.source_port, flow.target_port, 12, 0) + b"data"
    if isinstance(flow.source, IPv4Address):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(rest), 1, 0, 64, flow.protocol, 0)
        return head + flow.source.packed + flow.target.packed + rest
    head = struct.pack(">IHBB", 0x60000000, len(rest) + 8, 60, 64)
    options = bytes([flow.protocol, 0]) + bytes(6)  # destination options, to be gone past
    return head + flow.source.packed + flow.target.packed + options + rest


def frame(flow: Flow, tags: Sequence[int] = ()) -> bytes:
    """An Ethernet frame, tagged with VLANs from the outermost on."""
    kind = 0x0800 if flow.source.version == 4 else 0x86DD
    tagged = b"".join(struct.pack(">HH", 0x8100, tag) for tag in tags)
    return bytes(12) + tagged + struct.pack(">H", kind) + packet(flow)


def sflow(
    flows: Sequence[Flow], *, rate: int, tags: Sequence[int] = (), expanded: bool = False, cut: int = 128
) -> bytes:
    samples = b""
    for flow in flows:
        header = frame(flow, tags)[:cut]
        record = struct.pack(">IIII", 1, flow.octets, 4, len(header)) + header + bytes(-len(header) % 4)
        other = struct.pack(">II", 1001, 16) + bytes(16)  # extended switch data, to be gone past
        records = other + struct.pack(">II", 1, len(record)) + record
        if expanded:
            sample = struct.pack(">IIIIIIIIIII", 1, 0, 3, rate, 100, 0, 0, 1, 0, 2, 2) + records
        else:
            sample = struct.pack(">IIIIIIII", 1, 3, rate, 100, 0, 1, 2, 2) + records
        samples += struct.pack(">II", 3 if expanded else 1, len(sample)) + sample
    counters = struct.pack(">II", 2, 12) + struct.pack(">III", 1, 3, 0)
    head = struct.pack(">II", 5, 1) + bytes([192, 0, 2, 1]) + struct.pack(">IIII", 0, 9, 1000, len(flows) + 1)
    return head + samples + counters


def pcap(datagrams: Sequence[tuple[float, bytes]], *, order: str = "<") -> bytes:
    """A capture of raw IPv4 packets from 192.0.2.1 to port 2055."""
    out = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101)
    for at, octets in datagrams:
        whole = _carried(octets)
        out += struct.pack(f"{order}IIII", int(at), int(at % 1 * 1e6), len(whole), len(whole)) + whole
    return out


def pcapng(datagrams: Sequence[tuple[float, bytes]], *, order: str = "<") -> bytes:
    """The same as pcapng, its times in nanoseconds."""
    section = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    interface = struct.pack(f"{order}HHI", 101, 0, 0) + struct.pack(f"{order}HH", 9, 1) + b"\x09\0\0\0" + bytes(4)
    out = _block(order, 0x0A0D0D0A, section) + _block(order, 1, interface)
    for at, octets in datagrams:
        whole = _carried(octets)
        ticks = int(at * 1e9)
        head = struct.pack(f"{order}IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(whole), len(whole))
        out += _block(order, 6, head + whole + bytes(-len(whole) % 4))
    return out


def _block(order: str, kind: int, body: bytes) -> bytes:
    return struct.pack(f"{order}II", kind, len(body) + 12) + body + struct.pack(f"{order}I", len(body) + 12)


def _carried(octets: bytes) -> bytes:
    udp = struct.pack(">HHHH", 40000, 2055, 8 + len(octets), 0)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(octets), 1, 0, 64, 17, 0)
    return head + bytes([192, 0, 2, 1, 192, 0, 2, 9]) + udp + octets
