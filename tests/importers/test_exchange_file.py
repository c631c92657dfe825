"""`exchange.yml`: every fault with its line, and the flows that a channel needs."""

from datetime import date
from pathlib import Path
from shutil import copy

import pytest

from qianyun.errors import DeclarationError
from qianyun.importers.declaration import load_exchange, load_policy
from qianyun.policy.channels import ExchangePlan, Side

REHEARSAL = Path(__file__).parent.parent.parent / "inventory" / "rehearsal"
TODAY = date(2026, 11, 25)


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    for path in REHEARSAL.glob("*.yml"):
        copy(path, tmp_path)
    return tmp_path


def refused(estate: Path, *changes: tuple[str, str]) -> str:
    text = estate.joinpath("exchange.yml").read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    estate.joinpath("exchange.yml").write_text(text)
    with pytest.raises(DeclarationError) as caught:
        load_exchange(estate, load_policy(estate), TODAY)
    return str(caught.value)


def test_the_rehearsal_declares_a_channel_each_way() -> None:
    plan = load_exchange(REHEARSAL, load_policy(REHEARSAL), TODAY)

    assert [channel.begins_at for channel in plan.channels] == [Side.OUTER, Side.INNER]
    assert [set(broker.legs) for broker in plan.brokers] == [set(Side)]


def test_an_estate_without_the_file_carries_nothing(estate: Path) -> None:
    estate.joinpath("exchange.yml").unlink()

    assert load_exchange(estate, load_policy(estate), TODAY) == ExchangePlan()


def test_a_way_that_no_flow_permits_is_told(estate: Path) -> None:
    said = refused(estate, ("port: 8022, user: exchange-outbox", "port: 22, user: exchange-outbox"))

    assert "channel 'applications' connects to 3fff:e1:10::10 tcp/22 from the outer leg of broker" in said


def test_a_route_to_the_other_leg_is_told(estate: Path) -> None:
    said = refused(estate, ("to: 203.0.113.0/27", "to: 0.0.0.0/0"))

    assert "the outer leg of broker has a route to 0.0.0.0/0, which holds 172.30.3.10 of the other leg" in said


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("treatment: name", "treatment: keep", "'申请人' is kept without a reason"),
        ("field: 住址", "field: 住所", "masks '住所', which is no column"),
        (r"'A\d{6}', unique", "'A(', unique", "the pattern of '申请编号' is none"),
        ("unmasked_why: 只有编号与结果，不含个人信息", "most_mib: 1", "does not say why it may pass unmasked"),
        (
            "[exchange-outer-files, exchange-inner-files]",
            "[exchange-outer-file]",
            "'exchange-outer-file', which is decl",
        ),
        ("name: results\n", "name: applications\n", "'applications' is named before (exchange.yml:16)"),
        ("content: csv\n    most_mib", "content: pdf\n    most_mib", "has columns, but is no CSV"),
        ("most_mib: 16", "most_mib: 0", "most_mib is 0; at least 1 belongs here"),
        ("kind: rsync", "kind: ftp", "kind is 'ftp'; one of folder, rsync, postgresql belongs here"),
        ("address: 172.30.2.10", "address: 172.30.2.x", "'172.30.2.x' does not fit"),
        ("interface: outer", "interfaces: outer", "the key 'interfaces' is unknown; did you mean 'interface'"),
    ],
)
def test_a_fault_is_told_with_what_it_stands_against(estate: Path, before: str, after: str, fault: str) -> None:
    assert fault in refused(estate, (before, after))
