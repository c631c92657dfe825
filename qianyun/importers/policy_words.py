"""How the policy's files write prefixes, names and references."""

import difflib
from collections.abc import Collection, Iterable
from ipaddress import ip_network

from qianyun.importers.yaml_places import Node, Reading
from qianyun.policy.profile import Prefix
from qianyun.words import _


def prefixes(reading: Reading, node: Node | None) -> tuple[Prefix, ...]:
    """A list of prefixes that the schema found good."""
    return tuple(ip_network(str(each.value)) for each in reading.elements(node))


def once(reading: Reading, node: Node | None, kind: str, key: str = "name") -> dict[str, Node]:
    """Entries of a list by their names; a name given twice is a fault."""
    found: dict[str, Node] = {}
    for each in reading.elements(node):
        name = str(each.at(key).value)
        if name in found:
            what = _("{kind} {name!r} stands there already ({place})")
            reading.fault(each, what.format(kind=kind, name=name, place=found[name].place), _("keep one of the two"))
        else:
            found[name] = each
    return found


def unknown(reading: Reading, node: Node, kind: str, name: str, known: Collection[str]) -> None:
    """Note that a name leads nowhere, with the nearest one that does not."""
    near = nearest(name, known)
    mend = _("did you mean {near!r}").format(near=near) if near else ""
    reading.fault(node, _("{kind} {name!r} is declared nowhere").format(kind=kind, name=name), mend)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like this one; empty when none is."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)), "")
