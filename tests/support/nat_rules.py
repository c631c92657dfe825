"""Random rulesets that translate addresses and ports, as text that nft loads.

Targets lie in the same small nets as the frames' own addresses, so that filters see them; some lie
on the side the packet came from (hairpin), some on the router itself.
"""

import random
from collections.abc import Mapping

from wire_rules import Random

NAT_CONSTRUCTS: Mapping[str, str] = {
    "dnat address": r"dnat ip to [\d.]+ *$",
    "dnat address, IPv6": r"dnat ip6 to [\da-f:]+ *$",
    "dnat port": r"dnat ip to [\d.]+:\d+ *$",
    "dnat port, IPv6": r"dnat ip6 to \[[\da-f:]+\]:\d+ *$",
    "dnat range": r"dnat ip to [\d.]+-",
    "dnat port range": r"dnat ip6? to [^ ]+:\d+-\d+",
    "dnat map": r"dnat ip6? to ip6? daddr map",
    "dnat map of ports": r"dnat ip to ip daddr \. tcp dport map",
    "dnat prefix": r"ip daddr [^ ]+ dnat (ip )?prefix to 10",
    "dnat prefix, IPv6": r"ip6 daddr [^ ]+ dnat (ip6 )?prefix to 2001",
    "dnat map of prefixes": r"dnat ip prefix to ip daddr map",
    "dnat map of prefixes, IPv6": r"dnat ip6 prefix to ip6 daddr map",
    "snat map of prefixes": r"snat ip prefix to ip saddr map",
    "snat map of prefixes, IPv6": r"snat ip6 prefix to ip6 saddr map",
    "dnat prefix of many": r"tcp dport \d+ dnat ip prefix to 10",
    "dnat by turns": r"numgen",
    "dnat by hash": r"jhash",
    "hairpin": r"dnat ip6? to \[?(10\.1\.|2001:db8:1:)",
    "redirect": r"redirect",
    "snat address": r"snat ip to [\d.]+ *$",
    "snat address, IPv6": r"snat ip6 to [\da-f:]+ *$",
    "snat range": r"snat ip to [\d.]+-",
    "snat ports": r"snat ip to [^ ]+:\d+-\d+",
    "snat map": r"snat ip6? to ip6? saddr map",
    "masquerade": r"masquerade *$",
    "masquerade ports": r"masquerade to :",
    "random": r"(?<!fully-)random",
    "fully-random": r"fully-random",
    "persistent": r"persistent",
    "ct status dnat": r"ct status dnat",
    "ct status snat": r"ct status snat",
    "nat accept": r"nat-accept",
    "nat jump": r"jump n\d",
    "filter before translation": r"priority -150",
    "filter after translation": r"priority 150",
    "two nat chains": r"chain pre1",
}
LOCAL4, LOCAL6 = "10.255.1.1", "fd00:1::1"


