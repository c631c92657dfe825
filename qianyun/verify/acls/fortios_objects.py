"""Addresses, services and virtual addresses of FortiOS, and their groups.

Source: Fortinet FortiOS CLI Reference, config firewall address, addrgrp, service custom, vip.
"""

from collections.abc import Callable, Iterable, Mapping

from qianyun.verify.acls.fortios_text import Entry
from qianyun.verify.acls.matches import (
    ALL4,
    TOP_PORT,
    address4,
    address6,
    icmp_words,
    of_length,
    of_mask,
    prefix6,
)
from qianyun.verify.acls.nesting import Nested
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.acls.statements import NotUnderstoodError, number
from qianyun.verify.acls.texts import Unknowns
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, NEVER, Condition, In, all_of, any_of, is_, negated
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    ICMP,
    ICMPV6,
    IN_INTERFACE,
    PROTOCOL,
    SCTP,
    SPORT,
    SRC4,
    SRC6,
    TCP,
    UDP,
    Field,
    Ranges,
)
from qianyun.words import _

SOURCES: Mapping[int, Field] = {4: SRC4, 6: SRC6}
DESTINATIONS: Mapping[int, Field] = {4: DST4, 6: DST6}
FAMILY = {4: IS_V4, 6: IS_V6}
PORTED = {"tcp-portrange": TCP, "udp-portrange": UDP, "sctp-portrange": SCTP}
KNOWN: Mapping[str, tuple[tuple[int, int], ...]] = {
    "DNS": ((TCP, 53), (UDP, 53)), "HTTP": ((TCP, 80),), "HTTPS": ((TCP, 443),), "SSH": ((TCP, 22),),
    "TELNET": ((TCP, 23),), "FTP": ((TCP, 21),), "SMTP": ((TCP, 25),), "POP3": ((TCP, 110),), "IMAP": ((TCP, 143),),
    "NTP": ((TCP, 123), (UDP, 123)), "SYSLOG": ((UDP, 514),), "RDP": ((TCP, 3389),), "LDAP": ((TCP, 389),),
    "TFTP": ((UDP, 69),), "BGP": ((TCP, 179),), "SNMP": ((TCP, 161), (TCP, 162), (UDP, 161), (UDP, 162)),
}  # fmt: skip
"""Services that every device has, where the text does not spell them out."""
WHOLE: Mapping[str, Condition] = {
    "ALL": ALWAYS, "ALL_TCP": is_(PROTOCOL, TCP), "ALL_UDP": is_(PROTOCOL, UDP),
    "ALL_ICMP": all_of(IS_V4, is_(PROTOCOL, ICMP)), "ALL_ICMP6": all_of(IS_V6, is_(PROTOCOL, ICMPV6)),
    "PING": all_of(IS_V4, is_(PROTOCOL, ICMP), In(SPORT, icmp_words(8, None))), "GRE": is_(PROTOCOL, 47),
    "PING6": all_of(IS_V6, is_(PROTOCOL, ICMPV6), In(SPORT, icmp_words(128, None))), "ESP": is_(PROTOCOL, 50),
    "OSPF": is_(PROTOCOL, 89), "AH": is_(PROTOCOL, 51),
}  # fmt: skip
UNSEEN_TYPES = ("fqdn", "wildcard-fqdn", "geography", "dynamic", "mac", "interface-subnet", "template", "route-tag")
"""Types of addresses that the text does not spell out."""

NARROWED = ("iprange", "fqdn", "app-service-type")
"""Values of a service that ask more than ports."""


