"""What nodes of the network get: the same text every time, and in it what keeps the roads safe."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qianyun.compile.bundle import File, bundle
from qianyun.compile.nodes import Bundled, bundles
from qianyun.errors import CompileError
from qianyun.importers.declaration import load_policy, load_whole_network

ROOT = Path(__file__).parent.parent.parent
REHEARSAL = ROOT / "inventory/rehearsal"


@pytest.fixture(scope="module")
def nodes() -> dict[str, Bundled]:
    return {each.node.name: each for each in bundles(load_whole_network(REHEARSAL, load_policy(REHEARSAL)))}


def part(bundled: Bundled, path: str) -> str:
    """One file of a bundle."""
    found = re.search(rf"^=== {re.escape(path)} [^\n]*\n(.*?)^=== end$", bundled.text, re.MULTILINE | re.DOTALL)
    assert found, path
    return found[1]


def test_the_text_of_every_node_is_the_same_in_every_process(nodes: dict[str, Bundled]) -> None:
    name, told = "gw-egress-1", set()
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "qianyun", "network", "compile", name, "--estate", str(REHEARSAL)]
        done = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
        told.add(done.stdout.decode())

    assert told == {nodes[name].text}


@pytest.mark.parametrize("name", ["gw-egress-1", "gw-egress-2", "gw-extranet", "office-c"])
def test_every_neighbour_by_bgp_is_watched_and_filtered_in_both_directions(
    nodes: dict[str, Bundled], name: str
) -> None:
    text = part(nodes[name], "/etc/frr/frr.conf")

    neighbours = set(re.findall(r"neighbor (\S+) remote-as", text))

    assert neighbours
    for neighbour in neighbours:
        assert f" neighbor {neighbour} bfd profile fast\n" in text
        assert re.search(rf"neighbor {neighbour} prefix-list \S+ in\n", text)
        assert re.search(rf"neighbor {neighbour} (prefix-list|route-map) \S+ out\n", text)
        assert f"neighbor {neighbour} maximum-prefix" in text


@pytest.mark.parametrize("family", ["", "v6"])
def test_operators_are_told_our_aggregates_and_only_tell_a_default_route(
    nodes: dict[str, Bundled], family: str
) -> None:
    text = part(nodes["gw-egress-1"], "/etc/frr/frr.conf")

    listed = re.findall(rf"^ip{family} prefix-list (\S+) seq \d+ permit (\S+)$", text, re.MULTILINE)

    announced = {prefix for name, prefix in listed if name == "announced"}
    assert announced == ({"3fff:e0::/28", "3fff:e0::/29", "3fff:e8::/29"} if family else {
        "203.0.113.0/24", "203.0.113.0/25", "203.0.113.128/25"})  # fmt: skip
    assert [prefix for name, prefix in listed if name == "default"] == ["::/0" if family else "0.0.0.0/0"]


def test_only_the_second_of_the_pair_looks_longer_to_operators(nodes: dict[str, Bundled]) -> None:
    longer = {name for name in nodes if "as-path prepend" in nodes[name].text}

    assert longer == {"gw-egress-2"}


def test_the_first_of_the_pair_gives_way_and_the_last_never_does(nodes: dict[str, Bundled]) -> None:
    tracking = {name for name in nodes if "track_file" in nodes[name].text}

    assert tracking == {"gw-egress-1"}


def test_every_port_refuses_sources_without_a_way_back(nodes: dict[str, Bundled]) -> None:
    for each in nodes.values():
        rules, settings = part(each, "/etc/qianyun/node.nft"), part(each, "/etc/sysctl.d/60-qianyun.conf")
        for port in each.node.ports:
            strict = "" if port.link else " . iif"
            assert f'iifname "{port.interface}" meta nfproto ipv6 fib saddr{strict} oif missing' in rules
            assert f"net.ipv4.conf.{port.interface}.rp_filter = {2 if port.link else 1}\n" in settings


def test_hosts_believe_the_declared_router_of_their_segment_and_routers_nobody(nodes: dict[str, Bundled]) -> None:
    assert "icmpv6 type 134 ip6 saddr != { fe80::1 } counter drop" in nodes["app"].text
    assert nodes["gw-extranet"].text.count("icmpv6 type 134 counter drop") == len(nodes["gw-extranet"].node.ports)
    assert "AdvRASrcAddress { fe80::1; };" in part(nodes["gw-extranet"], "/etc/radvd.conf")
    assert " ipv6 address fe80::1/64\n" in part(nodes["gw-extranet"], "/etc/frr/frr.conf")


def test_names_of_the_extranet_are_not_held_at_the_egress(nodes: dict[str, Bundled]) -> None:
    assert "rehearsal.example.zone" in nodes["gw-extranet"].text
    assert ".zone" not in nodes["gw-egress-1"].text
    assert "dns64 3fff:ee:64::/96" in part(nodes["gw-egress-1"], "/etc/bind/named.conf")


def test_an_address_points_back_from_the_longest_zone_of_the_plan(nodes: dict[str, Bundled]) -> None:
    site = part(nodes["gw-extranet"], "/etc/bind/qianyun/0.0.0.0.8.0.8.e.0.0.f.f.f.3.ip6.arpa.zone")

    assert re.search(r"ip6\.arpa\. PTR office-a\.rehearsal\.example\.", site)


def test_logs_are_kept_for_the_declared_days(nodes: dict[str, Bundled]) -> None:
    assert "  rotate 184\n  maxage 184\n" in part(nodes["gw-egress-2"], "/etc/logrotate.d/qianyun-egress")


def test_a_line_that_looks_like_a_mark_of_the_bundle_is_refused() -> None:
    with pytest.raises(CompileError, match="/etc/motd of gate has a line that begins with"):
        bundle("sha256:0", "trial", "gate", [File(path="/etc/motd", text="=== end\n")], routes=False)
