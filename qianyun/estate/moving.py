"""What moves when a system moves: parts with their hosts, its service, addresses and name.

Declared once in `moves.yml`; the playbooks of the moves are given nothing else. The way back is
the same declaration read the other way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface, IPv6Interface

from qianyun.estate.facts import Address, SystemKey

Interface = IPv4Interface | IPv6Interface


class PartKind(StrEnum):
    """How a part is carried over."""

    FILES = "files"
    """Folders, by rsync."""
    POSTGRESQL = "postgresql"
    """A cluster of PostgreSQL, by physical streaming: the target follows the source until it takes its place."""
    DUMP = "dump"
    """Anything that a program writes to a file and another reads back: MySQL, and the plug for all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that is carried from a host to another.

    Attributes:
        name: Unique in its move.
        path: Of files: the folder on both hosts, absolute and without a final slash.
        owner: Of files: who owns them; must exist on both hosts.
        cluster: Of PostgreSQL: version and name, such as `15/main`, the same on both hosts.
        databases: Of PostgreSQL: those whose rows are counted and compared.
        write: Of a dump: the command on the side that gives; it writes the file `$DUMP`.
        read: The command on the side that takes; it reads `$DUMP`, and may be run again.
        tell: The command whose output is the same on both sides when the data is.
    """

    name: str
    kind: PartKind
    source: str
    target: str
    path: str = ""
    owner: str = ""
    cluster: str = ""
    databases: tuple[str, ...] = ()
    write: str = ""
    read: str = ""
    tell: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What runs the system, and how one sees that it does.

    Attributes:
        unit: Of systemd, the same on both hosts.
        port: Where it answers HTTP.
        path: What answers 200 when it works.
        callers: Hosts from which it is asked, over IPv4 and IPv6 as they have it.
    """

    unit: str
    source: str
    target: str
    port: int
    path: str
    callers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Under which addresses it answers, on which host's interface."""

    host: str
    interface: str
    addresses: tuple[Interface, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """Its name, and the server that is told where the name leads.

    Attributes:
        server: The host that is the zone's primary.
        name: Full, without a final dot.
        zone: The zone that holds it.
        ttl_s: How long others may remember an answer, in seconds.
    """

    server: str
    name: str
    zone: str
    ttl_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A host as the controller reaches it.

    Attributes:
        user: Who logs in there.
        port: Of SSH.
    """

    name: str
    address: Address
    user: str = "root"
    port: int = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One system's move.

    Attributes:
        name: Short name for hosts' files and Ansible; unique in the estate.
        downtime_s: How long it may be out of service, in seconds.
        old_flows: Flows of the matrix that lead to where it was; the last step of its cut-over takes them away.
        new_flows: Flows that lead to where it will be.
        disks: What of the source is wiped when it is retired, as block devices or folders.
        source: `file:line` of the declaration.
    """

    name: str
    system: SystemKey
    downtime_s: int
    parts: tuple[Part, ...]
    service: Service
    leaves: Addresses
    takes: Addresses
    record: DnsRecord
    old_flows: tuple[str, ...] = ()
    new_flows: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    source: str = ""

    def hosts(self) -> tuple[str, ...]:
        """Every host that the move touches, each once."""
        return tuple(dict.fromkeys(self._hosts()))

    def _hosts(self) -> Iterator[str]:
        for part in self.parts:
            yield from (part.source, part.target)
        yield from (self.service.source, self.service.target, self.leaves.host, self.takes.host, self.record.server)
        yield from self.service.callers


@dataclass(frozen=True, kw_only=True)
class Moves:
    """All moves of an estate, with the hosts they touch."""

    moves: tuple[Move, ...]
    hosts: tuple[Reached, ...]

    def of(self, name: str) -> Move | None:
        """The move of this short name."""
        return next((move for move in self.moves if move.name == name), None)
