"""Reverse zones of the DNS: `ip6.arpa` for what the plan gives out, `in-addr.arpa` for the old space.

Source: RFC 3596 section 2.5; RFC 1035 section 3.5; RFC 2317 for IPv4 blocks between /24 and /32.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from qianyun.policy.addresses import Plan
from qianyun.policy.profile import Prefix

OCTET, NIBBLE = 8, 4
LONGEST_DELEGATED = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseZone:
    """One zone to delegate.

    Attributes:
        name: Without the final dot, for example `0.0.c.0.f.f.f.3.ip6.arpa`.
    """

    name: str
    prefix: Prefix
    owner: str


def reverse_zones(plan: Plan) -> tuple[ReverseZone, ...]:
    """The aggregate, then each site, then the old blocks, each in the order of the declaration."""
    declaration = plan.declaration
    aggregate = [
        ReverseZone(name=name, prefix=declaration.aggregate, owner="") for name in reverse_names(declaration.aggregate)
    ]
    sites = [
        ReverseZone(name=name, prefix=owner.prefix, owner=owner.site.name)
        for owner in plan.sites
        for name in reverse_names(owner.prefix)
    ]
    old = [
        ReverseZone(name=name, prefix=block.prefix, owner=block.department)
        for block in declaration.legacy.blocks
        for name in reverse_names(block.prefix)
    ]
    return (*aggregate, *sites, *old)


def reverse_names(prefix: Prefix) -> Iterator[str]:
    """The zones that hold a prefix and nothing else; several where its length is between two labels."""
    step = NIBBLE if isinstance(prefix, IPv6Network) else OCTET
    if isinstance(prefix, IPv4Network) and prefix.prefixlen > LONGEST_DELEGATED:
        yield _classless(prefix)
        return
    length = -(-prefix.prefixlen // step) * step
    for part in prefix.subnets(new_prefix=length):
        yield _labels(part, length // step)


def _labels(prefix: IPv4Network | IPv6Network, count: int) -> str:
    if isinstance(prefix, IPv6Network):
        digits = prefix.network_address.exploded.replace(":", "")[:count]
        return ".".join([*reversed(digits), "ip6.arpa"])
    octets = str(prefix.network_address).split(".")[:count]
    return ".".join([*reversed(octets), "in-addr.arpa"])


def _classless(prefix: IPv4Network) -> str:
    """`0-63.2.0.192.in-addr.arpa`, filled by CNAMEs from the zone above (RFC 2317)."""
    *above, first = str(prefix.network_address).split(".")
    last = int(first) + prefix.num_addresses - 1
    return ".".join([f"{first}-{last}" if last > int(first) else first, *reversed(above), "in-addr.arpa"])
