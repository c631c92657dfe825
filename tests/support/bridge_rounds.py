"""Rounds on a bridge: frames from port to port, and packets that come by a bridge and are passed on by IP."""

import random
from collections.abc import Mapping
from dataclasses import replace

from frames import ICMP, ICMPV6, frame
from kernel_lab import MAC, Lab
from wire_rounds import Judge, Rounds, Tally
from wire_rules import CONSTRUCTS, Random, constructs_in

from qianyun.verify.acls.matches import NOT_LATER
from qianyun.verify.bridges import called, mapped, with_conditions
from qianyun.verify.chains import Ruleset
from qianyun.verify.conditions import ALWAYS, NEVER, Condition, In, all_of, is_
from qianyun.verify.fields import BRIDGE, IN_INTERFACE, VLAN, Field, State, interface_number

NAME, TAGS = "qbr", (0, 0, 0, 5, 10, 20)
BRIDGE_CONSTRUCTS: Mapping[str, str] = {
    "table bridge": r"^table bridge",
    "ether type ip": r"ether type ip ",
    "ether type ip6": r"ether type ip6",
    "ether type !=": r"ether type !=",
    "ether type of a tag": r"ether type 8021q",
    "ether type set": r"ether type \{",
    "ether type vmap": r"ether type vmap",
    "vlan id": r"vlan id \d",
    "vlan id !=": r"vlan id !=",
    "vlan id range": r"vlan id \d+-",
    "vlan id and address": r"vlan id 10 ip",
    "meta protocol": r"meta protocol",
    "hook prerouting": r"bridge(?s:.)*hook prerouting",
    "hook forward": r"bridge(?s:.)*hook forward",
    "hook postrouting": r"bridge(?s:.)*hook postrouting",
    "hook input": r"hook input",
    "named priority": r"priority filter",
    "IP beside": r"^table inet",
    "mark set on the bridge": r"meta mark set",
    **{
        name: CONSTRUCTS[name]
        for name in ("ip saddr prefix", "ip6 saddr prefix", "tcp dport set", "th dport", "icmp type", "tcp flags",
                     "iifname", "oifname", "meta l4proto", "named set", "jump", "goto", "anonymous vmap", "exthdr")
    },
}  # fmt: skip
OFF = dict.fromkeys(("net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables"), "0")
Known = Mapping[str, Condition]
BRIDGED: Known = {"?the packet is bridged": ALWAYS}
ROUTED: Known = {
    "?the packet is bridged": NEVER,
    "?it comes by a bridge": ALWAYS,
    "?it leaves by a bridge": NEVER,
}


class Bridging(Random):
    """One random ruleset of the bridge family, now and then with one of IP beside it."""

    def __init__(self, chance: random.Random, *, routed: bool) -> None:
        super().__init__(chance)
        self.tracks, self.doubts, self.routed = False, False, routed
        self.matches = [each for each in self.matches if each != self._track]
        self.matches += [self._frame] * 8

    def text(self) -> str:
        """Rules of the bridge; with IP beside it, input takes the place of forward."""
        bridge = self._table(0).replace("table inet", "table bridge", 1)
        if self.routed:
            bridge = bridge.replace("hook forward", "hook input").replace("hook postrouting", "hook prerouting")
        for far, word in (("-10", "filter"), ("10", "filter + 5")):
            bridge = bridge.replace(f"priority {far};", f"priority {word};", 1)
        chain = "chain f {\n  type filter hook forward priority 0; policy accept;\n"
        beside = f"table inet t1 {{\n {chain}  tcp dport 80 drop\n  meta mark {{ 1, 0x10 }} drop\n }}\n}}\n"
        return bridge + beside * (self.routed or self.chance.random() < 0.4)

    def _frame(self) -> str:
        first, second = (self.pick(("accept", "drop", "continue")) for _verdict in range(2))
        return self.pick((
            "ether type ip", "ether type ip6", "ether type != ip", "ether type { ip, arp }", "ether type 8021q",
            "vlan id 10", "vlan id != 10", "vlan id 5-15", "vlan id 10 ip saddr 10.1.0.0/23", "meta protocol ip6",
            f"ether type vmap {{ ip : {first}, ip6 : {second} }}", "meta protocol { ip, ip6 }",
        ))  # fmt: skip


