"""Small worlds: policies over sixteen addresses, so that brute force can judge them.

Four of the sixteen belong to no zone and stand for the whole outside; the last port stands for
all that no service names.
"""

from collections.abc import Iterator
from datetime import date
from ipaddress import IPv4Network, ip_network

from hypothesis import strategies as st

from qianyun.policy.model import (
    ICMP,
    TCP,
    UDP,
    Direction,
    Endpoint,
    Flow,
    Policy,
    PortRange,
    Prefix,
    Rule,
    Service,
    Zone,
    ZoneKind,
)

TODAY = date(2026, 10, 1)
BASE = int(IPv4Network("10.0.0.0/28").network_address)
ADDRESSES = range(BASE, BASE + 16)
PORTS = (*range(8), 65535)

Packet = tuple[int, int, int, int]
"""Source, destination, protocol, port."""


def zone(name: str, number: int, *prefixes: str, borders: tuple[str, ...] = ()) -> Zone:
    kind = ZoneKind.CLOUD if prefixes else ZoneKind.OUTSIDE
    owned = tuple(ip_network(prefix) for prefix in prefixes)
    return Zone(name=name, label=name, number=number, kind=kind, prefixes=owned, borders=borders, source=f"z:{number}")


ZONES = (
    zone("outside", 0, borders=("web",)),
    zone("web", 1, "10.0.0.0/29", borders=("outside", "data")),
    zone("data", 2, "10.0.0.8/30", borders=("web",)),
)


@st.composite
def endpoints(draw: st.DrawFn, zones: tuple[Zone, ...] = ZONES) -> Endpoint:
    within = draw(st.sampled_from(zones))
    if within.kind is ZoneKind.OUTSIDE:
        return Endpoint(name=within.name, zone=within.name, prefixes=())
    owned = within.prefixes[0]
    length = draw(st.integers(owned.prefixlen, 32))
    parts: list[Prefix] = list(owned.subnets(new_prefix=length))
    chosen = draw(st.lists(st.sampled_from(parts), min_size=1, max_size=3))
    part = "_".join(f"{int(prefix.network_address) - BASE}to{prefix.prefixlen}" for prefix in chosen)
    return Endpoint(name=f"{within.name}.{part}", zone=within.name, prefixes=tuple(chosen))


@st.composite
def services(draw: st.DrawFn) -> Service:
    protocol = draw(st.sampled_from([TCP, UDP, ICMP]))
    if protocol == ICMP:
        types = draw(st.lists(st.integers(0, 7), max_size=2))
        return Service(name="icmp", protocol=ICMP, icmp_types=tuple(types))
    pairs = draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=3))
    ranges = tuple(PortRange(first=min(pair), last=max(pair)) for pair in pairs)
    return Service(name="ports", protocol=protocol, ports=ranges)


@st.composite
def policies(draw: st.DrawFn, most: int = 5) -> Policy:
    flows = tuple(
        Flow(
            name=f"flow{number}",
            origin=draw(endpoints()),
            target=draw(endpoints(ZONES[1:])),
            services=tuple(draw(st.lists(services(), min_size=1, max_size=3))),
            purpose="test",
            direction=draw(st.sampled_from(Direction)),
            expires_on=draw(st.sampled_from([None, TODAY, date(2026, 9, 30)])),
            source=f"flows.yml:{number}",
        )
        for number in range(draw(st.integers(0, most)))
    )
    return Policy(estate="small", zones=ZONES, endpoints=(), services=(), flows=flows, digest="sha256:0")


def packets() -> Iterator[Packet]:
    for source in ADDRESSES:
        for destination in ADDRESSES:
            for protocol, ports in ((TCP, PORTS), (UDP, PORTS), (ICMP, (*range(8), 255))):
                yield from ((source, destination, protocol, port) for port in ports)


def is_in(number: int, endpoint: Endpoint) -> bool:
    """Judged from the declaration alone, address by address."""
    if endpoint.zone == "outside":
        return not any(number in _numbers(prefix) for each in ZONES for prefix in each.prefixes)
    return any(number in _numbers(prefix) for prefix in endpoint.prefixes)


def _numbers(prefix: Prefix) -> range:
    return range(int(prefix.network_address), int(prefix.broadcast_address) + 1)


def is_declared(packet: Packet, policy: Policy) -> bool:
    """Whether some flow in force says that this packet may open a connection."""
    return any(_flow_holds(packet, flow) for flow in policy.flows if not flow.expires_on or flow.expires_on >= TODAY)


def _flow_holds(packet: Packet, flow: Flow) -> bool:
    source, destination, protocol, port = packet
    ways = [(flow.origin, flow.target)]
    if flow.direction is Direction.BOTH:
        ways.append((flow.target, flow.origin))
    reaches = any(is_in(source, origin) and is_in(destination, target) for origin, target in ways)
    return reaches and any(s.protocol == protocol and _service_holds(port, s) for s in flow.services)


def _service_holds(port: int, service: Service) -> bool:
    if service.protocol == ICMP:
        return not service.icmp_types or port in service.icmp_types
    return not service.ports or any(ports.first <= port <= ports.last for ports in service.ports)


def permits(rule: Rule, packet: Packet) -> bool:
    """Whether a neutral rule permits a packet, read from its fields alone."""
    source, destination, protocol, port = packet
    if rule.protocol != protocol:
        return False
    ends = any(source in _numbers(p) for p in rule.sources) and any(
        destination in _numbers(p) for p in rule.destinations
    )
    if protocol == ICMP:
        return ends and (not rule.icmp_types or port in rule.icmp_types)
    return ends and (not rule.ports or any(ports.first <= port <= ports.last for ports in rule.ports))
