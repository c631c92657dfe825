"""Random routing of a router, and random rulesets that ask it, for nft and iptables.

Every packet is led to the far side in the end, whatever its ends were when rules asked for them: a last chain of
prerouting puts ends there that the router passes on.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address

SIDE = ("zfa", "zfb", "zca")
NEAR4, NEAR6 = "10.1.{}.0/24", "2001:db8:1:{}::/64"
GATEWAYS = {
    4: {"zfa": "10.255.1.2", "zfb": "10.255.2.2", "zca": "10.9.0.9"},
    6: {"zfa": "fd00:1::2", "zfb": "fd00:2::2", "zca": "fd00:9::9"},
}
NORMAL = """table inet normal {
 chain last {
  type filter hook prerouting priority -140; policy accept;
  ip saddr 0.0.0.0/8 ip saddr set 10.1.0.1
  ip daddr != 10.2.0.0/16 ip daddr set 10.2.1.1
  ip6 saddr fe80::/10 ip6 saddr set 2001:db8:1::1
  ip6 daddr != 2001:db8:2::/48 ip6 daddr set 2001:db8:2:1::1
 }
}
"""
NOBODY = str(IPv4Address(0))
SOURCES = {
    4: ("10.255.1.1", "10.255.2.1", "10.255.1.77", "10.255.2.77", "10.255.1.255", "10.9.0.1", "203.0.113.5", NOBODY,
        "10.1.3.77", "10.1.7.7", "198.51.100.1"),
    6: ("fd00:1::1", "fd00:2::1", "fd00:1::", "fd00:1::77", "fd00:2::77", "fe80::77", "fd00:9::1", "3fff::5",
        "2001:db8:1:3::77", "2001:db8:1:7::7", "2001:db8:1:1::"),
}  # fmt: skip
TARGETS = {
    4: ("10.255.1.1", "10.255.2.1", "10.255.1.255", "10.255.2.0", "255.255.255.255", "224.0.0.5", "239.1.1.1",
        "10.9.0.1", "10.8.1.1", "10.7.1.1", "203.0.113.5", "127.0.0.9", "0.1.2.3"),
    6: ("fd00:1::1", "fd00:2::1", "fd00:1::", "fd00:2::", "ff02::1", "ff05::2", "fd00:9::1", "2001:db8:8::1",
        "2001:db8:7::1", "3fff::5", "fe80::77", "fd00:9::"),
}  # fmt: skip
CONSTRUCTS: Mapping[str, str] = {
    "fib saddr oif": r"fib saddr oif ",
    "fib saddr . iif oif exists": r"fib saddr \. iif oif exists",
    "fib saddr . iif oif missing": r"fib saddr \. iif oif missing",
    "fib saddr . mark . iif oif": r"fib saddr \. mark \. iif oif",
    "fib saddr . mark oif": r"fib saddr \. mark oif",
    "fib daddr oif": r"fib daddr oif ",
    "fib daddr . iif oif": r"fib daddr \. iif oif",
    "fib oifname": r"fib .* oifname",
    "fib oif by index": r"oif \"zf",
    "fib saddr type": r"fib saddr type",
    "fib daddr type": r"fib daddr type",
    "fib type . iif": r"fib .addr \. iif type",
    "fib type . oif": r"fib .addr \. oif type",
    "fib type vmap": r"type vmap",
    "fib type !=": r"type !=",
    "fib in prerouting": r"hook prerouting priority -300(?s:(?!hook).)*fib",
    "fib in forward": r"hook forward(?s:(?!hook).)*fib",
    "fib in postrouting": r"hook postrouting(?s:(?!hook).)*fib",
    **{f"type {kind}": rf"type [^\n]*\b{kind}\b" for kind in (
        "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit",
    )},
}  # fmt: skip
ROUTING = (
    "route by the other side", "route without a gateway", "several next hops", "several metrics", "route blackhole",
    "route unreachable", "route prohibit", "route throw", "default route", "own prefix", "anycast route",
    "rules of every host", "rule from", "rule to", "rule not", "rule fwmark", "rule iif", "rule that ends",
    "rule suppress", "rule by protocol", "rp_filter strict", "rp_filter loose",
)  # fmt: skip
TABLE_CONSTRUCTS = (
    "addrtype source", "addrtype target", "addrtype not", "addrtype by interface", "addrtype of several",
    "rpfilter", "rpfilter loose", "rpfilter validmark", "rpfilter accept-local", "rpfilter invert",
)  # fmt: skip
Command = tuple[str, ...]


class RandomRouting:
    """Routes and rules beside those that a router always has.

    Attributes:
        seen: What stands in it.
        commands: For `ip`, each with the one that takes it back.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.pick = chance, chance.choice
        self.seen = Counter[str]()
        self.commands: list[tuple[Command, Command]] = []
        self.rp_filter = dict.fromkeys(("zfa", "zfb"), 0)
        for version in (4, 6):
            for _route in range(chance.randrange(3, 8)):
                self._route(version)
            if chance.random() < 0.5:
                self._rules(version)
            else:
                self.seen["rules of every host"] += 1
        if chance.random() < 0.5:
            mode = self.pick((1, 2))
            self.rp_filter["zfa"] = mode
            self.seen["rp_filter strict" if mode == 1 else "rp_filter loose"] += 1

    def _add(self, construct: str, version: int, what: str, *words: str) -> None:
        self.seen[construct] += 1
        head = ("ip", f"-{version}", what)
        self.commands.append(((*head, "add", *words), (*head, "del", *words)))

    def _net(self, version: int) -> str:
        low = self.chance.randrange(5)
        wide = (NEAR4 if version == 4 else NEAR6).format(low)
        other = self.pick(
            ("10.8.0.0/16", "10.7.0.0/16", "203.0.113.0/24", "10.1.3.64/26", "10.255.1.64/26")
            if version == 4
            else ("2001:db8:8::/48", "2001:db8:7::/48", "3fff::/20", "2001:db8:1:3::/96", "fd00:1::70/124")
        )
        return self.pick((wide, wide, other))

    def _route(self, version: int) -> None:
        """To some net; those on the far side stay as they are, since packets must come there."""
        net, gateways = self._net(version), GATEWAYS[version]
        name, other = self.chance.sample(SIDE, 2)
        metric = str(self.chance.randrange(1, 5000))
        kind = self.pick(ROUTING[:11])
        if kind in ("route blackhole", "route unreachable", "route prohibit", "route throw"):
            self._add(kind, version, "route", kind.split()[1], net, "metric", metric)
        elif kind == "several next hops":
            hops = [word for each in (name, other) for word in ("nexthop", "via", gateways[each], "dev", each)]
            self._add(kind, version, "route", net, "metric", metric, *hops)
        elif kind == "several metrics":
            for each, far in ((name, "100"), (other, "200")):
                self._add(kind, version, "route", net, "via", gateways[each], "dev", each, "metric", far)
        elif kind == "route without a gateway":
            self._add(kind, version, "route", net, "dev", name, "metric", metric)
        elif kind == "default route":
            self._add(kind, version, "route", "default", "via", gateways[name], "dev", name, "metric", metric)
        elif kind == "own prefix":
            self._add(kind, version, "route", "local", net, "dev", self.pick(("lo", name)), "metric", metric)
        elif kind == "anycast route" and version == 6:
            host = f"2001:db8:1:{self.chance.randrange(5)}::3"
            self._add(kind, version, "route", "anycast", host, "dev", name, "metric", metric)
        else:
            self._add(
                "route by the other side", version, "route", net, "via", gateways[name], "dev", name, "metric", metric
            )

    def _rules(self, version: int) -> None:
        """What the router itself looks up for packets on their way comes first, and goes the usual way."""
        self._add("", version, "rule", "from", "all", "iif", "zfa", "lookup", "main", "priority", "1")
        for _route in range(3):
            net, name = self._net(version), self.pick(SIDE)
            words = (
                "via",
                GATEWAYS[version][name],
                "dev",
                name,
                "table",
                "100",
                "metric",
                str(self.chance.randrange(1, 5000)),
            )
            self._add("route by the other side", version, "route", net, *words)
        for priority in range(100, 100 + self.chance.randrange(1, 4)):
            near, far = ("10.1.0.0/22", "10.2.0.0/23") if version == 4 else ("2001:db8:1::/62", "2001:db8:2::/63")
            kinds: Mapping[str, Sequence[str]] = {
                "rule from": ("from", self.pick((near, far)), "lookup", "100"),
                "rule to": ("to", self.pick((near, far)), "lookup", "100"),
                "rule not": ("not", "from", self.pick((near, far)), "lookup", "100"),
                "rule fwmark": ("fwmark", self.pick(("0x1", "0x2/0x2", "0x0/0x1")), "lookup", "100"),
                "rule iif": ("iif", self.pick(("lo", "zfb")), "lookup", "100"),
                "rule that ends": (self.pick(("unreachable", "prohibit", "blackhole")), "to", self._net(version)),
                "rule suppress": ("lookup", "main", "suppress_prefixlength", self.pick(("0", "16", "48"))),
                "rule by protocol": ("ipproto", "tcp", "lookup", "100"),
            }
            kind = self.pick(sorted(kinds))
            self._add(kind, version, "rule", *kinds[kind], "priority", str(priority))


