"""Random rulesets over the language that the verifier models, for nft to load and the kernel to run.

Values lie where the frames of `frames` have their edges. `CONSTRUCTS` names what must occur; a
ruleset's text is searched for each, so that a coverage table can say how often it did.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping

CONSTRUCTS: Mapping[str, str] = {
    "table inet": r"^table inet",
    "table ip": r"^table ip t",
    "table ip6": r"^table ip6",
    "hook prerouting": r"hook prerouting",
    "hook forward": r"hook forward",
    "hook postrouting": r"hook postrouting",
    "policy drop": r"policy drop",
    "priority": r"priority -?\d",
    "jump": r"\bjump\b",
    "goto": r"\bgoto\b",
    "return": r"\breturn\b",
    "continue": r"\bcontinue\b",
    "reject": r"\breject\b",
    "ip saddr prefix": r"ip saddr \d[\d.]*/",
    "ip daddr range": r"ip daddr \d[\d.]*-",
    "ip saddr !=": r"ip saddr !=",
    "ip saddr mask": r"ip saddr &",
    "ip6 saddr prefix": r"ip6 saddr 2001[^ ]*/",
    "ip6 daddr range": r"ip6 daddr 2001[^ ]*-",
    "ip protocol": r"ip protocol",
    "ip6 nexthdr": r"ip6 nexthdr",
    "ip dscp": r"ip dscp",
    "ip ttl": r"ip ttl",
    "ip6 hoplimit": r"ip6 hoplimit",
    "ip length": r"ip length",
    "meta length": r"meta length",
    "meta l4proto": r"meta l4proto",
    "meta nfproto": r"meta nfproto",
    "meta protocol": r"meta protocol",
    "meta mark": r"meta mark (?!set)",
    "meta mark set": r"meta mark set",
    "iifname": r"\biifname\b",
    "oifname": r"\boifname\b",
    "interface pattern": r'name (?:!= )?"zf\*"',
    "interface set": r"name \{",
    "th dport": r"\bth dport\b",
    "tcp dport set": r"tcp dport \{",
    "tcp dport !=": r"tcp dport !=",
    "udp dport range": r"udp dport \d+-",
    "port comparison": r"port [<>]=? ?\d",
    "raw @th": r"@th,",
    "raw @nh": r"@nh,",
    "tcp flags": r"tcp flags",
    "icmp type": r"icmp type",
    "icmp code": r"icmp code",
    "icmpv6 type": r"icmpv6 type",
    "exthdr": r"\bexthdr\b",
    "frag-off": r"frag-off",
    "ct state": r"ct state (?!vmap)",
    "ct state vmap": r"ct state vmap",
    "ct direction": r"ct direction",
    "ct mark": r"ct mark (?!set)",
    "ct mark set": r"ct mark set",
    "ct status": r"ct status",
    "notrack": r"\bnotrack\b",
    "named set": r"@s\d",
    "named interval set": r"flags interval",
    "concatenated set": r"\. tcp dport \{|\. th dport \{",
    "anonymous vmap": r"dport vmap \{",
    "concatenated vmap": r"\. tcp dport vmap",
    "named vmap": r"vmap @m\d",
    "map with catch-all": r"\* :",
    "limit": r"\blimit rate\b",
    "counter": r"\bcounter\b",
    "comment": r"\bcomment\b",
}
MEMBERS = (
    ("ipv4_addr; flags interval", "10.1.0.0/24, 10.1.2.1-10.1.3.2, 10.2.1.0/24"),
    ("ipv6_addr; flags interval", "2001:db8:1:1::/64, 2001:db8:2:0::2-2001:db8:2:2::3"),
    ("inet_service", "22, 80, 8080"),
)
"""Types and elements of the three sets that every table has."""
PORTS = (22, 53, 80, 443, 8000, 8080, 1024, 65535, 0, 1)


def constructs_in(text: str, constructs: Mapping[str, str] = CONSTRUCTS) -> Counter[str]:
    """How often each construct occurs in a ruleset."""
    counts = {name: len(re.findall(shape, text, re.MULTILINE)) for name, shape in constructs.items()}
    return Counter({name: count for name, count in counts.items() if count})


class Random:
    """One random ruleset.

    Attributes:
        tracks: Rules ask connection tracking.
    """

    def __init__(self, chance: random.Random) -> None:
        self.pick, self.chance = chance.choice, chance
        self.tracks = chance.random() < 0.55
        self.doubts = chance.random() < 0.1
        self.sets: list[str] = []
        self.matches: list[Callable[[], str]] = [
            *(self._address4, self._address6) * 4,
            *(self._port,) * 4,
            *(self._meta, self._icmp, self._flags, self._interface, self._header, self._concatenation),
            *(self._set_lookup,) * 2,
            *((self._track,) * 4 if self.tracks else ()),
        ]

    def text(self) -> str:
        """What `nft -f` loads; now and then a line is refused and must go."""
        return "".join(self._table(number) for number in range(self.pick((1, 1, 2))))

    def _table(self, number: int) -> str:
        family = "inet" if number == 0 else self.pick(("inet", "ip", "ip6"))
        self.sets = [f"s{number}a", f"s{number}b", f"s{number}c"]
        members = zip(self.sets, MEMBERS, strict=True)
        lines = [f" set {name} {{\n  type {kind}; elements = {{ {held} }}\n }}" for name, (kind, held) in members]
        chains = [self._chain(f"c{level}", level) for level in (3, 2, 1)]
        lines.append(self._map(number))
        lines.extend(chains)
        if self.tracks and number == 0 and self.chance.random() < 0.25:
            lines.append(self._raw())
        lines.extend(self._entry(at) for at in range(self.pick((1, 1, 2))))
        return f"table {family} t{number} {{\n" + "\n".join(lines) + "\n}\n"

    def _map(self, number: int) -> str:
        verdicts = ", ".join(f"{port} : {self._target(1)}" for port in (22, 80, 443))
        return f" map m{number} {{\n  type inet_service : verdict; elements = {{ {verdicts} }}\n }}"

    def _raw(self) -> str:
        return (
            " chain raw {\n  type filter hook prerouting priority -300; policy accept;\n"
            f"  {self._address4()} notrack\n  udp dport 53 notrack\n }}"
        )

    def _entry(self, at: int) -> str:
        hook = self.pick(("forward", "forward", "forward", "prerouting", "postrouting"))
        policy = self.pick(("accept", "drop")) if hook == "forward" else "accept"
        rules = "".join(f"  {self._rule(0)}\n" for _rule in range(self.chance.randrange(2, 8)))
        priority = self.pick((-10, 0, 5, 10))
        return f" chain b{at} {{\n  type filter hook {hook} priority {priority}; policy {policy};\n{rules} }}"

    def _chain(self, name: str, level: int) -> str:
        rules = "".join(f"  {self._rule(level)}\n" for _rule in range(self.chance.randrange(1, 4)))
        return f" chain {name} {{\n{rules} }}"

    def _rule(self, level: int) -> str:
        if self.chance.random() < 0.18:
            return self._verdict_map(level)
        parts = [self.pick(self.matches)() for _match in range(self.pick((0, 1, 1, 2, 2, 3)))]
        if self.chance.random() < 0.12:
            parts.append(f"meta mark set {self.pick((1, 2, 0x10))}")
        if self.tracks and self.chance.random() < 0.05:
            parts.append(f"ct mark set {self.pick((1, 7))}")
        if self.doubts and self.chance.random() < 0.2:
            parts.append("limit rate 1/hour burst 1 packets")
        parts.append(self.pick(("", "", "counter")))
        parts.append(self._verdict(level))
        text = " ".join(part for part in parts if part) or "counter"
        return text + (' comment "r"' if self.chance.random() < 0.1 and "set" not in text else "")

    def _verdict(self, level: int) -> str:
        kind = self.chance.random()
        for bound, verdict in ((0.36, "accept"), (0.6, "drop"), (0.66, "return"), (0.7, "continue"), (0.74, "reject")):
            if kind < bound:
                return verdict
        if kind < 0.78:
            return self.pick(
                ("reject with tcp reset", "reject with icmp port-unreachable", "reject with icmpv6 no-route")
            )
        if level < 3:
            return f"{self.pick(('jump', 'goto'))} c{self.chance.randrange(level + 1, 4)}"
        return self.pick(("accept", "drop"))

    def _target(self, level: int) -> str:
        targets = ["accept", "drop", "return", "continue"]
        if level < 3:
            targets += [f"{verb} c{self.chance.randrange(level + 1, 4)}" for verb in ("jump", "goto")]
        return self.pick(targets)

    def _verdict_map(self, level: int) -> str:
        to = [self._target(level) for _target in range(4)]
        return self.pick((
            f"tcp dport vmap {{ 22 : {to[0]}, 80-443 : {to[1]}, 8080 : {to[2]} }}",
            f"tcp dport vmap {{ 22 : {to[0]}, 80 : {to[1]}, * : {to[2]} }}",
            f"ip daddr . tcp dport vmap {{ 10.2.0.0/24 . 1-1024 : {to[0]}, 10.2.1.1 . 80 : {to[1]} }}",
            f"meta l4proto vmap {{ tcp : {to[0]}, udp : {to[1]} }}",
            f"ip6 daddr vmap {{ 2001:db8:2:1::/64 : {to[0]}, 2001:db8:2:2::1 : {to[1]} }}",
            f"ip saddr vmap {{ 10.1.0.0/24 : {to[0]}, 10.1.1.0-10.1.2.3 : {to[1]} }}",
            *([f"tcp dport vmap @m{self.sets[0][1]}"] if level == 0 else []),
            *([f"ct state vmap {{ established : {to[0]}, related : {to[1]}, invalid : {to[2]} }}"] * self.tracks),
        ))  # fmt: skip

    def _address4(self) -> str:
        side, net = self.pick((("saddr", "10.1."), ("daddr", "10.2.")))
        low, high = self.chance.randrange(4), self.chance.randrange(4)
        values = (
            f"{net}{low}.0/24", f"{net}{low}.{high}", f"{net}{low % 2}.0-{net}{2 + low % 2}.{high}",
            f"{{ {net}{low}.{high}, {net}{low}.255, {net}4.0/24 }}", "10.0.0.0/8", f"{net}0.0/22",
        )  # fmt: skip
        if self.chance.random() < 0.06:
            return f"ip {side} & 255.255.0.255 == {net}0.{high}"
        return f"ip {side} {self.pick(('', '', '!= '))}{self.pick(values)}"

    def _address6(self) -> str:
        side, net = self.pick((("saddr", "2001:db8:1:"), ("daddr", "2001:db8:2:")))
        low, high = self.chance.randrange(4), self.chance.randrange(4)
        values = (
            f"{net}{low}::/64", f"{net}{low}::{high}", f"{net}{low % 2}::-{net}{2 + low % 2}::{high}",
            f"{{ {net}{low}::{high}, {net}4::/64 }}", "2001:db8::/32", f"{net[:-1]}::/62",
        )  # fmt: skip
        return f"ip6 {side} {self.pick(('', '', '!= '))}{self.pick(values)}"

    def _port(self) -> str:
        kind = self.pick(("tcp dport", "tcp dport", "udp dport", "tcp sport", "th dport", "udp sport", "sctp dport"))
        start = self.pick((1, 20, 1000, 8000))
        values = (
            str(self.pick(PORTS)), f"{start}-{start + self.pick((1, 50, 100, 7000))}",
            "{ " + ", ".join(map(str, sorted(self.chance.sample(PORTS, 3)))) + " }", "!= 80", "< 1024", ">= 1024",
            "> 22", "<= 443", "!= { 22, 443 }", "!= 1000-9000", "{ 0-22, 8000-8100 }",
        )  # fmt: skip
        return f"{kind} {self.pick(values)}"

    def _meta(self) -> str:
        return self.pick((
            "meta l4proto tcp", "meta l4proto { tcp, udp }", "meta l4proto != tcp", "meta nfproto ipv4",
            "meta nfproto ipv6", "meta protocol ip", "meta mark 1", "meta mark != 0x10", "meta mark & 0x3 == 0x2",
            "meta mark { 1, 2 }", "meta mark 1-2", "meta length > 100", "meta length 40-80", "meta mark < 2",
        ))  # fmt: skip

    def _header(self) -> str:
        return self.pick((
            "ip protocol tcp", "ip protocol { icmp, udp }", "ip6 nexthdr udp", "ip6 nexthdr != tcp", "ip dscp cs1",
            "ip dscp != ef", "ip ttl 63", "ip ttl < 64", "ip6 hoplimit > 64", "ip length 40-60", "ip length > 100",
            "exthdr hbh exists", "exthdr dst exists", "exthdr frag exists", "exthdr rt missing",
            "ip frag-off & 0x1fff != 0", "@th,16,16 80", "@nh,96,16 0x0a01", "ip6 dscp cs1",
        ))  # fmt: skip

    def _icmp(self) -> str:
        return self.pick((
            "icmp type echo-request", "icmp type { echo-request, echo-reply }", "icmp type != echo-request",
            "icmp code 0", "icmp type echo-request icmp code 0", "icmpv6 type echo-request",
            "icmpv6 type { echo-request, 144 }", "icmpv6 type != echo-reply", "icmpv6 code 1",
        ))  # fmt: skip

    def _flags(self) -> str:
        return "tcp flags " + self.pick((
            "syn", "{ syn, ack }", "== syn", "& (syn|ack) == syn", "syn,ack", "!= syn", "syn / syn,ack",
            "& (fin|syn|rst|ack) != syn", "! fin,rst", "& (syn|ack) == syn|ack",
        ))  # fmt: skip

    def _interface(self) -> str:
        return self.pick((
            'iifname "zfa"', 'oifname "zfb"', 'iifname "zf*"', 'oifname != "zfb"', 'iifname { "zfa", "lo" }',
            'iifname != "zf*"', 'oifname "zfb*"', 'iifname "z"', 'oifname { "zfb*", "x" }', 'iif "zfa"',
        ))  # fmt: skip

    def _set_lookup(self) -> str:
        first, second, third = self.sets
        return self.pick((
            f"ip saddr @{first}", f"ip daddr != @{first}", f"ip6 saddr @{second}", f"ip6 daddr @{second}",
            f"tcp dport @{third}", f"udp dport != @{third}", f"th dport @{third}",
        ))  # fmt: skip

    def _concatenation(self) -> str:
        return self.pick((
            "ip saddr . ip daddr . tcp dport { 10.1.0.0/24 . 10.2.0.0-10.2.2.9 . 1-1024, 10.1.1.1 . 10.2.1.1 . 80 }",
            "ip daddr . meta l4proto . th dport { 10.2.1.0/24 . tcp . 80, 10.2.0.0/16 . udp . 53 }",
            "ip6 saddr . tcp dport { 2001:db8:1:1::/64 . 80-443, 2001:db8:1:2::1 . 22 }",
            'iifname . ip saddr { "zfa" . 10.1.1.1, "zfa" . 10.1.2.2 }',
            "meta mark . tcp dport { 1 . 80, 2 . 22 }",
        ))  # fmt: skip

    def _track(self) -> str:
        return self.pick((
            "ct state new", "ct state established,related", "ct state { established, new }", "ct state != new",
            "ct state invalid", "ct state established", "ct state related", "ct state untracked", "ct direction reply",
            "ct direction original", "ct mark 7", "ct mark != 1", "ct status seen-reply", "ct status ! seen-reply",
        ))  # fmt: skip
