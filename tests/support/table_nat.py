"""Rounds with translation by iptables: both families, both kinds of the program, read back as it saves them."""

import random
from collections import Counter

from iptables_rounds import KINDS, PROGRAMS, TableRounds
from iptables_rules import NETS, PORTS, Written
from nat_rounds import NatRounds
from wire_rounds import Judge, bounds

from qianyun.verify.reading import read_firewall
from qianyun.verify.space import Space

TABLE_CONSTRUCTS = (
    "DNAT address", "DNAT range", "DNAT port", "DNAT ports", "DNAT hairpin", "DNAT to the router", "REDIRECT",
    "REDIRECT port", "NETMAP target", "NETMAP source", "SNAT address", "SNAT range", "SNAT ports", "MASQUERADE",
    "MASQUERADE ports", "--random", "--random-fully", "--persistent", "chain of nat", "state DNAT or SNAT",
)  # fmt: skip
FLAGS = ("--random", "--random-fully", "--persistent")
LOCAL = {4: "10.255.1.1", 6: "fd00:1::1"}
EMPTY_NAT = "*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n"


class Translating:
    """Draws tables `nat`, and tables `filter` and `mangle` that see what they have done."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.pick, self.seen = chance, chance.choice, Counter[str]()
        self.version = 4

    def written(self) -> Written:
        """Both families."""
        made = Written(sets="")
        for self.version in (4, 6):
            made.tables[self.version] = self._nat() + self._filters()
        return made

    def _nat(self) -> str:
        lines = ["*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", ":n1 - [0:0]"]
        lines += [f"-A n1 {self._dnat()}" for _rule in range(2)]
        for _rule in range(self.chance.randrange(1, 5)):
            jump = self._one_of((("chain of nat", f"{self._few()} -j n1"),))
            lines.append(f"-A PREROUTING {jump if self._rarely() else self._dnat()}")
        lines += [f"-A POSTROUTING {self._snat()}" for _rule in range(self.chance.randrange(1, 5))]
        return "\n".join([*lines, "COMMIT", ""])

    def _filters(self) -> str:
        lines = ["*filter", f":FORWARD {self.pick(('ACCEPT', 'DROP'))} [0:0]"]
        lines += [f"-A FORWARD {self._match()} -j {self.pick(('ACCEPT', 'ACCEPT', 'DROP'))}" for _rule in range(5)]
        lines += ["COMMIT", "*mangle", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]"]
        for chain in ("PREROUTING", "POSTROUTING"):
            lines += [f"-A {chain} {self._match()} {self._net('d')} -j DROP"] * self._rarely()
        return "\n".join([*lines, "COMMIT", ""])

    def _rarely(self) -> bool:
        return self.chance.random() < 0.25

    def _one_of(self, options: tuple[tuple[str, str], ...]) -> str:
        """One text; its construct, and what it is added to, are noted."""
        construct, text = self.pick(options)
        for each in (construct, *(word for word in text.split() if word in FLAGS)):
            self.seen[each] += bool(each)
        return text

    def _match(self) -> str:
        virtual = self.pick(("SNAT", "DNAT", "NEW,DNAT"))
        plain = (
            self._net(self.pick("sd")), f"-p tcp -m tcp --dport {self.pick(PORTS[:8])}", "-m conntrack --ctstate NEW",
            "-m conntrack --ctstate ESTABLISHED,RELATED", "-m conntrack --ctdir REPLY", "-p udp -m udp",
        )  # fmt: skip
        return self._one_of(
            (("state DNAT or SNAT", f"-m conntrack --ctstate {virtual}"), *(("", text) for text in plain))
        )

    def _net(self, way: str) -> str:
        net = NETS[self.version]["src" if self.pick((way == "s", way == "s", way != "s")) else "dst"]
        low = self.chance.randrange(4)
        wide = f"{net}{low}.0/24" if self.version == 4 else f"{net}{low}::/64"
        return f"-{way} {self.pick((wide, self._host(net)))}"

    def _host(self, net: str) -> str:
        low, high = self.chance.randrange(5), self.chance.randrange(1, 5)
        return f"{net}{low}.{high}" if self.version == 4 else f"{net}{low}::{high}"

    def _range(self, host: str) -> str:
        mark = "." if self.version == 4 else ":"
        stem, last = host.rsplit(mark, 1)
        return f"{host}-{stem}{mark}{int(last) + 2}"

    def _with_ports(self, host: str, ports: str) -> str:
        return f"[{host}]:{ports}" if self.version == 6 else f"{host}:{ports}"

    def _few(self) -> str:
        return self.pick((self._net("d"), self._net("s"), "-i zfa"))

    def _ported(self) -> str:
        return self.pick(("-p tcp -m tcp", "-p udp -m udp", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"))

    def _how(self, *flags: str) -> str:
        return self.pick(("", "", *(f" {flag}" for flag in flags)))

    def _dnat(self) -> str:
        host = self._host(NETS[self.version]["dst"])
        back = self._host(NETS[self.version]["src"])
        ports = self.pick(("8000-8010", "1024-65535"))
        how = self._how("--random", "--persistent")
        net = f"{NETS[self.version]['dst']}{{}}" + (".0/24" if self.version == 4 else "::/64")
        return self._one_of((
            ("DNAT address", f"{self._few()} -j DNAT --to-destination {host}"),
            ("DNAT range", f"{self._few()} -j DNAT --to-destination {self._range(host)}"),
            ("DNAT port", f"{self._ported()} -j DNAT --to-destination {self._with_ports(host, '8080')}"),
            ("DNAT ports", f"{self._ported()} -j DNAT --to-destination {self._with_ports(host, ports)}{how}"),
            ("DNAT hairpin", f"{self._few()} -j DNAT --to-destination {back}"),
            ("DNAT to the router", f"{self._few()} -j DNAT --to-destination {LOCAL[self.version]}"),
            ("REDIRECT", f"{self._ported()} -j REDIRECT"),
            ("REDIRECT port", f"{self._ported()} -j REDIRECT --to-ports 8080"),
            ("NETMAP target", f"-d {net.format(1)} -j NETMAP --to {net.format(3)}"),
            ("", f"{self._few()} -j {self.pick(('ACCEPT', 'RETURN'))}"),
        ))  # fmt: skip

    def _snat(self) -> str:
        host = self._host(NETS[self.version][self.pick(("src", "dst"))])
        ports = self.pick(("20000-60000", "1024-30000"))
        net = f"{NETS[self.version]['src']}{{}}" + (".0/24" if self.version == 4 else "::/64")
        few = self.pick((self._net("d"), self._net("s"), "-o zfb", "-o zfa"))
        how = self._how("--random", "--random-fully", "--persistent")
        own = how.replace(" --persistent", "")
        return self._one_of((
            ("SNAT address", f"{few} -j SNAT --to-source {host}{how}"),
            ("SNAT range", f"{few} -j SNAT --to-source {self._range(host)}{how}"),
            ("SNAT ports", f"{self._ported()} -j SNAT --to-source {self._with_ports(host, ports)}{how}"),
            ("MASQUERADE", f"{few} -j MASQUERADE{own}"),
            ("MASQUERADE ports", f"{self._ported()} -j MASQUERADE --to-ports {ports}{own}"),
            ("NETMAP source", f"-s {net.format(1)} -j NETMAP --to {net.format(4)}"),
            ("", f"{few} -j ACCEPT"),
        ))  # fmt: skip


class TableNatRounds(TableRounds, NatRounds):
    """Rounds whose tables translate."""

    def play(self, seed: int, frames: int, connections: int) -> None:
        """One set of tables: single frames that open connections, then connections there and back."""
        chance = random.Random(f"iptables nat {seed}")  # noqa: S311 - a seeded trial
        kind, drawn = chance.choice(KINDS), Translating(chance)
        saved = self._saved(drawn.written(), kind)
        what = f"seed {seed}, {kind}\n{saved}"
        ruleset = self.known(read_firewall(saved, "lab"))
        if ruleset.unread:
            self.tally.mismatches.append(f"not understood: {ruleset.unread}\n{what}")
        before = self.tally.frames
        self.converse(Judge(ruleset, *bounds(ruleset, Space(ruleset.conditions()))), chance, frames, connections, what)
        self.tally.rulesets += 1
        self.tally.coverage.note(drawn.seen + Counter({f"iptables-{kind}": 1}), self.tally.frames - before)

    def _clear(self) -> None:
        for program in PROGRAMS.values() if self.legacy else ():
            self._run(f"{program}-legacy-restore", given=EMPTY_NAT)
        super()._clear()
