"""Systems while they are being drawn: several passes fill them before they become facts."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from ipaddress import IPv4Address

from inventory.generator.departments import Organ
from inventory.generator.draw import Draw, apportioned
from inventory.generator.names import CONTACTS, OFFICES, SHARED_PLATFORMS, phone, system_names
from inventory.generator.recipe import FILLED_IN, PROGRAMME, Recipe
from inventory.generator.rooms import KEPT
from qianyun.estate.facts import Room, Server, System, SystemKey
from qianyun.estate.kinds import (
    Architecture,
    Category,
    Disposition,
    MlpsLevel,
    Network,
    Origin,
    Scope,
    Secrecy,
)

TO_CLOUD = frozenset({Disposition.MIGRATE, Disposition.MERGE, Disposition.TAKE_OVER})
STAYS = frozenset({Disposition.INTEGRATE, Disposition.TAKE_OVER, Disposition.DEFER})
"""What leaves its room late or never, and so stands in a room that is kept."""
DEFER_REASONS = (
    "国家部委统一建设，等待部署方案",
    "正在升级改造，验收后再迁移",
    "依赖现场专用设备，暂不具备迁移条件",
    "运维合同未到期且厂商不支持异构迁移",
)
_SCOPES = {
    Origin.NATIONAL: {Scope.NATIONAL: 1.0},
    Origin.PROVINCIAL: {
        Scope.PROVINCIAL: 0.3,
        Scope.PROVINCE_CITY: 0.3,
        Scope.PROVINCE_COUNTY: 0.25,
        Scope.BELOW_COUNTY: 0.15,
    },
    Origin.SELF_BUILT: {Scope.UNIT: 0.7, Scope.PROVINCE_CITY: 0.2, Scope.PROVINCE_COUNTY: 0.1},
}
HOST_SYSTEMS = 16
"""Systems that the host of the shared platforms has beyond its share."""
Levels = dict[MlpsLevel | None, float]
_LEVELS: Levels = {MlpsLevel.TWO: 0.66, MlpsLevel.THREE: 0.26, MlpsLevel.ONE: 0.04, None: 0.04}


@dataclass(slots=True, kw_only=True)
class Draft:
    """A system before it is a fact."""

    organ: Organ
    name: str
    origin: Origin
    disposition: Disposition
    is_zombie: bool = False
    is_platform: bool = False
    zone: str | None = None
    room: Room | None = None
    ready_on: date | None = None
    reason: str = ""
    servers: list[Server] = field(default_factory=list)

    @property
    def key(self) -> SystemKey:
        """What will identify the system."""
        return SystemKey(department=self.organ.department.name, name=self.name)


def system_sizes(draw: Draw, recipe: Recipe, organs: list[Organ], host: str) -> dict[str, int]:
    """How many systems each department has: one has most, the host has room for the shared platforms."""
    owners = [organ for organ in organs if organ.subjects]
    largest = max(owners, key=lambda organ: len(organ.subjects))
    others = [organ for organ in owners if organ is not largest]
    weights = [draw.lognormal(0, 0.7) * len(organ.subjects) ** 1.2 for organ in others]
    counts = apportioned(recipe.systems - recipe.largest - HOST_SYSTEMS, weights)
    sizes = dict(zip((organ.department.name for organ in others), counts, strict=True))
    sizes[host] += HOST_SYSTEMS
    return {**sizes, largest.department.name: recipe.largest}


def make_drafts(draw: Draw, recipe: Recipe, organs: list[Organ], sizes: dict[str, int], host: str) -> list[Draft]:
    """All systems with name, origin, disposition and zone; the shared platforms are the host's."""
    origins, fates = draw.dealt(dict(recipe.origins)), _fates(draw, recipe)
    drafts: list[Draft] = []
    for organ in organs:
        size = sizes.get(organ.department.name, 0)
        platforms = dict(SHARED_PLATFORMS) if organ.department.name == host else {}
        names = [*platforms, *system_names(draw, organ.subjects, size - len(platforms))] if size else []
        for name in names:
            fate, is_zombie = (Disposition.MIGRATE, False) if name in platforms else fates.pop()
            draft = Draft(organ=organ, name=name, origin=origins.pop(), disposition=fate, is_zombie=is_zombie)
            draft.is_platform = name in platforms
            if fate in TO_CLOUD:
                draft.zone = platforms.get(name) or draw.weighted(
                    {"internet": 0.42, "extranet": 0.55, "exchange": 0.03}
                )
            drafts.append(draft)
    _mend_merges(drafts)
    return drafts


