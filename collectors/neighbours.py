"""Who stands beside a device: LLDP and CDP neighbours, MAC and ARP tables, VLANs, routes.

Source: LLDP-MIB (IEEE 802.1AB), CISCO-CDP-MIB, BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363), IP-MIB
(RFC 4293), IP-FORWARD-MIB (RFC 4292), RFC 1213 for the old route table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

from collectors.answers import Answers
from collectors.ber import Oid, Varbind, show_oid
from collectors.decoding import Address, address_of, address_of_octets, mac_of, number_of, prefix_length, text_of
from collectors.oids import (
    BRIDGE_PORT,
    CDP_CACHE,
    FDB,
    FDB_BY_VLAN,
    IF_X_ENTRY,
    LLDP_ADDRESS,
    LLDP_LOCAL_PORT,
    LLDP_REMOTE,
    NET_TO_MEDIA,
    NET_TO_PHYSICAL,
    ROUTE_CIDR,
    ROUTE_INET,
    ROUTE_OLD,
    VLAN_STATIC,
)

OCTET = 255
MAC_ARCS, IPV4_ARCS = 6, 4
LLDP_INDEX = 3
"""Time mark, local port, neighbour."""

LAST_VLAN = 4094
VENDOR_VLANS = ("1.3.6.1.4.1.9.9.46.1.3.1.1.4", "1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1.2")
"""CISCO-VTP-MIB, HUAWEI-L2VLAN-MIB."""

SIZES = {1: 4, 2: 16, 3: 8, 4: 20}
"""InetAddressType to its octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A device on the other end of a cable, as it told of itself.

    Attributes:
        port: Name of our port.
        device: The neighbour's chassis: MAC, name or address.
        name: Its system name.
        remote_port: Its port.
        source: The name it was read from.
    """

    protocol: str
    port: str
    device: str
    name: str
    remote_port: str
    address: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A MAC that a switch learnt on a port (ifIndex); the VLAN is `None` where there is one table for all."""

    mac: str
    vlan: int | None
    port: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The MAC behind an address, by ARP or neighbour discovery, on a port (ifIndex)."""

    address: Address
    port: int
    mac: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route; `None` for a next hop that is the port itself."""

    prefix: IPv4Network | IPv6Network
    next_hop: Address | None
    port: int | None
    source: str


def neighbours(answers: Answers) -> tuple[Neighbour, ...]:
    """LLDP neighbours, then those that only CDP tells."""
    found = (*_lldp(answers), *_cdp(answers))
    unique = {(each.port, each.name.split(".")[0] or each.device, each.remote_port): each for each in reversed(found)}
    return tuple(reversed(unique.values()))


def _lldp(answers: Answers) -> Iterator[Neighbour]:
    kinds, ports = answers.column(f"{LLDP_REMOTE}.4"), answers.column(f"{LLDP_REMOTE}.7")
    port_kinds, names = answers.column(f"{LLDP_REMOTE}.6"), answers.column(f"{LLDP_REMOTE}.9")
    addresses = {index[:LLDP_INDEX]: _managed(index[LLDP_INDEX:]) for index in answers.column(f"{LLDP_ADDRESS}.3")}
    for index, chassis in answers.column(f"{LLDP_REMOTE}.5").items():
        if len(index) == LLDP_INDEX:
            yield Neighbour(
                protocol="lldp",
                port=_local_port(answers, index[1]),
                device=_identified(chassis, number_of(kinds.get(index)), mac_kind=4, address_kind=5),
                name=text_of(names.get(index)) or "",
                remote_port=_identified(ports.get(index), number_of(port_kinds.get(index)), mac_kind=3, address_kind=4),
                address=addresses.get(index, ""),
                source=f"{LLDP_REMOTE}.5.{show_oid(index)}",
            )


def _local_port(answers: Answers, number: int) -> str:
    """Name of a local port; its number is ifIndex with most agents, and LLDP's own with some."""
    told = answers.text(f"{LLDP_LOCAL_PORT}.3.{number}") or ""
    kind = answers.number(f"{LLDP_LOCAL_PORT}.2.{number}")
    name = answers.text(f"{IF_X_ENTRY}.1.{number}") or ""
    if told and kind in (1, 5, 7) and not told.isdigit():  # alias, name, or a local word that is a name
        return told
    return name or answers.text(f"{LLDP_LOCAL_PORT}.4.{number}") or str(number)


def _identified(value: Varbind | None, kind: int | None, mac_kind: int, address_kind: int) -> str:
    """A chassis or port as its subtype says how to read it."""
    if value is None:
        return ""
    if kind == mac_kind:
        return mac_of(value) or text_of(value) or ""
    if kind == address_kind and len(value.value) > 1:
        try:
            return str(address_of_octets(value.value[1:]))
        except ValueError:
            return text_of(value) or ""
    return text_of(value) or ""


def _managed(index: Oid) -> str:
    """A management address in an index: family, length, octets."""
    try:
        return str(address_of_octets(bytes(index[2:])))
    except ValueError:
        return ""


def _cdp(answers: Answers) -> Iterator[Neighbour]:
    addresses, ports = answers.column(f"{CDP_CACHE}.4"), answers.texts(f"{CDP_CACHE}.7")
    for index, device in answers.texts(f"{CDP_CACHE}.6").items():
        if not index:
            continue
        address = address_of(addresses.get(index))
        yield Neighbour(
            protocol="cdp",
            port=answers.text(f"{IF_X_ENTRY}.1.{index[0]}") or str(index[0]),
            device=device,
            name=device.partition("(")[0],
            remote_port=ports.get(index, ""),
            address=str(address) if address else "",
            source=f"{CDP_CACHE}.6.{show_oid(index)}",
        )


