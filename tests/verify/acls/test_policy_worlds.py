"""Policies written in each vendor's words permit exactly what brute force says of a world of sixteen addresses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianyun.verify.acls.comware import read_comware
from qianyun.verify.acls.filters import Filter, Sets, judge
from qianyun.verify.acls.fortios import read_fortios
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.acls.vrp import read_vrp
from qianyun.verify.fields import DPORT, DST4, IN_INTERFACE, OUT_INTERFACE, PROTOCOL, SPORT, SRC4, TCP, UDP, Field

ZONES = ("trust", "dmz", "untrust")
WORLD = IPv4Network("10.0.0.0/28")
BASE = int(WORLD.network_address)
NAMES = {TCP: "tcp", UDP: "udp"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule, in nobody's words; an empty part asks nothing."""

    permits: bool
    is_on: bool
    origins: tuple[str, ...]
    targets: tuple[str, ...]
    sources: tuple[IPv4Network, ...]
    destinations: tuple[IPv4Network, ...]
    services: tuple[tuple[int, int, int], ...]

    def holds(self, point: tuple[str, str, int, int, int, int]) -> bool:
        origin, target, source, destination, protocol, port = point
        return (
            self.is_on
            and (not self.origins or origin in self.origins)
            and (not self.targets or target in self.targets)
            and (not self.sources or any(_is_in(source, each) for each in self.sources))
            and (not self.destinations or any(_is_in(destination, each) for each in self.destinations))
            and (not self.services or any(p == protocol and a <= port <= b for p, a, b in self.services))
        )


def _is_in(number: int, network: IPv4Network) -> bool:
    return int(network.network_address) <= number <= int(network.broadcast_address)


networks = st.tuples(st.integers(0, 15), st.integers(28, 32)).map(
    lambda pair: IPv4Network((BASE + pair[0], pair[1]), strict=False)
)
services = st.tuples(st.sampled_from(sorted(NAMES)), st.integers(0, 3), st.integers(0, 3)).map(
    lambda each: (each[0], min(each[1:]), max(each[1:]))
)


def rules(most_zones: int = 2) -> st.SearchStrategy[Asked]:
    few = st.lists(st.sampled_from(ZONES), max_size=most_zones, unique=True).map(tuple)
    ends = st.lists(networks, max_size=2).map(tuple)
    return st.builds(
        Asked, st.booleans(), st.sampled_from([True, True, True, False]), few, few, ends, ends,
        st.lists(services, max_size=2).map(tuple),
    )  # fmt: skip


def usg(listed: Sequence[Asked]) -> Iterator[str]:
    yield "security-policy"
    for number, rule in enumerate(listed):
        yield f" rule name r{number}"
        yield from ([] if rule.is_on else ["  disable"])
        yield from ([f"  source-zone {' '.join(rule.origins)}"] if rule.origins else [])
        yield from (f"  destination-zone {each}" for each in rule.targets)
        yield from (f"  source-address {each.network_address} mask {each.prefixlen}" for each in rule.sources)
        yield from (f"  destination-address {each.network_address} {each.hostmask}" for each in rule.destinations)
        yield from (f"  service protocol {NAMES[p]} destination-port {a} to {b}" for p, a, b in rule.services)
        yield f"  action {'permit' if rule.permits else 'deny'}"


def comware(listed: Sequence[Asked]) -> Iterator[str]:
    for number, rule in enumerate(listed):
        for position, (protocol, first, last) in enumerate(rule.services):
            yield f"object-group service s{number}" if not position else "#"
            yield f" {position * 10} service {NAMES[protocol]} destination range {first} {last}"
    yield "security-policy ip"
    for number, rule in enumerate(listed):
        yield f" rule {number} name r{number}"
        yield from (["  action pass"] if rule.permits else [])
        yield from ([] if rule.is_on else ["  disable"])
        yield from (f"  source-zone {each}" for each in rule.origins)
        yield from (f"  destination-zone {each}" for each in rule.targets)
        yield from (f"  source-ip-subnet {each.network_address} {each.netmask}" for each in rule.sources)
        yield from (
            f"  destination-ip-range {each.network_address} {each.broadcast_address}" for each in rule.destinations
        )
        yield from ([f"  service s{number}"] if rule.services else [])


def fortios(listed: Sequence[Asked]) -> Iterator[str]:
    ends = {each for rule in listed for each in (*rule.sources, *rule.destinations)}
    yield "config firewall address"
    for each in sorted(ends):
        yield from (f'edit "{each}"', f"set subnet {each.network_address} {each.netmask}", "next")
    yield from ("end", "config firewall service custom")
    for protocol, first, last in sorted({service for rule in listed for service in rule.services}):
        yield from (
            f'edit "{protocol}-{first}-{last}"',
            f"set {NAMES[protocol]}-portrange {first}-{last}",
            "next",
        )
    yield from ("end", "config firewall policy")
    for number, rule in enumerate(listed, 1):
        yield from (f"edit {number}", "set schedule always", f"set srcintf {' '.join(rule.origins or ('any',))}")
        yield f"set dstintf {' '.join(rule.targets or ('any',))}"
        yield f"set srcaddr {' '.join(map(str, rule.sources)) or 'all'}"
        yield f"set dstaddr {' '.join(map(str, rule.destinations)) or 'all'}"
        yield f"set service {' '.join('-'.join(map(str, each)) for each in rule.services) or 'ALL'}"
        yield from (["set action accept"] if rule.permits else [])
        yield from ([] if rule.is_on else ["set status disable"])
        yield "next"
    yield "end"


