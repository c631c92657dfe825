"""Juniper, Fortinet, Arista, Palo Alto, F5, Aruba, Brocade, D-Link, Vyatta, Clavister.

Source: JUNIPER-MIB (2636.3.1), FORTINET-CORE-MIB (12356.100) and FORTINET-FORTIGATE-MIB (12356.101),
F5-BIGIP-SYSTEM-MIB (3375.2.1), PAN-COMMON-MIB (25461.2.1.2), SW-MIB (1588.2.1.1.1.1), FOUNDRY-SN-AGENT-MIB
(1991.1.1.1.1), RMON2-MIB (16.19).
"""

from collectors.rules import (
    DESCRIPTION,
    MODEL,
    SERIAL,
    SOFTWARE,
    Clue,
    Column,
    Entity,
    Joined,
    Kind,
    Rule,
    Scalar,
    described,
)

FORTINET_VERSION = (Scalar("1.3.6.1.4.1.12356.101.4.1.1.0"),)
FORTINET_SERIAL = (
    Scalar("1.3.6.1.4.1.12356.100.1.1.1.0"),
    Entity(SERIAL, r"^(F\w{10,})", parts_too=True),
    Entity(DESCRIPTION, r"HW Serial#: (F\w{10,})", parts_too=True),
    described(r"^(F\w{14,16})$"),
)


def _fortinet(product: str, code: str) -> tuple[Clue, ...]:
    return (
        Joined(product + " {}", (Entity(MODEL, code + r"_(\w+)", parts_too=True),)),
        Joined(product + " {}", (Entity(DESCRIPTION, code + r"_(\w+)", parts_too=True),)),
        Joined(product + " {}", (Entity(SOFTWARE, r"^Forti\w+-(\w+) v", parts_too=True),)),
    )


def _junos(kind: Kind, says: str = "") -> Rule:
    return Rule(
        vendor="Juniper",
        family="junos",
        kind=kind,
        roots=("1.3.6.1.4.1.2636",),
        says=says,
        model=(
            Scalar(
                "1.3.6.1.4.1.2636.3.1.2.0",
                r"^(?:Juniper )?(?:Virtual Chassis )?"
                r"(.+?)(?: Internet Backbone)?(?: (?:Ethernet )?(?:Switch|Router|Edge Router))*$",
            ),
            described(r"Juniper Networks, Inc\. (\S+)"),
        ),
        version=(described(r"JUNOS ([\w.\-]+)"), described(r"version ([\w.\-]+)")),
        serial=(Scalar("1.3.6.1.4.1.2636.3.1.3.0"),),
    )


RULES = (
    _junos(Kind.ROUTER),
    _junos(Kind.SWITCH, r"(?i)Juniper Networks, Inc\. (ex|qfx)\d|Ethernet Switch"),
    _junos(Kind.FIREWALL, r"(?i)Juniper Networks, Inc\. v?srx"),
    Rule(
        vendor="Fortinet",
        family="fortios",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.12356",),
        model=_fortinet("FortiGate", "FGT"),
        version=FORTINET_VERSION,
        serial=FORTINET_SERIAL,
    ),
    Rule(
        vendor="Fortinet",
        family="fortiswitch",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.12356.106",),
        model=_fortinet("FortiSwitch", "FSW"),
        version=(Scalar("1.3.6.1.4.1.12356.106.4.1.1.0"),),
        serial=FORTINET_SERIAL,
    ),
    Rule(
        vendor="F5",
        family="bigip",
        kind=Kind.BALANCER,
        roots=("1.3.6.1.4.1.3375",),
        model=(Scalar("1.3.6.1.4.1.3375.2.1.3.5.2.0"), Scalar("1.3.6.1.4.1.3375.2.1.3.3.1.0")),
        version=(Scalar("1.3.6.1.4.1.3375.2.1.4.2.0"),),
        serial=(Scalar("1.3.6.1.4.1.3375.2.1.3.3.3.0"),),
    ),
    Rule(
        vendor="Palo Alto Networks",
        family="panos",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.25461",),
        model=(Scalar("1.3.6.1.4.1.25461.2.1.2.2.1.0"), described(r"(PA-\S+)")),
        version=(Scalar("1.3.6.1.4.1.25461.2.1.2.1.1.0"),),
        serial=(Scalar("1.3.6.1.4.1.25461.2.1.2.1.3.0"),),
    ),
    Rule(
        vendor="Arista",
        family="eos",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.30065",),
        model=(described(r"running on an Arista Networks (\S+)"), Entity(MODEL)),
        version=(described(r"EOS version (\S+)"),),
    ),
    Rule(
        vendor="Aruba",
        family="aruba",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.47196", "1.3.6.1.4.1.14823", "1.3.6.1.4.1.11.2.3.7.11"),
        model=(Entity(MODEL), described(r"(?:HP|HPE|Aruba) (.+?), revision"), described(r"MODEL: (\S+?)\)?,")),
        version=(described(r"revision ([\w.]+)"), described(r"Version ([\w.]+)")),
        serial=(Column("1.3.6.1.4.1.11.2.36.1.1.2.9"),),
    ),
    Rule(
        vendor="Brocade",
        family="fabricos",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.1588",),
        version=(Scalar("1.3.6.1.4.1.1588.2.1.1.1.1.6.0"),),
        serial=(Entity(SERIAL), Scalar("1.3.6.1.4.1.1588.2.1.1.1.1.10.0")),
    ),
    Rule(
        vendor="Brocade",
        family="ironware",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.1991",),
        model=(described(r"(?:Communications Systems|Foundry Networks), Inc\. (\S+),"), Entity(MODEL)),
        version=(described(r"IronWare Version V?(\S+)"),),
        serial=(Scalar("1.3.6.1.4.1.1991.1.1.1.1.2.0"),),
    ),
    Rule(
        vendor="D-Link",
        family="dlink",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.171",),
        model=(described(r"\b(D[A-Z]{2}-\d[\w\-]*)"), Entity(MODEL)),
        version=(Scalar("1.3.6.1.2.1.16.19.2.0", r"(?:Build )?(\d\S*)"),),
        serial=(Entity(SERIAL),),
    ),
    Rule(
        vendor="Vyatta",
        family="vyos",
        kind=Kind.ROUTER,
        roots=("1.3.6.1.4.1.30803", "1.3.6.1.4.1.44641"),
        version=(described(r"^(?:Vyatta|VyOS) (?:VyOS )?(\d\S*)"),),
    ),
    Rule(
        vendor="Clavister",
        family="cos",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.5089",),
        model=(described(r"^(.+?) \d+\."),),
        version=(described(r"(\d+\.\d[\w.\-]*)"),),
    ),
)
