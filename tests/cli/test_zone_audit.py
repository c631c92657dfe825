import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROVINCE = ROOT / "inventory" / "province"


def audit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "qianyun", "--lang", "en", "zone", "audit", str(folder), "--on", "2026-10-01"]
    return subprocess.run([*call, *words], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    """The sample province's declaration, without a store of its own."""
    folder = tmp_path / "declared"
    folder.mkdir()
    for path in PROVINCE.glob("*.yml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_an_audit_of_a_declaration_alone_says_what_it_lacks(declared: Path) -> None:
    done = audit(declared)

    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (0, 59)
    assert any(line.startswith("E03") and " ok " in line for line in lines)
    assert any(line.startswith("R01") and "no room is in the store" in line for line in lines)
    assert "the facts are left out" in done.stderr


def test_an_audit_with_an_open_finding_ends_with_one(declared: Path) -> None:
    egress = declared / "egress.yml"
    kept = [line for line in egress.read_text(encoding="utf-8").splitlines(keepends=True) if "internet.dns" not in line]
    egress.write_text("".join(kept), encoding="utf-8")

    done = audit(declared, "--format", "json")

    found = {each["check"]: each for each in json.loads(done.stdout)}
    assert done.returncode == 1
    assert found["E03"]["verdict"] == "findings"
    assert [each["subject"] for each in found["E03"]["findings"]] == ["internet.dns"]
    assert found["E03"]["clauses"][0]["confidence"] == "L"


def test_a_store_that_is_named_and_not_there_is_wrong_input(declared: Path, tmp_path: Path) -> None:
    done = audit(declared, "--store", f"sqlite:///{tmp_path}/none.db")

    assert done.returncode == 2
    assert "none.db" in done.stderr


def test_the_audit_as_sarif_has_a_rule_for_every_check_and_says_what_is_open(declared: Path) -> None:
    egress = declared / "egress.yml"
    kept = [line for line in egress.read_text(encoding="utf-8").splitlines(keepends=True) if "internet.dns" not in line]
    egress.write_text("".join(kept), encoding="utf-8")

    [run] = json.loads(audit(declared, "--format", "sarif").stdout)["runs"]

    told = {(each["ruleId"], each.get("kind", "fail")) for each in run["results"]}
    assert len(run["tool"]["driver"]["rules"]) == 58
    assert {("E03", "fail"), ("M02", "open"), ("N03", "open")} <= told
