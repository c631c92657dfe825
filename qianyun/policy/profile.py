"""Profile: what is particular to one government, as data.

Names of zones and which of them touch, names of levels, widths of prefixes, the register of
clauses with how sure we are of each, prefixes that mean something, and ports that nobody opens
to the internet. Another government brings another `profile.yml`; no code knows these names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network

Prefix = IPv4Network | IPv6Network


class ZoneKind(StrEnum):
    """What a zone (分区) stands for."""

    CLOUD = "cloud"
    """A zone of the target cloud; it owns its prefixes."""
    DEPARTMENT = "department"
    """Departments' networks that reach the cloud."""
    OUTSIDE = "outside"
    """Everybody else: all addresses that no other zone owns."""


class Confidence(StrEnum):
    """How sure we are of a clause's number and text."""

    READ = "V"
    """The text was read."""
    HIGH = "H"
    """The number is known well, the text was not read again."""
    MEDIUM = "M"
    LOW = "L"


class SlotScheme(StrEnum):
    """How a level of the address plan turns what is declared into a slot."""

    CODE = "code"
    """The digits of the administrative code, one to a nibble, so that a prefix can be read."""
    SPARSE = "sparse"
    """A declared number, its bits reversed (RFC 3531, leftmost), so that each neighbour has room to grow."""
    NUMBER = "number"
    """A declared number as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRole:
    """A zone as the profile knows it.

    Attributes:
        is_exchange: Data may cross between its neighbours only here, inspected and masked.
        borders: The zones it touches, in the order of the profile.
    """

    name: str
    label: str
    kind: ZoneKind
    is_exchange: bool = False
    borders: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause (条款) that a check cites.

    Attributes:
        name: Short name that checks use, unique in the profile.
        document: Number and title of the standard, regulation or local plan.
        number: Number of the clause there; empty where the whole document is meant.
    """

    name: str
    document: str
    number: str = ""
    text: str = ""
    confidence: Confidence = Confidence.LOW
    source: str = ""

    def __str__(self) -> str:
        return f"{self.document} {self.number}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyPort:
    """A port that is never open to the outside (高危端口)."""

    protocol: int
    port: int
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WellKnownPrefix:
    """A block of addresses that means something, for example one operator's."""

    prefix: Prefix
    meaning: str
    confidence: Confidence = Confidence.LOW
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLevel:
    """One level of the address plan.

    Attributes:
        name: region, department, site or zone.
        width: Length of the prefix that one member of this level gets.
    """

    name: str
    width: int
    scheme: SlotScheme
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One government's profile.

    Attributes:
        levels: Names of the administrative levels by their words (`province`, `city`, …).
        address_levels: From the aggregate down; each width is above the one before.
        least_mbps: Bandwidth that a line to the extranet must have, by level, where one is asked.
        clauses_of_check: Names of clauses by id of the check that cites them (`Z01`).
        severity_of_check: `fail` or `warn` by id of the check, where the catalogue's is not meant.
        assessment_months: Longest time between two assessments, by level of protection.
    """

    name: str = ""
    zones: tuple[ZoneRole, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    address_levels: tuple[AddressLevel, ...] = ()
    clauses: tuple[Clause, ...] = ()
    least_mbps: Mapping[str, int] = field(default_factory=dict)
    clauses_of_check: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity_of_check: Mapping[str, str] = field(default_factory=dict)
    assessment_months: Mapping[int, int] = field(default_factory=dict)
    risky_ports: tuple[RiskyPort, ...] = ()
    well_known: tuple[WellKnownPrefix, ...] = ()

    @cached_property
    def zone_by_name(self) -> Mapping[str, ZoneRole]:
        """Zones by name."""
        return {zone.name: zone for zone in self.zones}

    @cached_property
    def clause_by_name(self) -> Mapping[str, Clause]:
        """Clauses by their short names."""
        return {clause.name: clause for clause in self.clauses}

    def cited_by(self, check: str) -> tuple[Clause, ...]:
        """The clauses that a check cites here; none where the profile does not say."""
        return tuple(self.clause_by_name[name] for name in self.clauses_of_check.get(check, ()))
