"""One packet explained: what the policy says of it, and which lines decide about it.

A packet is written as findings show it: `tcp 10.1.0.5:50000 → 192.0.2.7:443`, with `>` or `->`
for the arrow, perhaps followed by `iif eth0`, `oif eth1` and a state of its connection.
"""

import re
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Address, IPv6Address, ip_address

from qianyun.errors import Fault, ReadError
from qianyun.policy.model import Policy
from qianyun.policy.rules import prefixes_of, rules_of
from qianyun.verify import declared
from qianyun.verify.chains import Ruleset
from qianyun.verify.connections import answer_to, as_tracked
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    EXTENSION,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    NO_EXTENSION,
    OUT_INTERFACE,
    PORTED,
    PROTOCOL,
    PROTOCOLS,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    TCP_FLAGS,
    VERSION,
    Field,
    State,
    Version,
    interface_number,
)
from qianyun.verify.packets import ECHO_REQUEST, EPHEMERAL, SYN, Packet
from qianyun.verify.tracing import Bound, Trace, trace, true_of
from qianyun.words import _

SHAPE = re.compile(
    r"""\s*(?P<protocol>[\w-]+) \s+ (?P<source>\S+) \s*(?:→|->|>)\s* (?P<target>\S+) (?P<rest>.*)""", re.VERBOSE
)
NUMBERS = {name: number for number, name in PROTOCOLS.items()}
EXAMPLE = "tcp 10.1.0.5:50000 > 192.0.2.7:443"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is to be said of one packet.

    Attributes:
        flows: Names and places of the flows that permit it as the first of a connection.
        trace: Its way through the firewall.
        answer: Where it opens a connection that the firewall tracks: the first answer, as it comes.
        back: The answer's way.
    """

    packet: Packet
    origin: str
    target: str
    flows: tuple[tuple[str, str], ...]
    trace: Trace
    answer: Packet | None = None
    back: Trace | None = None


def explain(policy: Policy, firewall: Ruleset, packet: Packet, on: date) -> Explanation:
    """Follow one packet through the policy and the firewall."""
    permitting = [
        (rule.flow, rule.source) for rule in rules_of(policy, on) if true_of(declared.permitted_by(rule), packet.values)
    ]
    way = trace(firewall, packet.values)
    answer = _answer(packet, way) if firewall.tracks and way.passes else None
    bound = Bound(before=packet.values, after=way.values)
    return Explanation(
        packet=packet,
        origin=_zone_of(policy, packet.source),
        target=_zone_of(policy, packet.destination),
        flows=tuple(dict.fromkeys(permitting)),
        trace=way,
        answer=answer,
        back=trace(firewall, as_tracked(answer.values, bound), bound=bound) if answer else None,
    )


def _answer(packet: Packet, way: Trace) -> Packet | None:
    """The first answer to a packet that opens a connection, as it comes from the other side."""
    if packet.values.get(STATE, 0) != State.NEW:
        return None
    came = {of: packet.values.get(by, 0) for of, by in ((IN_INTERFACE, OUT_INTERFACE), (OUT_INTERFACE, IN_INTERFACE))}
    return Packet(values={**answer_to(way.values), **came})


def _zone_of(policy: Policy, address: IPv4Address | IPv6Address) -> str:
    return next(
        zone.name
        for zone in policy.zones
        if any(address in prefix for prefix in prefixes_of(declared.whole(policy, zone.name), policy, address.version))
    )


def packet_of(text: str) -> Packet:
    """Read a packet as a person writes it.

    Raises:
        ReadError: It cannot be read; says which part and shows an example.
    """
    found = SHAPE.fullmatch(text)
    if found is None:
        raise _unread(text, _("is no packet"))
    protocol = NUMBERS.get(found["protocol"])
    if protocol is None:
        protocol = _number(found["protocol"].removeprefix("protocol-"), text, 255)
    source, source_port = _end(found["source"], text)
    target, target_port = _end(found["target"], text)
    if source.version != target.version:
        raise _unread(text, _("mixes IPv4 and IPv6"))
    if protocol in PORTED and target_port is None:
        raise _unread(text, _("names no destination port"))
    six = source.version == 6  # noqa: PLR2004 - IP version
    values: dict[Field, int] = {VERSION: Version.V6 if six else Version.V4, PROTOCOL: protocol}
    values |= {SRC6: int(source), DST6: int(target)} if six else {SRC4: int(source), DST4: int(target)}
    values |= {EXTENSION: NO_EXTENSION, TCP_FLAGS: SYN, STATE: State.NEW}
    if protocol in PORTED:
        values |= {SPORT: EPHEMERAL if source_port is None else source_port, DPORT: target_port or 0}
    elif protocol in (ICMP, ICMPV6):
        values[SPORT] = ECHO_REQUEST[source.version]
    return Packet(values=values | _rest(found["rest"], text))


def _end(text: str, whole: str) -> tuple[IPv4Address | IPv6Address, int | None]:
    """Address and port of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`."""
    address, port = text, ""
    if text.startswith("["):
        address, _sign, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        address, _sign, port = text.partition(":")
    try:
        return ip_address(address), _number(port, whole, 0xFFFF) if port else None
    except ValueError as error:
        raise _unread(whole, _("{word!r} is no address").format(word=address)) from error


def _number(text: str, whole: str, top: int) -> int:
    if text.isdecimal() and int(text) <= top:
        return int(text)
    raise _unread(whole, _("{word!r} is no number up to {top}").format(word=text, top=top))


def _rest(text: str, whole: str) -> dict[Field, int]:
    values: dict[Field, int] = {}
    words = text.split()
    while words:
        word = words.pop(0)
        if word.upper() in State.__members__:
            values[STATE] = State[word.upper()]
        elif word in ("iif", "oif") and words:
            values[IN_INTERFACE if word == "iif" else OUT_INTERFACE] = interface_number(words.pop(0))
        elif word == "type" and words:
            values[SPORT] = _number(words.pop(0), whole, 255) << 8 | values.get(SPORT, 0) & 255
        elif word == "code" and words:
            values[SPORT] = values.get(SPORT, 0) & ~255 | _number(words.pop(0), whole, 255)
        else:
            raise _unread(whole, _("{word!r} is not understood").format(word=word))
    return values


def _unread(text: str, why: str) -> ReadError:
    return ReadError(
        Fault(place="", what=f"{text!r}: {why}", mend=_("write it like {example}").format(example=EXAMPLE))
    )
