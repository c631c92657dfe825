"""Export then import is the identity: the law over any estate whose texts are written one way."""

import string
from dataclasses import fields
from datetime import date
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qianyun.estate import kinds as k
from qianyun.estate.catalogue import ProductKind, product_names, recognise
from qianyun.estate.estate import Estate
from qianyun.estate.facts import (
    Database,
    Department,
    Dependency,
    Line,
    Middleware,
    Pool,
    Room,
    Server,
    System,
    SystemKey,
    Vendor,
)
from qianyun.importers.columns import LEDGERS, WIDE_LINES
from qianyun.importers.ledgers import read_ledgers
from qianyun.importers.tables import find_tables
from qianyun.importers.values import DITTO, contact, fold, is_none
from reports.estate_book import FACTS, ledger_workbook, written_columns

LETTERS = string.ascii_letters + string.digits + "公安厅民政局系统平台户籍社保一二三()-·、,/+=@'\"<>&_ "
NAMES = st.text(LETTERS, min_size=1, max_size=14).map(lambda text: fold(f"甲{text}乙"))
"""Names as the importer folds them."""
TEXTS = st.one_of(
    st.just(""),
    st.text(LETTERS + "，。：\n\t（）％", max_size=40)
    .map(str.strip)
    .filter(lambda text: not is_none(text) and fold(text) not in DITTO),
    st.sampled_from(
        ["=1+1", "@SUM(A1)", "+86", "-1", "00123", "_x0041_", "1e5", "TRUE", "#N/B", "http://example.gov.cn"]
    ),
)
PEOPLE = st.sampled_from(["", "值班员", "联系人甲", "科室负责人(兼)"]).filter(lambda text: contact(text)[1] is None)
PHONES = st.sampled_from(["", "00012345678", "000-12345678", "000-12345678、000-87654321"])
DAYS = st.one_of(st.none(), st.dates(date(1970, 1, 1), date(2099, 12, 31)))


def sizes(places: int = 3, top: int = 10**7) -> st.SearchStrategy[Decimal | None]:
    return st.one_of(
        st.none(),
        st.decimals(0, top, places=places, allow_nan=False, allow_infinity=False).map(lambda d: d.normalize()),
    )


COUNTS = st.one_of(st.none(), st.integers(0, 10**9))
PORTS = st.one_of(st.none(), st.integers(1, 65535))
ADDRESSES = st.lists(
    st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)),
    max_size=3,
    unique=True,
).map(tuple)
SHARES = st.one_of(st.none(), st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False))
ZONES = st.sampled_from([None, "internet", "extranet", "exchange"])
VERSIONS = st.sampled_from(["", "V10 SP1", "22.03 LTS", "8", "5.7.3"])


def products(kind: ProductKind) -> st.SearchStrategy[str]:
    own = st.text("自研产品ABC", min_size=3, max_size=8).filter(lambda text: recognise(kind, text) is None)
    return st.one_of(st.sampled_from(product_names(kind)), own.map(lambda text: f"自研{text}"))


def chosen(options: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *options])


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """An estate with at least one fact of each kind where its references allow it."""

    def some(names: st.SearchStrategy[str] = NAMES, least: int = 1) -> list[str]:
        return draw(st.lists(names, min_size=least, max_size=3, unique=True))

    departments = some()
    rooms, vendors = some(), some()
    keys = [SystemKey(department=d, name=n) for d in departments for n in some(least=0)]

    def made(fact: type, /, **parts: Any) -> Any:  # noqa: ANN401 - any fact
        return draw(st.builds(fact, **parts))

    people = {"contact_name": PEOPLE, "contact_phone": PHONES}
    servers = [
        made(
            Server,
            kind=...,
            environment=...,
            model=TEXTS,
            serial=VERSIONS,
            department=st.just(key.department),
            system=st.just(key.name),
            name=st.just(name),
            vcpu=COUNTS,
            memory_gib=sizes(),
            system_disk_gib=sizes(),
            data_disk_gib=sizes(),
            operating_system=st.one_of(st.just(""), products(ProductKind.OPERATING_SYSTEM)),
            operating_system_version=VERSIONS,
            addresses=ADDRESSES,
            room=chosen(rooms),
            zone=ZONES,
            cpu_peak_percent=SHARES,
            memory_peak_percent=SHARES,
            cpu_arch=chosen(list(k.CpuArch)),
        )
        for key in keys
        for name in some(least=0)
    ]
    parts = {
        kind: [
            made(
                kind,
                department=st.just(server.department),
                system=st.just(server.system),
                server=st.just(server.name),
                product=products(product),
                version=VERSIONS,
                port=PORTS,
                **({"deployment": TEXTS, "data_gib": sizes()} if kind is Database else {}),
            )
            for server in servers
        ]
        for kind, product in ((Database, ProductKind.DATABASE), (Middleware, ProductKind.MIDDLEWARE))
    }
    return Estate(
        departments=tuple(
            made(
                Department,
                name=st.just(name),
                short_name=st.just(f"{name}简"),
                region_code=st.sampled_from(["440000", "440800001", "440800001002"]),
                parent=chosen(departments[:1]),
                **people,
            )
            for name in departments
        ),
        rooms=tuple(
            made(
                Room,
                kind=...,
                name=st.just(name),
                code=st.one_of(st.just(""), NAMES),
                department=st.sampled_from(departments),
                address=TEXTS,
                grade=TEXTS,
                area_m2=sizes(),
                rack_count=COUNTS,
                power_kw=sizes(),
                ups_model=TEXTS,
                monthly_cost_yuan=sizes(2),
                outcome=chosen(list(k.RoomOutcome)),
                outcome_reason=TEXTS.map(lambda text: text or "有本地数据"),
                withdraw_by=DAYS,
                **people,
            )
            for name in rooms
        ),
        vendors=tuple(
            made(
                Vendor,
                name=st.just(name),
                roles=st.lists(st.sampled_from(list(k.VendorRole)), min_size=1, unique=True).map(tuple),
                parallel_capacity=st.integers(1, 50),
            )
            for name in vendors
        ),
        systems=tuple(_system(draw, key, rooms, vendors) for key in keys),
        lines=tuple(
            made(
                Line,
                operator=...,
                number=st.just(number),
                department=st.sampled_from(departments),
                room=chosen(rooms),
                access=TEXTS,
                bandwidth_mbps=sizes(),
                monthly_cost_yuan=sizes(2),
                contract_end=DAYS,
                addresses=ADDRESSES,
                systems=st.lists(st.sampled_from([key.name for key in keys]), unique=True).map(tuple)
                if keys
                else st.just(()),
            )
            for number in some()
        ),
        servers=tuple(servers),
        databases=tuple(parts[Database]),
        middleware=tuple(parts[Middleware]),
        dependencies=tuple(
            made(
                Dependency,
                kind=...,
                known_from=...,
                is_latency_sensitive=...,
                is_hard=...,
                source=st.just(source),
                target=st.just(target),
                protocol=st.sampled_from(["tcp", "udp", "https"]),
                port=PORTS,
                daily_mib=sizes(),
                confidence=st.integers(0, 100).map(lambda share: share / 100),
            )
            for source in keys
            for target in keys
            if source != target
        ),
        pools=tuple(
            made(
                Pool,
                zone=st.just(zone),
                starts_on=st.dates(date(1970, 1, 1), date(2099, 12, 31)),
                vcpu=st.integers(0, 10**6),
                memory_gib=st.integers(0, 10**6),
                storage_gib=st.integers(0, 10**6),
                safety_percent=st.integers(1, 100),
            )
            for zone in ("internet", "extranet")
        ),
    )


