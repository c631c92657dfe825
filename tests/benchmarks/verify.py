"""Exact packet sets of access lists of ten and fifty thousand lines, IPv4 and IPv6 alike, in CPU seconds.

The peer is the second engine: interval diagrams in plain Python.
"""

import random
import time
from collections.abc import Callable

from qianyun.verify.acl import AccessList, Line
from qianyun.verify.bits import BitEngine
from qianyun.verify.conditions import Condition, In, all_of, is_, leaves
from qianyun.verify.fields import DPORT, DST4, DST6, PROTOCOL, SRC4, SRC6, STATE, TCP, UDP, Range
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.space import MakeEngine, Space

WELL_KNOWN = (22, 25, 53, 80, 161, 389, 443, 445, 1433, 1521, 3306, 3389, 5432, 6379, 8080, 8443, 9200)
EDITED = 0.005
"""Share of lines that differ between two lists."""


def lines(count: int, version: int, seed: int = 0) -> list[Line]:
    """A list such as gateways have: hosts and networks of a few hundred sites, ports well known and not."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable list
    made = _Maker(chance, version, max(20, int(count**0.5) * 4))
    return [made.line(number) for number in range(count)]


class _Maker:
    def __init__(self, chance: random.Random, version: int, networks: int) -> None:
        self.chance = chance
        self.fields = (SRC4, DST4) if version == 4 else (SRC6, DST6)
        self.host_bits = 8 if version == 4 else 64
        base = 10 << 24 if version == 4 else 0x3FFF << 112
        sites = 1 << 16 if version == 4 else 1 << 40
        self.networks = [base | chance.randrange(sites) << self.host_bits for _network in range(networks)]

    def line(self, number: int) -> Line:
        chance = self.chance
        source = [] if chance.random() < 0.12 else [In(self.fields[0], (self._span(0.5),))]
        parts: list[Condition] = [In(self.fields[1], (self._span(0.35),)), *source]
        kind = chance.random()
        if kind < 0.9:
            parts.append(In(PROTOCOL, ((TCP, TCP) if kind < 0.7 else (UDP, UDP),)))
            port = chance.choice(WELL_KNOWN) if chance.random() < 0.75 else chance.randrange(1, 65000)
            parts.append(In(DPORT, ((port, min(65535, port + chance.choice((0, 0, 0, 9, 100)))),)))
        if chance.random() < 0.15:
            parts.append(In(STATE, ((0, chance.randrange(3)),)))
        return Line(permits=chance.random() < 0.8, condition=all_of(*parts), place=f"acl:{number}")

    def _span(self, whole: float) -> Range:
        """A network, or a host or small block in it."""
        network = self.chance.choice(self.networks)
        if self.chance.random() < whole:
            return network, network | (1 << self.host_bits) - 1
        host = network | self.chance.randrange(1, 250)
        return host, host


def _build(count: int, version: int, engine: MakeEngine) -> float:
    acl = lines(count, version)
    started = time.process_time()
    space = Space((line.condition for line in acl), engine=engine)
    AccessList(space, acl).permitted.diagram.node_count()
    return time.process_time() - started


def _diff(engine: MakeEngine, count: int = 10_000) -> float:
    one, two = lines(count, 4), lines(count, 4)
    chance = random.Random(1)  # noqa: S311 - a repeatable list
    for line in lines(int(count * EDITED), 4, seed=2):
        two[chance.randrange(count)] = line
    space = Space((line.condition for line in (*one, *two)), engine=engine)
    first, second = (AccessList(space, acl).permitted for acl in (one, two))
    started = time.process_time()
    both_ways = (first - second, second - first)
    took = time.process_time() - started
    assert any(both_ways)
    return took


def _edit(engine: MakeEngine, count: int = 10_000) -> float:
    acl = lines(count, 6)
    space = Space((line.condition for line in acl), engine=engine)
    kept = AccessList(space, acl)
    before = kept.permitted
    acl_span = next(leaf.ranges[0] for leaf in leaves(acl[count // 2].condition) if leaf.field is DST6)
    new = Line(permits=True, condition=is_(DST6, acl_span))
    started = time.process_time()
    kept.replace(1, new)
    changed = kept.permitted - before
    took = time.process_time() - started
    assert changed
    return took


def of(work: Callable[..., float], *words: object) -> tuple[Callable[[], float], Callable[[], float]]:
    """The same work by our engine and by its peer."""
    return lambda: work(*words, BitEngine), lambda: work(*words, IntervalEngine)


def _row(goal: str, sides: tuple[Callable[[], float], Callable[[], float]]) -> dict[str, object]:
    ours, peer = sides
    return {"ours": ours, "peer": peer, "peer_name": "interval diagrams in Python", "unit": "CPU s", "goal": goal}


BENCHMARKS = {
    "acl-10k-v4": _row("ours <= 1.3", of(_build, 10_000, 4)),
    "acl-10k-v6": _row("ours <= 1.3", of(_build, 10_000, 6)),
    "acl-50k-v6": {k: v for k, v in _row("ours <= 15", of(_build, 50_000, 6)).items() if not k.startswith("peer")},
    "acl-diff": _row("ours <= 0.01", of(_diff)),
    "acl-edit": _row("ours <= 0.3", of(_edit)),
}
