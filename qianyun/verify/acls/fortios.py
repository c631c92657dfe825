"""Firewall policies of Fortinet FortiOS, of either family, for each virtual domain.

Policies stand in the order of the text; the first one that matches decides, a policy without an
action refuses, and what none matches is refused. The firewall keeps state. Interfaces and zones
are read as the names a packet comes in and goes out by. A virtual address takes packets before
their destination is translated; other policies do not meet these packets unless they say so.

Source: Fortinet FortiOS CLI Reference, config firewall policy and policy6; FortiOS Administration
Guide, firewall policies and virtual IPs.
"""

from collections.abc import Iterator, Mapping

from qianyun.verify.acl import Line
from qianyun.verify.acls.filters import Configuration, Filter, may_be_anything
from qianyun.verify.acls.fortios_objects import DESTINATIONS, FAMILY, SOURCES, Objects
from qianyun.verify.acls.fortios_text import Entry, Tables
from qianyun.verify.acls.fortios_words import ACTIONS, INSTEAD, POLICIES, UNSEEN, is_known, is_modelled
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.acls.statements import NotUnderstoodError
from qianyun.verify.acls.texts import Unknowns
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import ALWAYS, Condition, all_of, any_of, is_, negated
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE, Field
from qianyun.words import _


def read_fortios(text: str, name: str) -> Configuration:
    """The policies as filters: `policy`, and with virtual domains `policy NAME`.

    Args:
        text: What `show full-configuration` or a backup shows.
        name: Name of the file or device, for places.

    Raises:
        ReadError: The text holds what no configuration holds.
    """
    return _Device(text, name).configuration()


class _Device:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.tables = Tables(name)
        self.tables.read(text)
        self.unknown = Unknowns()
        self.unread: list[Unread] = []

    def configuration(self) -> Configuration:
        opened = {domain: place for (table, domain), place in self.tables.opened.items() if table in POLICIES}
        filters = {f"policy {domain}".rstrip(): self._filter(domain, place) for domain, place in opened.items()}
        hostname = next((entry.word("hostname") for entry in self.tables.of("system global")), "")
        self.unread += [
            Unread(
                place=entry.place,
                text=f"{entry.table} {entry.name}".rstrip(),
                why=_("it may refuse or redirect packets, and is not modelled"),
            )
            for entry in self.tables.entries
            if not is_modelled(entry.table) and entry.word("status", "enable") == "enable"
        ]
        self.unread += [
            Unread(place=f"{self.name}:{stray.number}", text=stray.text, why=_("no entry stands above"))
            for stray in self.tables.strays
        ]
        return Configuration(
            name=hostname or self.name,
            filters=filters,
            unread=(*self.unread, *(line for each in filters.values() for line in each.unread)),
            zones=self._zones(),
        )

    def _zones(self) -> Mapping[str, tuple[str, ...]]:
        return {entry.name: tuple(entry.words("interface")) for entry in self.tables.of("system zone")}

    def _filter(self, domain: str, place: str) -> Filter:
        own = [entry for entry in self.tables.entries if entry.domain == domain]
        shared = [entry for entry in self.tables.entries if not entry.domain]
        policies = [entry for entry in own if entry.table in POLICIES]
        reader = _Policies(Objects([*shared, *own], self.unknown, self._zones()), self.unknown)
        lines = [line for entry in policies for line in reader.lines(entry)]
        if self.tables.is_cut:
            text = _("(the text is not whole; policies may be missing)")
            missing = may_be_anything(permits=None, place=self.name, text=text, version=0)
            lines = [*missing, *lines, *missing]
        return Filter(
            name=f"policy {domain}".rstrip(),
            lines=tuple(lines),
            version=0,
            keeps_state=True,
            place=place,
            unread=tuple(reader.unread),
        )


