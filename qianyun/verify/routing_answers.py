"""What the routes of a box say to the questions that rules ask, as conditions on packets.

Source: Linux `nft_fib_ipv4.c`, `nft_fib_ipv6.c`, `nft_fib.h` (`nft_fib_can_skip`), `fib_frontend.c`
(`__inet_dev_addr_type`, `__fib_validate_source`), `xt_addrtype.c`, `ipt_rpfilter.c`, `ip6t_rpfilter.c`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Network, ip_network

from qianyun.verify.chains import Hook
from qianyun.verify.conditions import (
    ALWAYS,
    IS_NEW,
    NEVER,
    Condition,
    In,
    all_of,
    any_of,
    cannot_tell,
    is_,
    negated,
    range_of,
)
from qianyun.verify.fib import ANYCAST, KINDS, LOCAL, UNREACHABLE, Answer, Asks, Question
from qianyun.verify.fields import (
    DST4,
    HOOK,
    IN_INTERFACE,
    MARK,
    OUT_INTERFACE,
    SRC4,
    SRC6,
    Field,
    Range,
    Ranges,
    interface_number,
    masked,
)
from qianyun.verify.nft_vectors import holds
from qianyun.verify.routing import FAILING, LOCAL_TABLE, UNKNOWN, Lookup, Routing
from qianyun.verify.routing_lookup import Found, Stage, local_stage, looked_up, only_at, stages_of

V4, V6 = 4, 6


def _spans(*prefixes: str) -> Ranges:
    return tuple(range_of(ip_network(prefix)) for prefix in prefixes)


BROADCAST, MULTICAST = _spans("255.255.255.255/32", "224.0.0.0/4")
REST_OF_ZERO = (1, (1 << 24) - 1)
"""Addresses below 1.0.0.0 but the first: Linux before 5.3 takes them for nobody's, too."""
LOCAL_MULTICAST = range_of(ip_network("224.0.0.0/24"))
MULTICAST6 = range_of(ip_network("ff00::/8"))
NO_ADDRESS6 = _spans("::/128", "::ffff:0:0/96")
ON_ONE_WIRE = (*_spans("fe80::/10"), *(range_of(IPv6Network(f"ff{flags:x}2::/16")) for flags in range(16)))
"""Addresses that mean something only together with an interface."""
LOOPBACK = is_(IN_INTERFACE, interface_number("lo"))
INWARDS = is_(HOOK, Hook.PREROUTING, Hook.INPUT, Hook.FORWARD)
SHORTEST_WITHOUT_ANYCAST = 127


@dataclass(frozen=True, slots=True)
class One:
    """One question at one place, and which answers are wanted.

    Attributes:
        stages: Where the routes are looked up.
        doubt: Holds or not where the answer is not known; elsewhere in the rules the packet may look different.
    """

    question: Question
    ranges: Ranges
    stages: tuple[Stage, ...]
    doubt: Condition

    def has(self, value: int) -> Condition:
        """Always, if this answer is wanted; else never."""
        return _if(holds(self.ranges, value))


