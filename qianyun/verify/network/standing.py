"""Where hosts stand: behind the interfaces by which packets to them leave the network."""

from collections.abc import Iterable, Iterator, Mapping

from qianyun.policy.model import Prefix
from qianyun.verify.fields import Ranges, merged
from qianyun.verify.network.forwarding import addresses_owned
from qianyun.verify.network.model import Address, Port, table_of
from qianyun.verify.network.surveying import Survey


def attached(survey: Survey, port: Port) -> Mapping[int, Ranges]:
    """Addresses whose packets leave the network by an interface, by family: their hosts stand behind it."""
    network = survey.network
    table = table_of(network.by_name[port.box])
    every = [address for each in network.interfaces.values() for address in each.addresses]
    own = {address.ip for address in every} | {end for address in every for end in _ends(address.network)}
    found: dict[int, Ranges] = {}
    for version in (4, 6):
        ranges = [
            span
            for prefix, spans in addresses_owned(prefix for prefix in table if prefix.version == version)
            if any(
                hop.interface == port.interface and not network.next_ports(port.box, hop)
                for route in table[prefix]
                for hop in route.hops
            )
            for span in spans
        ]
        holes = sorted(int(address) for address in own if address.version == version)
        found[version] = _without(merged(ranges), holes)
    return found


def _ends(prefix: Prefix) -> Iterator[Address]:
    """Addresses of a wire that no host has."""
    if prefix.num_addresses > 2:  # noqa: PLR2004 - a wire of two has no such ends (RFC 3021, RFC 6164)
        yield prefix[0]
        if prefix.version == 4:  # noqa: PLR2004 - IP version
            yield prefix[-1]


def _without(ranges: Ranges, holes: Iterable[int]) -> Ranges:
    parts = list(ranges)
    for hole in holes:
        parts = [
            part
            for first, last in parts
            for part in (((first, hole - 1), (hole + 1, last)) if first <= hole <= last else ((first, last),))
            if part[0] <= part[1]
        ]
    return tuple(parts)
