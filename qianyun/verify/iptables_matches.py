"""What a rule of iptables asks of a packet: its options, up to the target, as one condition.

A match can only narrow a rule. One that looks at what packets do not show (quantity, time, users)
is therefore a bound; one that we do not know is a bound too, and is listed.

Source: iptables(8), iptables-extensions(8); the kernel's xt_tcpudp, xt_multiport and ip_tables: a
later fragment has no ports, so no port matches it, be it negated or not.
"""

from collections.abc import Mapping

from qianyun.verify import iptables_addresses as addresses
from qianyun.verify import iptables_extensions as extensions
from qianyun.verify import iptables_headers as headers
from qianyun.verify import iptables_routes as routes
from qianyun.verify.acls.matches import LATER, NOT_LATER
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError
from qianyun.verify.conditions import ALWAYS, Condition, all_of, any_of, cannot_tell, is_, negated
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    IN_INTERFACE,
    LENGTH,
    MARK,
    OUT_INTERFACE,
    SPORT,
    TTL,
)
from qianyun.verify.iptables_marks import TRACKED
from qianyun.verify.iptables_options import Around, Options, Reads
from qianyun.words import _

TARGETS = ("-j", "-g", "--jump", "--goto")
EXACT = (
    "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "multiport", "conntrack", "state", "comment", "iprange",
    "mark", "connmark", "set", "length", "dscp", "tos", "ttl", "hl", "ipv6header", "addrtype", "rpfilter",
)  # fmt: skip
"""Modules that ask nothing beyond their options."""
PRESENT: Mapping[str, int] = {"frag": headers.FRAGMENT_HEADER, "rt": 43, "hbh": 0, "dst": 60}
"""Modules that ask for an extension header of IPv6 to be there."""
BOUNDED = (
    "ah", "cluster", "connbytes", "connlabel", "connlimit", "cpu", "devgroup", "ecn", "esp", "eui64",
    "hashlimit", "helper", "ipcomp", "limit", "mac", "mh", "nfacct", "osf", "owner", "physdev", "pkttype", "policy",
    "quota", "rateest", "realm", "recent", "socket", "srh", "statistic", "string", "tcpmss", "time",
)  # fmt: skip
"""Modules that look at what a packet's header does not show, or what we do not: they may hold or not."""
BOUNDS = (
    "--tcp-option", "--chunk-types", "--dccp-types", "--dccp-option", "--ctproto", "--ctorigsrc", "--ctorigdst",
    "--ctreplsrc", "--ctrepldst", "--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport",
    "--ctexpire",
)  # fmt: skip
"""Options of the exact modules that may hold or not."""


class Matches(Options):
    """Reads the options of one rule.

    Attributes:
        comment: What the rule says of itself.
    """

    __slots__ = ("comment", "connection", "parts", "state")

    def __init__(self, cursor: Cursor, around: Around, place: str) -> None:
        """Begin at the rule's first option.

        Args:
            cursor: Stands there.
            around: The ruleset.
            place: Of the rule.
        """
        super().__init__(cursor=cursor, around=around, place=place)
        self.parts: list[Condition] = []
        self.connection: list[Condition] = []
        self.state: Condition | None = None
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
        self.module, self.begun = module, self.cursor.at
        if module == "rpfilter":
            self.parts.append(routes.comes_back(self))
        elif module in PRESENT and self.version == 6:  # noqa: PLR2004 - IP version
            self.parts.append(headers.has_header(self, PRESENT[module]))
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
            read = headers.headers_not if is_negated else headers.headers
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


def unescaped(word: str) -> str:
    """A quoted word without the blank that keeps it from looking like an option."""
    return word[1:] if word[:2] in (" -", " !") else word


TRANSPORT: Mapping[str, Reads] = {
    **dict.fromkeys(
        ("--sport", "--source-port", "--sports", "--source-ports"), lambda rule: headers.ports(rule, SPORT)
    ),
    **dict.fromkeys(
        ("--dport", "--destination-port", "--dports", "--destination-ports"), lambda rule: headers.ports(rule, DPORT)
    ),
    "--ports": lambda rule: headers.ports(rule, SPORT, DPORT),
    "--tcp-flags": headers.flags,
    "--syn": headers.syn,
    "--icmp-type": lambda rule: headers.icmp(rule, 4),
    "--icmpv6-type": lambda rule: headers.icmp(rule, 6),
}
"""Options that need a transport header."""
BASE: Mapping[str, Reads] = {
    **dict.fromkeys(("-p", "--protocol"), headers.set_protocol),
    **dict.fromkeys(("-s", "--source", "--src"), lambda rule: addresses.address(rule, addresses.SOURCE)),
    **dict.fromkeys(("-d", "--destination", "--dst"), lambda rule: addresses.address(rule, addresses.DESTINATION)),
    **dict.fromkeys(("-i", "--in-interface"), lambda rule: addresses.interface(rule, IN_INTERFACE)),
    **dict.fromkeys(("-o", "--out-interface"), lambda rule: addresses.interface(rule, OUT_INTERFACE)),
    **dict.fromkeys(("-f", "--fragment"), lambda _rule: LATER),
}
"""Options that belong to no module."""
OPTIONS: Mapping[str, Reads] = {
    **BASE,
    "--src-type": lambda rule: routes.kinds(rule, of_source=True),
    "--dst-type": lambda rule: routes.kinds(rule, of_source=False),
    **dict.fromkeys(("--limit-iface-in", "--limit-iface-out"), lambda _rule: ALWAYS),
    "--match-set": extensions.member,
    "--tos": headers.type_of_service,
    **dict.fromkeys(("--ctstate", "--state"), extensions.states),
    "--ctstatus": extensions.status,
    "--ctdir": extensions.direction,
    "--src-range": lambda rule: addresses.span(rule, addresses.SOURCE),
    "--dst-range": lambda rule: addresses.span(rule, addresses.DESTINATION),
    "--mark": lambda rule: extensions.mark(rule, CT_MARK if rule.module == "connmark" else MARK),
    "--length": lambda rule: headers.within(rule, LENGTH),
    "--dscp": headers.code_point,
    "--dscp-class": headers.code_point_class,
    **dict.fromkeys(("--ttl-eq", "--hl-eq"), lambda rule: is_(TTL, rule.cursor.number(TTL.top))),
    **dict.fromkeys(("--ttl-lt", "--hl-lt"), lambda rule: headers.below(rule, TTL)),
    **dict.fromkeys(("--ttl-gt", "--hl-gt"), lambda rule: headers.above(rule, TTL)),
}
FRAGMENT_OPTIONS: Mapping[str, Reads] = {
    "--fragfirst": lambda _rule: NOT_LATER,
    "--fragmore": headers.more_fragments,
    "--fraglast": lambda rule: negated(headers.more_fragments(rule)),
}
"""Options of the module `frag`."""
