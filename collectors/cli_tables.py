"""Tables that the CLI of a network device prints, as facts: ports, neighbours, ARP, MACs, routes.

The community's templates (ntc-templates, TextFSM) turn each answer into rows; which of a row's fields
hold what differs from vendor to vendor and stands here. An answer that no template fits gives no rows:
the text itself is kept beside them all the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network

from ntc_templates.parse import ParsingException, parse_output
from textfsm import Error as TextFsmError

from collectors.transcript import DIALOGUES
from qianyun.estate.observation import Value
from qianyun.estate.targets import Profile

PLATFORMS = {
    Profile.VRP: "huawei_vrp",
    Profile.COMWARE: "hp_comware",
    Profile.IOS: "cisco_ios",
    Profile.FORTIOS: "fortinet",
    Profile.ZXROS: "zte_zxros",
}
DIGITS_OF_A_MAC = 12
PORT_NAME = re.compile(r"[A-Za-z][\w-]*\d+/\d+")
"""A port is identified by its name with some devices, by a number or a MAC with others."""

Row = Mapping[str, str]
Fact = tuple[str, Value]


def rows(profile: Profile, command: str, answer: str) -> tuple[Row, ...]:
    """An answer's rows; none where no template fits. Lists in a row become their first element."""
    try:
        parsed = parse_output(PLATFORMS[profile], command, answer)
    except (ParsingException, TextFsmError, re.error):
        return ()
    return tuple({name: _plain(value) for name, value in row.items()} for row in parsed)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return str(value).strip()


def facts(profile: Profile, answers: Mapping[str, str]) -> Iterator[tuple[str, Value, str]]:
    """Attribute, value and section of all rows of all tables."""
    commands = DIALOGUES[profile].commands
    for section, read in READERS.items():
        command, answer = commands.get(section, ""), answers.get(section, "")
        if command and answer.strip():
            for row in rows(profile, command, answer):
                found = read(row)
                if found is not None:
                    yield (*found, section)


def first(row: Row, *names: str) -> str:
    """The first of a row's fields that says something."""
    return next((row[name] for name in names if row.get(name) not in (None, "", "--", "N/A")), "")


def _port(row: Row) -> Fact | None:
    name = first(row, "interface", "name")
    state = first(row, "link", "phy", "physical", "link_status", "status").strip("*^()").lower()
    details = first(row, "protocol", "protocol_status").lower(), first(row, "description")
    return (f"port.{name}", (state, *details, first(row, "main_ip", "ip_address"))) if name else None


def _neighbour(row: Row) -> Fact | None:
    port = first(row, "local_interface")
    identity = first(row, "neighbor_port_id", "port_identity")
    remote = identity if PORT_NAME.match(identity) else first(row, "neighbor_interface") or identity
    device = _mac(first(row, "chassis_id")) or first(row, "chassis_id")
    told = ("lldp", first(row, "neighbor_name"), device, remote, first(row, "mgmt_address"))
    return (f"neighbour.{port}", told) if port else None


def _arp(row: Row) -> Fact | None:
    address, mac = first(row, "ip_address", "address"), _mac(first(row, "mac_address"))
    return (f"arp.{address}.{first(row, 'interface')}", mac) if address and mac else None


def _learnt(row: Row) -> Fact | None:
    mac = _mac(first(row, "mac_address", "destination_address"))
    vlan, port = first(row, "vlan_id"), first(row, "interface", "destination_port")
    return (f"mac.{mac}.{vlan}" if vlan.isdigit() else f"mac.{mac}", port) if mac and port else None


def _route(row: Row) -> Fact | None:
    prefix = first(row, "destination", "network", "ip_address")
    length = first(row, "prefix_length")
    try:
        network = ip_network(f"{prefix}/{length}" if length and "/" not in prefix else prefix, strict=False)
    except ValueError:
        return None
    hop = first(row, "nexthop_ip", "gateway")
    return f"route.{network}.{hop}", first(row, "nexthop_if", "interface")


def _mac(text: str) -> str:
    """A MAC in the form that all collectors write; empty for what is none."""
    digits = re.sub(r"[-:.]", "", text).lower()
    if len(digits) != DIGITS_OF_A_MAC or not re.fullmatch(r"[0-9a-f]+", digits):
        return ""
    return ":".join(digits[n : n + 2] for n in range(0, DIGITS_OF_A_MAC, 2))


READERS: Mapping[str, Callable[[Row], Fact | None]] = {
    "interfaces": _port,
    "neighbours": _neighbour,
    "arp": _arp,
    "macs": _learnt,
    "routes": _route,
}
"""Section to what its rows mean."""
