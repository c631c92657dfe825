"""Names: the zone of the network with its reverse zones for the extranet, a resolver with DNS64 at the egress.

The two know nothing of each other: names of the extranet are not told in the internet zone. The
reverse zones are those of the address plan; an address stands in the longest that holds it.

Source: RFC 1035, RFC 3596, RFC 6147 (DNS64); the BIND 9 reference, `dns64`.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from qianyun.compile.bundle import File
from qianyun.policy.addresses import Plan
from qianyun.policy.egress import Egress
from qianyun.policy.network import Address, Network, Node
from qianyun.policy.reverse import ReverseZone, reverse_zones

FOLDER = "/etc/bind/qianyun"
UNIT = "named.service:restart"
TTL_S = 3600
SERIAL = 1
"""Secondaries are none of ours: a zone is loaded anew whenever its text changes."""


def holding(network: Network, plan: Plan) -> tuple[File, ...]:
    """A name server's files: the forward zone, and every reverse zone of the plan."""
    names = {f"{node.name}.{network.domain}": _addresses(node) for node in network.nodes}
    servers = [f"{name}.{network.domain}." for name in network.name_servers]
    forward = "".join(f"{line}\n" for line in _forward(names, servers))
    zones = [(network.domain, forward)]
    planned = reverse_zones(plan)
    for zone in planned:
        pointers = [(a, n) for n, held in names.items() for a in held if _nearest(planned, a) is zone]
        below = [z.name for z in planned if z is not zone and z.name.endswith(f".{zone.name}")]
        zones.append((zone.name, "".join(f"{line}\n" for line in _reverse(zone, pointers, servers, below))))
    files = [File(path=f"{FOLDER}/{name}.zone", text=text, action=UNIT) for name, text in zones]
    inside = sorted({str(prefix) for segment in network.segments for prefix in segment.prefixes})
    listed = "".join(f'zone "{name}" {{ type primary; file "{FOLDER}/{name}.zone"; }};\n' for name, _t in zones)
    return (*files, File(path="/etc/bind/named.conf", text=_options(inside, ["recursion no;"]) + listed, action=UNIT))


def resolving(egress: Egress, network: Network) -> tuple[File, ...]:
    """A resolver's file: it asks the operators' servers, and lends IPv6 to names that have none."""
    asked = "; ".join(map(str, egress.resolvers))
    lines = ["recursion yes;", "dnssec-validation no;"]
    lines += [f"forward only; forwarders {{ {asked}; }};"] if egress.resolvers else []
    lines += [f"dns64 {egress.nat64.prefix} {{ clients {{ any; }}; }};"] if egress.nat64 else []
    served = [str(p) for segment in network.segments if segment.virtual for p in segment.prefixes]
    own = File(path="/etc/resolv.conf", text="nameserver 127.0.0.1\n")
    return (File(path="/etc/bind/named.conf", text=_options(served, lines), action=UNIT), own)


def _addresses(node: Node) -> tuple[Address, ...]:
    return tuple(address.ip for port in node.ports if port.segment for address in port.addresses)


def _options(allowed: Iterable[str], lines: Iterable[str]) -> str:
    own = "; ".join(allowed)
    fixed = [
        'directory "/var/cache/bind";', "listen-on { any; };", "listen-on-v6 { any; };", "version none;",
        f"allow-query {{ localhost; {own}; }};", "allow-transfer { none; };",
    ]  # fmt: skip
    return "options {\n" + "".join(f"  {line}\n" for line in (*fixed, *lines)) + "};\n"


def _head(servers: list[str]) -> Iterator[str]:
    yield f"$TTL {TTL_S}"
    yield f"@ SOA {servers[0]} hostmaster.{servers[0].split('.', 1)[1]} {SERIAL} 3600 600 604800 300"
    yield from (f"@ NS {server}" for server in servers)


def _forward(names: dict[str, tuple[Address, ...]], servers: list[str]) -> Iterator[str]:
    yield from _head(servers)
    for name, addresses in names.items():
        for address in addresses:
            yield f"{name}. {'AAAA' if isinstance(address, IPv6Address) else 'A'} {address}"


def _reverse(
    zone: ReverseZone, pointers: list[tuple[Address, str]], servers: list[str], below: list[str]
) -> Iterator[str]:
    yield f"; {zone.prefix} {zone.owner}".rstrip()
    yield from _head(servers)
    yield from (f"{name}. NS {server}" for name in below for server in servers)
    yield from (f"{address.reverse_pointer}. PTR {name}." for address, name in pointers)


def _nearest(zones: Iterable[ReverseZone], address: IPv4Address | IPv6Address) -> ReverseZone | None:
    holding = [zone for zone in zones if address in zone.prefix]
    return max(holding, key=lambda zone: zone.prefix.prefixlen, default=None)
