"""One host watched over time: its answers become sightings, each connection counted once and its volume as it grows."""

import json
from dataclasses import dataclass, field
from ipaddress import ip_address

from collectors.flows.conntrack import Entry, read_conntrack
from collectors.flows.direction import BEGAN, EPHEMERAL, FIRST_USER_PORT, LISTENS, WELL_KNOWN
from collectors.flows.sightings import Address, Endpoint, Sighting, is_one_host
from collectors.flows.sockets import Answer, Socket, Space
from collectors.flows.tally import BLOCK_S, Tally
from collectors.flows.translations import Translations, read_ip_vs

ATTEMPTS = ("SYN-SENT", "SYN-RECV")
"""States of a connection whose other end has not answered, or not ours."""

RESTING = "TIME-WAIT"
"""State of a connection that is over; it is of the stretch of time in which it was first seen."""

SOCKETS, CONNTRACK = "sockets", "conntrack"

Connection = tuple[str, str, Endpoint, Endpoint]
"""Space, protocol and ends."""

Known = dict[Connection, int]
"""Volume so far."""


@dataclass(slots=True)
class Watch:
    """What was seen on one host so far.

    Attributes:
        name: The target's.
        addresses: In the host's own namespace.
        inner: In namespaces of its containers only; another host may have the same ones.
        askers: From where we asked, and at which port.
        unread: Containers whose namespace could not be read.
        attempts: How often the host was asked, with or without an answer.
        is_hidden: Whether the host hides processes of others from the account.
    """

    name: str
    block_s: int = BLOCK_S
    samples: int = 0
    addresses: set[Address] = field(default_factory=set)
    inner: set[Address] = field(default_factory=set)
    askers: set[tuple[Address, int]] = field(default_factory=set)
    translations: Translations = field(default_factory=Translations)
    unread: int = 0
    is_hidden: bool = False
    sockets: Tally = field(init=False)
    conntrack: Tally = field(init=False)
    attempts: int = 0
    _listeners: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    _connections: Known = field(default_factory=dict)
    _is_first: bool = True

    def __post_init__(self) -> None:
        self.sockets = Tally(f"{SOCKETS}@{self.name}", "ss -H -tunai", self.block_s)
        self.conntrack = Tally(f"{CONNTRACK}@{self.name}", "/proc/net/nf_conntrack", self.block_s)

    def take(self, answer: Answer, at: float, raw_sha256: str) -> None:
        """Take in one sample."""
        own = answer.spaces[0].addresses
        self.addresses |= {each for each in own if is_one_host(each)}
        self.inner |= {each for each in answer.addresses - own if is_one_host(each)}
        self.askers |= {answer.asker} if answer.asker else set()
        self.unread, self.is_hidden = answer.unread, answer.is_hidden
        before, self._connections = self._connections, {}
        self.sockets.source = answer.command
        self.sockets.look(at, raw_sha256)
        for space in answer.spaces:
            self._space(space, answer, before, at)
        entries = tuple(read_conntrack(answer.conntrack.splitlines()))
        if entries or self.conntrack.looked:
            self.conntrack.look(at, raw_sha256)
        for entry in entries:
            self._tracked(entry, answer, before, at)
        for service, member in read_ip_vs(answer.ip_vs.splitlines()):
            self.translations.pools.setdefault(service, set()).add(member)
        self.samples += 1
        self._is_first = False

    def _space(self, space: Space, answer: Answer, before: Known, at: float) -> None:
        """The connections of one namespace; its listeners are remembered while the host is watched."""
        listeners = self._listeners.setdefault(space.name, set())
        listeners |= {(each.protocol, each.local.port) for each in space.sockets if each.peer is None}
        for each in space.sockets:
            if each.peer is None or _is_asker(each.peer.address, each.local.port, answer):
                continue
            if each.peer.address in answer.addresses:
                self.sockets.passed_over["own_host"] += 1
                continue
            serves, certainty = _serving(each, each.peer, listeners)
            is_new, octets = self._grown((space.name, each.protocol, each.local, each.peer), each.octets, before)
            if each.state == RESTING and not is_new:
                continue
            self.sockets.add(
                Sighting(
                    protocol=each.protocol,
                    one=each.local,
                    other=each.peer,
                    serves=serves,
                    certainty=certainty,
                    is_answered=each.state not in ATTEMPTS,
                    connections=int(is_new),
                    octets=octets,
                    began=at,
                    ended=at,
                )
            )

    def _tracked(self, entry: Entry, answer: Answer, before: Known, at: float) -> None:
        """One connection that passes the host or ends there."""
        if _is_asker(entry.client.address, entry.asked.port, answer):
            return
        if {entry.client.address, entry.server.address} <= answer.addresses:
            self.conntrack.passed_over["own_host"] += 1
            return
        if entry.is_answered:
            self.translations.learn(entry.protocol, entry.client, entry.asked, entry.server, entry.shown)
        is_new, octets = self._grown((CONNTRACK, entry.protocol, entry.client, entry.asked), entry.octets, before)
        self.conntrack.add(
            Sighting(
                protocol=entry.protocol,
                one=entry.client,
                other=entry.server,
                serves=entry.server,
                certainty=BEGAN,
                is_answered=entry.is_answered,
                connections=int(is_new),
                octets=octets,
                began=at,
                ended=at,
            )
        )

    def to_text(self) -> str:
        """All that a run that was cut off needs to go on; connections under way count as new then."""
        content = {
            "name": self.name,
            "block_s": self.block_s,
            "samples": self.samples,
            "attempts": self.attempts,
            "addresses": sorted(map(str, self.addresses)),
            "inner": sorted(map(str, self.inner)),
            "askers": sorted((str(address), port) for address, port in self.askers),
            "unread": self.unread,
            "is_hidden": self.is_hidden,
            "translations": self.translations.to_rows(),
            "sockets": self.sockets.to_text(),
            "conntrack": self.conntrack.to_text(),
        }
        return json.dumps(content)

    @classmethod
    def from_text(cls, text: str) -> "Watch":
        """The watch that `to_text` wrote.

        Raises:
            ValueError, KeyError, TypeError: It is none.
        """
        content = json.loads(text)
        watch = cls(name=content["name"], block_s=content["block_s"], samples=content["samples"])
        watch.attempts, watch.unread, watch.is_hidden = content["attempts"], content["unread"], content["is_hidden"]
        watch.addresses, watch.inner = (set(map(ip_address, content[name])) for name in ("addresses", "inner"))
        watch.askers = {(ip_address(address), port) for address, port in content["askers"]}
        watch.translations = Translations.from_rows(content["translations"])
        watch.sockets, watch.conntrack = (Tally.from_text(content[name]) for name in (SOCKETS, CONNTRACK))
        return watch

    def _grown(self, key: Connection, octets: int | None, before: Known) -> tuple[bool, int]:
        """Whether a connection is new, and by how much its volume grew; what passed before the first look is not."""
        earlier = before.get(key)
        total = (earlier or 0) if octets is None else octets
        self._connections[key] = total
        if self._is_first:
            return True, 0
        return earlier is None, max(0, total - (earlier or 0))


def _serving(each: Socket, peer: Endpoint, listeners: set[tuple[str, int]]) -> tuple[Endpoint, float]:
    """Where the host listens it serves; else it asked, unless its listener may have gone in between."""
    near = each.local
    if each.state == "SYN-SENT":
        return peer, BEGAN
    if (each.protocol, near.port) in listeners or each.state == "SYN-RECV":
        return near, LISTENS
    if near.port < FIRST_USER_PORT <= peer.port:
        return near, WELL_KNOWN
    return peer, BEGAN if near.port > peer.port else EPHEMERAL


def _is_asker(client: Address, port: int, answer: Answer) -> bool:
    """Whether a connection is one over which we ask, now or before."""
    return answer.asker is not None and (client, port) == answer.asker
