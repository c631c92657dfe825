"""One rule of an access list of Huawei VRP or H3C Comware: action, protocol, then words in any order.

What these lists do with later fragments at a rule that names ports differs by product, so it is
left open: one unknown for the whole device.

Source: Huawei, `rule (advanced ACL view)`; H3C Comware 7, ACL and QoS Command Reference.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from qianyun.verify.acl import Line
from qianyun.verify.acls.matches import (
    ALL4,
    DESTINATION,
    ESTABLISHED,
    LATER,
    NOT_LATER,
    SOURCE,
    TOP_PORT,
    address4,
    address6,
    complement,
    dscp,
    flags,
    icmp_words,
    of_length,
    of_wildcard,
    port,
    precedence,
    some_flag,
    type_of_service,
    within,
)
from qianyun.verify.acls.names import PROTOCOLS, TCP_FLAGS, TCP_PORTS, VRP_ICMP, VRP_ICMPV6, VRP_UDP_PORTS
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, number
from qianyun.verify.acls.texts import Unknowns
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, Condition, In, all_of, any_of, cannot_tell, is_
from qianyun.verify.fields import (
    DPORT,
    FRAGMENT,
    ICMPV6,
    PROTOCOL,
    SPORT,
    TCP,
    TTL,
    UDP,
    Field,
    Fragment,
    Range,
    Ranges,
)
from qianyun.verify.fields import TCP_FLAGS as FLAGS
from qianyun.words import _

FAMILY = {4: IS_V4, 6: IS_V6}
NAMES: Mapping[int, Mapping[str, int]] = {TCP: TCP_PORTS, UDP: VRP_UDP_PORTS}
QUIET = ("logging", "counting", "log", "enable")
"""Words that do not narrow a rule."""
FRAGMENTS: Mapping[str, Condition] = {
    "fragment": is_(FRAGMENT, Fragment.FIRST, Fragment.LATER),
    "fragment-subseq": LATER,
    "non-fragment": is_(FRAGMENT, Fragment.WHOLE),
    "non-subseq": NOT_LATER,
    "fragment-spe-first": is_(FRAGMENT, Fragment.FIRST),
}
MESSAGES: Mapping[str, Mapping[str, tuple[int, int | None]]] = {"icmp-type": VRP_ICMP, "icmp6-type": VRP_ICMPV6}


class Objects(Protocol):
    """Groups that rules may name."""

    @property
    def networks(self) -> Callable[[str, int], Ranges]:
        """Addresses of a group of one family."""

    @property
    def ports(self) -> Callable[[str], Ranges]:
        """Ports of a group."""


class Rules:
    """Reads rules; time ranges of one name are open for all their rules or for none."""

    def __init__(self, objects: Objects) -> None:
        """Rules may name these groups."""
        self.objects = objects
        self.unknown = Unknowns()

    def rule(self, words: list[str], at: int, version: int, place: str, *, basic: bool) -> Line:
        """The rule whose action stands at a word.

        Raises:
            NotUnderstoodError: Some word is not known; the rule may mean anything.
        """
        cursor = Cursor(words, at)
        action = cursor.take()
        if action not in ("permit", "deny"):
            raise NotUnderstoodError(_("{word!r} is neither permit nor deny").format(word=action))
        asked = _Asked(self, cursor, version, place)
        if not basic:
            asked.protocol()
        while cursor.head:
            asked.option()
        return Line(permits=action == "permit", condition=asked.condition(), place=place, text=" ".join(words[at:]))


class _Asked:
    """What a rule asks, while it is read."""

    def __init__(self, rules: Rules, cursor: Cursor, version: int, place: str) -> None:
        self.rules, self.cursor, self.version, self.place = rules, cursor, version, place
        self.number: int | None = None
        self.network: list[Condition] = []
        self.transport: list[Condition] = []
        self.ends: dict[str, Condition] = {}

    def protocol(self) -> None:
        word = self.cursor.take().lower()
        if word in ("ip", "ipv6"):
            return
        self.number = PROTOCOLS[word] if word in PROTOCOLS else number(word, 255)
        if word == "icmp" and self.version == 6:  # noqa: PLR2004 - IP version
            self.number = ICMPV6
        self.network.append(is_(PROTOCOL, self.number))

    def option(self) -> None:
        word = self.cursor.take()
        if word in QUIET:
            return
        if word in ("source", "destination"):
            sides = SOURCE if word == "source" else DESTINATION
            self.ends[word] = self._end(sides)
        elif word in ("source-port", "destination-port"):
            self.transport.append(self._ports(SPORT if word == "source-port" else DPORT))
        elif word in MESSAGES or word == "icmpv6-type":
            self.transport.append(self._message(MESSAGES.get(word, VRP_ICMPV6)))
        elif word in HEADER:
            self.network.append(HEADER[word](self))
        elif self.number == TCP:
            self.transport.append(self._flags(word))
        else:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))

    def condition(self) -> Condition:
        """All of it; a later fragment shows no ports, and may meet the rule or not."""
        ends = [self.ends[side] for side in ("destination", "source") if self.ends.get(side, ALWAYS) != ALWAYS]
        network = [*self.network, *(ends or [FAMILY[self.version]])]
        if not self.transport:
            return all_of(*network)
        later = self.rules.unknown(_("later fragments at a rule that names ports"))
        return all_of(*network, any_of(all_of(*self.transport, NOT_LATER), all_of(LATER, later)))

    def _end(self, sides: Mapping[int, Field]) -> Condition:
        cursor, side, word = self.cursor, sides[self.version], self.cursor.take()
        if word == "any":
            return ALWAYS
        if word in ("object-group", "address-set"):
            return In(side, self.rules.objects.networks(cursor.take(), self.version))
        if word == "host":
            word = f"{cursor.take()}/{32 if self.version == 4 else 128}"  # noqa: PLR2004 - IP version
        if self.version == 6:  # noqa: PLR2004 - IP version
            address, slash, length = word.partition("/")
            return In(side, of_length(address6(address), number(length if slash else cursor.take(), 128), 128))
        address, slash, length = word.partition("/")
        if slash:
            return In(side, of_length(address4(address), number(length, 32), 32))
        wildcard = 0 if cursor.accept("0") else address4(cursor.take())
        first = address4(word) & ~wildcard & ALL4
        return within(side, of_wildcard(first, wildcard), self.place, ((first, first | wildcard),))

    def _ports(self, side: Field) -> Condition:
        if self.cursor.accept("object-group"):
            return In(side, self.rules.objects.ports(self.cursor.take()))
        names = NAMES.get(self.number or 0)
        if names is None:
            raise NotUnderstoodError(_("only TCP and UDP have ports here"))
        return In(side, vrp_ports(self.cursor, names))

    def _message(self, names: Mapping[str, tuple[int, int | None]]) -> Condition:
        known = {name.lower(): value for name, value in names.items()}
        word = self.cursor.take().lower()
        if word in known:
            return In(SPORT, icmp_words(*known[word]))
        kind = number(word, 255)
        return In(SPORT, icmp_words(kind, self.cursor.number(255) if self.cursor.head.isdecimal() else None))

    def _flags(self, word: str) -> Condition:
        cursor = self.cursor
        if word == "established" or (word == "tcp-flag" and cursor.accept("established")):
            return ESTABLISHED
        if word == "tcp-flag":
            wanted = 0
            while cursor.head in TCP_FLAGS:
                wanted |= TCP_FLAGS[cursor.take()]
            if not wanted:
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=cursor.head))
            # products differ: exactly these flags, all of them, or any
            return any_of(is_(FLAGS, wanted), all_of(some_flag(wanted), cannot_tell(self.place)))
        if word not in TCP_FLAGS or cursor.head not in ("0", "1"):
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
        bit = TCP_FLAGS[word]
        return flags(bit) if cursor.take() == "1" else flags(0, bit)


def vrp_ports(cursor: Cursor, names: Mapping[str, int]) -> Ranges:
    """What `eq`, `neq`, `lt`, `gt`, `range` name; a range may be written backwards."""
    operator = cursor.take()
    first = port(cursor.take(), names)
    if operator == "range":
        last = port(cursor.take(), names)
        return ((min(first, last), max(first, last)),)
    spans: Mapping[str, Range] = {"eq": (first, first), "lt": (0, first - 1), "gt": (first + 1, TOP_PORT)}
    if operator in spans:
        low, high = spans[operator]
        return ((low, high),) if low <= high else ()
    if operator == "neq":
        return complement(((first, first),), TOP_PORT)
    raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=operator))


def _fragments(asked: _Asked) -> Condition:
    kind = FRAGMENTS.get(asked.cursor.take())
    if kind is None:
        raise NotUnderstoodError(_("this kind of fragment is not known"))
    return kind


def _named(what: str) -> Callable[[_Asked], Condition]:
    return lambda asked: asked.rules.unknown(f"{what} {asked.cursor.take()}")


HEADER: Mapping[str, Callable[[_Asked], Condition]] = {
    "dscp": lambda asked: dscp(asked.cursor.take()),
    "precedence": lambda asked: precedence(asked.cursor.take()),
    "tos": lambda asked: type_of_service(asked.cursor.take(), asked.place),
    "fragment": lambda _asked: LATER,
    "none-first-fragment": lambda _asked: LATER,
    "fragment-type": _fragments,
    "ttl-expired": lambda _asked: is_(TTL, 1),
    "time-range": _named("time-range"),
    "vpn-instance": _named("vpn-instance"),
    "igmp-type": lambda asked: cannot_tell(f"{asked.place} igmp-type {asked.cursor.take()}"),
    "flow-label": lambda asked: cannot_tell(f"{asked.place} flow-label {asked.cursor.take()}"),
    "reflective": lambda asked: cannot_tell(f"{asked.place} reflective"),
}
"""Words that narrow a rule by what stands before the transport header."""
