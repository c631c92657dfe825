"""What is asked of every device: scalars by name, tables by their needed columns.

A table is a run of neighbouring columns, so that nothing beside them is walked. What only some
vendors answer stands with their rules in `collectors.vendors`.

Source: SNMPv2-MIB, SNMP-FRAMEWORK-MIB, IF-MIB, IP-MIB (RFC 4293), IPV6-MIB (RFC 2465), BRIDGE-MIB,
Q-BRIDGE-MIB, ENTITY-MIB, LLDP-MIB, HOST-RESOURCES-MIB, UPS-MIB (RFC 1628), CISCO-CDP-MIB,
IP-FORWARD-MIB.
"""

from dataclasses import dataclass

from collectors.ber import Oid, parse_oid

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_LOCATION = "1.3.6.1.2.1.1.6.0"
ENGINE_ID = "1.3.6.1.6.3.10.2.1.1.0"
BRIDGE_ADDRESS = "1.3.6.1.2.1.17.1.1.0"
LLDP_CHASSIS_KIND = "1.0.8802.1.1.2.1.3.1.0"
LLDP_CHASSIS = "1.0.8802.1.1.2.1.3.2.0"

FIRST = (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME, SYS_LOCATION)
"""Asked first: a device that answers none of these is silent."""

IDENTITY = (ENGINE_ID, BRIDGE_ADDRESS, LLDP_CHASSIS_KIND, LLDP_CHASSIS)

IF_ENTRY = "1.3.6.1.2.1.2.2.1"
IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
IP_ADDR_ENTRY = "1.3.6.1.2.1.4.20.1"
IP_ADDRESS_ENTRY = "1.3.6.1.2.1.4.34.1"
IPV6_ADDR_ENTRY = "1.3.6.1.2.1.55.1.8.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Neighbouring columns of one table.

    Attributes:
        name: Short name, for journal and progress.
        first: Entry or column where the walk begins.
        stop: The first name that is not asked for.
    """

    name: str
    first: Oid
    stop: Oid


def table(name: str, entry: str, first: int, last: int) -> Table:
    """Columns `first` to `last` of an entry."""
    base = parse_oid(entry)
    return Table(name=name, first=(*base, first), stop=(*base, last + 1))


TABLES = (
    table("interface", IF_ENTRY, 2, 8),
    table("interface-name", IF_X_ENTRY, 1, 1),
    table("interface-speed", IF_X_ENTRY, 15, 15),
    table("interface-alias", IF_X_ENTRY, 18, 18),
    table("address-v4", IP_ADDR_ENTRY, 1, 3),
    table("address", IP_ADDRESS_ENTRY, 3, 5),
    table("address-v6", IPV6_ADDR_ENTRY, 2, 2),
    table("entity", ENTITY, 2, 16),
)
"""Asked of every device: interfaces, addresses, and the parts it is built of."""

NEIGHBOURHOOD = (
    table("lldp-port", "1.0.8802.1.1.2.1.3.7.1", 2, 4),
    table("lldp", "1.0.8802.1.1.2.1.4.1.1", 4, 10),
    table("lldp-address", "1.0.8802.1.1.2.1.4.2.1", 3, 4),
    table("cdp", "1.3.6.1.4.1.9.9.23.1.2.1.1", 3, 8),
    table("bridge-port", "1.3.6.1.2.1.17.1.4.1", 2, 2),
    table("fdb", "1.3.6.1.2.1.17.4.3.1", 2, 3),
    table("fdb-vlan", "1.3.6.1.2.1.17.7.1.2.2.1", 2, 3),
    table("vlan", "1.3.6.1.2.1.17.7.1.4.3.1", 1, 1),
    table("arp", "1.3.6.1.2.1.4.22.1", 2, 4),
    table("neighbour", "1.3.6.1.2.1.4.35.1", 4, 6),
    table("route", "1.3.6.1.2.1.4.24.4.1", 5, 7),
    table("route-v6", "1.3.6.1.2.1.4.24.7.1", 7, 9),
)
"""Asked of what switches and routes."""

HOST = (
    table("storage", "1.3.6.1.2.1.25.2.3.1", 2, 6),
    table("device", "1.3.6.1.2.1.25.3.2.1", 2, 3),
)
"""Asked of what has an operating system."""

HOST_SCALARS = ("1.3.6.1.2.1.25.2.2.0",)

UPS_SCALARS = tuple(f"1.3.6.1.2.1.33.1.{n}.0" for n in ("1.1", "1.2", "1.3", "1.4", "1.5", "2.1", "2.3", "2.4", "4.1"))
"""Asked of what carries no vendor's own answer, and of every UPS."""
