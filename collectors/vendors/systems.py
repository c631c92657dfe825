"""Operating systems and hypervisors: Linux under net-snmp, Windows, ESXi and vCenter, Synology, QNAP.

Source: SYNOLOGY-SYSTEM-MIB (6574.1.5), VMWARE-SYSTEM-MIB (6876.1), NAS-MIB (24681.1), sysDescr; Windows
builds as Microsoft lists them.
"""

from collectors.rules import DESCRIPTION, MODEL, Column, Entity, Kind, Rule, Scalar, Translated, described

WINDOWS_BUILDS = {
    "2600": "XP",
    "3790": "Server 2003",
    "6001": "Server 2008",
    "6002": "Server 2008 SP2",
    "6003": "Server 2008 SP2",
    "7600": "Server 2008 R2",
    "7601": "Server 2008 R2 SP1",
    "9200": "Server 2012",
    "9600": "Server 2012 R2",
    "14393": "Server 2016 (1607)",
    "16299": "Server 1709",
    "17134": "Server 1803",
    "17763": "Server 2019 (1809)",
    "18362": "Server 1903",
    "18363": "Server 1909",
    "19041": "Server 2004",
    "19042": "Server 20H2",
    "20348": "Server 2022 (21H2)",
    "25398": "Server 23H2",
    "26100": "Server 2025 (24H2)",
}
BUILD = described(r"Build (?:Number: )?(\d+)")
NET_SNMP = ("1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.2021.250.10")

RULES = (
    Rule(
        vendor="net-snmp",
        family="linux",
        kind=Kind.SERVER,
        roots=("1.3.6.1.4.1.8072", "1.3.6.1.4.1.2021"),
        version=(described(r"^Linux \S+ (\S+)"),),
    ),
    Rule(
        vendor="Linux",
        family="linux",
        kind=Kind.SERVER,
        roots=NET_SNMP,
        model=(described(r"(x86_64|aarch64|loongarch64|sw_64|mips64\w*|i[3-6]86|ppc64le|armv\w+)$"),),
        version=(described(r"^Linux \S+ (\S+)"),),
    ),
    Rule(
        vendor="Synology",
        family="dsm",
        kind=Kind.STORAGE,
        roots=("1.3.6.1.4.1.8072", "1.3.6.1.4.1.6574"),
        shown_by=Scalar("1.3.6.1.4.1.6574.1.5.1.0"),
        model=(Scalar("1.3.6.1.4.1.6574.1.5.1.0"),),
        version=(Scalar("1.3.6.1.4.1.6574.1.5.3.0", r"(?:DSM )?(.+)"),),
        serial=(Scalar("1.3.6.1.4.1.6574.1.5.2.0"),),
    ),
    Rule(
        vendor="QNAP",
        family="qts",
        kind=Kind.STORAGE,
        roots=("1.3.6.1.4.1.8072", "1.3.6.1.4.1.24681"),
        shown_by=Scalar("1.3.6.1.4.1.24681.1.2.12.0"),
        model=(Scalar("1.3.6.1.4.1.24681.1.2.12.0"),),
        version=(described(r"(?:QTS )?([\d.]+)$"),),
    ),
    Rule(
        vendor="Microsoft",
        family="windows",
        kind=Kind.SERVER,
        roots=("1.3.6.1.4.1.311",),
        model=(described(r"^Hardware: (\S+)"),),
        version=(Translated(BUILD, WINDOWS_BUILDS), described(r"Windows.* Version (\S+)")),
        patch=(BUILD,),
    ),
    Rule(
        vendor="VMware",
        family="esxi",
        kind=Kind.HYPERVISOR,
        roots=("1.3.6.1.4.1.6876",),
        model=(Entity(DESCRIPTION, parts_too=True), Entity(MODEL, parts_too=True), Column("1.3.6.1.2.1.47.1.1.1.1.13")),
        version=(Scalar("1.3.6.1.4.1.6876.1.2.0"), described(r"ESXi? ([\d.]+)")),
        serial=(Entity(11, parts_too=True),),
        patch=(Scalar("1.3.6.1.4.1.6876.1.4.0"), described(r"build[- ](\d+)")),
    ),
    Rule(
        vendor="VMware",
        family="vcenter",
        kind=Kind.SERVER,
        roots=("1.3.6.1.4.1.6876",),
        says=r"(?i)vcenter",
        model=(Scalar("1.3.6.1.2.1.1.1.0", r"^(VMware-vCenter-Server\S*)"),),
        version=(Scalar("1.3.6.1.4.1.6876.1.2.0"), described(r"Appliance ([\d.]+)")),
        patch=(Scalar("1.3.6.1.4.1.6876.1.4.0"), described(r"build[- ](\d+)")),
    ),
)
