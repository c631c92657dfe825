"""From what observers saw to relations between real ends: containers, translation, balancers and doubles undone.

An edge that several observers saw is one relation; its volume is the largest that one of them counted, since
they counted the same packets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from collectors.flows.direction import BEGAN, FIRST_EPHEMERAL
from collectors.flows.keeping import Evidence, Host, Seen
from collectors.flows.sightings import Address, Edge, Endpoint
from collectors.flows.translations import Translations
from qianyun.estate.ends import Balancer

Mouth = tuple[str, str]
"""Observer and run."""


@dataclass(slots=True)
class Relation:
    """One client and one service, and all that was seen of them.

    Attributes:
        certainty: How sure the direction and both ends are, 0 to 1.
        volumes: Octets by observer.
        blocks: Stretches of time in which it was seen, by their length.
        evidence: Observer, run, sampler and hash of the raw answers.
    """

    edge: Edge
    certainty: float = 0.0
    is_answered: bool = False
    connections: dict[str, int] = field(default_factory=dict)
    volumes: dict[str, int] = field(default_factory=dict)
    first: float = 0.0
    last: float = 0.0
    blocks: dict[int, set[int]] = field(default_factory=dict)
    evidence: dict[Mouth, tuple[str, str]] = field(default_factory=dict)

    @property
    def occasions(self) -> int:
        """In how many stretches of time it was seen."""
        return sum(map(len, self.blocks.values()))

    def add(self, seen: Seen, certainty: float) -> None:
        """Take in what one observer saw in one run."""
        count = seen.count
        self.first = min(self.first or count.first, count.first)
        self.last = max(self.last, count.last)
        self.certainty = max(self.certainty, certainty)
        self.is_answered = self.is_answered or count.is_answered
        for held, value in ((self.connections, count.connections), (self.volumes, count.octets)):
            held[seen.observer] = held.get(seen.observer, 0) + value
        self.blocks.setdefault(seen.block_s, set()).update(count.blocks)
        self.evidence[seen.observer, seen.run] = (seen.source, seen.raw_sha256)


def relations(evidence: Evidence, balancers: Iterable[Balancer] = ()) -> tuple[Relation, ...]:
    """All relations between real ends, in the order of their edges."""
    outer = _outer(evidence.hosts.values())
    translations = _declared(balancers)
    for name, learnt in evidence.translations.items():
        translations.add(_renamed(learnt, outer, evidence.hosts.get(name)))
    seen = [
        placed
        for each in evidence.seen
        if not _is_ours((placed := _placed(each, outer, evidence.hosts)).edge, evidence.hosts.values())
    ]
    _mask_balancers(translations, balancers, [each.edge for each in seen])
    direct = {each.edge: each for each in seen}
    found: dict[Edge, Relation] = {}
    for each in seen:
        for edge, share in translations.real(each.edge, direct):
            if edge.client != edge.server:
                found.setdefault(edge, Relation(edge)).add(each, each.count.certainty * share)
    sure: dict[tuple[str, Address, Address], float] = {}
    for edge, relation in found.items():
        way = (edge.protocol, edge.client, edge.server)
        sure[way] = max(sure.get(way, 0.0), relation.certainty)
    for edge in [edge for edge, relation in found.items() if _is_turned_round(relation, sure)]:
        del found[edge]
    return tuple(found[edge] for edge in sorted(found, key=str))


def _outer(hosts: Iterable[Host]) -> Mapping[Address, Address]:
    """The host's own address for each address of a container that no other host has as well."""
    held: dict[Address, set[Address]] = {}
    for host in hosts:
        for inner in host.inner:
            held.setdefault(inner, set()).add(host.address)
    return {inner: next(iter(outer)) for inner, outer in held.items() if len(outer) == 1}


def _placed(seen: Seen, outer: Mapping[Address, Address], hosts: Mapping[str, Host]) -> Seen:
    """The sighting with containers put where they run; what a host saw of its own is its own."""
    host = hosts.get(seen.observer.partition("@")[2])
    client, server = (_at(address, outer, host) for address in (seen.edge.client, seen.edge.server))
    return replace(seen, edge=seen.edge._replace(client=client, server=server))


def _is_ours(edge: Edge, hosts: Iterable[Host]) -> bool:
    """Whether an edge is our own asking, as a router on the way saw it."""
    return any(
        (edge.client, edge.port) in host.askers and edge.server in (host.address, *host.addresses) for host in hosts
    )


def _at(address: Address, outer: Mapping[Address, Address], host: Host | None) -> Address:
    if host is not None and address in host.inner:
        return host.address
    return outer.get(address, address)


def _renamed(learnt: Translations, outer: Mapping[Address, Address], host: Host | None) -> Translations:
    """Translations between hosts; one to a container of the same host is none, but for the port."""
    renamed = Translations()
    for (protocol, end), members in learnt.pools.items():
        for each in members:
            service = Endpoint(_at(end.address, outer, host), end.port)
            renamed.pools.setdefault((protocol, service), set()).add(
                Endpoint(_at(each.address, outer, host), each.port)
            )
    for (protocol, shown, end), clients in learnt.masks.items():
        behind = {_at(each, outer, host) for each in clients}
        if behind != {shown}:
            renamed.masks[protocol, shown, Endpoint(_at(end.address, outer, host), end.port)] = behind
    return renamed


def _declared(balancers: Iterable[Balancer]) -> Translations:
    found = Translations()
    for each in balancers:
        members = {Endpoint(address, port) for address, port in each.members}
        found.pools.setdefault((each.protocol, Endpoint(each.address, each.port)), set()).update(members)
    return found


def _mask_balancers(translations: Translations, balancers: Iterable[Balancer], edges: Iterable[Edge]) -> None:
    """Behind a balancer's own address stand those who asked its virtual one."""
    clients: dict[tuple[str, Endpoint], set[Address]] = {}
    for edge in edges:
        for port in (edge.port, 0):
            clients.setdefault((edge.protocol, Endpoint(edge.server, port)), set()).add(edge.client)
    for each in balancers:
        asked = clients.get((each.protocol, Endpoint(each.address, each.port)), set()) - set(each.own)
        if not asked:
            continue
        ports = {edge.port for edge in edges if edge.server == each.address} if each.port == 0 else {each.port}
        for own in each.own:
            for address, port in each.members:
                for real in {port} if port else ports:
                    masked = (each.protocol, own, Endpoint(address, real))
                    translations.masks.setdefault(masked, set()).update(asked)


def _is_turned_round(relation: Relation, sure: Mapping[tuple[str, Address, Address], float]) -> bool:
    """Whether a guess only shows answers of a relation that is better known: its service is a client's own port."""
    edge = relation.edge
    if relation.certainty >= BEGAN or edge.port < FIRST_EPHEMERAL:
        return False
    return sure.get((edge.protocol, edge.server, edge.client), 0.0) > relation.certainty


def shown_evidence(relation: Relation) -> tuple[str, ...]:
    """Where a relation is known from: sampler, run, command and hash of the raw answers."""
    return tuple(
        f"{observer} {run} {source} sha256:{digest[:16]}"
        for (observer, run), (source, digest) in sorted(relation.evidence.items())
    )
