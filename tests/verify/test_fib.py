"""Questions to the routes: exact where they were collected, a doubt where not, never a pass."""

from pathlib import Path

import pytest

from qianyun.verify.chains import Hook, Ruleset
from qianyun.verify.explaining import packet_of
from qianyun.verify.fields import FIELDS, IN_INTERFACE, STATE, Field, State, interface_number
from qianyun.verify.iptables import read_iptables
from qianyun.verify.network.devices import Device
from qianyun.verify.network.rules_of_devices import rules_of
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_json import read_nft_json
from qianyun.verify.nft_text import read_nft
from qianyun.verify.own_routes import known_of
from qianyun.verify.passing import Passing
from qianyun.verify.routing import read_routing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

CASES = Path(__file__).parent.parent / "cases" / "nft"
ROUTES = {
    4: """default via 192.0.2.1 dev wan
10.1.0.0/16 via 10.0.0.2 dev lan
blackhole 10.9.0.0/16
10.0.0.0/24 dev lan proto kernel scope link src 10.0.0.1
10.2.0.0/16 proto static
\tnexthop via 10.0.0.2 dev lan weight 1
\tnexthop via 192.0.2.1 dev wan weight 1
local 10.0.0.1 dev lan table local proto kernel scope host src 10.0.0.1
broadcast 10.0.0.255 dev lan table local proto kernel scope link src 10.0.0.1
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
""",
    6: """2001:db8:1::/48 via fe80::2 dev lan metric 1024 pref medium
prohibit 2001:db8:9::/48 dev lo metric 1024 error -13 pref medium
2001:db8::/64 dev lan proto kernel metric 256 pref medium
local 2001:db8::1 dev lan table local proto kernel metric 0 pref medium
multicast ff00::/8 dev lan table local proto kernel metric 256 pref medium
""",
}
RULES = {
    4: "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n",
    6: "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n",
}
NOTHING = {4: "", 6: ""}
LAN, WAN = interface_number("lan"), interface_number("wan")


def nft(rule: str) -> Ruleset:
    return read_nft(
        f"table inet f {{\n chain c {{\n type filter hook prerouting priority raw; policy drop;\n {rule}\n }}\n}}\n",
        "fw",
    )


def iptables(rule: str, version: int = 4) -> Ruleset:
    return read_iptables(f"*raw\n:PREROUTING DROP [0:0]\n-A PREROUTING {rule} -j ACCEPT\nCOMMIT\n", "fw", version)


def bounds(ruleset: Ruleset, values: dict[Field, int]) -> tuple[bool, bool]:
    """Whether a packet must pass prerouting, and whether it may."""
    space = Space(ruleset.conditions())
    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
    passing = Passing(ruleset, space).through((Hook.PREROUTING,))
    return passing.always(*doubts).holds(values), passing.forget(*doubts).holds(values)


def packet(text: str, comes: int = LAN) -> dict[Field, int]:
    return {**packet_of(text).values, IN_INTERFACE: comes, STATE: State.NEW}


def known(ruleset: Ruleset, rules: dict[int, str] = RULES, sysctls: str = "") -> Ruleset:
    assert not ruleset.unread
    return known_of(ruleset, ROUTES, rules, sysctls)


FROM_LAN, FROM_WAN = "udp 10.1.2.3:5000 > 198.51.100.7:53", "udp 203.0.113.9:5000 > 10.0.0.1:53"
FROM_HOLE, TO_WIRE = "udp 10.9.0.1:5000 > 198.51.100.7:53", "udp 10.1.2.3:5000 > 10.0.0.255:67"
LAN6, STRANGE6 = "udp [2001:db8:1::5]:5000 > [2001:db8::1]:53", "udp [3fff::5]:5000 > [2001:db8:9::5]:53"
TO_ROUTER6, TO_MANY6 = "udp [2001:db8:1::5]:5000 > [2001:db8::]:53", "udp [2001:db8:1::5]:5000 > [ff05::2]:53"
EITHER_WAY = "udp 10.2.0.9:5000 > 198.51.100.7:53"


