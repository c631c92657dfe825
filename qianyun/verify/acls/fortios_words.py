"""Words of FortiOS configurations: which tables say what, and which values of a policy matter.

Source: Fortinet FortiOS CLI Reference.
"""

POLICIES = ("firewall policy", "firewall policy6")
OBJECTS = (
    "firewall address", "firewall address6", "firewall addrgrp", "firewall addrgrp6", "firewall service custom",
    "firewall service group", "firewall vip", "firewall vip6", "firewall vipgrp", "firewall vipgrp6",
)  # fmt: skip
QUIET_TABLES = (
    "firewall schedule ", "firewall service category", "firewall ippool", "firewall profile-", "firewall ssl",
    "firewall shaper ", "firewall shaping-profile", "firewall wildcard-fqdn ", "firewall internet-service",
    "firewall traffic-class", "firewall multicast-address", "firewall local-in-policy", "firewall sniffer",
    "firewall region", "firewall vendor-mac", "firewall city", "firewall country", "firewall network-service",
    "firewall ldb-monitor", "firewall proxy-addr", "firewall auth-portal", "firewall global", "firewall access-proxy",
    "firewall decrypted-traffic-mirror", "firewall address/", "firewall address6/", "firewall vip/", "firewall vip6/",
    "firewall address6-template",
)  # fmt: skip
"""Beginnings of tables of the firewall that by themselves refuse and redirect nothing that passes."""
BRANCHES = (
    "firewall", "system", "antivirus", "application", "authentication", "automation", "casb", "certificate", "cifs",
    "dlp", "dnsfilter", "dpdk", "emailfilter", "endpoint-control", "extension-controller", "file-filter", "ftp-proxy",
    "icap", "ips", "log", "monitoring", "report", "router", "sctp-filter", "ssh-filter", "switch-controller",
    "telemetry-controller", "user", "videofilter", "virtual-patch", "voip", "vpn", "waf", "wanopt", "web-proxy",
    "webfilter", "wireless-controller", "ztna",
)  # fmt: skip
"""First words of tables."""
ACTIONS = {"accept": True, "deny": False}
UNSEEN = (
    "groups", "users", "fsso-groups", "devices", "internet-service-name", "internet-service-id",
    "internet-service-src-name", "internet-service-group", "application", "app-category", "url-category", "sgt",
    "ztna-ems-tag", "src-vendor-mac", "reputation-minimum", "geoip-match",
)  # fmt: skip
"""Values that narrow a policy by what packets do not show."""
INSTEAD = {"internet-service": ("dstaddr", "service"), "internet-service-src": ("srcaddr",)}
"""Switches that put a service of the internet into the place of addresses."""

ASKED = (
    "action", "status", "schedule", "service", "service-negate", "srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6",
    "dstaddr6", "srcaddr-negate", "dstaddr-negate", "srcaddr6-negate", "dstaddr6-negate", "match-vip", *INSTEAD,
)  # fmt: skip
QUIET = (
    "name", "uuid", "comments", "label", "global-label", "nat", "ippool", "poolname", "poolname6", "fixedport",
    "inspection-mode", "utm-status", "ips-sensor", "application-list", "session-ttl", "auto-asic-offload",
    "np-acceleration", "capture-packet", "anti-replay", "schedule-timeout", "timeout-send-rst", "send-deny-packet",
    "traffic-shaper", "traffic-shaper-reverse", "per-ip-shaper", "custom-log-fields", "dynamic-shaping", "inbound",
    "outbound", "permit-any-host", "permit-stun-host", "delay-tcp-npu-session", "block-notification", "email-collect",
    "rtp-nat", "disclaimer", "replacemsg-override-group", "wccp", "vpntunnel", "natinbound", "natoutbound",
)  # fmt: skip
"""Values that do not narrow a policy; what a profile refuses by content does not count here."""
QUIET_STEMS = ("logtraffic", "tcp-mss-", "diffserv", "vlan-cos-", "webcache", "profile-", "tcp-session-")
QUIET_ENDS = ("-profile", "-policy-redirect")
KNOWN = frozenset((*ASKED, *QUIET, *UNSEEN))


def is_modelled(table: str) -> bool:
    """Whether a table is read, or matters to no packet that passes."""
    if table in (*POLICIES, *OBJECTS):
        return True
    branch = table.partition(" ")[0]
    if branch == "firewall":
        return table.startswith(QUIET_TABLES)
    return branch in BRANCHES and not table.startswith("router policy")


def is_known(key: str) -> bool:
    """Whether we know what a value of a policy means, or that it narrows nothing."""
    return key in KNOWN or key.startswith(QUIET_STEMS) or key.endswith(QUIET_ENDS)