class RandomAsking:
    """Rulesets of nftables that ask the routes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.pick = chance, chance.choice

    def text(self) -> str:
        """Three chains, and the one that leads packets on."""
        hooks = [("prerouting", -300), ("postrouting", 0)]
        hooks[1:1] = [("forward", 0)] * (self.chance.random() < 0.7)
        chains = "".join(self._chain(hook, priority) for hook, priority in hooks)
        return f"table inet asks {{\n{chains}}}\n{NORMAL}"

    def _chain(self, hook: str, priority: int) -> str:
        rules = "".join(f"  {self._rule(hook)}\n" for _rule in range(self.chance.randrange(2, 6)))
        last = "meta mark set 0" if hook == "prerouting" else "accept"
        return (
            f" chain {hook} {{\n  type filter hook {hook} priority {priority}; policy accept;\n{rules}  {last}\n }}\n"
        )

    def _rule(self, hook: str) -> str:
        if self.chance.random() < 0.15 and hook == "prerouting":
            return f"{self._near()} meta mark set {self.pick((1, 2, 3))}"
        if self.chance.random() < 0.15:
            verdicts = ", ".join(f"{kind} : {self.pick(('accept', 'drop', 'continue'))}" for kind in self._kinds(3))
            return f"fib {self._about(hook, 'type')} type vmap {{ {verdicts} }}"
        asked = self._interface(hook) if hook != "postrouting" and self.chance.random() < 0.5 else self._kind(hook)
        return f"{self.pick(('', self._near(), self._near()))} {asked} {self.pick(('drop', 'accept'))}".strip()

    def _near(self) -> str:
        return self.pick(("ip saddr 10.1.0.0/22", "ip6 saddr 2001:db8:1::/63", "tcp dport 80", "meta l4proto udp"))

    def _about(self, hook: str, result: str) -> str:
        by = {"prerouting": (" . iif",), "forward": (" . iif", " . oif"), "postrouting": (" . oif",)}[hook]
        by = by[:1] if result == "oif" else by  # the kernel knows no other
        mark = self.pick(("", "", " . mark")) if result == "oif" else ""
        return f"{self.pick(('saddr', 'saddr', 'daddr'))}{mark}{self.pick(('', *by, *by))}"

    def _kinds(self, most: int) -> list[str]:
        known = ("unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit")
        return self.chance.sample(known, self.chance.randrange(1, most + 1))

    def _kind(self, hook: str) -> str:
        kinds = self._kinds(3)
        value = kinds[0] if len(kinds) == 1 else f"{{ {', '.join(kinds)} }}"
        return f"fib {self._about(hook, 'type')} type {self.pick(('', '', '!= '))}{value}"

    def _interface(self, hook: str) -> str:
        about = self._about(hook, "oif")
        if self.chance.random() < 0.25:
            return f'fib {about} oifname {self.pick(("", "!= "))}"{self.pick(SIDE)}"'
        return f"fib {about} oif {self.pick(('exists', 'missing', 'missing', chr(34) + self.pick(SIDE[:2]) + chr(34)))}"


class RandomTables:
    """Tables of iptables that ask the routes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.pick = chance, chance.choice
        self.seen = Counter[str]()

    def text(self, version: int) -> str:
        """The tables `raw`, `mangle` and `filter` of one family."""
        found = ""
        for table, chains in (
            ("raw", ("PREROUTING",)),
            ("mangle", ("PREROUTING", "POSTROUTING")),
            ("filter", ("FORWARD",)),
        ):
            found += f"*{table}\n" + "".join(f":{chain} ACCEPT [0:0]\n" for chain in chains)
            for chain in chains:
                rules = [self._rule(version, chain) for _rule in range(self.chance.randrange(1, 4))]
                found += "".join(f"-A {chain} {rule} -j {self.pick(('DROP', 'DROP', 'ACCEPT'))}\n" for rule in rules)
            found += "COMMIT\n"
        return found

    def _rule(self, version: int, chain: str) -> str:
        if chain == "PREROUTING" and self.chance.random() < 0.4:
            flags = [flag for flag in ("loose", "validmark", "accept-local", "invert") if self.chance.random() < 0.3]
            self.seen["rpfilter"] += 1
            self.seen.update(f"rpfilter {flag}" for flag in flags)
            return " ".join(("-m rpfilter", *(f"--{flag}" for flag in flags)))
        side = self.pick(("source", "target"))
        known = ("UNICAST", "LOCAL", "ANYCAST", "MULTICAST", "UNREACHABLE") + (
            ("BROADCAST", "BLACKHOLE", "PROHIBIT") if version == 4 else ()
        )
        kinds = self.chance.sample(known, self.pick((1, 1, 2)))
        by = {"PREROUTING": ("in",), "FORWARD": ("in", "out"), "POSTROUTING": ("out",)}[chain]
        limit = f" --limit-iface-{self.pick(by)}" if self.chance.random() < 0.35 else ""
        negated = self.pick(("", "", "! "))
        self.seen[f"addrtype {side}"] += 1
        self.seen["addrtype not"] += bool(negated)
        self.seen["addrtype by interface"] += bool(limit)
        self.seen["addrtype of several"] += len(kinds) > 1
        option = "--src-type" if side == "source" else "--dst-type"
        return f"-m addrtype {negated}{option} {','.join(kinds)}{limit}"
