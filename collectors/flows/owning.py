"""Whose an address is: what planners named, else the ledgers' servers, else what collectors saw of them, else systems.

A server that several systems share is split by the ports of its databases and middleware where these
tell, else evenly, and the certainty with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collectors.compare import matched
from collectors.flows.keeping import Host
from collectors.flows.sightings import Address
from collectors.seen import Seen
from qianyun.estate.ends import EndKind, Ends, NamedEnd
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Database, Middleware, Server, SystemKey

BY_SERVER, BY_SYSTEM = 1.0, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose an end is.

    Attributes:
        systems: Each with how sure it is; none for an end that is no system's.
        name: The server's, or what planners call the end.
    """

    systems: tuple[tuple[SystemKey, float], ...]
    name: str
    kind: EndKind = EndKind.SYSTEM


@dataclass(slots=True)
class Owners:
    """Looks owners up; made once a folding.

    Attributes:
        servers: By address.
        systems: Likewise, of systems that name addresses themselves.
        ports: Systems whose database or middleware listens there, by name of the server and port.
    """

    named: Sequence[NamedEnd]
    servers: dict[str, list[Server]] = field(default_factory=dict)
    systems: dict[str, list[SystemKey]] = field(default_factory=dict)
    ports: dict[tuple[str, int], set[SystemKey]] = field(default_factory=dict)

    def of(self, address: Address, port: int | None) -> Owner | None:
        """The owner of an end; `None` when nobody knows it.

        Args:
            address: The end's.
            port: At which it serves; `None` when it asks.
        """
        said = [each for each in self.named if each.port in (0, port) and _holds(each, address)]
        if said:
            best = max(said, key=lambda each: (each.port != 0, _length(each, address)))
            return Owner(systems=((best.system, 1.0),) if best.system else (), name=best.name, kind=best.kind)
        servers = self.servers.get(str(address))
        if servers:
            return Owner(systems=self._shares(servers, port), name=servers[0].name)
        systems = self.systems.get(str(address))
        if systems:
            return Owner(systems=tuple((key, BY_SYSTEM / len(systems)) for key in systems), name=systems[0].name)
        return None

    def _shares(self, servers: Sequence[Server], port: int | None) -> tuple[tuple[SystemKey, float], ...]:
        keys = dict.fromkeys(SystemKey(department=each.department, name=each.system) for each in servers)
        if port is not None:
            told = {key for each in servers for key in self.ports.get((each.name, port), ())} & keys.keys()
            keys = {key: None for key in keys if key in told} or keys
        return tuple((key, BY_SERVER / len(keys)) for key in keys)


def owners(estate: Estate, ends: Ends, seen: Sequence[Seen], hosts: Iterable[Host]) -> Owners:
    """Who owns which address.

    Args:
        estate: What the ledgers declare.
        ends: What planners named.
        seen: Devices as collectors saw them; their addresses are the ledger's server's too.
        hosts: Sampled hosts; likewise.
    """
    found = Owners(ends.named)
    for server in estate.servers:
        for address in server.addresses:
            found.servers.setdefault(str(address), []).append(server)
    for texts, server in (*_of_devices(estate, seen), *_of_hosts(estate, hosts)):
        for text in texts:
            found.servers.setdefault(text, [server])
    for system in estate.systems:
        for address in system.addresses:
            found.systems.setdefault(str(address), []).append(system.key)
    parts: tuple[Database | Middleware, ...] = (*estate.databases, *estate.middleware)
    for part in parts:
        if part.port is not None:
            key = SystemKey(department=part.department, name=part.system)
            found.ports.setdefault((part.server, part.port), set()).add(key)
    return found


def _of_devices(estate: Estate, seen: Sequence[Seen]) -> Iterator[tuple[Iterable[str], Server]]:
    for position, device in matched(estate.servers, seen).items():
        yield sorted(device.addresses), estate.servers[position]


def _of_hosts(estate: Estate, hosts: Iterable[Host]) -> Iterator[tuple[Iterable[str], Server]]:
    by_name: Mapping[str, Server] = {server.name: server for server in estate.servers}
    by_address = {address: server for server in estate.servers for address in server.addresses}
    for host in hosts:
        every = sorted({host.address, *host.addresses}, key=str)
        server = next((by_address[each] for each in every if each in by_address), by_name.get(host.name))
        if server is not None:
            yield map(str, every), server


def _holds(named: NamedEnd, address: Address) -> bool:
    return any(address.version == network.version and address in network for network in named.networks)


def _length(named: NamedEnd, address: Address) -> int:
    return max(
        network.prefixlen for network in named.networks if network.version == address.version and address in network
    )
