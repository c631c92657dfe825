"""The whole estate built by its playbooks (zones, egress, extranet), judged by packets and the kernel's tables."""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from cut_offs import on, waited
from fail_over import settled, trial
from reachability import declared, observed, questions, zones_of
from rehearsal import ESTATE, Run, playbooks, rehearsal

from qianyun.importers.declaration import load_policy
from qianyun.lab.running import Lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

TODAY = date(2026, 11, 25)
BUILT = ("zones", "egress", "extranet")
ROUTERS = (
    "gw-egress-1",
    "gw-egress-2",
    "fw-exchange-outer",
    "fw-exchange-inner",
    "gw-extranet",
    "office-a",
    "office-b",
)
MEASURED = (
    "client", "terminal", "web", "broker", "app", "database", "office-a", "office-b", "office-c", "isolated-room",
)  # fmt: skip
NOT_JOINED = {("isolated-room", 4), ("office-c", 4)}
"""Who has no way out yet: a room without a line, and an overlapping network before its cut-over."""

LONG_S = 90
"""Longer than a busy machine takes for anything that is waited for here."""


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
) -> Iterator[Lab]:
    needs("mmdebstrap")
    with rehearsal(tmp_path_factory.mktemp("roads")) as lab:
        yield lab


@pytest.fixture(scope="module")
def ansible(lab: Lab) -> Run:
    return playbooks(lab)


@pytest.fixture(scope="module")
def built(lab: Lab, ansible: Run) -> Lab:
    """The lab after an operator built it, with routes learned and the first gateway holding the virtual addresses."""
    before = {host: files(lab, host) for host in ROUTERS}
    checked = ansible(*BUILT, "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {host: files(lab, host) for host in ROUTERS} == before

    done = ansible(*BUILT)

    assert done.returncode == 0, done.stdout + done.stderr
    settled(lab)
    waited(lambda: "default" in on(lab, "terminal", "ip", "-6", "route").stdout, LONG_S)
    return lab


def files(lab: Lab, host: str) -> str:
    """A digest over everything that lies in the host's own layer."""
    script = "find /etc /usr/local /root /var/lib -xdev -type f -print0 | sort -z | xargs -0 sha256sum"
    return hashlib.sha256(on(lab, host, "sh", "-c", script).stdout.encode()).hexdigest()


def routes(lab: Lab, host: str, version: int) -> dict[str, str]:
    """Where each route of a host was learned."""
    shown = json.loads(on(lab, host, "ip", "--json", f"-{version}", "route").stdout)
    return {route["dst"]: route.get("protocol", "") for route in shown}


def has_learned(lab: Lab) -> bool:
    """Whether the last routes of either side, which take the longest, are there."""
    inner = {**routes(lab, "gw-extranet", 4), **routes(lab, "gw-extranet", 6)}
    outer = {**routes(lab, "gw-egress-1", 4), **routes(lab, "gw-egress-1", 6)}
    far = {"10.1.0.0/24", "172.30.3.0/24", "3fff:e3:20::/64", "3fff:e8:b::/64", "3fff:e8:c::/64"}
    return far <= inner.keys() and {"default", "203.0.113.64/27", "3fff:e3:10::/64"} <= outer.keys()


def test_routes_are_learned_and_none_is_typed(built: Lab) -> None:
    waited(lambda: has_learned(built), LONG_S)
    outer = {version: routes(built, "gw-egress-1", version) for version in (4, 6)}
    inner = {version: routes(built, "gw-extranet", version) for version in (4, 6)}

    assert outer[4]["default"] == outer[6]["default"] == "bgp"
    assert outer[4]["203.0.113.64/27"] == outer[6]["3fff:e3:10::/64"] == "ospf"
    assert inner[4]["10.1.0.0/24"] == inner[4]["172.30.3.0/24"] == inner[6]["3fff:e8:b::/64"] == "ospf"
    assert inner[6]["3fff:e8:c::/64"] == "bgp"
    typed = {host: on(built, host, "ip", "route", "show", "proto", "boot").stdout for host in ROUTERS}
    assert typed == dict.fromkeys(ROUTERS, "")


def test_a_second_run_changes_nothing(built: Lab, ansible: Run) -> None:
    before = {host: files(built, host) for host in ROUTERS}

    done = ansible(*BUILT)

    assert len(re.findall(r"changed=0 +unreachable=0 +failed=0", done.stdout)) == 10, done.stdout
    assert {host: files(built, host) for host in ROUTERS} == before


def test_packets_reach_exactly_what_the_flow_matrix_permits_over_learned_routes(built: Lab) -> None:
    policy = load_policy(ESTATE)
    cells = [
        cell
        for cell in questions(built, MEASURED)
        if not zones_of(built, policy, cell.source) & zones_of(built, policy, cell.target)
    ]

    permitted = declared(built, policy, cells, TODAY)
    joined = {cell for cell in permitted if (cell.source, cell.version) not in NOT_JOINED}
    reached = observed(built, cells)
    for _again in range(5):  # a busy machine answers late; what never answers still fails
        reached |= observed(built, cells) if joined - reached else set()

    assert len(cells) > 1000
    assert {cell.version for cell in permitted} == {4, 6}
    assert sorted(reached - permitted) == []
    assert sorted(joined - reached) == []
    assert not any((cell.source, cell.version) in NOT_JOINED for cell in reached)


def test_packets_find_the_other_way_when_an_operator_is_dead_and_come_back(built: Lab) -> None:
    silences = trial(built, "operator's line dead, carrier there")

    sys.stdout.write(f"{silences}\n")
    assert {name for phase in silences.values() for name in phase} == {"in, v4", "in, v6", "out, v4", "out, v6"}
    assert max(silences["failure"].values()) < LONG_S
