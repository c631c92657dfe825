"""What our compilers write, read back by readers that know nothing of them, permits exactly the flow matrix."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings

from qianyun.compile.acl import ESSENTIAL
from qianyun.compile.cisco import render_asa, render_ios
from qianyun.compile.fortinet import render_fortios
from qianyun.compile.huawei import render_comware, render_usg, render_vrp
from qianyun.errors import CompileError
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import TCP, Policy, Rule
from qianyun.policy.rules import rules_of
from qianyun.verify.acls.asa import read_asa
from qianyun.verify.acls.comware import read_comware
from qianyun.verify.acls.filters import Configuration, Filter, Sets
from qianyun.verify.acls.fortios import read_fortios
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.acls.matches import NOT_LATER
from qianyun.verify.acls.vrp import read_vrp
from qianyun.verify.boxes import boxes, readable
from qianyun.verify.conditions import Condition, all_of, any_of, destination_in, icmp_is, is_, source_in
from qianyun.verify.fields import DPORT, PROTOCOL, SPORT, TCP_FLAGS
from qianyun.verify.space import Space
from worlds import TODAY, policies

ROOT = Path(__file__).parent.parent.parent.parent
Target = tuple[Callable[[Policy, date], str], Callable[[str, str], Configuration]]
STATEFUL: dict[str, Target] = {
    "asa": (render_asa, read_asa),
    "usg": (render_usg, read_vrp),
    "fortios": (render_fortios, read_fortios),
}
STATELESS: dict[str, Target] = {
    "ios": (partial(render_ios, loose_replies=True), read_ios),
    "vrp": (partial(render_vrp, loose_replies=True), read_vrp),
    "comware": (partial(render_comware, loose_replies=True), read_comware),
}
ANSWERS = {8: 0, 13: 14, 15: 16, 17: 18, 128: 129, 139: 140}
"""Types of ICMP and what answers them."""
ACK_OR_RST = is_(TCP_FLAGS, *(flags for flags in range(256) if flags & 16 or flags & 4))
DECLARED = (
    "inventory/province",
    "tests/cases/profiles/county",
    "tests/cases/compile/three_zones",
    "tests/cases/compile/every_service",
)


def opening(rule: Rule) -> Condition:
    """The packets that open a connection of a rule."""
    ports = [is_(DPORT, *((each.first, each.last) for each in rule.ports))] if rule.ports else []
    types = [is_(SPORT, *((kind << 8, kind << 8 | 255) for kind in rule.icmp_types))] if rule.icmp_types else []
    ends = (source_in(rule.sources), destination_in(rule.destinations))
    return all_of(is_(PROTOCOL, rule.protocol), *ends, *ports, *types)


def answering(rule: Rule) -> Condition:
    """What comes back, as far as a list without state can tell."""
    ports = [is_(SPORT, *((each.first, each.last) for each in rule.ports))] if rule.ports else []
    answers = [ANSWERS[kind] for kind in rule.icmp_types if kind in ANSWERS]
    types = [is_(SPORT, *((kind << 8, kind << 8 | 255) for kind in answers))] if rule.icmp_types else []
    flags = [ACK_OR_RST] if rule.protocol == TCP else []
    ends = (source_in(rule.destinations), destination_in(rule.sources))
    return all_of(is_(PROTOCOL, rule.protocol), *ends, *ports, *types, *flags)


def essential(version: int) -> Iterator[Condition]:
    kinds = (kind for types in ESSENTIAL[version].values() for kind in types)
    return (icmp_is(version, [(kind, kind)]) for kind in kinds)


def assert_permits(found: Filter, expected: Condition) -> None:
    """Exactly the expected packets, proven; later fragments aside, which show no ports."""
    space = Space([*found.conditions(), expected, NOT_LATER])
    whole = space.packets(NOT_LATER)
    sets, wanted = Sets(found, space), space.packets(expected) & whole

    assert found.unread == ()
    assert [readable(box) for box in boxes((sets.may & whole) - wanted)] == []
    assert [readable(box) for box in boxes(wanted - sets.must)] == []
    assert sets.never_matching() == ()


def assert_stateful(target: Target, policy: Policy, on: date) -> None:
    render, read = target
    configuration = read(render(policy, on), "fw")
    [found] = configuration.filters.values()

    assert configuration.unread == ()
    assert_permits(found, any_of(*map(opening, rules_of(policy, on))))


def assert_stateless(target: Target, policy: Policy, on: date) -> None:
    render, read = target
    configuration = read(render(policy, on), "r")

    assert configuration.unread == ()
    for version, key in ((4, "ip QIANYUN-V4"), (6, "ipv6 QIANYUN-V6")):
        rules = [rule for rule in rules_of(policy, on) if rule.version == version]
        parts = [*map(opening, rules), *map(answering, rules), *essential(version)]
        assert_permits(configuration.filters[key], any_of(*parts))


@pytest.mark.parametrize("target", STATEFUL)
@pytest.mark.parametrize("folder", DECLARED)
def test_a_firewall_permits_exactly_what_the_flows_say(target: str, folder: str) -> None:
    assert_stateful(STATEFUL[target], load_policy(ROOT / folder), TODAY)


@pytest.mark.parametrize("target", STATELESS)
@pytest.mark.parametrize("folder", DECLARED[:3])
def test_a_router_permits_exactly_the_flows_and_their_answers(target: str, folder: str) -> None:
    assert_stateless(STATELESS[target], load_policy(ROOT / folder), TODAY)


@settings(max_examples=15, deadline=None)
@given(policy=policies())
def test_every_target_permits_exactly_any_flow_matrix(policy: Policy) -> None:
    for target in STATEFUL.values():
        assert_stateful(target, policy, TODAY)
    for target in STATELESS.values():
        try:
            assert_stateless(target, policy, TODAY)
        except CompileError:
            continue