@dataclass(slots=True)
class Answers:
    """The answers of one family."""

    routing: Routing
    _old: Condition = field(default_factory=lambda: cannot_tell("a kernel before 5.3"))
    _stages: dict[Answer, tuple[Stage, ...]] = field(default_factory=dict)

    def say(self, asked: Answer, ranges: Ranges) -> Condition:
        """The packets of the family for which the answer at one place lies in some ranges."""
        question = asked.question
        if asked not in self._stages:
            self._stages[asked] = stages_of(self.routing, lambda lookup: self._asked(question, lookup))
        ways = {
            Asks.KIND: self._kind4 if self.routing.version == V4 else self._kind6,
            Asks.INTERFACE: self._interface,
            Asks.BITS: self._bits,
            Asks.REVERSE: self._reverse,
        }
        return ways[question.asks](One(question, ranges, self._stages[asked], cannot_tell(f"{question} {ranges}")))

    def _found(self, one: One, wanted: Callable[[Found | None], Condition]) -> Condition:
        """What is wanted of the route that is found, by the interface where the address means nothing without it."""
        version = self.routing.version
        question, stages = one.question, one.stages
        address = question.address(version)
        found = looked_up(stages, address, wanted)
        narrow = version == V6 and question.asks is not Asks.BITS
        everywhere = question.asks is Asks.BITS and question.by is not None and version == V6
        if not (narrow or everywhere):
            return found
        on_wire = ALWAYS if everywhere else In(address, ON_ONE_WIRE)
        return any_of(all_of(on_wire, self._at_wire(question, stages, wanted)), all_of(negated(on_wire), found))

    def _at_wire(
        self, question: Question, stages: Sequence[Stage], wanted: Callable[[Found | None], Condition]
    ) -> Condition:
        address = question.address(V6)
        names = self.routing.interfaces
        parts = [all_of(_at(question, name), looked_up(only_at(stages, name), address, wanted)) for name in names]
        elsewhere = all_of(*(negated(_at(question, name)) for name in names))
        return any_of(*parts, all_of(elsewhere, wanted(None)))

    def _asked(self, question: Question, lookup: Lookup) -> Condition:
        held = all_of(*(self._selects(question, word, value) for word, value in lookup.asks.items()))
        return negated(held) if lookup.is_negated else held

    def _selects(self, question: Question, word: str, value: str) -> Condition:
        version = self.routing.version
        doubt = cannot_tell(f"a rule of routing asks for {word} {value}")
        if word in ("from", "to", "fwmark"):
            try:
                return self._by_value(question, word, value)
            except ValueError:
                return doubt
        held = doubt
        if word == "iif" and question.asks is not Asks.REVERSE:
            held = _comes_in(question, value)
        elif word == "oif" and version == V4 and question.asks is Asks.INTERFACE:
            held = NEVER
        return held

    def _by_value(self, question: Question, word: str, value: str) -> Condition:
        if word == "fwmark":
            return _marked(value, by_mark=question.by_mark)
        span = range_of(ip_network(value))
        return In(question.address(self.routing.version), (span,)) if word == "to" else self._comes_from(question, span)

    def _comes_from(self, question: Question, span: Range) -> Condition:
        """The other end's address; a look for `addrtype` gives none, and IPv4 none that no host has."""
        version = self.routing.version
        other = question.opposite(version)
        if question.asks is Asks.BITS:
            return NEVER
        if version == V6:
            return In(other, (span,))
        hidden = any_of(In(other, (MULTICAST, BROADCAST)), self._nobody(other))
        shown = all_of(In(other, (span,)), negated(hidden))
        return any_of(shown, hidden) if span[0] == 0 else shown

    def _kind4(self, one: One) -> Condition:
        address = one.question.address(V4)
        if any("l3mdev" in lookup.table for lookup in self.routing.lookups):
            return one.doubt
        unicast = one.has(KINDS["unicast"])

        def wanted(found: Found | None) -> Condition:
            if found is None or found.kind in FAILING:
                return unicast
            if found.kind == UNKNOWN:
                return one.doubt
            own = one.has(KINDS[found.kind])
            if one.question.by is None or own == unicast:
                return own
            here = is_(one.question.by, *map(interface_number, found.interfaces[:1]))
            return any_of(all_of(here, own), all_of(negated(here), unicast))

        nobody, many = any_of(In(address, (BROADCAST,)), self._nobody(address)), In(address, (MULTICAST,))
        found = looked_up((local_stage(self.routing),), address, wanted)
        return any_of(
            all_of(nobody, one.has(KINDS["broadcast"])),
            all_of(many, one.has(KINDS["multicast"])),
            all_of(negated(any_of(nobody, many)), found),
        )

    def _kind6(self, one: One) -> Condition:
        address = one.question.address(V6)
        by_address = self._by_address(one)

        def wanted(found: Found | None) -> Condition:
            if found is None:
                return one.has(KINDS["unreachable"])
            if found.kind == UNKNOWN:
                return one.doubt
            if found.kind in (*FAILING, "anycast"):
                return one.has(KINDS[found.kind])
            local = found.kind == "local" and one.question.by is None
            usual = one.has(KINDS["local"]) if local else by_address
            return _but_anycast(found, address, usual, one.has(KINDS["anycast"]))

        return self._found(one, wanted)

    def _by_address(self, one: One) -> Condition:
        """What an address of IPv6 is where a route leads there: the interface's own, else by what it looks like."""
        address = one.question.address(V6)
        many, nobody = In(address, (MULTICAST6,)), In(address, NO_ADDRESS6)
        looks = any_of(
            all_of(many, one.has(KINDS["multicast"])),
            all_of(nobody, one.has(KINDS["unspec"])),
            all_of(negated(any_of(many, nobody)), one.has(KINDS["unicast"])),
        )
        if one.question.by is None:
            return looks
        own = self._own_at(one)
        return any_of(all_of(own, one.has(KINDS["local"])), all_of(negated(own), looks))

    def _own_at(self, one: One) -> Condition:
        """The address is one of the interface's that the question is about."""
        address, by = one.question.address(V6), one.question.by
        if by is None:
            return NEVER
        held: dict[str, list[Range]] = {}
        for route in self.routing.tables.get(LOCAL_TABLE, ()):
            if route.kind == "local" and route.prefix.prefixlen == route.prefix.max_prefixlen:
                for name in route.interfaces:
                    held.setdefault(name, []).append(range_of(route.prefix))
        return any_of(*(all_of(is_(by, interface_number(name)), is_(address, *own)) for name, own in held.items()))

    def _nobody(self, address: Field) -> Condition:
        return any_of(is_(address, 0), all_of(In(address, (REST_OF_ZERO,)), self._old))

    def _from_nobody(self) -> Condition:
        """From no address yet, to all on the wire."""
        return all_of(self._nobody(SRC4), In(DST4, (LOCAL_MULTICAST, BROADCAST)))

    def _interface(self, one: One) -> Condition:
        nothing = one.has(0)

        def wanted(found: Found | None) -> Condition:
            if found is None or found.kind in (*FAILING, "local"):
                return nothing
            if found.kind == UNKNOWN or (found.kind == "anycast" and self.routing.version == V4):
                return one.doubt
            if found.kind == "anycast":
                return nothing
            if one.question.by is not None:
                return self._leaves_by(one, found, nothing)
            return self._leaves(one, found)

        found = self._found(one, wanted)
        itself = any_of(
            all_of(INWARDS, In(IN_INTERFACE, one.ranges)), all_of(negated(INWARDS), In(OUT_INTERFACE, one.ranges))
        )
        at_once, perhaps = self._without_a_look()
        perhaps = all_of(perhaps, cannot_tell(f"{one.question}: a socket has taken it"))
        skipped = any_of(at_once, perhaps)
        return any_of(all_of(skipped, itself), all_of(negated(skipped), found))

    def _without_a_look(self) -> tuple[Condition, Condition]:
        """Packets of which the interface itself is said: for certain, and perhaps."""
        certain = all_of(is_(HOOK, Hook.PREROUTING), LOOPBACK)
        if self.routing.version == V4:
            certain = any_of(certain, self._from_nobody())
        return certain, all_of(is_(HOOK, Hook.INPUT), any_of(LOOPBACK, negated(IS_NEW)))

    def _leaves(self, one: One, found: Found) -> Condition:
        """By the route alone: IPv4 names the first next hop, IPv6 draws one."""
        hops = found.interfaces[:1] if self.routing.version == V4 else found.interfaces
        inside = {holds(one.ranges, interface_number(name)) for name in hops or ("",)}
        return _if(inside == {True}) if len(inside) == 1 else one.doubt

    def _leaves_by(self, one: One, found: Found, nothing: Condition) -> Condition:
        """By the interface asked for, if a next hop uses it; older kernels draw one of IPv6 first."""
        by = one.question.by or IN_INTERFACE
        used = is_(by, *map(interface_number, found.interfaces))
        if self.routing.version == V6 and len(found.interfaces) > 1:
            used = all_of(used, one.doubt)
        return any_of(all_of(used, In(by, one.ranges)), all_of(negated(used), nothing))

    def _bits(self, one: One) -> Condition:
        address = one.question.address(V6)
        if self.routing.version == V4:
            return one.doubt

        def own(bits: int) -> Condition:
            if one.question.by is None:
                return one.has(bits)
            here = self._own_at(one)
            return any_of(all_of(here, one.has(bits | LOCAL)), all_of(negated(here), one.has(bits)))

        def wanted(found: Found | None) -> Condition:
            if found is None or found.kind in FAILING:
                return one.has(UNREACHABLE)
            if found.kind == UNKNOWN:
                return one.doubt
            bits = LOCAL if found.kind == "local" and one.question.by is None else 0
            if found.kind == "anycast":
                return own(bits | ANYCAST)
            return _but_anycast(found, address, own(bits), own(bits | ANYCAST))

        return self._found(one, wanted)

    def _reverse(self, one: One) -> Condition:
        """`rpfilter`: what comes from the loopback, or from nobody, is not asked."""
        version = self.routing.version
        good = self._found(one, lambda found: self._comes_back(one, found))
        nobody = self._from_nobody() if version == V4 else is_(SRC6, 0)
        passes = any_of(LOOPBACK, nobody, good)
        return any_of(all_of(passes, one.has(1)), all_of(negated(passes), one.has(0)))

    def _comes_back(self, one: One, found: Found | None) -> Condition:
        if found is None:
            return NEVER
        if found.kind == UNKNOWN:
            return one.doubt
        by = one.question.by or IN_INTERFACE
        routes = found.best if self.routing.version == V4 else (*found.best, *found.others)
        names = [name for route in routes if route.kind == "unicast" for name in route.interfaces]
        used = ALWAYS if one.question.loose else is_(by, *map(interface_number, names))
        if found.kind == "local":
            if self.routing.version == V6:
                return any_of(NEVER if one.question.loose else used, _if(one.question.accepts_local))
            here = ALWAYS if one.question.loose else is_(by, *map(interface_number, found.interfaces))
            return all_of(_if(one.question.accepts_local), here)
        if found.kind == "unicast":
            return used
        return NEVER if one.question.loose or self.routing.version == V4 else used


