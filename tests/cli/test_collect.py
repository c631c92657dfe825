"""`qianyun collect` as a user meets it, on the sample province."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner, Result

from collectors.agents.province import ed25519_key
from collectors.agents.ssh import answering
from collectors.compare import Difference, DifferenceKind
from collectors.credentials import Login, Secret
from qianyun.cli.app import app
from qianyun.cli.differences import send_back
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Department, Room, Server, System
from qianyun.estate.kinds import Level
from qianyun.store import Store

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
NOTHING_ELSE = {"changed": 0, "gone": 0, "refused": 0, "silent": 0}
ROOM = "省大数据局中心机房"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANYUN_STORE", f"sqlite:///{tmp_path}/store.db")

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, list(words), catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return call


def test_a_rehearsed_run_tells_each_room_in_numbers_and_leaves_no_journal(run: Run, tmp_path: Path) -> None:
    told = run("collect", "run", str(PROVINCE), "--rehearse", "--format", "json")

    assert json.loads(told.stdout) == [
        {"room": ROOM, "found": 5, "new": 5, "skipped": 1, **NOTHING_ELSE},
        {"room": "省政府办公厅中心机房", "found": 2, "new": 2, "skipped": 0, **NOTHING_ELSE},
        {"room": "省政务云节点边界间", "found": 8, "new": 8, "skipped": 0, **NOTHING_ELSE},
    ]
    assert "dsj-hsm-01: it is on the do-not-touch list" in told.stderr
    assert list((tmp_path / "state" / "collect").iterdir()) == []


def test_what_devices_tell_is_listed_and_calls_for_asking_them_again(
    run: Run, tmp_path: Path, needs: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "estate"
    shutil.copytree(PROVINCE / "devices", folder / "devices")
    (folder / "collect.yml").write_text((PROVINCE / "collect.yml").read_text().replace("198.51.100.13,", "127.0.0.13,"))
    signed(run, folder)
    run("collect", "run", str(folder), "--rehearse", "--room", ROOM)
    for name in ("SNMP_AUTH", "SNMP_PRIV", "UPS_COMMUNITY"):
        monkeypatch.setenv(f"QIANYUN_{name}", "some-long-word")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [needs("snmpinform"), "--clientaddr=127.0.0.13", "-r", "200", "-t", "0.3", "-v2c", "-c", "some-long-word"]
    with subprocess.Popen([*words, f"127.0.0.1:{port}", "", "1.3.6.1.2.1.33.2.1"]) as sender:
        ending = threading.Thread(target=interrupt_after, args=(sender,))
        ending.start()
        heard = run("collect", "traps", str(folder), "--address", "127.0.0.1", "--port", str(port), "--format", "json")
        ending.join()

    again = run("collect", "run", str(folder), "--rehearse", "--told", "--format", "json")

    assert sender.returncode == 0
    assert json.loads(heard.stdout) == [{"target": "dsj-ups-01", "kind": "on_battery", "count": 1}]
    asked = [row for row in json.loads(again.stdout) if row["found"]]
    assert [(row["room"], row["found"], row["new"], row["gone"]) for row in asked] == [(ROOM, 1, 0, 0)]


def interrupt_after(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt ourselves as a person would, once a process is done."""
    process.wait(60)
    os.kill(os.getpid(), signal.SIGINT)


def test_each_department_gets_a_workbook_of_what_it_can_answer_for(run: Run, tmp_path: Path) -> None:
    run("collect", "run", str(PROVINCE), "--rehearse", "--room", ROOM)
    keeper = Department(name="省大数据局", level=Level.PROVINCE, region_code="330000")
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        room = Room(name=ROOM, department=keeper.name, ups_model="山特 C6KS")
        store.upsert([keeper, room], who="值班员", why="季度报送", source="x.xlsx", at=datetime.now(UTC))

    run("collect", "compare", str(PROVINCE), "--room", ROOM, "--workbooks", str(tmp_path / "back"), code=1)

    [path] = (tmp_path / "back").iterdir()
    book = load_workbook(path)
    assert path.stem == keeper.name
    assert rows_of(book, "ledger and room differ") == [(ROOM, "–", "dsj-ups-01", "山特 C6KS", "Huawei UPS5000-E-120K")]
    assert {row[2] for row in rows_of(book, "in the room, in no ledger")} == {
        *("dsj-sw-01", "dsj-fw-01", "h0001-db01", "h0002-db01"),
    }


