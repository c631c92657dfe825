"""Management controllers of servers: iDRAC, iLO, Supermicro, IBM/Lenovo, Inspur; storage arrays of Dell and NetApp.

Source: IDRAC-MIB-SMIv2 (674.10892.5), CPQSINFO-MIB (232.2), CPQSM2-MIB (232.9), CPQHOST-MIB (232.11), CPQRACK-MIB
(232.22), IBM IMM-MIB (2.3.51.3), LENOVO-XCC-MIB (19046.11.1), SUPERMICRO BMC (21317.1), NETWORK-APPLIANCE-MIB
(789.1.1).
"""

from collectors.rules import Column, Kind, Rule, Scalar, described

IMM = "1.3.6.1.4.1.2.3.51.3"
XCC = "1.3.6.1.4.1.19046.11.1"

RULES = (
    Rule(
        vendor="Dell",
        family="idrac",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.674.10892.5", "1.3.6.1.4.1.674.10892.2"),
        model=(
            Scalar("1.3.6.1.4.1.674.10892.5.1.3.12.0"),
            Column("1.3.6.1.4.1.674.10892.5.4.300.10.1.9"),
            Scalar("1.3.6.1.4.1.674.10892.2.1.1.2.0"),
        ),
        version=(Scalar("1.3.6.1.4.1.674.10892.5.1.1.8.0"), Scalar("1.3.6.1.4.1.674.10892.2.1.2.1.0")),
        serial=(
            Scalar("1.3.6.1.4.1.674.10892.5.1.3.2.0"),
            Column("1.3.6.1.4.1.674.10892.5.4.300.10.1.11"),
            Scalar("1.3.6.1.4.1.674.10892.2.1.1.11.0"),
        ),
    ),
    Rule(
        vendor="Dell",
        family="powervault",
        kind=Kind.STORAGE,
        roots=("1.3.6.1.4.1.674",),
        says=r"\bME\d{4}|PowerVault",
        model=(described(r"(ME\d{4}|PowerVault \S+)"),),
    ),
    Rule(
        vendor="HPE",
        family="ilo",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.232",),
        model=(Scalar("1.3.6.1.4.1.232.2.2.4.2.0"),),
        version=(described(r"Lights-Out \d+ ([\d.]+)"), Scalar("1.3.6.1.4.1.232.9.2.2.2.0")),
        serial=(Scalar("1.3.6.1.4.1.232.2.2.2.1.0"),),
    ),
    Rule(
        vendor="HPE",
        family="bladesystem",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.11.5.7.1",),
        model=(Column("1.3.6.1.4.1.232.22.2.3.1.1.1.3"),),
        version=(Column("1.3.6.1.4.1.232.22.2.3.1.1.1.8"),),
        serial=(Column("1.3.6.1.4.1.232.22.2.3.1.1.1.7"),),
    ),
    Rule(
        vendor="Supermicro",
        family="supermicro",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.21317", "1.3.6.1.4.1.10876"),
        model=(Scalar("1.3.6.1.4.1.21317.1.16.3.4.0"), Scalar("1.3.6.1.4.1.21317.1.16.2.2.0")),
        version=(Scalar("1.3.6.1.4.1.21317.1.16.1.1.0"),),
        serial=(Scalar("1.3.6.1.4.1.21317.1.16.3.6.0"), Scalar("1.3.6.1.4.1.21317.1.16.2.3.0")),
    ),
    Rule(
        vendor="IBM",
        family="imm",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.8072", "1.3.6.1.4.1.2"),
        shown_by=Column(f"{IMM}.1.1.2.1.2"),
        model=(
            Column(f"{IMM}.1.5.1.1.2"),
            Column(f"{IMM}.1.5.1.1.4"),
            Column(f"{IMM}.1.5.1.1.1"),
        ),
        version=(
            Column(f"{IMM}.1.5.11.1.1.4", marked_by=f"{IMM}.1.5.11.1.1.2", mark=r"IMM|BMC"),
            Column(f"{IMM}.1.5.11.1.1.4"),
        ),
        serial=(Column(f"{IMM}.1.5.1.1.3"),),
    ),
    Rule(
        vendor="Lenovo",
        family="xcc",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.19046", "1.3.6.1.4.1.8072"),
        shown_by=Column(f"{XCC}.1.1.2.1.2"),
        model=(Column(f"{XCC}.1.5.1.1.2"), Column(f"{XCC}.1.5.1.1.4")),
        version=(Column(f"{XCC}.1.5.11.1.1.4"),),
        serial=(Column(f"{XCC}.1.5.1.1.3"),),
    ),
    Rule(
        vendor="NetApp",
        family="ontap",
        kind=Kind.STORAGE,
        roots=("1.3.6.1.4.1.789",),
        model=(Scalar("1.3.6.1.4.1.789.1.1.5.0"),),
        version=(described(r"NetApp Release (\S+?):?(?= |$)"),),
        serial=(Scalar("1.3.6.1.4.1.789.1.1.9.0"),),
    ),
    Rule(
        vendor="Isilon",
        family="onefs",
        kind=Kind.STORAGE,
        roots=("1.3.6.1.4.1.12124",),
        model=(described(r"(OneFS)"),),
        version=(described(r"OneFS \S+ (v[\d.]+)"), described(r"OneFS (v[\d.]+)")),
    ),
)
