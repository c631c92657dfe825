"""The rules of a device, in whatever language they were collected: chains for all packets, filters at interfaces."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qianyun.errors import ReadError
from qianyun.verify.acl import Line
from qianyun.verify.acls.chained import BROKEN, OPEN, ruleset_of
from qianyun.verify.acls.filters import Configuration, Direction, Filter
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.acls.vendors import READERS, Vendor, vendor_of
from qianyun.verify.chains import Decide, Match, Rule, Ruleset, Step, Unread
from qianyun.verify.conditions import All, Condition, In, Not, Some
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE, Ranges, interface_number, merged
from qianyun.verify.network.devices import Device
from qianyun.verify.own_routes import known_of
from qianyun.verify.reading import read_firewall
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a device filters.

    Attributes:
        ruleset: Chains that every packet meets.
        filters: By interface and direction.
        lacking: What was not seen or not understood; it may refuse any packet.
        count: How many rules there are.
    """

    ruleset: Ruleset | None = None
    filters: Mapping[tuple[str, Direction], tuple[Filter, ...]] = field(default_factory=dict)
    lacking: tuple[Unread, ...] = ()
    count: int = 0


def rules_of(device: Device) -> Rules:
    """A device's rules; what cannot be read is lacking, with its place."""
    text, name = _rules_text(device)
    if not text:
        why = _("{box}: its rules were not seen").format(box=device.name)
        return Rules(lacking=(Unread(place=device.name, text="", why=why),))
    try:
        return _chains(device, text, name) if device.is_linux else _configured(device, text, name)
    except ReadError as error:
        return Rules(lacking=tuple(Unread(place=fault.place, text="", why=fault.what) for fault in error.faults))


def _rules_text(device: Device) -> tuple[str, str]:
    """The listing, and a name for places: that of the device alone where it is nftables, as elsewhere."""
    if not device.is_linux:
        return device.text("text.configuration"), f"{device.name} configuration"
    nft = device.text("text.nft")
    if nft:
        return nft, device.name
    parts = (device.text(f"text.{part}") for part in ("ipset", "iptables", "ip6tables"))
    return "\n".join(part for part in parts if part), f"{device.name} iptables"


def _chains(device: Device, text: str, name: str) -> Rules:
    routes, rules = (
        {version: device.text(f"text.{what}{tail}") for version, tail in ((4, ""), (6, "-v6"))}
        for what in ("routes", "rules")
    )
    ruleset = known_of(read_firewall(text, name), routes, rules, device.text("text.sysctls"))
    return Rules(ruleset=ruleset, count=sum(len(chain.rules) for chain in ruleset.chains.values()))


def _configured(device: Device, text: str, name: str) -> Rules:
    family = device.text("device.family")
    vendor = vendor_of(text) or (Vendor(family) if family in Vendor.__members__.values() else None)
    if vendor is None:
        why = _("{box}: its configuration is in no language that we read").format(box=device.name)
        return Rules(lacking=(Unread(place=name, text="", why=why),))
    read = READERS[vendor](text, name)
    filters: dict[tuple[str, Direction], list[Filter]] = defaultdict(list)
    everywhere: list[str] = []
    for bound in read.bindings:
        if bound.filter in read.filters and bound.interface:
            filters[bound.interface, bound.direction].append(_with_state(read.filters[bound.filter]))
        elif bound.filter in read.filters:
            everywhere.append(bound.filter)
    listed = {line for each in read.filters.values() for line in each.unread}
    return Rules(
        ruleset=_by_interfaces(ruleset_of(read, everywhere), read) if everywhere else None,
        filters={key: tuple(each) for key, each in filters.items()},
        lacking=tuple(line for line in read.unread if line not in listed),
        count=sum(len(each.lines) for each in read.filters.values()),
    )


def _with_state(filter_: Filter) -> Filter:
    """A list of a device that remembers connections, with what it says of packets that belong to one."""
    if not filter_.keeps_state:
        return filter_
    said = (
        Line(permits=True, condition=OPEN, place=filter_.place, text=_("(what belongs to an open connection)")),
        Line(permits=False, condition=BROKEN, place=filter_.place, text=_("(what belongs to no connection)")),
    )
    return replace(filter_, lines=(*said, *filter_.lines))


def _by_interfaces(ruleset: Ruleset, read: Configuration) -> Ruleset:
    """Chains that ask for zones, asking for the interfaces of those zones."""
    numbers = {
        zone_number(zone): merged((interface_number(name),) * 2 for name in names) for zone, names in read.zones.items()
    }
    chains = {
        name: replace(each, rules=tuple(_asking(rule, numbers) for rule in each.rules))
        for name, each in ruleset.chains.items()
    }
    return replace(ruleset, chains=chains)


def _asking(rule: Rule, numbers: Mapping[int, Ranges]) -> Rule:
    def step(each: Step) -> Step:
        if isinstance(each, Match):
            return Match(_at_interfaces(each.condition, numbers))
        if isinstance(each, Decide):
            return Decide(tuple((_at_interfaces(asked, numbers), verdict) for asked, verdict in each.arms))
        return each

    return replace(rule, steps=tuple(map(step, rule.steps)))


def _at_interfaces(asked: Condition, numbers: Mapping[int, Ranges]) -> Condition:
    """A condition on zones, as one on the interfaces of those zones."""
    match asked:
        case In(of, ranges):
            if of not in (IN_INTERFACE, OUT_INTERFACE):
                return asked
            spans = [numbers.get(first, ((first, last),)) for first, last in ranges]
            return In(of, merged(span for found in spans for span in found))
        case Not(part):
            return Not(_at_interfaces(part, numbers))
        case All(parts):
            return All(tuple(_at_interfaces(part, numbers) for part in parts))
        case Some(parts):
            return Some(tuple(_at_interfaces(part, numbers) for part in parts))
