"""The networks of one zone in the target cloud: a network a platform, subnets of both families.

Zones share nothing: each has its own networks and its own router, and what passes between them
passes the gateways. A zone whose platforms lie on two sides that must never meet (the exchange
zone) gets no router at all, since a router would be the path between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pulumi
from pulumi_openstack import networking

from qianyun.errors import DeclarationError, Fault
from qianyun.policy.model import Policy, Prefix, Zone, ZoneKind
from qianyun.words import _

SLAAC_LENGTH = 64
"""The only length at which hosts make their own addresses (RFC 4862 section 5.5.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One network of a zone.

    Attributes:
        name: `zone.part`, or the zone's own name for the whole of it.
        prefixes: One subnet each.
    """

    name: str
    prefixes: tuple[Prefix, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneNetworkArgs:
    """What a zone's network is made from.

    Attributes:
        is_routed: Whether its segments reach one another.
    """

    zone: str
    segments: tuple[Segment, ...]
    is_routed: bool


class ZoneNetwork(pulumi.ComponentResource):
    """One zone's networks.

    Attributes:
        network_ids: Of each segment, by its name.
        router_id: Of the zone's router; `None` where it has none.
    """

    network_ids: dict[str, pulumi.Output[str]]
    router_id: pulumi.Output[str] | None

    def __init__(self, name: str, args: ZoneNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the resources of a zone."""
        super().__init__("qianyun:network:ZoneNetwork", name, {}, opts)
        self._tags = ["qianyun", f"zone={args.zone}"]
        self._inside = pulumi.ResourceOptions(parent=self)
        router = self._router(name) if args.is_routed else None
        self.network_ids = {segment.name: self._segment(segment, router) for segment in args.segments}
        self.router_id = router.id if router else None
        self.register_outputs({"network_ids": self.network_ids, "router_id": self.router_id})

    def _router(self, name: str) -> networking.Router:
        return networking.Router(f"{name}-router", name=f"{name}-router", tags=self._tags, opts=self._inside)

    def _segment(self, segment: Segment, router: networking.Router | None) -> pulumi.Output[str]:
        network = networking.Network(
            segment.name, name=segment.name, tags=self._tags, port_security_enabled=True, opts=self._inside
        )
        for prefix in segment.prefixes:
            subnet = self._subnet(segment, prefix, network, has_gateway=router is not None)
            if router:
                label = f"{segment.name}-{prefix}"
                networking.RouterInterface(label, router_id=router.id, subnet_id=subnet.id, opts=self._inside)
        return network.id

    def _subnet(
        self, segment: Segment, prefix: Prefix, network: networking.Network, *, has_gateway: bool
    ) -> networking.Subnet:
        label = f"{segment.name}-{prefix}"
        mode = None
        if prefix.version == 6:  # noqa: PLR2004 - IPv6
            mode = "slaac" if prefix.prefixlen == SLAAC_LENGTH else "dhcpv6-stateful"
        return networking.Subnet(
            label,
            name=label,
            network_id=network.id,
            cidr=str(prefix),
            ip_version=prefix.version,
            ipv6_address_mode=mode,
            ipv6_ra_mode=mode,
            no_gateway=None if has_gateway else True,
            tags=self._tags,
            opts=self._inside,
        )


def zone_networks(policy: Policy) -> tuple[ZoneNetworkArgs, ...]:
    """The networks that a policy's zones of the cloud need, in the order of their numbers.

    Raises:
        DeclarationError: Two platforms of a zone overlap, so that no router could tell them apart.
    """
    zones = tuple(zone for zone in policy.zones if zone.kind is ZoneKind.CLOUD)
    found = tuple(
        ZoneNetworkArgs(zone=zone.name, segments=_segments(policy, zone), is_routed=not zone.is_exchange)
        for zone in zones
    )
    faults = [fault for each in found for fault in _overlaps(policy, each)]
    if faults:
        raise DeclarationError(faults)
    return found


def _segments(policy: Policy, zone: Zone) -> tuple[Segment, ...]:
    parts = tuple(
        Segment(name=endpoint.name, prefixes=endpoint.prefixes)
        for endpoint in policy.endpoints
        if endpoint.zone == zone.name and endpoint.name != zone.name
    )
    return parts or (Segment(name=zone.name, prefixes=zone.prefixes),)


def _overlaps(policy: Policy, network: ZoneNetworkArgs) -> Iterator[Fault]:
    places = {endpoint.name: endpoint.source for endpoint in policy.endpoints}
    for version in (4, 6):
        held = sorted(
            (int(prefix.network_address), int(prefix.broadcast_address), str(prefix), segment.name)
            for segment in network.segments
            for prefix in segment.prefixes
            if prefix.version == version
        )
        for (_first, end, one, holder), (start, _end, other, name) in pairwise(held):
            if start <= end:
                what = _("{other} of {name!r} overlaps {one} of {holder!r} ({place})")
                said = what.format(other=other, name=name, one=one, holder=holder, place=places.get(holder, ""))
                yield Fault(place=places.get(name, ""), what=said, mend=_("give each platform its own"))
