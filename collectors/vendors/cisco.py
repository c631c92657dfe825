"""Cisco: IOS, IOS XE, IOS XR, NX-OS, ASA.

Source: OLD-CISCO-CHASSIS-MIB (9.3.6), ENTITY-MIB as Cisco fills it, sysDescr.
"""

from collectors.rules import DESCRIPTION, MODEL, NAME, SERIAL, SOFTWARE, Clue, Entity, Kind, Rule, Scalar, described

ROOT = ("1.3.6.1.4.1.9",)
SERIALS = (
    Entity(SERIAL),
    Entity(SERIAL, parts_too=True),
    Scalar("1.3.6.1.4.1.9.3.6.3.0", r"^(?!0x)(\S{8,})"),
)
MODELS = (
    Entity(MODEL),
    Entity(MODEL, parts_too=True),
    Entity(NAME, r"^([A-Z]\S*\d\S*)$"),
    Entity(DESCRIPTION, r"^(?i:cisco )?(\S+\d\S*)"),
    described(r"\(Cisco (\S+ Series)\)"),
    described(r"NX-OS\(tm\) (?:Nexus\d+ )?(\S+),"),
)
VERSIONS = (described(r"Version ([^\s,\[]+)"),)
IOS = r"Cisco (IOS|Internetwork Operating System) Software"


def _cisco(family: str, kind: Kind, says: str, versions: tuple[Clue, ...] = VERSIONS) -> Rule:
    return Rule(
        vendor="Cisco",
        family=family,
        kind=kind,
        roots=ROOT,
        says=says,
        model=MODELS,
        version=versions,
        serial=SERIALS,
    )


RULES = (
    _cisco("ios", Kind.OTHER, ""),
    _cisco("iosxr", Kind.ROUTER, r"Cisco IOS XR Software"),
    _cisco("iosxe", Kind.SWITCH, r"Cisco IOS Software.*(CAT9K|CAT3K_CAA|L3 Switch Software \(\w+_IOSXE)"),
    _cisco("iosxe", Kind.ROUTER, r"Cisco IOS Software.*(LINUX_IOSD|IOS-XE|ASR1000|ISR Software)"),
    _cisco("ios", Kind.SWITCH, IOS + r".*(C[23]\d{3}\w* Software|[Cc]at(alyst)? ?\d|s\d{2,}\w* Software)"),
    _cisco("ios", Kind.ROUTER, IOS),
    _cisco("nxos", Kind.SWITCH, r"Cisco NX-OS"),
    _cisco("asa", Kind.FIREWALL, r"Cisco Adaptive Security Appliance", (Entity(SOFTWARE), *VERSIONS)),
    _cisco("ftd", Kind.FIREWALL, r"Cisco (Firepower|Secure Firewall)", (Entity(SOFTWARE), *VERSIONS)),
)
