"""What a rule of iptables asks of a packet: its options, up to the target, as one condition.

A match can only narrow a rule. One that looks at what packets do not show (quantity, time, users)
is therefore a bound; one that we do not know is a bound too, and is listed.

Source: iptables(8), iptables-extensions(8); the kernel's xt_tcpudp, xt_multiport and ip_tables: a
later fragment has no ports, so no port matches it, be it negated or not.
"""

import re
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address

from qianyun.verify.acls.matches import LATER, NOT_LATER, icmp_words, of_wildcard, port
from qianyun.verify.acls.names import DSCP as CODE_POINTS
from qianyun.verify.acls.names import PROTOCOLS, TCP_FLAGS, TCP_PORTS, UDP_PORTS
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, number
from qianyun.verify.conditions import (
    ALWAYS,
    Condition,
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
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    LENGTH,
    MARK,
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
    Ranges,
    State,
    interface_range,
    masked,
)
from qianyun.verify.fields import DSCP as CODE_POINT
from qianyun.verify.fields import TCP_FLAGS as FLAGS
from qianyun.words import _

TARGETS = ("-j", "-g", "--jump", "--goto")
SOURCE, DESTINATION = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}
STATES = {state.name: state for state in State}
STATUSES = {"EXPECTED": 1, "SEEN_REPLY": 2, "ASSURED": 4, "CONFIRMED": 8, "SNAT": 16, "DNAT": 32}
ALL_FLAGS = {"ALL": 63, "NONE": 0, **{name.upper(): bit for name, bit in TCP_FLAGS.items()}}
MESSAGES: Mapping[str, tuple[int, int | None]] = {
    "echo-reply": (0, None), "pong": (0, None), "destination-unreachable": (3, None), "network-unreachable": (3, 0),
    "host-unreachable": (3, 1), "protocol-unreachable": (3, 2), "port-unreachable": (3, 3),
    "fragmentation-needed": (3, 4), "source-route-failed": (3, 5), "source-quench": (4, None), "redirect": (5, None),
    "echo-request": (8, None), "ping": (8, None), "router-advertisement": (9, None), "router-solicitation": (10, None),
    "time-exceeded": (11, None), "ttl-exceeded": (11, None), "ttl-zero-during-transit": (11, 0),
    "ttl-zero-during-reassembly": (11, 1), "parameter-problem": (12, None), "timestamp-request": (13, None),
    "timestamp-reply": (14, None), "address-mask-request": (17, None), "address-mask-reply": (18, None),
}  # fmt: skip
MESSAGES6: Mapping[str, tuple[int, int | None]] = {
    "destination-unreachable": (1, None), "no-route": (1, 0), "communication-prohibited": (1, 1),
    "address-unreachable": (1, 3), "port-unreachable": (1, 4), "packet-too-big": (2, None), "time-exceeded": (3, None),
    "ttl-exceeded": (3, None), "parameter-problem": (4, None), "bad-header": (4, 0), "echo-request": (128, None),
    "ping": (128, None), "echo-reply": (129, None), "pong": (129, None), "router-solicitation": (133, None),
    "router-advertisement": (134, None), "neighbour-solicitation": (135, None), "neighbor-solicitation": (135, None),
    "neighbour-advertisement": (136, None), "neighbor-advertisement": (136, None),
}  # fmt: skip
BOUNDED = (
    "addrtype", "cluster", "connbytes", "connlimit", "cpu", "devgroup", "hashlimit", "helper", "limit", "mac", "nfacct",
    "osf", "owner", "physdev", "pkttype", "policy", "quota", "realm", "recent", "rpfilter", "socket",
    "statistic", "string", "tcpmss", "time", "rt", "hbh", "dst", "frag", "ah", "esp", "ipv6header", "connlabel",
)  # fmt: skip
"""Modules that look at what a packet's header does not show; their options are bounds."""


