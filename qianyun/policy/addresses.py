"""Address plan: which IPv6 /64 each zone of each site owns.

Aggregate → region → department → site → zone → /64. The plan is a pure function of the
declaration: every slot comes from a declared code or number, never from a position in the file,
so adding a region, department, site, zone or subnet moves no prefix already given out.

Numbers of sparse levels are written with their bits reversed, so that the first ones lie far
apart and each can grow into the room beside it: a site may be widened in place, and its old
subnets stay. Prefixes are whole numbers, the upper 64 bits of their addresses, until a person
or a file wants them.

Source: RFC 3531 (leftmost bits first), RFC 4291 section 2.5.4 (64-bit interface identifiers),
RFC 5375, RFC 6177.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv6Address, IPv6Network
from typing import NamedTuple

from qianyun.policy.legacy import LegacySpace
from qianyun.policy.profile import AddressLevel, SlotScheme

HALF = 64
"""Bits of an interface identifier, and of what stands before it."""


class PlanLevel(StrEnum):
    """The levels under the aggregate; the profile gives each but the last its width."""

    REGION = "region"
    DEPARTMENT = "department"
    SITE = "site"
    ZONE = "zone"
    SUBNET = "subnet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region of the plan.

    Attributes:
        code: Administrative code (GB/T 2260). Digits a to f occur in no code, so blocks such as
            `44c010` stand beside all regions without ever meeting one.
        number: Slot where the profile's scheme for regions is not `code`.
    """

    code: str
    name: str
    number: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDepartment:
    """A department's number in the plan; never reused."""

    number: int
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place of a department in a region.

    Attributes:
        number: Unique among the department's sites in the region; never reused.
        zones: Numbers of the subnets wanted in each zone.
        width: Length of the site's prefix, where it has grown beyond the profile's.
    """

    region: str
    department: int
    number: int
    name: str
    zones: Mapping[str, tuple[int, ...]]
    width: int | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class AddressDeclaration:
    """What `addresses.yml` says.

    Attributes:
        code: Administrative code of the whole aggregate; codes of regions begin with it.
        reserve_percent: Share of the numbers of every sparse level that stays free for later.
        levels: From the profile.
        zone_numbers: Slots of zones by their names, from `zones.yml`.
    """

    aggregate: IPv6Network
    code: str = ""
    reserve_percent: int = 0
    levels: tuple[AddressLevel, ...]
    zone_numbers: Mapping[str, int]
    regions: tuple[Region, ...] = ()
    departments: tuple[PlannedDepartment, ...] = ()
    sites: tuple[Site, ...] = ()
    legacy: LegacySpace = field(default_factory=LegacySpace)

    @cached_property
    def level(self) -> Mapping[str, AddressLevel]:
        """Levels by name."""
        return {level.name: level for level in self.levels}

    @cached_property
    def bits(self) -> Mapping[str, int]:
        """Bits that each level adds to the one above, and `subnet` those below the last."""
        widths = [self.aggregate.prefixlen, *(level.width for level in self.levels), HALF]
        names = [*(level.name for level in self.levels), "subnet"]
        return {name: below - above for name, above, below in zip(names, widths, widths[1:], strict=False)}

    @cached_property
    def region_by_code(self) -> Mapping[str, Region]:
        """Regions by code."""
        return {region.code: region for region in self.regions}

    @cached_property
    def department_by_number(self) -> Mapping[int, PlannedDepartment]:
        """Departments by number."""
        return {department.number: department for department in self.departments}


class Subnet(NamedTuple):
    """One /64: the upper half of its addresses, and whose it is."""

    upper: int
    site: Site
    zone: str
    number: int

    @property
    def prefix(self) -> IPv6Network:
        """The /64 as a network."""
        return IPv6Network((self.upper << HALF, HALF))

    @property
    def gateway(self) -> IPv6Address:
        """The router's address, `::1` of the subnet."""
        return IPv6Address((self.upper << HALF) + 1)


class SitePrefix(NamedTuple):
    """What a site owns."""

    upper: int
    width: int
    site: Site

    @property
    def prefix(self) -> IPv6Network:
        """The prefix as a network."""
        return IPv6Network((self.upper << HALF, self.width))

    @property
    def last(self) -> int:
        """Upper half of its last /64."""
        return self.upper | ((1 << (HALF - self.width)) - 1)


