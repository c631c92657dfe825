"""Facts in quantity, as an estate of that size would have them: what speed and kill trials feed the store."""

from datetime import date, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from random import Random

from qianyun.estate.facts import Department, Server, System
from qianyun.estate.identity import Fact
from qianyun.estate.kinds import CpuArch, Level, MlpsLevel, Network

BASE = IPv4Address("10.0.0.0")
DEPARTMENTS = 45


def estate_of(count: int, seed: int = 1) -> list[Fact]:
    """`count` facts: departments, systems, and about nine servers a system."""
    random = Random(seed)  # noqa: S311 - a seeded choice, no secret
    made: list[Fact] = [
        Department(name=f"部门{number:02}", level=Level.PROVINCE, region_code="330000") for number in range(DEPARTMENTS)
    ]
    while len(made) < count:
        system = _system(len(made), random)
        made.append(system)
        made += [_server(system, number, random) for number in range(random.randint(3, 15))]
    return made[:count]


def _system(number: int, random: Random) -> System:
    return System(
        department=f"部门{random.randrange(DEPARTMENTS):02}",
        name=f"业务系统{number}",
        function="办理、查询与统计",
        user_count=random.randrange(100_000),
        mlps_level=random.choice(list(MlpsLevel)),
        live_on=date(2012, 1, 1) + timedelta(days=random.randrange(4000)),
        build_cost_wan_yuan=Decimal(random.randrange(100_000)) / 100,
        networks=(Network.EXTRANET, Network.DEPARTMENT_PRIVATE),
        addresses=(BASE + random.randrange(1 << 24),),
        vcpu=random.randrange(4, 128),
        memory_gib=Decimal(random.randrange(8, 512)),
        storage_gib=Decimal(random.randrange(100, 9000)),
    )


def _server(system: System, number: int, random: Random) -> Server:
    return Server(
        department=system.department,
        system=system.name,
        name=f"host-{number:02}",
        cpu_arch=random.choice(list(CpuArch)),
        vcpu=random.choice((4, 8, 16, 32)),
        memory_gib=Decimal(random.choice((16, 32, 64))),
        system_disk_gib=Decimal(100),
        data_disk_gib=Decimal(random.randrange(100, 2000)),
        operating_system="openEuler",
        operating_system_version="22.03",
        addresses=(BASE + random.randrange(1 << 24),),
        cpu_peak_percent=Decimal(random.randrange(10_000)) / 100,
    )
