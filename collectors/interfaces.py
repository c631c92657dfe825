"""Ports and addresses of a device, from the tables old and new.

A port's name is ifName, else ifDescr. An address comes from ipAddressTable (RFC 4293) or, on older
agents, from ipAddrTable and ipv6AddrTable; one that several tables hold is told once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from collectors.answers import Answers
from collectors.ber import Oid, Varbind, show_oid
from collectors.decoding import (
    Address,
    address_of_octets,
    mac_of,
    number_of,
    oid_of,
    prefix_length,
    text_of,
)
from collectors.oids import IF_ENTRY, IF_X_ENTRY, IP_ADDR_ENTRY, IP_ADDRESS_ENTRY, IPV6_ADDR_ENTRY

STATES = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "not_present", 7: "lower_layer_down"}
IPV4, IPV6, IPV4_ZONED, IPV6_ZONED = 1, 2, 3, 4
"""InetAddressType."""
LARGEST_GAUGE = (1 << 32) - 1
MBIT = 1_000_000
LARGEST_OCTET = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One row of the interface table.

    Attributes:
        index: ifIndex.
        kind: IANAifType; 6 is Ethernet, 24 loopback, 53 a VLAN's interface, 161 an aggregate.
        speed_mbps: `None` where the agent does not tell.
    """

    index: int
    name: str
    description: str = ""
    alias: str = ""
    kind: int | None = None
    mtu: int | None = None
    speed_mbps: int | None = None
    mac: str | None = None
    is_enabled: bool | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortAddress:
    """An address of a port.

    Attributes:
        port: ifIndex; `None` where the agent does not tell.
        source: The name it was read from.
    """

    address: Address
    prefix: int | None = None
    port: int | None = None
    source: str = field(compare=False)


def ports(answers: Answers) -> tuple[Port, ...]:
    """All ports, by index."""
    columns = {n: _by_index(answers.column(f"{IF_ENTRY}.{n}")) for n in range(1, 9)}
    more = {n: _by_index(answers.column(f"{IF_X_ENTRY}.{n}")) for n in (1, 15, 18)}
    indexes = sorted({index for column in (*columns.values(), *more.values()) for index in column})
    return tuple(_port(index, columns, more) for index in indexes)


def _by_index(column: Mapping[Oid, Varbind]) -> dict[int, Varbind]:
    return {index[0]: varbind for index, varbind in column.items() if len(index) == 1}


def _port(index: int, columns: Mapping[int, dict[int, Varbind]], more: Mapping[int, dict[int, Varbind]]) -> Port:
    def read(number: int) -> Varbind | None:
        return columns[number].get(index)

    description = text_of(read(2)) or ""
    enabled = number_of(read(7))
    return Port(
        index=index,
        name=text_of(more[1].get(index)) or description or str(index),
        description=description,
        alias=text_of(more[18].get(index)) or "",
        kind=number_of(read(3)),
        mtu=number_of(read(4)),
        speed_mbps=_speed(number_of(more[15].get(index)), number_of(read(5))),
        mac=mac_of(read(6)),
        is_enabled=None if enabled is None else enabled == 1,
        state=STATES.get(number_of(read(8)) or 0),
    )


def _speed(high_mbps: int | None, low_bps: int | None) -> int | None:
    """What ifHighSpeed says, else ifSpeed, which stops at 4.29 Gbit/s."""
    if high_mbps:
        return high_mbps
    if low_bps and low_bps < LARGEST_GAUGE:
        return low_bps // MBIT
    return None


def addresses(answers: Answers) -> tuple[PortAddress, ...]:
    """All addresses, IPv4 first, each with its prefix length where any table tells it."""
    found: dict[tuple[Address, int | None], PortAddress] = {}
    for each in (*_v4_table(answers), *_unified_table(answers), *_v6_table(answers)):
        key = (each.address, each.port)
        before = found.get(key)
        if before is None or (before.prefix is None and each.prefix is not None):
            found[key] = each
    kept = (each for each in found.values() if not each.address.is_unspecified and not each.address.is_multicast)
    return tuple(sorted(kept, key=lambda a: (a.address.version, int(a.address), a.port or 0)))


def _v4_table(answers: Answers) -> Iterator[PortAddress]:
    """ipAddrTable; some agents leave out the address's own column, its index tells it all the same."""
    ports_of = answers.column(f"{IP_ADDR_ENTRY}.2")
    masks = answers.column(f"{IP_ADDR_ENTRY}.3")
    for index in dict.fromkeys((*answers.column(f"{IP_ADDR_ENTRY}.1"), *ports_of, *masks)):
        octets = index[:4]
        if len(octets) == 4 and max(octets) < 256:  # noqa: PLR2004 - four octets; agents add arcs for second addresses
            yield PortAddress(
                address=IPv4Address(bytes(octets)),
                prefix=prefix_length(masks.get(index)),
                port=number_of(ports_of.get(index)),
                source=f"{IP_ADDR_ENTRY}.2.{show_oid(index)}",
            )


def _unified_table(answers: Answers) -> Iterator[PortAddress]:
    """ipAddressTable, indexed by type and address, with or without the address's length before it."""
    prefixes = answers.column(f"{IP_ADDRESS_ENTRY}.5")
    for index, port in answers.column(f"{IP_ADDRESS_ENTRY}.3").items():
        address = _indexed_address(index)
        if address is not None:
            pointer = oid_of(prefixes.get(index)) or ()
            yield PortAddress(
                address=address,
                prefix=pointer[-1] if len(pointer) > 2 and pointer[-1] <= address.max_prefixlen else None,  # noqa: PLR2004 - zeroDotZero
                port=number_of(port),
                source=f"{IP_ADDRESS_ENTRY}.3.{show_oid(index)}",
            )


def _indexed_address(index: Oid) -> Address | None:
    """Type and octets; some agents put the octets' number before them, some claim a zone and leave it out."""
    if not index:
        return None
    sizes = {IPV4: (4, 8), IPV4_ZONED: (8, 4), IPV6: (16, 20), IPV6_ZONED: (20, 16)}.get(index[0], ())
    rest = index[1:]
    if not rest or max(rest) > LARGEST_OCTET:
        return None
    for size in sizes:
        if len(rest) == size + 1 and rest[0] == size:
            return address_of_octets(bytes(rest[1:]))
        if len(rest) == size:
            return address_of_octets(bytes(rest))
    return None


def _v6_table(answers: Answers) -> Iterator[PortAddress]:
    """ipv6AddrTable, indexed by port and sixteen octets, with or without their number."""
    for index, prefix in answers.column(f"{IPV6_ADDR_ENTRY}.2").items():
        octets = index[-16:]
        if len(index) in (17, 18) and max(octets) < 256:  # noqa: PLR2004 - port, (length), sixteen octets
            yield PortAddress(
                address=IPv6Address(bytes(octets)),
                prefix=number_of(prefix),
                port=index[0],
                source=f"{IPV6_ADDR_ENTRY}.2.{show_oid(index)}",
            )
