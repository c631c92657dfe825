"""What a rule of iptables asks of a packet: its options, up to the target, as one condition.

A match can only narrow a rule. One that looks at what packets do not show (quantity, time, users)
is therefore a bound; one that we do not know is a bound too, and is listed.

Source: iptables(8), iptables-extensions(8); the kernel's xt_tcpudp, xt_multiport and ip_tables: a
later fragment has no ports, so no port matches it, be it negated or not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from qianyun.verify.acls.matches import LATER, NOT_LATER, icmp_words, of_wildcard, port
from qianyun.verify.acls.names import DSCP as CODE_POINTS
from qianyun.verify.acls.names import TCP_FLAGS, TCP_PORTS, UDP_PORTS
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, number
from qianyun.verify.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    Doubts,
    In,
    all_of,
    any_of,
    cannot_tell,
    is_,
    negated,
)
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DST4,
    DST6,
    EXTENSION,
    FRAGMENT,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    LENGTH,
    MARK,
    NO_EXTENSION,
    OUT_INTERFACE,
    PORTED,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    STATUS,
    TTL,
    UDP,
    Field,
    Fragment,
    State,
    interface_range,
    masked,
)
from qianyun.verify.fields import DSCP as CODE_POINT
from qianyun.verify.fields import TCP_FLAGS as FLAGS
from qianyun.verify.ipset_lookups import Lookups
from qianyun.verify.iptables_marks import TRACKED, Marks, mark_number
from qianyun.verify.iptables_names import MESSAGES, MESSAGES6, PROTOCOLS
from qianyun.words import _

FRAGMENT_HEADER = 44

TARGETS = ("-j", "-g", "--jump", "--goto")
SOURCE, DESTINATION = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}
STATES = {state.name: state for state in State}
STATUSES = {"EXPECTED": 1, "SEEN_REPLY": 2, "ASSURED": 4, "CONFIRMED": 8, "SNAT": 16, "DNAT": 32}
ALL_FLAGS = {"ALL": 63, "NONE": 0, **{name.upper(): bit for name, bit in TCP_FLAGS.items()}}
EXACT = (
    "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "multiport", "conntrack", "state", "comment", "iprange",
    "mark", "connmark", "set", "length", "dscp", "tos", "ttl", "hl", "ipv6header",
)  # fmt: skip
"""Modules that ask nothing beyond their options."""
PRESENT: Mapping[str, int] = {"frag": FRAGMENT_HEADER, "rt": 43, "hbh": 0, "dst": 60}
"""Modules that ask for an extension header of IPv6 to be there."""
BOUNDED = (
    "addrtype", "ah", "cluster", "connbytes", "connlabel", "connlimit", "cpu", "devgroup", "ecn", "esp", "eui64",
    "hashlimit", "helper", "ipcomp", "limit", "mac", "mh", "nfacct", "osf", "owner", "physdev", "pkttype", "policy",
    "quota", "rateest", "realm", "recent", "rpfilter", "socket", "srh", "statistic", "string", "tcpmss", "time",
)  # fmt: skip
"""Modules that look at what a packet's header does not show, or what we do not: they may hold or not."""
BOUNDS = (
    "--tcp-option", "--chunk-types", "--dccp-types", "--dccp-option", "--ctproto", "--ctorigsrc", "--ctorigdst",
    "--ctreplsrc", "--ctrepldst", "--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport",
    "--ctexpire",
)  # fmt: skip
"""Options of the exact modules that may hold or not."""
COUNTERS = ("--packets-eq", "--packets-lt", "--packets-gt", "--bytes-eq", "--bytes-lt", "--bytes-gt")
UPDATES = ("--update-counters", "--update-subcounters")
HEADERS: Mapping[str, int] = {
    "hop-by-hop": 0, "hop": 0, "ipv6-route": 43, "route": 43, "ipv6-frag": FRAGMENT_HEADER, "frag": FRAGMENT_HEADER,
    "ipv6-opts": 60, "dst": 60, "ah": 51, "auth": 51, "esp": 50, "ipv6-nonxt": 59, "none": 59, "protocol": -1,
    "prot": -1, "proto": -1,
}  # fmt: skip
NO_TRANSPORT = (50, 59)
"""Encrypted, and nothing at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a rule's options ask of the ruleset as a whole.

    Attributes:
        astray: Later fragments come one by one, and nftables may run the rules, whose short loads of a port or of
            flags then read whatever stands there.
    """

    version: int
    astray: bool
    marks: Marks
    lookups: Lookups
    doubts: Doubts


