"""What a Linux host says of its routes: `ip route show table all`, `ip rule`, and the sysctls of forwarding.

Only the tables `local`, `main` and `default` are looked up by rules that every host has. Any other rule
(policy routing) is listed: where it sends packets is not followed.

Source: ip-route(8), ip-rule(8).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from qianyun.verify.chains import Unread
from qianyun.verify.conditions import Prefix
from qianyun.verify.network.model import NextHop, Route
from qianyun.words import _

THROWN = ("blackhole", "unreachable", "prohibit")
QUIET = ("broadcast", "multicast", "anycast", "local", "throw", "nat")
"""Kinds of routes that carry no packet on: addresses of the host itself come from its interfaces."""
USUAL_TABLES = ("main", "default", "254", "253")
USUAL_RULE = re.compile(
    r"^(0:\s+from all lookup local|32766:\s+from all lookup main|32767:\s+from all lookup default)$"
)
ALL: dict[int, Prefix] = {4: IPv4Network("0.0.0.0/0"), 6: IPv6Network("::/0")}
FORWARDING = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The routes in force that are looked up for every packet, and what was not understood.

    Attributes:
        elsewhere: Routes of other tables, which only policy routing would look up.
    """

    routes: tuple[Route, ...] = ()
    elsewhere: tuple[Unread, ...] = ()
    unread: tuple[Unread, ...] = ()


def read_routes(text: str, name: str, version: int) -> Table:
    """The routes of one family.

    Args:
        text: What `ip route show table all` shows.
        name: Of the host, for places.
        version: 4 or 6.
    """
    routes: list[Route] = []
    elsewhere: list[Unread] = []
    unread: list[Unread] = []
    for number, lines in _entries(text):
        place, shown = f"{name}:{number}", " ".join(" ".join(lines).split())
        words = lines[0].split()
        kind = words.pop(0) if words[0] in (*THROWN, *QUIET, "unicast") else "unicast"
        table = _after(words, "table")
        if kind in QUIET or table in ("local", "255") or "dead" in words or "unspec" in words:
            continue
        if table and table not in USUAL_TABLES:
            elsewhere.append(
                Unread(place=place, text=shown, why=_("it stands in the routing table {table}").format(table=table))
            )
            continue
        try:
            prefix = ALL[version] if words[0] == "default" else ip_network(words[0])
            hops = () if kind in THROWN else tuple(_hops(words, lines[1:]))
            metric = int(_after(words, "metric") or "0")
        except (ValueError, IndexError):
            unread.append(Unread(place=place, text=shown, why=_("the route is not understood")))
            continue
        routes.append(Route(prefix=prefix, hops=hops, metric=metric, place=place, text=shown))
    return Table(routes=tuple(routes), elsewhere=tuple(elsewhere), unread=tuple(unread))


def _entries(text: str) -> Iterator[tuple[int, list[str]]]:
    """Routes with the lines of their next hops, and where they begin."""
    entry: tuple[int, list[str]] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("\t", " ")) and line.split()[:1] == ["nexthop"] and entry:
            entry[1].append(line)
        elif line.strip():
            if entry:
                yield entry
            entry = number, [line]
    if entry:
        yield entry


def _hops(words: Sequence[str], more: Sequence[str]) -> Iterator[NextHop]:
    if more:
        for line in more:
            yield from _hops(line.split(), ())
        return
    interface, via = (
        _after(words, "dev"),
        _after(words, "via", "inet6") or _after(words, "via", "inet") or _after(words, "via"),
    )
    if not interface:
        raise ValueError(words)
    yield NextHop(interface=interface, gateway=ip_address(via) if via else None, attached=not via)


def _after(words: Sequence[str], *keys: str) -> str:
    """The word behind these words, one after the other; empty where they do not stand there."""
    for at in range(len(words) - len(keys)):
        if tuple(words[at : at + len(keys)]) == keys:
            return words[at + len(keys)]
    return ""


def policy_rules(text: str, name: str) -> tuple[Unread, ...]:
    """Rules that not every host has: they may send packets by other tables."""
    why = _("policy routing is not followed")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(
        Unread(place=f"{name}:{number}", text=line, why=why)
        for number, line in enumerate(lines, 1)
        if line and not USUAL_RULE.fullmatch(line)
    )


def forwards(text: str) -> frozenset[int] | None:
    """The IP versions a host passes on; `None` where its sysctls do not say."""
    values = dict(re.findall(r"^(\S+) = (\d+)$", text, re.MULTILINE))
    if not all(key in values for key in FORWARDING.values()):
        return None
    return frozenset(version for version, key in FORWARDING.items() if values[key] != "0")