def prefix_text(upper: int) -> str:
    """A /64 as RFC 5952 writes it: the lower half is zero, so the run of zeros is always the last one."""
    if upper & 0xFFFF:
        return f"{upper >> 48:x}:{upper >> 32 & 0xFFFF:x}:{upper >> 16 & 0xFFFF:x}:{upper & 0xFFFF:x}::/64"
    if upper & 0xFFFF_0000:
        return f"{upper >> 48:x}:{upper >> 32 & 0xFFFF:x}:{upper >> 16 & 0xFFFF:x}::/64"
    if upper & 0xFFFF_0000_0000:
        return f"{upper >> 48:x}:{upper >> 32 & 0xFFFF:x}::/64"
    return f"{upper >> 48:x}::/64" if upper else "::/64"


def slot(scheme: SlotScheme, bits: int, number: int) -> int:
    """Where a number of a level lies among its `1 << bits` places."""
    return _reversed(number, bits) if scheme is SlotScheme.SPARSE else number


def _reversed(number: int, bits: int) -> int:
    """The number with its bits in reverse: 0, 1, 2, 3 of two bits lie at 0, 2, 1, 3."""
    return int(f"{number:0{bits}b}"[::-1], 2) if bits else 0


class Plan:
    """The prefixes of a declaration that `faults_of_addresses` finds nothing wrong with."""

    def __init__(self, declaration: AddressDeclaration) -> None:
        self.declaration = declaration
        self._regions = {region.code: self._region(region) for region in declaration.regions}
        self._offset = {name: number << declaration.bits["subnet"] for name, number in declaration.zone_numbers.items()}

    @cached_property
    def sites(self) -> tuple[SitePrefix, ...]:
        """What each site owns, in the order of the declaration."""
        level, bits = self.declaration.level["site"], self.declaration.bits["site"]
        departments = {
            (code, number): self.department(code, number)
            for code, number in {(site.region, site.department) for site in self.declaration.sites}
        }
        below = HALF - level.width
        slots = {
            number: slot(level.scheme, bits, number) << below for number in {s.number for s in self.declaration.sites}
        }
        return tuple(
            SitePrefix(departments[site.region, site.department] | slots[site.number], site.width or level.width, site)
            for site in self.declaration.sites
        )

    def site_prefix(self, site: Site) -> SitePrefix:
        """What one site owns, declared already or not."""
        level = self.declaration.level["site"]
        place = slot(level.scheme, self.declaration.bits["site"], site.number) << HALF - level.width
        return SitePrefix(self.department(site.region, site.department) | place, site.width or level.width, site)

    def _region(self, region: Region) -> int:
        level, bits = self.declaration.level["region"], self.declaration.bits["region"]
        if level.scheme is SlotScheme.CODE:
            place = int(region.code.removeprefix(self.declaration.code) or "0", 16)
        else:
            place = slot(level.scheme, bits, region.number or 0)
        return self._aggregate | place << (HALF - level.width)

    @property
    def _aggregate(self) -> int:
        return int(self.declaration.aggregate.network_address) >> HALF

    def region(self, code: str) -> IPv6Network:
        """What a region owns."""
        return IPv6Network((self._regions[code] << HALF, self.declaration.level["region"].width))

    def department(self, code: str, number: int) -> int:
        """Upper half of what a department owns in a region."""
        level = self.declaration.level["department"]
        place = slot(level.scheme, self.declaration.bits["department"], number)
        return self._regions[code] | place << (HALF - level.width)

    def subnets_of(self, owner: SitePrefix) -> Iterator[Subnet]:
        """The subnets of a site, zone by zone as declared.

        The low bits of a subnet's number count within its zone; the rest reach into the room that
        a widened site has gained, so that no subnet moves when a site grows.
        """
        bits = self.declaration.bits["subnet"]
        low, growth = (1 << bits) - 1, HALF - self.declaration.level["site"].width
        for zone, numbers in owner.site.zones.items():
            base = owner.upper | self._offset[zone]
            for number in numbers:
                yield Subnet(base | number & low | number >> bits << growth, owner.site, zone, number)

    def subnets(self) -> Iterator[Subnet]:
        """Every /64 that is given out, in the order of the declaration."""
        for owner in self.sites:
            yield from self.subnets_of(owner)
