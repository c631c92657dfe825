"""The zone-network program, run under Pulumi's own mocks on the sample province."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from qianyun.errors import DeclarationError
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy
from stacks.components.zone_network import zone_networks

ROOT = Path(__file__).parent.parent.parent
SUPPORT = ROOT / "tests" / "support"
NETWORK = "openstack:networking/network:Network"
SUBNET = "openstack:networking/subnet:Subnet"
ROUTER = "openstack:networking/router:Router"
INTERFACE = "openstack:networking/routerInterface:RouterInterface"
ZONE = "qianyun:network:ZoneNetwork"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the whole program asks the engine for."""

    resources: list[dict[str, Any]]
    urns: list[str]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each["inputs"] for each in self.resources if each["type"] == kind]


@pytest.fixture(scope="module")
def asked() -> Asked:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SUPPORT / "mocked_program.py"), "stacks.zone_network"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Asked(**json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(ROOT / "inventory" / "province")


def zone_of(resource: dict[str, Any]) -> str:
    [zone] = [tag.removeprefix("zone=") for tag in resource["tags"] if tag.startswith("zone=")]
    return str(zone)


def test_every_zone_of_the_cloud_is_one_component(asked: Asked) -> None:
    built = sorted(each["name"] for each in asked.resources if each["type"] == ZONE)

    assert built == ["exchange", "extranet", "internet"]


def test_subnets_are_the_declared_prefixes_of_both_families(asked: Asked, policy: Policy) -> None:
    declared = {
        (endpoint.zone, str(prefix))
        for endpoint in policy.endpoints
        if endpoint.zone in ("internet", "extranet", "exchange") and endpoint.name != endpoint.zone
        for prefix in endpoint.prefixes
    }

    built = {(zone_of(subnet), subnet["cidr"]) for subnet in asked.of(SUBNET)}

    assert built == declared
    assert {ip_network(cidr).version for _zone, cidr in built} == {4, 6}
    assert all(ip_network(subnet["cidr"]).version == subnet["ipVersion"] for subnet in asked.of(SUBNET))


def test_internet_and_extranet_share_no_network_and_no_router(asked: Asked) -> None:
    zone_of_network = {f"{network['name']}-id": zone_of(network) for network in asked.of(NETWORK)}
    zone_of_subnet = {f"{subnet['name']}-id": zone_of(subnet) for subnet in asked.of(SUBNET)}
    zones_of_router: dict[str, set[str]] = {}
    for interface in asked.of(INTERFACE):
        zones_of_router.setdefault(interface["routerId"], set()).add(zone_of_subnet[interface["subnetId"]])

    assert all(zone_of_network[subnet["networkId"]] == zone_of(subnet) for subnet in asked.of(SUBNET))
    assert zones_of_router == {"internet-router-id": {"internet"}, "extranet-router-id": {"extranet"}}


def test_the_exchange_zone_has_no_router_and_its_subnets_no_way_out(asked: Asked) -> None:
    assert {zone_of(router) for router in asked.of(ROUTER)} == {"internet", "extranet"}
    assert all(subnet.get("noGateway") for subnet in asked.of(SUBNET) if zone_of(subnet) == "exchange")


def test_hosts_make_their_own_addresses_only_where_a_prefix_is_64_bits_long(asked: Asked) -> None:
    modes = {
        (ip_network(subnet["cidr"]).prefixlen == 64, subnet["ipv6RaMode"])
        for subnet in asked.of(SUBNET)
        if subnet["ipVersion"] == 6
    }

    assert modes == {(True, "slaac"), (False, "dhcpv6-stateful")}


def test_platforms_that_overlap_are_refused_with_both_places(policy: Policy) -> None:
    first, second = [each for each in policy.endpoints if each.zone == "internet" and each.name != "internet"][:2]
    clash = replace(second, prefixes=(first.prefixes[0], *second.prefixes[1:]))
    changed = replace(policy, endpoints=tuple(clash if each is second else each for each in policy.endpoints))

    with pytest.raises(DeclarationError) as caught:
        zone_networks(changed)

    prefix = first.prefixes[0]
    assert str(caught.value) == (
        f"{second.source}: {prefix} of {second.name!r} overlaps {prefix} of {first.name!r} ({first.source}); give "
        "each platform its own"
    )


def test_children_stand_under_their_zone(asked: Asked) -> None:
    assert {urn.split("::")[2].split("$")[0] for urn in asked.urns if "openstack:" in urn} == {ZONE}
