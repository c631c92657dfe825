"""`egress.yml` of an estate's folder: the unified internet egress."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

from qianyun.estate.kinds import Operator
from qianyun.importers.policy_words import once, prefixes, unknown
from qianyun.importers.schema import conform
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.egress import Egress, EgressLink, Nat64, Proxy, Publication, Share
from qianyun.policy.intervals import difference, of_prefixes
from qianyun.policy.model import Policy
from qianyun.words import _

NAME = "egress.yml"
KEPT_DAYS = 184
NAT64_LENGTH = 96


def load_egress(folder: Path, policy: Policy) -> Egress:
    """Read an estate's egress.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    root = load(folder / NAME)
    good, faults = conform(root, "egress")
    reading.faults += faults
    top = reading.entries(good)
    egress = Egress(
        name=reading.text(top.get("name")) or "",
        threshold_percent=reading.whole(top.get("threshold_percent")) or 100,
        links=tuple(_links(reading, top.get("links"))),
        no_new_lines_from=reading.day(top.get("no_new_lines_from")),
        publications=tuple(_publications(reading, top.get("publications"), policy)),
        inside=prefixes(reading, top.get("inside")),
        nat64=_nat64(reading, top.get("nat64")),
        shares=tuple(_shares(reading, top.get("shares"))),
        log_days=reading.whole(top.get("log_days")) or KEPT_DAYS,
        proxy=_proxy(reading, top.get("proxy")),
        resolvers=_addresses(reading, top.get("resolvers")),
    )
    if reading.faults:
        raise reading.refusal()
    return egress


def _links(reading: Reading, node: Node | None) -> Iterator[EgressLink]:
    for name, each in once(reading, node, _("link")).items():
        keys = reading.entries(each)
        starts_on = reading.day(keys["from"])
        if starts_on is None:
            continue
        yield EgressLink(
            name=name,
            operator=Operator(str(keys["operator"].value)),
            bandwidth_mbps=reading.whole(keys["bandwidth_mbps"]) or 0,
            core=str(keys["core"].value),
            room=str(keys["room"].value),
            path=reading.text(keys.get("path")) or "",
            starts_on=starts_on,
            prefixes=prefixes(reading, keys.get("addresses")),
            asn=reading.whole(keys.get("asn")),
            peers=_addresses(reading, keys.get("peers")),
            source=each.place,
        )


def _addresses(reading: Reading, node: Node | None) -> tuple[IPv4Address | IPv6Address, ...]:
    return tuple(ip_address(str(each.value)) for each in reading.elements(node))


def _publications(reading: Reading, node: Node | None, policy: Policy) -> Iterator[Publication]:
    known = {endpoint.name: endpoint for endpoint in policy.endpoints}
    for name, each in once(reading, node, _("publication"), key="endpoint").items():
        if name not in known:
            unknown(reading, each, _("endpoint"), name, known)
            continue
        published = prefixes(reading, each.at("addresses"))
        for prefix in published:
            owned = of_prefixes(own for own in known[name].prefixes if own.version == prefix.version)
            if difference(of_prefixes([prefix]), owned):
                what = _("{prefix} is published for {endpoint!r}, which does not hold it ({place})")
                reading.fault(each, what.format(prefix=prefix, endpoint=name, place=known[name].source))
        yield Publication(endpoint=name, system=str(each.at("system").value), prefixes=published, source=each.place)


def _nat64(reading: Reading, node: Node | None) -> Nat64 | None:
    if node is None:
        return None
    prefix, pool = (prefixes(reading, Node((node.at(key),), node.place))[0] for key in ("prefix", "pool"))
    if not isinstance(prefix, IPv6Network) or prefix.prefixlen != NAT64_LENGTH or not isinstance(pool, IPv4Network):
        what = _("{prefix} and {pool} do not fit").format(prefix=prefix, pool=pool)
        reading.fault(node, what, _("the prefix is an IPv6 /96 of your own, the pool is private IPv4"))
        return None
    return Nat64(prefix=prefix, pool=pool)


def _shares(reading: Reading, node: Node | None) -> Iterator[Share]:
    for department, each in once(reading, node, _("department"), key="department").items():
        yield Share(
            department=department,
            prefixes=prefixes(reading, each.at("prefixes")),
            mbps=reading.whole(each.at("mbps")) or 0,
        )


def _proxy(reading: Reading, node: Node | None) -> Proxy | None:
    if node is None:
        return None
    return Proxy(
        port=reading.whole(node.at("port")) or 0,
        clients=prefixes(reading, node.at("clients")),
        allowed=tuple(str(each.value) for each in reading.elements(node.at("allowed"))),
    )
