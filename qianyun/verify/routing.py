"""Routing of one box as its kernel keeps it: the tables with every kind of route, and the rules that choose among them.

Read from `ip route show table all` and `ip rule` of one family. What is not understood leaves the addresses that it
speaks of, or all of them, without an answer.

Source: ip-route(8), ip-rule(8); Linux `fib_trie.c`, `fib_rules.c`, `ip6_fib.c`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import pairwise

from qianyun.verify.conditions import Prefix

KINDS_OF_ROUTES = (
    "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw",
)  # fmt: skip
FAILING = ("blackhole", "unreachable", "prohibit")
UNKNOWN = "unknown"
LOCAL_TABLE, MAIN_TABLE, DEFAULT_TABLE = "local", "main", "default"
NAMES_OF_TABLES = {"255": LOCAL_TABLE, "254": MAIN_TABLE, "253": DEFAULT_TABLE, "": MAIN_TABLE}
VALUES = (
    "table", "proto", "protocol", "scope", "src", "metric", "pref", "preference", "mtu", "advmss", "hoplimit",
    "expires", "error", "window", "rtt", "rttvar", "rto_min", "initcwnd", "initrwnd", "quickack", "ssthresh", "cwnd",
    "reordering", "features", "congctl", "weight", "dev", "nhid", "realm", "realms", "users", "age",
    "fastopen_no_cookie", "ttl-propagate",
)  # fmt: skip
"""Words of a route that a value follows, and that change nothing about what is asked here."""
FLAGS = ("onlink", "linkdown", "pervasive", "offload", "trap", "offload_failed", "rt_offload", "rt_trap", "notify")
"""Words that stand alone."""
USUAL = {4: ((LOCAL_TABLE, MAIN_TABLE, DEFAULT_TABLE), (0, 32766, 32767)), 6: ((LOCAL_TABLE, MAIN_TABLE), (0, 32766))}
"""Tables and priorities of the rules that every host has."""
ALL = {4: "0.0.0.0/0", 6: "::/0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One route.

    Attributes:
        kind: As `ip route` calls it; `UNKNOWN` where something about it is not understood.
        interfaces: Of its next hops, in order.
        direct: No gateway is in between.
    """

    prefix: Prefix
    kind: str = "unicast"
    interfaces: tuple[str, ...] = ()
    direct: bool = False
    metric: int = 0
    table: str = MAIN_TABLE

    @property
    def is_sure(self) -> bool:
        """Whether it is understood."""
        return self.kind != UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One rule of routing.

    Attributes:
        asks: What packets must have, by the words of `ip rule`.
        is_negated: They must not have it.
        table: Where to look; empty where the rule itself is an end.
        ends: The kind of route that it is by itself.
        longer_than: Only prefixes longer than this count.
        is_sure: Whether it is understood.
    """

    priority: int
    asks: Mapping[str, str] = field(default_factory=dict)
    is_negated: bool = False
    table: str = ""
    ends: str = ""
    longer_than: int = -1
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Routes and rules of one family."""

    version: int
    tables: Mapping[str, tuple[Kept, ...]]
    lookups: tuple[Lookup, ...]

    @property
    def is_usual(self) -> bool:
        """Whether only the rules of every host choose among the tables."""
        tables, priorities = USUAL[self.version]
        plain = all(each.is_sure and not each.asks and each.longer_than < 0 for each in self.lookups)
        seen = (tuple(each.table for each in self.lookups), tuple(each.priority for each in self.lookups))
        return plain and seen == (tables, priorities)

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Every interface that a route names."""
        return tuple(
            dict.fromkeys(name for table in self.tables.values() for route in table for name in route.interfaces)
        )


def read_routing(routes: str, rules: str, version: int) -> Routing | None:
    """What a host has of one family; `None` where one of the texts is empty: it was not collected.

    Args:
        routes: What `ip route show table all` shows.
        rules: What `ip rule` shows.
        version: 4 or 6.
    """
    lookups = tuple(sorted((_lookup(line) for line in _lines(rules)), key=lambda each: each.priority))
    kept = tuple(dict.fromkeys(_kept(lines, version) for lines in _entries(routes)))
    if not lookups or not kept:
        return None
    tables: dict[str, list[Kept]] = {}
    for route in kept:
        tables.setdefault(route.table, []).append(route)
    return Routing(version=version, tables={name: tuple(each) for name, each in tables.items()}, lookups=lookups)


def _lines(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if words := line.split():
            yield words


def _entries(text: str) -> Iterator[list[list[str]]]:
    """The words of each route, with those of its next hops."""
    entry: list[list[str]] = []
    for words in _lines(text):
        if words[0] == "nexthop" and entry:
            entry.append(words[1:])
            continue
        if entry:
            yield entry
        entry = [words]
    if entry:
        yield entry


def _kept(lines: Sequence[list[str]], version: int) -> Kept:
    words = list(lines[0])
    kind = words.pop(0) if words[0] in KINDS_OF_ROUTES else "unicast"
    target = words.pop(0) if words else ""
    whole = ip_network(ALL[version])
    try:
        prefix = whole if target == "default" else ip_network(target)
    except ValueError:
        return Kept(prefix=whole, kind=UNKNOWN, table=_value(words, "table"))
    hops = [_hop(each) for each in ((words, *lines[1:]) if len(lines) == 1 else lines[1:])]
    known = all(hop is not None for hop in hops) and _hop(words) is not None
    if kind == "anycast" and version == 6 and _value(words, "proto") != "kernel":  # noqa: PLR2004 - IP version
        known = False  # the kernel marks only its own ones as such
    metric = _value(words, "metric") or "0"
    return Kept(
        prefix=prefix,
        kind=kind if known and prefix.version == version and metric.isdecimal() else UNKNOWN,
        interfaces=tuple(hop[0] for hop in hops if hop and hop[0]),
        direct=all(hop is not None and not hop[1] for hop in hops),
        metric=int(metric) if metric.isdecimal() else 0,
        table=NAMES_OF_TABLES.get(_value(words, "table"), _value(words, "table")),
    )


def _hop(words: Sequence[str]) -> tuple[str, bool] | None:
    """Interface, and whether a gateway stands in between; `None` with a word that may mean anything."""
    at, gateway = 0, False
    while at < len(words):
        if words[at] == "via" and at + 1 < len(words):
            gateway, at = True, at + 2 + (words[at + 1] in ("inet", "inet6"))
        elif words[at] in VALUES and at + 1 < len(words):
            at += 2
        elif words[at] in FLAGS:
            at += 1
        else:
            return None
    return _value(words, "dev"), gateway


def _value(words: Sequence[str], key: str) -> str:
    return next((value for word, value in pairwise(words) if word == key), "")


SELECTING = ("from", "to", "fwmark", "iif", "oif", "tos", "dsfield", "ipproto", "sport", "dport", "uidrange", "tun_id")
ENDS = ("unreachable", "prohibit", "blackhole")


def _lookup(words: Sequence[str]) -> Lookup:
    """`100: not from 10.0.0.0/8 fwmark 0x1 lookup 100 suppress_prefixlength 0`."""
    number = words[0].removesuffix(":")
    priority = int(number) if number.isdecimal() else 0
    asks: dict[str, str] = {}
    others: dict[str, str] = {}
    rest = list(words[1:])
    is_negated = rest[:1] == ["not"]
    rest = rest[is_negated:]
    while rest:
        word = rest.pop(0)
        if word in ENDS:
            others["ends"] = word
        elif rest and word in SELECTING:
            asks[word] = rest.pop(0)
        elif rest and word in ("lookup", "proto", "protocol", "suppress_prefixlength", "realms", "priority"):
            others[word] = rest.pop(0)
        else:
            others["unknown"] = word
    if asks.get("from") in ("all", "0.0.0.0/0", "::/0"):
        del asks["from"]
    table = others.get("lookup", "")
    shortest = others.get("suppress_prefixlength", "-1")
    sure = "unknown" not in others and not table.startswith("[") and re.fullmatch(r"-?\d+", shortest) is not None
    return Lookup(
        priority=priority,
        asks=asks,
        is_negated=is_negated,
        table=NAMES_OF_TABLES.get(table, table) if table else "",
        ends=others.get("ends", ""),
        longer_than=int(shortest) if sure else -1,
        is_sure=sure and number.isdecimal() and bool(table) != bool(others.get("ends")),
    )
