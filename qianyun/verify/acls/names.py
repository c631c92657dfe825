"""Names that vendors give to numbers: protocols, ports, ICMP messages, code points.

Written from the vendors' command references (Cisco IOS and ASA, Huawei VRP, H3C Comware) and the
IANA registries; where vendors disagree, each keeps its own.
"""

from collections.abc import Mapping

from qianyun.verify.fields import ICMP, ICMPV6, SCTP, TCP, UDP

PROTOCOLS: Mapping[str, int] = {
    "hopopt": 0, "icmp": ICMP, "igmp": 2, "ipinip": 4, "ipip": 4, "tcp": TCP, "igrp": 9, "udp": UDP,
    "ipv6-over-ipv4": 41, "rsvp": 46, "gre": 47, "pptp": 47, "esp": 50, "ipsec": 50, "ah": 51, "ahp": 51,
    "icmp6": ICMPV6, "icmpv6": ICMPV6, "ipv6-ah": 51, "ipv6-esp": 50, "eigrp": 88, "ospf": 89, "nos": 94, "pim": 103,
    "pcp": 108, "snp": 109, "vrrp": 112, "l2tp": 115, "sctp": SCTP,
}  # fmt: skip

_BOTH = {
    "echo": 7, "discard": 9, "domain": 53, "dns": 53, "sunrpc": 111, "tacacs": 49, "talk": 517, "time": 37,
    "nfs": 2049, "sip": 5060, "cifs": 3020, "kerberos": 750, "pim-auto-rp": 496, "http": 80, "www": 80, "https": 443,
    "ntp": 123, "ssh": 22, "nameserver": 42, "syslog": 514, "snmp": 161, "snmptrap": 162,
}  # fmt: skip

TCP_PORTS: Mapping[str, int] = {
    **_BOTH, "bgp": 179, "chargen": 19, "cmd": 514, "rsh": 514, "daytime": 13, "exec": 512, "finger": 79, "ftp": 21,
    "ftp-data": 20, "gopher": 70, "hostname": 101, "hostnames": 101, "ident": 113, "irc": 194, "klogin": 543,
    "kshell": 544, "login": 513, "rlogin": 513, "lpd": 515, "nntp": 119, "pop2": 109, "pop3": 110, "smtp": 25,
    "telnet": 23, "uucp": 540, "whois": 43, "aol": 5190, "citrix-ica": 1494, "ctiqbe": 2748, "h323": 1720,
    "imap4": 143, "imap": 143, "ldap": 389, "ldaps": 636, "lotusnotes": 1352, "netbios-ssn": 139,
    "pcanywhere-data": 5631, "pptp": 1723, "rtsp": 554, "sqlnet": 1521, "drip": 3949, "onep-plain": 15001,
    "onep-tls": 15002, "msrpc": 135, "cisco-tcp-port-msrpc": 135,
}  # fmt: skip

UDP_PORTS: Mapping[str, int] = {
    **_BOTH, "biff": 512, "bootpc": 68, "bootps": 67, "dnsix": 195, "isakmp": 500, "mobile-ip": 434,
    "mobilip-ag": 434, "mobilip-mn": 435, "netbios-dgm": 138, "netbios-ns": 137, "netbios-ss": 139,
    "netbios-ssn": 139, "non500-isakmp": 4500, "rip": 520, "ripng": 521, "tacacs-ds": 65, "tftp": 69, "who": 513,
    "xdmcp": 177, "pcanywhere-status": 5632, "radius": 1645, "radius-acct": 1646, "secureid-udp": 5510, "vxlan": 4789,
    "dhcpv6-client": 546, "dhcpv6-server": 547, "bfd": 3784, "bfd-echo": 3785,
}  # fmt: skip

VRP_UDP_PORTS: Mapping[str, int] = {**UDP_PORTS, "dnsix": 90, "radius": 1812}

CISCO_ICMP: Mapping[str, tuple[int, int | None]] = {
    "administratively-prohibited": (3, 13), "alternate-address": (6, None), "conversion-error": (31, None),
    "dod-host-prohibited": (3, 10), "dod-net-prohibited": (3, 9), "echo": (8, None), "echo-reply": (0, None),
    "general-parameter-problem": (12, 0), "host-isolated": (3, 8), "host-precedence-unreachable": (3, 14),
    "host-redirect": (5, 1), "host-tos-redirect": (5, 3), "host-tos-unreachable": (3, 12), "host-unknown": (3, 7),
    "host-unreachable": (3, 1), "information-reply": (16, None), "information-request": (15, None),
    "mask-reply": (18, None), "mask-request": (17, None), "mobile-redirect": (32, None), "net-redirect": (5, 0),
    "net-tos-redirect": (5, 2), "net-tos-unreachable": (3, 11), "net-unreachable": (3, 0), "network-unknown": (3, 6),
    "no-room-for-option": (12, 2), "option-missing": (12, 1), "packet-too-big": (3, 4),
    "parameter-problem": (12, None), "port-unreachable": (3, 3), "precedence-unreachable": (3, 15),
    "protocol-unreachable": (3, 2), "reassembly-timeout": (11, 1), "redirect": (5, None),
    "router-advertisement": (9, None), "router-solicitation": (10, None), "source-quench": (4, None),
    "source-route-failed": (3, 5), "time-exceeded": (11, None), "timestamp-reply": (14, None),
    "timestamp-request": (13, None), "traceroute": (30, None), "ttl-exceeded": (11, 0), "unreachable": (3, None),
}  # fmt: skip