def _system(draw: st.DrawFn, key: SystemKey, rooms: list[str], vendors: list[str]) -> System:
    secrecy = draw(st.sampled_from(list(k.Secrecy)))
    safe = [k.Disposition.INTRANET, k.Disposition.RETIRE, k.Disposition.INTEGRATE]
    return draw(
        st.builds(
            System,
            category=...,
            origin=...,
            scope=...,
            is_zombie=...,
            department=st.just(key.department),
            name=st.just(key.name),
            code=st.one_of(st.just(""), NAMES),
            office=st.one_of(st.just(""), NAMES),
            function=TEXTS,
            user_kind=TEXTS,
            user_count=COUNTS,
            secrecy=st.just(secrecy),
            mlps_level=chosen(list(k.MlpsLevel)),
            filing_number=st.one_of(st.just(""), NAMES),
            filed_on=DAYS,
            assessed_on=DAYS,
            crypto_assessed_on=DAYS,
            live_on=DAYS,
            retired_on=DAYS,
            development_vendor=chosen(vendors),
            maintenance_vendor=chosen(vendors),
            security_vendor=chosen(vendors),
            contract_end=DAYS,
            build_cost_wan_yuan=sizes(6),
            yearly_cost_wan_yuan=sizes(6),
            room=chosen(rooms),
            networks=st.lists(st.sampled_from(list(k.Network)), unique=True).map(tuple),
            architecture=chosen(list(k.Architecture)),
            domain=st.sampled_from(["", "www.example.gov.cn"]),
            addresses=ADDRESSES,
            vcpu=COUNTS,
            memory_gib=sizes(),
            storage_gib=sizes(),
            data_gib=sizes(),
            downtime_hours=sizes(),
            ready_on=DAYS,
            zone=ZONES,
            disposition=st.sampled_from(safe if secrecy is k.Secrecy.CLASSIFIED else list(k.Disposition)),
            disposition_reason=TEXTS.map(lambda text: text or "待国家部署"),
            contact_name=PEOPLE,
            contact_phone=PHONES,
        )
    )


@given(estates())
@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each try starts a reader: shrinking outlasts the time limit
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_export_then_import_is_the_identity(estate: Estate) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "台账.xlsx"
        path.write_bytes(ledger_workbook(estate))

        read = read_ledgers([path])

    assert [str(fault) for fault in read.all_faults()] == []
    assert read.facts == estate


def test_every_field_of_every_fact_has_a_column() -> None:
    missing = {
        (ledger.kind, field.name)
        for ledger in LEDGERS
        if ledger is not WIDE_LINES
        for field in fields(FACTS[ledger.kind])
        if not any(
            {field.name, f"{field.name}.name", f"{field.name}s"} & set(column.fields[:1])
            for column in written_columns(ledger)
        )
    }

    assert missing == set()


def test_an_empty_estate_gives_the_form_that_departments_fill(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(ledger_workbook(Estate()))

    read = read_ledgers([path])

    assert [table.ledger.title for sheet in read.sheets for table in find_tables(sheet)] == [
        ledger.title for ledger in LEDGERS if ledger is not WIDE_LINES
    ]
    assert (read.facts, read.all_faults(), read.notices) == (Estate(), (), ())


def test_the_same_estate_gives_the_same_bytes() -> None:
    estate = Estate(departments=(Department(name="某厅", level=k.Level.PROVINCE, region_code="440000"),))

    assert ledger_workbook(estate) == ledger_workbook(estate)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@A1", "\t=1"])
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xlsx"
    room = Room(name="甲机房", department="某厅", address=text)
    path.write_bytes(ledger_workbook(Estate(rooms=(room,))))

    sheet = openpyxl.load_workbook(path)["机房"]

    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
