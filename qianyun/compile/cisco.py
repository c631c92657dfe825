"""The flow matrix as access lists of Cisco IOS and ASA.

IOS keeps no state in an access list: replies of TCP are permitted as `established`. ASA keeps it,
and one list serves both families. Addresses stand in object groups where there are several.

Source: Cisco IOS Security Configuration Guide, ACLs and object groups; Cisco ASA Series CLI
Configuration Guide 9.x, access control lists and objects.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from qianyun.compile.acl import entries, entries_with_replies, groups, heading, said_ports
from qianyun.compile.entry import Entry
from qianyun.policy.model import ICMP, ICMPV6, SCTP, TCP, UDP, Policy, Prefix

NAME = "QIANYUN"
IOS_WORDS = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmp", 47: "gre", 50: "esp", 51: "ahp"}
ASA_WORDS = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmp6", SCTP: "sctp", 47: "gre", 50: "esp", 51: "ah"}


def render_ios(policy: Policy, on: date, *, loose_replies: bool = False) -> str:
    """Lists `QIANYUN-V4` and `QIANYUN-V6` of IOS, to be bound inbound on every zone's interface.

    Raises:
        CompileError: A flow cannot be told without state, or has ports that IOS does not know.
    """
    listed = tuple(entries_with_replies(policy, on, target="IOS", loose_replies=loose_replies))
    lines = [*(f"! {line}" for line in heading(policy, on, "ios")), *_ios_groups(listed)]
    for version, opening, closing in (
        (4, f"ip access-list extended {NAME}-V4", "deny ip any any"),
        (6, f"ipv6 access-list {NAME}-V6", "deny ipv6 any any"),
    ):
        lines += [opening, *(f" {line}" for line in _ios_lines(listed, version)), f" {closing}", "!"]
    return "\n".join(lines) + "\n"


def _ios_groups(listed: Iterable[Entry]) -> Iterator[str]:
    for name, prefixes in groups(listed).items():
        is_four = prefixes[0].version == 4  # noqa: PLR2004 - the family
        yield f"object-group {'network' if is_four else 'v6-network'} {name}"
        for prefix in prefixes:
            yield f" {prefix.network_address} {prefix.netmask}" if is_four else f" {prefix}"
        yield "!"


def _ios_lines(listed: Iterable[Entry], version: int) -> Iterator[str]:
    flow = ""
    for entry in listed:
        if entry.version != version:
            continue
        if entry.flow != flow:
            flow = entry.flow
            yield f"remark {flow}"
        parts = [
            "permit",
            IOS_WORDS.get(entry.protocol, str(entry.protocol)),
            _ios_end(entry.sources, entry.source_name),
            said_ports(entry.source_ports, "eq", "range") if entry.source_ports else "",
            _ios_end(entry.destinations, entry.destination_name),
            said_ports(entry.ports, "eq", "range") if entry.ports else "",
            "" if entry.icmp_type is None else str(entry.icmp_type),
            "established" if entry.is_established else "",
        ]
        yield " ".join(filter(None, parts))


def _ios_end(prefixes: tuple[Prefix, ...], name: str) -> str:
    if len(prefixes) > 1:
        return f"object-group {name}"
    [prefix] = prefixes
    if prefix.prefixlen == 0:
        return "any"
    if prefix.version == 6:  # noqa: PLR2004 - the family
        return str(prefix)
    return f"{prefix.network_address} {prefix.hostmask}"


def render_asa(policy: Policy, on: date) -> str:
    """One list `QIANYUN` of ASA for both families, bound to all interfaces."""
    listed = tuple(entries(policy, on))
    lines = [f"! {line}" for line in heading(policy, on, "asa")]
    for name, prefixes in groups(listed).items():
        lines.append(f"object-group network {name}")
        lines += [
            f" network-object {p.network_address} {p.netmask}" if p.version == 4 else f" network-object {p}"  # noqa: PLR2004 - the family
            for p in prefixes
        ]
    return "\n".join([*lines, *_asa_lines(listed), f"access-group {NAME} global"]) + "\n"


def _asa_lines(listed: Iterable[Entry]) -> Iterator[str]:
    flow = ""
    for entry in listed:
        if entry.flow != flow:
            flow = entry.flow
            yield f"access-list {NAME} remark {flow}"
        parts = [
            f"access-list {NAME} extended permit",
            ASA_WORDS.get(entry.protocol, str(entry.protocol)),
            _asa_end(entry.sources, entry.source_name),
            _asa_end(entry.destinations, entry.destination_name),
            said_ports(entry.ports, "eq", "range") if entry.ports else "",
            "" if entry.icmp_type is None else str(entry.icmp_type),
        ]
        yield " ".join(filter(None, parts))
    yield f"access-list {NAME} extended deny ip any any"


def _asa_end(prefixes: tuple[Prefix, ...], name: str) -> str:
    if len(prefixes) > 1:
        return f"object-group {name}"
    [prefix] = prefixes
    if prefix.prefixlen == 0:
        return f"any{prefix.version}"
    if prefix.version == 6:  # noqa: PLR2004 - the family
        return str(prefix)
    return f"{prefix.network_address} {prefix.netmask}"
