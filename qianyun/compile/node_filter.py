"""What a node itself refuses, whatever zones say: forged sources and routers, ICMPv6 out of place, side exits.

Three tables of our own, beside the zone rules: `inet qianyun_node` and `netdev qianyun_guard`, and
the settings of the kernel that go with them. A packet that one table drops is dropped.

Source: RFC 3704 (ingress filtering, strict inside, loose where routes may be uneven), RFC 4890
sections 4.3 and 4.4 (ICMPv6), RFC 6105 (RA guard), RFC 4861 section 6.1 (hop limit 255).
"""

from collections.abc import Iterator
from ipaddress import IPv6Address

from qianyun.compile.bundle import File
from qianyun.policy.network import Advertised, Network, Node, Port

DISCOVERY = (133, 134, 135, 136)
REDIRECT = 137
LINK_ONLY = (130, 131, 132, 133, 134, 135, 136, 137, 141, 142, 143, 148, 149, 151, 152, 153)
"""RFC 4890 section 4.3.3: multicast listeners, neighbour discovery, secure discovery, multicast routers."""
NEVER = (100, 101, 127, 138, 139, 140, 200, 201, 255)
"""Renumbering, node information and what nobody has been given: RFC 4890 sections 4.3.4 and 4.4.4."""
ECHO_PER_S = 100
TUNNEL = "nat64"
"""The interface of NAT64 on a gateway of the egress."""
LINK_LOCAL = IPv6Address("fe80::")


def link_local(address: IPv6Address) -> IPv6Address:
    """The link-local address that a router also holds where it has an address: the same interface identifier."""
    return IPv6Address(int(LINK_LOCAL) | int(address) & (1 << 64) - 1)


def advertisers(network: Network, segment: str) -> tuple[IPv6Address, ...]:
    """From where router advertisements of a segment come, if it has any."""
    declared = network.segment[segment]
    if declared.advertised is Advertised.NOTHING:
        return ()
    shared = [link_local(each) for each in declared.virtual if isinstance(each, IPv6Address)]
    own = [
        link_local(address.ip)
        for node in network.nodes
        if is_advertiser(network, node, segment)
        for port in node.ports
        if port.segment == segment
        for address in port.addresses
        if isinstance(address.ip, IPv6Address)
    ]
    return tuple(dict.fromkeys(shared or own[:1]))


def is_advertiser(network: Network, node: Node, segment: str) -> bool:
    """Whether a node tells hosts of a segment the way out: the first router there, or each of the pair."""
    if network.segment[segment].advertised is Advertised.NOTHING or node.router_id is None:
        return False
    if network.segment[segment].virtual:
        return bool(node.priority) and node.port_on(segment) is not None
    lowest = {
        each.name: min(int(address.ip) for address in port.addresses if address.version == 6)  # noqa: PLR2004
        for each in network.nodes
        if each.router_id is not None and (port := each.port_on(segment)) is not None
    }
    return node.name in lowest and lowest[node.name] == min(lowest.values())


def files(network: Network, node: Node) -> tuple[File, ...]:
    """Settings of the kernel, then the tables."""
    return (
        File(path="/etc/sysctl.d/60-qianyun.conf", text=_lines(_settings(node)), action="sysctl"),
        File(path="/etc/qianyun/node.nft", text=_lines(_tables(network, node)), action="nft", mode="0600"),
    )


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _settings(node: Node) -> Iterator[str]:
    routes = int(node.router_id is not None)
    yield f"net.ipv4.ip_forward = {routes}"
    yield f"net.ipv6.conf.all.forwarding = {routes}"
    yield "net.ipv4.conf.all.rp_filter = 0"
    yield "net.ipv4.conf.all.accept_redirects = 0"
    yield "net.ipv6.conf.all.accept_redirects = 0"
    yield "net.ipv4.conf.all.accept_source_route = 0"
    yield "net.ipv6.conf.all.accept_source_route = 0"
    for port in node.ports:
        yield f"net.ipv4.conf.{port.interface}.rp_filter = {2 if port.link else 1}"
        yield f"net.ipv4.conf.{port.interface}.send_redirects = 0"
        yield f"net.ipv6.conf.{port.interface}.accept_redirects = 0"
        yield f"net.ipv6.conf.{port.interface}.accept_ra = {1 - routes}"
        # Linux forgets IPv6 addresses of a port that goes down, and nobody brings them back when it comes up
        yield f"net.ipv6.conf.{port.interface}.keep_addr_on_down = 1"


