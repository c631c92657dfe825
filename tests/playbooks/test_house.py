"""The house rules of `playbooks/`: shims are thin, roles say what they take, the linter agrees."""

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

PLAYBOOKS = Path(__file__).parent.parent.parent / "playbooks"
ROLES = sorted(path for path in (PLAYBOOKS / "roles").iterdir() if path.is_dir())


def test_plugins_are_shims() -> None:
    long = [path for path in sorted((PLAYBOOKS / "plugins").rglob("*.py")) if len(path.read_text().splitlines()) > 25]

    assert long == []


def _tasks(role: Path) -> str:
    return "".join(path.read_text() for path in sorted(role.rglob("tasks/*.yml")))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_variable_of_a_role_is_specified_with_its_default(role: Path) -> None:
    entries = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"].values()
    specs = {name: spec for entry in entries for name, spec in entry["options"].items()}
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text()) or {}
    inner = yaml.safe_load(path.read_text()) if (path := role / "vars" / "main.yml").exists() else {}
    registered = (
        set(inner)
        | set(re.findall(rf"set_fact:\n +({role.name}_\w+)", _tasks(role)))
        | set(re.findall(r"(?:register|loop_var|index_var): (\w+)", _tasks(role)))
    )
    used = {
        name
        for path in [*role.rglob("tasks/*.yml"), *role.rglob("templates/*"), *role.glob("vars/*.yml")]
        for name in re.findall(rf"\b{role.name}_\w+", path.read_text())
    }

    assert used - registered == set(specs)
    assert {name: spec["default"] for name, spec in specs.items() if "default" in spec} == defaults
    assert all(spec["description"] for spec in specs.values())


@pytest.mark.timeout(400)
def test_the_linter_finds_nothing_by_its_strictest_profile(
    ansible: Callable[..., CompletedProcess[str]],
) -> None:
    done = ansible(
        "lint", "--offline", "--profile", "production", "--nocolor", "--project-dir", str(PLAYBOOKS), str(PLAYBOOKS)
    )

    assert done.returncode == 0, done.stdout + done.stderr