VENDORS: Mapping[str, tuple[Callable[[Sequence[Asked]], Iterator[str]], Callable[[str], Filter]]] = {
    "usg": (usg, lambda text: read_vrp(text, "fw").filters["security-policy"]),
    "comware": (comware, lambda text: read_comware(text, "fw").filters["security-policy ip"]),
    "fortios": (fortios, lambda text: read_fortios(text, "fw").filters["policy"]),
}


def points() -> Iterator[tuple[str, str, int, int, int, int]]:
    for number in range(0, 16 * 16 * 8 * 9, 7):
        rest, source = divmod(number, 16)
        rest, destination = divmod(rest, 16)
        rest, service = divmod(rest, 8)
        yield (
            ZONES[rest % 3], ZONES[rest // 3], BASE + source, BASE + destination, (TCP, UDP)[service % 2], service // 2
        )  # fmt: skip


def values_of(point: tuple[str, str, int, int, int, int]) -> dict[Field, int]:
    origin, target, source, destination, protocol, port = point
    return {
        IN_INTERFACE: zone_number(origin),
        OUT_INTERFACE: zone_number(target),
        SRC4: source,
        DST4: destination,
        PROTOCOL: protocol,
        DPORT: port,
        SPORT: 50_000,
    }


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=15, deadline=None)
@given(listed=st.lists(rules(), min_size=1, max_size=5))
def test_a_policy_permits_exactly_what_its_rules_say(vendor: str, listed: list[Asked]) -> None:
    write, read = VENDORS[vendor]
    found = read("\n".join(write(listed)) + "\n")
    sets = Sets(found)

    assert found.unread == ()
    for point in points():
        expected = next((rule.permits for rule in listed if rule.holds(point)), False)
        assert judge(found, values_of(point)).passes == expected, point
        assert sets.may.holds(values_of(point)) == sets.must.holds(values_of(point)) == expected, point


PRIORITY = {"trust": 85, "dmz": 50, "untrust": 5}


@settings(max_examples=15, deadline=None)
@given(listed=st.lists(rules(0), max_size=5), opened=st.sampled_from([None, ("trust", "untrust"), ("dmz", "trust")]))
def test_older_policies_of_usg_judge_by_zone_pair_and_direction(
    listed: list[Asked], opened: tuple[str, str] | None
) -> None:
    pairs = [("trust", "untrust"), ("untrust", "trust"), ("dmz", "untrust"), ("untrust", "untrust")]
    placed = [(pairs[number % len(pairs)], rule) for number, rule in enumerate(listed)]
    lines = [line for (origin, target), rule in placed for line in _block(origin, target, rule)]
    if opened:
        lines.append(f"firewall packet-filter default permit interzone {' '.join(opened)}")
    found = read_vrp("\n".join(["sysname fw", *lines, "policy zone dmz", " policy 0", "  action permit", ""]), "fw")

    def expected(point: tuple[str, str, int, int, int, int]) -> bool:
        way = point[:2]
        decided = next((rule.permits for pair, rule in placed if pair == way and rule.holds(point)), None)
        if decided is None:
            return way[0] == way[1] or way in (opened, opened and opened[::-1])
        return decided

    filter_ = found.filters["policy interzone"]
    sets = Sets(filter_)
    assert found.unread == ()
    for point in points():
        assert sets.may.holds(values_of(point)) == sets.must.holds(values_of(point)) == expected(point), point


def _block(origin: str, target: str, rule: Asked) -> Iterator[str]:
    if origin == target:
        yield f"policy zone {origin}"
    else:
        way = "outbound" if PRIORITY[origin] > PRIORITY[target] else "inbound"
        yield f"policy interzone {origin} {target} {way}"
    yield " policy 0"
    yield from ([] if rule.is_on else ["  policy disable"])
    yield f"  action {'permit' if rule.permits else 'deny'}"
    yield from (f"  policy source {each.network_address} {each.hostmask}" for each in rule.sources)
    yield from (f"  policy destination {each.network_address} mask {each.prefixlen}" for each in rule.destinations)
    yield from (f"  policy service protocol {NAMES[p]} destination-port {a} to {b}" for p, a, b in rule.services)


def test_brute_force_and_readers_speak_of_the_same_world() -> None:
    assert ip_network("10.0.0.0/28") == WORLD
    assert len({point[:2] for point in points()}) == len(ZONES) ** 2
