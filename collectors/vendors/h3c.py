"""H3C and HPE Comware: one system under three names.

Source: HH3C-ENTITY-EXT-MIB (25506.2.6), sysDescr as Comware writes it.
"""

from collectors.rules import DESCRIPTION, MODEL, NAME, Column, Entity, Joined, Kind, Rule, described

MODELS = (
    described(r"Release \S+ (?:H3C |HPE? )?(.+?)\s+(?:Switch )?Copyright"),
    described(r"^H3C (?:Series )?(?:Switch|Router|SecPath|Firewall) (\S+) Software"),
    described(r"Platform Software (?:H3C )?([A-Z]\w*\d\w*)\. Product Version"),
    described(r"(?i)\bH3C ((?:SecPath |SecBlade )?[A-Z]+[\w\-]*\d[\w\-]*)"),
    Entity(MODEL, r"(?i)^(?:H3C |HPE? )?(?:Switch )?(.+)"),
    Entity(NAME, r"(?i)^(?:H3C |HPE? )?(?:Switch )?(.+)"),
    Entity(DESCRIPTION, r"(?i)^(?:H3C |HPE? )?(.+?)(?: Software.*)?$"),
)
VERSIONS = (
    Joined("{} Release {}", (described(r"Version ([\d.]+)"), described(r"(?:Release|Feature|ESS|Alpha|Demo) (\w+)"))),
    described(r"Version ([\d.]+)"),
    described(r"Version (Release \w+)"),
)
SERIALS = (Column("1.3.6.1.4.1.25506.2.6.1.2.1.1.2"), Column("1.3.6.1.4.1.2011.10.2.6.1.2.1.1.2"))
PATCHES = (Column("1.3.6.1.4.1.25506.2.3.1.7.1.1.1.4", r"(?i)(\S*patch\S*|\S*H\d+\S*)"),)


def _comware(vendor: str, kind: Kind, *roots: str, says: str = "") -> Rule:
    return Rule(
        vendor=vendor,
        family="comware",
        kind=kind,
        roots=roots,
        says=says,
        model=MODELS,
        version=VERSIONS,
        serial=SERIALS,
    )


RULES = (
    _comware("H3C", Kind.SWITCH, "1.3.6.1.4.1.25506", "1.3.6.1.4.1.2011.10"),
    _comware("HPE", Kind.SWITCH, "1.3.6.1.4.1.25506.11"),
    _comware("HPE", Kind.SWITCH, "1.3.6.1.4.1.25506", says=r"^HPE?\b"),
    _comware("HPE", Kind.ROUTER, "1.3.6.1.4.1.25506.11.2", says=r"VSR|MSR|Router"),
    _comware("H3C", Kind.ROUTER, "1.3.6.1.4.1.25506", says=r"H3C (MSR|SR|CR|VSR)\d*"),
    _comware("H3C", Kind.FIREWALL, "1.3.6.1.4.1.25506", says=r"SecPath|SecBlade|H3C F\d{3,4}"),
)
