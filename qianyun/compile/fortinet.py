"""The flow matrix as firewall policies of Fortinet FortiOS, which keeps state.

Addresses stand in objects and groups of each family, ports in services. A policy names no
interface, so the text fits wherever the firewall stands; what no policy names is refused.

Source: Fortinet FortiOS 7.2 CLI Reference, config firewall address, addrgrp, service custom, policy.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from qianyun.compile.acl import entries, groups, heading
from qianyun.compile.entry import Entry
from qianyun.policy.model import ICMP, ICMPV6, SCTP, TCP, UDP, Policy, PortRange, Prefix

WORDS = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}
MESSAGES = {ICMP: "ICMP", ICMPV6: "ICMP6"}


def render_fortios(policy: Policy, on: date) -> str:
    """Address objects, services and policies, one policy for each entry."""
    listed = tuple(entries(policy, on))
    lines = [f"# {line}" for line in heading(policy, on, "fortios")]
    ends = groups(listed, fewest=1)
    for version, six in ((4, ""), (6, "6")):
        own = {name: prefixes for name, prefixes in ends.items() if prefixes[0].version == version}
        lines += _table(f"firewall address{six}", (_address(each) for each in _prefixes(own.values())))
        named = ((name, [f"set member {_quoted(map(str, prefixes))}"]) for name, prefixes in own.items())
        lines += _table(f"firewall addrgrp{six}", named)
    services = {_service_name(entry): _service(entry) for entry in listed}
    lines += _table("firewall service custom", sorted(services.items()))
    lines += _table("firewall policy", ((str(number), _policy(entry)) for number, entry in enumerate(listed, 1)))
    return "\n".join(lines) + "\n"


def _table(name: str, rows: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """A table with its entries."""
    yield f"config {name}"
    for key, values in rows:
        yield f"    edit {key}" if key.isdecimal() else f'    edit "{key}"'
        yield from (f"        {value}" for value in values)
        yield "    next"
    yield "end"


def _prefixes(held: Iterable[tuple[Prefix, ...]]) -> list[Prefix]:
    found = {prefix for prefixes in held for prefix in prefixes}
    return sorted(found, key=lambda prefix: (int(prefix.network_address), prefix.prefixlen))


def _address(prefix: Prefix) -> tuple[str, list[str]]:
    is_four = prefix.version == 4  # noqa: PLR2004 - the family
    value = f"subnet {prefix.network_address} {prefix.netmask}" if is_four else f"ip6 {prefix}"
    return str(prefix), [f"set {value}"]


def _quoted(words: Iterable[str]) -> str:
    return " ".join(f'"{word}"' for word in words)


def _service_name(entry: Entry) -> str:
    word = WORDS.get(entry.protocol) or MESSAGES.get(entry.protocol, f"ip-{entry.protocol}").lower()
    if entry.ports:
        return f"{word}-{_span(entry.ports)}"
    return word if entry.icmp_type is None else f"{word}-{entry.icmp_type}"


def _service(entry: Entry) -> list[str]:
    if entry.protocol in WORDS:
        ports = entry.ports or PortRange(first=0, last=0xFFFF)
        return [f"set {WORDS[entry.protocol]}-portrange {_span(ports)}"]
    if entry.protocol in MESSAGES:
        kind = [] if entry.icmp_type is None else [f"set icmptype {entry.icmp_type}"]
        return [f"set protocol {MESSAGES[entry.protocol]}", *kind]
    return ["set protocol IP", f"set protocol-number {entry.protocol}"]


def _span(ports: PortRange) -> str:
    return str(ports.first) if ports.first == ports.last else f"{ports.first}-{ports.last}"


def _policy(entry: Entry) -> list[str]:
    six = "" if entry.version == 4 else "6"  # noqa: PLR2004 - the family
    return [
        'set srcintf "any"',
        'set dstintf "any"',
        f'set srcaddr{six} "{entry.source_name}"',
        f'set dstaddr{six} "{entry.destination_name}"',
        "set action accept",
        'set schedule "always"',
        f'set service "{_service_name(entry)}"',
        f'set comments "{entry.flow}"',
    ]