CISCO_ICMPV6: Mapping[str, tuple[int, int | None]] = {
    "beyond-scope": (1, 2), "destination-unreachable": (1, 3), "unreachable": (1, None), "no-route": (1, 0),
    "no-admin": (1, 1), "port-unreachable": (1, 4), "source-policy": (1, 5), "reject-route": (1, 6),
    "echo-request": (128, None), "echo": (128, None), "echo-reply": (129, None), "header": (4, 0),
    "next-header": (4, 1), "parameter-option": (4, 2), "parameter-problem": (4, None), "hop-limit": (3, 0),
    "reassembly-timeout": (3, 1), "time-exceeded": (3, None), "packet-too-big": (2, None),
    "membership-query": (130, None), "membership-report": (131, None), "membership-reduction": (132, None),
    "mld-query": (130, None), "mld-report": (131, None), "mld-reduction": (132, None), "mldv2": (143, None),
    "router-solicitation": (133, None), "router-advertisement": (134, None), "nd-ns": (135, None),
    "nd-na": (136, None), "neighbor-solicitation": (135, None), "neighbor-advertisement": (136, None),
    "neighbor-redirect": (137, None), "redirect": (137, None), "router-renumbering": (138, None),
    "renum-command": (138, 0), "renum-result": (138, 1), "renum-seq-number": (138, 255), "dhaad-request": (144, None),
    "dhaad-reply": (145, None), "mpd-solicitation": (146, None), "mpd-advertisement": (147, None),
}  # fmt: skip

VRP_ICMP: Mapping[str, tuple[int, int | None]] = {
    "echo": (8, 0), "echo-reply": (0, 0), "fragmentneed-dfset": (3, 4),
    "host-redirect": (5, 1), "host-tos-redirect": (5, 3), "host-unreachable": (3, 1), "information-reply": (16, 0),
    "information-request": (15, 0), "net-redirect": (5, 0), "net-tos-redirect": (5, 2), "net-unreachable": (3, 0),
    "parameter-problem": (12, 0), "port-unreachable": (3, 3), "protocol-unreachable": (3, 2),
    "reassembly-timeout": (11, 1), "source-quench": (4, 0), "source-route-failed": (3, 5), "timestamp-reply": (14, 0),
    "timestamp-request": (13, 0), "ttl-exceeded": (11, 0),
}  # fmt: skip

VRP_ICMPV6: Mapping[str, tuple[int, int | None]] = {
    "redirect": (137, 0), "echo": (128, 0), "echo-reply": (129, 0), "err-header-field": (4, 0),
    "frag-time-exceeded": (3, 1), "hop-limit-exceeded": (3, 0), "host-admin-prohib": (1, 1),
    "host-unreachable": (1, 3), "neighbor-advertisement": (136, 0), "neighbor-solicitation": (135, 0),
    "network-unreachable": (1, 0), "packet-too-big": (2, 0), "port-unreachable": (1, 4),
    "router-advertisement": (134, 0), "router-solicitation": (133, 0), "unknown-ipv6-opt": (4, 2),
    "unknown-next-hdr": (4, 1),
}  # fmt: skip

DSCP: Mapping[str, int] = {
    "default": 0, "be": 0, "ef": 46, "va": 44, **{f"cs{n}": 8 * n for n in range(8)},
    **{f"af{c}{d}": 8 * c + 2 * d for c in range(1, 5) for d in range(1, 4)},
}  # fmt: skip

PRECEDENCE: Mapping[str, int] = {
    "routine": 0, "priority": 1, "immediate": 2, "flash": 3, "flash-override": 4, "critical": 5, "critic": 5,
    "internet": 6, "network": 7,
}  # fmt: skip

TOS: Mapping[str, int] = {
    "normal": 0,
    "min-monetary-cost": 1,
    "max-reliability": 2,
    "max-throughput": 4,
    "min-delay": 8,
}

TCP_FLAGS: Mapping[str, int] = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128}
