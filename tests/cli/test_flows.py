"""`qianyun collect flows` as a user meets it, on the sample province: sample, fold, ends, coverage, compare."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from qianyun.cli.app import app
from qianyun.estate.facts import Department, Dependency, Server, System, SystemKey
from qianyun.estate.identity import Fact
from qianyun.estate.kinds import DependencySource, Level
from qianyun.store import Store
from reports.gathering import devices_of

ROOT = Path(__file__).parent.parent.parent
PROVINCE = ROOT / "inventory" / "province"
ROOM = "省大数据局中心机房"
OFFICE, BUREAU = "省人民政府办公厅", "省大数据管理局"
SERVERS = {
    "会议决策支持系统": (OFFICE, "h0001-db01", "10.16.0.3"),
    "会议业务经办系统": (OFFICE, "h0002-db01", "10.16.0.4"),
    "政务数据共享目录系统": (BUREAU, "h1414-web03", "10.16.5.166"),
    "数据归集系统": (BUREAU, "h1415-app04", "10.16.5.167"),
    "统一消息平台": (BUREAU, "h1455-app02", "10.16.5.207"),
    "建议提案系统": (OFFICE, "h0900-app01", "10.16.9.9"),
}


def key(name: str) -> SystemKey:
    return SystemKey(department=SERVERS[name][0], name=name)


FACTS: Sequence[Fact] = (
    *(Department(name=name, level=Level.PROVINCE, region_code="330000") for name in (OFFICE, BUREAU)),
    *(System(department=department, name=name) for name, (department, _name, _address) in SERVERS.items()),
    *(
        Server(department=department, system=system, name=name, addresses=(ip_address(address),))
        for system, (department, name, address) in SERVERS.items()
    ),
    Dependency(source=key("会议决策支持系统"), target=key("政务数据共享目录系统"), port=443),
    Dependency(source=key("会议决策支持系统"), target=key("建议提案系统"), port=8080),
    Dependency(source=key("建议提案系统"), target=key("数据归集系统")),
)


def flows(*words: str, code: int | None = 0) -> Result:
    result = CliRunner().invoke(app, ["collect", "flows", *words], catch_exceptions=False)
    assert code is None or result.exit_code == code, result.output
    return result


@dataclass(frozen=True, kw_only=True)
class Sample:
    folder: Path
    told: Result


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample province, sampled for three samples a host."""
    folder = tmp_path_factory.mktemp("sampled")
    url = f"sqlite:///{folder}/store.db"
    with Store.open(url, create=True) as store:
        store.upsert(FACTS, who="值班员", why="季度报送", source="x.xlsx", at=datetime.now(UTC))
    pace = ("--for", "1.5s", "--every", "0.5", "--occasion", "1")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        told = flows("sample", str(PROVINCE), "--rehearse", "--room", ROOM, *pace, "--store", url, "--format", "json")
    return Sample(folder=folder, told=told)


