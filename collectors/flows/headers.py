"""Packet headers, as far as addresses, ports and flags: Ethernet with VLAN and MPLS tags, IPv4, IPv6, TCP, UDP.

A header that is cut off, as samples are, gives nothing rather than a guess.

Sources: IEEE 802.1Q, RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 3032.
"""

from dataclasses import dataclass

from collectors.flows.records import TCP
from collectors.flows.sightings import PROTOCOLS, Endpoint, address_of

IPV4, IPV6 = 0x0800, 0x86DD
VLANS, MPLS = (0x8100, 0x88A8, 0x9100), (0x8847, 0x8848)
MOST_TAGS = 8
UDP = 17
FRAGMENT, AUTHENTICATION = 44, 51
EXTENSIONS = (0, 43, FRAGMENT, AUTHENTICATION, 60, 135)
BOTTOM_OF_STACK = 0x100


@dataclass(frozen=True, slots=True)
class Packet:
    """What a header tells.

    Attributes:
        flags: TCP's; 0 for others.
        payload: What UDP carries, as far as it is there.
    """

    protocol: int
    source: Endpoint
    target: Endpoint
    flags: int
    payload: bytes


def read_ethernet(frame: bytes) -> Packet | None:
    """A frame from its first octet on."""
    if len(frame) < 14:  # noqa: PLR2004 - two addresses and a type
        return None
    return read_typed(int.from_bytes(frame[12:14]), frame[14:])


def read_typed(kind: int, body: bytes) -> Packet | None:
    """What follows an EtherType."""
    for _tag in range(MOST_TAGS):
        if kind in VLANS and len(body) >= 4:  # noqa: PLR2004 - a tag and the type behind it
            kind, body = int.from_bytes(body[2:4]), body[4:]
        elif kind in MPLS and len(body) >= 5:  # noqa: PLR2004 - a label and the packet's first octet
            is_last, body = bool(int.from_bytes(body[:4]) & BOTTOM_OF_STACK), body[4:]
            if is_last:
                return read_ip(body)
        else:
            break
    return read_ip(body) if kind in (IPV4, IPV6) else None


def read_ip(packet: bytes) -> Packet | None:
    """A packet of either version."""
    if not packet:
        return None
    return {4: _ipv4, 6: _ipv6}.get(packet[0] >> 4, _nothing)(packet)


def _nothing(_packet: bytes) -> Packet | None:
    return None


def _ipv4(packet: bytes) -> Packet | None:
    length = (packet[0] & 15) * 4
    if length < 20 or len(packet) < length:  # noqa: PLR2004 - the shortest header
        return None
    if int.from_bytes(packet[6:8]) & 0x1FFF:
        return None  # a later fragment, without ports
    total = int.from_bytes(packet[2:4])
    return _ports(packet[9], packet[12:16], packet[16:20], packet[length : total or None])


def _ipv6(packet: bytes) -> Packet | None:
    if len(packet) < 40:  # noqa: PLR2004 - the header
        return None
    following, at = packet[6], 40
    source, target = packet[8:24], packet[24:40]
    for _extension in range(MOST_TAGS):
        if following not in EXTENSIONS:
            break
        if len(packet) < at + 8:
            return None
        if following == FRAGMENT and int.from_bytes(packet[at + 2 : at + 4]) >> 3:
            return None
        size = {FRAGMENT: 8, AUTHENTICATION: (packet[at + 1] + 2) * 4}.get(following, (packet[at + 1] + 1) * 8)
        following, at = packet[at], at + size
    return _ports(following, source, target, packet[at:])


def _ports(protocol: int, source: bytes, target: bytes, rest: bytes) -> Packet | None:
    if protocol not in PROTOCOLS or len(rest) < 4:  # noqa: PLR2004 - two ports
        return None
    flags = rest[13] if protocol == TCP and len(rest) > 13 else 0  # noqa: PLR2004 - where they stand
    return Packet(
        protocol=protocol,
        source=Endpoint(address_of(source), int.from_bytes(rest[:2])),
        target=Endpoint(address_of(target), int.from_bytes(rest[2:4])),
        flags=flags,
        payload=rest[8 : int.from_bytes(rest[4:6]) or None] if protocol == UDP else b"",
    )