def _fates(draw: Draw, recipe: Recipe) -> list[tuple[Disposition, bool]]:
    rest = recipe.systems - sum(recipe.dispositions.values()) - len(SHARED_PLATFORMS)
    counts = {(disposition, False): count for disposition, count in recipe.dispositions.items()}
    counts[Disposition.RETIRE, False] -= recipe.zombies
    return draw.dealt({**counts, (Disposition.RETIRE, True): recipe.zombies, (Disposition.MIGRATE, False): rest})


def _mend_merges(drafts: list[Draft]) -> None:
    """A system can merge only where its department moves another: else it swaps fates with one elsewhere."""
    movers = [draft for draft in drafts if draft.disposition is Disposition.MIGRATE and not draft.is_platform]
    for draft in drafts:
        peers = [other for other in movers if other.organ is draft.organ]
        if draft.disposition is Disposition.MERGE and not peers:
            other = next(m for m in movers if sum(p.organ is m.organ for p in movers) > 3)  # noqa: PLR2004 - leaves it two
            draft.disposition, other.disposition = other.disposition, draft.disposition
            movers.remove(other)
            movers.append(draft)


def place(draw: Draw, drafts: list[Draft], rooms: list[Room], host: str) -> None:
    """Give every system its room and, if it moves, the day from which it may."""
    shelter = next(room for room in rooms if room.department == host and room.outcome in KEPT)
    empty = {room.name for room in rooms}
    for draft in drafts:
        own = [room for room in rooms if room.department == draft.key.department]
        fit = [room for room in own if room.outcome in KEPT] if draft.disposition in STAYS else own
        fresh = [room for room in fit if room.name in empty]
        draft.room = draw.one(fresh or fit or [shelter])
        empty.discard(draft.room.name)
        draft.ready_on = _ready(draw, draft)


def _ready(draw: Draw, draft: Draft) -> date | None:
    first = PROGRAMME[0]
    if draft.is_platform:
        return first + timedelta(weeks=draw.between(4, 14))
    if draft.disposition in TO_CLOUD or draft.disposition is Disposition.INTRANET:
        late = 0.10 if draft.origin is Origin.NATIONAL else 0.0
        return first + timedelta(weeks=round(4 + 104 * min(0.72, draw.beta(1.3, 2.2) * 0.75 + late)))
    return None


