"""The broker as one file, as it lies on a host that has nothing of ours."""

import subprocess
import sys
from pathlib import Path

from exchange_sides import sides, usual

from qianyun.exchange.pack import main, packed
from qianyun.policy.channels import Side


def test_the_same_sources_give_the_same_bytes() -> None:
    assert packed() == packed()


def test_the_archive_runs_where_the_checkout_is_not(tmp_path: Path) -> None:
    archive = tmp_path / "qianyun-exchange"
    main(archive)
    both = sides(tmp_path / "zone")
    both.put("one.csv", usual(1))

    for side in (Side.OUTER, Side.INNER):
        command = [sys.executable, "-I", "-S", "-c", ALONE, str(archive), "round", str(both.file(side))]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    assert set(both.delivered()) == {"one.csv"}


ALONE = f"""
import runpy, sys
sys.path += {[path for path in sys.path if path.endswith("site-packages")]}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Without what makes the checkout importable: only what is installed in the environment."""


def test_what_is_wrong_is_told_in_words(tmp_path: Path) -> None:
    main(tmp_path / "qianyun-exchange")
    command = [sys.executable, str(tmp_path / "qianyun-exchange"), "serve", str(tmp_path / "nothing.json")]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"QIANYUN_LANG": "en"})

    assert done.returncode == 2
    assert "nothing.json: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
