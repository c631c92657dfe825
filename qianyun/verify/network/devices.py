"""Devices as collectors saw them: their addresses, routes and rules, brought to one form whatever the way of asking.

What was not seen is a doubt with the device's name, never an assumption in silence.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network

from qianyun.estate.observation import Observation, Value
from qianyun.verify.chains import Unread
from qianyun.verify.network.configured import OwnAddress, addresses_of, routes_of
from qianyun.verify.network.linux_tables import Table, read_routes
from qianyun.verify.network.model import NextHop, Route
from qianyun.words import _

LINUX_ROUTES = {4: "text.routes", 6: "text.routes-v6"}
NAME_OF_PORT = 0
WITHIN_A_HOST = re.compile(r"(docker|br-[0-9a-f]{12}$|virbr|cni|flannel|cali|veth|lxc|podman)")
"""Bridges that join a host's own containers and guests: every host has the same addresses there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device as it was last seen.

    Attributes:
        name: Of the target that was asked, for places; else its own name, else its identity.
        called: Every name it goes by.
        attributes: Values by attribute, as observed.
    """

    name: str
    called: frozenset[str]
    attributes: Mapping[str, Value]

    def text(self, attribute: str) -> str:
        """An attribute as text; empty when it was not seen."""
        value = self.attributes.get(attribute)
        return "" if value is None else str(value)

    @property
    def is_linux(self) -> bool:
        """Whether it was asked as a Linux host."""
        return "device.kernel" in self.attributes or "text.sysctls" in self.attributes

    def addresses(self) -> Mapping[str, tuple[OwnAddress, ...]]:
        """Its addresses by interface, without those that only the host itself or one wire knows."""
        found: dict[str, list[OwnAddress]] = defaultdict(list)
        for attribute, value in sorted(self.attributes.items()):
            if not attribute.startswith("address.") or not isinstance(value, tuple):
                continue
            length, port = (*value, None)[:2]
            try:
                own = ip_interface(f"{attribute.removeprefix('address.')}/{length}")
            except ValueError:
                continue
            if port is not None and not own.ip.is_loopback and not WITHIN_A_HOST.match(self._port(port)):
                found[self._port(port)].append(own)
        if not found:
            return addresses_of(self.text("text.configuration"))
        return {name: tuple(each) for name, each in found.items()}

    def _port(self, port: Value) -> str:
        """Name of a port that is told by its name or by its number."""
        row = self.attributes.get(f"interface.{port}")
        return str(row[NAME_OF_PORT]) if isinstance(row, tuple) and row else str(port)

    def table(self, version: int) -> Table | None:
        """Its routes of one family; `None` where nothing was seen of them."""
        text = self.text(LINUX_ROUTES[version])
        if self.is_linux and text:
            return read_routes(text, f"{self.name} {LINUX_ROUTES[version].removeprefix('text.')}", version)
        if self.is_linux:
            return Table() if version == 6 else None  # noqa: PLR2004 - a host without a route of IPv6 shows nothing
        routes = tuple(each for each in self._observed() if each.prefix.version == version)
        if not routes:
            static = routes_of(self.text("text.configuration"), self.name, self.addresses())
            routes = tuple(each for each in static if each.prefix.version == version)
        return Table(routes=routes) if routes else None

    def _observed(self) -> Iterator[Route]:
        """Rows of a forwarding table that SNMP or a command line told."""
        for attribute, value in sorted(self.attributes.items()):
            if not attribute.startswith("route."):
                continue
            prefix_text, _slash, rest = attribute.removeprefix("route.").partition("/")
            length, _dot, gateway = rest.partition(".")
            try:
                prefix = ip_network(f"{prefix_text}/{length}", strict=False)
                hop = ip_address(gateway) if gateway else None
            except ValueError:
                continue
            if hop is not None and hop.is_loopback:
                continue
            own = {each.ip for every in self.addresses().values() for each in every}
            attached = hop is None or hop in own or hop.is_unspecified
            port = self._port(value)
            hops = () if port.upper().startswith(("NULL", "INLOOP")) else (
                NextHop(interface=port, gateway=None if attached else hop, attached=attached),
            )  # fmt: skip
            local = prefix.prefixlen == prefix.max_prefixlen and prefix.network_address in own
            if not local:
                yield Route(
                    prefix=prefix, hops=hops, place=f"{self.name} {attribute}", text=f"{prefix} {gateway} {port}"
                )


def devices_of(observations: Iterable[Observation]) -> tuple[Device, ...]:
    """Devices in the order of their names; the last value of an attribute wins."""
    found: dict[str, dict[str, Value]] = {}
    for observation in observations:
        found.setdefault(observation.subject, {})[observation.attribute] = observation.value
    devices = (_device(subject, attributes) for subject, attributes in found.items())
    return tuple(sorted(devices, key=lambda device: device.name))


def _device(subject: str, attributes: Mapping[str, Value]) -> Device:
    names = [str(attributes[key]) for key in ("device.target", "device.name") if attributes.get(key)]
    return Device(name=(*names, subject)[0], called=frozenset({*names, subject}), attributes=attributes)


def unfollowed(device: Device) -> Iterator[tuple[str, Unread]]:
    """Lines of a configuration that send packets by other than their destination, or let several boxes be one.

    Each with its kind: `policy` may send packets anywhere, `shared` adds boxes that may take them.
    """
    why = {
        "policy": _("policy routing is not followed"),
        "shared": _("which box holds the shared address is not told; every one of them is taken to hold it"),
    }
    for number, line in enumerate(device.text("text.configuration").splitlines(), 1):
        words = line.split()
        for kind, marks in UNFOLLOWED.items():
            if any(tuple(words[: len(mark)]) == mark for mark in marks):
                yield kind, Unread(place=f"{device.name} configuration:{number}", text=line.strip(), why=why[kind])


UNFOLLOWED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "policy": (
        ("ip", "policy", "route-map"), ("ipv6", "policy", "route-map"), ("ip", "policy-based-route"),
        ("ipv6", "policy-based-route"), ("policy-based-route",), ("redirect", "ip-nexthop"), ("traffic-redirect",),
    ),
    "shared": (("standby",), ("vrrp",), ("glbp",)),
}  # fmt: skip