class Matches:
    """Reads the options of one rule.

    Attributes:
        unknown: Words we do not know; the rule may match fewer packets than its condition says.
        comment: What the rule says of itself.
    """

    def __init__(self, cursor: Cursor, around: Around, place: str) -> None:
        """Begin at the rule's first option.

        Args:
            cursor: Stands there.
            around: The ruleset.
            place: Of the rule.
        """
        self.cursor, self.around, self.version, self.place = cursor, around, around.version, place
        self.parts: list[Condition] = []
        self.connection: list[Condition] = []
        self.state: Condition | None = None
        self.protocol: int | None = None
        self.module = ""
        self.unknown: list[str] = []
        self.comment = ""

    def condition(self) -> Condition:
        """All options up to the target, or to the end of the rule.

        Raises:
            NotUnderstoodError: A word stands where none may stand.
        """
        while self.cursor.head and self.cursor.head not in TARGETS:
            is_negated = self.cursor.accept("!")
            option = self.cursor.take()
            if option in ("-m", "--match"):
                self._begin(self.cursor.take())
                continue
            if option == "--comment":
                self.comment = unescaped(self.cursor.take())
                continue
            if not self.cursor.ahead.startswith("-"):
                is_negated |= self.cursor.accept("!")  # as older programs print it
            self._one(option, is_negated=is_negated)
        self._end_connection()
        return all_of(*self.parts)

    def _begin(self, module: str) -> None:
        self._end_connection()
        self.module = module
        if module in PRESENT and self.version == 6:  # noqa: PLR2004 - IP version
            self.parts.append(self._has(PRESENT[module]))
        elif module not in EXACT:
            self.parts.append(cannot_tell(f"{self.place} {module}"))
            if module not in BOUNDED:
                self._not_known(module)

    def _not_known(self, word: str) -> None:
        self.unknown.append(_("the match {word!r} is not known; it may narrow the rule").format(word=word))

    def _end_connection(self) -> None:
        """What a match asks of the connection: a packet without one has only a state, and that decides alone.

        Source: Linux `xt_conntrack.c`.
        """
        if self.state is not None:
            self.parts.append(self.state)
            if self.connection:
                self.parts.append(any_of(negated(TRACKED), all_of(*self.connection)))
        elif self.connection:
            self.parts += [TRACKED, *self.connection]
        self.state, self.connection = None, []

    def _one(self, option: str, *, is_negated: bool) -> None:
        read = TRANSPORT.get(option)
        if read is not None:
            held = read(self)
            held = all_of(NOT_LATER, negated(held) if is_negated else held)
            if self.around.astray and self.module != "multiport":
                held = any_of(held, all_of(LATER, cannot_tell(f"{self.place} {option} of a later fragment")))
            self.parts.append(held)
            return
        read = OPTIONS.get(option) if self.module in EXACT or option in BASE else None
        read = FRAGMENT_OPTIONS.get(option, read) if self.module == "frag" else read
        if option == "--header":
            read = Matches.headers_not if is_negated else Matches.headers
        if read is not None:
            self._asked(option, read, is_negated=is_negated)
            return
        if not option.startswith("-"):
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=option))
        while self.cursor.head and not self.cursor.head.startswith("-") and self.cursor.head != "!":
            self.cursor.take()
        if option in BOUNDS or self.module in PRESENT:
            doubt = cannot_tell(f"{self.place} {self.module} {option}")
            (self.connection if option.startswith("--ct") else self.parts).append(doubt)
        elif self.module in EXACT or not self.module:
            self._not_known(f"{self.module} {option}".strip())
            self.parts.append(cannot_tell(f"{self.place} {self.module} {option}"))

    def _asked(self, option: str, read: "Reads", *, is_negated: bool) -> None:
        held = read(self)
        held = negated(held) if is_negated else held
        if option in ("--ctstate", "--state"):
            self.state = held
        elif option in ("--ctstatus", "--ctdir"):
            self.connection.append(held)
        elif option == "--mark" and self.module == "connmark":
            self.parts.append(all_of(TRACKED, held))
        else:
            self.parts.append(held)

    def member(self) -> Condition:
        """`--match-set NAME src,dst`, with what the elements' counters must be."""
        name, words = self.cursor.take(), self.cursor.take().split(",")
        excluded, counted = self.cursor.accept("--return-nomatch"), False
        while True:
            if self.cursor.one_of(*UPDATES) or any(self.cursor.accept("!", word) for word in UPDATES):
                continue
            if self.cursor.one_of(*COUNTERS) or any(self.cursor.accept("!", word) for word in COUNTERS):
                self.cursor.take()
                counted = True
                continue
            break
        excluded |= self.cursor.accept("--return-nomatch")
        if not set(words) <= {"src", "dst"}:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=",".join(words)))
        try:
            held = self.around.lookups.holding(name, [word == "src" for word in words], self.version, excluded=excluded)
        except NotUnderstoodError as error:
            self.unknown.append(str(error))
            held = cannot_tell(f"{self.place} set {name}")
        return all_of(held, cannot_tell(f"{self.place} counters of {name}")) if counted else held

    def _has(self, header: int) -> Condition:
        """We know the first extension header; whether another follows it, we do not."""
        first = is_(EXTENSION, header)
        if not header:
            return first
        follows = all_of(
            negated(is_(EXTENSION, header, NO_EXTENSION)),
            self.around.doubts.about(f"extension header {header} follows"),
        )
        if header == FRAGMENT_HEADER:
            return any_of(first, negated(is_(FRAGMENT, Fragment.WHOLE)), follows)
        return any_of(first, follows)

    def headers(self) -> Condition:
        """`--header hop,dst --soft`: these headers are there; without `--soft`, and no other."""
        wanted = [HEADERS[word] for word in self._words(HEADERS, lower=True)]
        each = [self._in_chain(header) for header in wanted]
        if self.cursor.accept("--soft"):
            return all_of(*each)
        alone = [is_(EXTENSION, NO_EXTENSION), is_(PROTOCOL, 51)]
        exact: Condition = NEVER
        if wanted == [-1]:
            exact = all_of(alone[0], negated(is_(PROTOCOL, 51, *NO_TRANSPORT)))
        elif len(wanted) == 1 and wanted[0] in NO_TRANSPORT:
            exact = all_of(alone[0], is_(PROTOCOL, wanted[0]))
        others = any_of(negated(alone[0]), alone[1])
        return any_of(exact, all_of(others, *each, cannot_tell(f"{self.place} no other header")))

    def headers_not(self) -> Condition:
        """The same, asked with `!`; with `--soft` none of them may be there."""
        at = self.cursor.at
        held = self.headers()
        if self.cursor.words[self.cursor.at - 1] != "--soft":
            return held
        end, self.cursor.at = self.cursor.at, at
        each = [self._in_chain(HEADERS[word]) for word in self._words(HEADERS, lower=True)]
        self.cursor.at = end
        return any_of(*each)

    def _in_chain(self, header: int) -> Condition:
        if header == -1:
            return negated(is_(PROTOCOL, *NO_TRANSPORT))
        if header in NO_TRANSPORT:
            return is_(PROTOCOL, header)
        return any_of(self._has(header), is_(PROTOCOL, header)) if header == 51 else self._has(header)  # noqa: PLR2004 - AH

    def more_fragments(self) -> Condition:
        """More fragments of the datagram follow."""
        return any_of(is_(FRAGMENT, Fragment.FIRST), all_of(LATER, self.around.doubts.about("more fragments follow")))

    def set_protocol(self) -> Condition:
        """By name or number; 0 and `all` mean every protocol."""
        word = self.cursor.take().lower()
        if word in ("all", "0"):
            return ALWAYS
        found = PROTOCOLS.get(word)
        self.protocol = number(word, 255) if found is None else found
        return is_(PROTOCOL, self.protocol) if self.protocol else ALWAYS

    def address(self, sides: Mapping[int, Field]) -> Condition:
        """Addresses with prefix lengths or masks, one or several."""
        side = sides[self.version]
        return any_of(*(self._prefix(word, side) for word in self.cursor.take().split(",")))

    def _prefix(self, word: str, side: Field) -> Condition:
        address, _slash, mask = word.partition("/")
        first, width = _address(address, self.version), side.top.bit_length()
        if not mask or mask.isdecimal():
            loose = (1 << width - number(mask or str(width), width)) - 1
        else:
            loose = ~_address(mask, self.version) & side.top
        ranges = of_wildcard(first, loose) if width == 32 else masked(side, ~loose & side.top, first & ~loose)  # noqa: PLR2004 - bits of IPv4
        if ranges is None:
            self.unknown.append(_("the mask leaves too many pieces to name"))
            return cannot_tell(f"{self.place} {word}")
        return In(side, ranges)

    def span(self, sides: Mapping[int, Field]) -> Condition:
        """`--src-range A-B`."""
        low, _dash, high = self.cursor.take().partition("-")
        first = _address(low, self.version)
        last = _address(high, self.version) if high else first
        return is_(sides[self.version], (min(first, last), max(first, last)))

    def ports(self, *sides: Field) -> Condition:
        """`22`, `1024:65535`, `22,80,1000:2000`, on any of the sides."""
        if self.protocol not in PORTED:
            raise NotUnderstoodError(_("only TCP and UDP have ports here"))
        names = UDP_PORTS if self.protocol == UDP else TCP_PORTS
        spans = []
        for word in self.cursor.take().split(","):
            low, colon, high = word.partition(":")
            first = port(low, names) if low else 0
            spans.append((first, (port(high, names) if high else 65535) if colon else first))
        kept = [span for span in spans if span[0] <= span[1]]
        return any_of(*(is_(side, *kept) for side in sides))

    def flags(self) -> Condition:
        """`--tcp-flags MASK SET`."""
        mask, wanted = (sum({ALL_FLAGS[each] for each in self._words(ALL_FLAGS)}) for _turn in range(2))
        return In(FLAGS, masked(FLAGS, mask, wanted) or ())

    def syn(self) -> Condition:
        """Of SYN, RST, ACK and FIN only SYN is set."""
        return In(FLAGS, masked(FLAGS, 0x17, 0x02) or ())

    def icmp(self, version: int) -> Condition:
        """`8`, `3/4`, a name, `any`."""
        word = self.cursor.take()
        names = MESSAGES if version == 4 else MESSAGES6  # noqa: PLR2004 - IP version
        asked = is_(PROTOCOL, ICMP if version == 4 else ICMPV6)  # noqa: PLR2004 - IP version
        if word in ("any", "255") and version == 4:  # noqa: PLR2004 - IP version
            return asked
        kind, slash, code = word.partition("/")
        ranges = (
            icmp_words(*names[word])
            if word in names
            else icmp_words(number(kind, 255), number(code, 255) if slash else None)
        )
        return all_of(asked, In(SPORT, ranges))

    def states(self) -> Condition:
        """States of connections, and those of translation."""
        words = self._words({**STATES, "SNAT": 0, "DNAT": 0})
        parts = [is_(STATE, *(STATES[word] for word in words if word in STATES))]
        parts += [self._status(STATUSES[word]) for word in words if word not in STATES]
        return any_of(*parts)

    def status(self) -> Condition:
        """What connection tracking noted; `NONE` asks for nothing, and nothing is ever found."""
        words = self._words({**STATUSES, "NONE": 0})
        return any_of(*(self._status(STATUSES[word]) for word in words if word in STATUSES))

    def _status(self, bit: int) -> Condition:
        return In(STATUS, masked(STATUS, bit, bit) or ())

    def direction(self) -> Condition:
        """Of the connection."""
        return is_(REPLY, {"ORIGINAL": 0, "REPLY": 1}[self._words({"ORIGINAL": 0, "REPLY": 1})[0]])

    def mark(self, asked: Field) -> Condition:
        """`--mark 0x1/0xff`."""
        value, _slash, mask = self.cursor.take().partition("/")
        number_, bits = mark_number(value), mark_number(mask) if mask else asked.top
        known = self.around.marks.of(asked)
        if known is None:
            return cannot_tell(f"{self.place} {asked.name}")
        ranges = masked(asked, bits, number_)
        if ranges is None:  # too many values to name, but only a few are ever set
            return is_(asked, *(mark for mark in known if mark & bits == number_))
        return In(asked, ranges)

    def interface(self, asked: Field) -> Condition:
        """A name, or its beginning with `+`."""
        name = self.cursor.take()
        return is_(asked, interface_range(f"{name[:-1]}*" if name.endswith("+") else name))

    def within(self, asked: Field) -> Condition:
        """`40:1500`."""
        low, colon, high = self.cursor.take().partition(":")
        first = number(low or "0", asked.top)
        last = (number(high, asked.top) if high else asked.top) if colon else first
        return is_(asked, (first, last)) if first <= last else any_of()

    def code_point(self) -> Condition:
        """By number."""
        word = self.cursor.take()
        return is_(CODE_POINT, mark_number(word) & 63)

    def code_point_class(self) -> Condition:
        """By name."""
        return is_(CODE_POINT, CODE_POINTS[self._words(CODE_POINTS, lower=True)[0]])

    def type_of_service(self) -> Condition:
        """`--tos 0x10/0x3f`: the two lowest of its bits (RFC 3168) we do not see."""
        value, _slash, mask = self.cursor.take().partition("/")
        bits, wanted = mark_number(mask or "0xff") & 255, mark_number(value) & 255
        seen = masked(CODE_POINT, bits >> 2, wanted >> 2) or ()
        if wanted & ~bits:
            return NEVER
        return all_of(In(CODE_POINT, seen), cannot_tell(f"{self.place} tos")) if bits & 3 else In(CODE_POINT, seen)

    def below(self, asked: Field) -> Condition:
        """Less than a number."""
        value = self.cursor.number(asked.top)
        return is_(asked, (0, value - 1)) if value else any_of()

    def above(self, asked: Field) -> Condition:
        """More than a number."""
        value = self.cursor.number(asked.top)
        return is_(asked, (value + 1, asked.top)) if value < asked.top else any_of()

    def _words(self, known: Mapping[str, int], *, lower: bool = False) -> list[str]:
        words = [word.lower() if lower else word.upper() for word in self.cursor.take().split(",")]
        for word in words:
            if word not in known:
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
        return words


