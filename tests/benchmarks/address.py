"""Address plans: a whole country's million /64, and the next thousand out of one /40.

The peer of the second is the search as NetBox does it: the free space as a netaddr `IPSet`, the
first free block that is large enough, its first /64, and that removed from the set, one after the
other. NetBox itself adds a database and HTTP to this.
"""

import time
from ipaddress import IPv6Network
from statistics import mean

from netaddr import IPNetwork, IPSet

from qianyun.policy.address_checks import faults_of_addresses
from qianyun.policy.addresses import AddressDeclaration, Plan, PlannedDepartment, Region, Site, prefix_text
from qianyun.policy.free_space import free_blocks
from qianyun.policy.model import Policy, Zone
from qianyun.policy.profile import AddressLevel, SlotScheme

AGGREGATE = IPv6Network("3fff::/20")
PROVINCES, COUNTIES, UNITS_A_PROVINCE = 31, 119, 3112
ZONES = {f"zone{number}": number for number in range(1, 11)}
PARENT = IPv6Network("3fff::/40")
WANTED = 1000
ROUNDS = 20
HALF = 64


def country() -> AddressDeclaration:
    """Thirty-one provinces of 3,112 units in 119 counties; each unit a site with ten zones."""
    zones = dict.fromkeys(ZONES, (0,))
    codes = [[f"{11 + province}{county:04d}" for county in range(COUNTIES)] for province in range(PROVINCES)]
    return AddressDeclaration(
        aggregate=AGGREGATE,
        levels=(
            AddressLevel(name="region", width=44, scheme=SlotScheme.CODE),
            AddressLevel(name="department", width=52, scheme=SlotScheme.SPARSE),
            AddressLevel(name="site", width=60, scheme=SlotScheme.SPARSE),
            AddressLevel(name="zone", width=64, scheme=SlotScheme.NUMBER),
        ),
        reserve_percent=50,
        zone_numbers=ZONES,
        regions=tuple(Region(code=code, name=code, source=f"r:{code}") for province in codes for code in province),
        departments=tuple(PlannedDepartment(number=n, name=str(n), source=f"d:{n}") for n in range(4)),
        sites=tuple(
            Site(
                region=province[n % COUNTIES],
                department=n // COUNTIES % 4,
                number=n // COUNTIES // 4,
                name=f"{province[n % COUNTIES]}-{n}",
                zones=zones,
                source=f"s:{province[0]}-{n}",
            )
            for province in codes
            for n in range(UNITS_A_PROVINCE)
        ),
    )


def owners() -> Policy:
    """Zones that own the whole aggregate each: where a subnet lies is looked up all the same."""
    zones = tuple(Zone(name=name, label=name, number=n, prefixes=(AGGREGATE,)) for name, n in ZONES.items())
    return Policy(estate="country", zones=zones, endpoints=(), services=(), flows=(), digest="")


def whole_country() -> float:
    """Check the declaration and list every /64."""
    declaration, policy = country(), owners()
    start = time.process_time()
    faults = faults_of_addresses(declaration, policy)
    uppers = [subnet.upper for subnet in Plan(declaration).subnets()]
    spent = time.process_time() - start
    if faults or len(set(uppers)) != PROVINCES * UNITS_A_PROVINCE * len(ZONES):
        raise SystemExit("the plan is wrong")
    return spent


def next_thousand() -> float:
    """The next thousand free /64 beside some that are taken."""
    return mean(_next_thousand() for _ in range(ROUNDS))


def _next_thousand() -> float:
    taken = taken_already()
    start = time.process_time()
    space = (int(PARENT.network_address) >> HALF, int(PARENT.broadcast_address) >> HALF)
    blocks = free_blocks(space, ((int(each.network_address) >> HALF,) * 2 for each in taken), 1)
    found = [prefix_text(next(blocks)) for _ in range(WANTED)]
    spent = time.process_time() - start
    check(found)
    return spent


def next_thousand_of_a_set() -> float:
    """The same, the way NetBox searches."""
    return mean(_next_thousand_of_a_set() for _ in range(ROUNDS))


def _next_thousand_of_a_set() -> float:
    taken = [IPNetwork(str(each)) for each in taken_already()]
    start = time.process_time()
    free = IPSet([IPNetwork(str(PARENT))]) - IPSet(taken)
    found: list[str] = []
    for _ in range(WANTED):
        block = next(block for block in free.iter_cidrs() if block.prefixlen <= HALF)
        found.append(f"{block.network}/{HALF}")
        free.remove(found[-1])
    spent = time.process_time() - start
    check(found)
    return spent


def taken_already() -> list[IPv6Network]:
    """Every third /64 of the first three hundred."""
    base = int(PARENT.network_address) >> HALF
    return [IPv6Network((base + n << HALF, HALF)) for n in range(0, 300, 3)]


def check(found: list[str]) -> None:
    """Both sides must find the lowest free ones, in order."""
    base, taken = int(PARENT.network_address) >> HALF, set(taken_already())
    candidates = (IPv6Network((base + n << HALF, HALF)) for n in range(WANTED + len(taken)))
    if found != [str(each) for each in candidates if each not in taken][:WANTED]:
        raise SystemExit("the prefixes are wrong")


BENCHMARKS = {
    "address-1M": {"ours": whole_country, "unit": "CPU s", "goal": "ours <= 10"},
    "address-1000": {
        "ours": next_thousand,
        "peer": next_thousand_of_a_set,
        "peer_name": "netaddr, as NetBox",
        "unit": "CPU s",
        "goal": "ratio <= 0.01",
    },
}
