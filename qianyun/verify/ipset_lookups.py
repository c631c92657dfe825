"""Looking packets up in sets of ipset, as conditions.

Of networks the most specific one that holds the address decides, be it `nomatch` or not; a set that
needs more directions than the rule names, or that is of the other family, holds nothing. A port is
that of TCP, UDP, UDP-Lite and SCTP, and type and code of ICMP; other protocols have port 0.

Source: Linux `net/netfilter/ipset`: `ip_set_core.c`, `ip_set_getport.c`, `ip_set_hash_gen.h`, `ip_set_hash_netiface.c`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from qianyun.verify.acls.matches import LATER, NOT_LATER
from qianyun.verify.acls.statements import NotUnderstoodError
from qianyun.verify.conditions import NEVER, Condition, In, all_of, any_of, cannot_tell, is_
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    OUT_INTERFACE,
    PROTOCOL,
    SCTP,
    SPORT,
    SRC4,
    SRC6,
    TCP,
    UDP,
    UDPLITE,
    Field,
    Range,
    Ranges,
    masked,
    merged,
)
from qianyun.verify.ipset import LIST, Addresses, Interfaces, IpSet, IpSets, Member, Part, Ports
from qianyun.words import _

PORTED = (TCP, UDP, UDPLITE, SCTP)
SOURCE: Mapping[int, Field] = {4: SRC4, 6: SRC6}
DESTINATION: Mapping[int, Field] = {4: DST4, 6: DST6}


class Lookups:
    """Sets of one firewall, and what its rules ask of them."""

    def __init__(self, sets: IpSets, changed: Collection[str]) -> None:
        """`changed` names the sets that rules add to or delete from: their contents are not known."""
        self.sets, self.changed = sets, changed
        self._doubts: dict[str, Condition] = {}

    def holding(self, name: str, sources: Sequence[bool], version: int, *, excluded: bool = False) -> Condition:
        """The packets of one family that a set holds.

        Args:
            name: Of the set.
            sources: For each part of an element, whether the packet's source is looked up, or its destination.
            version: 4 or 6.
            excluded: The packets that a `nomatch` element keeps out are wanted.

        Raises:
            NotUnderstoodError: The set is not there.
        """
        found = self.sets.by_name.get(name)
        if found is None:
            raise NotUnderstoodError(
                _("the set {name!r} is not in the listing; collect the output of ipset save too").format(name=name)
            )
        if len(sources) < len(found.parts) or found.version not in (0, version):
            return NEVER
        if found.kind == LIST and found.known and name not in self.changed:
            names = [part.text for member in found.members for part in member.parts if not isinstance(part, Typed)]
            inner = [each for each in names if each not in self.sets.by_name or self.sets.by_name[each].kind != LIST]
            return any_of(*(self.holding(each, sources, version, excluded=excluded) for each in inner))
        if not found.known or name in self.changed:
            return self._doubt(f"{name} {sources} {version} {excluded}")
        excluded = excluded and "net" in found.parts
        return self._held(found, sources, version, excluded=excluded)

    def _held(self, of: IpSet, sources: Sequence[bool], version: int, *, excluded: bool) -> Condition:
        firm = [member for member in of.members if not member.expires]
        fleeting = [member for member in of.members if member.expires]
        nets = of.parts.count("net")
        excludes = any(member.excludes for member in of.members)
        simple = of.mask is None or nets == 0
        decided = of.parts[0] == "net" and nets == 1 and "iface" not in of.parts
        if not simple or (excludes and not decided) or (fleeting and (excludes or "iface" in of.parts)):
            return self._doubt(f"{of.name} {sources} {version} {excluded}")
        made = _Elements(of, sources, version, self)
        parts = made.conditions(firm, excluded=excluded)
        if fleeting:
            gone = self._doubt(f"{of.name} elements that expire")
            parts.append(all_of(gone, any_of(*made.conditions(fleeting, excluded=excluded))))
        return any_of(*parts)

    def _doubt(self, what: str) -> Condition:
        return self._doubts.setdefault(what, cannot_tell(what))

    def hidden(self, of: IpSet, text: str) -> Condition:
        """What no packet shows: a hardware address, a bridge's port, a mark."""
        return self._doubt(f"{of.name} {text}")


Typed = Addresses | Ports | Interfaces