def unescaped(word: str) -> str:
    """A quoted word without the blank that keeps it from looking like an option."""
    return word[1:] if word[:2] in (" -", " !") else word


def _address(word: str, version: int) -> int:
    try:
        found = ip_address(word)
    except ValueError:
        found = None
    if found is None or found.version != version:
        raise NotUnderstoodError(_("{word!r} is no IPv{version} address").format(word=word, version=version))
    return int(found)


Reads = Callable[[Matches], Condition]
TRANSPORT: Mapping[str, Reads] = {
    **dict.fromkeys(("--sport", "--source-port", "--sports", "--source-ports"), lambda rule: rule.ports(SPORT)),
    **dict.fromkeys(
        ("--dport", "--destination-port", "--dports", "--destination-ports"), lambda rule: rule.ports(DPORT)
    ),
    "--ports": lambda rule: rule.ports(SPORT, DPORT),
    "--tcp-flags": Matches.flags,
    "--syn": Matches.syn,
    "--icmp-type": lambda rule: rule.icmp(4),
    "--icmpv6-type": lambda rule: rule.icmp(6),
}
"""Options that need a transport header."""
BASE: Mapping[str, Reads] = {
    **dict.fromkeys(("-p", "--protocol"), Matches.set_protocol),
    **dict.fromkeys(("-s", "--source", "--src"), lambda rule: rule.address(SOURCE)),
    **dict.fromkeys(("-d", "--destination", "--dst"), lambda rule: rule.address(DESTINATION)),
    **dict.fromkeys(("-i", "--in-interface"), lambda rule: rule.interface(IN_INTERFACE)),
    **dict.fromkeys(("-o", "--out-interface"), lambda rule: rule.interface(OUT_INTERFACE)),
    **dict.fromkeys(("-f", "--fragment"), lambda _rule: LATER),
}
"""Options that belong to no module."""
OPTIONS: Mapping[str, Reads] = {
    **BASE,
    "--match-set": Matches.member,
    "--tos": Matches.type_of_service,
    **dict.fromkeys(("--ctstate", "--state"), Matches.states),
    "--ctstatus": Matches.status,
    "--ctdir": Matches.direction,
    "--src-range": lambda rule: rule.span(SOURCE),
    "--dst-range": lambda rule: rule.span(DESTINATION),
    "--mark": lambda rule: rule.mark(CT_MARK if rule.module == "connmark" else MARK),
    "--length": lambda rule: rule.within(LENGTH),
    "--dscp": Matches.code_point,
    "--dscp-class": Matches.code_point_class,
    **dict.fromkeys(("--ttl-eq", "--hl-eq"), lambda rule: is_(TTL, rule.cursor.number(TTL.top))),
    **dict.fromkeys(("--ttl-lt", "--hl-lt"), lambda rule: rule.below(TTL)),
    **dict.fromkeys(("--ttl-gt", "--hl-gt"), lambda rule: rule.above(TTL)),
}
FRAGMENT_OPTIONS: Mapping[str, Reads] = {
    "--fragfirst": lambda _rule: NOT_LATER,
    "--fragmore": Matches.more_fragments,
    "--fraglast": lambda rule: negated(rule.more_fragments()),
}
"""Options of the module `frag`."""