def mac_table(answers: Answers) -> tuple[Learnt, ...]:
    """Where MACs were learnt, by MAC and VLAN."""
    base = {index[0]: number_of(port) for index, port in answers.column(f"{BRIDGE_PORT}.2").items() if index}
    found: dict[tuple[str, int | None], Learnt] = {}
    for index, value in answers.column(f"{FDB_BY_VLAN}.2").items():
        if len(index) == MAC_ARCS + 1 and max(index[1:]) <= OCTET:
            mac, source = bytes(index[1:]).hex(":"), f"{FDB_BY_VLAN}.2.{show_oid(index)}"
            found[mac, index[0]] = Learnt(mac=mac, vlan=index[0], port=_port(value, base), source=source)
    known = {mac for mac, _vlan in found}
    for index, value in answers.column(f"{FDB}.2").items():
        mac = bytes(index).hex(":") if len(index) == MAC_ARCS and max(index) <= OCTET else ""
        if mac and mac not in known:
            found[mac, None] = Learnt(mac=mac, vlan=None, port=_port(value, base), source=f"{FDB}.2.{show_oid(index)}")
    return tuple(each for each in found.values() if each.port)


def _port(value: Varbind, base: Mapping[int, int | None]) -> int:
    """The ifIndex of a bridge's port; its own number where the agent has no table of them."""
    number = number_of(value) or 0
    return base.get(number) or number


def arp_table(answers: Answers) -> tuple[Resolved, ...]:
    """MACs of addresses, of both families; what both tables hold is told once."""
    found: dict[tuple[Address, int], Resolved] = {}
    for index, value in answers.column(f"{NET_TO_MEDIA}.2").items():
        mac = mac_of(value)
        if mac and len(index) == IPV4_ARCS + 1 and max(index[1:]) <= OCTET:
            address, source = IPv4Address(bytes(index[1:])), f"{NET_TO_MEDIA}.2.{show_oid(index)}"
            found[address, index[0]] = Resolved(address=address, port=index[0], mac=mac, source=source)
    for index, value in answers.column(f"{NET_TO_PHYSICAL}.4").items():
        mac, known = mac_of(value), _typed(index[1:])[0]
        if mac and known:
            source = f"{NET_TO_PHYSICAL}.4.{show_oid(index)}"
            found[known, index[0]] = Resolved(address=known, port=index[0], mac=mac, source=source)
    return tuple(found.values())


def _typed(index: Oid) -> tuple[Address | None, Oid]:
    """The address at the head of an index (type, length, octets), and what follows it."""
    size = SIZES.get(index[0], -1) if index else -1
    octets = index[2 : 2 + size]
    if size < 0 or len(index) < 2 or index[1] != size or len(octets) != size or max(octets) > OCTET:  # noqa: PLR2004 - type and length
        return None, index[2 + index[1] :] if len(index) > 1 else ()
    return address_of_octets(bytes(octets)), index[2 + size :]


def vlans(answers: Answers) -> Mapping[int, tuple[str, str]]:
    """Name and source by VLAN: from Q-BRIDGE-MIB, else from the vendor's own table."""
    for column in (f"{VLAN_STATIC}.1", *VENDOR_VLANS):
        found = {
            index[-1]: (text_of(name) or "", f"{column}.{show_oid(index)}")
            for index, name in answers.column(column).items()
            if index and 0 < index[-1] <= LAST_VLAN
        }
        if found:
            return found
    return {}


def routes(answers: Answers) -> tuple[Route, ...]:
    """All routes, from the newest table that the agent fills; by prefix."""
    found = tuple(_inet_routes(answers)) or tuple(_cidr_routes(answers)) or tuple(_old_routes(answers))
    return tuple(sorted(found, key=lambda r: (r.prefix.version, r.prefix.network_address.packed, r.prefix.prefixlen)))


def _inet_routes(answers: Answers) -> Iterator[Route]:
    for index, port in answers.column(f"{ROUTE_INET}.7").items():
        destination, rest = _typed(index)
        if destination is None or len(rest) < 2:  # noqa: PLR2004 - prefix length and policy
            continue
        policy_end = 2 + rest[1]
        yield from _route(destination, rest[0], _typed(rest[policy_end:])[0], port, f"{ROUTE_INET}.7.{show_oid(index)}")


def _cidr_routes(answers: Answers) -> Iterator[Route]:
    for index, port in answers.column(f"{ROUTE_CIDR}.5").items():
        if len(index) == 13 and max(index[:8] + index[9:]) <= OCTET:  # noqa: PLR2004 - destination, mask, TOS, next hop
            mask = Varbind(b"", 0x40, bytes(index[4:8]))
            length = prefix_length(mask)
            if length is not None:
                hop = IPv4Address(bytes(index[9:13]))
                yield from _route(IPv4Address(bytes(index[:4])), length, hop, port, f"{ROUTE_CIDR}.5.{show_oid(index)}")


def _old_routes(answers: Answers) -> Iterator[Route]:
    hops, masks = answers.column(f"{ROUTE_OLD}.7"), answers.column(f"{ROUTE_OLD}.11")
    for index, port in answers.column(f"{ROUTE_OLD}.2").items():
        length = prefix_length(masks.get(index))
        if len(index) == IPV4_ARCS and max(index) <= OCTET and length is not None:
            hop = address_of(hops.get(index))
            yield from _route(IPv4Address(bytes(index)), length, hop, port, f"{ROUTE_OLD}.2.{show_oid(index)}")


def _route(destination: Address, length: int, hop: Address | None, port: Varbind, source: str) -> Iterator[Route]:
    if length <= destination.max_prefixlen:
        yield Route(
            prefix=ip_network((destination, length), strict=False),
            next_hop=None if hop is None or hop.is_unspecified else hop,
            port=number_of(port) or None,
            source=source,
        )
