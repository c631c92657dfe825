import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def qianyun(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qianyun", "--lang", "en", *words], capture_output=True, text=True, check=False, cwd=ROOT
    )


@pytest.fixture(scope="module")
def compiled() -> str:
    return qianyun("zone", "compile", "--on", "2026-10-01").stdout


def test_verify_says_that_the_compiled_policy_is_exact() -> None:
    done = qianyun("zone", "verify", "--on", "2026-10-01")

    assert "exactly the flow matrix passes" in done.stdout
    assert done.returncode == 0


def test_verify_prints_a_planted_violation_and_ends_with_one(tmp_path: Path, compiled: str) -> None:
    path = tmp_path / "fw.nft"
    path.write_text(compiled.replace("\t\tgoto from_outside\n", "\t\taccept\n"))

    told = qianyun("zone", "verify", "--on", "2026-10-01", "--ruleset", str(path))
    plain = qianyun("zone", "verify", "--on", "2026-10-01", "--ruleset", str(path), "--format", "json")

    assert told.returncode == plain.returncode == 1
    assert "outside → extranet" in told.stdout
    report = json.loads(plain.stdout)
    assert not report["exact"]
    assert {finding["check"] for finding in report["findings"]} >= {"Z04", "B05", "B06"}


def test_verify_tells_a_ruleset_cut_short_with_its_line(tmp_path: Path, compiled: str) -> None:
    path = tmp_path / "fw.nft"
    path.write_text(compiled[: len(compiled) // 2])

    done = qianyun("zone", "verify", "--ruleset", str(path))

    assert done.returncode == 2
    assert f"{path}:" in done.stderr
    assert "collect it again" in done.stderr


def test_explain_shows_what_a_packet_and_its_answer_become() -> None:
    packet, ruleset = "tcp 198.51.100.7:50000 > 203.0.113.10:443 iif wan oif lan", "tests/cases/nft/translation.txt"
    done = qianyun("zone", "explain", packet, "--on", "2026-10-01", "--ruleset", ruleset)

    assert done.returncode == 1  # no flow permits it
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "destination translated to 10.1.0.10:443" in lines
    assert "source translated to 203.0.113.10:443" in lines
    assert lines[-1] == "the answer passes"


def test_explain_leads_one_packet_through() -> None:
    done = qianyun("zone", "explain", "tcp 10.3.0.9 > 172.17.6.1:443", "--on", "2026-10-01")

    assert "permitted by flow seal" in done.stdout
    assert "it passes" in done.stdout
    assert done.returncode == 0
