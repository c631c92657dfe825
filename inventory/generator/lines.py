"""Leased lines, by the size of the room they end in."""

from datetime import date
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address

from inventory.generator.draw import Draw, apportioned
from inventory.generator.recipe import Recipe
from qianyun.estate.facts import Address, Line, Room, System
from qianyun.estate.kinds import Disposition, Network, Operator

OPERATORS = {Operator.TELECOM: 0.38, Operator.MOBILE: 0.27, Operator.UNICOM: 0.25, Operator.BROADCAST: 0.10}
PREFIXES = {Operator.TELECOM: "DX", Operator.MOBILE: "YD", Operator.UNICOM: "LT", Operator.BROADCAST: "GD"}
NETWORKS = {Network.INTERNET: 0.24, Network.DEPARTMENT_PRIVATE: 0.47, Network.EXTRANET: 0.27, Network.INTRANET: 0.02}
MONTHLY_YUAN = {10: 700, 20: 1100, 50: 1900, 100: 3000, 200: 4600, 500: 7800, 1000: 11800}
ACCESSES = ("MSTP专线", "裸光纤", "PTN专线", "光纤专线")


def make_lines(draw: Draw, recipe: Recipe, rooms: list[Room], systems: list[System]) -> tuple[Line, ...]:
    """The lines of all rooms; a line names the systems of its room that need it."""
    weights = [float(room.rack_count or 1) ** 0.5 * draw.lognormal(0, 0.5) for room in rooms]
    counts = apportioned(recipe.lines, weights, least=2)
    lines: list[Line] = []
    for room, count in zip(rooms, counts, strict=True):
        users = [s for s in systems if s.room == room.name and s.department == room.department]
        for _n in range(count):
            lines.append(_line(draw, room, users, len(lines) + 1))
    return tuple(lines)


def _line(draw: Draw, room: Room, users: list[System], number: int) -> Line:
    operator, network = draw.weighted(OPERATORS), draw.weighted(NETWORKS)
    mbps = draw.weighted({10: 24, 20: 18, 50: 16, 100: 24, 200: 10, 500: 5, 1000: 3})
    fits = [s.name for s in users if _may_use(s, network)]
    return Line(
        number=f"{PREFIXES[operator]}99{number:06d}",
        department=room.department,
        room=room.name,
        network=network,
        access=draw.one(ACCESSES),
        operator=operator,
        bandwidth_mbps=Decimal(mbps),
        monthly_cost_yuan=Decimal(round(MONTHLY_YUAN[mbps] * draw.share(0.8, 1.25), -1)),
        contract_end=date(draw.between(2026, 2028), draw.one((6, 9, 12)), 30),
        addresses=_addresses(draw, network, number),
        systems=tuple(sorted(draw.some(fits, draw.weighted({0: 30, 1: 50, 2: 15, 3: 5})))),
    )


def _may_use(system: System, network: Network) -> bool:
    secret = system.disposition is Disposition.INTRANET
    return not system.is_zombie and secret == (network is Network.INTRANET)


def _addresses(draw: Draw, network: Network, number: int) -> tuple[Address, ...]:
    if network is Network.INTERNET:
        four = IPv4Address("203.0.113.0") + number % 254 + 1
        return (four, IPv6Address("2001:db8::") + number) if draw.chance(0.3) else (four,)
    return (IPv4Address((172 << 24) + (16 << 16) + number),)