def test_a_department_is_asked_about_its_own_rows_and_not_about_what_nobody_asked(tmp_path: Path) -> None:
    rows = {"甲局": DifferenceKind.NOT_IN_ROOM, "乙局": DifferenceKind.OTHER_ADDRESS, "丙局": DifferenceKind.NOT_ASKED}
    found = [
        Difference(room=ROOM, department=department, name="h1", kind=kind, declared="10.0.0.1")
        for department, kind in rows.items()
    ]
    stray = Difference(room="丁/机房", name="h2", kind=DifferenceKind.NOT_IN_LEDGER, observed="10.0.0.2")

    paths = send_back([*found, stray], Estate(), tmp_path, as_of=datetime(2026, 1, 1, tzinfo=UTC), digest="sha256:0")

    books = {path.stem: load_workbook(path) for path in paths}
    assert {name: [sheet for sheet in book.sheetnames[1:] if rows_of(book, sheet)] for name, book in books.items()} == {
        "甲局": ["in the ledger, not in the room"],
        "乙局": ["ledger and room differ"],
        "no department": ["in the room, in no ledger"],
    }


def rows_of(book: Workbook, sheet: str) -> list[tuple[object, ...]]:
    """Room, system, name, and what ledger and room say."""
    rows = list(book[sheet].iter_rows(min_row=5, max_col=6, values_only=True))
    return [(*row[:3], *row[4:]) for row in rows if row[1] is not None]


def test_what_was_collected_is_compared_with_the_ledgers(run: Run, tmp_path: Path) -> None:
    run("collect", "run", str(PROVINCE), "--rehearse", "--room", ROOM)
    owner = Department(name="省人民政府办公厅", level=Level.PROVINCE, region_code="330000")
    system = System(department=owner.name, name="会议决策支持系统")
    server = Server(
        department=owner.name,
        system=system.name,
        name="h0001-db01",
        vcpu=8,
        addresses=(ip_address("10.16.0.3"),),
        room=ROOM,
    )
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        store.upsert([owner, system, server], who="值班员", why="季度报送", source="x.xlsx", at=datetime.now(UTC))

    rows = json.loads(run("collect", "compare", str(PROVINCE), "--room", ROOM, "--format", "json", code=1).stdout)

    assert {(row["name"], row["kind"], row["declared"], row["observed"]) for row in rows} == {
        ("h0001-db01", "other_vcpu", "8", "4"),
        ("dsj-sw-01", "not_in_ledger", None, "Huawei S5735-S24T4X 198.51.100.11"),
        ("dsj-fw-01", "not_in_ledger", None, "H3C SecPath F1000-AI-35 198.51.100.12"),
        ("dsj-ups-01", "not_in_ledger", None, "Huawei UPS5000-E-120K 198.51.100.13"),
        ("h0002-db01", "not_in_ledger", None, "云平台（样例） ECS 10.16.0.4"),
    }


MANIFEST = """\
known_hosts: known_hosts
credentials:
  ops: {{kind: ssh, user: qianyun, password: env:WORD}}
rooms:
  - room: 甲机房
    targets:
      - {{name: a, address: 127.0.0.1, port: {port}, transport: ssh, credential: ops, profile: linux}}
"""


def signed(run: Run, folder: Path) -> None:
    """Sign a manifest as the estate's trust.yml allows."""
    key = folder.parent / "signer"
    if not key.is_file():
        public = run("collect", "key", str(key), "--for", "signing").stdout.strip()
        (folder / "trust.yml").write_text(f"manifest_signers: [{{key: '{public}', name: 采集签发}}]")
    run("collect", "sign", str(folder), "--key", str(key))


def test_a_host_is_enrolled_by_hand_and_a_device_that_does_not_answer_makes_exit_3(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "estate"
    folder.mkdir()
    monkeypatch.setenv("WORD", "some-word")
    with answering({}, Login(user="qianyun", password=Secret("some-word")), ed25519_key()) as port:
        (folder / "collect.yml").write_text(MANIFEST.format(port=port))
        signed(run, folder)
        enrolled = run("collect", "enrol", str(folder))
        (folder / "known_hosts").write_text(enrolled.stdout)
        signed(run, folder)
        again = run("collect", "enrol", str(folder))

    silent = run("collect", "run", str(folder), code=3)

    assert enrolled.stdout.startswith(f"[127.0.0.1]:{port} ssh-ed25519 ")
    assert again.stdout == ""
    assert f"甲机房 a: no SSH on [127.0.0.1]:{port}/tcp" in silent.stderr


def test_a_manifest_without_its_secrets_asks_nobody(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "estate"
    folder.mkdir()
    shutil.copy(PROVINCE / "collect.yml", folder)
    signed(run, folder)

    with pytest.raises(Exception, match="QIANYUN_SNMP_AUTH is not set"):
        run("collect", "run", str(folder))
