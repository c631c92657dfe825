"""The pair of gateways at the egress: who holds the virtual addresses, by keepalived, for IPv4 and IPv6 alike.

All virtual addresses move together. Who holds them also announces the halves of our aggregates,
so that packets come in where they go out, and a stateful filter sees both directions. The first of
the pair gives way when either family has lost its route to the operator (`qianyun-way-out` follows
the routing table); the last one never does, since nobody would be left.

Source: keepalived.conf(5) 2.2; RFC 5798.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from qianyun.compile.bundle import File
from qianyun.compile.frr import halves
from qianyun.compile.node_filter import link_local
from qianyun.policy.network import Advertised, Network, Node, Port, Segment

ADVERT_S = "0.3"
RETURN_S = 10
"""The first of the pair waits so long before it takes back, until it has learned its routes."""
STATE = "/run/qianyun-way-out"
PROGRAM = "/usr/local/sbin/qianyun-way-out"
WAY_OUT = """\
#!/bin/sh
# qianyun-way-out INTERFACE FILE: 0 in FILE while both families have a default route by BGP over INTERFACE, else 1.
# keepalived watches FILE; the routing table is followed, not asked again and again.
set -eu

said=
look() {
  now=0
  for family in 4 6; do
    [ -n "$(ip "-$family" route show default dev "$1" proto bgp)" ] || now=1
  done
  [ "$now" = "$said" ] || echo "$now" > "$2"
  said="$now"
}

{ echo begin; exec ip monitor route; } | while read -r _; do look "$1" "$2"; done
"""
AGAIN = "[Service]\nRestart=always\nRestartSec=100ms\n"
"""Who dies without a word leaves the virtual addresses behind; at its next start it gives them up."""
UNIT = """\
[Unit]
Description=Whether this gateway has a way out over {interface}
After=frr.service
Before=keepalived.service
[Service]
ExecStart={program} {interface} {state}
Restart=always
[Install]
WantedBy=multi-user.target
"""


def files(network: Network, node: Node) -> tuple[File, ...]:
    """The configuration of keepalived, and what tells it whether there is a way out."""
    wan = next((port.interface for port in node.ports if port.link), "")
    gives_way = any(0 < other.priority < node.priority for other in network.pair_of(node))
    watching = (
        File(path=PROGRAM, text=WAY_OUT, mode="0755"),
        File(
            path="/etc/systemd/system/qianyun-way-out.service",
            text=UNIT.format(interface=wan, program=PROGRAM, state=STATE),
            action="qianyun-way-out.service:restart",
        ),
    )
    again = File(path="/etc/systemd/system/keepalived.service.d/qianyun.conf", text=AGAIN)
    text = "".join(f"{line}\n" for line in _keepalived(network, node, wan if gives_way else ""))
    pair = File(path="/etc/keepalived/keepalived.conf", text=text, action="keepalived.service:reload")
    return (*(watching if gives_way else ()), again, pair)


def _keepalived(network: Network, node: Node, watched: str) -> Iterator[str]:
    shared = [
        (number, network.segment[port.segment], port)
        for port in node.ports
        for number, segment in enumerate(network.segments, 1)
        if port.segment == segment.name and segment.virtual
    ]
    instances = [(n, s, p, version) for n, s, p in shared for version in sorted({a.version for a in s.virtual})]
    yield "global_defs {"
    yield f"  router_id {node.name}"
    yield "  vrrp_version 3"
    yield "  vrrp_garp_master_refresh 10"
    yield "  vrrp_priority -20"
    yield "  enable_script_security"
    yield "}"
    if watched:
        yield "track_file way_out {"
        yield f'  file "{STATE}"'
        yield "  weight 0"
        yield "}"
    yield "vrrp_sync_group pair {"
    yield f"  group {{ {' '.join(f'{s.name}_{version}' for _n, s, _p, version in instances)} }}"
    if watched:
        yield f"  track_interface {{ {watched} }}"
        yield "  track_file { way_out }"
    yield "}"
    first = {version: name for _n, name, _p, version in reversed(instances)}
    for number, segment, port, version in instances:
        is_first = first[version] is segment
        yield from _instance(network, node, segment, port, number, version, announces=is_first)


def _instance(  # noqa: PLR0917 - one line each
    network: Network, node: Node, segment: Segment, port: Port, number: int, version: int, *, announces: bool
) -> Iterator[str]:
    yield f"vrrp_instance {segment.name}_{version} {{"
    yield "  state BACKUP"
    yield f"  interface {port.interface}"
    yield f"  virtual_router_id {number}"
    yield f"  priority {node.priority}"
    yield f"  advert_int {ADVERT_S}"
    yield f"  preempt_delay {RETURN_S}"
    if version == 6:  # noqa: PLR2004
        yield "  native_ipv6"
    yield "  virtual_ipaddress {"
    for address in _held(segment, version):
        yield f"    {address} dev {port.interface}"
    yield "  }"
    if announces and any(each.link for each in node.ports):
        yield "  virtual_routes {"
        for prefix in network.announced:
            if prefix.version == version:
                yield from (f"    blackhole {half} no_track" for half in halves(prefix))
        yield "  }"
    yield "}"


def _held(segment: Segment, version: int) -> Iterator[str]:
    """The virtual addresses with their lengths; where routers advertise, the link-local one of which they do first.

    Elsewhere there is none: a link-local address that moves between routers would move their OSPFv3 neighbours too.
    """
    for address in segment.virtual:
        length = next((p.prefixlen for p in segment.prefixes if address in p), 32 if version == 4 else 128)  # noqa: PLR2004
        if isinstance(address, IPv6Address) and version == 6:  # noqa: PLR2004
            if segment.advertised is not Advertised.NOTHING:
                yield f"{link_local(address)}/64"
            yield f"{address}/{length}"
        elif isinstance(address, IPv4Address) and version == 4:  # noqa: PLR2004
            yield f"{address}/{length}"
