"""What each target lets open, packet by packet in a world of sixteen addresses, against the declaration alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date

import pytest
from hypothesis import given, settings

from qianyun.compile.cisco import render_asa, render_ios
from qianyun.compile.fortinet import render_fortios
from qianyun.compile.huawei import render_comware, render_usg, render_vrp
from qianyun.compile.neutron import neutron_rules
from qianyun.errors import CompileError
from qianyun.policy.intervals import address
from qianyun.policy.model import ICMP, TCP, Policy
from qianyun.verify.acls.filters import Configuration, judge
from qianyun.verify.acls.neutron import read_neutron
from qianyun.verify.acls.vendors import READERS, vendor_of
from qianyun.verify.fields import DPORT, DST4, PROTOCOL, SPORT, SRC4, TCP_FLAGS, Field
from worlds import ADDRESSES, TODAY, Packet, is_declared, packets, policies

Render = Callable[[Policy, date], str]
TARGETS: Mapping[str, Render] = {
    "ios": render_ios,
    "asa": render_asa,
    "vrp": render_vrp,
    "usg": render_usg,
    "comware": render_comware,
    "fortios": render_fortios,
}
ERRORS = (3, 11, 12)
"""Types of ICMP that every list without state lets through."""
WITHOUT_STATE = ("ios", "vrp", "comware")


def opening(packet: Packet) -> dict[Field, int]:
    source, destination, protocol, port = packet
    ends = {SRC4: source, DST4: destination, PROTOCOL: protocol}
    if protocol == ICMP:
        return {**ends, SPORT: port << 8}
    return {**ends, SPORT: 50_000, DPORT: port} | ({TCP_FLAGS: 2} if protocol == TCP else {})


def written(render: Render, policy: Policy) -> tuple[str, Policy]:
    """The text; where the target refuses, of the same policy with services of TCP alone."""
    try:
        return render(policy, TODAY), policy
    except CompileError:
        flows = (replace(flow, services=tuple(s for s in flow.services if s.protocol == TCP)) for flow in policy.flows)
        kept = replace(policy, flows=tuple(flow for flow in flows if flow.services))
        return render(kept, TODAY), kept


def read(text: str) -> Configuration:
    vendor = vendor_of(text)
    assert vendor is not None
    return READERS[vendor](text, "fw")


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=6, deadline=None)
@given(policy=policies(most=3))
def test_a_text_lets_open_exactly_what_is_declared(target: str, policy: Policy) -> None:
    text, kept = written(TARGETS[target], policy)
    filters = [each for each in read(text).filters.values() if each.version in (0, 4)]

    for packet in packets():
        expected = is_declared(packet, kept)
        if target in WITHOUT_STATE and packet[2] == ICMP and packet[3] in ERRORS:
            expected = True
        assert all(judge(each, opening(packet)).passes is expected for each in filters), packet


@settings(max_examples=6, deadline=None)
@given(policy=policies(most=3))
def test_security_groups_let_open_exactly_what_is_declared_of_their_servers(policy: Policy) -> None:
    rules = neutron_rules(policy, TODAY)
    found = read_neutron(json.dumps(asdict(rules), default=str), "cloud")
    own = [a for a in ADDRESSES if any(address(a, 4) in p for group in rules.security_groups for p in group.prefixes)]

    for packet in packets():
        if {packet[0], packet[1]} & {*own}:
            passes = all(judge(each, opening(packet)).passes for each in found.filters.values())
            assert passes == is_declared(packet, policy), packet
