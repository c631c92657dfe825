"""The Stanford backbone as a stream of forwarding and filter rules: ports without addresses, sixteen routers.

Each line inserts one rule. A forwarding rule names the port; a VLAN is all the ports that carry it. Filters
stand at ports; several at one port must all let a packet pass.
"""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Filter
from qianyun.verify.conditions import IS_V4, Condition, all_of, is_
from qianyun.verify.fields import DPORT, DST4, PROTOCOL, SPORT, SRC4, Field, masked
from qianyun.verify.network.model import Box, Interface, Link, Network, NextHop, Port, Route

Words = list[str]


def stanford_stream(folder: Path) -> Network:
    """The network after all insertions."""
    inserted = [words for words in _lines(folder / "updates") if words[0] == "+"]
    vlans = {(box, name): ports for box, name, *ports in _lines(folder / "vlan.txt")}
    filters = _filters(words[2:] for words in inserted if words[1] == "acl")
    links = tuple(_links(folder / "topo.txt"))
    routes: dict[str, list[Route]] = defaultdict(list)
    ports: dict[str, dict[str, None]] = defaultdict(dict)
    for link in links:
        for port in (link.a, link.b):
            ports[port.box][port.interface] = None
    for _sign, _kind, box, value, length, out, _priority in (words for words in inserted if words[1] == "fwd"):
        prefix = IPv4Network((int(value), int(length)))
        outs = () if out == "self" else tuple(vlans.get((box, out), [out]))
        ports[box].update(dict.fromkeys(outs))
        hops = tuple(NextHop(interface=each) for each in outs)
        routes[box].append(Route(prefix=prefix, hops=hops, local=out == "self", text=f"{prefix} {out}"))
    uses = {path.name.removesuffix("_usage"): [*_lines(path)] for path in (folder / "acls").glob("*_usage")}
    return Network(
        boxes=tuple(_box(name, ports[name], routes[name], uses.get(name, []), filters) for name in sorted(routes)),
        links=links,
    )


def _links(path: Path) -> Iterator[Link]:
    """The wires, once each; the stream puts every filter into them as a node of its own, from `inport` to `permit`."""
    ways: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for a, b, c, d in _lines(path):
        ways[a, b].append((c, d))

    def ends(box: str, port: str) -> Iterator[Port]:
        for name, way in ways.get((box, port), ()):
            if way == "inport":
                yield from ends(name, "permit")
            else:
                yield Port(name, way)

    wires = {tuple(sorted((Port(*here), there))) for here in ways if here[1] != "permit" for there in ends(*here)}
    yield from (Link(a, b) for a, b in sorted(wires) if (a.box, a.interface) != (b.box, b.interface))


def _lines(path: Path) -> Iterator[Words]:
    for line in path.read_text(encoding="ascii").splitlines():
        if words := line.split():
            yield words


def _box(name: str, ports: dict[str, None], routes: list[Route], uses: list[Words], filters: dict[str, Filter]) -> Box:
    bound: dict[tuple[str, str], tuple[Filter, ...]] = defaultdict(tuple)
    for port, way, *lists in uses:
        bound[port, way] += tuple(filters[key] for each in lists if (key := f"{name}_{each}") in filters)
    interfaces = (Interface(name=port, incoming=bound[port, "in"], outgoing=bound[port, "out"]) for port in ports)
    return Box(name=name, interfaces=tuple(interfaces), routes=tuple(routes))


def _filters(rows: Iterator[Words]) -> dict[str, Filter]:
    lists: dict[str, list[tuple[int, Line]]] = defaultdict(list)
    for name, _kind, _number, *words in rows:
        action, first, last, source, source_wild, s1, s2, target, target_wild, d1, d2, priority = words
        parts: list[Condition] = [IS_V4]
        if (first, last) != ("0", "255"):
            parts.append(is_(PROTOCOL, (int(first), int(last))))
        parts += _address(SRC4, source, source_wild)
        parts += _address(DST4, target, target_wild)
        parts += [_ports(field, a, b) for field, a, b in ((SPORT, s1, s2), (DPORT, d1, d2)) if a != "null"]
        line = Line(permits=action == "permit", condition=all_of(*parts), text=" ".join(words[:-1]))
        lists[name].append((-int(priority), line))
    return {
        name: Filter(name=name, lines=tuple(line for _order, line in sorted(lines, key=lambda each: each[0])))
        for name, lines in lists.items()
    }


def _address(field: Field, address: str, wildcard: str) -> list[Condition]:
    if address == "any":
        return []
    mask = 0xFFFFFFFF ^ (0 if wildcard == "null" else int(IPv4Address(wildcard)))
    ranges = masked(field, mask, int(IPv4Address(address)) & mask)
    return [is_(field, *(ranges or ()))]


def _ports(field: Field, first: str, last: str) -> Condition:
    """Without a last one, all ports above the first: `gt` in the configurations."""
    return is_(field, (int(first) + 1, field.top) if last == "null" else (int(first), int(last)))
