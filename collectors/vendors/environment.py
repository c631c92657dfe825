"""Sensors and cooling that are no power devices: AKCP, Rittal.

Source: SPAGENT-MIB (3854.1), RITTAL-CMC-III-MIB (2606.7).
"""

from collectors.rules import Column, Kind, Rule, Scalar, described

RULES = (
    Rule(
        vendor="AKCP",
        family="sensorprobe",
        kind=Kind.SENSOR,
        roots=("1.3.6.1.4.1.3854",),
        model=(Scalar("1.3.6.1.4.1.3854.1.1.8.0", r"^(.+?)(?: v[\d.]+)?$"), described(r"^(\S+)")),
        version=(Scalar("1.3.6.1.4.1.3854.1.1.8.0", r"(v[\d.]+)"),),
    ),
    Rule(
        vendor="Rittal",
        family="cmc3",
        kind=Kind.SENSOR,
        roots=("1.3.6.1.4.1.2606",),
        model=(Column("1.3.6.1.4.1.2606.7.4.1.2.1.2"), described(r"Rittal (.+?) SN")),
        version=(Scalar("1.3.6.1.4.1.2606.7.2.4.0"), described(r"SW (V\S+)")),
        serial=(Scalar("1.3.6.1.4.1.2606.7.2.6.0"), described(r"SN (\S+)")),
    ),
)
