"""Networks that others have published are read whole: Internet2's routers, and the examples of Batfish."""

from collections.abc import Callable
from pathlib import Path

import pytest
from internet2 import internet2

from qianyun.importers.configuration_file import read_configuration
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.acls.ios_routes import read_ios_router
from qianyun.verify.network.forwarding import forwarding_of
from qianyun.verify.network.model import Network
from qianyun.verify.network.reaching import hops_of
from qianyun.verify.reading import read_firewall
from qianyun.verify.routers import joined

NOWHERE = {"rjct", "dscd", "recv", "mdsc"}


def test_every_route_of_internet2_leads_somewhere_or_says_that_it_does_not(shared: Callable[[str], Path]) -> None:
    boxes = list(internet2(shared("zones") / "internet2"))

    silent = [
        route.text
        for box in boxes
        for route in box.routes
        if not (route.hops or route.local or route.prefix.is_multicast or "bcst" in route.text)
        and not NOWHERE & set(route.text.split())
    ]
    assert [box.name for box in boxes] == [
        "atla", "chic", "hous", "kans", "losa", "newy32aoa", "salt", "seat", "wash",
    ]  # fmt: skip
    assert sum(len(box.routes) for box in boxes) == 137_382
    assert silent == []


def test_a_router_of_internet2_sends_every_packet_one_way(shared: Callable[[str], Path]) -> None:
    box = next(internet2(shared("zones") / "internet2"))
    space = hops_of(Network(boxes=(box,))).space

    found = forwarding_of(box, space)

    every = found.local | found.discarded | found.unrouted
    for packets in found.hops.values():
        every = every | packets
    assert every == space.everything
    assert not found.unrouted & (found.local | found.discarded)


@pytest.mark.parametrize("variant", ["candidate", "live", "live-with-bgp-announcements", "live-with-interface-outage"])
def test_the_example_network_of_batfish_is_one_network(shared: Callable[[str], Path], variant: str) -> None:
    folder = shared("zones") / "batfish-networks" / "networks" / "example" / variant
    routers = []
    for path in sorted((folder / "configs").glob("*.cfg")):
        text = read_configuration(path)
        routers.append(read_ios_router(text, path.stem, read_ios(text, path.stem))[0])

    network = joined(routers)

    assert len(network.boxes) == 13
    assert len(network.links) >= 13
    assert {link.a.box for link in network.links} | {link.b.box for link in network.links} == {
        box.name for box in network.boxes
    }


def test_the_hosts_of_batfishs_networks_have_rules_that_are_read(shared: Callable[[str], Path]) -> None:
    folder = shared("zones") / "batfish-networks"
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".iptables", ".v4") and path.is_file()]

    read = {path.name: read_firewall(read_configuration(path), path.name) for path in files}

    assert len(files) >= 10
    assert [name for name, ruleset in read.items() if not ruleset.chains or ruleset.unread] == []