def _if(holds_: bool) -> Condition:  # noqa: FBT001 - private
    return ALWAYS if holds_ else NEVER


def _at(question: Question, name: str) -> Condition:
    """The interface that stands for the wire is this one."""
    number = interface_number(name)
    if question.by is not None:
        return is_(question.by, number)
    return any_of(all_of(INWARDS, is_(IN_INTERFACE, number)), all_of(negated(INWARDS), is_(OUT_INTERFACE, number)))


def _but_anycast(found: Found, address: Field, usual: Condition, anycast: Condition) -> Condition:
    """As usual, but for the address of a network itself, which means any of its routers (RFC 4291, 2.6.1)."""
    prefix = found.best[0].prefix
    direct = {route.direct for route in found.best}
    if direct == {False} or prefix.prefixlen >= SHORTEST_WITHOUT_ANYCAST:
        return usual
    itself = is_(address, range_of(prefix)[0])
    if len(direct) > 1:
        itself = all_of(itself, cannot_tell("the next hop drawn"))
    return any_of(all_of(itself, anycast), all_of(negated(itself), usual))


def _marked(value: str, *, by_mark: bool) -> Condition:
    number, _slash, mask = value.partition("/")
    wanted, bits = int(number, 0), int(mask, 0) if mask else MARK.top
    if not by_mark:
        return _if(wanted & bits == 0 and wanted == 0)
    ranges = masked(MARK, bits, wanted)
    return cannot_tell(f"mark {value}") if ranges is None else In(MARK, ranges)


def _comes_in(question: Question, name: str) -> Condition:
    """A look is made as if the box itself had sent the packet; where it is passed on, as if by the other interface."""
    turned = all_of(is_(HOOK, Hook.FORWARD), _if(question.of_source and question.by is IN_INTERFACE))
    if question.asks is Asks.BITS:
        turned = NEVER
    there = is_(OUT_INTERFACE, interface_number(name))
    return any_of(all_of(turned, there), all_of(negated(turned), _if(name == "lo")))
