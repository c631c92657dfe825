"""From devices as they were seen to a network: which of them are boxes, which wires join them, which zones they touch.

A zone is told by the address plan: an interface belongs to the zone that owns its prefix. A prefix
that no zone owns is a transit between boxes where one is at the other end, else it leads outside.
Whatever was not seen of a box is a doubt: packets that come there may be dropped or not, so that no
verdict that hangs on it is called proven.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, ip_network
from itertools import combinations

from qianyun.policy.gateways import Gateway
from qianyun.policy.legacy import LegacySpace
from qianyun.policy.model import Policy, Prefix, ZoneKind
from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Direction, Filter
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import cannot_tell
from qianyun.verify.findings import Cited
from qianyun.verify.network.adjacency import Foot
from qianyun.verify.network.configured import OwnAddress
from qianyun.verify.network.devices import Device, unfollowed
from qianyun.verify.network.linux_tables import forwards, policy_rules
from qianyun.verify.network.model import Address, Box, Interface, Link, Network, Port, Route
from qianyun.verify.network.rules_of_devices import Rules, rules_of
from qianyun.words import _

VERSIONS = (4, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something about a box that is not known, or not followed.

    Attributes:
        shuts: Whether packets may be dropped for it; else it only adds ways that packets may take.
    """

    box: str
    place: str
    what: str
    version: int = 0
    shuts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A network as far as it is known.

    Attributes:
        feet: Interfaces of hosts and of what switches have learnt, for layer 2.
        doubts: What is missing, box by box.
        missing: Gateways that are declared and were not seen.
        uplinks: Interfaces that lead outside.
        egress: Those of them that belong to gateways of the unified egress.
        rules: How many rules were read on all boxes.
    """

    network: Network
    feet: tuple[Foot, ...]
    doubts: tuple[Doubt, ...]
    missing: tuple[Gateway, ...]
    uplinks: frozenset[Port]
    egress: frozenset[Port]
    guards: frozenset[str]
    rules: int = 0

    @property
    def notes(self) -> tuple[Cited, ...]:
        """Everything that is not known, for a reader."""
        absent = _("{name}: declared as a gateway, and nothing of it was collected")
        return (
            *(Cited(place=each.place, text=each.what) for each in self.doubts),
            *(Cited(place=each.source, text=absent.format(name=each.name)) for each in self.missing),
        )


def survey(
    devices: Iterable[Device], policy: Policy, gateways: Sequence[Gateway] = (), legacy: LegacySpace | None = None
) -> Survey:
    """The network of these devices."""
    seen = tuple(devices)
    guards = {gateway.name: gateway for gateway in gateways}
    boxes = tuple(_named(device, guards) for device in seen if _is_box(device, guards))
    built = [_built(device) for device in boxes]
    doubts = [doubt for _box, found, _rules in built for doubt in found]
    links, unclear = _links([box for box, _doubts, _rules in built], legacy or LegacySpace())
    doubts += unclear
    linked = {port for link in links for port in (link.a, link.b)}
    shut = [_doubted(_zoned(box, policy, linked), doubts) for box, _doubts, _rules in built]
    network = Network(boxes=tuple(shut), links=tuple(links))
    outside = next(zone.name for zone in policy.zones if zone.kind is ZoneKind.OUTSIDE)
    uplinks = frozenset(network.outer_ports(outside))
    at_egress = {name for name, gateway in guards.items() if outside in gateway.zones}
    hosts = [device for device in seen if not _is_box(device, guards)]
    return Survey(
        network=network,
        feet=(*_host_feet(hosts, network, policy), *_learnt_feet(seen, policy), *_torn_feet(network, policy)),
        doubts=tuple(sorted(doubts, key=lambda doubt: (doubt.box, doubt.place))),
        missing=tuple(gateway for gateway in gateways if gateway.name not in network.by_name),
        uplinks=uplinks,
        egress=frozenset(port for port in uplinks if port.box in at_egress),
        guards=frozenset(guards),
        rules=sum(rules.count for _box, _doubts, rules in built),
    )


def zone_of(policy: Policy, address: Address) -> str:
    """The zone whose prefixes hold an address, the longest first; empty where none does."""
    held = [(prefix.prefixlen, zone.name) for zone in policy.zones for prefix in zone.prefixes if address in prefix]
    return max(held, default=(0, ""))[1]


def _named(device: Device, guards: Mapping[str, Gateway]) -> Device:
    """A gateway goes by the name it is declared under."""
    return replace(device, name=next((name for name in sorted(device.called) if name in guards), device.name))


def _is_box(device: Device, guards: Mapping[str, Gateway]) -> bool:
    """Whether it stands between networks: declared so, passing packets on, or with feet in several."""
    networks = {own.network for every in device.addresses().values() for own in every if not own.is_link_local}
    several = len({(network.version, network) for network in networks}) > 1 and len(device.addresses()) > 1
    return bool(device.called & guards.keys()) or several


def _built(device: Device) -> tuple[Box, tuple[Doubt, ...], Rules]:
    own, rules = device.addresses(), rules_of(device)
    routes, doubts = _routes(device, own)
    passes = forwards(device.text("text.sysctls")) if device.is_linux else frozenset(VERSIONS)
    if passes is None:
        what = _("{box}: whether it passes packets on was not seen").format(box=device.name)
        doubts.append(Doubt(box=device.name, place=device.name, what=what))
    doubts += (Doubt(box=device.name, place=line.place, what=line.why) for line in rules.lacking)
    interfaces = tuple(
        Interface(
            name=name,
            addresses=tuple(each for each in every if not each.is_link_local),
            incoming=rules.filters.get((name, Direction.IN), ()),
            outgoing=rules.filters.get((name, Direction.OUT), ()),
            place=f"{device.name} {name}",
        )
        for name, every in own.items()
    )
    box = Box(
        name=device.name,
        interfaces=interfaces,
        routes=tuple(routes),
        ruleset=rules.ruleset,
        forwards=frozenset(VERSIONS) if passes is None else passes,
        place=device.name,
    )
    return box, tuple(doubts), rules


def _routes(device: Device, own: Mapping[str, tuple[OwnAddress, ...]]) -> tuple[list[Route], list[Doubt]]:
    """The routes of both families, and everything about routing that is not seen or not followed."""
    routes: list[Route] = []
    doubts: list[Doubt] = []

    def doubt(line: Unread, version: int = 0, *, shuts: bool = True) -> None:
        what = f"{line.text}: {line.why}" if line.text else line.why
        doubts.append(Doubt(box=device.name, place=line.place, what=what, version=version, shuts=shuts))

    for version in VERSIONS:
        table = device.table(version)
        if table is not None:
            routes += (route for route in table.routes if all(hop.interface in own for hop in route.hops))
            for line in (*table.unread, *(table.elsewhere if not device.text("text.rules") else ())):
                doubt(line, version)
        elif any(each.version == version for every in own.values() for each in every):
            why = _("{box}: its routes of IPv{version} were not seen").format(box=device.name, version=version)
            doubt(Unread(place=device.name, text="", why=why), version)
    for version, section in ((4, "rules"), (6, "rules-v6")):
        for line in policy_rules(device.text(f"text.{section}"), f"{device.name} {section}"):
            doubt(line, version)
    for kind, line in unfollowed(device):
        doubt(line, shuts=kind == "policy")
    return routes, doubts


def _links(boxes: Sequence[Box], legacy: LegacySpace) -> tuple[list[Link], list[Doubt]]:
    """Interfaces of different boxes in one prefix; where that may be two wires of old networks, none."""
    by_prefix: dict[Prefix, list[tuple[Port, OwnAddress]]] = defaultdict(list)
    for box in boxes:
        for interface in box.interfaces:
            for own in interface.addresses:
                by_prefix[own.network].append((Port(box.name, interface.name), own))
    links: dict[tuple[Port, Port], None] = {}
    doubts: list[Doubt] = []
    for prefix, standing in by_prefix.items():
        users = (
            {block.department for block in legacy.blocks if block.prefix.overlaps(prefix)}
            if isinstance(prefix, IPv4Network)
            else set()
        )
        for (here, mine), (there, theirs) in combinations(standing, 2):
            if here.box == there.box:
                continue
            if mine.ip == theirs.ip or len(users) > 1:
                doubts.append(_unclear(here, there, prefix, users, mine))
            else:
                links[min(here, there), max(here, there)] = None
    doubts += _overlapping(by_prefix)
    return [Link(a, b) for a, b in sorted(links)], doubts


def _unclear(here: Port, there: Port, prefix: Prefix, users: set[str], own: OwnAddress) -> Doubt:
    what = _("{here} and {there} hold the same address {address}; they are not joined")
    if len(users) > 1:
        what = _("{here} and {there} lie in {prefix}, which {users} use each for themselves; they are not joined")
    told = what.format(here=here, there=there, prefix=prefix, users=", ".join(sorted(users)), address=own.ip)
    return Doubt(box=here.box, place=str(here), what=told, version=prefix.version)


def _overlapping(by_prefix: Mapping[Prefix, Sequence[tuple[Port, OwnAddress]]]) -> Iterator[Doubt]:
    """Prefixes of different boxes that overlap without being one."""
    what = _("{here} lies in {prefix}, and {there} in {other}, which overlap; one of the masks is wrong")
    for one, other in combinations(sorted(by_prefix, key=lambda p: (p.version, p)), 2):
        if one.version == other.version and one != other and one.overlaps(other) and one.prefixlen > 0:
            (here, _mine), (there, _theirs) = by_prefix[one][0], by_prefix[other][0]
            if here.box != there.box and max(one.prefixlen, other.prefixlen) < one.max_prefixlen:
                told = what.format(here=here, there=there, prefix=one, other=other)
                yield Doubt(box=here.box, place=str(here), what=told, version=one.version)


def _zoned(box: Box, policy: Policy, linked: set[Port]) -> Box:
    outside = next(zone.name for zone in policy.zones if zone.kind is ZoneKind.OUTSIDE)

    def zone(interface: Interface) -> str:
        zones = [found for own in interface.addresses if (found := zone_of(policy, own.ip))]
        if zones:
            return zones[0]
        return "" if Port(box.name, interface.name) in linked or not interface.addresses else outside

    return replace(box, interfaces=tuple(replace(each, zone=zone(each)) for each in box.interfaces))


def _doubted(box: Box, doubts: Iterable[Doubt]) -> Box:
    """A box behind a line that may refuse, for everything that is not known of it."""
    mine = [doubt for doubt in doubts if doubt.box == box.name and doubt.shuts]
    if not mine:
        return box
    shut = tuple(
        Filter(
            name=each.what,
            place=each.place,
            lines=(
                Line(permits=False, condition=cannot_tell(f"{box.name} {version}"), place=each.place, text=each.what),
            ),
            version=version,
            rest_passes=True,
        )
        for version, each in {doubt.version: doubt for doubt in mine}.items()
    )
    return replace(box, interfaces=tuple(replace(each, incoming=(*shut, *each.incoming)) for each in box.interfaces))


def _host_feet(hosts: Iterable[Device], network: Network, policy: Policy) -> Iterator[Foot]:
    segments = {own.network: str(port) for port, each in sorted(network.interfaces.items()) for own in each.addresses}
    for host in hosts:
        for name, every in host.addresses().items():
            for own in every:
                if not own.is_link_local:
                    yield Foot(
                        owner=host.name,
                        interface=name,
                        segment=segments.get(own.network, str(own.network)),
                        zone=zone_of(policy, own.ip),
                        place=f"{host.name} {name}",
                    )


def _learnt_feet(devices: Sequence[Device], policy: Policy) -> Iterator[Foot]:
    """Who stands in each VLAN of each switch: MAC addresses it has learnt, with the addresses ARP knows for them."""
    known: dict[str, set[str]] = defaultdict(set)
    for device in devices:
        for attribute, value in device.attributes.items():
            if attribute.startswith("arp."):
                known[str(value)].add(attribute.removeprefix("arp.").rpartition(".")[0])
    for device in devices:
        for attribute, value in sorted(device.attributes.items()):
            mac, _dot, vlan = attribute.removeprefix("mac.").partition(".")
            if not attribute.startswith("mac.") or not vlan:
                continue
            for text in sorted(known.get(mac, ())):
                yield from _learnt(device, vlan, text, str(value), policy)


def _learnt(device: Device, vlan: str, text: str, port: str, policy: Policy) -> Iterator[Foot]:
    try:
        zone = zone_of(policy, ip_network(text).network_address)
    except ValueError:
        return
    if zone:
        place = f"{device.name} VLAN {vlan}"
        yield Foot(owner=text, interface=port, segment=place, zone=zone, place=place)


def _torn_feet(network: Network, policy: Policy) -> Iterator[Foot]:
    """An interface whose addresses lie in several zones has a foot in each."""
    for port, interface in network.interfaces.items():
        for zone in {zone_of(policy, own.ip) for own in interface.addresses} - {"", interface.zone}:
            yield Foot(owner=port.box, interface=port.interface, segment=str(port), zone=zone, place=interface.place)
