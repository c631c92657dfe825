"""Random rulesets over the language of iptables that the verifier models, with sets, for the real programs to load.

Both families have their own tables; sets are shared. Values lie where the frames of `frames` have their edges.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LEVELS = 3
MASK6 = "ffff:ffff:ffff:fffe:ffff:ffff:ffff:ffff"
NETS = {4: {"src": "10.1.", "dst": "10.2."}, 6: {"src": "2001:db8:1:", "dst": "2001:db8:2:"}}
PORTS = ("22", "53", "80", "443", "1024", "8000", "8080", "65535", "0", "1")
CHAINS: Mapping[str, tuple[str, ...]] = {
    "raw": ("PREROUTING",),
    "mangle": ("PREROUTING", "FORWARD", "POSTROUTING"),
    "filter": ("FORWARD",),
    "security": ("FORWARD",),
}
OTHERS: Mapping[str, tuple[str, ...]] = {
    "raw": ("OUTPUT",), "mangle": ("INPUT", "OUTPUT"), "filter": ("INPUT", "OUTPUT"), "security": ("INPUT", "OUTPUT"),
}  # fmt: skip
REJECTS = {
    4: ("icmp-port-unreachable", "icmp-host-unreachable", "icmp-admin-prohibited", "icmp-net-prohibited"),
    6: ("icmp6-port-unreachable", "icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable"),
}
SETS: Mapping[str, tuple[str, int]] = {
    "hash:ip": ("ip", 1), "hash:ip netmask": ("ipm", 1), "hash:net": ("net", 1), "hash:ip,port": ("ipport", 2),
    "hash:net,port": ("netport", 2), "hash:ip,port,ip": ("ipportip", 3), "hash:ip,port,net": ("ipportnet", 3),
    "hash:net,iface": ("netiface", 2), "list:set": ("list", 2), "set with timeout": ("fleeting", 1),
    "set that rules change": ("changed", 1),
}  # fmt: skip
"""Sets of both families: the construct, the name's beginning, the parts of an element."""
SETS4 = {"bitmap:ip": ("bits", 1), "bitmap:port": ("ports", 1)}


@dataclass(slots=True)
class Written:
    """A ruleset as text, and what stands in it.

    Attributes:
        sets: For `ipset restore`.
        tables: For `iptables-restore` (4) and `ip6tables-restore` (6).
        rules: The constructs of each line of `tables`.
    """

    sets: str
    tables: dict[int, str] = field(default_factory=dict)
    rules: dict[str, list[str]] = field(default_factory=dict)

    def constructs(self) -> Counter[str]:
        """How many rules use each."""
        lines = [line for text in self.tables.values() for line in text.splitlines()]
        return Counter(name for line in lines for name in self.rules.get(line, ()))


