"""`qianyun zone verify --network` and `zone explain --network` on what the sample province's devices answer."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROVINCE = ROOT / "inventory" / "province"


def zone(store: str, *words: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "qianyun", "--lang", "en", "zone", *words, "--network", "--store", store]
    return subprocess.run([*call, "--on", "2026-10-01"], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the sample's devices answer, kept."""
    folder = tmp_path_factory.mktemp("collected")
    url = f"sqlite:///{folder}/store.db"
    call = [sys.executable, "-m", "qianyun", "collect", "run", str(PROVINCE), "--rehearse", "--store", url]
    subprocess.run(call, capture_output=True, check=True, cwd=folder)
    return url


@pytest.fixture(scope="module")
def report(store: str) -> dict[str, list[dict[str, object]]]:
    done = zone(store, "verify", "--format", "json")
    assert done.returncode == 1, done.stderr
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found


def test_every_planted_fault_is_found_and_every_finding_leads_to_one(
    report: dict[str, list[dict[str, object]]],
) -> None:
    with (PROVINCE / "network-faults.csv").open(encoding="utf-8", newline="") as file:
        planted = {row["device"] for row in csv.DictReader(file)}
    told = [json.dumps(finding, ensure_ascii=False) for finding in report["findings"]]

    assert [device for device in sorted(planted) if not any(device in finding for finding in told)] == []
    assert [finding for finding in told if not any(device in finding for device in planted)] == []


def test_a_leaking_route_and_a_stray_rule_together_are_one_passage_of_both_families(
    report: dict[str, list[dict[str, object]]],
) -> None:
    [found] = [each for each in report["findings"] if (each["origin"], each["target"]) == ("internet", "extranet")]

    assert (found["kind"], found["check"]) == ("forbidden", "Z04")
    assert found["witnesses"] == [
        "tcp 203.0.113.33:50000 → 172.17.128.1:1521",
        "tcp [3fff:c01:0:11::1]:50000 → [3fff:c02:c::1]:1521",
    ]
    places = [rule["place"].partition(":")[0] for rule in found["rules"]]  # type: ignore[attr-defined] # lists of JSON
    assert "core-internet configuration" in places
    assert "fw-exchange-inner" in places
    assert "core-extranet configuration" in places


def test_what_was_not_collected_is_unproven_and_told(report: dict[str, list[dict[str, object]]]) -> None:
    texts = [str(each["text"]) for each in report["unread"]]

    assert any("gw-egress-2: declared as a gateway" in text for text in texts)
    assert not report["exact"]


def test_explain_leads_a_packet_through_every_box_and_back(store: str) -> None:
    done = zone(store, "explain", "tcp 10.1.16.9 > 172.17.6.1:443")

    assert done.returncode == 0, done.stderr
    ways = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ") and "[" in line[:30]]
    there = ["zfb-rt-01", "core-department", "gw-extranet-1", "core-extranet"]
    assert [way.partition("[")[0] for way in ways] == [*there, *reversed(there)]
    assert "permitted by flow seal" in done.stdout


def test_explain_as_json_and_sarif_names_the_hops(store: str) -> None:
    packet = "tcp 203.0.113.33 > 172.17.128.1:1521"

    plain, sarif = (zone(store, "explain", packet, "--format", form) for form in ("json", "sarif"))

    assert plain.returncode == sarif.returncode == 1
    [path] = json.loads(plain.stdout)["paths"]
    assert [hop["box"] for hop in path["hops"]] == ["core-internet", "fw-exchange-inner", "core-extranet"]
    assert (path["passes"], path["comes_home"]) == (True, False)
    [result] = json.loads(sarif.stdout)["runs"][0]["results"]
    assert result["ruleId"] == "B06"


def test_a_sender_that_stands_nowhere_is_said(store: str) -> None:
    done = zone(store, "explain", "tcp 172.19.9.9 > 172.19.9.10:443")

    assert done.returncode == 2
    assert "172.19.9.9" in done.stderr


def test_a_store_without_collections_is_said_with_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    call = [sys.executable, "-m", "qianyun", "--lang", "en", "estate", "import", str(PROVINCE / "ledgers")]
    subprocess.run([*call, "--good-rows", "--store", url], capture_output=True, check=False, cwd=ROOT)

    done = zone(url, "verify")

    assert done.returncode == 2
    assert "collect" in done.stderr
