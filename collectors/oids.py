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


LLDP_LOCAL_PORT = "1.0.8802.1.1.2.1.3.7.1"
LLDP_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
LLDP_ADDRESS = "1.0.8802.1.1.2.1.4.2.1"
CDP_CACHE = "1.3.6.1.4.1.9.9.23.1.2.1.1"
BRIDGE_PORT = "1.3.6.1.2.1.17.1.4.1"
FDB = "1.3.6.1.2.1.17.4.3.1"
FDB_BY_VLAN = "1.3.6.1.2.1.17.7.1.2.2.1"
VLAN_STATIC = "1.3.6.1.2.1.17.7.1.4.3.1"
NET_TO_MEDIA = "1.3.6.1.2.1.4.22.1"
NET_TO_PHYSICAL = "1.3.6.1.2.1.4.35.1"
ROUTE_OLD = "1.3.6.1.2.1.4.21.1"
ROUTE_CIDR = "1.3.6.1.2.1.4.24.4.1"
ROUTE_INET = "1.3.6.1.2.1.4.24.7.1"
STORAGE = "1.3.6.1.2.1.25.2.3.1"
MEMORY_KIB = "1.3.6.1.2.1.25.2.2.0"
PROCESSOR = "1.3.6.1.2.1.25.3.3.1"
UPS = "1.3.6.1.2.1.33.1"

MOST_VARBINDS = 100_000
MOST_ROUTES = 30_000
"""Beyond it a table is a whole internet's, and nobody's inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Neighbouring columns of one table.

    Attributes:
        name: Short name, for journal and progress.
        first: Entry or column where the walk begins.
        stop: The first name that is not asked for.
        most: Varbinds after which the walk is cut.
    """

    name: str
    first: Oid
    stop: Oid
    most: int = MOST_VARBINDS


def table(name: str, entry: str, first: int, last: int, most: int = MOST_VARBINDS) -> Table:
    """Columns `first` to `last` of an entry."""
    base = parse_oid(entry)
    return Table(name=name, first=(*base, first), stop=(*base, last + 1), most=most)


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

LLDP = (
    table("lldp-port", LLDP_LOCAL_PORT, 2, 4),
    table("lldp", LLDP_REMOTE, 4, 9),
    table("lldp-address", LLDP_ADDRESS, 3, 3),
)
"""Asked of every device that may have neighbours."""

ROUTES = (
    table("route", ROUTE_CIDR, 5, 7, MOST_ROUTES),
    table("route-inet", ROUTE_INET, 7, 9, MOST_ROUTES),
    table("route-old-port", ROUTE_OLD, 2, 2, MOST_ROUTES),
    table("route-old-hop", ROUTE_OLD, 7, 7, MOST_ROUTES),
    table("route-old-mask", ROUTE_OLD, 11, 11, MOST_ROUTES),
)

NEIGHBOURHOOD = (
    *LLDP,
    table("cdp", CDP_CACHE, 3, 8),
    table("bridge-port", BRIDGE_PORT, 2, 2),
    table("fdb", FDB, 2, 2),
    table("fdb-vlan", FDB_BY_VLAN, 2, 2),
    table("vlan", VLAN_STATIC, 1, 1),
    table("vlan-cisco", "1.3.6.1.4.1.9.9.46.1.3.1.1", 4, 4),
    table("vlan-huawei", "1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1", 2, 2),
    table("arp", NET_TO_MEDIA, 2, 2),
    table("neighbour", NET_TO_PHYSICAL, 4, 4),
    *ROUTES,
)
"""Asked of what switches and routes."""

HOST = (table("storage", STORAGE, 2, 6), table("processor", PROCESSOR, 2, 2))
"""Asked of what has an operating system."""

HOST_SCALARS = (MEMORY_KIB,)
UPS_SCALARS = tuple(f"{UPS}.{n}.0" for n in ("1.1", "1.2", "1.3", "1.4", "1.5", "2.1", "2.3", "2.4", "3.2", "4.1"))
UPS_TABLES = (table("ups-input", f"{UPS}.3.3.1", 2, 5), table("ups-output", f"{UPS}.4.4.1", 2, 5))
