"""Interfaces, addresses and static routes of a Cisco IOS configuration, with the filters at work there.

Source: Cisco IOS IP Addressing and IP Routing command references.
"""

from collections import defaultdict
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network

from qianyun.verify.acls.filters import Configuration, Direction, Filter
from qianyun.verify.acls.statements import Statement
from qianyun.verify.acls.texts import Body, Text
from qianyun.verify.routers import Interface, Route, Router
from qianyun.words import _

THROWN = ("Null0", "null0")


def read_ios_router(text: str, name: str, configuration: Configuration) -> tuple[Router, Configuration]:
    """The router of a configuration.

    Args:
        text: What `show running-config` shows.
        name: Name of the file or device, for places.
        configuration: What `read_ios` said of the same text.

    Returns:
        The router, and the configuration with what was not understood here added. A list that is
        bound but not there filters nothing, as on the device.

    Raises:
        ReadError: The text holds what no configuration holds.
    """
    return _Text(text, name).router(configuration)


class _Text(Text):
    def __init__(self, text: str, name: str) -> None:
        super().__init__(text, name)
        self.addresses: dict[str, list[IPv4Interface | IPv6Interface]] = {}
        self.down: set[str] = set()
        self.routes: list[Route] = []

    def router(self, configuration: Configuration) -> tuple[Router, Configuration]:
        self.read({"interface": self._interface, "ip": self._route, "ipv6": self._route})
        filters: dict[tuple[str, Direction], list[Filter]] = defaultdict(list)
        for bound in configuration.bindings:
            if bound.filter in configuration.filters:
                filters[bound.interface, bound.direction].append(configuration.filters[bound.filter])
        interfaces = tuple(
            Interface(name=name, addresses=tuple(found))
            for name, found in self.addresses.items()
            if name not in self.down
        )
        router = Router(name=configuration.name, interfaces=interfaces, routes=tuple(self.routes), filters=filters)
        whole = Configuration(
            name=configuration.name,
            filters=configuration.filters,
            bindings=configuration.bindings,
            unread=(*configuration.unread, *self.unread),
            zones=configuration.zones,
        )
        return router, whole

    def _interface(self, statement: Statement) -> Body:
        name = "".join(statement.words[1:])
        self.addresses.setdefault(name, [])
        return partial(self._at_interface, name, statement.indent)

    def _at_interface(self, name: str, indent: int, statement: Statement) -> bool:
        words = statement.words
        if statement.indent <= indent:
            return False
        try:
            if words[0] == "shutdown":
                self.down.add(name)
            elif words[:2] == ["ip", "address"] and len(words) > 3:  # noqa: PLR2004 - address and mask
                self.addresses[name].append(IPv4Interface(f"{words[2]}/{words[3]}"))
            elif words[:2] == ["ipv6", "address"] and "/" in words[-1]:
                self.addresses[name].append(IPv6Interface(words[-1]))
        except ValueError:
            self.report(statement, _("it names no address that we understand"))
        return True

    def _route(self, statement: Statement) -> None:
        words = statement.words
        if words[1:2] != ["route"] or len(words) < 4:  # noqa: PLR2004 - prefix and where to
            return
        try:
            self.routes.append(replace(_route(words), place=self.place(statement), text=statement.text))
        except ValueError:
            self.report(statement, _("the route is not understood"))


def _route(words: list[str]) -> Route:
    """`ip route PREFIX MASK [INTERFACE] [NEXT HOP] …`, `ipv6 route PREFIX [INTERFACE] [NEXT HOP] …`."""
    four = words[0] == "ip"
    prefix = ip_network(f"{words[2]}/{words[3]}" if four else words[2], strict=False)
    rest = words[4:] if four else words[3:]
    interface = "" if not rest or _is_address(rest[0]) else rest.pop(0)
    if interface in THROWN:
        return Route(prefix=prefix, throws_away=True)
    next_hop = ip_address(rest[0]) if rest and _is_address(rest[0]) else None
    if not interface and next_hop is None:
        raise ValueError(" ".join(words))
    return Route(prefix=prefix, interface=interface, next_hop=next_hop)


def _is_address(word: str) -> bool:
    try:
        ip_interface(word)
    except ValueError:
        return False
    return not word.isdecimal()
