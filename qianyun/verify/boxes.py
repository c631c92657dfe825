"""Packet sets a person can read: disjoint boxes of intervals, and exact counts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range

from qianyun.verify.diagrams import Diagram
from qianyun.verify.fields import (
    BRIDGE,
    DPORT,
    DST4,
    DST6,
    FIELDS,
    HEADER,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    OUT_INTERFACE,
    PROTOCOL,
    PROTOCOLS,
    REPLY,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    VERSION,
    Field,
    Range,
    Ranges,
    State,
    Version,
    interface_name,
    merged,
)
from qianyun.verify.packets import arms_of, exists
from qianyun.verify.space import PacketSet

Box = Mapping[Field, Ranges]
NO_NAMES: Mapping[Ranges, str] = {}


def boxes(packets: PacketSet) -> Iterator[Box]:
    """The set as disjoint boxes: for each, the ranges of every field that is bounded."""
    space = packets.space

    def walk(diagram: Diagram, so_far: dict[Field, Ranges]) -> Iterator[Box]:
        if not diagram.satisfiable():
            return
        seen = space.engine.branches(diagram)
        if seen is None:
            yield dict(so_far)
            return
        field = space.axes[seen.axis].field
        together: dict[Diagram, list[Range]] = {}
        for values, below in arms_of(space, seen):
            together.setdefault(below, []).append(values)
        for below, ranges in together.items():
            yield from walk(below, {**so_far, field: merged(ranges)})

    yield from walk(packets.diagram, {})


def count(packets: PacketSet, fields: Sequence[Field] = HEADER) -> int:
    """How many packets there are, told apart by these fields alone; exact."""
    space = packets.space
    others = [axis.field for axis in space.axes if axis.field not in fields]
    order = [axis for axis in space.axes if axis.field in fields]

    @cache
    def below(diagram: Diagram, at: int, version: int | None) -> int:
        if not diagram.satisfiable():
            return 0
        if at == len(order):
            return 1
        axis = order[at]
        if version is not None and not exists(axis.field, {VERSION: version}):
            return below(diagram, at + 1, version)
        seen = space.engine.branches(diagram)
        if axis.field is not VERSION and (seen is None or seen.axis != axis.number):
            return (axis.field.top + 1) * below(diagram, at + 1, version)
        arms = (
            arms_of(space, seen) if seen is not None and seen.axis == axis.number else [((0, axis.field.top), diagram)]
        )
        if axis.field is VERSION:
            return sum(below(under, at + 1, v) for (a, b), under in arms for v in range(a, b + 1))
        return sum((last - first + 1) * below(under, at + 1, version) for (first, last), under in arms)

    return below(packets.forget(*others).diagram, 0, None)


def readable(box: Box, names: Mapping[Ranges, str] = NO_NAMES) -> str:
    """A box in one line: `ipv4 tcp 10.0.0.0/8 → 192.0.2.0/24 port 80,443`.

    Args:
        box: As `boxes` gives it.
        names: What people call some sets of addresses, for example a whole zone.
    """
    words = [_version_word(box), *_names(box)]
    for pair, arrow in (((SRC4, SRC6), ""), ((DST4, DST6), "→ ")):
        spans = [names.get(ranges) or _addresses(ranges, each.version) for each in pair if (ranges := box.get(each))]
        words.append(arrow + (", ".join(dict.fromkeys(spans)) or "any"))
    words.extend(_ports(box))
    shown = {VERSION, PROTOCOL, SRC4, SRC6, DST4, DST6, SPORT, DPORT, STATE}
    if STATE in box:
        words.append("state " + ",".join(State(n).name.lower() for a, b in box[STATE] for n in range(a, b + 1)))
    order = [*FIELDS, *(each for each in box if each not in FIELDS)]
    words.extend(f"{each.name} {_values(each, box[each])}" for each in order if each in box and each not in shown)
    return " ".join(word for word in words if word)


def _version_word(box: Box) -> str:
    ranges = box.get(VERSION)
    return "" if ranges is None or ranges == ((0, 1),) else ("ipv6" if ranges[0][0] == Version.V6 else "ipv4")


def _names(box: Box) -> list[str]:
    if PROTOCOL not in box:
        return ["any protocol"]
    ranges = box[PROTOCOL]
    if all(first == last for first, last in ranges):
        return [",".join(PROTOCOLS.get(first, f"protocol {first}") for first, _last in ranges)]
    return [f"protocols {_spans(ranges)}"]


def _ports(box: Box) -> list[str]:
    only = {
        number for first, last in box.get(PROTOCOL, ((0, 255),)) for number in range(first, min(last, first + 1) + 1)
    }
    if SPORT in box and only <= {ICMP, ICMPV6}:
        return [
            "type/code "
            + ",".join(f"{a >> 8}/{a & 255}" + (f"-{b >> 8}/{b & 255}" if a != b else "") for a, b in box[SPORT])
        ]
    words = [f"source port {_spans(box[SPORT])}"] if SPORT in box else []
    return words + ([f"port {_spans(box[DPORT])}"] if DPORT in box else [])


def _spans(ranges: Ranges) -> str:
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def _values(field: Field, ranges: Ranges) -> str:
    if field not in (IN_INTERFACE, OUT_INTERFACE, BRIDGE):
        return "yes" if field is REPLY and ranges == ((1, 1),) else _spans(ranges)
    return ",".join(
        interface_name(first) if first == last else f"{interface_name(first)}..{interface_name(last)}"
        for first, last in ranges
    )


def _addresses(ranges: Ranges, version: int, most: int = 6) -> str:
    kind = IPv4Address if version == 4 else IPv6Address  # noqa: PLR2004 - IP version
    words: list[str] = []
    for first, last in ranges:
        nets: list[IPv4Network | IPv6Network] = []
        for net in summarize_address_range(kind(first), kind(last)):
            nets.append(net)
            if len(nets) > 1:
                break
        single = nets[0].prefixlen == nets[0].max_prefixlen
        words.append(
            (str(nets[0].network_address) if single else str(nets[0]))
            if len(nets) == 1
            else f"{kind(first)}-{kind(last)}"
        )
    more = f" (+{len(words) - most})" if len(words) > most else ""
    return ",".join(words[:most]) + more
