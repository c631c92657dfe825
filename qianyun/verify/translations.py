"""Translation of addresses and ports (NAT), as steps of rules and chains that every reader shares.

The first packet of a connection is translated by rules; what they write is exact where one value
is left, and a bound where the kernel picks one: an address of a range, a port because the wanted
one is taken, an address of the firewall itself. Ports exist in protocols that have them; ICMP has
an identifier, whose change shows in the checksum that stands where others have the second port.
The source port of a connection whose target is translated may be moved too, away from one that
is taken, even where no rule translates its source.

Source: Linux `nf_nat_core.c` (`nf_nat_setup_info`, `get_unique_tuple`, `nf_nat_l4proto_unique_tuple`),
`nf_nat_proto.c`, `nf_nat_masquerade.c`, `nf_nat_redirect.c`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from qianyun.verify.chains import (
    DROP,
    TRANSLATED,
    Assign,
    Blur,
    Chain,
    Choose,
    Entry,
    Hook,
    Match,
    Rule,
    Step,
    Write,
    decide,
)
from qianyun.verify.conditions import (
    ALWAYS,
    IS_NEW,
    IS_V4,
    IS_V6,
    Condition,
    In,
    all_of,
    allowed,
    any_of,
    cannot_tell,
    is_,
    negated,
)
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DSCP,
    DST4,
    DST6,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    MARK,
    PORTED,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    STATUS,
    TTL,
    TURNED,
    Field,
    Ranges,
    State,
)
from qianyun.verify.translated_ends import ADDRESSES, PORTS, Ends, Side
from qianyun.words import _

FAMILIES = {4: IS_V4, 6: IS_V6}
SOURCE_CHANGED, TARGET_CHANGED = 16, 32
"""Bits of a connection's status."""
ANY = ((0, 0xFFFF),)
CLASSES = (((0, 511), (1, 511)), ((512, 1023), (600, 1023)), ((1024, 0xFFFF), (1024, 0xFFFF)))
"""Source ports, and where the kernel looks for a free one in their stead."""
LOOPBACK: dict[int, Ranges] = {4: ((0x7F000001, 0x7F000001),), 6: ((1, 1),)}
HAS_PORTS = is_(PROTOCOL, *PORTED)
PRIORITIES = {Hook.PREROUTING: -100, Hook.INPUT: 100, Hook.OUTPUT: -100, Hook.POSTROUTING: 100}
"""Where translation stands at each hook, whatever priority the chains of type `nat` ask for."""
OWN, WHICH_ADDRESS, WHICH_PORT, CHECKSUM, UNSEEN = (
    "the firewall's own address",
    "which address",
    "which port",
    "a checksum",
    "how its connection is translated",
)
CHOICES = (OWN, WHICH_ADDRESS, WHICH_PORT, CHECKSUM, UNSEEN)
"""Doubts about which of several values is written; the others are about what rules ask."""
TRACKING = -200
WRITABLE = (SRC4, SRC6, SPORT, DST4, DST6, DPORT, STATE, MARK, CT_MARK, DSCP, TTL)
"""What rules write."""
LAST = 1 << 40
Arm = tuple[Condition, tuple[Write, ...]]


def written_somehow(place: str) -> tuple[Step, ...]:
    """A rule that we cannot read and that writes: the packet may look like anything from there on, or like itself."""
    doubt = cannot_tell(f"{place} writes")
    return tuple(Blur(field, doubt) for field in WRITABLE)


