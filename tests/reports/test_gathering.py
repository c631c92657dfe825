"""What is gathered from a folder and a store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qianyun.estate.facts import Department
from qianyun.estate.kinds import Level
from qianyun.estate.observation import Observation
from qianyun.importers.ledgers import read_ledgers
from qianyun.store import Store
from reports.gathering import as_of, devices_of, gather

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
AT = datetime(2026, 8, 2, 16, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/store.db", create=True) as opened:
        yield opened


def see(store: Store, run: str, subject: str, at: datetime, **values: str) -> None:
    store.begin_run(run, run.split("-", maxsplit=1)[0], at)
    store.record(
        Observation(
            subject=subject,
            attribute=f"device.{name}",
            value=value,
            source="1.3.6",
            raw_sha256="0" * 64,
            seen_at=at,
            run=run,
        )
        for name, value in values.items()
    )


def test_the_data_is_as_old_as_the_last_thing_learned(store: Store) -> None:
    office = Department(name="甲厅", level=Level.PROVINCE, region_code="990000")
    store.upsert([office], who="值班员", why="报送", source="甲厅.xlsx", at=AT)

    before = as_of(store)
    see(store, "snmp-1", "serial:1", AT + timedelta(hours=2), name="core1")

    assert (before, as_of(store)) == (AT, AT + timedelta(hours=2))


def test_times_are_told_by_the_clock_of_china_whatever_the_machine(store: Store) -> None:
    see(store, "snmp-1", "serial:1", AT, name="core1")

    assert f"{as_of(store):%Y-%m-%d %H:%M}" == "2026-08-03 00:30"


def test_a_device_is_told_by_its_name_model_and_who_saw_it_last(store: Store) -> None:
    see(store, "snmp-1", "serial:1", AT, name="core1", vendor="H3C", model="H3C S12508")
    see(store, "ssh-1", "serial:1", AT + timedelta(hours=1), version="7.1")
    see(store, "ssh-1", "address:10.0.0.1", AT, address="10.0.0.1", vendor="Huawei", model="S5700")

    found = [(device.name, device.model, device.way, device.facts) for device in devices_of(store)]

    assert found == [("10.0.0.1", "Huawei S5700", "ssh", 3), ("core1", "H3C S12508", "ssh", 4)]


def test_faults_of_an_import_are_taken_along(store: Store) -> None:
    ledgers = read_ledgers([PROVINCE / "ledgers" / "01_单位登记.xlsx"])

    results = gather(PROVINCE, store, classification="内部", ledgers=ledgers)

    assert results.faults is not None
    assert [(fault.file, fault.cell) for fault in results.faults] == [
        (fault.path.name, fault.cell) for fault in ledgers.faults
    ]
    assert len(results.faults) > 0


def test_without_them_nothing_is_said_to_have_been_looked_at(store: Store) -> None:
    results = gather(PROVINCE, store, classification="内部")

    assert (results.plan, results.verification, results.faults) == (None, None, None)
