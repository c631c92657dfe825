"""How hosts come by addresses: router advertisements by radvd, leases by Kea where they are declared.

Of a pair, only the router that holds the virtual address advertises: both have the same text, whose
source is that address.

Source: radvd.conf(5); RFC 4861, RFC 8106 (name servers in advertisements); the Kea manual, DHCPv6.
"""

import json
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

from qianyun.compile.bundle import File
from qianyun.compile.node_filter import advertisers, is_advertiser
from qianyun.policy.network import Advertised, Network, Node, Port, Segment

LEASE_S = 4000
WORD = {True: "on", False: "off"}


def files(network: Network, node: Node, resolvers: tuple[IPv6Address, ...]) -> tuple[File, ...]:
    """The configuration of radvd and Kea; nothing where a node tells nobody anything."""
    ports = [port for port in node.ports if port.segment and is_advertiser(network, node, port.segment)]
    leasing = [port for port in ports if network.segment[port.segment].leased]
    found = []
    if ports:
        text = "".join(f"{line}\n" for port in ports for line in _interface(network, port, resolvers))
        found.append(File(path="/etc/radvd.conf", text=text, action="radvd.service:restart"))
    if leasing:
        text = json.dumps(_kea(network, leasing, resolvers), indent=2) + "\n"
        found.append(File(path="/etc/kea/kea-dhcp6.conf", text=text, action="kea-dhcp6-server.service:restart"))
    return tuple(found)


def _interface(network: Network, port: Port, resolvers: tuple[IPv6Address, ...]) -> Iterator[str]:
    segment = network.segment[port.segment]
    yield f"interface {port.interface} {{"
    yield "  AdvSendAdvert on;"
    yield "  IgnoreIfMissing on;"
    yield "  MinRtrAdvInterval 3;"
    yield "  MaxRtrAdvInterval 10;"
    yield f"  AdvManagedFlag {WORD[segment.leased is not None]};"
    for source in advertisers(network, segment.name):
        yield f"  AdvRASrcAddress {{ {source}; }};"
    for prefix in _told(segment):
        yield f"  prefix {prefix} {{"
        yield "    AdvOnLink on;"
        yield f"    AdvAutonomous {WORD[segment.advertised is Advertised.ADDRESSES]};"
        yield "  };"
    if resolvers:
        yield f"  RDNSS {' '.join(map(str, resolvers))} {{ }};"
    if network.domain:
        yield f"  DNSSL {network.domain} {{ }};"
    yield "};"


def _told(segment: Segment) -> list[IPv6Network]:
    """The first IPv6 prefix of a segment: of several, the one from the address plan."""
    return [prefix for prefix in segment.prefixes if isinstance(prefix, IPv6Network)][:1]


def _kea(network: Network, ports: list[Port], resolvers: tuple[IPv6Address, ...]) -> dict[str, object]:
    options = [{"name": "dns-servers", "data": ", ".join(map(str, resolvers))}] if resolvers else []
    subnets = [
        {
            "id": number,
            "subnet": str(_told(network.segment[port.segment])[0]),
            "interface": port.interface,
            "pools": [{"pool": str(network.segment[port.segment].leased)}],
            "option-data": options,
        }
        for number, port in enumerate(ports, 1)
    ]
    return {
        "Dhcp6": {
            "interfaces-config": {"interfaces": [port.interface for port in ports]},
            "lease-database": {"type": "memfile", "persist": True, "name": "/var/lib/kea/kea-leases6.csv"},
            "valid-lifetime": LEASE_S,
            "subnet6": subnets,
            "loggers": [{"name": "kea-dhcp6", "output_options": [{"output": "syslog"}], "severity": "INFO"}],
        }
    }
