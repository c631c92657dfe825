"""Servers with their databases and middleware, sized so that the whole fits the cloud."""

from dataclasses import dataclass, replace
from decimal import Decimal

from inventory.generator.drafts import TO_CLOUD, Draft, private_address
from inventory.generator.draw import Draw
from inventory.generator.recipe import Recipe
from qianyun.estate.facts import Database, Middleware, Server
from qianyun.estate.kinds import CpuArch, Environment, ServerKind

VCPUS = (2, 4, 8, 16, 32, 64)
MEMORIES = (4, 8, 16, 32, 64, 128, 256)
ARCHES = {
    CpuArch.X86_64: 0.58,
    CpuArch.AARCH64: 0.30,
    CpuArch.LOONGARCH64: 0.09,
    CpuArch.SW64: 0.03,
}
SYSTEMS_BY_ARCH = {
    CpuArch.X86_64: (("CentOS", "7.9"), ("Windows Server", "2016"), ("Kylin", "V10"), ("openEuler", "22.03")),
    CpuArch.AARCH64: (("Kylin", "V10"), ("openEuler", "22.03"), ("UOS", "V20")),
    CpuArch.LOONGARCH64: (("Kylin", "V10"), ("UOS", "V20")),
    CpuArch.SW64: (("Kylin", "V10"),),
}
MODELS = {
    CpuArch.X86_64: ("浪潮 NF5280M6", "新华三 UniServer R4900 G5", "联想 ThinkSystem SR650"),
    CpuArch.AARCH64: ("华为 TaiShan 200 2280", "宝德 PR210K"),
    CpuArch.LOONGARCH64: ("同方 超强 L620", "浪潮 CS5260L"),
    CpuArch.SW64: ("中科可控 R3240H0",),
}
DATABASES = {
    "DM": ("8", 5236),
    "Kingbase": ("V8", 54321),
    "GaussDB": ("505", 8000),
    "OceanBase": ("4.2", 2881),
    "Oracle": ("11g", 1521),
    "MySQL": ("5.7", 3306),
    "SQL Server": ("2016", 1433),
    "PostgreSQL": ("13", 5432),
}
OLD_DATABASES = ("Oracle", "MySQL", "SQL Server", "PostgreSQL", "DM")
NEW_DATABASES = ("DM", "Kingbase", "GaussDB", "OceanBase")
MIDDLEWARE = {
    "TongWeb": ("7.0", 8088),
    "BES": ("9.5", 8080),
    "WebLogic": ("12c", 7001),
    "Tomcat": ("9.0", 8080),
    "Nginx": ("1.24", 443),
    "RabbitMQ": ("3.12", 5672),
}
OLD_MIDDLEWARE = ("WebLogic", "Tomcat", "Nginx", "RabbitMQ")
NEW_MIDDLEWARE = ("TongWeb", "BES", "Nginx")
DEPLOYMENTS = ("单机", "主从", "集群")


