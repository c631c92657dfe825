"""Who reaches whom in a lab, cell by cell: by real packets, and by what the policy declares."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from itertools import product
from pathlib import Path

from qianyun.lab.running import Lab
from qianyun.policy.model import Policy, Rule, Zone
from qianyun.policy.rules import rules_of

PROBE = Path(__file__).with_name("probe.py")
PORTS = {"tcp": [80, 443, 2222, 5432, 8022, 8443], "udp": [53, 443, 514]}
NUMBERS = {("tcp", 4): 6, ("tcp", 6): 6, ("udp", 4): 17, ("udp", 6): 17, ("icmp", 4): 1, ("icmp", 6): 58}
ECHO = {4: 8, 6: 128}


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One question: does `source` get an answer from `target` at an address, by a protocol and port?"""

    source: str
    target: str
    address: str
    protocol: str
    port: int

    @property
    def version(self) -> int:
        return ip_address(self.address).version


def questions(lab: Lab, hosts: Sequence[str]) -> tuple[Cell, ...]:
    """Every host to every address of every other one, on every port that anybody declares, and one that nobody does."""
    asked = [(protocol, port) for protocol, ports in PORTS.items() for port in ports] + [("icmp", 0)]
    addresses = [(name, address) for name in hosts for address in _addresses(lab, name)]
    return tuple(
        Cell(source, target, address, protocol, port)
        for source, (target, address), (protocol, port) in product(hosts, addresses, asked)
        if source != target
    )


def _addresses(lab: Lab, name: str) -> Iterator[str]:
    host = next(host for host in lab.topology.hosts if host.name == name)
    return (str(address.ip) for link in host.links for address in link.addresses)


def observed(lab: Lab, cells: Sequence[Cell]) -> set[Cell]:
    """The cells that answer to real packets; who does not is asked again until a round brings nothing new."""
    hosts = sorted({cell.source for cell in cells} | {cell.target for cell in cells})
    reached, heard = set[Cell](), None
    with ExitStack() as answering:
        for host in hosts:
            answering.enter_context(listening(lab, host))
        while heard is None or heard:
            heard = _answers(lab, [cell for cell in cells if cell not in reached])
            reached |= heard
    return reached


def _answers(lab: Lab, cells: Sequence[Cell]) -> set[Cell]:
    sources = sorted({cell.source for cell in cells})
    asking = [_asking(lab, host, [cell for cell in cells if cell.source == host]) for host in sources]
    return {cell for asked in asking for cell in _heard(*asked)}


@contextmanager
def listening(lab: Lab, host: str) -> Iterator[None]:
    """Answer on every port that is asked about, while something else happens."""
    listener = _probe(lab, host, "listen", PORTS)
    assert listener.stdin is not None
    assert listener.stdout is not None
    try:
        assert listener.stdout.readline() == "ready\n", host
        yield
    finally:
        listener.stdin.close()
        listener.wait(10)
        listener.stdout.close()


def _asking(lab: Lab, host: str, cells: Sequence[Cell]) -> tuple[Sequence[Cell], "subprocess.Popen[str]"]:
    return cells, _probe(lab, host, "ask", [(cell.protocol, cell.address, cell.port) for cell in cells])


def _heard(cells: Sequence[Cell], asking: "subprocess.Popen[str]") -> Iterator[Cell]:
    said, _errors = asking.communicate(timeout=400)
    return (cells[place] for place in json.loads(said))


def _probe(lab: Lab, host: str, verb: str, wanted: object) -> "subprocess.Popen[str]":
    """Our own Python on a host's network, but none of its files: the host need not help."""
    command = ["nsenter", "--target", str(lab.init(host)), "--net", "--", sys.executable, str(PROBE), verb]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()
    return process


def declared(lab: Lab, policy: Policy, cells: Sequence[Cell], on: date) -> set[Cell]:
    """The cells that the flow matrix permits; the source may use any of its addresses of the family."""
    rules = rules_of(policy, on)
    return {
        cell
        for cell in cells
        if any(_permits(rule, cell, source) for rule in rules for source in _addresses(lab, cell.source))
    }


def _permits(rule: Rule, cell: Cell, source: str) -> bool:
    if (NUMBERS[cell.protocol, cell.version], cell.version) != (rule.protocol, rule.version):
        return False
    inside = any(ip_address(source) in prefix for prefix in rule.sources)
    to = any(ip_address(cell.address) in prefix for prefix in rule.destinations)
    asked = ECHO[cell.version] if cell.protocol == "icmp" else cell.port
    kinds = not rule.icmp_types or asked in rule.icmp_types
    ports = not rule.ports or any(span.first <= asked <= span.last for span in rule.ports)
    return inside and to and (kinds if cell.protocol == "icmp" else ports)


def zones_of(lab: Lab, policy: Policy, name: str) -> set[Zone]:
    """The zones that a host has addresses of; none of them for the outside."""
    held = [ip_address(address) for address in _addresses(lab, name)]
    return {zone for zone in policy.zones if any(address in prefix for prefix in zone.prefixes for address in held)}
