"""Random rulesets over the modelled language of nftables, as text that nft loads, with a count of what occurs."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PORTS = (22, 53, 80, 443, 1024, 8000, 8080, 65535)
VERBS = ("accept", "drop", "return", "continue")
CHAINS = 4
NAMED_SETS = """
 set s4 {
  type ipv4_addr
  flags interval
  elements = { 10.1.0.0/24, 10.1.1.1-10.1.2.2, 10.2.2.0/23 }
 }
 set s6 {
  type ipv6_addr
  flags interval
  elements = { 2001:db8:1::/64, 2001:db8:2:1::1-2001:db8:2:2::2, ffff::/16 }
 }
 set e4 {
  type ipv4_addr
  elements = { 10.1.0.1, 10.2.1.2, 10.2.3.3 }
 }
 set svc {
  type inet_proto . inet_service
  flags interval
  elements = { tcp . 80, tcp . 8000-8099, udp . 0-53 }
 }
 set pairs {
  type ipv4_addr . ipv4_addr . inet_service
  flags interval
  elements = { 10.1.0.0/23 . 10.2.0.0/24 . 443, 10.1.2.0-10.1.3.2 . 10.2.0.1-10.2.3.1 . 22-1024 }
 }
 set exact {
  type ipv6_addr . inet_service
  elements = { 2001:db8:1::1 . 80, 2001:db8:1:1::2 . 443 }
 }
 set ifs {
  type ifname
  flags interval
  elements = { "zf*", "lo" }
 }
 set marks {
  type mark
  flags interval
  elements = { 1-5, 16 }
 }
 set none {
  type ipv4_addr
 }
 set open {
  type inet_service
  flags interval
  elements = { 0-21, 8000-65535 }
 }
 map tomark {
  type inet_service : mark
  elements = { 22 : 1, 80 : 2, 443 : 16 }
 }