@pytest.mark.parametrize(
    ("rule", "passing", "dropped"),
    [
        ("fib saddr . iif oif exists accept", (FROM_LAN, LAN6, EITHER_WAY), (FROM_WAN, FROM_HOLE, STRANGE6)),
        ("fib saddr oif exists accept", (FROM_LAN, FROM_WAN), (FROM_HOLE, STRANGE6)),
        ('fib saddr oifname "wan" accept', (FROM_WAN,), (FROM_LAN, FROM_HOLE, EITHER_WAY)),
        ('fib saddr oif { "lan", "x" } accept', (FROM_LAN, EITHER_WAY), (FROM_WAN, FROM_HOLE)),
        ("fib daddr type local accept", (FROM_WAN, LAN6), (FROM_LAN, TO_WIRE, TO_ROUTER6)),
        ("fib daddr type { broadcast, multicast } accept", (TO_WIRE, TO_MANY6), (FROM_WAN, LAN6)),
        ("fib daddr type anycast accept", (TO_ROUTER6,), (LAN6,)),
        ("fib daddr type prohibit accept", (STRANGE6,), (LAN6, FROM_HOLE)),
        ("fib saddr type unreachable accept", (STRANGE6,), (LAN6, FROM_HOLE)),
        ("fib daddr . iif type local accept", (FROM_WAN,), (FROM_LAN,)),
        ("fib daddr type vmap { local : accept, unicast : drop }", (FROM_WAN,), (FROM_LAN,)),
        ("fib daddr type != { local, broadcast } accept", (FROM_LAN, TO_MANY6), (FROM_WAN, TO_WIRE)),
    ],
)
def test_an_answer_is_exact_where_the_routes_were_collected(
    rule: str, passing: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    ruleset = known(nft(rule))

    assert {each: bounds(ruleset, packet(each)) for each in passing} == dict.fromkeys(passing, (True, True))
    assert {each: bounds(ruleset, packet(each)) for each in dropped} == dict.fromkeys(dropped, (False, False))
    assert all(trace(ruleset, packet(each), (Hook.PREROUTING,)).passes for each in passing)


@pytest.mark.parametrize(
    ("rule", "passing", "dropped"),
    [
        ("-m addrtype --dst-type LOCAL", (FROM_WAN,), (FROM_LAN, TO_WIRE)),
        ("-m addrtype ! --dst-type LOCAL,BROADCAST", (FROM_LAN,), (FROM_WAN, TO_WIRE)),
        ("-m addrtype --src-type UNICAST --dst-type LOCAL --limit-iface-in", (FROM_WAN,), (TO_WIRE,)),
        ("-m rpfilter", (FROM_LAN, EITHER_WAY), (FROM_WAN, FROM_HOLE)),
        ("-m rpfilter --loose", (FROM_LAN, FROM_WAN), (FROM_HOLE,)),
        ("-m rpfilter --invert", (FROM_WAN, FROM_HOLE), (FROM_LAN,)),
    ],
)
def test_iptables_asks_the_same_routes(rule: str, passing: tuple[str, ...], dropped: tuple[str, ...]) -> None:
    ruleset = known(iptables(rule))

    assert {each: bounds(ruleset, packet(each)) for each in passing} == dict.fromkeys(passing, (True, True))
    assert {each: bounds(ruleset, packet(each)) for each in dropped} == dict.fromkeys(dropped, (False, False))


@pytest.mark.parametrize(
    ("rule", "passing", "dropped"),
    [
        ("-m addrtype --dst-type LOCAL", (LAN6,), (STRANGE6, TO_ROUTER6)),
        ("-m addrtype --dst-type ANYCAST", (TO_ROUTER6,), (LAN6,)),
        ("-m addrtype --src-type UNREACHABLE", (STRANGE6,), (LAN6,)),
        ("-m addrtype --dst-type MULTICAST", (TO_MANY6,), (LAN6,)),
        ("-m rpfilter", (LAN6,), (STRANGE6,)),
    ],
)
def test_ip6tables_asks_the_routes_of_ipv6(rule: str, passing: tuple[str, ...], dropped: tuple[str, ...]) -> None:
    ruleset = known(iptables(rule, 6))

    assert {each: bounds(ruleset, packet(each)) for each in passing} == dict.fromkeys(passing, (True, True))
    assert {each: bounds(ruleset, packet(each)) for each in dropped} == dict.fromkeys(dropped, (False, False))


@pytest.mark.parametrize(
    "ruleset",
    [
        nft("fib saddr . iif oif exists accept"),
        nft("fib saddr . iif oif missing accept"),
        nft("fib daddr type != local accept"),
        iptables("-m addrtype ! --dst-type LOCAL"),
        iptables("-m rpfilter --invert"),
    ],
)
def test_without_routes_an_answer_stays_a_doubt(ruleset: Ruleset) -> None:
    for routes, rules in ((NOTHING, RULES), (ROUTES, NOTHING), ({4: "", 6: ROUTES[6]}, RULES)):
        asked = known_of(ruleset, routes, rules, "")

        assert bounds(asked, packet(FROM_LAN)) == (False, True)


@pytest.mark.parametrize(
    ("routes", "rules", "answers"),
    [
        (ROUTES[4] + "10.1.2.0/24 via 10.0.0.9 dev wan tos 0x10\n", RULES[4], (False, True)),
        (ROUTES[4] + "10.1.2.0/24 via 10.0.0.9 dev wan wondrous\n", RULES[4], (False, True)),
        (ROUTES[4], RULES[4] + "99:\tfrom all lookup [l3mdev-table]\n", (False, True)),
        (ROUTES[4], RULES[4] + "99:\tfrom all tos 0x10 lookup 7\n", (True, True)),
        (ROUTES[4] + "default dev wan table 7\n", RULES[4] + "99:\tfrom all tos 0x10 lookup 7\n", (False, True)),
        (ROUTES[4] + "default dev wan table 7\n", RULES[4] + "99:\tfrom 198.51.100.0/24 lookup 7\n", (False, False)),
        (ROUTES[4] + "default dev wan table 7\n", RULES[4] + "99:\tnot from 198.51.100.0/24 lookup 7\n", (True, True)),
        (ROUTES[4], RULES[4] + "99:\tfrom all fwmark 0x1 lookup 7\n", (True, True)),
        (ROUTES[4] + "throw 10.1.2.0/24\n", RULES[4], (False, False)),
    ],
)
def test_what_is_not_understood_of_routing_is_a_doubt_of_its_addresses(
    routes: str, rules: str, answers: tuple[bool, bool]
) -> None:
    ruleset = known_of(nft("fib saddr . iif oif exists accept"), {4: routes, 6: ""}, {4: rules, 6: ""}, "")

    assert bounds(ruleset, packet(FROM_LAN)) == answers
    assert bounds(ruleset, packet(LAN6)) == (False, True)


def test_a_route_within_an_own_prefix_is_a_doubt_since_tables_may_be_one_or_two() -> None:
    routes = {4: ROUTES[4] + "127.1.0.0/16 dev wan\n", 6: ""}
    ruleset = known_of(nft("fib daddr type local accept"), routes, RULES, "")

    assert bounds(ruleset, packet("udp 10.1.2.3:5000 > 127.1.0.1:53")) == (False, True)
    assert bounds(ruleset, packet("udp 10.1.2.3:5000 > 127.2.0.1:53")) == (True, True)


@pytest.mark.parametrize(
    ("sysctls", "pass_"),
    [
        ("net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.lan.rp_filter = 1\n", (True, False, False)),
        ("net.ipv4.conf.all.rp_filter = 2\nnet.ipv4.conf.lan.rp_filter = 0\n", (True, True, False)),
        ("net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.lan.rp_filter = 0\n", (True, True, True)),
        ("net.ipv4.conf.all.rp_filter = 1\n", (True, True, True)),
    ],
)
def test_the_kernels_own_look_at_sources_drops_what_does_not_come_back(sysctls: str, pass_: tuple[bool, ...]) -> None:
    ruleset = known(nft("accept"), sysctls=sysctls)

    seen = [bounds(ruleset, packet(each)) for each in (FROM_LAN, FROM_WAN, FROM_HOLE)]

    assert seen == [(each, each) for each in pass_]


def test_text_json_and_bytecode_ask_alike() -> None:
    listing = (CASES / "fib.txt").read_text(encoding="utf-8")
    kernels = known(read_nft_bytecode(listing, "kernel", {3: "lan", 5: "wan"}))
    ours = known(read_nft(listing[listing.index("table inet") :], "text"))
    json = known(read_nft_json((CASES / "fib.json").read_text(encoding="utf-8"), "json"))
    space = Space([*kernels.conditions(), *ours.conditions(), *json.conditions()])

    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]

    sets = [Passing(each, space).through() for each in (kernels, ours, json)]

    assert sets[0].always(*doubts) == sets[1].always(*doubts) == sets[2].always(*doubts)
    assert sets[0].forget(*doubts) == sets[1].forget(*doubts) == sets[2].forget(*doubts)


