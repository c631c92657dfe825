"""A small estate with which every check that sees data is content, and ways to change one fact of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from ipaddress import IPv6Network, ip_address, ip_network
from typing import Any

from qianyun.estate.calendar import Blackout, Calendar
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Database, Department, Line, Pool, Room, Server, System
from qianyun.estate.kinds import (
    BlackoutKind,
    DependencyKind,
    Level,
    MlpsLevel,
    Network,
    Operator,
    RoomOutcome,
)
from qianyun.policy.addresses import AddressDeclaration
from qianyun.policy.egress import Egress, EgressLink, Publication
from qianyun.policy.model import Endpoint, Exchange, Flow, Policy, Service, Zone, ZoneKind
from qianyun.policy.profile import AddressLevel, Clause, Confidence, Profile, RiskyPort, SlotScheme
from qianyun.verify.checks.dossier import Dossier
from qianyun.verify.checks.records import Disks, Records, Trail
from qianyun.verify.findings import Report

ON = date(2026, 11, 1)


def _zone(name: str, number: int, borders: tuple[str, ...], *prefixes: str, **more: Any) -> Zone:  # noqa: ANN401 - any attribute of a zone
    owned = tuple(ip_network(prefix) for prefix in prefixes)
    place = f"zones.yml:{number}"
    return Zone(name=name, label=name, number=number, borders=borders, prefixes=owned, source=place, **more)


ZONES = (
    _zone("world", 0, ("web", "office"), kind=ZoneKind.OUTSIDE),
    _zone("web", 1, ("world", "gate"), "2001:db8:1::/48", "192.0.2.0/24", mlps_level=3),
    _zone("gate", 2, ("web", "inner"), "2001:db8:2::/48", "10.2.0.0/16", mlps_level=3, is_exchange=True),
    _zone("inner", 3, ("gate", "office"), "2001:db8:3::/48", "10.3.0.0/16", mlps_level=3),
    _zone("office", 4, ("inner", "world"), "10.4.0.0/16", kind=ZoneKind.DEPARTMENT),
)
PORTAL = Endpoint(name="web.portal", zone="web", prefixes=(ip_network("2001:db8:1:1::/64"),), source="zones.yml:9")
WHOLE = {zone.name: Endpoint(name=zone.name, zone=zone.name, prefixes=zone.prefixes) for zone in ZONES}
HTTPS = Service(name="https", protocol=6)
FLOWS = (
    Flow(name="portal", origin=WHOLE["world"], target=PORTAL, services=(HTTPS,), purpose="-", source="flows.yml:1"),
    Flow(
        name="request",
        origin=PORTAL,
        target=WHOLE["gate"],
        services=(HTTPS,),
        purpose="-",
        exchange=Exchange(kind=DependencyKind.REQUEST, inspection="schema", masking="numbers"),
        source="flows.yml:2",
    ),
)
PROFILE = Profile(
    name="sample",
    clauses=(Clause(name="handbook-1", document="Handbook", number="1", confidence=Confidence.HIGH),),
    clauses_of_check={"L01": ("handbook-1",)},
    risky_ports=(RiskyPort(protocol=6, port=22, name="SSH"),),
    least_mbps={"city": 1000},
    assessment_months={3: 12},
)
POLICY = Policy(
    estate="sample",
    zones=ZONES,
    endpoints=(*WHOLE.values(), PORTAL),
    services=(HTTPS,),
    flows=FLOWS,
    digest="sha256:0",
    profile=PROFILE,
)
MOVED = System(
    department="甲局",
    name="门户",
    mlps_level=MlpsLevel.THREE,
    filing_number="000-1",
    assessed_on=date(2026, 10, 1),
    crypto_assessed_on=date(2026, 8, 1),
    live_on=date(2020, 1, 1),
    room="旧机房",
    zone="inner",
    vcpu=8,
    memory_gib=Decimal(16),
    storage_gib=Decimal(100),
    contact_name="联系人甲",
)
WAITING = replace(MOVED, department="乙局", name="审批")
ESTATE = Estate(
    departments=(
        Department(name="甲局", level=Level.CITY, region_code="440000"),
        Department(name="乙局", level=Level.CITY, region_code="440000"),
    ),
    rooms=(Room(name="旧机房", department="甲局", outcome=RoomOutcome.CLOSE, withdraw_by=date(2027, 6, 1)),),
    lines=(
        Line(number="L1", department="甲局", network=Network.EXTRANET, bandwidth_mbps=Decimal(1000)),
        Line(number="L2", department="乙局", network=Network.INTERNET, bandwidth_mbps=Decimal(100)),
        Line(number="L3", department="乙局", network=Network.DEPARTMENT_PRIVATE, systems=("审批",)),
    ),
    systems=(MOVED, WAITING),
    servers=(
        Server(
            department="甲局", system="门户", name="a1", zone="inner", addresses=(ip_address("2001:db8:3::10"),)
        ),
    ),
    databases=(Database(department="甲局", system="门户", server="a1", product="GaussDB"),),
)  # fmt: skip


def _link(name: str, operator: Operator, core: str, path: str) -> EgressLink:
    return EgressLink(
        name=name, operator=operator, bandwidth_mbps=1000, core=core, path=path, room="云", starts_on=date(2026, 1, 1)
    )


EGRESS = Egress(
    name="egress",
    threshold_percent=70,
    links=(_link("one", Operator.TELECOM, "c1", "east"), _link("two", Operator.UNICOM, "c2", "west")),
    publications=(
        Publication(
            endpoint="web.portal",
            system="门户",
            prefixes=(ip_network("2001:db8:1:1::/64"), ip_network("192.0.2.0/28")),
            source="egress.yml:7",
        ),
    ),
)
CALENDAR = Calendar(
    first=date(2026, 7, 1),
    last=date(2027, 12, 31),
    blackouts=(
        Blackout(
            name="年终",
            kind=BlackoutKind.YEAR_END,
            first=date(2026, 12, 21),
            last=date(2027, 1, 4),
            reason="决算",
            source="calendar.yml:3",
        ),
    ),
    observation_days=14,
)
WIDTHS = (("region", 36), ("department", 44), ("site", 56), ("zone", 60))
ADDRESSES = AddressDeclaration(
    aggregate=IPv6Network("2001:db8::/32"),
    reserve_percent=10,
    levels=tuple(AddressLevel(name=name, width=width, scheme=SlotScheme.NUMBER) for name, width in WIDTHS),
    zone_numbers={zone.name: zone.number for zone in ZONES},
)
TRAIL = Trail(
    moved_on=date(2026, 9, 4),
    rehearsed_on=date(2026, 8, 20),
    tested_on=date(2026, 8, 10),
    compared_on=date(2026, 9, 4),
    restored_on=date(2026, 8, 30),
    retired_on=date(2026, 10, 1),
)
DISKS = Disks(server="甲局/门户 a0", department="甲局", room="旧机房", is_wiped=True, is_certified=True)
RECORDS = Records(
    trails={MOVED.key: TRAIL, WAITING.key: Trail(restored_on=date(2026, 10, 1))},
    disks=(DISKS,),
    closed={"旧机房": date(2026, 10, 20)},
)
CONTENT = Dossier(
    policy=POLICY,
    on=ON,
    estate=ESTATE,
    addresses=ADDRESSES,
    egress=EGRESS,
    calendar=CALENDAR,
    pools=(Pool(zone="inner", starts_on=date(2026, 1, 1), vcpu=100, memory_gib=1000, storage_gib=10_000),),
    cutovers={MOVED.key: date(2026, 9, 4), WAITING.key: date(2026, 12, 4)},
    verdicts=(Report(firewall="fw", policy="sha256:0", on="2026-11-01", rules=9, findings=()),),
    network=Report(firewall="network", policy="sha256:0", on="2026-11-01", rules=9, findings=()),
    records=RECORDS,
)


def but(**changes: Any) -> Dossier:  # noqa: ANN401 - any attribute of a dossier
    """The content dossier with other facts."""
    return replace(CONTENT, **changes)


def but_in_estate(**changes: Any) -> Dossier:  # noqa: ANN401 - any attribute of an estate
    """The same with other facts in its estate."""
    return but(estate=replace(ESTATE, **changes))


def but_in_policy(**changes: Any) -> Dossier:  # noqa: ANN401 - any attribute of a policy
    """The same with another policy."""
    return but(policy=replace(POLICY, **changes))


def but_zone(name: str, **changes: Any) -> Dossier:  # noqa: ANN401 - any attribute of a zone
    """The same with one zone otherwise."""
    return but_in_policy(zones=tuple(replace(zone, **changes) if zone.name == name else zone for zone in ZONES))


def but_moved(**changes: Any) -> Dossier:  # noqa: ANN401 - any attribute of a system
    """The same with the moved system otherwise."""
    return but_in_estate(systems=(replace(MOVED, **changes), WAITING))


def but_recorded(**changes: Any) -> Dossier:  # noqa: ANN401 - any attribute of a trail
    """The same with other records of the moved system's move."""
    trails = {**RECORDS.trails, MOVED.key: replace(TRAIL, **changes)}
    return but(records=replace(RECORDS, trails=trails))