class Translating(Random):
    """One random ruleset that filters and translates."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self.tracks, self.doubts = True, False
        self.matches += [self._track, self._translated, self._translated]

    def text(self) -> str:
        """Filters, then translation, then filters that see what has been translated."""
        families = self.pick((("inet",), ("inet",), ("ip", "ip6"), ("inet", "ip")))
        tables = "".join(self._nat(family, number) for number, family in enumerate(families))
        return super().text() + tables + self._outer()

    def _translated(self) -> str:
        return self.pick((
            "ct status dnat", "ct status snat", "ct status ! dnat", "ip saddr 10.2.4.0/24", "ip daddr 10.2.4.0/24",
            "ip6 saddr 2001:db8:2:4::/64", "ip daddr 10.1.0.0/16", "ct direction original", "ct direction reply",
        ))  # fmt: skip

    def _outer(self) -> str:
        """A table with filters at both ends of the way."""
        chains = ""
        for hook, priority in (("prerouting", -150), ("postrouting", 150)):
            if self.chance.random() < 0.6:
                rules = "".join(f"  {self._outer_rule()}\n" for _rule in range(3))
                chains += (
                    f" chain {hook} {{\n  type filter hook {hook} priority {priority}; policy accept;\n{rules} }}\n"
                )
        return f"table inet outer {{\n{chains}}}\n"

    def _outer_rule(self) -> str:
        parts = [self.pick((self._address4, self._address6, self._port, self._translated))() for _ in range(2)]
        return " ".join((*parts, self.pick(("drop", "drop", "accept", "meta mark set 1", "ct mark set 7"))))

    def _nat(self, family: str, number: int) -> str:
        chains = []
        inner = "".join(f"  {self._dnat(family)}\n" for _rule in range(2))
        chains.append(f" chain n1 {{\n{inner} }}")
        for name, hook, priority, rule in (
            ("pre", "prerouting", self.pick((-100, -90, 0)), self._dnat),
            ("post", "postrouting", self.pick((100, 90, 110)), self._snat),
        ):
            rules = "".join(f"  {rule(family)}\n" for _rule in range(self.chance.randrange(1, 5)))
            if hook == "prerouting" and self.chance.random() < 0.3:
                rules = f"  {self._address(family)} jump n1\n{rules}"
            chains.append(
                f" chain {name}{number} {{\n  type nat hook {hook} priority {priority}; policy accept;\n{rules} }}"
            )
        return f"table {family} nat{number} {{\n" + "\n".join(chains) + "\n}\n"

    def _address(self, family: str) -> str:
        return self._address4() if self._version(family) == 4 else self._address6()

    def _version(self, family: str) -> int:
        return {"ip": 4, "ip6": 6}.get(family) or self.pick((4, 4, 6))

    def _host(self, version: int, side: int) -> str:
        low, high = self.chance.randrange(5), self.chance.randrange(1, 5)
        return f"10.{side}.{low}.{high}" if version == 4 else f"2001:db8:{side}:{low}::{high}"

    def _few(self) -> str:
        """Which packets a rule takes."""
        return " ".join(
            self.pick((self._port, self._interface, self._transport))() for _match in range(self.pick((0, 1, 1)))
        )

    def _transport(self) -> str:
        return self.pick(("meta l4proto tcp", "meta l4proto { tcp, udp }", "tcp dport 80", "udp dport 53"))

    def _dnat(self, family: str) -> str:
        version = self._version(family)
        word = "ip" if version == 4 else "ip6"
        host = self._host(version, self.pick((2, 2, 2, 2, 1)))
        ports = self.pick(("8080", "80", "8000-8010", "1-65535", "8000-8010 random"))
        local = LOCAL4 if version == 4 else LOCAL6
        plain = f"{self._few()} {self._address(word)} dnat {word} to "
        with_ports = f"{self._transport()} {self._address(word)} dnat {word} to "
        choices = [
            f'{self._address(family)} accept comment "nat-accept"',
            f"{self._transport()} redirect{self.pick(('', ' to :8080', ' to :8000-8010'))}",
            f"dnat {word} to {word} daddr map {{ {self._pairs(version, 2)} }}",
            plain + local,
            with_ports + _with_ports(local, ports),
            f"dnat {word} prefix to {word} daddr map {{ {self._blocks(version, 2)} }}",
            f"{word} daddr {self._block(version, 2)} dnat {word} prefix to {self._block(version, 2)}",
            *([with_ports + _with_ports(host, ports)] * 3),
            *([plain + host] * 4),
        ]
        if version == 4:
            keys = sorted({f"{self._host(4, 2)} . {self.pick((22, 80, 443))}" for _key in range(4)})
            pairs = ", ".join(f"{key} : {self._host(4, 2)} . {self.pick((8080, 1024))}" for key in keys)
            drawn = f"{{ 0 : {host}, 1 : {_beside(host, self.pick((1, 3)))} }}"
            choices += [
                f"tcp dport 80 dnat ip prefix to {self._block(4, 2)}",
                f"{self._few()} {self._address4()} dnat ip to {host}-{_beside(host, self.pick((1, 3)))}",
                f"dnat ip to ip daddr . tcp dport map {{ {pairs} }}",
                f"{self._address4()} dnat ip to numgen inc mod 2 map {drawn}",
                f"{self._address4()} dnat ip to jhash ip saddr . ip daddr mod 2 map {drawn}",
            ]
        return self.pick(choices)

    def _snat(self, family: str) -> str:
        version = self._version(family)
        word = "ip" if version == 4 else "ip6"
        host = self._host(version, self.pick((2, 2, 1)))
        how = self.pick(("", "", "", " random", " fully-random", " persistent"))
        ports = self.pick(("20000-60000", "1024-30000"))
        choices = [
            f'{self._address(family)} accept comment "nat-accept"',
            f"{self._few()} masquerade{how}",
            f"{self._transport()} masquerade to :{ports}{how}",
            f"snat {word} to {word} saddr map {{ {self._pairs(version, 1)} }}",
            *([f"snat {word} prefix to {word} saddr map {{ {self._blocks(version, 1)} }}"] * 2),
            *([f"{self._transport()} {self._address(word)} snat {word} to {_with_ports(host, ports)}{how}"] * 2),
            *([f"{self._few()} {self._address(word)} snat {word} to {host}{how}"] * 3),
        ]
        if version == 4:
            choices.append(f"{self._few()} {self._address4()} snat ip to {host}-{_beside(host, 2)}{how}")
        return self.pick(choices)

    def _pairs(self, version: int, side: int) -> str:
        keys = sorted({self._host(version, side) for _key in range(3)})
        return ", ".join(f"{key} : {self._host(version, 2)}" for key in keys)

    def _block(self, version: int, side: int) -> str:
        low = self.chance.randrange(5)
        four = (f"10.{side}.{low}.0/24", f"10.{side}.{low & 6}.0/23", f"10.{side}.{low}.{self.pick((0, 4))}/30")
        six = (f"2001:db8:{side}:{low}::/64", f"2001:db8:{side}:{low & 6}::/63", f"2001:db8:{side}:{low}::/126")
        return self.pick(four if version == 4 else six)

    def _blocks(self, version: int, side: int) -> str:
        """Blocks that become others of any size."""
        low = self.chance.randrange(4)
        keys = (
            (f"10.{side}.{low}.0/24", f"10.{side}.4.0/30")
            if version == 4
            else (f"2001:db8:{side}:{low}::/64", f"2001:db8:{side}:4::/126")
        )
        return ", ".join(f"{key} : {self._block(version, self.pick((2, 2, side)))}" for key in keys)


def _beside(host: str, far: int) -> str:
    stem, last = host.rsplit(".", 1)
    return f"{stem}.{int(last) + far}"


def _with_ports(host: str, ports: str) -> str:
    return f"[{host}]:{ports}" if ":" in host else f"{host}:{ports}"
