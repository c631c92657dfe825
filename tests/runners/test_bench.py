"""The runners of benchmarks and long modes, on modules written for the purpose."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
MODULE = """
import os

def ours():
    return {ours}

def peer():
    return 4.0

def process():
    return float(os.getpid())

def broken():
    raise RuntimeError("broken on purpose")

BENCHMARKS = {{
    "half": {{"ours": ours, "peer": peer, "unit": "CPU s", "peer_name": "somebody", "goal": "{goal}"}},
    "apart": {{"ours": process, "peer": process, "unit": "pid", "peer_name": "self", "goal": "ours >= 1"}},
    "broken": {{"ours": broken, "unit": "s", "goal": "ours <= 1"}},
}}
"""
MODE = """
def run(seed, count):
    print(f"round {count} of {seed}")
    if seed == 13:
        raise AssertionError("thirteen")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, folder / "run.py", *arguments], capture_output=True, text=True, check=False, cwd=folder
    )


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    folder = tmp_path / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    shutil.copy(TESTS / "benchmarks" / "run.py", folder)
    folder.joinpath("made.py").write_text(MODULE.format(ours="2.0", goal="ratio <= 0.6"))
    return folder


def lines(bench: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bench.parent.parent / "build" / "bench.jsonl").read_text().splitlines()]


def test_a_benchmark_gives_one_line_of_numbers_beside_its_peer(bench: Path) -> None:
    done = run(bench, "half")

    assert done.returncode == 0
    assert lines(bench) == [
        {
            "name": "half", "ours": 2.0, "unit": "CPU s", "peer": 4.0, "peer_name": "somebody", "ratio": 0.5,
            "goal": 0.6, "holds": "ratio <= 0.6", "met": True,
        }
    ]  # fmt: skip


def test_a_missed_goal_is_told_by_the_exit_code(bench: Path) -> None:
    bench.joinpath("made.py").write_text(MODULE.format(ours="2.0", goal="ours <= 1"))

    done = run(bench, "half")

    assert done.returncode == 1
    assert "missed" in done.stdout


def test_a_plans_gap_is_a_figure_of_its_own(bench: Path) -> None:
    bench.joinpath("made.py").write_text(MODULE.format(ours="(9.5, 10.25)", goal="gap <= 11"))

    run(bench, "half")

    assert (lines(bench)[0]["ours"], lines(bench)[0]["gap"], lines(bench)[0]["met"]) == (9.5, 10.25, True)


def test_both_sides_run_in_processes_of_their_own(bench: Path) -> None:
    run(bench, "apart")

    assert lines(bench)[0]["ours"] != lines(bench)[0]["peer"]


def test_one_that_breaks_leaves_the_others_their_lines(bench: Path) -> None:
    done = run(bench, "made")

    assert done.returncode == 1
    assert [(line["name"], line["met"]) for line in lines(bench)] == [
        ("half", True),
        ("apart", True),
        ("broken", False),
    ]


def test_an_unknown_name_is_refused(bench: Path) -> None:
    done = run(bench, "half,nowhere")

    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_a_long_mode_gets_its_seed_and_fails_the_run(tmp_path: Path) -> None:
    shutil.copy(TESTS / "long" / "run.py", tmp_path)
    tmp_path.joinpath("made.py").write_text(MODE)

    good, bad, unknown = run(tmp_path, "--seed", "7", "--count", "3"), run(tmp_path, "--seed", "13"), run(tmp_path, "x")

    assert (good.returncode, bad.returncode, unknown.returncode) == (0, 1, 2)
    assert "round 3 of 7" in good.stdout
    assert "make long ONLY=made SEED=13" in bad.stdout
