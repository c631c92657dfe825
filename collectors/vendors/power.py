"""UPS, rack PDU, transfer switches: APC, Eaton, Emerson/Liebert/Vertiv, Delta, Raritan, Sentry and any UPS-MIB.

Source: PowerNet-MIB (318.1.1), MG-SNMP-UPS-MIB (705.1), XUPS-MIB (534.1), EATON-EPDU-MIB (534.6.6.7),
LIEBERT-GP-AGENT-MIB (476.1.42.2.1), DeltaUPS-MIB (2254.2.4), PDU2-MIB (13742.6), Sentry4-MIB (1718.4),
Geist/Vertiv V5 (21239.5), TRIPPLITE-PRODUCTS (850.1.1.1), PPC-MIB (935.1.1.1), UPS-MIB (RFC 1628).
"""

from collectors.rules import Clue, Column, Joined, Kind, Rule, Scalar, described

UPS_MODEL = (Scalar("1.3.6.1.2.1.33.1.1.2.0"),)
UPS_VERSION = (Scalar("1.3.6.1.2.1.33.1.1.3.0"), Scalar("1.3.6.1.2.1.33.1.1.4.0"))
APC = "1.3.6.1.4.1.318.1.1"
APC_MODELS = {
    Kind.UPS: (Scalar(f"{APC}.1.1.1.1.0"),),
    Kind.PDU: (Scalar(f"{APC}.12.1.5.0"), Scalar(f"{APC}.4.1.4.0"), Scalar(f"{APC}.8.1.5.0")),
    Kind.COOLING: (Column(f"{APC}.13.3.2.2.1.4"), Scalar(f"{APC}.13.3.2.2.1.4.0")),
    Kind.SENSOR: (),
}
APC_SERIALS = {
    Kind.UPS: (Scalar(f"{APC}.1.1.2.3.0"),),
    Kind.PDU: (Scalar(f"{APC}.12.1.6.0"), Scalar(f"{APC}.4.1.5.0"), Scalar(f"{APC}.8.1.6.0")),
    Kind.COOLING: (Scalar(f"{APC}.13.3.2.2.1.5.0"),),
    Kind.SENSOR: (),
}


def _apc(kind: Kind, *roots: str) -> Rule:
    """APC's management card tells its own model and serial in sysDescr; the device behind it has its scalars."""
    return Rule(
        vendor="APC",
        family="apc",
        kind=kind,
        roots=tuple(f"1.3.6.1.4.1.318{root}" for root in roots),
        model=(*APC_MODELS[kind], described(r"MN:(\S+)")),
        version=(Joined("AOS {} / App {}", (described(r"PF:(v[\d.]+)"), described(r"AF1:(v[\d.]+)"))),),
        serial=(*APC_SERIALS[kind], described(r"SN: (\w+)")),
    )


def _power(
    vendor: str,
    family: str,
    kind: Kind,
    root: str,
    *,
    model: tuple[Clue, ...],
    version: tuple[Clue, ...] = UPS_VERSION,
    serial: tuple[Clue, ...] = (),
) -> Rule:
    return Rule(
        vendor=vendor,
        family=family,
        kind=kind,
        roots=(f"1.3.6.1.4.1.{root}",),
        model=model,
        version=version,
        serial=serial,
    )