class BridgeRounds(Rounds):
    """Rounds from port to port."""

    routed = False
    sides: Known = BRIDGED
    alike = all_of(NOT_LATER, is_(VLAN, 0))
    compared = NOT_LATER

    def __init__(self, lab: Lab, tally: Tally) -> None:
        super().__init__(lab, tally)
        for words in (f"link add {NAME} type bridge", *self._joining(), f"link set {NAME} up"):
            self._done("ip", *words.split())
        for key in OFF:
            self._done("sysctl", "-qw", f"{key}=0")
        self._done("sysctl", "-qw", f"net.ipv6.conf.{NAME}.accept_dad=0")
        self.interfaces = lab.interfaces()

    def _joining(self) -> tuple[str, ...]:
        return (f"link set zfa master {NAME}", f"link set zfb master {NAME}")

    def _done(self, *command: str) -> None:
        done = self.lab.router(*command)
        assert not done.returncode, f"{command}: {done.stderr}"

    def known(self, ruleset: Ruleset) -> Ruleset:
        """With what rules do not tell: where the bridge is, and that it keeps to itself."""

        def leaf(asked: In) -> Condition:
            return self.sides.get(asked.field.name, asked)

        chains = {
            name: replace(
                chain,
                rules=tuple(
                    replace(
                        rule, steps=tuple(with_conditions(step, lambda said: mapped(said, leaf)) for step in rule.steps)
                    )
                    for rule in chain.rules
                ),
            )
            for name, chain in ruleset.chains.items()
        }
        return called(replace(ruleset, chains=chains), OFF)

    def play(self, seed: int, frames: int, connections: int) -> None:  # noqa: ARG002 - none go back here
        """One ruleset, and frames with and without tags."""
        chance = random.Random(f"bridge {self.routed} {seed}")  # noqa: S311 - a seeded trial
        text, listing = self._loaded(Bridging(chance, routed=self.routed).text())
        judge = self._judge(text, listing, seed)
        before = self.tally.frames
        self._frames(judge, chance, frames, f"bridge seed {seed}\n{text}")
        self._settle()
        self.tally.rulesets += 1
        self.tally.coverage.note(constructs_in(text, BRIDGE_CONSTRUCTS), self.tally.frames - before)

    def _frames(self, judge: Judge, chance: random.Random, count: int, what: str) -> None:
        sent, wires = {}, {}
        for _number in range(count):
            each = frame(chance, self._next(), tracked=self.routed)
            tag = 0 if self.routed or each.protocol in (ICMP, ICMPV6) else chance.choice(TAGS)
            sent[each.identity] = (each, {**each.values(State.INVALID), **self._at(tag)})
            wires[each.identity] = self._wire(each.on_wire(), tag)
        must = {identity for identity, (_each, values) in sent.items() if judge.certain.holds(values)}
        seen = self.lab.passes(wires, expected=must)
        for identity, (each, values) in sent.items():
            self._compare(judge, values, each, what, passed=identity in seen)

    def _at(self, tag: int) -> dict[Field, int]:
        return {VLAN: tag, BRIDGE: interface_number(NAME)}

    def _wire(self, data: bytes, tag: int) -> bytes:
        """To the far end's own address, with a tag."""
        head = bytes.fromhex((MAC["b"] + MAC["a"]).replace(":", ""))
        return head + (b"\x81\x00" + tag.to_bytes(2, "big")) * (tag > 0) + data[12:]


class OverBridgeRounds(BridgeRounds):
    """Rounds of packets that come by a port of a bridge and are passed on by IP."""

    routed = True
    sides = ROUTED
    alike = NEVER

    def _joining(self) -> tuple[str, ...]:
        """The bridge takes over the addresses and neighbours of the port, and its hardware address."""
        return (
            f"link set {NAME} address {MAC['fa']}", f"link set zfa master {NAME}", "addr flush dev zfa",
            f"link set {NAME} up", f"addr add 10.255.1.1/24 dev {NAME}", f"-6 addr add fd00:1::1/64 dev {NAME} nodad",
        )  # fmt: skip

    def _at(self, tag: int) -> dict[Field, int]:
        return {VLAN: tag, IN_INTERFACE: interface_number(NAME)}

    def _wire(self, data: bytes, tag: int) -> bytes:
        assert not tag
        return data
