"""The house itself: what may lie where, and what must never be committed."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("qianyun", "collectors", "reports", "stacks")
TOP = {
    "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "README.zh.md", "collectors", "hatch_build.py", "inventory",
    "playbooks", "pyproject.toml", "qianyun", "reports", "requirements", "stacks", "tests", "docs",
}  # fmt: skip


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name]


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_ships_our_package_names(name: str) -> None:
    assert set(importlib.metadata.packages_distributions().get(name, ["qianyun"])) == {"qianyun"}


def test_the_top_level_holds_what_the_readme_names_and_no_more() -> None:
    top = {path.parts[0] for path in committed() if not path.parts[0].startswith(".")}

    assert top <= TOP


def test_nothing_imports_the_tests() -> None:
    importing = re.compile(r"^\s*(from|import) tests\b", re.MULTILINE)

    assert [
        path for path in committed() if path.suffix == ".py" and importing.search(ROOT.joinpath(path).read_text())
    ] == []


def test_locks_name_no_package_index() -> None:
    locks = [
        path for path in committed() if path.name.endswith((".txt", ".lock", "lock.json")) or path.name == "go.sum"
    ]
    addressed = [path for path in locks if "https://" in ROOT.joinpath(path).read_text(errors="replace")]

    assert addressed == []


def test_every_requirement_of_a_lock_carries_a_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text(), flags=re.IGNORECASE):
            if "==" in entry:
                assert "--hash=sha256:" in entry, entry


def test_no_code_is_left_with_a_promise() -> None:
    promise = re.compile(r"#.*\b(" + "TO" + "DO|FIX" + "ME|X" + "XX)\\b")
    sources = [path for path in committed() if path.suffix in {".py", ".yml", ".j2"}]

    assert [path for path in sources if promise.search(ROOT.joinpath(path).read_text())] == []