class Translator:
    """Makes steps; all rules of a ruleset share what cannot be known.

    Attributes:
        used: Ends that some rule translates.
        turns: Some rule redirects.
    """

    def __init__(self, doubt: Callable[[str], Condition]) -> None:
        """`doubt` gives the same condition for the same words."""
        self.doubt = doubt
        self.taken = doubt("the port is taken")
        self.used: set[Side] = set()
        self.turns = False

    def steps(self, side: Side, arms: Sequence[tuple[Condition, Ends]], came: Condition = ALWAYS) -> list[Step]:
        """What a rule does with packets that come so far: the first arm whose condition holds.

        Args:
            side: The end that is translated.
            arms: What it becomes, by what packets are.
            came: What is known of the packets already.
        """
        self.used.add(side)
        status = Choose(tuple(each for condition, ends in arms for each in self._status(side, condition, ends)))
        header = Choose(tuple(each for condition, ends in arms for each in self._headers(side, condition, ends, came)))
        family = any_of(*(FAMILIES[version] for version in dict.fromkeys(ends.version for _, ends in arms)))
        return [Match(family), status, header, decide(TRANSLATED)]

    def turned(self, arms: Sequence[tuple[Condition, Ends]]) -> list[Step]:
        """A redirect: to the address of the interface it came by, or for packets made here to the loopback's."""
        self.turns = True
        made_here = is_(IN_INTERFACE, 0)
        local = [
            (all_of(made_here, condition), Ends(version=e.version, addresses=LOOPBACK[e.version], ports=e.ports))
            for condition, e in arms
        ]
        return [Assign(TURNED, 1), *self.steps(Side.TARGET, [*local, *arms])]

    def _addresses(self, side: Side, ends: Ends) -> tuple[Write, ...]:
        of = ADDRESSES[side][ends.version]
        if ends.own:
            return (Write(of, ((0, of.top),), self.doubt(OWN), own=True),)
        return () if ends.addresses is None else (Write(of, ends.addresses, self.doubt(WHICH_ADDRESS)),)

    def _headers(self, side: Side, condition: Condition, ends: Ends, came: Condition) -> Iterator[Arm]:
        of = ADDRESSES[side][ends.version]
        for block, first in ends.moves(of, allowed(all_of(came, condition), of)):
            writes = tuple(replace(write, source=first) for write in self._addresses(side, ends))
            yield from self._header(side, all_of(condition, block), ends, writes)
        yield from self._header(side, condition, ends, self._addresses(side, ends))

    def _header(self, side: Side, condition: Condition, ends: Ends, address: tuple[Write, ...]) -> Iterator[Arm]:
        here = all_of(condition, FAMILIES[ends.version])
        for ports, writes in self._ports(side, ends):
            yield all_of(here, HAS_PORTS, ports), (*address, *writes)
        checksum = Write(DPORT, ANY, self.doubt(CHECKSUM))
        if ends.version == 6:  # noqa: PLR2004 - IP version
            yield all_of(here, is_(PROTOCOL, ICMPV6)), (*address, checksum)
        else:
            moved = ALWAYS if ends.ports is not None or ends.random else self.taken
            yield all_of(here, is_(PROTOCOL, ICMP), moved), (*address, checksum)
        yield here, address

    def _ports(self, side: Side, ends: Ends) -> Iterator[Arm]:
        """By what the packet's own port is."""
        of = PORTS[side]
        if ends.ports is None:
            if side is Side.SOURCE:
                moved = ALWAYS if ends.random else self.taken
                for own, free in CLASSES:
                    yield all_of(moved, is_(of, own)), (self._port(of, (free,)),)
            yield ALWAYS, ()
            return
        write = self._port(of, ends.ports)
        if write.value is None and not ends.random:
            yield all_of(In(of, ends.ports), negated(self.taken)), ()
        yield ALWAYS, (write,)

    def _port(self, of: Field, ports: Ranges) -> Write:
        return Write(of, ports, self.doubt(WHICH_PORT))

    def _status(self, side: Side, condition: Condition, ends: Ends) -> Iterator[Arm]:
        here = all_of(condition, FAMILIES[ends.version])
        yield all_of(here, *self._same(side, ends)), ()
        if side is Side.TARGET:
            yield here, (_status(TARGET_CHANGED),)
        else:
            yield all_of(here, is_(STATUS, TARGET_CHANGED)), (_status(TARGET_CHANGED | SOURCE_CHANGED),)
            yield here, (_status(SOURCE_CHANGED),)

    def _same(self, side: Side, ends: Ends) -> Iterator[Condition]:
        """When the packet is already what it is to become."""
        writes = list(self._addresses(side, ends))
        if ends.ports is not None:
            port = self._port(PORTS[side], ends.ports)
            yield any_of(negated(HAS_PORTS), In(port.field, port.ranges))
            writes.append(port)
        elif side is Side.SOURCE:
            yield any_of(negated(HAS_PORTS), negated(self.taken))
        yield from (In(write.field, write.ranges) for write in writes if write.field not in PORTS.values())
        if ends.random or any(write.guesses and not (ends.maps and write.field.version) for write in writes):
            yield self.doubt("it stays the same")

    def beside(self, chains: Iterable[Chain]) -> Iterator[Chain]:
        """Chains that stand beside those of a ruleset once its rules are read; none where it does not translate."""
        known = [chain.version for chain in chains if chain.entry and chain.entry.only_new]
        versions = sorted({each for version in known for each in ((version,) if version else (4, 6))})
        if not versions:
            return
        for hook in (Hook.PREROUTING, Hook.OUTPUT):
            yield _chain("packets come", Entry(hook=hook, priority=TRACKING), *self._untouched())
        if self.turns:
            turned = (Match(is_(TURNED, 1)), decide(DROP))
            entry = Entry(hook=Hook.FORWARD, priority=-LAST)
            yield _chain(
                "turned packets stay", entry, *turned, text=_("a redirect has turned it to the firewall itself")
            )
        for hook, priority in PRIORITIES.items():
            later = Entry(hook=hook, priority=priority, among=LAST + 1, only_later=True)
            yield _chain(
                "later packets",
                later,
                self._later(priority > 0, versions),
                text=_("as the first packet of its connection"),
            )
            if priority > 0:
                first = Entry(hook=hook, priority=priority, among=LAST, only_new=True)
                yield _chain("source ports that must move", first, *self._unbound())

    def _untouched(self) -> Iterator[Step]:
        """What opens a connection has not been translated yet."""
        if self.turns:
            yield Assign(TURNED, 0)
        changed = is_(STATUS, *((at | SOURCE_CHANGED, at | 63) for at in range(0, STATUS.top + 1, 64)))
        yield Match(all_of(IS_NEW, changed))
        yield Assign(STATUS, 0)

    def _later(self, at_source: bool, versions: Iterable[int]) -> Choose:  # noqa: FBT001 - private
        """What becomes of packets of a connection that we did not see opened: either way, and as anything."""
        side = Side.SOURCE if at_source else Side.TARGET
        other = Side.TARGET if at_source else Side.SOURCE
        arms: list[Arm] = []
        unseen = self.doubt(UNSEEN)
        for version in versions:
            for reply, changed in ((0, side), (1, other)):
                here = all_of(is_(STATE, State.ESTABLISHED, State.RELATED), is_(REPLY, reply), FAMILIES[version])
                of = ADDRESSES[side][version]
                address = (Write(of, ((0, of.top),), unseen),) if changed in self.used else ()
                ports = changed in self.used or changed is Side.SOURCE
                port = (self._port(PORTS[side], ANY),) if ports else ()
                checksum = (Write(DPORT, ANY, self.doubt(CHECKSUM)),) if address else ()
                arms += [
                    (all_of(here, HAS_PORTS), (*address, *port)),
                    (all_of(here, is_(PROTOCOL, ICMP, ICMPV6)), (*address, *checksum)),
                    (here, address),
                ]
        return Choose(tuple(arms))

    def _unbound(self) -> Iterator[Step]:
        """The source port of a connection whose source no rule translates."""
        changed = is_(STATUS, TARGET_CHANGED, TARGET_CHANGED | SOURCE_CHANGED)
        moved = all_of(HAS_PORTS, changed, self.taken)
        yield Choose(((moved, (_status(TARGET_CHANGED | SOURCE_CHANGED),)),))
        yield Choose(tuple((all_of(moved, is_(SPORT, own)), (self._port(SPORT, (free,)),)) for own, free in CLASSES))


def _chain(what: str, entry: Entry, *steps: Step, text: str = "") -> Chain:
    name = f"{entry.hook.name.lower()}: {what}"
    rule = Rule(steps=steps, place=entry.hook.name.lower(), text=text, is_implied=True)
    return Chain(name=name, rules=(rule,), entry=entry, place=name)


def _status(bits: int) -> Write:
    return Write(STATUS, ((bits, bits),))
