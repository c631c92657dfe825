"""Rounds with routing: random routes, and rulesets that ask them; the answers must be the kernel's own."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from fib_rules import CONSTRUCTS, NORMAL, ROUTING, SOURCES, TARGETS, Command, RandomAsking, RandomRouting, RandomTables
from frames import frame
from iptables_rounds import KINDS, PROGRAMS
from kernel_lab import Lab
from wire_rounds import Judge, Rounds, Tally, bounds, state_of
from wire_rules import constructs_in

from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import Ruleset
from qianyun.verify.nft_text import read_nft
from qianyun.verify.own_routes import known_of
from qianyun.verify.reading import read_firewall
from qianyun.verify.space import Space

STRANGE = 0.35
"""Share of frames with an end that lies in neither of the two nets."""
SYSCTLS = "net.ipv4.conf.all.accept_local = 1\n"


@dataclass
class Said:
    """What a router says of its own routing."""

    routes: dict[int, str] = field(default_factory=dict)
    rules: dict[int, str] = field(default_factory=dict)
    sysctls: str = ""


class FibRounds(Rounds):
    """Rounds of nftables."""

    def __init__(self, lab: Lab, tally: Tally) -> None:
        super().__init__(lab, tally)
        self.undo: list[Command] = []
        self.said = Said()
        self._third_wire()
        self.interfaces = lab.interfaces()

    def _third_wire(self) -> None:
        for words in (
            "link add zca type veth peer name zcb", "link set zca up", "link set zcb up",
            "addr add 10.9.0.1/24 dev zca", "-6 addr add fd00:9::1/64 dev zca nodad",
            "-6 addr add fe80::1 dev zfa nodad",
        ):  # fmt: skip
            done = self.lab.router("ip", *words.split())
            assert not done.returncode, f"{words}: {done.stderr}"

    def known(self, ruleset: Ruleset) -> Ruleset:
        """With what the router's routes and sysctls say."""
        return known_of(ruleset, self.said.routes, self.said.rules, self.said.sysctls)

    def play(self, seed: int, frames: int, connections: int) -> None:  # noqa: ARG002 - none go back here
        """One routing and one ruleset."""
        chance = random.Random(f"fib {seed}")  # noqa: S311 - a seeded trial
        routing = self._routed(RandomRouting(chance))
        text, listing = self._loaded(RandomAsking(chance).text())
        what = f"fib seed {seed}\n{self.said}\n{text}"
        judge = self._judge(text, listing, seed)
        before = self.tally.frames
        self._strange(judge, chance, frames, what)
        self._settle()
        self.tally.rulesets += 1
        self.tally.coverage.note(constructs_in(text, CONSTRUCTS) + routing, self.tally.frames - before)

    def _routed(self, drawn: RandomRouting) -> Counter[str]:
        """The router with these routes in place of the last ones; what it says of them is kept."""
        for command in reversed(self.undo):
            self.lab.router(*command)
        self.undo.clear()
        for command, back in drawn.commands:
            if not self.lab.router(*command).returncode:
                self.undo.append(back)
        said = Said()
        for version in (4, 6):
            said.routes[version] = self._output("ip", f"-{version}", "route", "show", "table", "all")
            said.rules[version] = self._output("ip", f"-{version}", "rule")
        said.sysctls = SYSCTLS
        for name, mode in drawn.rp_filter.items():
            self._output("sysctl", "-qw", f"net.ipv4.conf.{name}.rp_filter={mode}")
            said.sysctls += f"net.ipv4.conf.{name}.rp_filter = {mode}\n"
        self.said = said
        return Counter({name: drawn.seen[name] for name in ROUTING})

    def _output(self, *command: str) -> str:
        done = self.lab.router(*command)
        assert not done.returncode, f"{command}: {done.stderr}"
        return done.stdout

    def _strange(self, judge: Judge, chance: random.Random, count: int, what: str) -> None:
        """Frames whose ends lie anywhere."""
        sent = {}
        for _number in range(count):
            each = frame(chance, self._next(), tracked=True)
            source = chance.choice(SOURCES[each.version]) if chance.random() < STRANGE else None
            target = chance.choice(TARGETS[each.version]) if chance.random() < STRANGE else None
            each = replace(
                each,
                source=each.source if source is None else int(ip_address(source)),
                target=each.target if target is None else int(ip_address(target)),
            )
            sent[each.identity] = (each, each.values(state_of(each)))
        must = {identity for identity, (_each, values) in sent.items() if judge.certain.holds(values)}
        seen = self.lab.passes({each.identity: each.on_wire() for each, _values in sent.values()}, expected=must)
        for identity, (each, values) in sent.items():
            self._compare(judge, values, each, what, passed=identity in seen)


class FibTableRounds(FibRounds):
    """Rounds of iptables, whose packets nftables leads on."""

    def play(self, seed: int, frames: int, connections: int) -> None:  # noqa: ARG002 - none go back here
        """One routing and one set of tables of both families."""
        chance = random.Random(f"fib tables {seed}")  # noqa: S311 - a seeded trial
        routing, kind, drawn = self._routed(RandomRouting(chance)), chance.choice(KINDS), RandomTables(chance)
        self._emptied()
        for version, program in PROGRAMS.items():
            text = drawn.text(version)
            done = self.lab.router(f"{program}-{kind}-restore", given=text)
            assert not done.returncode, f"{done.stderr}\n{text}"
        saved = "".join(self._output(f"{program}-{kind}-save") for program in PROGRAMS.values())
        assert not self.lab.router("nft", "-f", "-", given=NORMAL).returncode
        what = f"fib tables seed {seed}, {kind}\n{self.said}\n{saved}"
        tables, normal = read_firewall(saved, "lab"), read_nft(NORMAL, "normal")
        ruleset = self.known(replace(tables, chains={**tables.chains, **normal.chains}))
        if ruleset.unread:
            self.tally.mismatches.append(f"not understood: {ruleset.unread}\n{what}")
        judge = Judge(ruleset, *bounds(ruleset, Space(ruleset.conditions(), engine=BitEngine)))
        before = self.tally.frames
        self._strange(judge, chance, frames, what)
        self._settle()
        self.tally.rulesets += 1
        self.tally.coverage.note(drawn.seen + routing, self.tally.frames - before)

    def _emptied(self) -> None:
        self.lab.load("")
        for program in PROGRAMS.values():
            for table in ("raw", "mangle", "filter"):
                self.lab.router(f"{program}-legacy", "-t", table, "-F")
