"""Small networks, made by hand and by chance: three routers, sixteen destinations of either family."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface, ip_network

from hypothesis import strategies as st

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Filter
from qianyun.verify.chains import ACCEPT, DROP, Chain, Entry, Hook, Match, Rule, Ruleset, decide
from qianyun.verify.conditions import ALWAYS, Condition, Doubts, Prefix, all_of, is_, source_in
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    IN_INTERFACE,
    PROTOCOL,
    REPLY,
    STATE,
    STATUS,
    TCP,
    VERSION,
    Field,
    interface_number,
)
from qianyun.verify.network.model import Box, Interface, Link, Network, NextHop, Port, Route
from qianyun.verify.space import PacketSet, Space
from qianyun.verify.translated_ends import Ends, Side
from qianyun.verify.translations import Translator

NAMES = ("a", "b", "c")
PORTS = ("p", "q", "r")
FOUR, SIX = IPv4Network("10.0.0.0/28"), IPv6Network("2001:db8::/124")
PACKETS = [
    {VERSION: version, PROTOCOL: TCP, field: int(network[0]) + low, DPORT: port}
    for version, field, network in ((0, DST4, FOUR), (1, DST6, SIX))
    for low in range(16)
    for port in range(2)
]


def prefix(text: str) -> Prefix:
    found: Prefix = ip_network(text)
    return found


def route(to: str, *interfaces: str, gateway: str = "", text: str = "") -> Route:
    """A route by interface, or by gateway."""
    address = ip_address(gateway) if gateway else None
    hops = tuple(NextHop(interface=each, gateway=address) for each in interfaces)
    return Route(prefix=prefix(to), hops=hops, text=text or f"{to} {' '.join(interfaces)}")


def interface(
    name: str, *addresses: str, zone: str = "", incoming: tuple[Filter, ...] = (), segment: str = ""
) -> Interface:
    return Interface(
        name=name,
        addresses=tuple(ip_interface(each) for each in addresses),
        zone=zone,
        incoming=incoming,
        segment=segment,
        place=f"conf:{name}",
    )


def alone(space: Space, values: dict[Field, int]) -> PacketSet:
    """The packets with these values, whatever else they have."""
    found = space.everything
    for axis in space.axes:
        if axis.field in values:
            code = axis.code(values[axis.field])
            found &= PacketSet(space, space.engine.interval(axis.number, code, code))
    return found


@st.composite
def prefixes(draw: st.DrawFn) -> Prefix:
    within: Prefix = FOUR if draw(st.booleans()) else SIX
    parts: list[Prefix] = list(within.subnets(prefixlen_diff=draw(st.integers(0, 4))))
    return draw(st.sampled_from(parts))


@st.composite
def routes(draw: st.DrawFn) -> Route:
    hops = draw(st.lists(st.sampled_from(PORTS).map(lambda name: NextHop(interface=name)), max_size=2))
    local = not hops and draw(st.booleans())
    return Route(prefix=draw(prefixes()), hops=tuple(hops), local=local, metric=draw(st.integers(0, 1)))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    to = draw(prefixes())
    field: Field = DST4 if to.version == 4 else DST6
    parts: list[Condition] = [is_(field, (int(to[0]), int(to[-1])))]
    if draw(st.booleans()):
        parts.append(is_(DPORT, draw(st.integers(0, 1))))
    return Line(permits=draw(st.booleans()), condition=all_of(*parts))


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    return Filter(
        name="f",
        lines=tuple(draw(st.lists(lines(), max_size=3))),
        version=draw(st.sampled_from([0, 4, 6])),
        rest_passes=draw(st.booleans()),
    )


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """A forward chain that looks at the interface packets come in at, and a chain at the box's own door."""
    rules = tuple(
        Rule(
            steps=(
                Match(
                    draw(st.sampled_from([ALWAYS, is_(IN_INTERFACE, interface_number(draw(st.sampled_from(PORTS))))]))
                ),
                Match(draw(lines()).condition),
                decide(draw(st.sampled_from([ACCEPT, DROP]))),
            )
        )
        for _number in range(draw(st.integers(0, 3)))
    )
    chains = {
        name: Chain(name=name, rules=rules, entry=Entry(hook=hook, priority=0, accepts=draw(st.booleans())))
        for name, hook in (("forward", Hook.FORWARD), ("input", Hook.INPUT))
    }
    return Ruleset(name="fw", chains=chains)


@st.composite
def translating(draw: st.DrawFn) -> Ruleset:
    """The same, and rules before and after the route is chosen that change targets and sources."""
    ruleset, translator = draw(rulesets()), Translator(Doubts().about)
    chains = list(ruleset.chains.values())
    for hook, side, priority in ((Hook.PREROUTING, Side.TARGET, -100), (Hook.POSTROUTING, Side.SOURCE, 100)):
        rules = []
        for _number in range(draw(st.integers(0, 2))):
            to = draw(prefixes())
            first = int(to.network_address)
            ends = Ends(version=to.version, addresses=((first, first),), ports=draw(st.none() | st.just(((1, 1),))))
            steps = translator.steps(side, [(ALWAYS, ends)])
            if side is Side.TARGET and draw(st.integers(0, 3)) == 0:
                steps = translator.turned([(ALWAYS, Ends(version=to.version, own=True))])
            matches = (lines().map(lambda line: line.condition), st.just(is_(STATUS, 32)), st.just(ALWAYS))
            match = draw(st.one_of(*matches))
            rules.append(Rule(steps=(Match(match), *steps)))
        entry = Entry(hook=hook, priority=priority, only_new=True)
        chains.append(Chain(name=hook.name, rules=tuple(rules), entry=entry))
    chains += translator.beside(chains)
    return Ruleset(name="fw", chains={chain.name: chain for chain in chains})


