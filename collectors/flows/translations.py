"""Translation and balancing: which real servers stand behind an address, and whom a translated client hides.

Learnt from conntrack, from IPVS (Linux's own balancer), from translated addresses in IPFIX, and from what is
declared. Applied to edges: a leg up to a virtual address becomes legs to its members, a leg from a
translated client becomes those of the clients behind it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import cast

from collectors.flows.sightings import Address, Edge, Endpoint, plain

EXPANDED = 0.9
"""How sure it is that a client of a virtual address reaches each of its members."""

SERVICE = re.compile(r"^(TCP|UDP|SCTP)\s+(\S+):([0-9A-F]{4})\s")
MEMBER = re.compile(r"^\s+->\s+(\S+):([0-9A-F]{4})\s")
IPV4_HEX = 8

Rows = tuple[tuple[str, str, str, str, tuple[str, ...]], ...]
Service = tuple[str, Endpoint]
Masked = tuple[str, Address, Endpoint]


@dataclass(slots=True)
class Translations:
    """What is known of translation.

    Attributes:
        pools: Members of each virtual service; port 0 of a service stands for all its ports.
        masks: The clients that a server sees as one address.
    """

    pools: dict[Service, set[Endpoint]] = field(default_factory=dict)
    masks: dict[Masked, set[Address]] = field(default_factory=dict)

    def learn(self, protocol: str, client: Endpoint, asked: Endpoint, server: Endpoint, shown: Endpoint) -> None:
        """Take in one connection: as it was asked for, and as the server saw it."""
        if asked != server:
            self.pools.setdefault((protocol, asked), set()).add(server)
        if shown.address != client.address:
            self.masks.setdefault((protocol, shown.address, server), set()).add(client.address)

    def add(self, other: "Translations") -> None:
        """Take in all that another knows."""
        for service, members in other.pools.items():
            self.pools.setdefault(service, set()).update(members)
        for masked, clients in other.masks.items():
            self.masks.setdefault(masked, set()).update(clients)

    def to_rows(self) -> Rows:
        """All of it as plain rows: kind, protocol, the ends that it is of, the ends that it leads to."""
        return (
            *(
                ("pool", protocol, "", show_end(end), tuple(sorted(map(show_end, members))))
                for (protocol, end), members in sorted(self.pools.items(), key=str)
            ),
            *(
                ("mask", protocol, str(shown), show_end(end), tuple(sorted(map(str, clients))))
                for (protocol, shown, end), clients in sorted(self.masks.items(), key=str)
            ),
        )

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[object]]) -> "Translations":
        """What `to_rows` wrote.

        Raises:
            ValueError, TypeError: It is none.
        """
        found = cls()
        for kind, protocol, shown, end, ends in rows:
            names = [str(each) for each in cast("Sequence[object]", ends)]
            if kind == "pool":
                found.pools[str(protocol), read_end(str(end))] = {read_end(each) for each in names}
            else:
                masked = (str(protocol), ip_address(str(shown)), read_end(str(end)))
                found.masks[masked] = {ip_address(each) for each in names}
        return found

    def members(self, edge: Edge) -> frozenset[Endpoint]:
        """The real servers of an edge's service; none where it is real itself."""
        for port in (edge.port, 0):
            if found := self.pools.get((edge.protocol, Endpoint(edge.server, port))):
                return frozenset(Endpoint(each.address, each.port or edge.port) for each in found)
        return frozenset()

    def real(self, edge: Edge, known: Mapping[Edge, object]) -> Iterator[tuple[Edge, float]]:
        """The edges between real ends that an edge stands for, each with how sure that is.

        Args:
            edge: As it was seen.
            known: Edges that were seen between real ends; where these explain it, they stand for it.
        """
        masked = self.masks.get((edge.protocol, edge.client, Endpoint(edge.server, edge.port)), set())
        clients = [(each, 1.0) for each in sorted(masked, key=str)] or [(edge.client, 1.0)]
        members = sorted(self.members(edge), key=str)
        for client, sure in clients:
            if not members:
                yield edge._replace(client=client), sure
                continue
            legs = [Edge(edge.protocol, client, each.address, each.port) for each in members]
            seen = [leg for leg in legs if leg in known]
            yield from ((leg, 1.0) for leg in seen) if seen else ((leg, EXPANDED * sure) for leg in legs)


def show_end(end: Endpoint) -> str:
    """An end as text: `10.0.0.1:80`, `[2001:db8::1]:80`."""
    return f"[{end.address}]:{end.port}" if isinstance(end.address, IPv6Address) else f"{end.address}:{end.port}"


def read_end(text: str) -> Endpoint:
    """The end that `show_end` wrote.

    Raises:
        ValueError: It is none.
    """
    host, _colon, port = text.rpartition(":")
    return Endpoint(ip_address(host.strip("[]")), int(port))


def read_ip_vs(lines: Iterable[str]) -> Iterator[tuple[Service, Endpoint]]:
    """Services and members of `/proc/net/ip_vs`.

    Source: ip_vs_ctl.c of Linux: IPv4 as eight hexadecimal digits in network order, IPv6 in brackets.
    """
    service: Service | None = None
    for line in lines:
        if head := SERVICE.match(line):
            end = _end(head.group(2), head.group(3))
            service = (head.group(1).lower(), end) if end else None
        elif service and (row := MEMBER.match(line)):
            member = _end(*row.groups())
            if member:
                yield service, member


def _end(address: str, port: str) -> Endpoint | None:
    try:
        if len(address) == IPV4_HEX and ":" not in address:
            return Endpoint(IPv4Address(int(address, 16)), int(port, 16))
        return Endpoint(plain(IPv6Address(address.strip("[]"))), int(port, 16))
    except ValueError:
        return None