class Objects:
    """The objects of one virtual domain.

    Raises:
        NotUnderstoodError: On asking for what is not there, holds itself, or is not understood.
    """

    def __init__(self, entries: Iterable[Entry], unknown: Unknowns, zones: Mapping[str, tuple[str, ...]]) -> None:
        """Nothing is worked out yet; `zones` names the interfaces of each zone."""
        self.unknown, self.zones = unknown, zones
        self.tables: dict[str, dict[str, Entry]] = {}
        for entry in entries:
            self.tables.setdefault(entry.table, {})[entry.name] = entry
        self.service = Nested(self._service)
        """What a service or a group of services asks."""
        self._sides = {id(sides): Nested(self._working(sides)) for sides in (SOURCES, DESTINATIONS)}

    def addresses(self, name: str, version: int, sides: Mapping[int, Field]) -> Condition:
        """The packets whose one end an address, a group or a virtual address names, of one family."""
        return self._sides[id(sides)](name, version)

    def _working(self, sides: Mapping[int, Field]) -> Callable[[str, int], Condition]:
        return lambda name, version: self._address(name, version, sides)

    def _find(self, name: str, *tables: str) -> Entry | None:
        found = next((self.tables[table][name] for table in tables if name in self.tables.get(table, {})), None)
        if found is not None:
            found.must_be_read()
        return found

    def _address(self, name: str, version: int, sides: Mapping[int, Field]) -> Condition:
        six = "6" if version == 6 else ""  # noqa: PLR2004 - IP version
        group = self._find(name, f"firewall addrgrp{six}")
        if group is not None:
            held = any_of(*(self.addresses(each, version, sides) for each in group.words("member")))
            if group.word("exclude") == "enable":
                out = (self.addresses(each, version, sides) for each in group.words("exclude-member"))
                return all_of(held, negated(any_of(*out)))
            return held
        entry = self._find(name, f"firewall address{six}")
        if entry is not None:
            ranges = _six(entry) if six else _four(entry)
            if ranges is None:
                return all_of(FAMILY[version], self.unknown(f"{sides[version]} {name}"))
            return In(sides[version], ranges)
        virtual = self._find(name, f"firewall vip{six}", f"firewall vipgrp{six}")
        if virtual is not None and sides is DESTINATIONS:
            return self.virtual(virtual, version)
        if name.lower() in ("all", "none"):
            return FAMILY[version] if name.lower() == "all" else NEVER
        raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))

    def virtual(self, entry: Entry, version: int) -> Condition:
        """The packets that a virtual address takes, as they come: before their destination is translated."""
        if entry.table.startswith("firewall vipgrp"):
            members = (self._find(name, entry.table.replace("vipgrp", "vip")) for name in entry.words("member"))
            return any_of(*(self.virtual(each, version) for each in members if each is not None))
        outside = entry.word("extip")
        if not outside or entry.word("type", "static-nat") not in ("static-nat", "server-load-balance"):
            raise NotUnderstoodError(_("the virtual address {name!r} is not modelled").format(name=entry.name))
        asked: list[Condition] = [In(DESTINATIONS[version], _span(outside, version))]
        interface = entry.word("extintf", "any")
        if interface != "any":
            zones = (zone for zone, members in self.zones.items() if interface in members)
            asked.append(is_(IN_INTERFACE, *map(zone_number, (interface, *zones))))
        if entry.words("src-filter") or entry.word("status", "enable") == "disable":
            asked.append(self.unknown(f"virtual address {entry.name}"))
        if entry.word("portforward") == "enable":
            protocol = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "icmp": ICMP}.get(entry.word("protocol", "tcp"))
            if protocol is None:
                raise NotUnderstoodError(_("the virtual address {name!r} is not modelled").format(name=entry.name))
            asked.append(is_(PROTOCOL, protocol))
            if entry.word("extport"):
                asked.append(In(DPORT, _ports(entry.word("extport"))))
        return all_of(*asked)

    def virtuals(self, version: int) -> Condition:
        """Whatever some virtual address takes."""
        table = "firewall vip6" if version == 6 else "firewall vip"  # noqa: PLR2004 - IP version
        return any_of(*(self.virtual(entry, version) for entry in self.tables.get(table, {}).values()))

    def _service(self, name: str, _version: int) -> Condition:
        group = self._find(name, "firewall service group")
        if group is not None:
            return any_of(*(self.service(each) for each in group.words("member")))
        entry = self._find(name, "firewall service custom")
        if entry is not None:
            return _custom(entry)
        if name in WHOLE:
            return WHOLE[name]
        if name in KNOWN:
            return any_of(*(all_of(is_(PROTOCOL, protocol), is_(DPORT, port)) for protocol, port in KNOWN[name]))
        raise NotUnderstoodError(_("the group {name!r} is not there").format(name=name))


