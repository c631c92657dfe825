"""Security groups of OpenStack Neutron, read back from the API's JSON: two filters around the servers.

A packet passes if some rule of the sender's groups lets it out and some rule of the receiver's
groups lets it in; an end that is no port of ours, or a port without security, asks nothing. Rules
only permit, and Neutron keeps the state. What a port may always send for its own address (DHCP,
neighbour discovery) does not travel between zones and does not count here.

The text is one object with `security_groups`, `address_groups` and `ports`, as the API lists them;
instead of ports a group may name the `prefixes` of its servers, as our compiler does.

Source: OpenStack Networking API v2: security groups, address groups, ports.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qianyun.errors import Fault, ReadError
from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Configuration, Filter, may_be_anything
from qianyun.verify.acls.matches import TOP_PORT, icmp_words, prefix4or6
from qianyun.verify.acls.names import PROTOCOLS
from qianyun.verify.acls.statements import NotUnderstoodError, number
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, Condition, In, all_of, any_of, is_
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    ICMP,
    ICMPV6,
    PORTED,
    PROTOCOL,
    SPORT,
    SRC4,
    SRC6,
    Field,
    Ranges,
    merged,
)
from qianyun.words import _

Json = Mapping[str, object]
FAMILIES: Mapping[str, tuple[int, Condition]] = {"IPv4": (4, IS_V4), "IPv6": (6, IS_V6)}
NAMES = {**PROTOCOLS, "ipv6-icmp": ICMPV6, "dccp": 33, "udplite": 136, "pgm": 113, "egp": 8, "ipv6-encap": 41}
SIDES: Mapping[str, tuple[Mapping[int, Field], Mapping[int, Field]]] = {
    "egress": ({4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}),
    "ingress": ({4: DST4, 6: DST6}, {4: SRC4, 6: SRC6}),
}
"""By direction: the server's own end, and the other one."""
ASKED = (
    "direction", "ethertype", "protocol", "port_range_min", "port_range_max", "remote_ip_prefix", "remote_group_id",
    "remote_address_group_id", "address_group",
)  # fmt: skip
QUIET = (
    "id", "tenant_id", "project_id", "security_group_id", "description", "tags", "created_at", "updated_at",
    "revision_number", "normalized_cidr", "belongs_to_default_sg", "standard_attr_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ranges by family."""

    ranges: Mapping[int, Ranges]

    def at(self, sides: Mapping[int, Field]) -> Condition:
        """Packets whose end lies in them."""
        return any_of(*(In(sides[version], ranges) for version, ranges in self.ranges.items() if ranges))


def addresses_of(words: Sequence[str]) -> Addresses:
    """Addresses and prefixes of both families.

    Raises:
        NotUnderstoodError: One of them is none.
    """
    read = [prefix4or6(word) for word in words]
    return Addresses(
        {version: merged(each for family, ranges in read if family == version for each in ranges) for version in (4, 6)}
    )


def read_neutron(text: str, name: str) -> Configuration:
    """Two filters, `egress` and `ingress`, that judge whatever comes from or goes to a server.

    Args:
        text: The JSON.
        name: Name of the file or cloud, for places.

    Raises:
        ReadError: The text is no JSON, or does not hold lists of objects where the API has them.
    """
    return _Cloud(_parsed(text, name), name).configuration()


def _parsed(text: str, name: str) -> Json:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(
            Fault(
                place=name,
                what=_("the text is no JSON: {error}").format(error=error),
                mend=_("collect the security groups again, whole"),
            )
        ) from error
    if not isinstance(found, dict):
        raise ReadError(Fault(place=name, what=_("the text holds no object with security groups")))
    return found


@dataclass(slots=True)
class _Cloud:
    """Everything of one cloud, by id and by name."""

    found: Json
    name: str
    unread: list[Unread] = field(default_factory=list)
    holders: dict[str, list[str]] = field(default_factory=dict)
    """Addresses of the servers that hold a group, by its id."""
    secured: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    """Addresses of several ports that differ in their groups."""

    def configuration(self) -> Configuration:
        groups = self._objects(self.found, "security_groups")
        for group in groups:
            self.holders[_key(group)] = _texts(group, "prefixes")
            self.secured += _texts(group, "prefixes")
        self._ports()
        filters = {direction: self._filter(direction, groups) for direction in SIDES}
        own = self._end(self.secured)
        return Configuration(
            name=self.name,
            filters=filters,
            unread=tuple(dict.fromkeys((*self.unread, *(line for each in filters.values() for line in each.unread)))),
            concerns=any_of(*(own.at(sides) for sides, _other in SIDES.values())),
        )

    def _objects(self, where: Json, key: str) -> list[Json]:
        listed = where.get(key) or []
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise ReadError(Fault(place=self.name, what=_("{key} is no list of objects").format(key=key)))
        return listed

    def _ports(self) -> None:
        held: dict[str, frozenset[str]] = {}
        for port in self._objects(self.found, "ports"):
            if port.get("port_security_enabled") is False:
                continue
            groups = frozenset(_texts(port, "security_groups"))
            pairs = [*self._objects(port, "fixed_ips"), *self._objects(port, "allowed_address_pairs")]
            for address in (str(pair["ip_address"]) for pair in pairs if "ip_address" in pair):
                if held.setdefault(address, groups) != groups:
                    self.doubted.append(address)
                self.secured.append(address)
                for group in groups:
                    self.holders.setdefault(group, []).append(address)

    def _end(self, words: Sequence[str]) -> Addresses:
        good: list[str] = []
        for word in words:
            try:
                prefix4or6(word)
                good.append(word)
            except NotUnderstoodError as error:
                self.unread.append(Unread(place=self.name, text=word, why=str(error)))
        return addresses_of(good)

    def _filter(self, direction: str, groups: list[Json]) -> Filter:
        own = SIDES[direction][0]
        unread: list[Unread] = []
        lines = [line for group in groups for line in self._group(group, direction, unread)]
        doubt = self._doubt(own, groups, unread)
        secured = self._end(self.secured).at(own)
        closing = Line(permits=False, condition=secured, place=self.name, text=_("(no rule of its groups)"))
        return Filter(
            name=direction,
            lines=(*doubt, *lines, closing),
            version=0,
            rest_passes=True,
            keeps_state=True,
            implied=1,
            place=self.name,
            unread=tuple(unread),
        )

    def _doubt(self, own: Mapping[int, Field], groups: list[Json], unread: list[Unread]) -> list[Line]:
        """What may be anything: addresses of several ports, servers of groups without state."""
        loose = [group for group in groups if group.get("stateful") is False]
        words = [*self.doubted, *(word for group in loose for word in self.holders.get(_key(group), []))]
        if not words:
            return []
        why = _("several ports with other groups have these addresses, or their groups keep no state")
        unread.append(Unread(place=self.name, text=", ".join(dict.fromkeys(words)), why=why))
        ends = self._end(words).at(own)
        return [
            Line(permits=line.permits, condition=all_of(ends, line.condition), place=line.place, text=line.text)
            for line in may_be_anything(permits=None, place=self.name, text="", version=0)
        ]

    def _group(self, group: Json, direction: str, unread: list[Unread]) -> Iterator[Line]:
        rules = [*self._objects(group, "security_group_rules"), *self._objects(group, "rules")]
        rules += [
            rule
            for rule in self._objects(self.found, "security_group_rules")
            if rule.get("security_group_id") == group.get("id") and rule not in rules
        ]
        held = self._end(self.holders.get(_key(group), [])).at(SIDES[direction][0])
        for at, rule in enumerate(rules, 1):
            if rule.get("direction") not in (direction, None):
                continue
            place = f"{self.name}: {group.get('name') or group.get('id')} {rule.get('id') or at}"
            text = " ".join(f"{key}={rule[key]}" for key in (*ASKED, "description") if rule.get(key) is not None)
            try:
                condition = self._rule(rule, direction)
                yield Line(permits=True, condition=all_of(held, condition), place=place, text=text)
            except NotUnderstoodError as error:
                unread.append(Unread(place=place, text=text, why=str(error)))
                for line in may_be_anything(permits=True, place=place, text=text, version=0):
                    yield Line(permits=True, condition=all_of(held, line.condition), place=place, text=text)

    def _rule(self, rule: Json, direction: str) -> Condition:
        strange = next((key for key in rule if key not in (*ASKED, *QUIET) and rule[key] is not None), None)
        if strange is not None or rule.get("direction") is None:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=strange or "direction"))
        family = FAMILIES.get(str(rule.get("ethertype", "IPv4")))
        if family is None:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=rule.get("ethertype")))
        version, is_family = family
        return all_of(is_family, _service(rule, version), *self._remote(rule, SIDES[direction][1]))

    def _remote(self, rule: Json, sides: Mapping[int, Field]) -> Iterator[Condition]:
        """The other end; whatever of it is named must hold."""
        prefix, group = rule.get("remote_ip_prefix"), rule.get("remote_group_id")
        named = rule.get("remote_address_group_id") or rule.get("address_group")
        if prefix is not None:
            yield addresses_of([str(prefix)]).at(sides)
        if group is not None:
            if str(group) not in self.holders:
                raise NotUnderstoodError(_("the group {name!r} is not there").format(name=group))
            yield self._end(self.holders[str(group)]).at(sides)
        if named is not None:
            listed = self._objects(self.found, "address_groups")
            found = next((each for each in listed if named in (each.get("id"), each.get("name"))), None)
            if found is None:
                raise NotUnderstoodError(_("the group {name!r} is not there").format(name=named))
            yield addresses_of(_texts(found, "addresses")).at(sides)


