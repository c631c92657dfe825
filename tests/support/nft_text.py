"""Reads the nftables text that we write, and says what becomes of a packet that opens a connection.

It knows the constructs named in `qianyun.compile.nftables` and refuses every other, so that the
text cannot grow past its description.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_network

from qianyun.policy.model import Prefix

Address = IPv4Address | IPv6Address
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}
MATCH = re.compile(
    r"(?P<state>ct state \w+)|meta nfproto (?P<nfproto>ipv[46])|meta l4proto (?P<l4proto>\d+)"
    r"|(?P<family>ip6?) (?P<side>[sd])addr (?P<no>!= )?@(?P<set>\S+)"
    r"|(?P<ported>tcp|udp|sctp) dport (?P<ports>\{[^}]*\}|\S+)|(?P<typed>icmp|icmpv6) type (?P<types>\{[^}]*\}|\S+)"
)
RULE = re.compile(r"(?P<matches>.*?) ?counter (?P<verdict>accept|drop) comment \"(?P<comment>[^\"]+)\"")
VMAP = re.compile(r"(?P<family>ip6?) saddr vmap @(?P<map>\S+)")


@dataclass(frozen=True)
class Packet:
    source: Address
    destination: Address
    protocol: int
    port: int


@dataclass
class Table:
    sets: dict[str, list[tuple[Prefix, str]]] = field(default_factory=dict)
    chains: dict[str, list[str]] = field(default_factory=dict)

    def judge(self, packet: Packet, chain: str = "forward") -> tuple[str, str, int]:
        """The verdict, the comment of the rule that gives it, and that rule's place in its chain."""
        for position, line in enumerate(self.chains[chain]):
            if line.startswith("type filter"):
                continue
            if goto := re.fullmatch(r"goto (\S+)", line):
                return self.judge(packet, goto[1])
            if vmap := VMAP.fullmatch(line):
                target = self._mapped(packet, vmap)
                if target:
                    return self.judge(packet, target)
                continue
            rule = RULE.fullmatch(line)
            assert rule, line
            if self._holds(packet, rule["matches"]):
                return rule["verdict"], f"{chain}/{rule['comment']}", position
        return "drop", "policy", -1

    def _mapped(self, packet: Packet, vmap: re.Match[str]) -> str | None:
        for prefix, verdict in self.sets[vmap["map"]]:
            if packet.source in prefix:
                return verdict.removeprefix("goto ")
        return None

    def _holds(self, packet: Packet, matches: str) -> bool:
        left = matches
        while left:
            match = MATCH.match(left)
            assert match, left
            if not self._one_holds(packet, match):
                return False
            left = left[match.end() :].lstrip()
        return True

    def _one_holds(self, packet: Packet, match: re.Match[str]) -> bool:
        if match["state"]:
            return match["state"] == "ct state new"
        if match["nfproto"]:
            return match["nfproto"] == f"ipv{packet.source.version}"
        if match["family"]:
            address = packet.source if match["side"] == "s" else packet.destination
            is_family = (match["family"] == "ip6") == (address.version == 6)
            found = any(address in prefix for prefix, _verdict in self.sets[match["set"]])
            return is_family and found != bool(match["no"])
        if match["l4proto"]:
            return packet.protocol == int(match["l4proto"])
        word, numbers = match["ported"] or match["typed"], match["ports"] or match["types"]
        return packet.protocol == PROTOCOLS[word] and _among(packet.port, numbers)


def _among(number: int, text: str) -> bool:
    for part in text.strip("{} ").split(", "):
        first, _dash, last = part.partition("-")
        if int(first) <= number <= int(last or first):
            return True
    return False


def _element(text: str) -> tuple[Prefix, str]:
    prefix, _colon, verdict = text.partition(" : ")
    return ip_network(prefix), verdict


def parse(text: str) -> Table:
    """The one table of a text."""
    table = Table()
    blocks = re.findall(r"^\t(set|map|chain) (\S+) \{\n(.*?)^\t\}", text, re.MULTILINE | re.DOTALL)
    for kind, name, body in blocks:
        if kind == "chain":
            table.chains[name] = [line.strip() for line in body.splitlines()]
        else:
            elements = re.search(r"elements = \{(.*?)\}", body, re.DOTALL)
            assert elements
            table.sets[name] = [_element(each.strip()) for each in elements[1].split(",")]
    return table
