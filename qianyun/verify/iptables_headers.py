"""Options of iptables that ask for what stands in a packet's headers.

Source: iptables(8), iptables-extensions(8); the kernel's xt_tcpudp, xt_multiport and ip_tables: a later fragment has
no ports, so no port matches it, be it negated or not.
"""

from collections.abc import Mapping

from qianyun.verify.acls.matches import LATER, icmp_words, port
from qianyun.verify.acls.names import DSCP as CODE_POINTS
from qianyun.verify.acls.names import TCP_FLAGS, TCP_PORTS, UDP_PORTS
from qianyun.verify.acls.statements import NotUnderstoodError, number
from qianyun.verify.conditions import ALWAYS, NEVER, Condition, In, all_of, any_of, cannot_tell, is_, negated
from qianyun.verify.fields import DSCP as CODE_POINT
from qianyun.verify.fields import (
    EXTENSION,
    FRAGMENT,
    ICMP,
    ICMPV6,
    NO_EXTENSION,
    PORTED,
    PROTOCOL,
    SPORT,
    UDP,
    Field,
    Fragment,
    masked,
)
from qianyun.verify.fields import TCP_FLAGS as FLAGS
from qianyun.verify.iptables_marks import mark_number
from qianyun.verify.iptables_names import MESSAGES, MESSAGES6, PROTOCOLS
from qianyun.verify.iptables_options import Options
from qianyun.words import _

FRAGMENT_HEADER = 44
ALL_FLAGS = {"ALL": 63, "NONE": 0, **{name.upper(): bit for name, bit in TCP_FLAGS.items()}}
HEADERS: Mapping[str, int] = {
    "hop-by-hop": 0, "hop": 0, "ipv6-route": 43, "route": 43, "ipv6-frag": FRAGMENT_HEADER, "frag": FRAGMENT_HEADER,
    "ipv6-opts": 60, "dst": 60, "ah": 51, "auth": 51, "esp": 50, "ipv6-nonxt": 59, "none": 59, "protocol": -1,
    "prot": -1, "proto": -1,
}  # fmt: skip
NO_TRANSPORT = (50, 59)
"""Encrypted, and nothing at all."""


def set_protocol(rule: Options) -> Condition:
    """By name or number; 0 and `all` mean every protocol."""
    word = rule.cursor.take().lower()
    if word in ("all", "0"):
        return ALWAYS
    found = PROTOCOLS.get(word)
    rule.protocol = number(word, 255) if found is None else found
    return is_(PROTOCOL, rule.protocol) if rule.protocol else ALWAYS


def ports(rule: Options, *sides: Field) -> Condition:
    """`22`, `1024:65535`, `22,80,1000:2000`, on any of the sides."""
    if rule.protocol not in PORTED:
        raise NotUnderstoodError(_("only TCP and UDP have ports here"))
    names = UDP_PORTS if rule.protocol == UDP else TCP_PORTS
    spans = []
    for word in rule.cursor.take().split(","):
        low, colon, high = word.partition(":")
        first = port(low, names) if low else 0
        spans.append((first, (port(high, names) if high else 65535) if colon else first))
    kept = [span for span in spans if span[0] <= span[1]]
    return any_of(*(is_(side, *kept) for side in sides))


def flags(rule: Options) -> Condition:
    """`--tcp-flags MASK SET`."""
    mask, wanted = (sum({ALL_FLAGS[each] for each in rule.words(ALL_FLAGS)}) for _turn in range(2))
    return In(FLAGS, masked(FLAGS, mask, wanted) or ())


def syn(_rule: Options) -> Condition:
    """Of SYN, RST, ACK and FIN only SYN is set."""
    return In(FLAGS, masked(FLAGS, 0x17, 0x02) or ())


def icmp(rule: Options, version: int) -> Condition:
    """`8`, `3/4`, a name, `any`."""
    word = rule.cursor.take()
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