def _four(entry: Entry) -> Ranges | None:
    """Addresses of an entry; `None` where the text does not tell them."""
    kind = entry.word("type", "ipmask")
    if kind in UNSEEN_TYPES:
        return None
    if kind == "iprange":
        first, last = address4(entry.word("start-ip")), address4(entry.word("end-ip"))
        return ((min(first, last), max(first, last)),)
    if kind == "wildcard":
        words = entry.words("wildcard")
        ranges = of_mask(address4(words[0]), address4(words[1])) if len(words) == 2 else None  # noqa: PLR2004 - address and mask
    elif kind in ("ipmask", "subnet"):
        words = entry.words("subnet")
        if not words:
            return ((0, ALL4),)
        address, slash, length = words[0].partition("/")
        if slash:
            return of_length(address4(address), number(length, 32), 32)
        ranges = of_mask(address4(address), address4(words[1])) if len(words) == 2 else None  # noqa: PLR2004 - address and mask
    else:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=kind))
    if ranges is None:
        raise NotUnderstoodError(_("the mask leaves too many pieces to name"))
    return ranges


def _six(entry: Entry) -> Ranges | None:
    kind = entry.word("type", "ipprefix")
    if kind in UNSEEN_TYPES:
        return None
    if kind == "iprange":
        first, last = address6(entry.word("start-ip")), address6(entry.word("end-ip"))
        return ((min(first, last), max(first, last)),)
    if kind != "ipprefix":
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=kind))
    return prefix6(entry.word("ip6", "::/0"))


def _span(text: str, version: int) -> Ranges:
    read = address4 if version == 4 else address6  # noqa: PLR2004 - IP version
    first, _dash, last = text.partition("-")
    low = read(first)
    return ((low, max(low, read(last)) if last else low),)


def _ports(text: str) -> Ranges:
    first, _dash, last = text.partition("-")
    low = number(first, TOP_PORT)
    return ((low, max(low, number(last, TOP_PORT)) if last else low),)


def _custom(entry: Entry) -> Condition:
    kind = entry.word("protocol", "TCP/UDP/SCTP")
    narrowed = next((key for key in NARROWED if entry.word(key, "disable").strip("0.") not in ("", "disable")), None)
    if narrowed is not None:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=narrowed))
    if kind == "IP":
        protocol = number(entry.word("protocol-number", "0"), 255)
        return is_(PROTOCOL, protocol) if protocol else ALWAYS
    if kind in ("ICMP", "ICMP6"):
        family, protocol = (IS_V4, ICMP) if kind == "ICMP" else (IS_V6, ICMPV6)
        message = entry.word("icmptype")
        if not message:
            return all_of(family, is_(PROTOCOL, protocol))
        code = entry.word("icmpcode")
        words = icmp_words(number(message, 255), number(code, 255) if code else None)
        return all_of(family, is_(PROTOCOL, protocol), In(SPORT, words))
    if kind not in ("TCP/UDP/SCTP", "TCP/UDP/UDP-Lite/SCTP"):
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=kind))
    parts = (
        all_of(is_(PROTOCOL, protocol), _pair(word)) for key, protocol in PORTED.items() for word in entry.words(key)
    )
    return any_of(*parts)


def _pair(word: str) -> Condition:
    """`443`, `8000-8010`, `443:1024-65535`: the port asked for, and behind the colon the one it comes from."""
    asked, _colon, source = word.partition(":")
    return all_of(In(DPORT, _ports(asked)), In(SPORT, _ports(source)) if source else ALWAYS)
