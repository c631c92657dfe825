"""One line to be of an access list."""

from dataclasses import dataclass

from qianyun.policy.model import PortRange, Prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line to be of an access list: a rule, or the replies to it.

    Attributes:
        flow: Name of the flow it comes from.
        sources: With a name each, for targets that have groups of addresses.
        source_ports: Set in replies only; `None` for all.
        is_established: Only segments of connections that exist (ACK or RST set).
    """

    flow: str
    version: int
    protocol: int
    sources: tuple[Prefix, ...]
    source_name: str
    destinations: tuple[Prefix, ...]
    destination_name: str
    source_ports: PortRange | None = None
    ports: PortRange | None = None
    icmp_type: int | None = None
    is_established: bool = False