def _tables(network: Network, node: Node) -> Iterator[str]:
    for table in ("inet qianyun_node", "netdev qianyun_guard"):
        yield f"table {table}"
        yield f"delete table {table}"
    yield "table inet qianyun_node {"
    yield from _sources(network, node)
    yield from _input()
    yield from _forward()
    yield from _exits(network, node)
    yield "}"
    yield "table netdev qianyun_guard {"
    for port in node.ports:
        yield from _guard(network, node, port)
    yield "}"


def _sources(network: Network, node: Node) -> Iterator[str]:
    """Unicast reverse path: strict inside; to operators, no address of ours comes from there."""
    yield "\tchain sources {"
    yield "\t\ttype filter hook prerouting priority raw; policy accept;"
    yield "\t\tip6 saddr { ::, fe80::/10 } accept"
    for port in node.ports:
        inwards = f'\t\tiifname "{port.interface}"'
        if port.link:
            for version, word in ((4, "ip"), (6, "ip6")):
                own = ", ".join(str(each) for each in network.announced if each.version == version)
                if own:
                    yield f'{inwards} {word} saddr {{ {own} }} counter drop comment "ours-from-outside"'
            yield f'{inwards} meta nfproto ipv6 fib saddr oif missing counter drop comment "no-way-back"'
        else:
            yield f'{inwards} meta nfproto ipv6 fib saddr . iif oif missing counter drop comment "no-way-back"'
    yield "\t}"


def _input() -> Iterator[str]:
    listed = ", ".join(map(str, DISCOVERY))
    yield "\tchain input {"
    yield "\t\ttype filter hook input priority filter - 10; policy accept;"
    yield f'\t\ticmpv6 type {{ {listed} }} ip6 hoplimit != 255 counter drop comment "discovery-from-afar"'
    yield f'\t\ticmpv6 type {REDIRECT} counter drop comment "redirect"'
    yield f'\t\ticmpv6 type {{ {", ".join(map(str, NEVER))} }} counter drop comment "never"'
    yield f'\t\ticmpv6 type 128 limit rate over {ECHO_PER_S}/second counter drop comment "echo-flood"'
    yield "\t}"


def _forward() -> Iterator[str]:
    kinds = ", ".join(map(str, sorted({*LINK_ONLY, *NEVER})))
    yield "\tchain forward {"
    yield "\t\ttype filter hook forward priority filter - 10; policy accept;"
    yield f'\t\ticmpv6 type {{ {kinds} }} counter drop comment "link-only"'
    yield "\t}"


def _exits(network: Network, node: Node) -> Iterator[str]:
    """Nothing leaves over a port that nobody declared: a modem, a line of a department's own."""
    tunnel = [TUNNEL] if any(port.link for port in node.ports) else []
    known = ["lo", *([network.management] if network.management else []), *(p.interface for p in node.ports), *tunnel]
    listed = ", ".join(f'"{name}"' for name in known)
    yield "\tchain exits {"
    yield "\t\ttype filter hook postrouting priority filter; policy accept;"
    yield f'\t\toifname != {{ {listed} }} counter drop comment "side-exit"'
    yield "\t}"


def _guard(network: Network, node: Node, port: Port) -> Iterator[str]:
    """Routers believe nobody; hosts believe the declared routers of their segment."""
    known = advertisers(network, port.segment) if port.segment and node.router_id is None else ()
    source = f"ip6 saddr != {{ {', '.join(map(str, known))} }} " if known else ""
    yield f"\tchain {port.interface} {{"
    yield f'\t\ttype filter hook ingress device "{port.interface}" priority filter; policy accept;'
    yield f'\t\ticmpv6 type 134 {source}counter drop comment "router-advertisement"'
    yield "\t}"