RULES = (
    _apc(Kind.UPS, "", ".1.3.27", ".1.3.5"),
    _apc(Kind.PDU, ".1.3.4", ".1.3.11", ".1.3.32"),
    _apc(Kind.COOLING, ".1.3.14"),
    _apc(Kind.SENSOR, ".1.3.8"),
    _power(
        "Eaton",
        "mgeups",
        Kind.UPS,
        "705",
        model=(
            described(r"(?i)^(eaton .+)"),
            Joined("{} {}", (Scalar("1.3.6.1.4.1.705.1.1.1.0"), Scalar("1.3.6.1.4.1.705.1.1.2.0"))),
            Scalar("1.3.6.1.4.1.705.1.1.1.0"),
        ),
        version=(Scalar("1.3.6.1.4.1.705.1.1.4.0"), Scalar("1.3.6.1.4.1.534.1.1.3.0"), *UPS_VERSION),
        serial=(Scalar("1.3.6.1.4.1.705.1.1.7.0"),),
    ),
    _power(
        "Eaton",
        "xups",
        Kind.UPS,
        "534",
        model=(Scalar("1.3.6.1.4.1.534.1.1.2.0"), *UPS_MODEL),
        version=(Scalar("1.3.6.1.4.1.534.1.1.3.0"),),
        serial=(Scalar("1.3.6.1.4.1.534.1.1.6.0"),),
    ),
    _power(
        "Eaton",
        "epdu",
        Kind.PDU,
        "534.6.6.7",
        model=(Column("1.3.6.1.4.1.534.6.6.7.1.2.1.3"),),
        version=(Column("1.3.6.1.4.1.534.6.6.7.1.2.1.5"),),
        serial=(Column("1.3.6.1.4.1.534.6.6.7.1.2.1.4"),),
    ),
    _power(
        "Emerson",
        "emerson",
        Kind.UPS,
        "13400",
        model=(*UPS_MODEL, Scalar("1.3.6.1.4.1.13400.2.1.2.1.1.1.0", r"^(US\d+R?)")),
        version=(*UPS_VERSION, Scalar("1.3.6.1.4.1.13400.2.1.2.1.1.3.0")),
    ),
    _power(
        "Liebert",
        "liebert",
        Kind.UPS,
        "476",
        model=(Scalar("1.3.6.1.4.1.476.1.42.2.1.2.0"), *UPS_MODEL),
        version=(Scalar("1.3.6.1.4.1.476.1.42.2.1.3.0"), *UPS_VERSION),
        serial=(Scalar("1.3.6.1.4.1.476.1.42.2.1.4.0"),),
    ),
    _power(
        "Vertiv",
        "geist",
        Kind.PDU,
        "21239",
        model=(Scalar("1.3.6.1.4.1.21239.5.2.1.8.0"),),
        version=(Scalar("1.3.6.1.4.1.21239.5.2.1.2.0"),),
        serial=(Scalar("1.3.6.1.4.1.21239.5.2.1.10.0"),),
    ),
    _power(
        "Tripp Lite",
        "poweralert",
        Kind.PDU,
        "850",
        model=(Column("1.3.6.1.4.1.850.1.1.1.2.1.5"),),
        version=(described(r"PowerAlert ([\d.]+)"),),
        serial=(Column("1.3.6.1.4.1.850.1.1.1.2.1.8"),),
    ),
    _power(
        "Phoenixtec",
        "netagent",
        Kind.UPS,
        "935",
        model=(Scalar("1.3.6.1.4.1.935.1.1.1.1.1.1.0"), *UPS_MODEL),
        version=(Scalar("1.3.6.1.4.1.935.1.1.1.1.2.1.0"), *UPS_VERSION),
        serial=(Scalar("1.3.6.1.4.1.935.1.1.1.1.2.3.0"),),
    ),
    _power(
        "Delta",
        "delta",
        Kind.UPS,
        "2254",
        model=(
            Joined("{} {}", (Scalar("1.3.6.1.4.1.2254.2.4.1.1.0"), Scalar("1.3.6.1.4.1.2254.2.4.1.2.0"))),
            Scalar("1.3.6.1.4.1.2254.2.4.1.2.0"),
            *UPS_MODEL,
        ),
        version=(Scalar("1.3.6.1.4.1.2254.2.4.1.3.0"), *UPS_VERSION),
    ),
    _power(
        "Raritan",
        "px",
        Kind.PDU,
        "13742",
        model=(Column("1.3.6.1.4.1.13742.6.3.2.1.1.3"), described(r"^(PX\S*)")),
        version=(described(r"^PX\S* (\d{6})"), Column("1.3.6.1.4.1.13742.6.3.2.3.1.6")),
        serial=(Column("1.3.6.1.4.1.13742.6.3.2.1.1.4"),),
    ),
    _power(
        "Server Technology",
        "sentry4",
        Kind.PDU,
        "1718.4",
        model=(
            Column("1.3.6.1.4.1.1718.4.1.2.2.1.3"),
            Scalar("1.3.6.1.4.1.1718.4.1.1.1.1.0"),
            described(r"^(Sentry .+)"),
        ),
        version=(Scalar("1.3.6.1.4.1.1718.4.1.1.1.1.0", r"(?i)version ([\w.]+)"),),
        serial=(Column("1.3.6.1.4.1.1718.4.1.2.2.1.4"),),
    ),
)
