import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date
from functools import cache, partial
from ipaddress import IPv4Network, ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings

from qianyun.compile.acl import entries, entries_with_replies, essentials, one_by_one
from qianyun.compile.cisco import render_asa, render_ios
from qianyun.compile.entry import Entry
from qianyun.compile.fortinet import render_fortios
from qianyun.compile.huawei import render_comware, render_usg, render_vrp
from qianyun.compile.neutron import SecurityGroup, SecurityRule, neutron_rules
from qianyun.errors import CompileError
from qianyun.importers.declaration import load_policy
from qianyun.policy.intervals import address, of_prefixes
from qianyun.policy.model import ICMP, TCP, Policy, Prefix
from worlds import ADDRESSES, TODAY, Packet, is_declared, packets, policies

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT / "tests/cases/compile"
ESTATES = (ROOT / "inventory/province", ROOT / "tests/cases/profiles/county")
TARGETS: dict[str, Callable[[Policy, date], str]] = {
    "ios": render_ios,
    "asa": render_asa,
    "vrp": render_vrp,
    "comware": render_comware,
    "usg": render_usg,
    "fortios": render_fortios,
    "neutron.json": lambda policy, on: json.dumps(asdict(neutron_rules(policy, on)), indent=1, default=str) + "\n",
}
LOOSE: tuple[Callable[[Policy, date], str], ...] = tuple(
    partial(render, loose_replies=True) for render in (render_ios, render_vrp, render_comware)
)


def is_among(number: int, prefixes: tuple[Prefix, ...]) -> bool:
    return any(first <= number <= last for first, last in of_prefixes_once(prefixes))


of_prefixes_once = cache(of_prefixes)


def holds(entry: Entry, packet: Packet) -> bool:
    source, destination, protocol, port = packet
    if entry.is_established or entry.source_ports or entry.protocol != protocol:
        return False
    if not (is_among(source, entry.sources) and is_among(destination, entry.destinations)):
        return False
    if protocol == ICMP:
        return entry.icmp_type in (None, port)
    return entry.ports is None or entry.ports.first <= port <= entry.ports.last


@settings(max_examples=15, deadline=None)
@given(policies())
def test_entries_permit_exactly_what_the_flows_say(policy: Policy) -> None:
    listed = tuple(entries(policy, TODAY))

    wrong = [p for p in packets() if any(holds(entry, p) for entry in listed) != is_declared(p, policy)]

    assert wrong == []


def in_the_small_world(listed: Iterable[Entry]) -> list[Entry]:
    """Lines of which brute force can speak: the rest of the outside stands for no packet of ours."""
    world = IPv4Network("10.0.0.0/28")
    return [
        e
        for e in listed
        if all(isinstance(p, IPv4Network) and p.subnet_of(world) for p in (*e.sources, *e.destinations))
    ]


@settings(max_examples=15, deadline=None)
@given(policies())
def test_every_entry_and_every_pair_of_prefixes_decides_some_packet(policy: Policy) -> None:
    listed = tuple(entries(policy, TODAY))

    for lines in (listed, in_the_small_world(one_by_one(listed))):
        deciding = {next((n for n, line in enumerate(lines) if holds(line, p)), None) for p in packets()}
        assert deciding - {None} == set(range(len(lines)))


@settings(max_examples=15, deadline=None)
@given(policies())
def test_pairs_of_prefixes_permit_what_their_entries_do(policy: Policy) -> None:
    listed = tuple(entries(policy, TODAY))

    lines = in_the_small_world(one_by_one(listed))

    assert [p for p in packets() if any(holds(e, p) for e in listed) != any(holds(e, p) for e in lines)] == []


@settings(max_examples=30, deadline=None)
@given(policies())
def test_every_entry_without_state_is_a_rule_or_its_reply(policy: Policy) -> None:
    forward = tuple(entries(policy, TODAY))

    listed = tuple(entries_with_replies(policy, TODAY, target="test", loose_replies=True))

    replies = [entry for entry in listed if entry not in (*forward, *essentials())]
    turned = {(entry.destinations, entry.sources, entry.protocol, entry.ports) for entry in forward}
    assert {entry for entry in forward if entry.protocol != ICMP} <= set(listed)
    assert {(e.sources, e.destinations, e.protocol, e.source_ports) for e in replies} <= turned
    assert all(entry.is_established == (entry.protocol == TCP) for entry in replies)


def passes(rule: SecurityRule, packet: Packet, groups: dict[str, tuple[str, ...]]) -> bool:
    source, destination, protocol, port = packet
    other = source if rule.direction == "ingress" else destination
    if rule.protocol != str(protocol) or not any(is_in(other, prefix) for prefix in groups[rule.address_group]):
        return False
    last = rule.port_range_min if rule.port_range_max is None else rule.port_range_max
    return rule.port_range_min is None or rule.port_range_min <= port <= (last or 0)


def is_in(number: int, prefix: str) -> bool:
    network = ip_network(prefix)
    return network.version == 4 and address(number, 4) in network


def side(number: int, groups: tuple[SecurityGroup, ...], direction: str) -> list[SecurityRule] | None:
    """Rules of a server with this address; `None` where no server of the cloud can have it."""
    if number >= ADDRESSES[12]:
        return None
    own = [group for group in groups if any(address(number, 4) in prefix for prefix in group.prefixes)]
    return [rule for group in own for rule in group.rules if rule.direction == direction]


@settings(max_examples=10, deadline=None)
@given(policies())
def test_security_groups_of_both_ends_let_through_exactly_what_the_flows_say(policy: Policy) -> None:
    neutron = neutron_rules(policy, TODAY)
    groups = {group.name: group.addresses for group in neutron.address_groups}

    def lets(packet: Packet) -> bool:
        ends = (side(packet[0], neutron.security_groups, "egress"), side(packet[1], neutron.security_groups, "ingress"))
        return all(rules is None or any(passes(rule, packet, groups) for rule in rules) for rules in ends)

    inside = [p for p in packets() if p[1] < ADDRESSES[12] and p[3] in (0, 3, 7, 255, 65535)]
    assert [p for p in inside if lets(p) != is_declared(p, policy)] == []


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_policy_compiles_to_the_text_on_file_or_is_refused_with_the_flows_named(
    case: str, target: str, matches: Callable[[Path, str], None]
) -> None:
    policy = load_policy(CASES / case)

    try:
        text = TARGETS[target](policy, TODAY)
    except CompileError as error:
        text = f"refused:\n{error}\n"

    matches(CASES / case / f"expected.{target}", text)


@pytest.mark.parametrize("render", [*LOOSE, render_asa, render_usg, render_fortios])
@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_every_flow_in_force_is_named_and_every_run_is_the_same(
    estate: Path, render: Callable[[Policy, date], str]
) -> None:
    policy = load_policy(estate)

    text = render(policy, TODAY)

    in_force = [flow.name for flow in policy.flows if not flow.expires_on or flow.expires_on >= TODAY]
    assert [name for name in in_force if name not in text] == []
    assert text == render(load_policy(estate), TODAY)


def test_a_usg_names_no_two_rules_alike() -> None:
    text = render_usg(load_policy(CASES / "three_zones"), TODAY)

    names = [line for line in text.splitlines() if line.startswith(" rule name ")]

    assert len(set(names)) == len(names) > 0
