"""Gateways: the hosts that hold the borders of zones, and so carry the compiled rules."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One host that forwards between zones.

    Attributes:
        name: As in the inventory; unique.
        zones: The zones it stands between, in the order declared.
        address: Where it is managed.
        user: Who logs in there.
        port: Of SSH.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    zones: tuple[str, ...]
    address: IPv4Address | IPv6Address
    user: str = "root"
    port: int = 22
    source: str = ""