def system_of(draw: Draw, draft: Draft, number: int, vendors: tuple[str, str, str | None]) -> System:
    """The fact itself; a zombie knows little more than its name and room."""
    if draft.is_zombie:
        return _zombie(draft)
    lives = FILLED_IN.replace(year=draw.between(2009, 2025), month=draw.between(1, 12), day=1)
    level = draw.weighted(_LEVELS) if not draft.is_platform else MlpsLevel.THREE
    filed = _past(draw, 200, 2000) if level and level >= MlpsLevel.TWO else None
    build = Decimal(round(draw.lognormal(5.0, 1.0)))
    storage = _sum(draft.servers, "system_disk_gib") + _sum(draft.servers, "data_disk_gib")
    classified = draft.disposition is Disposition.INTRANET
    developer, maintainer, guard = vendors
    return System(
        department=draft.key.department,
        name=draft.name,
        code=f"{draft.organ.department.region_code[:4]}{number:05d}",
        office=draw.one(OFFICES),
        function=f"承担{draft.name.removesuffix('系统').removesuffix('平台')}业务的受理、办理与统计",
        category=_category(draw, draft),
        origin=draft.origin,
        scope=draw.weighted(_SCOPES[draft.origin]),
        user_kind=_users(draw, draft),
        user_count=round(draw.lognormal(6.5, 1.6)) + 5,
        secrecy=Secrecy.CLASSIFIED if classified else Secrecy.UNCLASSIFIED,
        mlps_level=level,
        filing_number=f"99{draw.between(10**8, 10**9 - 1)}-{filed.year % 100:02d}001" if filed else "",
        filed_on=filed,
        assessed_on=_past(draw, 30, 330 if level == MlpsLevel.THREE else 700) if filed else None,
        crypto_assessed_on=_past(draw, 30, 330) if level == MlpsLevel.THREE and draw.chance(0.6) else None,
        live_on=lives,
        development_vendor=developer,
        maintenance_vendor=maintainer,
        security_vendor=guard,
        contract_end=_contract_end(draw),
        build_cost_wan_yuan=build,
        yearly_cost_wan_yuan=Decimal(int(build) * draw.between(8, 15) // 10) / 10,
        room=draft.room.name if draft.room else None,
        networks=_networks(draw, draft),
        architecture=draw.weighted({Architecture.BROWSER: 0.8, Architecture.CLIENT: 0.1, Architecture.MIXED: 0.1}),
        domain=f"s{number:04d}.gov.example" if draft.zone == "internet" else "",
        addresses=tuple(address for server in draft.servers for address in server.addresses)[:3],
        vcpu=int(_sum(draft.servers, "vcpu")),
        memory_gib=_sum(draft.servers, "memory_gib"),
        storage_gib=storage,
        data_gib=Decimal(round(storage * Decimal(str(draw.share(0.4, 0.9))))),
        downtime_hours=Decimal(draw.weighted({2: 1, 4: 3, 6: 2, 8: 3, 12: 2, 24: 1, 48: 0.5})),
        ready_on=draft.ready_on,
        zone=draft.zone,
        disposition=draft.disposition,
        disposition_reason=draft.reason or _reason(draw, draft),
        contact_name=draw.one(CONTACTS),
        contact_phone=phone(draw),
    )


def _zombie(draft: Draft) -> System:
    return System(
        department=draft.key.department,
        name=draft.name,
        origin=draft.origin,
        is_zombie=True,
        room=draft.room.name if draft.room else None,
        disposition=Disposition.RETIRE,
    )


def _sum(servers: list[Server], size: str) -> Decimal:
    return Decimal(sum(getattr(server, size) or 0 for server in servers))


def _past(draw: Draw, least: int, most: int) -> date:
    return FILLED_IN - timedelta(days=draw.between(least, most))


def _contract_end(draw: Draw) -> date:
    year, month = draw.between(2026, 2028), draw.one((3, 6, 8, 9, 10, 11, 12))
    first = date(year, month if year > PROGRAMME[0].year else max(month, 8), 1)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _category(draw: Draw, draft: Draft) -> Category:
    if draft.is_platform:
        return Category.SUPPORT
    return draw.weighted({Category.APPLICATION: 0.85, Category.SUPPORT: 0.11, Category.INFRASTRUCTURE: 0.04})


def _users(draw: Draw, draft: Draft) -> str:
    return draw.one(("公众", "企业")) if draft.zone == "internet" else "公务员"


def _networks(draw: Draw, draft: Draft) -> tuple[Network, ...]:
    if draft.disposition is Disposition.INTRANET:
        return (Network.INTRANET,)
    networks = [Network.INTERNET] if draft.zone == "internet" else []
    networks += [Network.EXTRANET] if draw.chance(0.6) else []
    networks += [Network.DEPARTMENT_PRIVATE] if draw.chance(0.35) else []
    return tuple(networks) or (Network.EXTRANET,)


def _reason(draw: Draw, draft: Draft) -> str:
    match draft.disposition:
        case Disposition.DEFER:
            return draw.one(DEFER_REASONS)
        case Disposition.INTEGRATE:
            return "国垂系统，先行接口对接" if draft.origin is Origin.NATIONAL else "暂不具备迁移条件，先行接口对接"
        case Disposition.RETIRE:
            return "业务已由其他系统承担"
        case Disposition.INTRANET:
            return "涉密业务，迁入政务内网"
        case _:
            return ""


def private_address(number: int) -> IPv4Address:
    """The `number`-th address of the departments' own 10/8, skipping ends of its /24s."""
    block, host = divmod(number, 250)
    return IPv4Address((10 << 24) + (1 << 20) + (block << 8) + host + 2)