def has_header(rule: Options, header: int) -> Condition:
    """We know the first extension header; whether another follows it, we do not."""
    first = is_(EXTENSION, header)
    if not header:
        return first
    follows = all_of(
        negated(is_(EXTENSION, header, NO_EXTENSION)),
        rule.around.doubts.about(f"extension header {header} follows"),
    )
    if header == FRAGMENT_HEADER:
        return any_of(first, negated(is_(FRAGMENT, Fragment.WHOLE)), follows)
    return any_of(first, follows)


def headers(rule: Options) -> Condition:
    """`--header hop,dst --soft`: these headers are there; without `--soft`, and no other."""
    wanted = [HEADERS[word] for word in rule.words(HEADERS, lower=True)]
    each = [_in_chain(rule, header) for header in wanted]
    if rule.cursor.accept("--soft"):
        return all_of(*each)
    alone = [is_(EXTENSION, NO_EXTENSION), is_(PROTOCOL, 51)]
    exact: Condition = NEVER
    if wanted == [-1]:
        exact = all_of(alone[0], negated(is_(PROTOCOL, 51, *NO_TRANSPORT)))
    elif len(wanted) == 1 and wanted[0] in NO_TRANSPORT:
        exact = all_of(alone[0], is_(PROTOCOL, wanted[0]))
    others = any_of(negated(alone[0]), alone[1])
    return any_of(exact, all_of(others, *each, cannot_tell(f"{rule.place} no other header")))


def headers_not(rule: Options) -> Condition:
    """The same, asked with `!`; with `--soft` none of them may be there."""
    at = rule.cursor.at
    held = headers(rule)
    if rule.cursor.words[rule.cursor.at - 1] != "--soft":
        return held
    end, rule.cursor.at = rule.cursor.at, at
    each = [_in_chain(rule, HEADERS[word]) for word in rule.words(HEADERS, lower=True)]
    rule.cursor.at = end
    return any_of(*each)


def _in_chain(rule: Options, header: int) -> Condition:
    if header == -1:
        return negated(is_(PROTOCOL, *NO_TRANSPORT))
    if header in NO_TRANSPORT:
        return is_(PROTOCOL, header)
    return any_of(has_header(rule, header), is_(PROTOCOL, header)) if header == 51 else has_header(rule, header)  # noqa: PLR2004 - AH


def more_fragments(rule: Options) -> Condition:
    """More fragments of the datagram follow."""
    return any_of(is_(FRAGMENT, Fragment.FIRST), all_of(LATER, rule.around.doubts.about("more fragments follow")))


def within(rule: Options, asked: Field) -> Condition:
    """`40:1500`."""
    low, colon, high = rule.cursor.take().partition(":")
    first = number(low or "0", asked.top)
    last = (number(high, asked.top) if high else asked.top) if colon else first
    return is_(asked, (first, last)) if first <= last else any_of()


def code_point(rule: Options) -> Condition:
    """By number."""
    word = rule.cursor.take()
    return is_(CODE_POINT, mark_number(word) & 63)


def code_point_class(rule: Options) -> Condition:
    """By name."""
    return is_(CODE_POINT, CODE_POINTS[rule.words(CODE_POINTS, lower=True)[0]])


def type_of_service(rule: Options) -> Condition:
    """`--tos 0x10/0x3f`: the two lowest of its bits (RFC 3168) we do not see."""
    value, _slash, mask = rule.cursor.take().partition("/")
    bits, wanted = mark_number(mask or "0xff") & 255, mark_number(value) & 255
    seen = masked(CODE_POINT, bits >> 2, wanted >> 2) or ()
    if wanted & ~bits:
        return NEVER
    return all_of(In(CODE_POINT, seen), cannot_tell(f"{rule.place} tos")) if bits & 3 else In(CODE_POINT, seen)


def below(rule: Options, asked: Field) -> Condition:
    """Less than a number."""
    value = rule.cursor.number(asked.top)
    return is_(asked, (0, value - 1)) if value else any_of()


def above(rule: Options, asked: Field) -> Condition:
    """More than a number."""
    value = rule.cursor.number(asked.top)
    return is_(asked, (value + 1, asked.top)) if value < asked.top else any_of()
