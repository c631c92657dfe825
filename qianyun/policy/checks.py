"""What can be wrong between the parts of a policy, though each part is well formed.

Zones that claim one number or overlap, endpoints outside their zones, flows between zones that
do not border, flows through the exchange zone that do not say how data is treated.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from qianyun.errors import Fault
from qianyun.policy.intervals import difference, of_prefixes
from qianyun.policy.model import Endpoint, Flow, Policy, Prefix, Zone
from qianyun.policy.rules import rules_of_flow
from qianyun.words import _


def faults_of(policy: Policy) -> tuple[Fault, ...]:
    """Every contradiction in a policy."""
    return (
        *_double_numbers(policy.zones),
        *_overlaps(policy.zones),
        *_astray(policy.endpoints, policy),
        *_forbidden(policy.flows, policy),
        *_untreated(policy.flows, policy),
        *_empty(policy.flows, policy),
    )


def _double_numbers(zones: Iterable[Zone]) -> Iterator[Fault]:
    holders: dict[int, Zone] = {}
    for zone in zones:
        holder = holders.setdefault(zone.number, zone)
        if holder is not zone:
            yield Fault(
                place=zone.source,
                what=_("zone {zone!r} claims number {number}, already held by {holder!r} ({place})").format(
                    zone=zone.name, number=zone.number, holder=holder.name, place=holder.source
                ),
                mend=_("pick a free number"),
            )


def _overlaps(zones: Iterable[Zone]) -> Iterator[Fault]:
    for one, other in combinations(zones, 2):
        for theirs in other.prefixes:
            for ours in one.prefixes:
                if ours.version == theirs.version and ours.overlaps(theirs):
                    yield Fault(
                        place=other.source,
                        what=_("prefix {prefix} of zone {zone!r} overlaps {other} of {holder!r} ({place})").format(
                            prefix=theirs, zone=other.name, other=ours, holder=one.name, place=one.source
                        ),
                        mend=_("an address belongs to one zone only"),
                    )


def _astray(endpoints: Iterable[Endpoint], policy: Policy) -> Iterator[Fault]:
    """Endpoints with addresses that their zone does not own; part of the outside owns none of anybody's."""
    for endpoint in endpoints:
        zone = policy.zone_by_name[endpoint.zone]
        others = [p for each in policy.zones if each is not zone for p in each.prefixes]
        for prefix in endpoint.prefixes:
            inside = (
                not _left(prefix, zone.prefixes) if zone.prefixes else _left(prefix, others) == of_prefixes([prefix])
            )
            if not inside:
                yield Fault(
                    place=endpoint.source,
                    what=_("prefix {prefix} of {endpoint!r} lies outside zone {zone!r} ({place})").format(
                        prefix=prefix, endpoint=endpoint.name, zone=zone.name, place=zone.source
                    ),
                    mend=_("the zone owns {prefixes}").format(
                        prefixes=", ".join(map(str, zone.prefixes)) or _("what no other zone owns")
                    ),
                )


def _left(prefix: Prefix, taken: Iterable[Prefix]) -> tuple[tuple[int, int], ...]:
    same = of_prefixes(each for each in taken if each.version == prefix.version)
    return difference(of_prefixes([prefix]), same)


def _forbidden(flows: Iterable[Flow], policy: Policy) -> Iterator[Fault]:
    for flow in flows:
        one, other = policy.zone_by_name[flow.origin.zone], policy.zone_by_name[flow.target.zone]
        if one is not other and other.name not in one.borders:
            yield Fault(
                place=flow.source,
                what=_("flow {flow!r} leads from {origin!r} to {target!r}, which do not border").format(
                    flow=flow.name, origin=one.name, target=other.name
                ),
                mend=_("{origin!r} borders {borders}").format(
                    origin=one.name, borders=", ".join(one.borders) or _("no zone")
                ),
            )


def _untreated(flows: Iterable[Flow], policy: Policy) -> Iterator[Fault]:
    for flow in flows:
        ends = (policy.zone_by_name[flow.origin.zone], policy.zone_by_name[flow.target.zone])
        through = [zone.name for zone in ends if zone.is_exchange]
        if through and flow.origin.zone != flow.target.zone and flow.exchange is None:
            yield Fault(
                place=flow.source,
                what=_("flow {flow!r} crosses the exchange zone {zone!r} without 'exchange'").format(
                    flow=flow.name, zone=through[0]
                ),
                mend=_("say what passes, how it is inspected and how it is masked"),
            )


def _empty(flows: Iterable[Flow], policy: Policy) -> Iterator[Fault]:
    """Flows that permit no packet: no address family that both ends and a service have."""
    for flow in flows:
        if next(rules_of_flow(flow, policy), None) is None:
            yield Fault(
                place=flow.source,
                what=_("flow {flow!r} permits nothing: {origin!r} and {target!r} share no address family").format(
                    flow=flow.name, origin=flow.origin.name, target=flow.target.name
                ),
                mend=_("give both ends prefixes of one family, and a service that exists in it"),
            )
