"""One line of a Cisco IOS access list: action, protocol, ends, ports, and what else it asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from qianyun.verify.acl import Line
from qianyun.verify.acls.ios_groups import Groups, Service, protocol
from qianyun.verify.acls.matches import (
    DESTINATION,
    ESTABLISHED,
    LATER,
    PORTS_OF,
    SOURCE,
    address4,
    address6,
    cisco,
    dscp,
    flags,
    icmp,
    of_length,
    of_wildcard,
    ports,
    precedence,
    prefix6,
    some_flag,
    time_to_live,
    type_of_service,
    within,
)
from qianyun.verify.acls.names import CISCO_ICMP, CISCO_ICMPV6, TCP_FLAGS
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, number
from qianyun.verify.acls.texts import Unknowns
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, Condition, In, all_of, any_of, cannot_tell, is_
from qianyun.verify.fields import DPORT, ICMP, ICMPV6, PROTOCOL, SPORT, TCP, Field, Ranges
from qianyun.words import _

FAMILY = {4: IS_V4, 6: IS_V6}
ANY_PROTOCOL = ("ip", "ipv6")
MESSAGES = {ICMP: CISCO_ICMP, ICMPV6: CISCO_ICMPV6}


@dataclass(frozen=True, slots=True)
class Scope:
    """The list a line stands in, and where."""

    version: int
    standard: bool
    place: str


@dataclass(slots=True)
class _Asked:
    """What a line asks, while it is read."""

    services: tuple[Service, ...]
    network: list[Condition]
    transport: list[Condition] = field(default_factory=list)
    later_only: bool = False


class Entries:
    """Reads lines; time ranges of one name are open for all their lines or for none."""

    def __init__(self, groups: Groups) -> None:
        """Lines may ask for these groups."""
        self.groups = groups
        self.unknown = Unknowns()

    def line(self, words: list[str], at: int, scope: Scope) -> Line:
        """The line whose action stands at a word.

        Raises:
            NotUnderstoodError: Some word is not known; the line may mean anything.
        """
        cursor = Cursor(words, at)
        doubt: list[Condition] = []
        if cursor.accept("dynamic"):
            doubt.append(self.unknown(f"dynamic {cursor.take()}"))
            if cursor.accept("timeout"):
                cursor.take()
        if cursor.accept("evaluate"):
            doubt.append(self.unknown(f"evaluate {cursor.take()}"))
            cursor.end()
            return Line(
                permits=True,
                condition=all_of(FAMILY[scope.version], *doubt),
                place=scope.place,
                text=" ".join(words[at:]),
            )
        permits = action(cursor)
        condition = self._standard(cursor, scope) if scope.standard else self._extended(cursor, scope, permits=permits)
        return Line(
            permits=permits,
            condition=all_of(condition, *doubt) if doubt else condition,
            place=scope.place,
            text=" ".join(words[at:]),
        )

    def _standard(self, cursor: Cursor, scope: Scope) -> Condition:
        source = self._end(cursor, scope, SOURCE, bare_host=True)
        cursor.one_of("log")
        cursor.end()
        return IS_V4 if source == ALWAYS else source

    def _extended(self, cursor: Cursor, scope: Scope, *, permits: bool) -> Condition:
        word = cursor.take()
        single: int | None = None
        if word == "object-group":
            services = self.groups.services(cursor.take())
        elif word in ANY_PROTOCOL:
            services = ((ALWAYS, ()),)
        else:
            single = ICMPV6 if word == "icmp" and scope.version == 6 else protocol(word)  # noqa: PLR2004 - IP version
            services = ((_protocol(single), ()),)
        asked = _Asked(services, [])
        names = None if single is None else PORTS_OF.get(single)
        source = self._end(cursor, scope, SOURCE)
        self._ports(cursor, asked, SPORT, names)
        destination = self._end(cursor, scope, DESTINATION)
        self._ports(cursor, asked, DPORT, names)
        if single in MESSAGES:
            message = icmp(cursor, MESSAGES[single])
            if message != ALWAYS:
                asked.transport.append(message)
        asked.network = [each for each in (destination, source) if each != ALWAYS] or [FAMILY[scope.version]]
        while cursor.head:
            self._option(cursor, asked, scope, tcp=single == TCP)
        return _condition(asked, permits=permits)

    def _end(self, cursor: Cursor, scope: Scope, sides: Mapping[int, Field], *, bare_host: bool = False) -> Condition:
        side, word = sides[scope.version], cursor.take()
        if word == "any":
            return ALWAYS
        if word in ("object-group", "addrgroup"):
            return In(side, self.groups.networks(cursor.take(), scope.version))
        if scope.version == 6:  # noqa: PLR2004 - IP version
            return In(side, _host6(cursor.take()) if word == "host" else prefix6(word))
        if word == "host" or (bare_host and cursor.head in ("", "log") and "/" not in word):
            return In(side, _host4(cursor.take() if word == "host" else word))
        if "/" in word:
            address, _slash, length = word.partition("/")
            return In(side, of_length(address4(address), number(length, 32), 32))
        wildcard = cursor.take()
        ranges = _wildcard(word, wildcard)
        first, loose = address4(word) & ~address4(wildcard), address4(wildcard)
        return within(side, ranges, scope.place, ((first, first | loose),))

    def _ports(self, cursor: Cursor, asked: _Asked, side: Field, names: Mapping[str, int] | None) -> None:
        if names is None:
            return
        if cursor.accept("portgroup"):
            asked.transport.append(In(side, self.groups.ports(cursor.take())))
            return
        found = ports(cursor, names)
        if found is not None:
            asked.transport.append(In(side, found))

    def _option(self, cursor: Cursor, asked: _Asked, scope: Scope, *, tcp: bool) -> None:
        word = cursor.take()
        if word in LOGGED:
            if cursor.head and not _is_option(cursor.head):
                cursor.take()
        elif word in QUIET:
            cursor.take()
        elif word == "fragments":
            asked.later_only = True
        elif word == "time-range":
            asked.network.append(self.unknown(f"time-range {cursor.take()}"))
        elif word in HEADER:
            asked.network.append(HEADER[word](cursor, scope.place))
        elif tcp:
            asked.transport.append(_tcp(word, cursor, scope.place))
        else:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))


def _unseen(what: str, *, number: bool) -> Callable[[Cursor, str], Condition]:
    return lambda cursor, place: cannot_tell(f"{place} {what} {cursor.take() if number else ''}".rstrip())


LOGGED = ("log", "log-input")
"""A cookie may follow."""
QUIET = ("reflect", "timeout", "sequence")
"""Words that do not narrow the line, each with a word behind it."""
HEADER: Mapping[str, Callable[[Cursor, str], Condition]] = {
    "dscp": lambda cursor, _place: dscp(cursor.take()),
    "precedence": lambda cursor, _place: precedence(cursor.take()),
    "tos": lambda cursor, place: type_of_service(cursor.take(), place),
    "ttl": lambda cursor, _place: time_to_live(cursor),
    **{
        word: _unseen(word, number=False)
        for word in ("auth", "dest-option", "hbh", "mobility", "routing", "undetermined-transport")
    },
    **{
        word: _unseen(word, number=True)
        for word in ("dest-option-type", "flow-label", "mobility-type", "option", "routing-type")
    },
}
"""Words that narrow the line by the network header; of some we cannot see what they look at."""


def _is_option(word: str) -> bool:
    return word in (*LOGGED, *QUIET, *HEADER, "fragments", "time-range", "established", *TCP_FLAGS)


def action(cursor: Cursor) -> bool:
    """Whether a line permits."""
    word = cursor.take()
    if word not in ("permit", "deny"):
        raise NotUnderstoodError(_("{word!r} is neither permit nor deny").format(word=word))
    return word == "permit"


@lru_cache(256)
def _protocol(single: int) -> Condition:
    return is_(PROTOCOL, single)


@lru_cache(1 << 14)
def _wildcard(address: str, wildcard: str) -> Ranges | None:
    return of_wildcard(address4(address), address4(wildcard))


@lru_cache(1 << 14)
def _host4(word: str) -> Ranges:
    address = address4(word)
    return ((address, address),)


def _host6(word: str) -> Ranges:
    address = address6(word)
    return ((address, address),)


def _tcp(word: str, cursor: Cursor, place: str) -> Condition:
    if word == "established":
        return ESTABLISHED
    if word in ("match-all", "match-any"):
        wanted = refused = 0
        while cursor.head[:1] in ("+", "-") and cursor.head[1:] in TCP_FLAGS:
            sign, bit = cursor.head[0], TCP_FLAGS[cursor.take()[1:]]
            wanted, refused = (wanted | bit, refused) if sign == "+" else (wanted, refused | bit)
        return flags(wanted, refused) if word == "match-all" else some_flag(wanted, refused)
    if word not in TCP_FLAGS:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
    wanted = TCP_FLAGS[word]
    while cursor.head in TCP_FLAGS:
        wanted |= TCP_FLAGS[cursor.take()]
    if wanted.bit_count() == 1:
        return flags(wanted)
    # the manuals leave open whether several bare names mean all of them or any
    return any_of(flags(wanted), all_of(some_flag(wanted), cannot_tell(place)))


def _condition(asked: _Asked, *, permits: bool) -> Condition:
    network = tuple(asked.network)
    if asked.later_only:
        if asked.transport or any(transport for _protocol_, transport in asked.services):
            raise NotUnderstoodError(_("later fragments have no ports to look at"))
        return any_of(*(all_of(kind, *network, LATER) for kind, _none in asked.services))
    return any_of(
        *(
            cisco(permits, network if kind == ALWAYS else (kind, *network), (*transport, *asked.transport))
            for kind, transport in asked.services
        )
    )
