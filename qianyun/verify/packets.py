"""One packet, and the one that a set shows for itself.

A witness is a real packet that anyone may send to see for himself; among all that a set holds
the one is chosen that looks most like traffic (a connection being opened by TCP, a well-known
port, a host's address), and always the same one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from qianyun.verify.diagrams import Branches, Diagram
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    EXTENSION,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    LENGTH,
    NO_EXTENSION,
    OUT_INTERFACE,
    PORTED,
    PROTOCOL,
    PROTOCOLS,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    TCP,
    TCP_FLAGS,
    TTL,
    UDP,
    VERSION,
    Field,
    Range,
    State,
    Version,
    interface_name,
)
from qianyun.verify.space import PacketSet, Space
from qianyun.words import _

SYN = 2
TYPICAL_PORTS = (443, 80, 22, 3389, 3306, 1521, 5432, 6379, 445, 53, 8080, 8443)
EPHEMERAL = 50_000
ECHO_REQUEST = {4: 8 << 8, 6: 128 << 8}
TYPICAL: Mapping[Field, Sequence[int]] = {
    VERSION: (Version.V4, Version.V6),
    PROTOCOL: (TCP, UDP, ICMP, ICMPV6),
    DPORT: TYPICAL_PORTS,
    SPORT: (EPHEMERAL,),
    TCP_FLAGS: (SYN,),
    EXTENSION: (NO_EXTENSION,),
    TTL: (64,),
    LENGTH: (60,),
    STATE: tuple(State),
}
"""What a packet looks like where a set leaves the choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet, by the value of each field it has."""

    values: Mapping[Field, int]

    @property
    def version(self) -> int:
        """4 or 6."""
        return 6 if self.values.get(VERSION, 0) == Version.V6 else 4

    @property
    def protocol(self) -> int:
        """IP protocol number."""
        return self.values.get(PROTOCOL, 0)

    @property
    def source(self) -> IPv4Address | IPv6Address:
        """Who sends it."""
        return self._address(SRC4, SRC6)

    @property
    def destination(self) -> IPv4Address | IPv6Address:
        """Whom it is sent to."""
        return self._address(DST4, DST6)

    @property
    def destination_port(self) -> int | None:
        """Port it is sent to; `None` for protocols without ports."""
        return self.values.get(DPORT, 0) if self.protocol in PORTED else None

    def _address(self, four: Field, six: Field) -> IPv4Address | IPv6Address:
        if self.version == 6:  # noqa: PLR2004 - IP version
            return IPv6Address(self.values.get(six, 0))
        return IPv4Address(self.values.get(four, 0))

    @property
    def source_end(self) -> str:
        """Who sends it, with the port where it has one."""
        return self._end(self.source, SPORT)

    @property
    def destination_end(self) -> str:
        """Whom it is sent to, with the port where it has one."""
        return self._end(self.destination, DPORT)

    def _end(self, address: IPv4Address | IPv6Address, port: Field) -> str:
        if self.protocol not in PORTED:
            return str(address)
        shown = f"[{address}]" if self.version == 6 else str(address)  # noqa: PLR2004 - IP version
        return f"{shown}:{self.values.get(port, 0)}"

    def __str__(self) -> str:
        values = self.values
        name = PROTOCOLS.get(self.protocol, f"protocol-{self.protocol}")
        source, target = self.source_end, self.destination_end
        tail = ""
        if self.protocol in (ICMP, ICMPV6):
            word = values.get(SPORT, 0)
            tail = f" type {word >> 8} code {word & 255}"
        for field, name_of in ((IN_INTERFACE, "iif"), (OUT_INTERFACE, "oif")):
            if values.get(field):
                tail += f" {name_of} {interface_name(values[field])}"
        state = State(values.get(STATE, 0))
        if state is not State.NEW:
            tail += f" {state.name.lower()}"
        return f"{name} {source} → {target}{tail}"


def changes(before: Mapping[Field, int], after: Mapping[Field, int]) -> Iterator[str]:
    """What translation did to a packet, in a person's words: its source first."""
    old, new = Packet(values=before), Packet(values=after)
    for sentence, then, now in (
        (_("source translated to {end}"), old.source_end, new.source_end),
        (_("destination translated to {end}"), old.destination_end, new.destination_end),
    ):
        if then != now:
            yield sentence.format(end=now)


def witness(packets: PacketSet, *, prefer: Mapping[Field, Sequence[int]] | None = None) -> Packet | None:
    """The most typical packet of a set; `None` out of the empty set.

    Args:
        packets: Where to choose from.
        prefer: Values to take before the typical ones, by field.
    """
    if not packets:
        return None
    wishes = {**TYPICAL, **(prefer or {})}
    space, values, diagram = packets.space, dict[Field, int](), packets.diagram
    while (seen := space.engine.branches(diagram)) is not None:
        axis = space.axes[seen.axis]
        _settle(values, space, wishes, before=seen.axis)
        best, diagram = _best(_wishes_for(axis.field, values, wishes), arms_of(space, seen))
        values[axis.field] = best
    _settle(values, space, wishes, before=len(space.axes))
    return Packet(values={field: values[field] for field in values if exists(field, values)})


def exists(field: Field, values: Mapping[Field, int]) -> bool:
    """Whether a packet with these values has the field at all."""
    return not field.version or (field.version == 6) == (values.get(VERSION, 0) == Version.V6)  # noqa: PLR2004


def _settle(values: dict[Field, int], space: Space, wishes: Mapping[Field, Sequence[int]], before: int) -> None:
    """Give the fields that the set does not test their typical values."""
    for axis in space.axes[len(values) : before]:
        wish = _wishes_for(axis.field, values, wishes)
        values[axis.field] = wish[0] if wish else 0


def _wishes_for(field: Field, values: Mapping[Field, int], wishes: Mapping[Field, Sequence[int]]) -> tuple[int, ...]:
    given = tuple(wishes.get(field, ()))
    if field is SPORT and values.get(PROTOCOL) in (ICMP, ICMPV6):
        return (ECHO_REQUEST[6 if values.get(PROTOCOL) == ICMPV6 else 4], *given)
    if field is PROTOCOL and values.get(VERSION) == Version.V6:
        return (*(number for number in given if number != ICMP), ICMP)
    return given


def _best(wishes: Sequence[int], arms: Sequence[tuple[Range, Diagram]]) -> tuple[int, Diagram]:
    live = [(values, below) for values, below in arms if below.satisfiable()]
    for wish in wishes:
        for (first, last), below in live:
            if first <= wish <= last:
                return wish, below
    (first, last), below = live[0]
    if first == 0 and len(live) > 1 and not wishes:
        (first, last), below = live[1]
    return min(first + 1, last) if last - first > 1 else first, below


def arms_of(space: Space, seen: Branches) -> list[tuple[Range, Diagram]]:
    """The arms of a diagram's first axis in values of its field."""
    axis = space.axes[seen.axis]
    return [(axis.values_of((first, last)), below) for first, last, below in seen.arms]
