"""Translation of addresses and ports means, in every reader, what the kernel makes of the first packet."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import alone

from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import ACCEPT, DROP, Chain, Entry, Hook, Match, Rule, Ruleset, decide
from qianyun.verify.conditions import ALWAYS, Condition, Doubts, Not, is_
from qianyun.verify.diagrams import Engine
from qianyun.verify.explaining import packet_of
from qianyun.verify.fields import (
    DPORT,
    DST4,
    FIELDS,
    PROTOCOL,
    SPORT,
    SRC4,
    STATE,
    STATUS,
    UDP,
    VERSION,
    State,
)
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.iptables import read_iptables
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_text import read_nft
from qianyun.verify.packets import Packet
from qianyun.verify.passing import Passing
from qianyun.verify.reaching import Reaching
from qianyun.verify.space import PacketSet, Space
from qianyun.verify.tracing import trace
from qianyun.verify.translated_ends import Ends, Side
from qianyun.verify.translations import Translator

CASES = Path(__file__).parent.parent / "cases" / "nft"
ENGINES = [pytest.param(BitEngine, id="bits"), pytest.param(IntervalEngine, id="intervals")]


def nft(*rules: str, hook: str = "prerouting", more: str = "") -> Ruleset:
    lines = "\n".join(rules)
    return read_nft(
        f"table inet n {{\n chain c {{\n type nat hook {hook} priority 0; policy accept;\n{lines}\n }}\n{more}}}\n",
        "fw",
    )


def iptables(rule: str, version: int = 4) -> Ruleset:
    return read_iptables(f"*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n{rule}\nCOMMIT\n", "fw", version)


def becomes(ruleset: Ruleset, packet: str) -> str:
    """What a packet looks like once it has passed, as far as people write it."""
    assert not ruleset.unread
    found = trace(ruleset, packet_of(packet).values)
    assert found.passes
    return str(Packet(values=found.values))


@pytest.mark.parametrize(
    ("rule", "packet", "seen"),
    [
        ("ip daddr 192.0.2.1 dnat ip to 10.0.0.5", "tcp 198.51.100.7:50000 > 192.0.2.1:80", "10.0.0.5:80"),
        ("tcp dport 80 dnat ip to 10.0.0.5:8080", "tcp 198.51.100.7:50000 > 192.0.2.1:80", "10.0.0.5:8080"),
        ("tcp dport 80 dnat ip6 to [2001:db8::5]:81", "tcp [3fff::1]:50000 > [2001:db8::1]:80", "[2001:db8::5]:81"),
        ("tcp dport 80 dnat ip6 to [2001:db8::5]:81", "tcp 198.51.100.7:50000 > 192.0.2.1:80", "192.0.2.1:80"),
        (
            "dnat ip to ip daddr map { 192.0.2.1 : 10.0.0.5, 192.0.2.2 : 10.0.0.6 }",
            "udp 198.51.100.7:50000 > 192.0.2.2:53",
            "10.0.0.6:53",
        ),
        (
            "dnat ip to ip daddr . tcp dport map { 192.0.2.1 . 80 : 10.0.0.5 . 8080 }",
            "tcp 198.51.100.7:50000 > 192.0.2.1:80",
            "10.0.0.5:8080",
        ),
        ("udp dport 53 dnat ip to 10.0.0.5:1000-1010", "udp 198.51.100.7:50000 > 192.0.2.1:53", "10.0.0.5:1000"),
        ("udp dport 53 dnat ip to 10.0.0.5:50-60", "udp 198.51.100.7:50000 > 192.0.2.1:53", "10.0.0.5:53"),
        (
            "ip daddr 192.0.2.0/25 dnat ip prefix to 10.0.0.128/25",
            "udp 198.51.100.7:5000 > 192.0.2.9:53",
            "10.0.0.137:53",
        ),
        (
            "dnat ip6 prefix to ip6 daddr map { 2001:db8:1::/48 : 2001:db8:2::/48 }",
            "udp [3fff::1]:5000 > [2001:db8:1:7::9]:53",
            "[2001:db8:2:7::9]:53",
        ),
    ],
)
def test_a_target_becomes_what_the_rule_says(rule: str, packet: str, seen: str) -> None:
    assert becomes(nft(rule), packet).endswith(f"→ {seen}")


@pytest.mark.parametrize(
    ("rule", "version", "packet", "seen"),
    [
        (
            "-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080",
            4,
            "tcp 198.51.100.7:50000 > 192.0.2.1:80",
            "tcp 198.51.100.7:50000 → 10.0.0.5:8080",
        ),
        (
            "-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination [2001:db8::5]:81",
            6,
            "tcp [3fff::1]:50000 > [2001:db8::1]:80",
            "tcp [3fff::1]:50000 → [2001:db8::5]:81",
        ),
        (
            "-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 203.0.113.9",
            4,
            "udp 10.1.2.3:50000 > 192.0.2.1:53",
            "udp 203.0.113.9:50000 → 192.0.2.1:53",
        ),
        (
            "-A POSTROUTING -p udp -m udp -j SNAT --to-source 203.0.113.9:1024-2047 --random",
            4,
            "udp 10.1.2.3:50000 > 192.0.2.1:53",
            "udp 203.0.113.9:1024 → 192.0.2.1:53",
        ),
        (
            "-A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.7.0/24",
            4,
            "udp 198.51.100.7:50000 > 192.0.2.1:53",
            "udp 198.51.100.7:50000 → 10.0.7.1:53",
        ),
    ],
)
def test_targets_of_iptables_translate(rule: str, version: int, packet: str, seen: str) -> None:
    assert becomes(iptables(rule, version), packet) == seen


@pytest.mark.parametrize(
    "rule",
    [
        "-A PREROUTING -j DNAT --to-destination 10.0.0.5 --hashlimit",
        "-A PREROUTING -j DNAT --to-destination 2001:db8::5",
        "-A PREROUTING -p tcp -j REDIRECT --to-ports 99999",
    ],
)
def test_a_translation_that_is_not_understood_is_listed(rule: str) -> None:
    ruleset = iptables(rule)

    assert [unread.text for unread in ruleset.unread] == [rule]


def test_the_text_and_the_bytecode_of_a_listing_translate_alike() -> None:
    listing = (CASES / "translation.txt").read_text(encoding="utf-8")
    ours, kernels = read_nft(listing[listing.index("table inet") :], "text"), read_nft_bytecode(listing, "kernel")
    space = Space([*ours.conditions(), *kernels.conditions()])

    assert not ours.unread
    assert not kernels.unread
    assert _bounds(ours, space) == _bounds(kernels, space)


def _bounds(ruleset: Ruleset, space: Space) -> tuple[PacketSet, PacketSet]:
    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
    passing = Passing(ruleset, space).through()
    return passing.always(*doubts), passing.forget(*doubts)


def test_a_redirected_packet_is_not_passed_on() -> None:
    ruleset = nft("tcp dport 80 redirect to :8080")

    assert not trace(ruleset, packet_of("tcp 198.51.100.7:50000 > 192.0.2.1:80").values).passes
    assert trace(ruleset, packet_of("tcp 198.51.100.7:50000 > 192.0.2.1:81").values).passes


def test_a_filter_before_translation_sees_the_old_target_and_one_behind_it_the_new() -> None:
    early = " chain e {\n type filter hook prerouting priority -150;\n ip daddr 10.0.0.5 drop\n }\n"
    late = " chain l {\n type filter hook forward priority 0;\n ip daddr 192.0.2.1 drop\n }\n"
    ruleset = nft("ip daddr 192.0.2.1 dnat ip to 10.0.0.5", more=early + late)

    assert becomes(ruleset, "tcp 198.51.100.7:50000 > 192.0.2.1:80") == "tcp 198.51.100.7:50000 → 10.0.0.5:80"


def test_priorities_of_nat_chains_only_order_them_among_themselves() -> None:
    chain = " chain d {{\n type nat hook prerouting priority {at};\n dnat ip to {to}\n }}\n"
    drops = " chain e {\n type filter hook prerouting priority -50;\n ip daddr 192.0.2.1 drop\n }\n"
    chains = chain.format(at=300, to="10.0.0.5") + chain.format(at=200, to="10.0.0.6").replace(" d ", " f ")
    ruleset = read_nft(f"table inet n {{\n{chains}{drops}}}\n", "fw")

    assert becomes(ruleset, "tcp 198.51.100.7:50000 > 192.0.2.1:80") == "tcp 198.51.100.7:50000 → 10.0.0.6:80"


def test_a_connection_that_is_translated_says_so() -> None:
    behind = " chain l {\n type filter hook forward priority 0; policy drop;\n ct status dnat accept\n }\n"
    ruleset = nft("ip daddr 192.0.2.1 dnat ip to 10.0.0.5", more=behind)

    assert trace(ruleset, packet_of("tcp 198.51.100.7:50000 > 192.0.2.1:80").values).passes
    assert not trace(ruleset, packet_of("tcp 198.51.100.7:50000 > 192.0.2.2:80").values).passes


def _bounds_of(ruleset: Ruleset, packet: str) -> tuple[bool, bool]:
    """Whether a packet must pass, and whether it may."""
    must, may = _bounds(ruleset, Space(ruleset.conditions()))
    values = dict(packet_of(packet).values)
    return must.holds(values), may.holds(values)


def test_a_block_moved_whole_is_told_address_by_address_behind_it() -> None:
    behind = " chain l {\n type filter hook forward priority 0; policy drop;\n ip daddr 10.0.7.9 accept\n }\n"
    ruleset = nft("ip daddr 192.0.2.0/24 dnat ip prefix to 10.0.7.0/24", more=behind)

    assert _bounds_of(ruleset, "udp 198.51.100.7:50000 > 192.0.2.9:53") == (True, True)
    assert _bounds_of(ruleset, "udp 198.51.100.7:50000 > 192.0.2.8:53") == (False, False)


@pytest.mark.parametrize(
    "rule",
    [
        "dnat ip prefix to 10.0.7.0/24",
        "ip daddr 192.0.2.0/24 dnat ip prefix to 10.0.7.0/24 persistent",
        "ip daddr 192.0.2.0/24 dnat ip to 10.0.7.0/24",
    ],
)
def test_a_block_whose_addresses_are_not_told_one_by_one_stays_a_bound(rule: str) -> None:
    behind = " chain l {\n type filter hook forward priority 0; policy drop;\n ip daddr 10.0.7.9 accept\n }\n"

    assert _bounds_of(nft(rule, more=behind), "udp 198.51.100.7:50000 > 192.0.2.9:53") == (False, True)


def test_one_of_several_values_is_a_bound() -> None:
    behind = " chain l {\n type filter hook forward priority 0; policy drop;\n tcp dport 8000-8004 accept\n }\n"
    ruleset = nft("tcp dport 80 dnat ip to 10.0.0.5:8000-8010", more=behind)
    space = Space(ruleset.conditions())
    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
    packet = dict(packet_of("tcp 198.51.100.7:50000 > 192.0.2.1:80").values)

    passing = Passing(ruleset, space).through()

    assert passing.forget(*doubts).holds(packet)
    assert not passing.always(*doubts).holds(packet)


WORLD = (VERSION, PROTOCOL, DST4, SRC4, DPORT, SPORT, STATE, STATUS)
FOUR = {VERSION: 0, PROTOCOL: UDP, STATE: int(State.NEW), STATUS: 0}
ENDS = (DST4, SRC4, DPORT, SPORT)
PACKETS = [dict(zip(ENDS, ends, strict=True)) for ends in product(range(2), repeat=4)]
CHOICES = [*PACKETS, *({**each, SPORT: 2} for each in PACKETS if each[SPORT])]
"""What the kernel may make of a packet, where it may choose; ports above 1 are all alike."""
ASKED = ("?the port is taken", "?it stays the same")
"""Doubts that rules ask; the others only say which of several values it is."""


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    condition = is_(draw(st.sampled_from(ENDS)), draw(st.integers(0, 1)))
    if draw(st.booleans()):
        condition = is_(STATUS, (32, 63))
    return Not(condition) if draw(st.booleans()) else condition


SPANS = st.sampled_from([((0, 0),), ((1, 1),), ((0, 1),)])
ANY_ENDS = st.builds(Ends, version=st.just(4), addresses=SPANS, ports=st.none() | SPANS, random=st.booleans())


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """Filters and translations on a world of one bit for each end."""
    translator = Translator(Doubts().about)
    chains: list[Chain] = []
    for hook, side, priority in ((Hook.PREROUTING, Side.TARGET, -100), (Hook.POSTROUTING, Side.SOURCE, 100)):
        for number in range(draw(st.integers(0, 2))):
            rules = [
                Rule(steps=(Match(draw(conditions())), *translator.steps(side, [(draw(conditions()), ends)])))
                for ends in draw(st.lists(ANY_ENDS, max_size=2))
            ]
            entry = Entry(hook=hook, priority=priority, only_new=True, among=number)
            chains.append(Chain(name=f"nat {hook} {number}", rules=tuple(rules), entry=entry))
    for number, hook in enumerate((Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING, Hook.POSTROUTING)):
        filters = Rule(steps=(Match(draw(conditions())), decide(draw(st.sampled_from([ACCEPT, DROP])))))
        entry = Entry(hook=hook, priority=draw(st.sampled_from([-150, 0, 150])))
        chains.append(Chain(name=f"filter {number}", rules=(filters,), entry=entry))
    chains += translator.beside(chains)
    return Ruleset(name="small", chains={chain.name: chain for chain in chains})


BLOCKS = st.integers(0, 2).flatmap(
    lambda bits: st.integers(0, (8 >> bits) - 1).map(lambda at: ((at << bits, (at + 1 << bits) - 1),))
)


@st.composite
def mappings(draw: st.DrawFn) -> Ruleset:
    """Blocks of addresses that become others, one behind the other, and a filter behind them."""
    translator = Translator(Doubts().about)
    chains: list[Chain] = []
    for hook, side, of in ((Hook.PREROUTING, Side.TARGET, DST4), (Hook.POSTROUTING, Side.SOURCE, SRC4)):
        rules = []
        for addresses in draw(st.lists(BLOCKS, max_size=3)):
            came = is_(
                of, draw(st.tuples(st.integers(0, 7), st.integers(0, 7)).map(lambda pair: (min(pair), max(pair))))
            )
            ends = Ends(version=4, addresses=addresses, maps=True)
            rules.append(Rule(steps=(Match(came), *translator.steps(side, [(ALWAYS, ends)], came))))
        entry = Entry(hook=hook, priority=100 if side is Side.SOURCE else -100, only_new=True)
        chains.append(Chain(name=f"nat {hook}", rules=tuple(rules), entry=entry))
        filters = Rule(steps=(Match(is_(of, draw(st.integers(0, 7)))), decide(DROP)))
        chains.append(Chain(name=f"filter {hook}", rules=(filters,), entry=Entry(hook=hook, priority=150)))
    chains += translator.beside(chains)
    return Ruleset(name="small", chains={chain.name: chain for chain in chains})


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=20, deadline=None)
@given(ruleset=mappings())
def test_a_block_that_becomes_another_leaves_no_doubt_of_any_address(
    engine: Callable[[Sequence[int]], Engine], ruleset: Ruleset
) -> None:
    cuts = [is_(of, number) for of in (DST4, SRC4) for number in range(8)]
    space = Space([*ruleset.conditions(), *cuts], fields=WORLD, engine=engine)
    ports = [axis.field for axis in space.axes if axis.field not in FIELDS]
    passing = Passing(ruleset, space).through()

    for dst, src in product(range(8), repeat=2):
        packet = FOUR | {DST4: dst, SRC4: src, SPORT: 50_000, DPORT: 53}
        found = trace(ruleset, packet)
        image = Reaching(ruleset, space, start=alone(space, packet)).passing.forget(SPORT, STATUS, *ports)
        assert passing.forget(*ports).holds(packet) == passing.always(*ports).holds(packet) == found.passes
        for out in [{DST4: d, SRC4: s} for d, s in product(range(8), repeat=2)]:
            same = found.passes and out == {of: found.values[of] for of in out}
            assert image.holds({**packet, **out}) == same


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None)
@given(ruleset=rulesets())
def test_the_sets_are_exactly_what_the_kernel_may_choose(
    engine: Callable[[Sequence[int]], Engine], ruleset: Ruleset
) -> None:
    cuts = [is_(of, number) for of in ENDS for number in range(3)]
    space = Space([*ruleset.conditions(), *cuts], fields=WORLD, engine=engine)
    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
    passing = Passing(ruleset, space).through()
    may, must = passing.forget(*doubts), passing.always(*doubts)

    for ends in PACKETS:
        packet = FOUR | ends
        asked = [of for of in doubts if of.name in ASKED]
        settled = [dict(zip(asked, bits, strict=True)) for bits in product(range(2), repeat=len(asked))]
        traces = [trace(ruleset, packet | each, wanted=wanted) for each in settled for wanted in CHOICES]
        image = Reaching(ruleset, space, start=alone(space, packet)).passing.forget(STATUS, *doubts)
        assert may.holds(packet) == any(found.passes for found in traces)
        assert must.holds(packet) <= all(found.passes for found in traces)
        for found in traces:
            assert not found.passes or image.holds({**found.values, STATUS: 0})
