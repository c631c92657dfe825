"""Who goes out behind which address: NAT44, NAT64 with DNS64, the log of it, and each department's share.

Source: nft(8), tayga.conf(5), tc-htb(8), ulogd.conf; RFC 6146 and 6147, RFC 6052 section 3.1 (no
private IPv4 under the well-known prefix); Cybersecurity Law, article 21 (logs for six months).
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from qianyun.compile.bundle import File
from qianyun.compile.node_filter import TUNNEL
from qianyun.policy.egress import Egress, Nat64, Share
from qianyun.policy.network import Node
from qianyun.policy.profile import Prefix

NAT64_UNIT = """\
[Unit]
Description=NAT64 by tayga
After=network.target
[Service]
ExecStartPre=-/usr/sbin/tayga --config /etc/tayga.conf --mktun
ExecStartPre=/sbin/ip link set dev {tunnel} up
ExecStartPre=/sbin/ip route replace {pool} dev {tunnel} proto static
ExecStartPre=/sbin/ip -6 route replace {prefix} dev {tunnel} proto static
ExecStart=/usr/sbin/tayga --config /etc/tayga.conf --nodetach
Restart=always
[Install]
WantedBy=multi-user.target
"""
SHARES_UNIT = """\
[Unit]
Description=Shares of the egress by department
After=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for port in {ports}; do tc qdisc del dev "$port" root 2>/dev/null; done; exec tc -batch {batch}'
[Install]
WantedBy=multi-user.target
"""
ULOGD = """\
[global]
logfile="syslog"
loglevel=5
stack=ct1:NFCT,ip2str1:IP2STR,print1:PRINTFLOW,emu1:LOGEMU
plugin="/usr/lib/x86_64-linux-gnu/ulogd/ulogd_inpflow_NFCT.so"
plugin="/usr/lib/x86_64-linux-gnu/ulogd/ulogd_filter_IP2STR.so"
plugin="/usr/lib/x86_64-linux-gnu/ulogd/ulogd_filter_PRINTFLOW.so"
plugin="/usr/lib/x86_64-linux-gnu/ulogd/ulogd_output_LOGEMU.so"
[ct1]
hash_enable=0
netlink_socket_buffer_size=1048576
netlink_socket_buffer_maxsize=16777216
[emu1]
file="{log}"
sync=1
"""
ROTATE = """\
{log} {{
  daily
  rotate {days}
  maxage {days}
  dateext
  compress
  delaycompress
  missingok
  create 0640 ulog adm
  sharedscripts
  postrotate
    systemctl kill --signal=HUP ulogd2.service
  endscript
}}
"""
LOG = "/var/log/ulog/egress.log"
FIRST_CLASS = 16


def files(egress: Egress, node: Node) -> tuple[File, ...]:
    """Everything between the inside and the operators' lines of a gateway."""
    found = [File(path="/etc/qianyun/egress.nft", text=_text(_tables(egress, node)), action="nft", mode="0600")]
    if egress.nat64:
        unit = NAT64_UNIT.format(tunnel=TUNNEL, pool=egress.nat64.pool, prefix=egress.nat64.prefix)
        found += [
            File(path="/etc/tayga.conf", text=_text(_tayga(egress.nat64)), action="qianyun-nat64.service:restart"),
            File(path="/etc/systemd/system/qianyun-nat64.service", text=unit, action="qianyun-nat64.service:restart"),
        ]
    if egress.shares:
        batch, name = "/etc/qianyun/shares.tc", "qianyun-shares.service"
        unit = SHARES_UNIT.format(ports=" ".join(port.interface for port in node.ports), batch=batch)
        found += [
            File(path=batch, text=_text(_classes(egress, node)), action=f"{name}:restart"),
            File(path=f"/etc/systemd/system/{name}", text=unit, action=f"{name}:restart"),
        ]
    found += [
        File(path="/etc/ulogd.conf", text=ULOGD.format(log=LOG), action="ulogd2.service:restart"),
        File(path="/etc/logrotate.d/qianyun-egress", text=ROTATE.format(log=LOG, days=egress.log_days)),
    ]
    return tuple(found)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _tables(egress: Egress, node: Node) -> Iterator[str]:
    for table in ("ip qianyun_nat", "inet qianyun_shares"):
        yield f"table {table}"
        yield f"delete table {table}"
    yield "table ip qianyun_nat {"
    yield "\tchain out {"
    yield "\t\ttype nat hook postrouting priority srcnat; policy accept;"
    links = {link.name: link for link in egress.links}
    inside = [prefix for prefix in egress.inside if isinstance(prefix, IPv4Network)]
    for port in node.ports:
        pools = [p for p in links[port.link].prefixes if isinstance(p, IPv4Network)] if port.link else []
        if pools and inside:
            span = f"{pools[0][0]}-{pools[0][-1]}" if pools[0].num_addresses > 1 else str(pools[0][0])
            source = f"ip saddr {{ {_listed(inside)} }}"
            yield f'\t\toifname "{port.interface}" {source} counter snat to {span} persistent comment "nat44"'
    yield "\t}"
    yield "}"
    yield "table inet qianyun_shares {"
    yield "\tchain classes {"
    yield "\t\ttype filter hook postrouting priority mangle; policy accept;"
    for place, share in enumerate(egress.shares):
        yield from _marks(node, share, f"1:{FIRST_CLASS + place:x}")
    yield "\t}"
    yield "}"


def _marks(node: Node, share: Share, handle: str) -> Iterator[str]:
    """Upwards by the source, before it is translated; downwards by the target, after it was."""
    for version, word in ((4, "ip"), (6, "ip6")):
        own = [prefix for prefix in share.prefixes if prefix.version == version]
        for port in node.ports if own else ():
            end = "saddr" if port.link else "daddr"
            match = f'oifname "{port.interface}" {word} {end} {{ {_listed(own)} }}'
            yield f"\t\t{match} counter meta priority set {handle}"


def _listed(prefixes: Iterable[Prefix]) -> str:
    return ", ".join(map(str, prefixes))


def _classes(egress: Egress, node: Node) -> Iterator[str]:
    most = max(link.bandwidth_mbps for link in egress.links)
    rates = {link.name: link.bandwidth_mbps for link in egress.links}
    for port in node.ports:
        rate = rates.get(port.link, most)
        yield f"qdisc add dev {port.interface} root handle 1: htb default 2"
        yield f"class add dev {port.interface} parent 1: classid 1:1 htb rate {rate}mbit"
        yield f"class add dev {port.interface} parent 1:1 classid 1:2 htb rate {rate}mbit"
        for place, share in enumerate(egress.shares):
            held = min(share.mbps, rate)
            handle = f"1:{FIRST_CLASS + place:x}"
            yield f"class add dev {port.interface} parent 1:1 classid {handle} htb rate {held}mbit ceil {held}mbit"


def _tayga(nat64: Nat64) -> Iterator[str]:
    yield f"tun-device {TUNNEL}"
    yield f"ipv4-addr {nat64.pool[1]}"
    yield f"prefix {nat64.prefix}"
    yield f"dynamic-pool {nat64.pool}"
    yield "data-dir /var/spool/tayga"