def test_tables_and_rules_are_read_with_all_kinds_of_routes() -> None:
    routing = read_routing(ROUTES[4], RULES[4], 4)

    assert routing is not None
    assert {route.kind for table in routing.tables.values() for route in table} == {
        "unicast", "blackhole", "local", "broadcast",
    }  # fmt: skip
    assert routing.is_usual
    assert routing.interfaces == ("wan", "lan", "lo")


def test_a_collected_host_answers_from_its_own_routes() -> None:
    nft_text = "table inet f {\n chain c {\n  type filter hook prerouting priority raw; policy accept;\n"
    nft_text += "  fib saddr . iif oif missing drop\n }\n}\n"
    texts = {"nft": nft_text, "routes": ROUTES[4], "rules": RULES[4], "sysctls": "net.ipv4.ip_forward = 1\n"}

    def ruleset(*names: str) -> Ruleset:
        attributes = {"device.kernel": "6.1", **{f"text.{name}": texts[name] for name in names}}
        found = rules_of(Device(name="fw", called=frozenset(), attributes=attributes)).ruleset
        assert found is not None
        return found

    assert bounds(ruleset("nft", "routes", "rules"), packet(FROM_WAN)) == (False, False)
    assert bounds(ruleset("nft", "routes", "rules"), packet(FROM_LAN)) == (True, True)
    assert bounds(ruleset("nft", "routes"), packet(FROM_WAN)) == (False, True)