"""
SETS = ("s4", "s6", "e4", "svc", "pairs", "exact", "ifs", "marks", "none", "open", "tomark")


@dataclass(slots=True)
class Rules:
    """Draws rulesets.

    Attributes:
        seen: How often each construct stands in a ruleset so far.
    """

    r: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    bounded: bool = True

    def ruleset(self) -> str:
        """One ruleset of one to three tables."""
        families = ["inet", *(self.r.choice(("inet", "ip", "ip6")) for _ in range(self.r.choice((0, 0, 1, 2))))]
        return "".join(self._table(family, f"t{number}") for number, family in enumerate(families))

    def _table(self, family: str, name: str) -> str:
        self._note(f"family {family}")
        chains = [
            f" chain c{level} {{\n" + "".join(self._rule(family, level) for _ in range(self.r.randrange(4))) + " }\n"
            for level in range(CHAINS - 1, 0, -1)
        ]
        bases = [self._base(family, number) for number in range(self.r.choice((1, 1, 2)))]
        maps = self._verdict_maps()
        return f"table {family} {name} {{\n{NAMED_SETS}{''.join(chains)}{maps}{''.join(bases)}}}\n"

    def _base(self, family: str, number: int) -> str:
        hook = self.r.choice(("forward", "forward", "forward", "prerouting", "postrouting"))
        policy = self.r.choice(("accept", "drop")) if hook == "forward" else "accept"
        priority = self.r.choice(("-310", "-150", "filter", "filter", "filter + 5", "security"))
        self._note(f"hook {hook}")
        self._note(f"policy {policy}")
        rules = "".join(self._rule(family, 0) for _ in range(self.r.randrange(2, 7)))
        return f" chain b{number} {{\n  type filter hook {hook} priority {priority}; policy {policy};\n{rules} }}\n"

    def _verdict_maps(self) -> str:
        verb = self._map_verb
        return (
            f" map ports {{\n  type inet_service : verdict\n"
            f"  elements = {{ 22 : {verb()}, 80 : {verb()}, 443 : {verb()} }}\n }}\n"
            f" map nets {{\n  type ipv4_addr : verdict\n  flags interval\n"
            f"  elements = {{ 10.2.0.0/24 : {verb()}, 10.2.1.0-10.2.2.1 : {verb()}, * : {verb()} }}\n }}\n"
            f" map both {{\n  type ipv6_addr . inet_service : verdict\n  flags interval\n"
            f"  elements = {{ 2001:db8:2::/64 . 22-80 : {verb()}, 2001:db8:2:1::/64 . 80 : {verb()} }}\n }}\n"
        )

    def _map_verb(self) -> str:
        return self.r.choice((*VERBS, f"jump c{self.r.randrange(1, CHAINS)}", f"goto c{CHAINS - 1}"))

    def _note(self, construct: str) -> None:
        self.seen[construct] += 1

    def _rule(self, family: str, level: int) -> str:
        if self.r.random() < 0.16:
            return f"  {self._map_rule(family, level)}\n"
        parts = [self._match(family) for _ in range(self.r.choice((0, 1, 1, 2, 2, 3)))]
        if self.r.random() < 0.1:
            parts.append(self._statement())
        if self.r.random() < 0.06 and self.bounded:
            parts.append(self._bound(family))
        verdict = self._verdict(family, level)
        if not parts and verdict in ("accept", "drop") and self.r.random() < 0.8:
            parts.append(self._match(family))
        return f"  {' '.join([*_consistent(parts), verdict])}\n"

    def _verdict(self, family: str, level: int) -> str:
        x = self.r.random()
        if x < 0.06:
            return self._reject(family)
        if x < 0.26 and level < CHAINS - 1:
            verb = self.r.choice(("jump", "goto"))
            self._note(verb)
            return f"{verb} c{self.r.randrange(level + 1, CHAINS)}"
        verb = self.r.choice(("accept", "accept", "accept", "drop", "drop", "drop", "return", "continue"))
        self._note(verb)
        return verb

    def _reject(self, family: str) -> str:
        kinds = ["reject"]
        if family == "inet":
            kinds.append("reject with icmpx type admin-prohibited")
        if family in ("inet", "ip"):
            kinds.append("reject with icmp type host-unreachable")
        if family in ("inet", "ip6"):
            kinds.append("reject with icmpv6 type no-route")
        kinds.append("meta l4proto tcp reject with tcp reset")
        kind = self.r.choice(kinds)
        self._note(kind.removeprefix("meta l4proto tcp "))
        return kind

    def _statement(self) -> str:
        kind = self.r.choice(("counter", "meta mark set", "meta mark set", "log", "mark map", "mark bits"))
        self._note(f"statement {kind}")
        return {
            "counter": "counter",
            "meta mark set": f"meta mark set {self.r.choice((1, 3, 16, 0x20))}",
            "log": 'log prefix "a { b [ c" group 7',
            "mark map": "meta mark set tcp dport map @tomark",
            "mark bits": "meta mark set meta mark and 0xf0 or 0x5",
        }[kind]

    def _bound(self, family: str) -> str:
        kind = self.r.choice(("limit", "quota", "numgen", "fib", "pkttype", "dynamic", "time", "jhash"))
        if kind in ("dynamic", "jhash") and family == "ip6":
            kind = "limit"
        self._note(f"bound {kind}")
        return {
            "limit": "limit rate 10/second burst 5 packets",
            "quota": "quota over 25 mbytes",
            "numgen": "numgen random mod 2 0",
            "fib": "fib daddr type local",
            "pkttype": "meta pkttype host",
            "dynamic": "ip saddr @none",
            "time": 'meta hour "08:00"-"18:00"',
            "jhash": "jhash ip saddr mod 2 0",
        }[kind]

    def _map_rule(self, family: str, level: int) -> str:
        targets: list[str] = list(VERBS)
        if level < CHAINS - 1:
            targets += [f"{verb} c{self.r.randrange(level + 1, CHAINS)}" for verb in ("jump", "goto")]

        def verb() -> str:
            return self.r.choice(targets)

        kinds: list[tuple[str, str]] = [
            ("vmap ports", f"tcp dport vmap {{ 22 : {verb()}, 80-443 : {verb()}, 8080 : {verb()} }}"),
            ("vmap l4proto", f"meta l4proto vmap {{ tcp : {verb()}, udp : {verb()}, sctp : {verb()} }}"),
            ("vmap th", f"th dport vmap {{ 22 : {verb()}, 53-80 : {verb()}, * : {verb()} }}"),
            ("vmap iifname", f'iifname vmap {{ "zfa" : {verb()}, "x*" : {verb()} }}'),
            ("vmap dscp", f"ip dscp vmap {{ cs1 : {verb()}, ef : {verb()} }}"),
        ]
        if family != "ip6":
            first = "10.2.0.0/24 . 22-1024"
            kinds.append(
                ("vmap concat", f"ip daddr . tcp dport vmap {{ {first} : {verb()}, 10.2.1.1 . 80 : {verb()} }}")
            )
        else:
            kinds.pop()
        if family != "ip":
            kinds.append(
                (
                    "vmap ip6",
                    f"ip6 daddr vmap {{ 2001:db8:2:1::/64 : {verb()}, 2001:db8:2::1 : {verb()}, * : {verb()} }}",
                )
            )
        if level == 0:
            kinds.append(("named vmap", "tcp dport vmap @ports"))
            if family != "ip6":
                kinds.append(("named interval vmap", "ip daddr vmap @nets"))
            if family != "ip":
                kinds.append(("named concat vmap", "ip6 daddr . tcp dport vmap @both"))
        kind, text = self.r.choice(kinds)
        self._note(kind)
        return text

    def _match(self, family: str) -> str:
        kinds: list[tuple[str, Callable[[], str]]] = [*_BOTH(self)]
        if family != "ip6":
            kinds += _FOUR(self)
        if family != "ip":
            kinds += _SIX(self)
        kind, make = self.r.choice(kinds)
        self._note(kind)
        return make()

    def pick(self, values: Sequence[str]) -> str:
        """One of these."""
        return self.r.choice(values)

    def port(self) -> str:
        """What may follow a port."""
        r = self.r
        x = r.random()
        if x < 0.3:
            return str(r.choice(PORTS))
        if x < 0.45:
            low = r.choice((1, 20, 1000, 8000))
            return f"{low}-{low + r.choice((1, 50, 100, 50_000))}"
        if x < 0.6:
            return "{ " + ", ".join(str(port) for port in sorted(r.sample(PORTS, 3))) + " }"
        if x < 0.7:
            return "{ 22, 80-443, 8000-65535 }"
        return self.pick(
            ("!= 80", "< 1024", ">= 1024", "> 53", "<= 80", "!= { 22, 443 }", "!= 1000-9000", "@open", "!= @open")
        )

    def near4(self) -> str:
        """What may follow `ip saddr`."""
        return self._address4("10.1")

    def far4(self) -> str:
        """What may follow `ip daddr`."""
        return self._address4("10.2")

    def _address4(self, net: str) -> str:
        r = self.r
        third, fourth = r.randrange(4), r.randrange(4)
        return self.pick(
            (
                f"{net}.{third}.{fourth}",
                f"{net}.{third}.0/24",
                f"{net}.0.0/{r.choice((16, 17, 22, 23, 25))}",
                f"{net}.{third % 2}.{fourth}-{net}.{2 + third % 2}.1",
                f"{{ {net}.0.{fourth}, {net}.1.0/24, {net}.2.1-{net}.3.{fourth} }}",
                f"!= {net}.{third}.0/24",
                f"!= {{ {net}.0.0, {net}.{third}.1 }}",
                "@s4",
                "!= @s4",
                "@e4",
                "@none",
                f"& 255.255.0.255 == {net}.0.{fourth}",
                f"& 255.255.255.1 == {net}.{third}.1",
                "10.0.0.0/8",
            )
        )

    def near6(self) -> str:
        """What may follow `ip6 saddr`."""
        return self._address6("2001:db8:1")

    def far6(self) -> str:
        """What may follow `ip6 daddr`."""
        return self._address6("2001:db8:2")

    def _address6(self, net: str) -> str:
        r = self.r
        fourth, last = r.randrange(1, 4), r.randrange(4)
        return self.pick(
            (
                f"{net}:{fourth}::{last}",
                f"{net}:{fourth}::/64",
                f"{net}::/{r.choice((48, 49, 61, 63))}",
                f"{net}::2-{net}:{fourth}::1",
                f"{{ {net}::{last}, {net}:1::/64, {net}:2::1-{net}:3::{last} }}",
                f"!= {net}:{fourth}::/64",
                f"!= {{ {net}::1, {net}:{fourth}::2 }}",
                "@s6",
                "!= @s6",
            )
        )


def _consistent(parts: Sequence[str]) -> list[str]:
    """The parts that can stand in one rule: nft refuses two network or two transport protocols."""
    kept: list[str] = []
    network = transport = ""
    for part in parts:
        net = "6" if "ip6 " in part or "icmpv6" in part or "exthdr" in part or "frag " in part or "rt " in part else ""
        net = net or ("4" if part.startswith(("ip ", "icmp ")) or " ip saddr" in part or "ip daddr" in part else "")
        net = net or ("x" if part.startswith(("meta nfproto", "meta protocol")) else "")
        word = part.split(" ", 1)[0]
        tran = word if word in ("tcp", "udp", "sctp", "icmp", "icmpv6", "th") else "tcp" if "tcp" in part else ""
        tran = tran or (
            "x" if part.startswith(("meta l4proto", "ip protocol", "ip6 nexthdr", "ip daddr . meta")) else ""
        )
        if (net and network not in ("", net)) or (tran and transport not in ("", tran)):
            continue
        network, transport = net or network, tran or transport
        kept.append(part)
    return kept


Kinds = list[tuple[str, Callable[[], str]]]


def _BOTH(of: Rules) -> Kinds:  # noqa: N802 - a table, made for one drawing
    pick = of.pick
    return [
        ("tcp dport", lambda: f"tcp dport {of.port()}"),
        ("tcp sport", lambda: f"tcp sport {of.port()}"),
        ("udp dport", lambda: f"udp dport {of.port()}"),
        ("udp sport", lambda: f"udp sport {of.port()}"),
        ("sctp dport", lambda: f"sctp dport {of.port()}"),
        ("th dport", lambda: f"th dport {of.port()}"),
        ("th sport", lambda: f"th sport {of.port()}"),
        ("two !=", lambda: "tcp dport != 80 tcp dport != 443"),
        (
            "tcp flags",
            lambda: "tcp flags "
            + pick(
                (
                    "syn", "{ syn, ack }", "== syn", "& (syn|ack) == syn", "syn,ack", "!= syn",
                    "& (fin|syn|rst|ack) != syn", "syn / syn,ack", "! syn", "& (fin|syn) == (fin|syn)",
                )
            ),
        ),
        ("meta l4proto", lambda: f"meta l4proto {pick(('tcp', 'udp', '{ tcp, udp }', '!= tcp', 'icmp', 'gre'))}"),
        ("l4proto range", lambda: f"meta l4proto {pick(('1-6', '!= 17-132', '< 50'))}"),
        ("iifname", lambda: f"iifname {pick(_INTERFACES)}"),
        ("oifname", lambda: f"oifname {pick(_INTERFACES)}"),
        ("iif index", lambda: f"iif {pick(('lo', '!= lo'))}"),
        ("interface pair", lambda: 'iifname . oifname { "zfa" . "zfb", "x" . "y" }'),
        ("meta mark", lambda: f"meta mark {pick(('1', '!= 1', '1-5', '@marks', '{ 1, 16 }', '0'))}"),
        ("mark mask", lambda: f"meta mark & {pick(('0xf == 0x1', '0x30 == 0x20', '0x10 != 0', '0xff00 == 0'))}"),
        ("meta length", lambda: f"meta length {pick(('> 80', '40-68', '< 60', '!= 48'))}"),
        ("protocol . port", lambda: f"meta l4proto . th dport {pick(('@svc', '{ tcp . 80, udp . 53 }'))}"),
        ("raw transport", lambda: f"@th,{pick(('16,16 80', '0,16 22', '0,8 8', '8,8 0', '0,32 0x00160050'))}"),
    ]  # fmt: skip


def _FOUR(of: Rules) -> Kinds:  # noqa: N802 - a table, made for one drawing
    pick = of.pick
    return [
        ("ip saddr", lambda: f"ip saddr {of.near4()}"),
        ("ip saddr", lambda: f"ip saddr {of.near4()}"),
        ("ip daddr", lambda: f"ip daddr {of.far4()}"),
        ("ip daddr", lambda: f"ip daddr {of.far4()}"),
        ("ip protocol", lambda: f"ip protocol {pick(('tcp', '{ tcp, udp }', '!= icmp', 'esp'))}"),
        ("ip dscp", lambda: f"ip dscp {pick(('cs1', '{ cs1, ef }', '!= cs0', 'ef'))}"),
        ("ip ttl", lambda: f"ip ttl {pick(('64', '< 3', '2-63', '!= 255', '{ 1, 2, 254 }'))}"),
        ("ip length", lambda: f"ip length {pick(('> 80', '40-68', '!= 48'))}"),
        ("ip frag-off", lambda: f"ip frag-off & {pick(('0x1fff != 0', '0x1fff == 0', '0x3fff != 0', '0x2000 == 0'))}"),
        ("icmp type", lambda: f"icmp type {pick(('echo-request', '{ echo-request, echo-reply }', '!= 3', '3-8'))}"),
        ("icmp code", lambda: f"icmp code {pick(('0', '!= 0', '1-3', '{ 1, 4 }'))}"),
        ("icmp type . code", lambda: "icmp type . icmp code { 3 . 4, 8 . 0, 13 . 1 }"),
        ("addresses and port", lambda: f"ip saddr . ip daddr . tcp dport {pick(('@pairs', '!= @pairs', _BOX))}"),
        ("address . proto . port", lambda: _TRIPLE),
        ("ifname . address", lambda: 'iifname . ip saddr { "zfa" . 10.1.0.0/23, "lo" . 10.0.0.0/8 }'),
        ("mark . address", lambda: "meta mark . ip saddr { 0-1 . 10.1.0.0/23, 16 . 10.1.2.0/24 }"),
        ("raw network", lambda: f"@nh,{pick(('96,32 0x0a010001', '128,16 0x0a02', '72,8 6', '8,8 0x20'))}"),
        ("meta nfproto", lambda: f"meta nfproto {pick(('ipv4', '!= ipv6'))}"),
        ("meta protocol", lambda: "meta protocol ip"),
        ("ip hdrlength", lambda: f"ip hdrlength {pick(('5', '6'))}"),
    ]  # fmt: skip


def _SIX(of: Rules) -> Kinds:  # noqa: N802 - a table, made for one drawing
    pick = of.pick
    return [
        ("ip6 saddr", lambda: f"ip6 saddr {of.near6()}"),
        ("ip6 daddr", lambda: f"ip6 daddr {of.far6()}"),
        ("ip6 interface id", lambda: "ip6 saddr & ::ffff:ffff:ffff:ffff == ::1"),
        ("ip6 nexthdr", lambda: f"ip6 nexthdr {pick(('tcp', '{ tcp, udp }', '!= tcp', '0', '44', '60'))}"),
        ("ip6 dscp", lambda: f"ip6 dscp {pick(('cs1', 'ef', '!= cs0'))}"),
        ("ip6 hoplimit", lambda: f"ip6 hoplimit {pick(('64', '< 3', '2-63', '!= 255'))}"),
        ("ip6 length", lambda: f"ip6 length {pick(('> 40', '16-28', '!= 8'))}"),
        ("icmpv6 type", lambda: f"icmpv6 type {pick(('echo-request', '{ echo-request, echo-reply }', '!= 1', '1-3'))}"),
        ("icmpv6 code", lambda: f"icmpv6 code {pick(('0', '!= 0', '1-4'))}"),
        ("exthdr hbh", lambda: f"exthdr hbh {pick(('exists', 'missing'))}"),
        ("exthdr dst", lambda: f"exthdr dst {pick(('exists', 'missing'))}"),
        ("exthdr frag", lambda: f"exthdr frag {pick(('exists', 'missing'))}"),
        ("exthdr rt", lambda: f"exthdr rt {pick(('exists', 'missing'))}"),
        ("frag frag-off", lambda: f"frag frag-off {pick(('0', '!= 0'))}"),
        ("frag more-fragments", lambda: f"frag more-fragments {pick(('0', '1'))}"),
        ("rt type", lambda: f"rt type {pick(('0', '4'))}"),
        ("address and port 6", lambda: f"ip6 saddr . tcp dport {pick(('@exact', _BOX6))}"),
        ("raw network 6", lambda: f"@nh,{pick(('48,8 6', '64,32 0x20010db8', '56,8 64'))}"),
        ("meta nfproto 6", lambda: f"meta nfproto {pick(('ipv6', '!= ipv4'))}"),
    ]  # fmt: skip


_BOX6 = "{ 2001:db8:1::/62 . 22-80, 2001:db8:1:2::1 . 443 }"
_TRIPLE = "ip daddr . meta l4proto . th dport { 10.2.1.0/24 . tcp . 80, 10.2.0.0/16 . udp . 53 }"
_BOX = "{ 10.1.0.0/24 . 10.2.0.0-10.2.2.9 . 1-1024, 10.1.1.1 . 10.2.1.1 . 80 }"
_INTERFACES = (
    '"zfa"',
    '"zfb"',
    '"zf*"',
    '!= "zfb"',
    '!= "zf*"',
    '{ "zfa", "foo" }',
    "@ifs",
    "!= @ifs",
    '{ "z*", "q" }',
)


def _constructs() -> frozenset[str]:
    """Everything that can be drawn, found by drawing much."""
    rules = Rules(random.Random(0))  # noqa: S311 - a seeded trial
    for _ in range(400):
        rules.ruleset()
    return frozenset(rules.seen)


CONSTRUCTS = _constructs()