@st.composite
def stateful(draw: st.DrawFn, inner: Callable[[], st.SearchStrategy[Ruleset]] = rulesets) -> Ruleset:
    """The same as of a firewall that may keep connections, and rules that ask for them."""
    ruleset = draw(inner())
    rules = []
    for _number in range(draw(st.integers(0, 2))):
        asked = draw(
            st.sampled_from([is_(STATE, 1), is_(STATE, 0), is_(STATE, 3), is_(REPLY, 1), is_(STATUS, (32, 63))])
        )
        within = draw(st.one_of(st.just(ALWAYS), lines().map(lambda line: line.condition)))
        rules.append(Rule(steps=(Match(all_of(asked, within)), decide(draw(st.sampled_from([ACCEPT, DROP]))))))
    forward = ruleset.chains["forward"]
    entry = Entry(hook=Hook.FORWARD, priority=0, accepts=draw(st.integers(0, 3)) > 0)
    chains = {**ruleset.chains, "forward": replace(forward, rules=(*rules, *forward.rules), entry=entry)}
    return replace(ruleset, chains=chains, tracks=ruleset.translates or draw(st.booleans()))


@st.composite
def networks(draw: st.DrawFn, inner: Callable[[], st.SearchStrategy[Ruleset]] = rulesets) -> Network:
    several = st.lists(filters(), max_size=1).map(tuple)
    boxes = tuple(
        Box(
            name=name,
            interfaces=tuple(Interface(name=each, incoming=draw(several), outgoing=draw(several)) for each in PORTS),
            routes=tuple(draw(st.lists(routes(), max_size=5))),
            ruleset=draw(st.one_of(st.none(), inner())),
            forwards=frozenset(draw(st.sampled_from([(4, 6), (4, 6), (4,), (6,), ()]))),
        )
        for name in NAMES
    )
    ports = st.builds(Port, st.sampled_from(NAMES), st.sampled_from(PORTS))
    pairs = draw(st.lists(st.tuples(ports, ports).filter(lambda pair: pair[0] != pair[1]), max_size=4))
    return Network(boxes=boxes, links=tuple(Link(a, b) for a, b in pairs))


SITES = ("a", "b", "c", "a")
"""Where hosts stand, by the upper two bits of their number; those of the last stand behind a second interface."""


@st.composite
def triangles(draw: st.DrawFn, inner: Callable[[], st.SearchStrategy[Ruleset]] = rulesets) -> Network:
    """Three routers, each joined to each, that mostly know their ways, though not always the same both ways."""
    sparse = st.lists(filters(), max_size=1).map(tuple) if draw(st.booleans()) else st.just(())
    links = (
        Link(Port("a", "q"), Port("b", "r")),
        Link(Port("b", "q"), Port("c", "r")),
        Link(Port("c", "q"), Port("a", "r")),
    )
    boxes = []
    for name in NAMES:
        ways = []
        for number, site in enumerate(SITES):
            for to in (list(FOUR.subnets(prefixlen_diff=2))[number], list(SIX.subnets(prefixlen_diff=2))[number]):
                away = st.sampled_from([("q",), ("r",), ("q", "r")])
                hops = ("s" if number == len(SITES) - 1 else "p",) if site == name else draw(away)
                ways.append(Route(prefix=to, hops=tuple(NextHop(interface=each) for each in hops)))
        boxes.append(
            Box(
                name=name,
                interfaces=tuple(
                    Interface(name=each, incoming=draw(sparse), outgoing=draw(sparse)) for each in (*PORTS, "s")
                ),
                routes=(*ways, *draw(st.lists(routes(), max_size=1))),
                ruleset=draw(st.one_of(st.none(), inner())),
            )
        )
    return Network(boxes=tuple(boxes), links=links)


def two_sites() -> Network:
    """An office behind a filtering router and a core; the internet behind the core; a second uplink at the office.

    office ─ r1 ═══ core ─ egress (internet)
              └──── modem (internet)
    """
    guard = Filter(
        name="GUARD",
        version=0,
        lines=(
            Line(permits=False, condition=all_of(is_(DPORT, 445)), place="r1.conf:7", text="deny any any 445"),
            Line(
                permits=True,
                condition=source_in([prefix("10.1.0.0/16"), prefix("2001:db8:1::/48")]),
                place="r1.conf:8",
                text="permit office",
            ),
        ),
    )
    r1 = Box(
        name="r1",
        interfaces=(
            interface("lan", "10.1.0.1/16", "2001:db8:1::1/48", zone="office", incoming=(guard,)),
            interface("up", "192.0.2.1/30"),
            interface("modem", zone="internet"),
        ),
        routes=(
            route("0.0.0.0/0", "up", gateway="192.0.2.2", text="default via core"),
            route("::/0", "modem", text="default via modem"),
        ),
    )
    core = Box(
        name="core",
        interfaces=(interface("down", "192.0.2.2/30"), interface("egress", "198.51.100.2/30", zone="internet")),
        routes=(
            route("0.0.0.0/0", "egress", gateway="198.51.100.1", text="default via egress"),
            route("10.1.0.0/16", "down", gateway="192.0.2.1"),
            route("10.0.0.0/8", "down", gateway="192.0.2.1", text="all of ten"),
        ),
    )
    return Network(boxes=(r1, core), links=(Link(Port("r1", "up"), Port("core", "down")),))
