"""Recordings of the province's border: gateways, the cores between them, and a department's own router.

What each device answers when it is asked, as the agents of the rehearsal give it. Three faults are planted, and
`network-faults.csv` names them: a rule that nobody declared, a route that leaks past the exchange zone, and a
department's second way to the internet.

    outside ── gw-egress-1 ─┬─ core-internet ── fw-exchange-outer ── sw-exchange ── fw-exchange-inner ── core-extranet
                            └─ core-department ── gw-extranet-1 ─────────────────────────────────────────────┘
                                      └── zfb-rt-01 (a department)
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_interface, ip_network
from pathlib import Path

OwnAddress = IPv4Interface | IPv6Interface
LISTING = Path(__file__).parent / "zones.nft"
"""What `nft list ruleset` shows on a gateway that runs the compiled flow matrix."""
DENY = '\t\tcounter packets 0 bytes 0 drop comment "deny-internet"\n'
PLANTED_RULES = (
    "\t\tip saddr 203.0.113.32/28 ip daddr 172.17.128.0/18 tcp dport 1521 counter packets 0 bytes 0 accept "
    'comment "temp-data-load"\n'
    "\t\tip6 saddr 3fff:c01:0:11::/64 ip6 daddr 3fff:c02:c::/48 tcp dport 1521 counter packets 0 bytes 0 accept "
    'comment "temp-data-load"\n'
)
FORWARDS = (
    "table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n\t}\n}\n"
)
USUAL_RULES = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n"
FAULTS = (
    ("device", "kind", "value", "right"),
    ("fw-exchange-inner", "rule", "temp-data-load", "（无）"),
    ("core-internet", "route", "172.17.128.0/18 与 3fff:c02:c::/48 经 Vlanif63 直达数据交换安全区内侧", "（无）"),
    ("zfb-rt-01", "uplink", "eth2 默认路由出互联网", "经统一出口"),
    ("dsj-fw-01", "unseen", "跨互联网区与政务外网区，规则与路由未采集", "声明为网关并采集"),
    ("gw-egress-2", "unseen", "未采集", "采集"),
    ("gw-extranet-2", "unseen", "未采集", "采集"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linux:
    """A host that forwards.

    Attributes:
        ports: Addresses by interface.
        routes: Prefix and next hop, each with its interface and metric.
    """

    name: str
    number: int
    model: str
    ports: tuple[tuple[str, tuple[str, ...]], ...]
    routes: tuple[tuple[str, str, str, int], ...]
    rules: str

    def script(self) -> str:
        """What the one script of the collector brings back."""
        sections = {
            "hostname": f"{self.name}\n",
            "kernel": "Linux 5.10.0-153.56.0.134.oe2203sp2.x86_64 x86_64\n",
            "os": 'NAME="openEuler"\nVERSION="22.03 (LTS-SP2)"\nID="openEuler"\nVERSION_ID="22.03"\n'
            'PRETTY_NAME="openEuler 22.03 (LTS-SP2)"\nopenEuler release 22.03 (LTS-SP2)\n',
            "uptime": "7340021.55 29000411.10\n",
            "cpu": "4\n",
            "cpu-model": "model name\t: Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz\n",
            "memory": "MemTotal:       8008228 kB\n",
            "vendor": "样例整机\n",
            "product": f"{self.model}\n",
            "serial": f"QY-GW-{self.number:06}\n",
            "uuid": f"6c1f6e0a-{self.number:04}-4b6e-9c53-{self.number:012}\n",
            "machine-id": f"6c1f6e0a{self.number:04}4b6e9c53{self.number:012}\n",
            "disks": "major minor  #blocks  name\n\n 253        0   52428800 vda\n",
            "mounts": "Filesystem     Type 1024-blocks      Used Available Capacity Mounted on\n"
            "/dev/vda2      ext4    51473020  14210332  34625444      30% /\n",
            "addresses": self._addresses(),
            "links": "".join(
                f"{at}: {name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP\n"
                for at, (name, _own) in enumerate(self.ports, 2)
            ),
            "services": "nftables.service         loaded active exited  Netfilter Tables\n"
            "sshd.service             loaded active running OpenSSH server daemon\n",
            "sockets": "tcp   LISTEN 0      128             [::]:22           [::]:*    "
            'users:(("sshd",pid=812,fd=3))\n',
            "nft": self.rules,
            "iptables": "",
            "ip6tables": "",
            "ipset": "",
            "rules": USUAL_RULES + "32767:\tfrom all lookup default\n",
            "rules-v6": USUAL_RULES,
            "routes": self._routes(4),
            "routes-v6": self._routes(6),
            "sysctls": "net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\nnet.ipv4.conf.all.rp_filter = 0\n",
        }
        return "".join(f"@@qianyun {name}\n{text}" for name, text in sections.items()) + "@@qianyun end\n"

    def _addresses(self) -> str:
        lines = ["1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever"]
        for at, (name, owned) in enumerate(self.ports, 2):
            for text in owned:
                own = ip_interface(text)
                broadcast = f" brd {own.network[-1]}" if isinstance(own, IPv4Interface) else ""
                kind = "inet" if own.version == 4 else "inet6"  # noqa: PLR2004 - IP version
                tail = f" {name}" if broadcast else " "
                lines.append(
                    f"{at}: {name}    {kind} {own}{broadcast} scope global{tail}\\       "
                    "valid_lft forever preferred_lft forever"
                )
        return "\n".join(lines) + "\n"

    def _routes(self, version: int) -> str:
        lines: list[str] = []
        for prefix, gateway, name, metric in self.routes:
            network = ip_network(prefix)
            if network.version == version:
                shown = "default" if network.prefixlen == 0 else str(network)
                lines.append(f"{shown} via {gateway} dev {name} proto static metric {metric}")
        for name, owned in self.ports:
            for own in map(ip_interface, owned):
                if own.version == version and own.network.num_addresses > 1:
                    source = f" scope link src {own.ip}" if isinstance(own, IPv4Interface) else ""
                    lines.append(f"{own.network} dev {name} proto kernel{source} metric {100 if source else 256}")
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vrp:
    """A core switch.

    Attributes:
        vlans: Addresses by number of the VLAN.
        routes: Prefix and next hop, each with the VLAN that leads there.
    """

    name: str
    number: int
    vlans: tuple[tuple[int, tuple[str, ...]], ...]
    routes: tuple[tuple[str, str, int], ...]

    @property
    def serial(self) -> str:
        """Of the chassis."""
        return f"2102350000QY{self.number:08}"

    def answers(self) -> dict[str, str]:
        """Answers by command."""
        return {
            "screen-length 0 temporary": "Info: The configuration takes effect on the current user terminal interface "
            "only.\n",
            "display version": "Huawei Versatile Routing Platform Software\n"
            "VRP (R) software, Version 8.191 (CE6881 V200R019C10SPC800)\n"
            "Copyright (C) 2012-2020 Huawei Technologies Co., Ltd.\n"
            "HUAWEI CE6881-48S6CQ uptime is 210 days, 4 hours, 11 minutes\n"
            f"ESN of slot 1: {self.serial}\n",
            "display sn": f"Equipment SN(ESN): {self.serial}\n",
            "display current-configuration": self._configuration(),
            "display ip routing-table": self._table(),
        }

    def _owned(self) -> Sequence[tuple[int, OwnAddress]]:
        return [(vlan, ip_interface(text)) for vlan, owned in self.vlans for text in owned]

    def _configuration(self) -> str:
        lines = ["!Software Version V200R019C10SPC800", "#", f"sysname {self.name}", "#"]
        for vlan, owned in self.vlans:
            lines.append(f"interface Vlanif{vlan}")
            for own in map(ip_interface, owned):
                if isinstance(own, IPv4Interface):
                    lines.append(f" ip address {own.ip} {own.netmask}")
                else:
                    lines += [" ipv6 enable", f" ipv6 address {own}"]
            lines.append("#")
        for prefix, gateway, vlan in self.routes:
            network = ip_network(prefix)
            if network.version == 4:  # noqa: PLR2004 - IP version
                lines.append(f"ip route-static {network.network_address} {network.netmask} Vlanif{vlan} {gateway}")
            else:
                lines.append(f"ipv6 route-static {network.network_address} {network.prefixlen} Vlanif{vlan} {gateway}")
        return "\n".join([*lines, "#", "return", ""])

    def _table(self) -> str:
        rows = [(ip_network(p), "Static", 60, "RD", g, v) for p, g, v in self.routes if ip_network(p).version == 4]  # noqa: PLR2004 - IP version
        rows += [
            (own.network, "Direct", 0, "D", str(own.ip), vlan)
            for vlan, own in self._owned()
            if isinstance(own, IPv4Interface)
        ]
        lines = [
            "Route Flags: R - relay, D - download to fib",
            "-" * 78,
            "Routing Tables: Public",
            f"         Destinations : {len(rows)}        Routes : {len(rows)}",
            "",
            "Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface",
            "",
        ]
        for network, kind, preference, flags, gateway, vlan in sorted(rows, key=lambda row: str(row[0])):
            lines.append(
                f"{network!s:>18}  {kind:<7}{preference:<4} 0          {flags:>2}   {gateway:<15} Vlanif{vlan}"
            )
        return "\n".join(lines) + "\n"


def gateways() -> tuple[Linux, ...]:
    """The hosts that hold the borders, with the compiled rules; and the department's router, without any."""
    listing = LISTING.read_text(encoding="utf-8")
    return (
        Linux(
            name="gw-egress-1",
            number=1,
            model="GW-2000",
            rules=listing,
            ports=(
                ("eth0", ("172.16.255.11/24", "3fff:c01:0:1f::11/64")),
                ("eth1", ("192.0.2.2/30", "2001:db8:e:1::2/64")),
                ("eth2", ("10.13.255.3/24", "3fff:0:ffe0:1::3/64")),
            ),
            routes=(
                ("0.0.0.0/0", "192.0.2.1", "eth1", 100),
                ("172.16.0.0/16", "172.16.255.1", "eth0", 100),
                ("203.0.113.0/24", "172.16.255.1", "eth0", 100),
                ("10.0.0.0/8", "10.13.255.1", "eth2", 100),
                ("::/0", "2001:db8:e:1::1", "eth1", 1024),
                ("3fff:c01::/32", "3fff:c01:0:1f::1", "eth0", 1024),
                ("3fff::/21", "3fff:0:ffe0:1::1", "eth2", 1024),
                ("3fff:800::/23", "3fff:0:ffe0:1::1", "eth2", 1024),
            ),
        ),
        Linux(
            name="fw-exchange-outer",
            number=3,
            model="GW-2000",
            rules=listing,
            ports=(
                ("eth0", ("172.16.254.2/24", "3fff:c01:0:1e::2/64")),
                ("eth1", ("172.18.63.11/24", "3fff:c03:0:3f::11/64")),
            ),
            routes=(
                ("172.16.0.0/16", "172.16.254.1", "eth0", 100),
                ("203.0.113.0/24", "172.16.254.1", "eth0", 100),
                ("172.18.0.0/16", "172.18.63.1", "eth1", 100),
                ("3fff:c01::/32", "3fff:c01:0:1e::1", "eth0", 1024),
                ("3fff:c03::/32", "3fff:c03:0:3f::1", "eth1", 1024),
            ),
        ),
        Linux(
            name="fw-exchange-inner",
            number=2,
            model="GW-2000",
            rules=listing.replace(DENY, PLANTED_RULES + DENY),
            ports=(
                ("eth0", ("172.18.63.12/24", "3fff:c03:0:3f::12/64")),
                ("eth1", ("172.17.255.2/24", "3fff:c02:0:1f::2/64")),
            ),
            routes=(
                ("172.17.0.0/16", "172.17.255.1", "eth1", 100),
                ("198.51.100.0/24", "172.17.255.1", "eth1", 100),
                ("172.18.0.0/16", "172.18.63.1", "eth0", 100),
                ("3fff:c02::/32", "3fff:c02:0:1f::1", "eth1", 1024),
                ("3fff:c03::/32", "3fff:c03:0:3f::1", "eth0", 1024),
            ),
        ),
        Linux(
            name="gw-extranet-1",
            number=4,
            model="GW-2000",
            rules=listing,
            ports=(
                ("eth0", ("172.17.254.2/24", "3fff:c02:0:1e::2/64", "3fff:c02:0:2f::11/128")),
                ("eth1", ("10.13.255.2/24", "3fff:0:ffe0:1::2/64")),
            ),
            routes=(
                ("172.17.0.0/16", "172.17.254.1", "eth0", 100),
                ("198.51.100.0/24", "172.17.254.1", "eth0", 100),
                ("10.0.0.0/8", "10.13.255.1", "eth1", 100),
                ("3fff:c02::/32", "3fff:c02:0:1e::1", "eth0", 1024),
                ("3fff::/21", "3fff:0:ffe0:1::1", "eth1", 1024),
                ("3fff:800::/23", "3fff:0:ffe0:1::1", "eth1", 1024),
            ),
        ),
        Linux(
            name="zfb-rt-01",
            number=5,
            model="RT-200",
            rules=FORWARDS,
            ports=(
                ("eth0", ("10.13.253.2/30", "3fff:0:ffe0:2::2/64")),
                ("eth1", ("10.1.16.1/24", "3fff:0:800::1/64")),
                ("eth2", ("192.0.2.130/30", "2001:db8:e:9::2/64")),
            ),
            routes=(
                ("0.0.0.0/0", "192.0.2.129", "eth2", 50),
                ("0.0.0.0/0", "10.13.253.1", "eth0", 100),
                ("172.16.0.0/12", "10.13.253.1", "eth0", 100),
                ("198.51.100.0/24", "10.13.253.1", "eth0", 100),
                ("10.0.0.0/8", "10.13.253.1", "eth0", 100),
                ("::/0", "2001:db8:e:9::1", "eth2", 512),
                ("::/0", "3fff:0:ffe0:2::1", "eth0", 1024),
                ("3fff::/20", "3fff:0:ffe0:2::1", "eth0", 1024),
            ),
        ),
    )


