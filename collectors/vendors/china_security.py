"""Security devices of Hillstone, Topsec, Venustech, Legendsec, NSFOCUS, Sangfor, Netentsec, Infosec.

Most of them lack ENTITY-MIB; each keeps model, version and serial in a few scalars of its own. Those
of Venustech, Legendsec and their kin share one layout: name, host, serial, model, version, build.

NSFOCUS tells by names of net-snmp's extensions (19849.6.1): type, device id, hardware, version.

Source: HILLSTONE-SYSTEM-MIB (28557.2.2), TOPSEC-MIB (14331.5.5), devices' own answers.
"""

from collectors.rules import Clue, Kind, Rule, Scalar, described

GATEWAY_MODEL = r"((?=\S*[A-Z])(?=\S*\d)[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)\s*$"


def _gateway(vendor: str, family: str, root: str, scalars: str, model: tuple[Clue, ...] = ()) -> Rule:
    """A firewall with the shared layout; `scalars` is where its six values begin."""
    return Rule(
        vendor=vendor,
        family=family,
        kind=Kind.FIREWALL,
        roots=(root,),
        model=(Scalar(f"{scalars}.4.0", GATEWAY_MODEL), Scalar(f"{scalars}.4.0"), *model),
        version=(Scalar(f"{scalars}.5.0"),),
        serial=(Scalar(f"{scalars}.3.0"),),
        patch=(Scalar(f"{scalars}.6.0"),),
    )


RULES = (
    Rule(
        vendor="Hillstone",
        family="stoneos",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.28557",),
        model=(described(r"(SG-6000-\S+)"), described(r"Hillstone (?:Security Appliance )?(\S+\d\S*)")),
        version=(Scalar("1.3.6.1.4.1.28557.2.2.1.2.0", r"Version ([\d.]+)"),),
        serial=(Scalar("1.3.6.1.4.1.28557.2.2.1.1.0"),),
        patch=(Scalar("1.3.6.1.4.1.28557.2.2.1.2.0", r"(\S+\.(?:bin|img))"),),
    ),
    Rule(
        vendor="Topsec",
        family="tos",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.14331",),
        model=(Scalar("1.3.6.1.4.1.14331.5.5.1.3.2.0"), described(r"(?i)^topsec\s+(\S+)")),
        version=(described(r"Version (\S+)"), Scalar("1.3.6.1.4.1.14331.5.5.1.3.3.0")),
        serial=(Scalar("1.3.6.1.4.1.14331.5.5.1.3.1.0"),),
    ),
    _gateway("Venustech", "usg", "1.3.6.1.4.1.15227", "1.3.6.1.4.1.15227.200.1"),
    Rule(
        vendor="Venustech",
        family="vsos",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.15227",),
        says=r"\bVSOS\b",
        model=(Scalar("1.3.6.1.4.1.15227.200.1.4.0", GATEWAY_MODEL),),
        version=(described(r"VSOS[- ](V\w+)"),),
        serial=(Scalar("1.3.6.1.4.1.15227.200.1.3.0"),),
    ),
    _gateway("Legendsec", "secgate", "1.3.6.1.4.1.9833", "1.3.6.1.4.1.9833.1.3"),
    Rule(
        vendor="NSFOCUS",
        family="nsfocus",
        kind=Kind.SECURITY,
        roots=("1.3.6.1.4.1.19849", "1.3.6.1.4.19849"),
        model=(
            Scalar("1.3.6.1.4.1.19849.6.1.1.0"),
            described(r"(?i)^(?:nsfocus )?(ads|ips|ids|nids|nips|waf|nf|rsas|bvss|sas)\b"),
        ),
        version=(Scalar("1.3.6.1.4.1.19849.6.1.4.0"), described(r"(?i)\b(V\d[\w.]+)")),
        serial=(Scalar("1.3.6.1.4.1.19849.6.1.2.0"),),
    ),
    Rule(
        vendor="Sangfor",
        family="sangfor",
        kind=Kind.SECURITY,
        roots=("1.3.6.1.4.1.35047",),
        model=(described(r"(?i)\b((?:AD|AF|AC|SSL|WOC|ADC|VPN)-[\w\-]+)"), described(r"(?i)^sangfor (\S+)")),
        version=(described(r"(?i)\b(?:AD|AF|AC|SSL|WOC)(\d+\.\d+[\w.]*)"),),
    ),
    Rule(
        vendor="Netentsec",
        family="ngfw",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.30803",),
        says=r"(?i)netentsec",
        model=(described(r"(?i)^netentsec (\S+)"),),
        version=(described(r"(?i)\b(V?\d+\.\d[\w.]*)"),),
    ),
    Rule(
        vendor="Infosec",
        family="nsae",
        kind=Kind.BALANCER,
        roots=("1.3.6.1.4.1.27971",),
        model=(described(r"INFOSEC (NSAE \S+)"),),
        version=(described(r"NSAE Rel\.NSAE\.([\d.]*\d)"),),
    ),
)
