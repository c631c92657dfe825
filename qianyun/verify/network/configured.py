"""Addresses and static routes in the configuration of a router, as Cisco, Huawei and H3C write them alike.

Used where the forwarding table itself was not seen.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network

from qianyun.verify.network.model import Address, NextHop, Route

OwnAddress = IPv4Interface | IPv6Interface
HEAD = re.compile(r"^interface (\S.*?)\s*$")
ADDRESS = re.compile(r"^\s+ip(?:v6)? address (\S+?)(?:/(\d+)| (\d[\d.]*))?(?: sub| secondary)?\s*$")
STATIC = re.compile(r"^(ip|ipv6) route(?:-static)? (\S+?)(?:/(\d+)| (\d[\d.]*))? (\S+)(?: (\S+))?")
NOWHERE = ("null0", "null 0", "null")


def addresses_of(configuration: str) -> Mapping[str, tuple[OwnAddress, ...]]:
    """Addresses by interface, of interfaces that are not shut down."""
    found: dict[str, list[OwnAddress]] = defaultdict(list)
    interface = ""
    for line in configuration.splitlines():
        head, address = HEAD.match(line), ADDRESS.match(line)
        if head:
            interface = head[1].replace(" ", "")
        elif not line.startswith(" "):
            interface = ""
        elif interface and line.split() == ["shutdown"]:
            found.pop(interface, None)
            interface = ""
        elif interface and address and (address[2] or address[3]):
            try:
                found[interface].append(ip_interface(f"{address[1]}/{address[2] or address[3]}"))
            except ValueError:
                continue
    return {name: tuple(each) for name, each in found.items()}


def routes_of(configuration: str, name: str, own: Mapping[str, tuple[OwnAddress, ...]]) -> Iterator[Route]:
    """Static routes in force, with the interface that leads to each next hop."""
    for number, line in enumerate(configuration.splitlines(), 1):
        found = STATIC.match(line)
        if found is None:
            continue
        try:
            prefix = ip_network(f"{found[2]}/{found[3] or found[4]}", strict=False)
        except ValueError:
            continue
        place = f"{name} configuration:{number}"
        if found[5].lower() in NOWHERE:
            yield Route(prefix=prefix, place=place, text=line.strip())
            continue
        gateway = next((each for word in (found[5], found[6]) if (each := _address(word))), None)
        named = [word for word in (found[5], found[6]) if word and word in own]
        leading = named or [
            port
            for port, every in own.items()
            if gateway and any(gateway.version == each.version and gateway in each.network for each in every)
        ]
        hops = tuple(NextHop(interface=port, gateway=gateway, attached=gateway is None) for port in leading)
        if hops:
            yield Route(prefix=prefix, hops=hops, place=place, text=line.strip())


def _address(word: str | None) -> Address | None:
    try:
        return ip_address(word) if word else None
    except ValueError:
        return None