def _key(group: Json) -> str:
    return str(group.get("id") or group.get("name"))


def _texts(where: Json, key: str) -> list[str]:
    listed = where.get(key) or []
    return [str(each) for each in listed] if isinstance(listed, list) else []


def _service(rule: Json, version: int) -> Condition:
    word, first, last = (rule.get(key) for key in ("protocol", "port_range_min", "port_range_max"))
    if word is None or str(word).lower() in ("any", "0"):
        if first is not None or last is not None:
            raise NotUnderstoodError(_("ports stand without a protocol"))
        return ALWAYS
    name = str(word).lower()
    protocol = NAMES[name] if name in NAMES else number(name, 255)
    if version == 6 and protocol == ICMP:  # noqa: PLR2004 - IP version
        protocol = ICMPV6
    if first is None and last is None:
        return is_(PROTOCOL, protocol)
    if protocol in (ICMP, ICMPV6):
        code = None if last is None else number(str(last), 255)
        return all_of(is_(PROTOCOL, protocol), In(SPORT, icmp_words(number(str(first), 255), code)))
    if protocol not in PORTED:
        raise NotUnderstoodError(_("ports stand without a protocol"))
    low = number(str(first), TOP_PORT)
    high = low if last is None else number(str(last), TOP_PORT, low)
    return all_of(is_(PROTOCOL, protocol), In(DPORT, ((low, high),)))
