"""Forwarding tables of the nine routers of Internet2, as Juniper's `show route forwarding-table` prints them."""

import gzip
import re
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from qianyun.verify.network.model import Box, Interface, NextHop, Route

TABLES = {"default.inet": 4, "default.inet6": 6}
DESTINATION = re.compile(r"^(default|[0-9a-f.:]+/\d+)\s+(\S+)\s+\d+\s*(.*)$")
THROWN = ("rjct", "dscd")
OUT = re.compile(r"\b(?:ucst|bcst|mcst|rslv|ulst|comp|hold)\b.*?\s(\S*[a-z]\S*[\d/.]+)\s*$")


def internet2(folder: Path) -> Iterator[Box]:
    """One router after the other."""
    for path in sorted(folder.glob("*-show_route_forwarding-table_table_default.xml.gz")):
        name = path.name.partition("-")[0]
        with gzip.open(path, "rt", encoding="latin-1") as text:
            routes = tuple(_routes(text, name))
        ports = sorted({hop.interface for route in routes for hop in route.hops})
        yield Box(name=name, interfaces=tuple(Interface(name=port) for port in ports), routes=routes)


def _routes(lines: Iterator[str], name: str) -> Iterator[Route]:
    version, entry = 0, list[str]()
    for number, line in enumerate(lines, 1):
        found = DESTINATION.match(line)
        if line.startswith("Routing table:") or found:
            if entry:
                yield _route(entry, version, f"{name}:{number}")
            entry = []
        if line.startswith("Routing table:"):
            version = TABLES.get(line.split(":")[1].strip(), 0)
        elif version and (found or entry):
            entry.append(line.rstrip())
    if entry:
        yield _route(entry, version, name)


def _route(entry: list[str], version: int, place: str) -> Route:
    words = entry[0].split()
    prefix = ip_network({4: "0.0.0.0/0", 6: "::/0"}[version] if words[0] == "default" else words[0])
    outs = dict.fromkeys(found[1] for line in entry if (found := OUT.search(line)))
    local = not outs and any("locl" in line.split() or "recv" in line.split() for line in entry)
    hops = tuple(NextHop(interface=out) for out in outs)
    return Route(prefix=prefix, hops=hops, local=local, place=place, text=" ".join(" ".join(entry).split()))