class _Elements:
    """The elements of a set as conditions, those alike put together."""

    def __init__(self, of: IpSet, sources: Sequence[bool], version: int, lookups: Lookups) -> None:
        self.of, self.sources, self.version, self.lookups = of, sources, version, lookups

    def conditions(self, members: Sequence[Member], *, excluded: bool) -> list[Condition]:
        """One for each group of elements that differ in addresses or ports alone."""
        if not isinstance(next((member.parts[0] for member in members), None), Addresses):
            return [all_of(*self._rest(member.parts, 0)) for member in members if not excluded]
        by_rest = defaultdict[tuple[Part, ...], list[Member]](list)
        for member in members:
            by_rest[member.parts[1:]].append(member)
        if "iface" in self.of.parts:
            spans = {rest: spans for rest, spans in self._deciding(by_rest).items() if not excluded}
        else:
            spans = {rest: self._spans(held, excluded=excluded) for rest, held in by_rest.items()}
        return [
            all_of(In(self._address(0), where), *self._rest(rest, 1, ports))
            for (where, rest), ports in _ports_together(spans)
            if where
        ]

    def _spans(self, members: Sequence[Member], *, excluded: bool) -> Ranges:
        """Addresses of members that are alike in all else; among networks, the more specific one decides."""
        if self.of.mask is not None:
            return merged(span for member in members for span in self._masked(member.parts[0]))
        if not any(member.excludes for member in members):
            return merged(
                part.span
                for member in members
                for part in member.parts[:1]
                if isinstance(part, Addresses) and member.excludes == excluded
            )
        by_length = defaultdict[tuple[int, bool], list[Range]](list)
        for member in members:
            for part in member.parts[:1]:
                if isinstance(part, Addresses):
                    by_length[part.length, member.excludes != excluded].append(part.span)
        held: Ranges = ()
        for (_length, leaves), spans in sorted(by_length.items()):
            held = without(held, merged(spans)) if leaves else merged((*held, *spans))
        return held

    def _masked(self, part: Part) -> Ranges:
        if not isinstance(part, Addresses) or self.of.mask is None:
            return ()
        found = masked(self._address(0), self.of.mask, part.span[0] & self.of.mask)
        if found is None:
            raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
        return found

    def _deciding(self, by_rest: Mapping[tuple[Part, ...], Sequence[Member]]) -> dict[tuple[Part, ...], Ranges]:
        """The addresses for which an element's network is the most specific one, whatever interface it names."""
        nets = {part for held in by_rest.values() for member in held for part in member.parts[:1]}
        ordered = sorted(
            (part for part in nets if isinstance(part, Addresses)), key=lambda net: (net.span[0], net.length)
        )
        own = dict[Part, Ranges]()
        for at, net in enumerate(ordered):
            inner = takewhile(_starting_in(net), ordered[at + 1 :])
            own[net] = without((net.span,), merged(each.span for each in inner))
        return {rest: merged(s for member in held for s in own[member.parts[0]]) for rest, held in by_rest.items()}

    def _address(self, place: int) -> Field:
        return (SOURCE if self.sources[place] else DESTINATION)[self.version]

    def _rest(self, parts: Iterable[Part], first: int, ports: Ranges = ()) -> Iterator[Condition]:
        for place, part in enumerate(parts, first):
            source = self.sources[place]
            if isinstance(part, Addresses):
                yield is_(self._address(place), part.span)
            elif isinstance(part, Ports):
                yield _port(part.protocol, ports or (part.span,), source, self.version)
            elif isinstance(part, Interfaces):
                yield is_(IN_INTERFACE if source else OUT_INTERFACE, part.span)
            else:
                yield self.lookups.hidden(self.of, part.text)


def _starting_in(net: Addresses) -> Callable[[Addresses], bool]:
    """Whether another network begins inside this one, and so lies in it."""
    return lambda other: other.span[0] <= net.span[1]


def _ports_together(
    spans: Mapping[tuple[Part, ...], Ranges],
) -> Iterator[tuple[tuple[Ranges, tuple[Part, ...]], Ranges]]:
    """Elements that differ in their ports alone, with all these ports."""
    found = defaultdict[tuple[Ranges, int | None, tuple[Part, ...]], list[Range]](list)
    for rest, where in spans.items():
        if rest and isinstance(rest[0], Ports):
            found[where, rest[0].protocol, rest[1:]].append(rest[0].span)
        else:
            yield (where, rest), ()
    for (where, protocol, rest), ports in found.items():
        yield (where, (Ports(protocol, ports[0]), *rest)), merged(ports)


def _port(protocol: int | None, spans: Ranges, source: bool, version: int) -> Condition:  # noqa: FBT001 - one direction
    """Ports of a protocol; a later fragment has none, and what has no ports at all counts as port 0."""
    zero = spans[0][0] == 0
    if protocol is None:
        return all_of(is_(PROTOCOL, TCP, UDP), NOT_LATER, In(SPORT if source else DPORT, spans))
    named = is_(PROTOCOL, protocol)
    if protocol in PORTED:
        return all_of(named, NOT_LATER, In(SPORT if source else DPORT, spans))
    if protocol in (ICMP, ICMPV6):
        held = all_of(named, NOT_LATER, In(SPORT, spans))
        stranger = version == 4 and protocol == ICMPV6  # noqa: PLR2004 - IP version
        return any_of(held, all_of(named, LATER)) if stranger and zero else held
    if not zero:
        return NEVER
    return named if version == 4 else all_of(named, NOT_LATER)  # noqa: PLR2004 - IP version


def without(ranges: Ranges, holes: Ranges) -> Ranges:
    """Sorted ranges less what lies in other ones."""
    kept: list[Range] = []
    at = 0
    for low, high in ranges:
        first = low
        while at < len(holes) and holes[at][1] < first:
            at += 1
        here = at
        while here < len(holes) and holes[here][0] <= high:
            if first < holes[here][0]:
                kept.append((first, holes[here][0] - 1))
            first = holes[here][1] + 1
            here += 1
        if first <= high:
            kept.append((first, high))
    return tuple(kept)
