"""The Stanford backbone as a stream of forwarding and filter rules, in APKeep's format."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Direction, Filter
from qianyun.verify.acls.matches import address4, of_wildcard
from qianyun.verify.conditions import IS_V4, Condition, In, all_of, is_
from qianyun.verify.fields import DPORT, DST4, PROTOCOL, SPORT, SRC4, Field
from qianyun.verify.network import HERE, Box, Hop, Network


def stream(folder: Path) -> Network:
    """All rules inserted, one hop for each physical port and neighbour."""
    links: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for box, port, other, into in _words(folder / "topo.txt"):
        links[box, port].append((other, into))
    members = {(box, vlan): ports for box, vlan, *ports in _words(folder / "vlan.txt")}
    tables: dict[str, dict[IPv4Network, dict[Hop, None]]] = defaultdict(dict)
    lists: dict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    for sign, kind, name, *rest in _words(folder / "updates"):
        if sign == "+" and kind == "fwd":
            prefix = IPv4Network((int(rest[0]), int(rest[1])))
            hops = tables[name].setdefault(prefix, {})
            for port in members.get((name, rest[2]), [rest[2]]):
                hops |= dict.fromkeys(_hops(name, port, links))
        elif sign == "+":
            lists[name].append((int(rest[-1]), rest[2:]))
    filters = {name: _filter(name, lines) for name, lines in lists.items()}
    return Network(
        boxes={
            name: Box(
                name=name,
                table=[(prefix, tuple(hops)) for prefix, hops in table.items()],
                filters=_bound(folder, name, filters),
            )
            for name, table in sorted(tables.items())
        }
    )


def _words(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as lines:
        yield from (line.split() for line in lines if line.strip())


def _hops(box: str, port: str, links: Mapping[tuple[str, str], list[tuple[str, str]]]) -> list[Hop]:
    """The format puts filters between two boxes; the boxes' own tables say which ones, so we walk past."""
    if port == "self":
        return [HERE]
    found: list[Hop] = []
    ahead = list(links.get((box, port), ()))
    while ahead:
        other, into = ahead.pop()
        if into == "inport":
            ahead.extend(links.get((other, "permit"), ()))
        else:
            found.append(Hop(port, other, into))
    return found or [Hop(port)]


def _bound(folder: Path, box: str, filters: Mapping[str, Filter]) -> dict[tuple[str, Direction], list[Filter]]:
    path = folder / "acls" / f"{box}_usage"
    bound: dict[tuple[str, Direction], list[Filter]] = defaultdict(list)
    for port, direction, *names in _words(path) if path.exists() else ():
        known = [filters[f"{box}_{name}"] for name in names if f"{box}_{name}" in filters]
        bound[port, Direction(direction)].extend(known)
    return bound


def _filter(name: str, lines: list[tuple[int, list[str]]]) -> Filter:
    ordered = sorted(lines, key=lambda line: -line[0])
    return Filter(name=name, lines=tuple(_line(words) for _priority, words in ordered))


def _line(words: list[str]) -> Line:
    action, low, high, source, loose, sport, sport_end, target, target_loose, dport, dport_end, *_rest = words
    asked = [
        *_end(DST4, target, target_loose),
        *_end(SRC4, source, loose),
        *_span(DPORT, dport, dport_end),
        *_span(SPORT, sport, sport_end),
    ]
    if (low, high) != ("0", "255"):
        asked.insert(0, is_(PROTOCOL, (int(low), int(high))))
    return Line(permits=action == "permit", condition=all_of(IS_V4, *asked), text=" ".join(words))


def _end(side: Field, address: str, loose: str) -> list[Condition]:
    if address == "any":
        return []
    return [In(side, of_wildcard(address4(address), 0 if loose == "null" else address4(loose)) or ())]


def _span(side: Field, first: str, last: str) -> list[Condition]:
    return [] if "null" in (first, last) else [is_(side, (int(first), int(last)))]
