"""Observations: what a collector saw, kept apart from what is declared and what is planned."""

from dataclasses import dataclass
from datetime import datetime

from qianyun.errors import FactError, Fault

Value = str | int | float | bool | None | tuple["Value", ...]
"""What one attribute can hold; tables are one observation a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One fact as one collector run saw it.

    Attributes:
        subject: What it is about: a device's identity (chassis serial, engine id, base MAC)
            or, lacking all of these, its address.
        attribute: Dotted name, for example `device.model` or `interface.3.name`.
        value: The value, decoded.
        source: The OID, command or call that gave it.
        raw_sha256: Digest of the raw answer.
        seen_at: When it was seen, with its time zone.
        run: The collector run that saw it.
    """

    subject: str
    attribute: str
    value: Value
    source: str
    raw_sha256: str
    seen_at: datetime
    run: str

    def __post_init__(self) -> None:
        if self.seen_at.tzinfo is None:
            place = f"{self.subject} {self.attribute}"
            raise FactError(Fault(place=place, what="seen_at has no time zone"))
