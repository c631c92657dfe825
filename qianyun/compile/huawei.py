"""The flow matrix as access lists of Huawei VRP and H3C Comware, and as a USG's security policy.

VRP and Comware keep no state in an access list: replies of TCP are permitted by their flags. VRP
has no groups of addresses in its lists, so every pair of prefixes is a rule of its own there.

Source: Huawei VRP command reference, advanced ACL and advanced ACL6; Huawei USG6000 command
reference, address set, service set and security policy; H3C Comware 7 ACL and QoS command
reference, object group command reference.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from qianyun.compile.acl import entries, entries_with_replies, groups, heading, one_by_one, said_ports
from qianyun.compile.entry import Entry
from qianyun.policy.model import ICMP, ICMPV6, SCTP, TCP, UDP, Policy, PortRange, Prefix

NAME = "QIANYUN"
WORDS = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmpv6", 47: "gre", 50: "50", 51: "51"}
STEP = 5


def render_vrp(policy: Policy, on: date, *, loose_replies: bool = False) -> str:
    """Advanced lists `QIANYUN-V4` and `QIANYUN-V6` of VRP.

    Raises:
        CompileError: A flow cannot be told without state, or has ports that VRP does not know.
    """
    listed = tuple(entries_with_replies(policy, on, target="VRP", loose_replies=loose_replies))
    lines = [f"# {line}" for line in heading(policy, on, "vrp")]
    for version, opening, closing in (
        (4, f"acl name {NAME}-V4 advance", "deny ip"),
        (6, f"acl ipv6 name {NAME}-V6 advance", "deny ipv6"),
    ):
        rules = [(line.flow, _vrp_rule(line)) for line in one_by_one(listed) if line.version == version]
        lines += ["#", opening, *_numbered([*rules, ("default-deny", closing)], "description")]
    return "\n".join([*lines, "#", "return"]) + "\n"


def _vrp_rule(line: Entry) -> str:
    [source], [destination] = line.sources, line.destinations
    flags = "tcp-flag established" if line.is_established else ""
    return _rule(line, _vrp_end(source), _vrp_end(destination), flags)


def _vrp_end(prefix: Prefix) -> str:
    if prefix.prefixlen == 0:
        return "any"
    if prefix.version == 6:  # noqa: PLR2004 - the family
        return str(prefix)
    return f"{prefix.network_address} {prefix.hostmask}"


def _rule(entry: Entry, source: str, destination: str, flags: str) -> str:
    icmp = "icmp6-type" if entry.protocol == ICMPV6 else "icmp-type"
    parts = [
        "permit",
        WORDS.get(entry.protocol, str(entry.protocol)),
        f"source {source}",
        f"destination {destination}",
        f"source-port {said_ports(entry.source_ports, 'eq', 'range')}" if entry.source_ports else "",
        f"destination-port {said_ports(entry.ports, 'eq', 'range')}" if entry.ports else "",
        "" if entry.icmp_type is None else f"{icmp} {entry.icmp_type}",
        flags,
    ]
    return " ".join(filter(None, parts))


def _numbered(rules: Iterable[tuple[str, str]], remark: str) -> Iterator[str]:
    """Rules with their numbers, each followed by the name of its flow."""
    for position, (flow, rule) in enumerate(rules, 1):
        yield f" rule {position * STEP} {rule}"
        yield f" rule {position * STEP} {remark} {flow}"


def render_comware(policy: Policy, on: date, *, loose_replies: bool = False) -> str:
    """Advanced lists `QIANYUN-V4` and `QIANYUN-V6` of Comware 7, with object groups.

    Raises:
        CompileError: A flow cannot be told without state, or has ports that Comware does not know.
    """
    listed = tuple(entries_with_replies(policy, on, target="Comware", loose_replies=loose_replies))
    lines = [f"# {line}" for line in heading(policy, on, "comware")]
    for name, prefixes in groups(listed).items():
        family = "ip" if prefixes[0].version == 4 else "ipv6"  # noqa: PLR2004 - the family
        lines += ["#", f"object-group {family} address {name}"]
        lines += [f" {n * 10} network subnet {_comware_subnet(prefix)}" for n, prefix in enumerate(prefixes)]
    for version, opening, closing in (
        (4, f"acl advanced name {NAME}-V4", "deny ip"),
        (6, f"acl ipv6 advanced name {NAME}-V6", "deny ipv6"),
    ):
        rules = [(entry.flow, _comware_rule(entry)) for entry in listed if entry.version == version]
        lines += ["#", opening, *_numbered([*rules, ("default-deny", closing)], "comment")]
    return "\n".join([*lines, "#", "return"]) + "\n"


def _comware_subnet(prefix: Prefix) -> str:
    if prefix.version == 6:  # noqa: PLR2004 - the family
        return f"{prefix.network_address} {prefix.prefixlen}"
    return f"{prefix.network_address} {prefix.netmask}"


def _comware_rule(entry: Entry) -> str:
    ends = ((entry.sources, entry.source_name), (entry.destinations, entry.destination_name))
    source, destination = (
        f"object-group {name}" if len(prefixes) > 1 else _vrp_end(prefixes[0]) for prefixes, name in ends
    )
    return _rule(entry, source, destination, "established" if entry.is_established else "")


def render_usg(policy: Policy, on: date) -> str:
    """Address sets, service sets and a security policy of a USG, which keeps state."""
    listed = tuple(entries(policy, on))
    lines = [f"# {line}" for line in heading(policy, on, "usg")]
    for name, prefixes in groups(listed, fewest=1).items():
        lines += ["#", f"ip address-set {name} type object"]
        lines += [f" address {n} {_usg_address(prefix)}" for n, prefix in enumerate(prefixes)]
    services = {_service_name(entry): _usg_service(entry) for entry in listed}
    for name, service in sorted(services.items()):
        lines += ["#", f"ip service-set {name} type object", f" service 0 protocol {service}"]
    lines += ["#", "security-policy", " default action deny"]
    lines += [line for name, entry in _usg_named(listed) for line in _usg_rule(name, entry)]
    return "\n".join([*lines, "#", "return"]) + "\n"


def _usg_address(prefix: Prefix) -> str:
    if prefix.version == 6:  # noqa: PLR2004 - the family
        return f"{prefix.network_address} {prefix.prefixlen}"
    return f"{prefix.network_address} mask {prefix.prefixlen}"


def _service_name(entry: Entry) -> str:
    word = {**WORDS, SCTP: "sctp", 50: "esp", 51: "ah"}.get(entry.protocol, str(entry.protocol))
    if entry.ports:
        return f"{word}-{_span(entry.ports, '-')}"
    return word if entry.icmp_type is None else f"{word}-{entry.icmp_type}"


def _usg_service(entry: Entry) -> str:
    word = {SCTP: "sctp"}.get(entry.protocol) or WORDS.get(entry.protocol, str(entry.protocol))
    if entry.protocol in (TCP, UDP, SCTP):
        ports = entry.ports or PortRange(first=0, last=0xFFFF)
        return f"{word} source-port 0 to 65535 destination-port {_span(ports, ' to ')}"
    return word if entry.icmp_type is None else f"{word} icmp-type {entry.icmp_type}"


def _span(ports: PortRange, to: str) -> str:
    return str(ports.first) if ports.first == ports.last else f"{ports.first}{to}{ports.last}"


def _usg_named(listed: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    """Entries with names of their own: a rule's second appearance would replace the first."""
    seen: set[str] = set()
    for entry in listed:
        name = f"{entry.flow}.v{entry.version}.{_service_name(entry)}"
        name = f"{name}.back" if name in seen else name
        seen.add(name)
        yield name, entry


def _usg_rule(name: str, entry: Entry) -> Iterator[str]:
    yield f" rule name {name}"
    yield f"  description {entry.flow}"
    yield f"  source-address address-set {entry.source_name}"
    yield f"  destination-address address-set {entry.destination_name}"
    yield f"  service {_service_name(entry)}"
    yield "  action permit"
