"""Every role's own scenario: create, converge, idempotence, verify, destroy, as `molecule test` runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROLES = sorted(path.parent.parent.parent for path in (ROOT / "playbooks/roles").glob("*/molecule/default/molecule.yml"))

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("root")]


def test_every_role_has_a_scenario() -> None:
    assert [role.name for role in ROLES] == sorted(path.name for path in (ROOT / "playbooks/roles").iterdir())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_scenario_of_a_role_passes(role: Path, tmp_path: Path, needs: Callable[[str], str]) -> None:
    needs("mmdebstrap")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "PYTHONPATH": str(ROOT),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path / "molecule"),
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }

    done = subprocess.run(["molecule", "test"], cwd=role, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "verify: Executed: Successful" in done.stdout + done.stderr
