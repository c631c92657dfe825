"""Switches and routers of ZTE, Ruijie, Maipu, DPtech, Digital China, BDCOM, Fiberhome.

Source: sysDescr and ENTITY-MIB as these devices fill them; RUIJIE-SYSTEM-MIB (4881.1.1.10.2.1).
"""

from collectors.rules import MODEL, NAME, SERIAL, SOFTWARE, Entity, Kind, Rule, Scalar, described

RULES = (
    Rule(
        vendor="ZTE",
        family="zxros",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.3902",),
        model=(
            described(r"(?<!ZXR10 )ZXR10[_ ]([A-Z]?\d+[\w\-]*) Software"),
            described(r"Switch ZXR10 (\d\S*), Version"),
            described(r"^((?:ZX\w+ )?[A-Z]\d+\w*) Version"),
            Entity(MODEL),
        ),
        version=(
            described(r"Software,\s*(?:Version:?\s*)?(?:Z\w+ [\w\-]+ )?(V[\d.]+\w[\w.]*)"),
            described(r"Version:? (V?[\d.]+\w*)"),
        ),
    ),
    Rule(
        vendor="ZTE",
        family="zxa10",
        kind=Kind.ACCESS,
        roots=("1.3.6.1.4.1.3902.1082", "1.3.6.1.4.1.3902.1015"),
        model=(described(r"^(?:ZXA10 )?(C\d+\w*) Version"),),
        version=(described(r"Version (V[\d.]+\w*)"),),
    ),
    Rule(
        vendor="Ruijie",
        family="rgos",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.4881",),
        model=(
            Entity(MODEL),
            Entity(NAME, r"^(RG-\S+)"),
            described(r"\(((?:RG-)?[A-Z]+\d\S*)\)"),
            described(r"(RG-\S+)"),
        ),
        version=(Scalar("1.3.6.1.4.1.4881.1.1.10.2.1.1.2.0"), Entity(SOFTWARE, r"(RGOS.+)"), Entity(SOFTWARE)),
        serial=(Scalar("1.3.6.1.4.1.4881.1.1.10.2.1.1.24.0"), Entity(SERIAL), Entity(SERIAL, parts_too=True)),
    ),
    Rule(
        vendor="Ruijie",
        family="rgos",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.4881",),
        says=r"(?i)RG-WALL|firewall",
        model=(Entity(MODEL), described(r"(RG-WALL[ \w\-]*\d\w*)")),
        version=(Scalar("1.3.6.1.4.1.4881.1.1.10.2.1.1.2.0"), Entity(SOFTWARE)),
        serial=(Scalar("1.3.6.1.4.1.4881.1.1.10.2.1.1.24.0"),),
    ),
    Rule(
        vendor="Maipu",
        family="mypower",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.5651",),
        model=(described(r"^\s*(\S+) Device,"), described(r"(?:MyPower|Maipu) (\S+)")),
        version=(described(r"(?i)SoftWare Version (?:\S+_)?([\d.]+\S*)"),),
        serial=(described(r"(?i)serial number:? (\w+)"),),
    ),
    Rule(
        vendor="DPtech",
        family="conplat",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.31648",),
        model=(described(r"(\S+) Product Version"), described(r"DPtech (\S+)"), Entity(NAME)),
        version=(described(r"Version (V\d{3}\w+)"), Entity(SOFTWARE)),
    ),
    Rule(
        vendor="DPtech",
        family="conplat",
        kind=Kind.FIREWALL,
        roots=("1.3.6.1.4.1.31648",),
        says=r"\b(FW|IPS|WAF|ADX|UMC)\d*",
        model=(described(r"(\S+) Product Version"), Entity(NAME)),
        version=(described(r"Version (V\d{3}\w+)"), Entity(SOFTWARE)),
    ),
    Rule(
        vendor="Digital China",
        family="dcnos",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.6339",),
        model=(described(r"^\s*(\S+) Device,"), Entity(MODEL), described(r"^Digital China (\S+\d\S*)")),
        version=(described(r"(?i)SoftWare(?: Package)? Version (\S+)"),),
        serial=(described(r"(?i)serial (?:number|No\.?):? ?(\w+)"), Entity(SERIAL)),
    ),
    Rule(
        vendor="BDCOM",
        family="bdcom",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.3320",),
        model=(described(r"BDCOM\(tm\) (\S+) Software"), Entity(MODEL)),
        version=(described(r"Version (\S+ Build \w+)"), described(r"Version (\S+)")),
        serial=(described(r"(?i)serial (?:num|number):? ?(\w+)"),),
    ),
    Rule(
        vendor="Fiberhome",
        family="fengine",
        kind=Kind.SWITCH,
        roots=("1.3.6.1.4.1.3807", "1.3.6.1.4.1.12148"),
        model=(described(r"(?i)(?:fengine )?(S\d{4}\S*)"), Entity(MODEL)),
        version=(described(r"(?i)version:? (\S+)"),),
    ),
)
