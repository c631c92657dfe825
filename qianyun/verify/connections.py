"""Connections: what answers a packet, and what a box that has let the packet pass says of the answer."""

from collections.abc import Mapping

from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DSCP,
    DST4,
    DST6,
    EXTENSION,
    HEADER,
    ICMP,
    ICMPV6,
    LENGTH,
    PORTED,
    PROTOCOL,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    STATUS,
    TCP,
    TCP_FLAGS,
    TTL,
    UDP,
    VERSION,
    Field,
    Ranges,
    State,
    merged,
)
from qianyun.verify.tracing import Bound

Values = Mapping[Field, int]
OPPOSITE = {SRC4: DST4, DST4: SRC4, SRC6: DST6, DST6: SRC6, SPORT: DPORT, DPORT: SPORT}
ECHOES = {(ICMP, 8): 0, (ICMPV6, 128): 129}
AGREED = 18
"""TCP's flags SYN and ACK."""
ANSWERED = 2 | 8
"""Status of a connection that is confirmed and has seen an answer."""


def answer_to(values: Values) -> Values:
    """The first packet that comes back: from the end to the beginning, TCP's agreement, an echo's reply."""
    swapped = {of: values[by] for of, by in OPPOSITE.items() if by in values}
    kept = {of: values[of] for of in (VERSION, PROTOCOL, EXTENSION, DSCP, TTL, LENGTH) if of in values}
    protocol = values.get(PROTOCOL, 0)
    if protocol not in PORTED:
        kind = values.get(SPORT, 0) >> 8
        swapped |= {SPORT: ECHOES.get((protocol, kind), kind) << 8, DPORT: 0}
    if protocol == TCP:
        swapped[TCP_FLAGS] = AGREED
    return {**kept, **swapped}


def requests(ranges: Ranges) -> dict[int, Ranges]:
    """By protocol: types and codes of echo requests whose replies have these."""
    found: dict[int, Ranges] = {}
    for (protocol, request), reply in ECHOES.items():
        inside = [(max(a, reply << 8), min(b, reply << 8 | 255)) for a, b in ranges]
        shift = request - reply << 8
        found[protocol] = merged((a + shift, b + shift) for a, b in inside if a <= b)
    return found


def answers(values: Values, packet: Values) -> bool:
    """Whether a packet is what answers another one."""
    wanted = answer_to(packet)
    return all(values.get(of, 0) == wanted.get(of, 0) for of in HEADER)


def as_tracked(came: Values, bound: Bound | None) -> Values:
    """An answer, with what the box says of it: part of what it let pass, or of nothing that it knows."""
    if bound is None:
        new = came.get(PROTOCOL, 0) == UDP
        return {**came, STATE: State.NEW if new else State.INVALID, REPLY: 0}
    mark, status = bound.after.get(CT_MARK, 0), ANSWERED | bound.changed
    return {**came, STATE: State.ESTABLISHED, REPLY: 1, STATUS: status, CT_MARK: mark}