@dataclass(slots=True)
class Size:
    """Size of one server while it is being fitted."""

    vcpu: int
    memory_gib: int
    data_disk_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Everything that runs on servers."""

    servers: tuple[Server, ...]
    databases: tuple[Database, ...]
    middleware: tuple[Middleware, ...]


def make_servers(draw: Draw, recipe: Recipe, drafts: list[Draft]) -> Machines:
    """Servers of every system that is alive; their sums fill the cloud as the recipe says."""
    alive = [draft for draft in drafts if not draft.is_zombie]
    sizes = {draft.key: [_size(draw) for _n in range(_count(draw, draft))] for draft in alive}
    moving = [size for draft in alive if draft.disposition in TO_CLOUD for size in sizes[draft.key]]
    if recipe.final_capacity:
        _fit(draw, moving, recipe.final_capacity, recipe.fill)
    databases: list[Database] = []
    middleware: list[Middleware] = []
    number = 0
    for draft in alive:
        arch = draw.weighted(ARCHES)
        for nth, size in enumerate(sizes[draft.key]):
            number += 1
            server = _server(draw, draft, nth, size, arch=arch, number=number)
            draft.servers.append(server)
            if nth == 0 or draw.chance(0.25):
                databases.append(_database(draw, server))
            if nth == len(sizes[draft.key]) - 1 or draw.chance(0.5):
                middleware.append(_middleware(draw, server))
    servers = tuple(server for draft in alive for server in draft.servers)
    return Machines(servers=servers, databases=tuple(databases), middleware=tuple(middleware))


def _count(draw: Draw, draft: Draft) -> int:
    return draw.between(5, 9) if draft.is_platform else draw.weighted({1: 30, 2: 34, 3: 18, 4: 10, 6: 5, 8: 3})


def _size(draw: Draw) -> Size:
    vcpu = draw.weighted({2: 20, 4: 40, 8: 28, 16: 9, 32: 3})
    return Size(vcpu, vcpu * draw.weighted({2: 25, 4: 50, 8: 25}), max(50, round(draw.lognormal(3.3, 1.2)) * 10))


def _fit(draw: Draw, sizes: list[Size], capacity: tuple[int, int, int], fill: float) -> None:
    """Step single servers up or down until the sums meet their share of the capacity."""
    vcpu, memory, storage = (share * fill for share in capacity)
    order = draw.shuffled(sizes)
    for steps, field, target in ((VCPUS, "vcpu", vcpu), (MEMORIES, "memory_gib", memory)):
        for _round in steps:
            for size in order:
                _step(size, field, steps, target - sum(getattr(each, field) for each in sizes))
    disks = storage - sum(system_disk(size.vcpu) for size in sizes)
    scale = disks / sum(size.data_disk_gib for size in sizes)
    for size in sizes:
        size.data_disk_gib = max(10, round(size.data_disk_gib * scale / 10) * 10)


def _step(size: Size, field: str, steps: tuple[int, ...], missing: float) -> None:
    value: int = getattr(size, field)
    at = min(range(len(steps)), key=lambda n: abs(steps[n] - value))
    above, below = steps[min(at + 1, len(steps) - 1)], steps[max(at - 1, 0)]
    if missing >= above - value > 0:
        setattr(size, field, above)
    elif missing < 0:
        setattr(size, field, below)


def system_disk(vcpu: int) -> int:
    """System disk of a server by its size."""
    return 100 if vcpu > VCPUS[1] else 50


def _server(draw: Draw, draft: Draft, nth: int, size: Size, *, arch: CpuArch, number: int) -> Server:
    system, version = draw.one(SYSTEMS_BY_ARCH[arch])
    role = "db" if nth == 0 else draw.one(("app", "web", "mid"))
    made = Server(
        department=draft.key.department,
        system=draft.name,
        name=f"h{number:04d}-{role}{nth + 1:02d}",
        kind=draw.weighted({ServerKind.VIRTUAL: 0.7, ServerKind.PHYSICAL: 0.27, ServerKind.CONTAINER: 0.03}),
        environment=Environment.PRODUCTION,
        cpu_arch=arch,
        vcpu=size.vcpu,
        memory_gib=Decimal(size.memory_gib),
        system_disk_gib=Decimal(system_disk(size.vcpu)),
        data_disk_gib=Decimal(size.data_disk_gib),
        operating_system=system,
        operating_system_version=version,
        addresses=(private_address(number),),
        room=draft.room.name if draft.room else None,
        zone=draft.zone,
        cpu_peak_percent=Decimal(round(draw.beta(2, 3) * 100)),
        memory_peak_percent=Decimal(round(draw.beta(3, 2) * 100)),
    )
    return _labelled(made, arch, number) if made.kind is ServerKind.PHYSICAL else made


def _labelled(server: Server, arch: CpuArch, number: int) -> Server:
    """What stands on a box's label; no dice, so that no other value of the sample depends on it."""
    models = MODELS[arch]
    return replace(server, model=models[number % len(models)], serial=f"QY{arch.value[:2].upper()}{number:06d}")


def _database(draw: Draw, server: Server) -> Database:
    product = draw.one(OLD_DATABASES if server.cpu_arch is CpuArch.X86_64 else NEW_DATABASES)
    version, port = DATABASES[product]
    data = (server.data_disk_gib or Decimal(0)) * draw.between(30, 80) // 100
    return Database(
        department=server.department,
        system=server.system,
        server=server.name,
        product=product,
        version=version,
        port=port,
        deployment=draw.one(DEPLOYMENTS),
        data_gib=Decimal(int(data)),
    )


def _middleware(draw: Draw, server: Server) -> Middleware:
    product = draw.one(OLD_MIDDLEWARE if server.cpu_arch is CpuArch.X86_64 else NEW_MIDDLEWARE)
    version, port = MIDDLEWARE[product]
    return Middleware(
        department=server.department,
        system=server.system,
        server=server.name,
        product=product,
        version=version,
        port=port,
    )