@pytest.fixture
def sampled(once: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of the sampled province, a copy for each test; its URL."""
    shutil.copy(once.folder / "store.db", tmp_path / "store.db")
    url = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.setenv("QIANYUN_STORE", url)
    return url


def test_sampling_tells_each_host_and_leaves_nothing_under_way(once: Sample) -> None:
    assert json.loads(once.told.stdout) == [
        {"room": ROOM, "name": "h0001-db01", "state": "found", "samples": 3, "relations": 5, "own_host": 3},
        {"room": ROOM, "name": "h0002-db01", "state": "found", "samples": 3, "relations": 2, "own_host": 0},
    ]
    assert list((once.folder / "state" / "collect").iterdir()) == []


def test_folding_gives_dependencies_with_their_evidence_and_keeps_them_for_the_planner(sampled: str) -> None:
    found = json.loads(flows("fold", str(PROVINCE), "--format", "json").stdout)

    assert [(each["source"], each["target"], each["service"]) for each in found] == [
        (f"{OFFICE}/会议业务经办系统", f"{OFFICE}/会议决策支持系统", "tcp/5236"),
        (f"{OFFICE}/会议业务经办系统", f"{BUREAU}/数据归集系统", "tcp/5432"),
        (f"{OFFICE}/会议决策支持系统", f"{BUREAU}/政务数据共享目录系统", "tcp/443"),
        (f"{OFFICE}/会议决策支持系统", f"{BUREAU}/统一消息平台", "tcp/8080"),
    ]
    assert {part.split(" ")[0] for part in found[0]["evidence"].split("; ")} == {
        *("sockets@h0001-db01", "sockets@h0002-db01"),
    }
    with Store.open(sampled) as store:
        kept = [each for each in store.estate().dependencies if each.known_from is DependencySource.OBSERVED]
    assert {(each.source, each.target, each.port) for each in kept} == {
        (key("会议业务经办系统"), key("会议决策支持系统"), 5236),
        (key("会议业务经办系统"), key("数据归集系统"), 5432),
        (key("会议决策支持系统"), key("政务数据共享目录系统"), 443),
        (key("会议决策支持系统"), key("统一消息平台"), 8080),
    }


def test_folding_again_changes_nothing_and_what_fell_away_is_taken_out(sampled: str) -> None:
    flows("fold", str(PROVINCE))
    with Store.open(sampled) as store:
        first = store.digest()
    flows("fold", str(PROVINCE))
    with Store.open(sampled) as store:
        assert store.digest() == first
    flows("fold", str(PROVINCE), "--least", "0.99")
    with Store.open(sampled) as store:
        left = {each.known_from for each in store.estate().dependencies}

    assert left == {DependencySource.DECLARED}


def test_a_dry_run_of_folding_keeps_nothing(sampled: str) -> None:
    flows("fold", str(PROVINCE), "--dry-run")

    with Store.open(sampled) as store:
        assert {each.known_from for each in store.estate().dependencies} == {DependencySource.DECLARED}


@pytest.mark.usefixtures("sampled")
def test_ends_that_nobody_knows_are_a_finding_until_somebody_names_them(tmp_path: Path) -> None:
    [end] = json.loads(flows("ends", str(tmp_path), "--format", "json", code=1).stdout)

    assert (end["address"], end["ports"], end["systems"]) == ("203.0.113.190", "9443", f"{OFFICE}/会议决策支持系统")
    (tmp_path / "ends.yml").write_text("ends:\n  - {addresses: [203.0.113.0/24], outside: 国家平台}\n")
    assert json.loads(flows("ends", str(tmp_path), "--format", "json").stdout) == []


@pytest.mark.usefixtures("sampled")
def test_a_named_end_that_is_no_system_of_the_estate_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "ends.yml").write_text("ends:\n  - {addresses: [203.0.113.190], system: 甲局/甲系统}\n")

    with pytest.raises(Exception, match=r"ends\.yml:2: names the system '甲局/甲系统', which nobody declared"):
        flows("ends", str(tmp_path))


@pytest.mark.usefixtures("sampled")
def test_declared_and_seen_are_told_apart_and_sent_back_to_the_department(tmp_path: Path) -> None:
    told = flows("compare", str(PROVINCE), "--format", "json", "--workbooks", str(tmp_path / "back"), code=1)

    lines = {
        (each["source"].split("/")[1], each["target"].split("/")[1]): each["kind"] for each in json.loads(told.stdout)
    }
    assert lines == {
        ("会议业务经办系统", "会议决策支持系统"): "not_declared",
        ("会议业务经办系统", "数据归集系统"): "not_declared",
        ("会议决策支持系统", "统一消息平台"): "not_declared",
        ("会议决策支持系统", "建议提案系统"): "not_seen",
        ("建议提案系统", "数据归集系统"): "not_seen",
    }
    book = load_workbook(tmp_path / "back" / f"{OFFICE}.xlsx")
    assert {"declared, not seen", "seen, not declared"} <= set(book.sheetnames)


def test_relations_are_no_devices_in_reports(sampled: str) -> None:
    with Store.open(sampled) as store:
        assert devices_of(store) == ()


@pytest.mark.usefixtures("sampled")
def test_coverage_says_how_many_are_unseen_and_how_many_servers_were_watched() -> None:
    told = flows("coverage", str(PROVINCE), "--format", "json", code=None)

    figures = {each["name"]: each["value"] for each in json.loads(told.stdout)}
    assert (figures["relations seen"], figures["servers sampled, of 6 in the ledgers"]) == (5, 2)


def test_a_dry_run_of_sampling_tells_what_would_be_asked() -> None:
    told = flows("sample", str(PROVINCE), "--dry-run", "--for", "1h", "--format", "json")

    assert [(each["name"], each["samples"]) for each in json.loads(told.stdout)][:2] == [
        ("h0001-db01", 72),
        ("h0002-db01", 72),
    ]
    assert "every 50 s, by the script sha256:" in told.stderr


def test_samples_further_apart_than_a_closed_connection_shows_are_refused() -> None:
    told = flows("sample", str(PROVINCE), "--every", "61", code=2)

    assert "sample every 50 s at least" in " ".join(told.output.split())


def test_a_run_that_is_killed_goes_on_with_the_samples_that_are_missing(
    once: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pace = ("--for", "2s", "--every", "0.4", "--occasion", "1", "--room", ROOM, "--format", "json")
    words = ["sample", str(PROVINCE), "--rehearse", *pace, "--store", f"sqlite:///{tmp_path}/killed.db"]
    states = tmp_path / "state" / "collect" / "province.flows"
    command = [sys.executable, "-m", "qianyun", "collect", "flows", *words]
    begun = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 120
    while attempts(states) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    begun.kill()
    begun.wait()
    before = attempts(states)

    hosts = json.loads(flows(*words, "--resume").stdout)

    assert 3 <= before < 10
    assert [each["samples"] for each in hosts] == [5, 5]
    assert [each["relations"] for each in hosts] == [each["relations"] for each in json.loads(once.told.stdout)]
    assert not states.exists()


def attempts(states: Path) -> int:
    """How often hosts were asked so far, by what is on disk; it is always whole."""
    return sum(json.loads(path.read_text())["attempts"] for path in states.glob("*.json"))
