"""The networks of a lab: batches for `ip`, run in the namespace that they belong to."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from qianyun.errors import LabError
from qianyun.estate.topology import MANAGEMENT, Host, Topology

BRIDGE = "type bridge stp_state 0 forward_delay 0"
FORWARDING = ("ipv4/ip_forward", "ipv6/conf/all/forwarding")
QUIET = {"ipv6/conf/all/accept_dad": 0, "ipv6/conf/default/accept_dad": 0, "ipv4/conf/all/rp_filter": 0}
"""A lab's addresses are nobody else's: waiting for duplicates only costs a second a host."""


def management() -> list[str]:
    """The bridge between the controller and every host."""
    address = f"{MANAGEMENT[1]}/{MANAGEMENT.prefixlen}"
    return ["link set lo up", f"link add name mgmt {BRIDGE}", f"addr add {address} dev mgmt", "link set mgmt up"]


def bridges(topology: Topology) -> list[str]:
    """One bridge for each network, numbered, since names of networks may be longer than Linux takes."""
    made = [f"link add name n{number} {BRIDGE} mcast_snooping 0" for number in range(len(topology.networks))]
    return [*made, *(f"link set dev n{number} up" for number in range(len(topology.networks)))]


def to_management(number: int, pid: int) -> list[str]:
    """The cable from a host to the controller's bridge."""
    made = f"link add name m{number} type veth peer name mgmt0 netns {pid}"
    return [made, f"link set m{number} master mgmt up"]


def to_networks(host: Host, number: int, pid: int, topology: Topology) -> Iterator[str]:
    """The cables from a host to its networks, seen from where the bridges are."""
    for place, link in enumerate(host.links):
        yield f"link add name v{number}_{place} type veth peer name {link.interface} netns {pid}"
        yield f"link set v{number}_{place} master n{topology.networks.index(link.network)} up"


def inside(host: Host, topology: Topology) -> Iterator[str]:
    """Addresses and routes, seen from the host."""
    yield "link set lo up"
    yield f"addr add {topology.management(host.name)}/{MANAGEMENT.prefixlen} dev mgmt0"
    yield "link set mgmt0 up"
    for link in host.links:
        yield f"link set dev {link.interface} up"
        for address in link.addresses:
            yield f"addr add {address} dev {link.interface}{' nodad' if address.version == 6 else ''}"  # noqa: PLR2004
    for route in host.routes:
        yield f"route add {route.to} via {route.via}"


def settings(host: Host) -> Mapping[str, int]:
    """Settings of the host's network, by their path below /proc/sys/net."""
    return {**QUIET, "ipv6/conf/mgmt0/disable_ipv6": 1, **{path: int(host.forwards) for path in FORWARDING}}


def run(batch: Iterable[str], network: Path | None = None) -> None:
    """Run a batch, here or in another network namespace.

    Raises:
        LabError: What `ip` said.
    """
    enter = ["nsenter", f"--net={network}"] if network else []
    text = "".join(f"{line}\n" for line in batch)
    done = subprocess.run([*enter, "ip", "-batch", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(done.stderr.strip())


def set_all(values: Mapping[str, int], network: Path) -> None:
    """Write settings in another network namespace."""
    script = "; ".join(f"echo {value} > /proc/sys/net/{path}" for path, value in values.items())
    subprocess.run(["nsenter", f"--net={network}", "sh", "-ec", script], check=True)
