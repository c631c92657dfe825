"""A tally: what one observer saw, counted edge by edge, with the stretches of time in which each was seen.

An observer is one sampler at one place (`sockets@web-01`, `netflow@10.0.0.1`). Its memory grows with
edges and stretches, not with connections. It is written as it stands, so that a run that was cut off
goes on from there.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from collectors.flows.direction import Services, serving
from collectors.flows.sightings import Edge, Sighting, edge_of, is_one_host

BLOCK_S = 300
LONGEST_BLOCKS = 288
"""A flow that lasts longer than so many stretches is counted in its first and its last ones."""

MOST_EDGES = 200_000
"""Edges that one tally holds; an address scan fills it, and is told."""


Row = tuple[int, int, int, float, float, float, bool, str]


@dataclass(slots=True)
class Count:
    """What was seen of one edge."""

    connections: int = 0
    octets: int = 0
    packets: int = 0
    first: float = 0.0
    last: float = 0.0
    certainty: float = 0.0
    is_answered: bool = False
    blocks: set[int] = field(default_factory=set)

    def to_row(self) -> Row:
        """Its fields in their order."""
        counts = (self.connections, self.octets, self.packets, self.first, self.last)
        return (*counts, self.certainty, self.is_answered, blocks_text(self.blocks))

    @classmethod
    def from_row(cls, row: Row) -> "Count":
        """The count that `to_row` wrote.

        Raises:
            ValueError, TypeError: It is none.
        """
        connections, octets, packets, first, last, certainty, is_answered, blocks = row
        return cls(connections, octets, packets, first, last, certainty, is_answered, blocks_of(blocks))


class Tally:
    """Counts of one observer."""

    def __init__(self, observer: str, source: str, block_s: int = BLOCK_S) -> None:
        self.observer = observer
        self.source = source
        self.block_s = block_s
        self.counts: dict[Edge, Count] = {}
        self.looked: set[int] = set()
        self.passed_over: Counter[str] = Counter()
        self.digest = ""

    def look(self, at: float, raw_sha256: str) -> None:
        """Note that the observer looked, and at which answer."""
        self.looked.add(int(at // self.block_s))
        self.digest = hashlib.sha256(f"{self.digest}{raw_sha256}".encode()).hexdigest()

    def add(self, sighting: Sighting, services: Services | None = None) -> None:
        """Count a sighting; one of an address that is no single host's is passed over, and counted as that."""
        for end in (sighting.one, sighting.other):
            if not is_one_host(end.address):
                self.passed_over["own_host" if end.address.is_loopback else "no_host"] += 1
                return
        if sighting.one.address == sighting.other.address:
            self.passed_over["own_host"] += 1
            return
        server, certainty = serving(sighting, services or {})
        client = sighting.other if server == sighting.one else sighting.one
        edge = Edge(sighting.protocol, client.address, server.address, server.port)
        count = self.counts.get(edge)
        if count is None:
            if len(self.counts) >= MOST_EDGES:
                self.passed_over["too_many"] += 1
                return
            count = self.counts[edge] = Count(first=sighting.began)
        count.connections += sighting.connections
        count.octets += sighting.octets
        count.packets += sighting.packets
        count.first, count.last = min(count.first, sighting.began), max(count.last, sighting.ended)
        count.certainty = max(count.certainty, certainty)
        count.is_answered = count.is_answered or sighting.is_answered
        count.blocks.update(self._blocks(sighting.began, sighting.ended))

    def _blocks(self, began: float, ended: float) -> Iterable[int]:
        first, last = int(began // self.block_s), int(ended // self.block_s)
        return range(first, last + 1) if last - first < LONGEST_BLOCKS else (first, last)

    def to_text(self) -> str:
        """All of it, as JSON."""
        counts = {str(edge): count.to_row() for edge, count in self.counts.items()}
        content = {
            "observer": self.observer,
            "source": self.source,
            "block_s": self.block_s,
            "looked": blocks_text(self.looked),
            "passed_over": self.passed_over,
            "digest": self.digest,
            "counts": counts,
        }
        return json.dumps(content)

    @classmethod
    def from_text(cls, text: str) -> "Tally":
        """The tally that `to_text` wrote.

        Raises:
            ValueError, KeyError, TypeError: It is none.
        """
        content = json.loads(text)
        tally = cls(content["observer"], content["source"], content["block_s"])
        tally.looked, tally.digest = blocks_of(content["looked"]), content["digest"]
        tally.passed_over = Counter(content["passed_over"])
        for name, entry in cast("Mapping[str, Row]", content["counts"]).items():
            tally.counts[edge_of(name)] = Count.from_row(entry)
        return tally


def blocks_text(blocks: Iterable[int]) -> str:
    """Numbers as runs: `7-9 12`."""
    runs: list[list[int]] = []
    for block in sorted(blocks):
        if runs and block == runs[-1][1] + 1:
            runs[-1][1] = block
        else:
            runs.append([block, block])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def blocks_of(text: str) -> set[int]:
    """The numbers that `blocks_text` wrote."""
    found: set[int] = set()
    for run in text.split():
        first, _dash, last = run.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
