import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qianyun.cli.app import app
from qianyun.errors import StoreError
from qianyun.estate.facts import Department, Dependency, Room, Server, System, SystemKey
from qianyun.estate.kinds import Level, RoomOutcome
from qianyun.estate.observation import Observation
from qianyun.store import Store
from qianyun.store.versions import known_versions
from qianyun.words import speak

HEALTH = Department(name="卫健委", level=Level.PROVINCE, region_code="330000")
ROOM = Room(name="三楼机房", department=HEALTH.name, area_m2=Decimal("82.50"), rack_count=12)
SYSTEM = System(department=HEALTH.name, name="信息平台", vcpu=64)
SERVER = Server(department=HEALTH.name, system=SYSTEM.name, name="app-1", addresses=(ip_address("10.1.0.7"),))
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    place = f"sqlite:///{tmp_path}/store.db"
    with Store.open(place, create=True) as store:
        store.upsert([HEALTH, ROOM, SYSTEM, SERVER], who="值班员", why="季度报送", source="卫健委.xlsx", at=AT)
        store.edit(ROOM, replace(ROOM, outcome=RoomOutcome.CLOSE), who="规划员", why="批次三", at=AT)
        store.begin_run("r1", "snmp", AT)
        for subject, address in (("device-7", "10.1.0.7"), ("device-8", "10.1.0.8"), ("device-8", "127.0.0.1")):
            seen = {"value": 24, "source": "1.3.6", "raw_sha256": "0" * 64, "seen_at": AT, "run": "r1"}
            store.record([Observation(subject=subject, attribute=f"address.{address}", **seen)])  # type: ignore[arg-type] # one of each
    return place


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_without_a_kind_every_kind_is_counted(url: str) -> None:
    counts = {
        row["kind"]: row["count"]
        for row in json.loads(run("estate", "show", "--store", url, "--format", "json").stdout)
    }

    assert counts == {
        "department": 1, "room": 1, "line": 0, "vendor": 0, "system": 1, "server": 1,
        "database": 0, "middleware": 0, "dependency": 0, "pool": 0,
    }  # fmt: skip


def test_json_holds_every_field_with_numbers_as_numbers(url: str) -> None:
    [room] = json.loads(run("estate", "show", "room", "--store", url, "--format", "json").stdout)

    assert (room["area_m2"], room["rack_count"], room["outcome"], room["withdraw_by"]) == (82.5, 12, "close", None)


def test_csv_holds_every_field(url: str) -> None:
    text = run("estate", "show", "system", "--store", url, "--format", "csv").stdout

    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["department"], row["name"], row["vcpu"], row["ready on"]) == ("卫健委", "信息平台", "64", "")


def test_a_screen_names_columns_as_ledgers_do(url: str) -> None:
    speak("zh_CN")

    text = run("--lang", "zh_CN", "estate", "show", "room", "--store", url).stdout

    assert text.splitlines()[0].split()[:2] == ["机房名称", "单位名称"]


def test_a_port_is_not_grouped_by_thousands(url: str) -> None:
    other = SystemKey(department=HEALTH.name, name="影像平台")
    with Store.open(url) as store:
        store.upsert([Dependency(source=SYSTEM.key, target=other, port=15236)], who="值班员", why="", source="x")

    assert " 15236 " in run("estate", "show", "dependency", "--store", url).stdout


def test_another_departments_facts_are_left_out(url: str) -> None:
    assert (
        json.loads(run("estate", "show", "room", "--department", "别处", "--store", url, "--format", "json").stdout)
        == []
    )


def test_an_unknown_kind_is_refused_with_those_there_are(url: str) -> None:
    assert "one of department, room" in run("estate", "show", "asset", "--store", url, code=2).output


def test_history_tells_who_changed_which_field_and_why(url: str) -> None:
    rows = json.loads(run("estate", "history", "三楼机房", "--store", url, "--format", "json").stdout)

    assert {key: rows[-1][key] for key in ("who", "field", "before", "after", "why", "source")} == {
        "who": "规划员", "field": "outcome", "before": None, "after": "close", "why": "批次三", "source": "edit",
    }  # fmt: skip
    assert [row["field"] for row in rows if row["who"] == "值班员"] == ["name", "department", "area_m2", "rack_count"]


def test_history_of_what_never_was_says_so(url: str) -> None:
    with pytest.raises(StoreError, match="无此机房: was never in the store; qianyun estate show lists what there is"):
        run("estate", "history", "无此机房", "--store", url)


def test_diff_names_the_address_that_no_ledger_has(url: str) -> None:
    [row] = json.loads(run("estate", "diff", "--store", url, "--format", "json", code=1).stdout)

    assert (row["address"], row["state"], row["subject"]) == ("10.1.0.8", "undeclared", "device-8")


def test_diff_names_on_request_what_no_device_was_seen_with(url: str) -> None:
    with Store.open(url) as store:
        other = replace(SERVER, name="app-2", addresses=(ip_address("10.1.0.9"),))
        store.upsert([other], who="值班员", why="", source="x")

    rows = json.loads(run("estate", "diff", "--unseen", "--store", url, "--format", "json", code=1).stdout)

    assert [(row["address"], row["state"], row["holder"]) for row in rows][1:] == [
        ("10.1.0.9", "unseen", "卫健委/信息平台/app-2")
    ]


def test_upgrade_makes_a_store_of_this_programs_version(tmp_path: Path) -> None:
    url, newest = f"sqlite:///{tmp_path}/new/store.db", known_versions()[0]

    assert run("store", "upgrade", "--store", url).stdout == f"{url}: version none → {newest}\n"
    assert run("store", "upgrade", "--store", url).stdout == f"{url}: version {newest} → {newest}\n"