def cores() -> tuple[Vrp, ...]:
    """The switches in each zone: everything of the zone lies behind the cloud's own fabric."""
    return (
        Vrp(
            name="core-internet",
            number=11,
            vlans=(
                (10, ("172.16.253.1/24", "3fff:c01:0:1d::1/64")),
                (31, ("172.16.255.1/24", "3fff:c01:0:1f::1/64")),
                (32, ("172.16.254.1/24", "3fff:c01:0:1e::1/64")),
                (63, ("172.18.63.9/24", "3fff:c03:0:3f::9/64")),
            ),
            routes=(
                ("0.0.0.0/0", "172.16.255.11", 31),
                ("172.16.0.0/16", "172.16.253.2", 10),
                ("203.0.113.0/24", "172.16.253.2", 10),
                ("172.18.0.0/16", "172.16.254.2", 32),
                ("172.17.128.0/18", "172.18.63.12", 63),
                ("::/0", "3fff:c01:0:1f::11", 31),
                ("3fff:c01::/32", "3fff:c01:0:1d::2", 10),
                ("3fff:c03::/32", "3fff:c01:0:1e::2", 32),
                ("3fff:c02:c::/48", "3fff:c03:0:3f::12", 63),
            ),
        ),
        Vrp(
            name="sw-exchange",
            number=12,
            vlans=(
                (10, ("172.18.62.1/24", "3fff:c03:0:3d::1/64")),
                (63, ("172.18.63.1/24", "3fff:c03:0:3f::1/64")),
            ),
            routes=(
                ("172.18.0.0/16", "172.18.62.2", 10),
                ("172.16.0.0/16", "172.18.63.11", 63),
                ("203.0.113.0/24", "172.18.63.11", 63),
                ("172.17.0.0/16", "172.18.63.12", 63),
                ("198.51.100.0/24", "172.18.63.12", 63),
                ("3fff:c03::/32", "3fff:c03:0:3d::2", 10),
                ("3fff:c01::/32", "3fff:c03:0:3f::11", 63),
                ("3fff:c02::/32", "3fff:c03:0:3f::12", 63),
            ),
        ),
        Vrp(
            name="core-extranet",
            number=13,
            vlans=(
                (10, ("172.17.253.1/24", "3fff:c02:0:1d::1/64")),
                (31, ("172.17.255.1/24", "3fff:c02:0:1f::1/64")),
                (32, ("172.17.254.1/24", "3fff:c02:0:1e::1/64")),
            ),
            routes=(
                ("172.17.0.0/16", "172.17.253.2", 10),
                ("198.51.100.0/24", "172.17.253.2", 10),
                ("172.18.0.0/16", "172.17.255.2", 31),
                ("10.0.0.0/8", "172.17.254.2", 32),
                ("3fff:c02::/32", "3fff:c02:0:1d::2", 10),
                ("3fff:c03::/32", "3fff:c02:0:1f::2", 31),
                ("3fff::/21", "3fff:c02:0:1e::2", 32),
                ("3fff:800::/23", "3fff:c02:0:1e::2", 32),
            ),
        ),
        Vrp(
            name="core-department",
            number=14,
            vlans=(
                (10, ("10.13.254.1/24", "3fff:0:ffe0:3::1/64")),
                (31, ("10.13.255.1/24", "3fff:0:ffe0:1::1/64")),
                (53, ("10.13.253.1/30", "3fff:0:ffe0:2::1/64")),
            ),
            routes=(
                ("0.0.0.0/0", "10.13.255.3", 31),
                ("10.0.0.0/8", "10.13.254.2", 10),
                ("10.1.16.0/24", "10.13.253.2", 53),
                ("172.17.0.0/16", "10.13.255.2", 31),
                ("198.51.100.0/24", "10.13.255.2", 31),
                ("::/0", "3fff:0:ffe0:1::3", 31),
                ("3fff::/21", "3fff:0:ffe0:3::2", 10),
                ("3fff:800::/23", "3fff:0:ffe0:3::2", 10),
                ("3fff:0:800::/64", "3fff:0:ffe0:2::2", 53),
                ("3fff:c02::/32", "3fff:0:ffe0:1::2", 31),
            ),
        ),
    )


def write_devices(folder: Path) -> None:
    """Write the recordings of the border, and the catalogue of what is wrong there."""
    for host in gateways():
        target = folder / "devices" / host.name
        target.mkdir(parents=True, exist_ok=True)
        (target / "script.txt").write_text(host.script(), encoding="utf-8")
    for core in cores():
        target = folder / "devices" / core.name
        target.mkdir(parents=True, exist_ok=True)
        for command, answer in core.answers().items():
            (target / f"{command}.txt").write_text(answer, encoding="utf-8")
    with (folder / "network-faults.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(FAULTS)
