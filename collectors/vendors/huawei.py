"""Huawei: VRP switches, routers and firewalls, storage, iBMC, power.

Source: HUAWEI-ENTITY-EXTENT-MIB (2011.5.25.31), HUAWEI-DEVICE-MIB (2011.5.25.188), HUAWEI-SYS-MAN-MIB
(2011.5.25.19), HUAWEI-SERVER-IBMC-MIB (2011.2.235), ISM-STORAGE-SVC-MIB (2011.2.91).
"""

from collectors.rules import DESCRIPTION, NAME, SERIAL, SOFTWARE, Column, Entity, Joined, Kind, Rule, Scalar, described

PRODUCT = r"(?:HUAWEI |Huawei |HUAWEI\s)?(NetEngine \S+ ?[A-Z0-9]+-?[A-Z0-9]*|[A-Z]{1,6}\d{2,}[\w\-+/]*)"
VRP_MODEL = (
    Scalar("1.3.6.1.4.1.2011.5.25.31.6.5.0", r"(?i)^(?:huawei |quidway )?(.+)"),
    described(r'^"?\s*(?:Huawei |Quidway )?((?:NetEngine )?[A-Z]+[A-Za-z]*\d[\w\-+/]*)\s+(?:Huawei|Versatile)'),
    described(r"(?:HUAWEI|Huawei|Quidway) ((?:NetEngine \d+ )?[A-Z]+[A-Za-z]*\d[\w\-+/]*)\s*\"?$"),
    Entity(NAME, r"^([A-Z]+\d[\w\-]*)(?: frame\d*)?$"),
    Entity(DESCRIPTION, r"^([A-Z]+\d[\w\-]*)(?: frame|,)"),
    described(r"Version [\d.]+ ?\((\S+(?: \d+)?) V\d{3}R\d{3}"),
    Scalar("1.3.6.1.4.1.2011.5.25.188.1.4.0"),
    Entity(DESCRIPTION, r"(?i)(?:huawei|quidway) (\S+)"),
)
VRP_VERSION = (
    Joined("{} ({})", (described(r"Version ([\d.]+)"), described(r"\([^()]*?(V\d{3}R\d{3}\w*)\)"))),
    Joined(
        "{} ({})",
        (Entity(SOFTWARE, r"Version ([\d.]+)", parts_too=True), Entity(SOFTWARE, r"(V\d{3}R\d{3}\w*)", parts_too=True)),
    ),
    described(r"(V\d{3}R\d{3}\w*)"),
    Entity(SOFTWARE, r"Version ([\d.]+)", parts_too=True),
)
VRP_SERIAL = (
    Scalar("1.3.6.1.4.1.2011.5.25.188.1.1.0"),
    Entity(SERIAL),
    Entity(SERIAL, r"^(2[01]\d{8}\w{6,})", parts_too=True),
)
VRP_PATCH = (Column("1.3.6.1.4.1.2011.5.25.19.1.8.5.1.1.4", r"(\w*V\d{3}R\d{3}\w*)"),)
CODED = r"^(.*[A-Za-z].*)$"
"""Some arrays tell their model as a number of a table that is nowhere published; that is none."""

UPS = "1.3.6.1.4.1.2011.6.174.1.2.100.1"
UPS_MODEL = (Scalar("1.3.6.1.2.1.33.1.1.2.0"), Column(f"{UPS}.2"))
UPS_VERSION = (Column(f"{UPS}.3"), Scalar("1.3.6.1.2.1.33.1.1.3.0"), Scalar("1.3.6.1.2.1.33.1.1.4.0"))
UPS_SERIAL = (Column(f"{UPS}.5"),)


def _vrp(kind: Kind, *roots: str, says: str = "") -> Rule:
    return Rule(
        vendor="Huawei",
        family="vrp",
        kind=kind,
        roots=roots,
        says=says,
        model=VRP_MODEL,
        version=VRP_VERSION,
        serial=VRP_SERIAL,
        patch=VRP_PATCH,
    )


RULES = (
    _vrp(Kind.SWITCH, "1.3.6.1.4.1.2011.2"),
    _vrp(Kind.SWITCH, "1.3.6.1.4.1.2011.2.23", "1.3.6.1.4.1.2011.2.239"),
    _vrp(
        Kind.ROUTER,
        "1.3.6.1.4.1.2011.2.224",
        "1.3.6.1.4.1.2011.2.62",
        "1.3.6.1.4.1.2011.2.360",
        "1.3.6.1.4.1.2011.2.88",
    ),
    _vrp(Kind.FIREWALL, "1.3.6.1.4.1.2011.2.122", "1.3.6.1.4.1.2011.2.159", "1.3.6.1.4.1.2011.2.321"),
    _vrp(Kind.FIREWALL, "1.3.6.1.4.1.2011.2", says=r"\b(USG|Eudemon|NIP|SecoSpace)\d*"),
    Rule(
        vendor="Huawei",
        family="ibmc",
        kind=Kind.BMC,
        roots=("1.3.6.1.4.1.2011.2.235",),
        model=(Scalar("1.3.6.1.4.1.2011.2.235.1.1.1.6.0"),),
        version=(Column("1.3.6.1.4.1.2011.2.235.1.1.11.50.1.4", mark=r"(?i)^active\s*(ibmc|bmc)"),),
        serial=(Scalar("1.3.6.1.4.1.2011.2.235.1.1.1.7.0"),),
    ),
    Rule(
        vendor="Huawei",
        family="oceanstor",
        kind=Kind.STORAGE,
        roots=("1.3.6.1.4.1.2011.2.91", "1.3.6.1.4.1.34774"),
        model=(Scalar("1.3.6.1.4.1.34774.4.1.1.2.0", CODED), Scalar("1.3.6.1.4.1.2011.2.91.10.1.1.2.0", CODED)),
        version=(Scalar("1.3.6.1.4.1.34774.4.1.1.6.0"),),
        serial=(Scalar("1.3.6.1.4.1.34774.4.1.1.1.0"),),
    ),
    Rule(
        vendor="Huawei",
        family="smu",
        kind=Kind.UPS,
        roots=("1.3.6.1.4.1.2011.6.164",),
        model=(Scalar("1.3.6.1.2.1.1.1.0", r"^(SMU\w+)"),),
        version=(Column("1.3.6.1.4.1.2011.6.164.1.2.2.1.1.5", r"(.*V\d{3}R\d{3}\w*)"),),
    ),
    Rule(
        vendor="Huawei",
        family="ups",
        kind=Kind.UPS,
        roots=("1.3.6.1.4.1.2011.6.174", "1.3.6.1.4.1.2011.6.173"),
        model=(*UPS_MODEL, described(r"HUAWEI (UPS\w+)")),
        version=UPS_VERSION,
        serial=UPS_SERIAL,
    ),
    Rule(
        vendor="Huawei",
        family="smu",
        kind=Kind.UPS,
        roots=("1.3.6.1.4.1.8072",),
        says=r"^Linux (GSE200M|SMU\w*)\b",
        model=(*UPS_MODEL, described(r"^Linux (\S+)")),
        version=UPS_VERSION,
        serial=UPS_SERIAL,
    ),
)
