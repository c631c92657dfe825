"""How full an address plan is: utilisation and HD-ratio, level by level.

Source: RFC 3194 (the HD-ratio: logarithm of what is given out over that of what there is; above
0.8 a space starts to hurt, above 0.87 it is full).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from qianyun.policy.address_checks import first_free
from qianyun.policy.addresses import HALF, AddressDeclaration, Plan, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelUse:
    """Use of one level.

    Attributes:
        given: Members of the level that hold a prefix.
        places: Numbers that may be given out under the parents in use, the reserve left aside.
        fullest_percent: Use of the parent with the least room left.
        hd_ratio: 0 to 1, against everything the aggregate could hold at this level.
    """

    level: str
    width: int
    given: int
    places: int
    fullest_percent: float
    hd_ratio: float

    @property
    def used_percent(self) -> float:
        """Share of the places that is given out."""
        return 100 * self.given / self.places if self.places else 0.0


def level_use(plan: Plan) -> tuple[LevelUse, ...]:
    """From regions down to subnets."""
    declaration = plan.declaration
    sites = declaration.sites
    departments = Counter(code for code, _number in {(site.region, site.department) for site in sites})
    neighbours = Counter((site.region, site.department) for site in sites)
    members = {
        "region": [len(declaration.regions)],
        "department": departments.values(),
        "site": neighbours.values(),
        "zone": [len(site.zones) for site in sites],
    }
    filled = [(len(numbers), 1 << _growth(plan, site)) for site in sites for numbers in site.zones.values()]
    return (
        *(_use(declaration, level, [(count, 1) for count in counts]) for level, counts in members.items()),
        _use(declaration, "subnet", filled),
    )


def _growth(plan: Plan, site: Site) -> int:
    """Bits that a widened site has gained."""
    width = plan.declaration.level["site"].width
    return width - (site.width or width)


def _use(declaration: AddressDeclaration, level: str, members: Sequence[tuple[int, int]]) -> LevelUse:
    """One level's use, from the members under each parent and how many times the usual room that parent has."""
    width = HALF if level == "subnet" else declaration.level[level].width
    each = 1 << declaration.bits[level] if level == "subnet" else first_free(declaration, level)
    given = sum(count for count, _times in members)
    room = width - declaration.aggregate.prefixlen
    return LevelUse(
        level=level,
        width=width,
        given=given,
        places=sum(each * times for _count, times in members),
        fullest_percent=max((100 * count / (each * times) for count, times in members), default=0.0),
        hd_ratio=log(given) / (room * log(2)) if given and room else 0.0,
    )