class _Policies:
    def __init__(self, objects: Objects, unknown: Unknowns) -> None:
        self.objects, self.unknown = objects, unknown
        self.unread: list[Unread] = []

    def lines(self, entry: Entry) -> Iterator[Line]:
        """What a policy says; nothing where it is switched off."""
        if entry.word("status", "enable") == "disable" and not entry.broken:
            return
        text = f"{entry.table.removeprefix('firewall ')} {entry.name} {entry.word('name')}".rstrip()
        permits = ACTIONS.get(entry.word("action", "deny"))
        try:
            yield Line(
                permits=bool(permits), condition=self._read(entry, permits=permits), place=entry.place, text=text
            )
        except NotUnderstoodError as error:
            self.unread.append(Unread(place=entry.place, text=text, why=str(error)))
            yield from may_be_anything(permits=permits, place=entry.place, text=text, version=0)

    def _read(self, entry: Entry, *, permits: bool | None) -> Condition:
        entry.must_be_read()
        _must_be_known(entry)
        if permits is None:
            raise NotUnderstoodError(_("the rule names no action that we know"))
        return any_of(*(self._condition(entry, version) for version in self._versions(entry)))

    def _versions(self, entry: Entry) -> tuple[int, ...]:
        """A policy judges a family if it names addresses of it."""
        if entry.table == "firewall policy6":
            return (6,)
        six = any(entry.words(key) for key in ("srcaddr6", "dstaddr6"))
        return (4, 6) if six and entry.words("srcaddr") else (6,) if six else (4,)

    def _condition(self, entry: Entry, version: int) -> Condition:
        instead = {key for switch, keys in INSTEAD.items() if entry.word(switch) == "enable" for key in keys}
        unseen = [self.unknown(f"{key} {' '.join(entry.words(key))}") for key in UNSEEN if entry.words(key)]
        if instead:
            unseen.append(self.unknown(f"service of the internet at {entry.place}"))
        if entry.word("schedule", "always") != "always":
            unseen.append(self.unknown(f"schedule {entry.word('schedule')}"))
        six = "6" if version == 6 and entry.table == "firewall policy" else ""  # noqa: PLR2004 - IP version
        asked: list[Condition] = []
        if "service" not in instead:
            asked.append(self._named(entry, "service", [self.objects.service(each) for each in entry.words("service")]))
        if "dstaddr" not in instead:
            asked.append(self._end(entry, f"dstaddr{six}", version, DESTINATIONS))
        if "srcaddr" not in instead:
            asked.append(self._end(entry, f"srcaddr{six}", version, SOURCES))
        asked += [_interface(entry, "dstintf", OUT_INTERFACE), _interface(entry, "srcintf", IN_INTERFACE)]
        return all_of(FAMILY[version], *asked, *unseen, self._untranslated(entry, version))

    def _end(self, entry: Entry, key: str, version: int, sides: Mapping[int, Field]) -> Condition:
        names = entry.words(key)
        return self._named(entry, key, [self.objects.addresses(each, version, sides) for each in names])

    def _named(self, entry: Entry, key: str, found: list[Condition]) -> Condition:
        """Any of what is named, or none of it where the policy negates it."""
        if not found:
            raise NotUnderstoodError(_("the policy names nothing as {key}").format(key=key))
        said = entry.word(f"{key}-negate")
        if not said and key.endswith("6") and entry.word(f"{key[:-1]}-negate") == "enable":
            raise NotUnderstoodError(_("whether {key} is negated too differs by release").format(key=key))
        return negated(any_of(*found)) if said == "enable" else any_of(*found)

    def _untranslated(self, entry: Entry, version: int) -> Condition:
        """Packets for a virtual address meet only policies that name one, or ask to see them."""
        tables = self.objects.tables
        table = "firewall vip6" if version == 6 else "firewall vip"  # noqa: PLR2004 - IP version
        if not tables.get(table) or entry.word("match-vip") == "enable":
            return ALWAYS
        names = {*tables[table], *tables.get(f"firewall vipgrp{table[12:]}", {})}
        if any(name in names for key in ("dstaddr", "dstaddr6") for name in entry.words(key)):
            return ALWAYS
        # whether a refusing policy meets them differs by release
        doubt = self.unknown("packets for virtual addresses at policies that name none")
        return any_of(negated(self.objects.virtuals(version)), doubt)


def _must_be_known(entry: Entry) -> None:
    """Refuse a value that may narrow the policy in a way we do not know."""
    for key, words in entry.values.items():
        if not is_known(key) and words != ["disable"]:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=key))


def _interface(entry: Entry, key: str, side: Field) -> Condition:
    names = entry.words(key)
    if not names:
        raise NotUnderstoodError(_("the policy names nothing as {key}").format(key=key))
    return ALWAYS if "any" in names else is_(side, *map(zone_number, names))
