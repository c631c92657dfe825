"""Who stands behind an address that no ledger has: what planners say of unknown ends, and of balancers.

Facts of `ends.yml`; the folding of flows takes a named end before anything else it knows of an address.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from qianyun.errors import FactError, Fault
from qianyun.estate.facts import Address, SystemKey
from qianyun.words import _

LAST_PORT = 65535


class EndKind(StrEnum):
    """What a named end is."""

    SYSTEM = "system"
    """A system of the estate."""
    OUTSIDE = "outside"
    """Somebody else's: a ministry's platform, a bank, a citizen's network."""
    SHARED = "shared"
    """A service that everybody uses, such as names, time or backup; no system depends on it in a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEnd:
    """Addresses that somebody gave a name.

    Attributes:
        port: Only at this port; 0 for all.
        name: What stands there, in people's words; of a system its name.
        system: The system, when it is one.
        source: `file:line` of the declaration.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    kind: EndKind
    name: str
    port: int = 0
    system: SystemKey | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if (self.kind is EndKind.SYSTEM) != (self.system is not None) or not self.networks:
            what = _("a named end has addresses, and names a system exactly when it is one")
            raise FactError(Fault(place=self.source or self.name, what=what))


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A virtual address and what stands behind it.

    Attributes:
        port: 0 for all ports, each handed on as it is.
        members: Address and port of the real servers; port 0 for the one that was asked for.
        own: Addresses under which the balancer itself calls its members, where it hides its clients.
    """

    address: Address
    port: int = 0
    protocol: str = "tcp"
    members: tuple[tuple[Address, int], ...]
    own: tuple[Address, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """All that `ends.yml` says, in its order."""

    named: tuple[NamedEnd, ...] = ()
    balancers: tuple[Balancer, ...] = ()
