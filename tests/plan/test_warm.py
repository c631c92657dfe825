"""Compiling once: what the set-up does so that nobody's first plan waits."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
IS_COLD = "from qianyun.plan.warm import is_cold; print(is_cold())"


def python(cache: Path, *arguments: str) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_machine_that_never_compiled_is_cold(tmp_path: Path) -> None:
    assert python(tmp_path, "-c", IS_COLD) == "True"


def test_warming_compiles_every_function_that_a_plan_needs(tmp_path: Path) -> None:
    python(tmp_path, "-m", "qianyun.plan.warm")
    kept = {path.name for path in tmp_path.rglob("*.nbc")}

    plan = "from plan_samples import sample; from qianyun.plan.solve import solve; solve(sample('city'), work=1)"
    path = f"import sys; sys.path.append({str(ROOT / 'tests/support')!r}); "
    python(tmp_path, "-c", path + plan)

    assert python(tmp_path, "-c", IS_COLD) == "False"
    assert {found.name for found in tmp_path.rglob("*.nbc")} == kept
