"""Long access lists as a government's firewalls hold them: sites, subnets, hosts, services."""

import random
from collections.abc import Iterator
from ipaddress import IPv4Address

PORTS = (22, 25, 53, 80, 123, 135, 139, 161, 389, 443, 445, 514, 1433, 1521, 3306, 3389, 5432, 6379, 8080, 8443, 9200)
BASES = (10 << 24, 172 << 24 | 16 << 16, 198 << 24 | 18 << 16)


def ios_list(lines: int, seed: int = 1) -> str:
    """One extended list of so many lines."""
    return "\n".join(["ip access-list extended LONG", *(f" {line}" for line in entries(lines, seed)), "end", ""])


def entries(lines: int, seed: int) -> Iterator[str]:
    """The lines alone."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    networks = [_network(chance) for _ in range(max(20, int(lines**0.5) * 4))]
    for _ in range(lines):
        action = "permit" if chance.random() < 0.8 else "deny"
        protocol = chance.choices(("tcp", "udp", "icmp", "ip"), (68, 18, 5, 9))[0]
        source = _end(chance, networks, (0.12, 0.20, 0.62))
        target = _end(chance, networks, (0.01, 0.06, 0.36))
        if source == target == "any":
            target = _end(chance, networks, (0, 0, 1))
        yield f"{action} {protocol} {source}{_source_port(chance, protocol)} {target}{_port(chance, protocol)}"


def _network(chance: random.Random) -> int:
    return chance.choice(BASES) | chance.randrange(64) << 16 & 0xFF0000 | chance.randrange(256) << 8


def _end(chance: random.Random, networks: list[int], shares: tuple[float, float, float]) -> str:
    drawn, network = chance.random(), chance.choice(networks)
    if drawn < shares[0]:
        return "any"
    if drawn < shares[1]:
        return f"{IPv4Address(network & 0xFFFF0000)} 0.0.255.255"
    if drawn < shares[2]:
        return f"{IPv4Address(network)} 0.0.0.255"
    if chance.random() < 0.2:
        loose = (1 << chance.randrange(2, 8)) - 1
        return f"{IPv4Address((network | chance.getrandbits(8)) & ~loose)} {IPv4Address(loose)}"
    return f"host {IPv4Address(network | chance.randrange(1, 250))}"


def _source_port(chance: random.Random, protocol: str) -> str:
    return " gt 1023" if protocol in {"tcp", "udp"} and chance.random() < 0.05 else ""


def _port(chance: random.Random, protocol: str) -> str:
    drawn = chance.random()
    if protocol not in {"tcp", "udp"} or drawn > 0.9:
        return ""
    if drawn < 0.7:
        return f" eq {chance.choice(PORTS) if chance.random() < 0.75 else chance.randrange(1, 65536)}"
    first = chance.randrange(1, 65000)
    return f" range {first} {min(65535, first + chance.choice((1, 2, 5, 9, 50, 99, 500, 999)))}"