class Matches:
    """Reads the options of one rule.

    Attributes:
        unknown: Words we do not know; the rule may match fewer packets than its condition says.
        comment: What the rule says of itself.
    """

    def __init__(self, cursor: Cursor, version: int, place: str, marks: Collection[int] | None) -> None:
        """Begin at the rule's first option.

        Args:
            cursor: Stands there.
            version: Of the listing.
            place: Of the rule.
            marks: Values that marks may have; `None` when some mark is computed.
        """
        self.cursor, self.version, self.place, self.marks = cursor, version, place, marks
        self.parts: list[Condition] = []
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
                self.module = self.cursor.take()
                continue
            if option == "--comment":
                self.comment = self.cursor.take()
                continue
            is_negated |= self.cursor.accept("!")
            self.parts.append(self._one(option, is_negated=is_negated))
        return all_of(*self.parts)

    def _one(self, option: str, *, is_negated: bool) -> Condition:
        read = TRANSPORT.get(option)
        if read is not None:
            held = read(self)
            return all_of(NOT_LATER, negated(held) if is_negated else held)
        read = OPTIONS.get(option)
        if read is not None:
            held = read(self)
            return negated(held) if is_negated else held
        if not option.startswith("-"):
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=option))
        while self.cursor.head and not self.cursor.head.startswith("-") and self.cursor.head != "!":
            self.cursor.take()
        if self.module not in BOUNDED:
            self.unknown.append(f"{self.module} {option}".strip())
        return cannot_tell(f"{self.place} {self.module} {option}")

    def set_protocol(self) -> Condition:
        """By name or number; 0 and `all` mean every protocol."""
        word = self.cursor.take().lower()
        if word in ("all", "0"):
            return ALWAYS
        found = PROTOCOLS.get("icmpv6" if word == "ipv6-icmp" else word)
        self.protocol = number(word, 255) if found is None else found
        return is_(PROTOCOL, self.protocol)

    def address(self, sides: Mapping[int, Field]) -> Condition:
        """Addresses with prefix lengths or masks, one or several."""
        side = sides[self.version]
        return any_of(*(In(side, self._prefix(word, side)) for word in self.cursor.take().split(",")))

    def _prefix(self, word: str, side: Field) -> Ranges:
        address, _slash, mask = word.partition("/")
        first, width = _address(address, self.version), side.top.bit_length()
        if not mask or mask.isdecimal():
            loose = (1 << width - number(mask or str(width), width)) - 1
        else:
            loose = ~_address(mask, self.version) & side.top
        ranges = of_wildcard(first, loose) if width == 32 else masked(side, ~loose & side.top, first & ~loose)  # noqa: PLR2004 - bits of IPv4
        if ranges is None:
            raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
        return ranges

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
        """What connection tracking noted."""
        words = self._words({**STATUSES, "NONE": 0})
        return any_of(*(self._status(STATUSES[word]) if word in STATUSES else is_(STATUS, 0) for word in words))

    def _status(self, bit: int) -> Condition:
        return In(STATUS, masked(STATUS, bit, bit) or ())

    def direction(self) -> Condition:
        """Of the connection."""
        return is_(REPLY, {"ORIGINAL": 0, "REPLY": 1}[self._words({"ORIGINAL": 0, "REPLY": 1})[0]])

    def mark(self, asked: Field) -> Condition:
        """`--mark 0x1/0xff`."""
        value, _slash, mask = self.cursor.take().partition("/")
        number_, bits = mark_number(value), mark_number(mask) if mask else asked.top
        if self.marks is None:
            return cannot_tell(f"{self.place} {asked.name}")
        ranges = masked(asked, bits, number_)
        if ranges is None:  # too many values to name, but only a few are ever set
            return is_(asked, *(mark for mark in self.marks if mark & bits == number_))
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


def mark_number(word: str) -> int:
    """A number of 32 bits, decimal or hexadecimal."""
    if (
        not re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}", word)
        or int(word, 0 if word[:2] in ("0x", "0X") else 10) > MARK.top
    ):
        raise NotUnderstoodError(
            _("{word!r} is no number from {first} to {top}").format(word=word, first=0, top=MARK.top)
        )
    return int(word, 0 if word[:2] in ("0x", "0X") else 10)


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
OPTIONS: Mapping[str, Reads] = {
    **dict.fromkeys(("-p", "--protocol"), Matches.set_protocol),
    **dict.fromkeys(("-s", "--source", "--src"), lambda rule: rule.address(SOURCE)),
    **dict.fromkeys(("-d", "--destination", "--dst"), lambda rule: rule.address(DESTINATION)),
    **dict.fromkeys(("-i", "--in-interface"), lambda rule: rule.interface(IN_INTERFACE)),
    **dict.fromkeys(("-o", "--out-interface"), lambda rule: rule.interface(OUT_INTERFACE)),
    **dict.fromkeys(("-f", "--fragment"), lambda _rule: LATER),
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