class Random:
    """Draws one ruleset."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.pick = chance, chance.choice
        self.tracks = chance.random() < 0.55
        self.doubts = chance.random() < 0.35
        self.noted: list[str] = []
        self.version = 4

    def written(self) -> Written:
        """The ruleset of both families."""
        made = Written(sets=self._sets())
        for self.version in (4, 6):
            made.tables[self.version] = "".join(self._table(name, made) for name in CHAINS)
        return made

    def _note(self, *constructs: str) -> None:
        self.noted += constructs

    def _table(self, name: str, made: Written) -> str:
        busy = name == "filter" or self.chance.random() < (0.5 if name == "mangle" else 0.3)
        lines = [f"*{name}"]
        bases = CHAINS[name]
        lines += [f":{chain} {self._policy(name, chain) if busy else 'ACCEPT'} [0:0]" for chain in bases]
        lines += [f":{chain} ACCEPT [0:0]" for chain in OTHERS[name]]
        lines += [f":u{level} - [0:0]" for level in range(1, LEVELS)]
        if name == "filter" and self.tracks:
            lines.append(f"-A FORWARD -m conntrack --ctstate {self.pick(('INVALID', 'UNTRACKED'))} -j RETURN")
        for level in range(LEVELS) if busy else ():
            for _rule in range(self.chance.randrange(3 if level else 2, 5 if level else 8)):
                chain = f"u{level}" if level else self.pick(bases)
                if level and self.chance.random() < 0.3:
                    continue
                self.noted = [f"table {name}"]
                line = self._rule(name, chain, level)
                made.rules[line] = self.noted
                lines.append(line)
        return "\n".join([*lines, "COMMIT", ""])

    def _policy(self, name: str, chain: str) -> str:
        return self.pick(("ACCEPT", "DROP")) if chain == "FORWARD" and name in ("filter", "mangle") else "ACCEPT"

    def _rule(self, table: str, chain: str, level: int) -> str:
        drawn = [self._match(chain) for _ in range(self.pick((0, 1, 1, 1, 2, 2, 3)))]
        protocol = next((each[0] for each in drawn if each[0]), "")
        parts = [f"-p {protocol}"] if protocol and protocol[0] != "!" else [f"! -p {protocol[2:]}"] if protocol else []
        parts += list(dict.fromkeys(text for asked, text in drawn if asked in ("", protocol)))
        parts = _once(parts)
        target = self._target(table, chain, level, protocol)
        if not parts and target.startswith(("-j ACCEPT", "-j DROP", "-j REJECT")) and self.chance.random() < 0.8:
            parts = [self._address("-s", "src")]
        if self.chance.random() < 0.08:
            self._note("comment")
            parts.append('-m comment --comment "-j DROP \\"all\\" ! of it"')
        return " ".join([f"-A {chain}", *parts, target]).strip()

    def _target(self, table: str, chain: str, level: int, protocol: str) -> str:
        x = self.chance.random()
        if level < LEVELS - 1 and x < 0.2:
            verb = self.pick(("-j", "-g"))
            self._note("jump" if verb == "-j" else "goto")
            return f"{verb} u{self.chance.randrange(level + 1, LEVELS)}"
        if table == "mangle" and x < 0.6:
            return self._change(chain)
        if table == "raw" and x < 0.4 and self.tracks:
            self._note("CT --notrack")
            return "-j CT --notrack"
        if table == "filter" and x < 0.3:
            return self._reject(protocol)
        return self._verdict() if x > 0.36 else self._harmless()

    def _reject(self, protocol: str) -> str:
        self._note("REJECT")
        if protocol == "tcp" and self.chance.random() < 0.5:
            self._note("REJECT tcp-reset")
            return "-j REJECT --reject-with tcp-reset"
        return f"-j REJECT --reject-with {self.pick(REJECTS[self.version])}"

    def _harmless(self) -> str:
        name = self.pick(("LOG", "SET", "no target"))
        self._note(name)
        added = f"-j SET --add-set changed{self.version} src"
        return {"LOG": '-j LOG --log-prefix "-A FORWARD -j "', "SET": added, "no target": ""}[name]

    def _verdict(self) -> str:
        verb = self.pick(("ACCEPT", "ACCEPT", "DROP", "DROP", "RETURN"))
        self._note(verb)
        return f"-j {verb}"

    def _change(self, chain: str) -> str:
        hops = "TTL --ttl" if self.version == 4 else "HL --hl"
        kinds = ["MARK", "MARK", "MARK", "DSCP", "TOS", *["CONNMARK"] * 3 * self.tracks]
        kinds += ["hops"] * (chain != "PREROUTING")
        kind = self.pick(kinds)
        self._note(f"{kind} target")
        changes: Mapping[str, Callable[[], str]] = {
            "MARK": lambda: "MARK " + self.pick((
                "--set-mark 0x1", "--set-xmark 0x2/0x3", "--or-mark 0x4", "--and-mark 0x3", "--xor-mark 0x5",
            )),
            "CONNMARK": lambda: "CONNMARK " + self.pick((
                "--set-mark 0x1/0x1", "--save-mark", "--restore-mark", "--restore-mark --nfmask 0x3 --ctmask 0x1",
                "--set-xmark 0x4/0x0",
            )),
            "DSCP": lambda: f"DSCP {self.pick(('--set-dscp 0x08', '--set-dscp-class ef'))}",
            "TOS": lambda: f"TOS --set-tos {self.pick(('0x20', '0x20/0xf0', '0x00/0x3f'))}",
            "hops": lambda: f"{hops}-{self.pick(('set 64', 'set 3', 'inc 1', 'dec 1'))}",
        }  # fmt: skip
        return f"-j {changes[kind]()}"

    def _match(self, chain: str) -> tuple[str, str]:
        """The protocol that a match needs, and the match."""
        kinds: list[Callable[[], tuple[str, str]]] = [
            *(self._addresses, self._ports) * 4, self._protocol, self._interface, self._interface, self._icmp,
            self._flags, self._header, self._range, self._mark, self._fragment,
            *(self._set,) * 4, *(self._connection,) * 5 * self.tracks, *(self._bound,) * 2 * self.doubts,
        ]  # fmt: skip
        if chain in ("PREROUTING", "POSTROUTING"):
            kinds = [kind for kind in kinds if kind != self._interface]
            kinds.append(lambda: ("", self._inter("-i" if chain == "PREROUTING" else "-o")))
        if self.version == 6:
            kinds += [self._extension] * 3
        return self.pick(kinds)()

    def _not(self) -> str:
        if self.chance.random() < 0.25:
            self._note("negation")
            return "! "
        return ""

    def _addresses(self) -> tuple[str, str]:
        return "", self._address(*self.pick((("-s", "src"), ("-d", "dst"))))

    def _address(self, option: str, side: str) -> str:
        self._note(option)
        return f"{self._not()}{option} {self._prefix(side)}"

    def _prefix(self, side: str) -> str:
        net, low, last = NETS[self.version][side], self.chance.randrange(5), self.pick((0, 1, 2, 3, 4, 255))
        if self.chance.random() < 0.1:
            self._note("address mask")
            return (
                f"{net}0.{last}/255.255.0.255"
                if self.version == 4
                else f"{net}0::{last:x}/ffff:ffff:ffff:fffe:ffff:ffff:ffff:ffff"
            )
        if self.version == 4:
            return self.pick((f"{net}{low}.{last}", f"{net}{low}.0/24", f"{net}0.0/{self.pick((16, 22, 23, 25))}"))
        return self.pick((f"{net}{low}::{last:x}", f"{net}{low}::/64", f"{net[:-1]}::/{self.pick((48, 61, 62, 63))}"))

    def _protocol(self) -> tuple[str, str]:
        self._note("-p")
        stranger = self.pick(("gre", "esp", "eigrp", "udplite", "ipencap"))
        return self.pick(("tcp", "udp", "sctp", stranger, "! tcp", "! udp", f"! {stranger}")), ""

    def _ports(self) -> tuple[str, str]:
        protocol = self.pick(("tcp", "tcp", "udp", "udp", "sctp"))
        if self.chance.random() < 0.4:
            self._note("multiport")
            listed = ",".join(self.pick(PORTS) for _port in range(3))
            spans = self.pick((listed, "22,8000:8099", "1:1023", "80"))
            option = self.pick(("--sports", "--dports", "--dports", "--ports"))
            self._note(f"multiport {option}")
            return protocol, f"-m multiport {self._not()}{option} {spans}"
        option = self.pick(("--sport", "--dport", "--dport"))
        self._note(f"{protocol} {option}")
        value = self.pick((*PORTS, "1024:65535", "0:1023", "8000:8099", "53:443"))
        return protocol, f"-m {protocol} {self._not()}{option} {value}"

    def _flags(self) -> tuple[str, str]:
        self._note("tcp flags")
        asked = self.pick((
            "--syn", "--tcp-flags FIN,SYN,RST,ACK SYN", "--tcp-flags SYN,ACK SYN,ACK", "--tcp-flags ALL NONE",
            "--tcp-flags ALL FIN,PSH,URG", "--tcp-flags RST RST", "--tcp-flags FIN,ACK ACK",
        ))  # fmt: skip
        return "tcp", f"-m tcp {self._not()}{asked}"

    def _icmp(self) -> tuple[str, str]:
        if self.version == 4:
            self._note("icmp type")
            kind = self.pick(("8", "0", "3", "8/0", "8/1", "13", "5/1", "any", "echo-request", "port-unreachable"))
            return "icmp", f"-m icmp {self._not() if kind != 'any' else ''}--icmp-type {kind}"
        self._note("icmpv6 type")
        return (
            "ipv6-icmp",
            f"-m icmp6 {self._not()}--icmpv6-type {self.pick(('128', '129', '1', '128/0', '144/1', '3'))}",
        )

    def _interface(self) -> tuple[str, str]:
        return "", self._inter(self.pick(("-i", "-o")))

    def _inter(self, option: str) -> str:
        self._note(option)
        return f"{self._not()}{option} {self.pick(('zfa', 'zfb', 'zf+', 'z+', 'lo', 'zfb+'))}"

    def _range(self) -> tuple[str, str]:
        self._note("iprange")
        option, side = self.pick((("--src-range", "src"), ("--dst-range", "dst")))
        net, low, last = NETS[self.version][side], self.chance.randrange(3), self.chance.randrange(5)
        joint = "." if self.version == 4 else "::"
        return "", f"-m iprange {self._not()}{option} {net}{low}{joint}{last}-{net}{low + 2}{joint}{last}"

    def _mark(self) -> tuple[str, str]:
        self._note("mark")
        return "", f"-m mark {self._not()}--mark {self.pick(('0x1', '0x0', '0x2/0x3', '0x4/0x4', '0x0/0x1', '0x5'))}"

    def _header(self) -> tuple[str, str]:
        hops = ("ttl", "ttl") if self.version == 4 else ("hl", "hl")
        kind = self.pick(("length", "dscp", "dscp", "tos", "ttl", "ttl"))
        self._note(kind if kind != "ttl" else hops[0])
        return "", {
            "length": lambda: f"-m length {self._not()}--length {self.pick(('40:60', '68', '100:65535', '0:80'))}",
            "dscp": lambda: f"-m dscp {self._not()}{self.pick(('--dscp 0x08', '--dscp 46', '--dscp-class cs1'))}",
            "tos": lambda: f"-m tos {self._not()}--tos {self.pick(('0x20/0xfc', '0xb8/0xf8', '0x00/0x3f'))}",
            "ttl": lambda: f"-m {hops[0]} {self._hops(hops[1])}",
        }[kind]()

    def _hops(self, name: str) -> str:
        option = self.pick(("eq", "lt", "gt"))
        number = self.pick(("1", "2", "63", "64", "127", "254"))
        return f"{self._not() if option == 'eq' else ''}--{name}-{option} {number}"

    def _fragment(self) -> tuple[str, str]:
        if self.version == 4:
            self._note("-f")
            return "", f"{self._not()}-f"
        self._note("frag")
        parts = ("", " --fragfirst", " --fragmore", " --fraglast", " --fragid 1:4", " --fragfirst --fragmore")
        return "", f"-m frag{self.pick(parts)}"

    def _extension(self) -> tuple[str, str]:
        kind = self.pick(("ipv6header", "rt", "hbh", "dst"))
        self._note(kind)
        names = ("hop", "dst", "route", "frag", "prot", "hop,prot", "esp", "frag,prot")
        return "", {
            "ipv6header": lambda: f"-m ipv6header {self._not()}--header {self.pick(names)}{self.pick(('', ' --soft'))}",
            "rt": lambda: f"-m rt {self.pick(('', '--rt-type 2', '--rt-segsleft 0'))}",
            "hbh": lambda: f"-m hbh {self.pick(('', '--hbh-len 8'))}",
            "dst": lambda: f"-m dst {self.pick(('', '--dst-len 8'))}",
        }[kind]()

    def _connection(self) -> tuple[str, str]:
        kind = self.pick(("ctstate", "ctstate", "ctstate", "state", "ctstatus", "ctdir", "connmark", "together"))
        self._note(kind if kind in ("state", "connmark") else f"conntrack {kind}")
        states = self.pick(("NEW", "ESTABLISHED", "RELATED,ESTABLISHED", "INVALID", "UNTRACKED", "NEW,INVALID"))
        status = self.pick(("SEEN_REPLY", "CONFIRMED", "NONE", "ASSURED,CONFIRMED"))
        way = self.pick(("ORIGINAL", "REPLY"))
        return "", {
            "ctstate": lambda: f"-m conntrack {self._not()}--ctstate {states}",
            "state": lambda: f"-m state {self._not()}--state {states}",
            "ctstatus": lambda: f"-m conntrack {self._not()}--ctstatus {status}",
            "ctdir": lambda: f"-m conntrack --ctdir {way}",
            "connmark": lambda: f"-m connmark {self._not()}--mark {self.pick(('0x1', '0x0', '0x1/0x1', '0x4/0x4'))}",
            "together": lambda: f"-m conntrack --ctstate {states} {self._not()}--ctstatus {status} --ctdir {way}",
        }[kind]()

    def _bound(self) -> tuple[str, str]:
        kind = self.pick(("limit", "addrtype", "physdev", "pkttype", "mac", "statistic", "string", "hashlimit", "u32"))
        self._note("u32 (not known)" if kind == "u32" else f"{kind} (a bound)")
        self._note("bound")
        return "", {
            "limit": "-m limit --limit 3/min --limit-burst 5",
            "addrtype": f"-m addrtype {self.pick(('', '! '))}--dst-type LOCAL",
            "physdev": "-m physdev --physdev-in eth0",
            "pkttype": "-m pkttype --pkt-type unicast",
            "mac": "-m mac --mac-source 02:00:00:00:0a:01",
            "statistic": "-m statistic --mode random --probability 0.5",
            "string": '-m string --algo bm --string "-j DROP"',
            "hashlimit": "-m hashlimit --hashlimit-upto 3/min --hashlimit-name a --hashlimit-mode srcip",
            "u32": '-m u32 --u32 "0x6&0xff=0x6"',
        }[kind]

    def _set(self) -> tuple[str, str]:
        kinds = {**SETS, **(SETS4 if self.version == 4 else {"bitmap:port": SETS4["bitmap:port"]})}
        kind = self.pick(sorted(kinds))
        name, parts = kinds[kind]
        self._note(kind)
        parts += self.pick((0, 0, 0, 0, 0, 0, 0, 1, -1))
        usual = ("src", "dst") if name not in ("ipport", "netport") else (self.pick(("src", "dst")), "dst")
        words = ",".join(
            self.pick(("src", "dst")) if at > 1 else usual[at] if at else self.pick(usual)
            for at in range(max(1, parts))
        )
        extra = " --return-nomatch" if name == "net" and self.chance.random() < 0.2 else ""
        if extra:
            self._note("--return-nomatch")
        which = name if kind == "bitmap:port" else f"{name}{self.version}"
        return "", f"-m set {self._not()}--match-set {which} {words}{extra}"

    def _sets(self) -> str:
        lines = ["create ports bitmap:port range 0-8192", *(f"add ports {span}" for span in ("22", "53-80", "8000"))]
        for self.version in (4, 6):
            lines += self._of_family("inet" if self.version == 4 else "inet6")
        self.noted = []
        return "\n".join(lines) + "\n"

    def _host(self) -> str:
        net = NETS[self.version][self.pick(("src", "dst"))]
        low, last = self.chance.randrange(5), self.pick((0, 1, 2, 3, 4, 255))
        return f"{net}{low}.{last}" if self.version == 4 else f"{net}{low}::{last:x}"

    def _net(self) -> str:
        net, low = NETS[self.version][self.pick(("src", "dst"))], self.chance.randrange(5)
        if self.version == 4:
            return self.pick((f"{net}{low}.0/24", f"{net}0.0/22", f"{net}{low}.2/31", f"{net}0.0/16", f"{net}{low}.1"))
        return self.pick(
            (f"{net}{low}::/64", f"{net[:-1]}::/62", f"{net}{low}::2/127", f"{net[:-1]}::/48", f"{net}{low}::1")
        )

    def _port(self) -> str:
        icmp = ("icmp:8/0", "icmp:3/1", "icmp:13/0") if self.version == 4 else ("icmpv6:128/0", "icmpv6:144/1")
        ported = [f"{name}:{port}" for name in ("tcp", "udp") for port in ("22", "80", "443", "8080-8099", "0-22")]
        return str(self.pick([*ported, "sctp:80", "esp:0", "gre:0", *icmp]))

    def _of_family(self, family: str) -> list[str]:
        many = range(self.chance.randrange(3, 9))
        kinds: dict[str, tuple[str, Callable[[], str]]] = {
            "ip": ("hash:ip", self._host),
            "ipm": (f"hash:ip netmask {24 if self.version == 4 else 64}", self._host),
            "net": ("hash:net", lambda: f"{self._net()}{self.pick(('', '', '', ' nomatch'))}"),
            "ipport": ("hash:ip,port", lambda: f"{self._host()},{self._port()}"),
            "netport": ("hash:net,port", lambda: f"{self._net()},{self._port()}{self.pick(('', '', '', ' nomatch'))}"),
            "ipportip": ("hash:ip,port,ip", lambda: f"{self._host()},{self._port()},{self._host()}"),
            "ipportnet": ("hash:ip,port,net", lambda: f"{self._host()},{self._port()},{self._net()}"),
            "netiface": ("hash:net,iface", lambda: f"{self._net()},{self.pick(('zfa', 'zfb', 'zf wildcard', 'lo'))}"),
            "fleeting": ("hash:ip timeout 600", lambda: f"{self._host()}{self.pick(('', ' timeout 0'))}"),
            "changed": ("hash:ip", self._host),
        }
        if self.version == 4:
            kinds["bits"] = (
                "bitmap:ip range 10.1.0.0/16",
                lambda: f"10.1.{self.chance.randrange(5)}.{self.chance.randrange(5)}",
            )
        lines = []
        for name, (kind, element) in kinds.items():
            head, *options = kind.split(" ", 1)
            own = "" if head.startswith("bitmap") else f" family {family}"
            lines.append(f"create {name}{self.version} {head}{own} {' '.join(options)}".rstrip())
            lines += list(dict.fromkeys(f"add {name}{self.version} {element()}" for _element in many))
        listed = self.chance.sample(("ip", "net", "ipport", "netport"), 3)
        lines.append(f"create list{self.version} list:set")
        return [*lines, *(f"add list{self.version} {name}{self.version}" for name in listed)]


def _once(parts: list[str]) -> list[str]:
    """Options that iptables takes only once in a rule."""
    kept = dict[str, str]()
    for part in parts:
        words = [word for word in part.split() if word != "!"]
        if words:
            kept.setdefault(" ".join(words[:2]) if words[0] == "-m" else words[0], part)
    return list(kept.values())


def _constructs() -> frozenset[str]:
    """Everything that can be drawn, found by drawing much."""
    found = set[str]()
    for seed in range(300):
        found |= set(Random(random.Random(seed)).written().constructs())  # noqa: S311 - a seeded trial
    return frozenset(found)


CONSTRUCTS = _constructs()
