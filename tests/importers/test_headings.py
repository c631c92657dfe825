"""Headings lead to columns, and every column fills fields that its fact has."""

from dataclasses import fields

import pytest

from qianyun.estate.facts import Database, Line, Middleware
from qianyun.estate.identity import KINDS
from qianyun.importers.columns import LEDGERS, WIDE_LINES, WIDE_NETWORKS, WIDE_PARTS, Ledger
from qianyun.importers.headings import columns_by_key, match, nearest_heading

TYPES = {kind.held_in: kind.type for kind in KINDS.values()} | {"wide_lines": Line}
PARTS = {
    *(f"database.{field.name}" for field in fields(Database)),
    *(f"middleware.{field.name}" for field in fields(Middleware)),
    *(f"{network}.{part}" for network in WIDE_NETWORKS for part, _headings, _reads in WIDE_PARTS),
    *("source.department", "source.name", "target.department", "target.name", "ports"),
    *("is_deferred", "dependencies"),
}


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: str(ledger.kind))
def test_every_column_fills_fields_that_its_fact_has(ledger: Ledger) -> None:
    own = {field.name for field in fields(TYPES[ledger.kind])} | PARTS

    assert {field for column in ledger.columns for field in column.fields} - own == set()


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: str(ledger.kind))
def test_every_heading_of_a_column_leads_to_it_or_to_one_before_it(ledger: Ledger) -> None:
    lost = [h for column in ledger.columns for h in column.headings if match(ledger.kind, h) is None]

    assert lost == []


@pytest.mark.parametrize(
    "ledger", [ledger for ledger in LEDGERS if ledger is not WIDE_LINES], ids=lambda o: str(o.kind)
)
def test_the_heading_that_we_write_is_its_columns_own(ledger: Ledger) -> None:
    known = columns_by_key(ledger.kind)
    written = [column for column in ledger.columns if column.fields]

    taken = {c.headings[0] for c in written if (found := match(ledger.kind, c.headings[0])) and found[0] is not c}

    assert known
    assert taken == set()


@pytest.mark.parametrize(
    ("kind", "heading", "field", "unit"),
    [
        ("systems", "* 信息安全登保级别：", "mlps_level", ""),
        ("systems", "建设金额（万元）", "build_cost_wan_yuan", "万元"),
        ("systems", "3、建设资金(元)", "build_cost_wan_yuan", "元"),
        ("systems", "联系人（姓名/手机）", "contact_name", ""),
        ("systems", "系 统\n名 称", "name", ""),
        ("servers", "内存GB", "memory_gib", "gb"),
        ("servers", "数据盘(TB)", "data_disk_gib", "tb"),
        ("servers", "私有IP（业务IP）", "addresses", ""),
        ("servers", "ＣＰＵ（核）", "vcpu", "核"),
        ("rooms", "机房面积（㎡）", "area_m2", "m2"),
        ("lines", "线路带宽(M)", "bandwidth_mbps", "m"),
        ("wide_lines", "政务外网带宽(G)", "extranet.bandwidth_mbps", "g"),
    ],
)
def test_a_heading_leads_to_its_column_and_unit(kind: str, heading: str, field: str, unit: str) -> None:
    found = match(kind, heading)

    assert found is not None
    assert (found[0].fields[0], found[1]) == (field, unit)


def test_an_unknown_heading_has_a_nearest_one() -> None:
    systems = next(ledger for ledger in LEDGERS if ledger.kind == "systems")

    assert (match("systems", "上线时问"), nearest_heading(systems, "上线时问")) == (None, "上线时间")
